"""A place is a database system in which seeds are kept; every run begins in a fresh copy of one."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from booking_engine.adapters.sql import migrate, open_engine
from booking_engine.testing.postgres import PostgresServer
from stored.seeds import Rows, plant

POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"


class Place(Protocol):
    """Where databases are made."""

    @property
    def name(self) -> str:
        """The database system."""
        ...

    def keep(self, seed: str, organisations: Iterable[Rows]) -> None:
        """Make the database that copies named ``seed`` are taken from."""
        ...

    def copy(self, seed: str) -> AbstractContextManager[str]:
        """The address of a copy, which is removed afterwards."""
        ...

    def empty(self) -> AbstractContextManager[str]:
        """The address of a database without tables, which is removed afterwards."""
        ...


def _filled(url: str, organisations: Iterable[Rows]) -> None:
    engine = open_engine(url)
    try:
        migrate(engine)
        with engine.begin() as connection:
            for rows in organisations:
                plant(connection, rows)
    finally:
        engine.dispose()


class OnPostgres:
    """Databases of one server."""

    name = POSTGRESQL

    def __init__(self, server: PostgresServer) -> None:
        self.server = server

    def keep(self, seed: str, organisations: Iterable[Rows]) -> None:
        """See ``Place``."""
        _filled(self.server.create_database(seed), organisations)
        self.server.sql("VACUUM ANALYZE", seed)

    @contextmanager
    def copy(self, seed: str) -> Iterator[str]:
        """See ``Place``. What the copying wrote is on the disk before the run begins."""
        with self._made(seed) as url:
            self.server.sql("CHECKPOINT")
            yield url

    def empty(self) -> AbstractContextManager[str]:
        """See ``Place``."""
        return self._made("template1")

    @contextmanager
    def _made(self, template: str) -> Iterator[str]:
        """A database that is removed afterwards, whoever is still connected."""
        url = self.server.fresh_database(template)
        try:
            yield url
        finally:
            self.server.sql(f'DROP DATABASE "{name_in(url)}" WITH (FORCE)')


class OnSqlite:
    """Files in one folder."""

    name = SQLITE

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._copies = 0

    def keep(self, seed: str, organisations: Iterable[Rows]) -> None:
        """See ``Place``. The last connection that is closed brings the log into the file."""
        _filled(f"sqlite:///{self.folder / seed}.db", organisations)

    @contextmanager
    def copy(self, seed: str) -> Iterator[str]:
        """See ``Place``."""
        with self.file() as file:
            shutil.copyfile(self.folder / f"{seed}.db", file)
            yield f"sqlite:///{file}"

    @contextmanager
    def empty(self) -> Iterator[str]:
        """See ``Place``."""
        with self.file() as file:
            yield f"sqlite:///{file}"

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The name of a file that is removed afterwards, with what SQLite put beside it."""
        self._copies += 1
        file = self.folder / f"copy-{self._copies}.db"
        try:
            yield file
        finally:
            for each in self.folder.glob(f"{file.name}*"):
                each.unlink()


def name_in(url: str) -> str:
    """The database's name in an address of PostgreSQL."""
    return url.rpartition("/")[2]
