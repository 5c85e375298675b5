"""A database is reached from any process: its address, whether an event loop is between, and a fault if one is planted.

What is opened here is as it is shipped, but for ``synced``: a test in which nothing crashes need not wait for the disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import attrs
import sqlalchemy as sa
from sqlalchemy import event

from booking_engine.adapters.sql import AsyncSqlStore, SqlStore, dispose, open_engine, open_engine_for_loop
from booking_engine.ports import Store
from booking_engine.testing.conformance.blocking import BlockingStore, LoopThread

Handles: TypeAlias = Callable[[str], Store]
"""Opens a handle on the store of an organisation."""


def _sound(store: Store) -> Store:
    return store


@attrs.frozen
class Database:
    """Where the stores of a test are. It can be pickled; ``broken`` puts a store with a fault over each."""

    url: str
    awaited: bool = False
    synced: bool = True
    broken: Callable[[Store], Store] = _sound

    @contextlib.contextmanager
    def handles(self) -> Iterator[Handles]:
        """Handles of this process, all of them over one engine, which is given back in the end."""
        with self._awaited() if self.awaited else self._threaded() as handle:
            yield lambda org_id: self.broken(handle(org_id))

    @contextlib.contextmanager
    def _threaded(self) -> Iterator[Handles]:
        engine = open_engine(self.url)
        self._prepare(engine)
        try:
            yield lambda org_id: SqlStore(engine, org_id)
        finally:
            engine.dispose()

    @contextlib.contextmanager
    def _awaited(self) -> Iterator[Handles]:
        loop, engine = LoopThread(), open_engine_for_loop(self.url)
        self._prepare(engine if isinstance(engine, sa.Engine) else engine.sync_engine)
        try:
            yield lambda org_id: BlockingStore(AsyncSqlStore(engine, org_id), loop)
        finally:
            loop.run(dispose(engine))
            loop.close()

    def _prepare(self, engine: sa.Engine) -> None:
        if engine.dialect.name == "sqlite" and not self.synced:
            event.listen(engine, "connect", _unsynced)


def _unsynced(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.close()
