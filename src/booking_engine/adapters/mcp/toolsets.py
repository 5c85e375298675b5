"""A toolset is opened on a store by its URL, for as long as it is served."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from booking_engine.adapters.agent import AsyncToolset
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryKeys, AsyncMemoryStore
from booking_engine.adapters.opening import MEMORY, CannotOpen, open_async_database, phones_here
from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.clinic import Clinic
from booking_engine.errors import OrganisationNotConfigured
from booking_engine.shell import system_clock

if TYPE_CHECKING:
    from booking_engine.access import AsyncKeyRepository
    from booking_engine.ports import AsyncAnswerBook, Clock


@attrs.frozen(kw_only=True)
class Served:
    """What is served: one organisation of a store, or a clinic in memory.

    ``clock`` is an aware instant at which time stands still; None lets it go on. ``lang`` is the language of what is
    said to callers who do not say theirs.
    """

    url: str = attrs.field(repr=False)
    org_id: str
    clinic: Clinic | None = None
    clock: datetime | None = None
    lang: str = "en"

    @property
    def now(self) -> Clock:
        """The clock of the engine and of the keys."""
        instant = self.clock
        return system_clock if instant is None else lambda: instant


@attrs.frozen
class Opened:
    """A toolset, and the keys of the store that it stands on."""

    toolset: AsyncToolset
    keys: AsyncKeyRepository


@contextlib.asynccontextmanager
async def opened(served: Served) -> AsyncIterator[Opened]:
    """The toolset, while it is served.

    Raises ``CannotOpen`` where there is no such store or organisation, ``StoreError`` where it does not answer.
    """
    if served.url == MEMORY:
        engine = AsyncBookingEngine(AsyncMemoryStore(served.org_id), clock=served.now, phones=phones_here())
        for command in () if served.clinic is None else served.clinic.commands:
            await engine.execute(command)
        yield Opened(await _toolset(engine, AsyncMemoryAnswers(), served), AsyncMemoryKeys())
        return
    database = open_async_database(served.url)
    from booking_engine.adapters.sql import (  # noqa: PLC0415 (its extra is known to be there only now)
        AsyncSqlAnswers,
        AsyncSqlKeys,
        AsyncSqlStore,
        dispose,
    )

    try:
        engine = AsyncBookingEngine(AsyncSqlStore(database, served.org_id), clock=served.now, phones=phones_here())
        toolset = await _toolset(engine, AsyncSqlAnswers(database, served.org_id), served)
        yield Opened(toolset, AsyncSqlKeys(database))
    finally:
        await dispose(database)


async def _toolset(engine: AsyncBookingEngine, answers: AsyncAnswerBook, served: Served) -> AsyncToolset:
    """The toolset of an organisation that is there: its absence is said now, not to the first caller."""
    try:
        await engine.catalog()
    except OrganisationNotConfigured:
        raise CannotOpen(f"There is no organisation {served.org_id!r} in the store.") from None
    return AsyncToolset(engine, answers, lang=served.lang)
