"""The README and the docs are run: every block of Python in order, and what it prints is what the page shows."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Document, Example
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.myst import CodeBlockParser

from booking_engine.adapters.cli.request import Request, read_request
from booking_engine.clinic import Clinic, read_clinic
from booking_engine.testing.ids import SeededIds

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENTS = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[{}]'"
LANGUAGES_RUN = {"python", "output", "toml", "json", "jsonl"}
LANGUAGES_SHOWN = {"console", "sh", "text"}
"""Commands to type and pictures: .ci/run types the README's commands, the rest is only to be looked at."""


class PythonRunner:
    """Runs Python blocks in the document's namespace and keeps what they print for the ``output`` block below."""

    def __init__(self) -> None:
        self.run = PythonEvaluator()
        self.printed = ""

    def run_python(self, example: Example) -> None:
        """A block of Python; what the one before printed must have been shown."""
        assert not self.printed, f"printed before line {example.line}, but not shown: {self.printed!r}"
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.run(example)
        self.printed = printed.getvalue()

    def compare_output(self, example: Example) -> None:
        """What the page says that the block above prints."""
        printed, self.printed = self.printed, ""
        assert printed == example.parsed


def read_toml(example: Example) -> None:
    """A TOML block is a clinic file."""
    clinic = read_clinic(example.parsed.encode(), SeededIds().uuid)
    assert isinstance(clinic, Clinic), clinic


def read_json(example: Example) -> None:
    """A JSON block is well-formed."""
    json.loads(example.parsed)


def read_jsonl(example: Example) -> None:
    """Each line of a JSONL block is a request of a replay."""
    for line in example.parsed.splitlines():
        request = read_request(line.encode())
        assert isinstance(request, Request), request


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_of_a_document_runs(path: Path) -> None:
    runner = PythonRunner()
    document = Document.parse(
        str(path),
        CodeBlockParser("python", runner.run_python),
        CodeBlockParser("output", runner.compare_output),
        CodeBlockParser("toml", read_toml),
        CodeBlockParser("json", read_json),
        CodeBlockParser("jsonl", read_jsonl),
    )
    for example in document.examples():
        example.evaluate()
    assert not runner.printed, f"printed by the last block, but not shown: {runner.printed!r}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_block_is_in_a_language_that_nothing_checks(path: Path) -> None:
    fences = re.findall(r"^```(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    opening = {fence.strip() for fence in fences[::2]}
    assert {each for each in opening if not each.startswith("{")} <= LANGUAGES_RUN | LANGUAGES_SHOWN


def links(path: Path) -> Iterator[str]:
    """The targets of a document's links that lead to a file of the project."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            yield target.partition("#")[0]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    assert [target for target in links(path) if not (path.parent / target).exists()] == []


def test_readme_is_short_and_shows_code_at_once() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 170
    first = lines.index("```python")
    assert lines.index("```", first) <= 40


def test_readme_gives_the_two_commands_to_the_letter() -> None:
    commands = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("python3 -m venv")]
    assert commands == [
        INSTALL.format("server,sql") + " && .venv/bin/booking-engine demo",
        INSTALL.format("test") + " && .venv/bin/pytest -q -n auto",
    ]
