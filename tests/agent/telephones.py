"""Telephones: the toolsets of a clinic over each kind of store, for simulated callers; and what was said on them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from agent.clinic import NOW, setup
from booking_engine import AsyncBookingEngine, BookingEngine
from booking_engine.adapters.agent import AsyncToolset, Toolset
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore, MemoryAnswers, MemoryStore
from booking_engine.adapters.sql import (
    AsyncSqlAnswers,
    AsyncSqlStore,
    SqlAnswers,
    SqlStore,
    dispose,
    open_engine,
    open_engine_for_loop,
)
from booking_engine.adapters.sql.engines import POOL_SIZE
from booking_engine.ports import AnswerBook, AsyncAnswerBook, AsyncStore, Store
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds
from booking_engine.testing.simulation import (
    AsyncTools,
    Call,
    Crashes,
    Hesitation,
    Talked,
    Tools,
    observe,
    observe_async,
    simulate,
    simulate_in_threads,
    wrongs,
)

PartT = TypeVar("PartT")

IN_MEMORY = "memory:"
PATIENCE_SECONDS = 3_600


@attrs.frozen
class Outcome:
    """What was said in all calls, and what is wrong afterwards."""

    talked: tuple[Talked, ...]
    wrongs: list[str]


@attrs.frozen
class Telephone:
    """A clinic with so many places a window, over the store at ``url``."""

    url: str = IN_MEMORY
    places: int = 4
    policy: dict[str, Any] = attrs.field(factory=dict)
    broken: Mapping[str, Callable[[Any], Any]] = attrs.field(factory=dict)
    """What is put over the ``store``, the ``engine``, the ``answers`` or the ``tools``, by their names."""

    def simulated(self, calls: Sequence[Call], seed: int = 0) -> Outcome:
        """All calls at once, as tasks of one event loop."""
        return asyncio.run(self._simulated(calls, seed))

    async def _simulated(self, calls: Sequence[Call], seed: int) -> Outcome:
        clock, ids, crashes, hesitation = FixedClock(NOW), SeededIds(seed), Crashes(), Hesitation(seed)
        async with _opened_for_loop(self.url, f"clinic-{seed}") as (store, book):
            for command in setup(places=self.places, policy=self.policy):
                await AsyncBookingEngine(store, clock=clock, ids=ids).execute(command)
            seen, kept = (hesitation.over(store), hesitation.over(book)) if self.url == IN_MEMORY else (store, book)
            engine = self._part("engine", AsyncBookingEngine(self._part("store", seen), clock=clock, ids=ids))
            toolset: AsyncTools = AsyncToolset(engine, crashes.over_async(self._part("answers", kept)))
            toolset = self._part("tools", toolset)
            talked = await simulate(calls, toolset, clock, crashes=crashes, seed=seed)
            return Outcome(talked, wrongs(talked, await observe_async(store, clock)))

    def _part(self, name: str, sound: PartT) -> PartT:
        return cast(PartT, self.broken.get(name, lambda part: part)(sound))

    def simulated_in_threads(self, calls: Sequence[Call], seed: int = 0) -> Outcome:
        """All calls at once, each in a thread."""
        clock, crashes = FixedClock(NOW), Crashes()
        with _opened(self.url, f"clinic-{seed}") as (store, book):
            engine = BookingEngine(store, clock=clock)
            for command in setup(places=self.places, policy=self.policy):
                engine.execute(command)
            toolset: Tools = Toolset(engine, crashes.over(book))
            talked = simulate_in_threads(calls, toolset, clock, crashes=crashes, seed=seed)
            return Outcome(talked, wrongs(talked, observe(store, clock)))


@contextlib.asynccontextmanager
async def _opened_for_loop(url: str, org_id: str) -> AsyncIterator[tuple[AsyncStore, AsyncAnswerBook]]:
    if url == IN_MEMORY:
        yield AsyncMemoryStore(org_id), AsyncMemoryAnswers()
        return
    database = _for_loop(url)
    _need_not_wait_for_the_disk(database)
    try:
        yield AsyncSqlStore(database, org_id), AsyncSqlAnswers(database, org_id)
    finally:
        await dispose(database)


@contextlib.contextmanager
def _opened(url: str, org_id: str) -> Iterator[tuple[Store, AnswerBook]]:
    if url == IN_MEMORY:
        yield MemoryStore(org_id), MemoryAnswers()
        return
    database = open_engine(url)
    _need_not_wait_for_the_disk(database)
    try:
        yield SqlStore(database, org_id), SqlAnswers(database, org_id)
    finally:
        database.dispose()


def _for_loop(url: str) -> sa.Engine | AsyncEngine:
    """As it is shipped, but that a thousand callers wait for the few connections as long as a busy machine takes."""
    shipped = open_engine_for_loop(url)
    if isinstance(shipped, sa.Engine):
        return shipped
    return create_async_engine(shipped.url, pool_size=POOL_SIZE, max_overflow=0, pool_timeout=PATIENCE_SECONDS)


def _need_not_wait_for_the_disk(database: sa.Engine | AsyncEngine) -> None:
    """Nothing crashes here but workers, and what they have committed outlives them without the disk."""
    if isinstance(database, sa.Engine) and database.dialect.name == "sqlite":
        sa.event.listen(database, "connect", _unsynced)


def _unsynced(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF").close()
