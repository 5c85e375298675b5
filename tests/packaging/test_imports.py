"""What an import brings along: the library alone brings no extra, and each adapter its own and no other."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "booking_engine"
CORE = {"attr", "attrs", "booking_engine", "dateutil"}
# What python-dateutil itself needs; 4.0 no longer does.
CORE_AT_RUN_TIME = CORE | {"six"}
EXTRAS = {
    "aiosqlite",
    "alembic",
    "cattrs",
    "click",
    "httpx",
    "hypothesis",
    "mcp",
    "msgspec",
    "phonenumbers",
    "prometheus_client",
    "psycopg",
    "pytest",
    "sortedcontainers",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}
SQL = {"alembic", "cattrs", "msgspec", "sqlalchemy"}

LOADED = """
import sys
before = set(sys.modules)
import {module}
found = {{name.partition(".")[0] for name in set(sys.modules) - before}} - set(sys.stdlib_module_names)
print(*sorted(name for name in found if not name.startswith("_sysconfigdata")))
"""
# The standard library has a module with the platform's name in it, which is in no list of names.


def loaded_by(module: str) -> set[str]:
    """The packages outside the standard library that importing a module loads, in a process of its own."""
    run = subprocess.run(  # noqa: S603 (our own interpreter and text)
        [sys.executable, "-c", LOADED.format(module=module)], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


BARE = (
    "booking_engine",
    "booking_engine.wire",
    "booking_engine.access",
    "booking_engine.clinic",
    "booking_engine.adapters.agent.speech",
    "booking_engine.adapters.listening",
    "booking_engine.adapters.memory",
    "booking_engine.adapters.opening",
)


@pytest.mark.parametrize("module", [*BARE, "booking_engine.adapters.cli"])
def test_what_needs_no_extra_loads_none(module: str) -> None:
    loaded = loaded_by(module)
    assert {"attrs", "booking_engine"} & loaded
    assert loaded <= CORE_AT_RUN_TIME


def test_importing_the_library_loads_no_adapter() -> None:
    script = "import sys, booking_engine; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert [name for name in run.stdout.split() if name.startswith("booking_engine.adapters")] == []


def test_importing_the_library_loads_nothing_that_is_slow_and_seldom_wanted() -> None:
    script = "import sys; before = set(sys.modules); import booking_engine; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert {"dateutil.rrule", "logging", "uuid"} & set(run.stdout.split()) == set()


@pytest.mark.parametrize(
    ("module", "extras"),
    [
        ("booking_engine.adapters.phone", {"phonenumbers"}),
        ("booking_engine.adapters.cli.app", {"click"}),
        ("booking_engine.adapters.cli.serve", {"click"}),
        ("booking_engine.adapters.http", {"starlette"}),
        ("booking_engine.adapters.http.metrics", {"prometheus_client", "starlette"}),
        ("booking_engine.adapters.mcp", {"click", "mcp", "starlette", "uvicorn"}),  # the SDK brings them
        ("booking_engine.adapters.serving", {*SQL, "click", "starlette", "uvicorn"}),  # uvicorn needs click itself
        ("booking_engine.adapters.sql", SQL),
    ],
)
def test_an_adapter_loads_its_own_extra_and_no_other(module: str, extras: set[str]) -> None:
    assert loaded_by(module) & EXTRAS == extras


def imports(path: Path) -> Iterator[str]:
    """The top-level packages that a module names in imports, wherever in it they stand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module is not None
            yield node.module.partition(".")[0]


def test_what_only_tests_need_is_imported_by_tests_alone() -> None:
    found = [path.name for path in PACKAGE.rglob("*.py") if {"httpx", "sybil"} & set(imports(path))]
    assert found == []


def core_modules() -> list[Path]:
    """Every module but the adapters and the test kit."""
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in {"adapters", "testing"}
    ]


@pytest.mark.parametrize("path", core_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_core_module_imports_the_standard_library_attrs_and_dateutil(path: Path) -> None:
    assert set(imports(path)) <= CORE | sys.stdlib_module_names


def test_no_module_of_the_project_imports_relatively() -> None:
    relative = [
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []
