"""The files around the code agree with each other, and name no place outside the project."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [
    Requirement(text)
    for text in (
        *PROJECT["dependencies"],
        *(each for extra in PROJECT["optional-dependencies"].values() for each in extra),
    )
]


def pins() -> dict[str, list[Requirement]]:
    """The constraints by name; one name may be pinned several times, for different Pythons."""
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        requirement = Requirement(line)
        found.setdefault(requirement.name, []).append(requirement)
    return found


def test_the_version_is_one() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert newest is not None
    assert newest[1] == PROJECT["version"] == importlib.metadata.version("booking-engine")


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_what_is_needed_is_pinned_to_a_version_that_will_do(requirement: Requirement) -> None:
    if requirement.name == PROJECT["name"]:
        assert requirement.extras <= PROJECT["optional-dependencies"].keys()
        return
    for pin in pins()[requirement.name]:
        [specifier] = pin.specifier
        assert specifier.operator == "=="
        assert requirement.specifier.contains(specifier.version)


def test_constraints_are_pins_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines)) > 0
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[0-9a-z.]+( ; [^/@]+)?", line)] == []


def test_every_extra_of_a_readme_command_exists() -> None:
    asked = re.findall(r"-e '\.\[([a-z,]+)\]'", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(asked) == 2
    assert {extra for extras in asked for extra in extras.split(",")} <= PROJECT["optional-dependencies"].keys()


def test_ci_runs_the_command_of_the_readme_and_has_no_other() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script
    assert "pip install -q -c constraints.txt -e '.[test]'" not in script


def test_ci_runs_what_the_fast_profile_leaves_out() -> None:
    ours, run = ((ROOT / path).read_text(encoding="utf-8") for path in ("tests/conftest.py", ".ci/run"))
    (left_out,) = re.findall(r'^    "ci": \[$(.*?)^    \],$', ours, re.MULTILINE | re.DOTALL)
    (words,) = re.findall(r"local more=\((.*?)\)", run, re.DOTALL)
    files = re.findall(r'"(\S+)"', left_out)
    assert files
    assert [file for file in files if not (ROOT / "tests" / file).is_file()] == []
    assert {f"tests/{file}" for file in files} <= set(expanded(words))


def expanded(words: str) -> Iterator[str]:
    """The words that a shell makes of those in which one brace parts several endings."""
    for word in words.split():
        start, braces, end = re.fullmatch(r"([^{]*)(?:\{(.*)\})?(.*)", word).groups()  # type: ignore[union-attr]
        yield from (f"{start}{each}{end}" for each in (braces or "").split(","))


def project_files() -> list[Path]:
    """The files that are tracked or would be; in an unpacked source distribution, all of them."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "-co", "--exclude-standard"],  # noqa: S607 (git, wherever it is)
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not {".venv", "__pycache__"} & set(path.parts)]
    return [path for path in paths if path.is_file()]


# Written apart, so that this file may be among those that are searched.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org", "npm" + "js.com"]
HOMES = ["/" + name + "/" for name in ("work", "root", "home", "farm", "Users")]


def test_no_file_names_a_registry_or_a_place_on_a_machine() -> None:
    files = project_files()
    assert ROOT / "README.md" in files
    word = re.compile("|".join([*map(re.escape, HOSTS), *(rf"(?<![\w.}}>])(?:{home})" for home in HOMES)]))
    found = {
        str(path.relative_to(ROOT)): hit[0]
        for path in files
        if (hit := word.search(path.read_text(encoding="utf-8", errors="replace"))) is not None
    }
    assert found == {}


def test_the_license_is_the_one_that_is_named() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
