"""What the docs say in tables is what the code does: errors, settings, public names, the rules that are cited."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from storage.conftest import EFFORTS
from storage.sql.conftest import LOADS

import booking_engine
from booking_engine import BookingEngineError, Configuration, ConfigureOrganisation, Reason, Rejection, RejectionCode
from booking_engine.adapters.cli.app import cli
from booking_engine.domain.problem import FieldProblem
from booking_engine.rules.shape_table import SHAPES
from booking_engine.wire.errors import STATUSES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def rows(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its own heading."""
    section = (DOCS / document).read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1]
    lines = [line for line in section.split("\n## ", 1)[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def code(cell: str) -> str:
    """The cell without the marks of code."""
    return cell.strip("`")


REFUSALS = rows("errors.md", "## Refusals")


def test_every_refusal_is_explained_in_the_order_of_deciding() -> None:
    codes = list(dict.fromkeys(code(row[0]) for row in REFUSALS))
    assert codes == [member.value for member in RejectionCode]
    assert {code(row[2]) for row in REFUSALS} - {""} == {member.value for member in Reason}


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{code(row[0])}-{code(row[2])}")
def test_status_and_transience_of_a_refusal_are_as_written(row: list[str]) -> None:
    rejection = Rejection(
        code=RejectionCode(code(row[0])), message="", reason=Reason(code(row[2])) if code(row[2]) else None
    )
    assert int(row[1]) == STATUSES[rejection.code]
    assert row[4] == ("yes" if rejection.transient else "no")


def faults(base: type[BookingEngineError]) -> set[str]:
    """The names of all faults that can be raised."""
    return {name for kind in base.__subclasses__() for name in {kind.__name__} | faults(kind)}


def test_every_fault_is_explained() -> None:
    assert {code(row[0]) for row in rows("errors.md", "## Faults")} == faults(BookingEngineError) - {"BookingRejected"}


SETTINGS = rows("behaviour.md", "## 2. Configuration")


def test_every_setting_is_listed_in_order() -> None:
    assert [code(row[0]) for row in SETTINGS] == [field.name for field in attrs.fields(Configuration)]


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: code(row[0]))
def test_default_and_bounds_of_a_setting_are_as_written(row: list[str]) -> None:
    name, default, bounds = code(row[0]), code(row[1]), code(row[2])
    value = getattr(Configuration(timezone=""), name)
    assert default == ("none" if value in (None, "") else str(value))
    [check] = [field.check for field in SHAPES[ConfigureOrganisation].fields if field.name == name]
    numbers = re.fullmatch(r"([\d,]+)–([\d,]+)", bounds)
    if numbers:
        low, high = (int(number.replace(",", "")) for number in numbers.groups())
        assert (check(low), check(high)) == (low, high)
        assert isinstance(check(low - 1), FieldProblem)
        assert isinstance(check(high + 1), FieldProblem)
    elif "`" in bounds:
        assert all(check(code(each)) == code(each) for each in row[2].split(", "))
    else:
        assert isinstance(check(5), FieldProblem)


def in_the_reference() -> set[str]:
    """The names that the page has an entry for, each with the module that it is imported from."""
    found, module = set[str](), ""
    page = (DOCS / "reference.md").read_text(encoding="utf-8")
    for kind, name, options in re.findall(r"^\.\. ([\w:]+?):: ([\w.]+).*\n((?:   :.*\n)*)", page, re.MULTILINE):
        if kind in {"currentmodule", "automodule"}:
            module = name
        if kind == "automodule" and ":members:" in options:
            # Sphinx takes the text of a class or function from itself, that of data only from where it is made.
            documented = importlib.import_module(name)
            made = re.findall(r"^([A-Z_]+)(?:: .*)? = ", inspect.getsource(documented), re.MULTILINE)
            members = [each for each, value in vars(documented).items() if inspect.isroutine(value) or isclass(value)]
            found |= {f"{name}.{each}" for each in (*made, *members)}
        elif kind.removeprefix("py:").removeprefix("auto") in {"class", "function", "exception", "data"}:
            found.add(name if name.startswith("booking_engine.") else f"{module}.{name}")
    return found


def public_modules() -> Iterator[ModuleType]:
    """Every module that lists what it gives out."""
    for found in pkgutil.walk_packages(booking_engine.__path__, "booking_engine."):
        # Alembic runs its steps by itself; how commits are grouped is the SQL stores' own business.
        if not found.name.startswith(
            tuple(f"booking_engine.adapters.sql.{each}" for each in ("migrations", "grouped"))
        ):
            module = importlib.import_module(found.name)
            if hasattr(module, "__all__"):
                yield module


def test_every_public_name_is_in_the_reference() -> None:
    modules = {module.__name__: module for module in (booking_engine, *public_modules())}
    assert {"booking_engine.adapters.http", "booking_engine.testing.simulation"} <= modules.keys()
    names = {f"{module}.{name}" for module, found in modules.items() for name in found.__all__}
    assert sorted(names - in_the_reference()) == []


def test_every_rule_that_the_code_cites_is_a_rule_of_the_docs() -> None:
    behaviour = (DOCS / "behaviour.md").read_text(encoding="utf-8")
    rules = set(re.findall(r"^(?:- )?\*\*([A-Z]\d[a-z]?)\*\*", behaviour, re.MULTILINE))
    sections = set(re.findall(r"^## (\d+)\.", behaviour, re.MULTILINE))
    steps = {f"6.{number}" for number in re.findall(r"^(\d+)\. ", behaviour.split("## 7.")[0], re.MULTILINE)}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for citation in re.findall(r"SPEC ((?:[§A-Z][\w.–-]*(?:, | and )?)+)", path.read_text(encoding="utf-8")):
            for rule in re.findall(r"[A-Z]\d[a-z]?\b", citation):
                assert rule in rules, f"{path.name} cites {rule}"
            for step in re.findall(r"§(\d+(?:\.\d+)?)", citation):
                assert step in sections | steps, f"{path.name} cites §{step}"


def test_the_tests_do_as_much_as_is_written(request: pytest.FixtureRequest) -> None:
    plugin: Any = request.config.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py"))
    counted = {row[0]: row[1:] for row in rows("testing.md", "## How we test") if len(row) == 4}
    for at, profile in enumerate(plugin.EXAMPLES):
        effort, load, machine = EFFORTS[profile], LOADS[profile], plugin.RUNS[profile]
        killed, restarted = (0, 0) if profile == "fast" else (load.kills, load.restarts)  # those files are left out
        assert [row[at] for row in counted.values()] == [
            f"{plugin.EXAMPLES[profile]:,}",
            *("{:,} × {}".format(*machine[kind]) for kind in ("memory", "sqlite", "postgresql")),
            str(plugin.LENGTH[profile]),
            "all",
            str(effort.faulty_races or "all"),
            f"{effort.triples:,}",
            str(effort.race_rounds),
            f"{effort.histories:,} × {effort.operations}",
            f"{sum(load.histories.values()):,} × {load.operations}",
            f"{killed:,}",
            str(restarted),
        ]


def written_here(*folders: str) -> Iterator[tuple[Path, str]]:
    """Every module and page of these folders, and its text."""
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*")):
        if path.suffix in {".py", ".md"}:
            yield path, path.read_text(encoding="utf-8")


def test_nothing_cites_a_document_that_is_not_here() -> None:
    absent = re.compile(r"\b(?:R[E]LIABILITY|D[E]SIGN)\b")
    assert [path.name for path, text in written_here("src", "tests", "docs") if absent.search(text)] == []


def test_every_invariant_and_store_rule_that_is_cited_is_on_its_page() -> None:
    invariants = {row[0] for row in rows("testing.md", "## What must always hold")}
    port = (DOCS / "architecture.md").read_text(encoding="utf-8").split("\n## Writing a store\n")[1].split("\n## ")[0]
    rules = set(re.findall(r"^(\d+)\. ", port, re.MULTILINE))
    assert (len(invariants), len(rules)) == (18, 11)
    for path, text in written_here("src", "tests", "docs"):
        assert set(re.findall(r"\bInv\d+\b", text)) <= invariants, path.name
        for cited in re.findall(r"\bstore rules? ((?:\d+(?:, | and )?)+)", text):
            assert set(re.findall(r"\d+", cited)) <= rules, path.name


def test_every_file_that_the_architecture_names_exists() -> None:
    source, page = Path(booking_engine.__file__).parent, (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_/]+(?:\.py|/))`", page))
    assert {"decisions/effects.py", "engine.py", "wire/"} <= named
    # A bare name stands for a file of the folder that it is spoken of with.
    assert [name for name in named if not any(source.glob(f"**/{name}")) and not (ROOT / name).exists()] == []


def test_every_command_has_its_section() -> None:
    page = (DOCS / "command.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (\w+)$", page, re.MULTILINE)
    assert sorted(sections) == sorted(cli.commands)
    [named] = re.findall(r"^- \[The command\].*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"`(\w+)`", named) == sections


def test_the_house_has_every_room_once() -> None:
    source, table = Path(booking_engine.__file__).parent, rows("architecture.md", "## The house")
    where = [name for row in table for name in re.findall(r"`([a-z_]+(?:\.py|/))`", row[0])]
    rooms = {f"{path.name}/" if path.is_dir() else path.name for path in source.iterdir() if path.name[0] not in "_."}
    assert sorted(where) == sorted(rooms - {"py.typed"})
    [adapters] = [row[1] for row in table if row[0] == "`adapters/`"]
    adapter_names = {f"{path.name}/" if path.is_dir() else path.name for path in (source / "adapters").iterdir()}
    assert {name for name in adapter_names if name[0] != "_"} <= set(re.findall(r"`([a-z_]+(?:\.py|/))`", adapters))
