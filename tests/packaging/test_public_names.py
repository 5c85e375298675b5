"""The public names: sorted, documented, and nothing but re-exports in the place that they are imported from."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import get_args

import pytest

import booking_engine
from booking_engine.commands import Command
from booking_engine.queries import Query

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "booking_engine"
CLASSES = [name for name in booking_engine.__all__ if inspect.isclass(getattr(booking_engine, name))]


def test_public_names_are_sorted_constants_first_and_each_once() -> None:
    names = booking_engine.__all__
    assert names == sorted(set(names), key=lambda name: (not name.isupper(), name))


def test_the_package_only_re_exports() -> None:
    docstring, *rest, names = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)
    assert {type(node) for node in rest} == {ast.ImportFrom}
    assert isinstance(names, ast.Assign)
    imported = {alias.asname or alias.name for node in rest for alias in node.names}  # type: ignore[attr-defined]
    assert imported == set(booking_engine.__all__)


@pytest.mark.parametrize("name", CLASSES)
def test_a_public_class_is_documented(name: str) -> None:
    kind = getattr(booking_engine, name)
    # An attrs or enum class without a docstring would inherit one, or have one made for it.
    assert inspect.getdoc(kind)
    assert "__doc__" in vars(kind)
    undocumented = [
        member
        for member, value in vars(kind).items()
        if not member.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, property | classmethod))
        and not inspect.getdoc(value)
    ]
    assert undocumented == []


def test_everything_that_can_be_asked_is_public() -> None:
    asks = [*get_args(Command), *get_args(Query)]
    assert [kind.__name__ for kind in asks if getattr(booking_engine, kind.__name__, None) is not kind] == []


def test_the_names_of_the_design_are_there() -> None:
    engine = booking_engine.BookingEngine
    methods = "configure add_branch add_service book update reschedule cancel complete appointment appointments history"
    methods += " create_window update_window disable_window availability alternatives tracking override_tracking"
    methods += " regenerate verify"
    for method in methods.split():
        assert (
            inspect.signature(getattr(engine, method)).parameters.keys()
            == inspect.signature(getattr(booking_engine.AsyncBookingEngine, method)).parameters.keys()
        )


def modules() -> list[Path]:
    """Every module of the library."""
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring is not None
    assert docstring.splitlines()[0].endswith((".", ":", "…"))
