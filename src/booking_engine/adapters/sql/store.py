"""The SQL store keeps organisations in a database: exact under threads, processes and crashes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from booking_engine.adapters.sql import committing, reading, schema
from booking_engine.adapters.sql.grouping import AsyncGroups, ThreadGroups
from booking_engine.adapters.sql.opening import open_async_engine, open_engine
from booking_engine.adapters.sql.together import BROKEN_OFF, Alone, Answer, Way, way_of
from booking_engine.adapters.sql.transactions import Attempts, Mode, Work, in_savepoint, tried, tried_async
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.errors import StoreError
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView

ResultT = TypeVar("ResultT")

_in_threads: weakref.WeakKeyDictionary[sa.Engine, ThreadGroups[Any, Answer]] = weakref.WeakKeyDictionary()
_in_loops: weakref.WeakKeyDictionary[AsyncEngine, AsyncGroups[Any, Answer]] = weakref.WeakKeyDictionary()
"""The groups of each engine, whichever handles share it."""


class _Organisation:
    """What both stores share: the work that each question is, and the catalog as it was last read."""

    def __init__(self, org_id: str) -> None:
        self._org_id = org_id
        self._remembered: Catalog | None = None
        self._schema_is_known = False
        self._way: Way | None = None

    def _catalog(self, connection: sa.Connection) -> Catalog:
        remembered = self._remembered
        if remembered is None or remembered.revision != reading.revision(connection, self._org_id):
            remembered = self._remembered = reading.catalog(connection, self._org_id)
        return remembered

    def _bound(self, read: Callable[..., ResultT], *arguments: Any) -> Work[ResultT]:
        return lambda connection: read(connection, self._org_id, *arguments)

    def _on_our_tables(self, work: Work[ResultT]) -> Work[ResultT]:
        """The work, after a look at the version of the tables, once for each handle."""
        if self._schema_is_known:
            return work

        def looking_first(connection: sa.Connection) -> ResultT:
            self._look(connection)
            return work(connection)

        return looking_first

    def _group(self, group: list[Any]) -> Work[Sequence[Answer]]:
        assert self._way is not None
        way = self._way
        return lambda connection: way.carry_out(connection, group)

    def _look(self, connection: sa.Connection) -> None:
        schema.require(connection)
        self._way = way_of(connection)
        self._schema_is_known = True


def _mode(query: LedgerQuery) -> Mode:
    return Mode.SNAPSHOT if reading.needs_one_snapshot(query) else Mode.READ


def _raised(answer: Outcome | StoreError) -> Outcome:
    if isinstance(answer, StoreError):
        raise type(answer)(*answer.args)  # Several callers are told, each by an exception of its own.
    return answer


class SqlStore(_Organisation):
    """A ``Store`` of one organisation in SQLite or PostgreSQL. Safe to share between threads.

    ``bind`` is a URL, an ``Engine`` to share with other stores and with the application, or a ``Connection`` whose
    transaction is the caller's: then everything happens in savepoints of it, stands when the caller commits, and what
    the database says against it is raised to the caller as it is.
    """

    def __init__(self, bind: str | sa.URL | sa.Engine | sa.Connection, org_id: str = "default") -> None:
        super().__init__(org_id)
        self._bind = open_engine(bind) if isinstance(bind, str | sa.URL) else bind
        self._owned = self._bind if isinstance(bind, str | sa.URL) and isinstance(self._bind, sa.Engine) else None

    def close(self) -> None:
        """Give back the connections of a store that was opened by a URL; others belong to who made them."""
        if self._owned is not None:
            self._owned.dispose()

    def catalog(self) -> Catalog:
        """See ``CatalogRepository``."""
        return self._read(self._catalog, Mode.READ)

    def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return self._read(self._bound(reading.appointment, appointment_id), Mode.READ)

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return self._read(self._bound(reading.appointments, wanted, offset, limit), Mode.SNAPSHOT)

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return self._read(self._bound(reading.history, subject_id), Mode.READ)

    def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return self._read(self._bound(reading.view, query), _mode(query))

    def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return self._read(self._bound(reading.snapshot), Mode.SNAPSHOT)

    def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        work = self._bound(committing.commit, commit)
        if isinstance(self._bind, sa.Connection):
            return in_savepoint(self._bind, self._on_our_tables(work))
        if not self._schema_is_known:
            tried(self._bind, self._look, Mode.SNAPSHOT)
        attempts = Attempts(commit)
        if (way := self._way) is not None and (request := way.request(self._org_id, commit)) is not None:
            groups = _in_threads.get(self._bind) or _in_threads.setdefault(self._bind, ThreadGroups(way, BROKEN_OFF))
            answer = groups.ask(request, self._carry_out)
            if not isinstance(answer, Alone):
                return _raised(answer)
            attempts = Attempts(commit, may_stand=answer.may_stand)
        return tried(self._bind, work, Mode.WRITE, attempts)

    def _carry_out(self, group: list[Any]) -> Sequence[Answer]:
        assert self._way is not None
        assert isinstance(self._bind, sa.Engine)
        attempts = Attempts()
        try:
            return tried(self._bind, self._group(group), self._way.mode, attempts)
        except StoreError as fault:
            return [BROKEN_OFF if attempts.may_stand else fault] * len(group)

    def _read(self, work: Work[ResultT], mode: Mode) -> ResultT:
        work = self._on_our_tables(work)
        if isinstance(self._bind, sa.Connection):
            return work(self._bind)
        return tried(self._bind, work, mode)


class AsyncSqlStore(_Organisation):
    """``SqlStore`` for an event loop: the same statements over an ``AsyncEngine`` or ``AsyncConnection``."""

    def __init__(self, bind: str | sa.URL | AsyncEngine | AsyncConnection, org_id: str = "default") -> None:
        super().__init__(org_id)
        self._bind = open_async_engine(bind) if isinstance(bind, str | sa.URL) else bind
        self._owned = self._bind if isinstance(bind, str | sa.URL) and isinstance(self._bind, AsyncEngine) else None

    async def close(self) -> None:
        """Give back the connections of a store that was opened by a URL; others belong to who made them."""
        if self._owned is not None:
            await self._owned.dispose()

    async def catalog(self) -> Catalog:
        """See ``CatalogRepository``."""
        return await self._read(self._catalog, Mode.READ)

    async def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return await self._read(self._bound(reading.appointment, appointment_id), Mode.READ)

    async def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return await self._read(self._bound(reading.appointments, wanted, offset, limit), Mode.SNAPSHOT)

    async def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return await self._read(self._bound(reading.history, subject_id), Mode.READ)

    async def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return await self._read(self._bound(reading.view, query), _mode(query))

    async def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return await self._read(self._bound(reading.snapshot), Mode.SNAPSHOT)

    async def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        work = self._bound(committing.commit, commit)
        if isinstance(self._bind, AsyncConnection):
            return await self._bind.run_sync(in_savepoint, self._on_our_tables(work))
        if not self._schema_is_known:
            await tried_async(self._bind, self._look, Mode.SNAPSHOT)
        attempts = Attempts(commit)
        if (way := self._way) is not None and (request := way.request(self._org_id, commit)) is not None:
            groups = _in_loops.get(self._bind) or _in_loops.setdefault(self._bind, AsyncGroups(way, BROKEN_OFF))
            answer = await groups.ask(request, self._carry_out)
            if not isinstance(answer, Alone):
                return _raised(answer)
            attempts = Attempts(commit, may_stand=answer.may_stand)
        return await tried_async(self._bind, work, Mode.WRITE, attempts)

    async def _carry_out(self, group: list[Any]) -> Sequence[Answer]:
        assert self._way is not None
        assert isinstance(self._bind, AsyncEngine)
        attempts = Attempts()
        try:
            return await tried_async(self._bind, self._group(group), self._way.mode, attempts)
        except StoreError as fault:
            return [BROKEN_OFF if attempts.may_stand else fault] * len(group)

    async def _read(self, work: Work[ResultT], mode: Mode) -> ResultT:
        work = self._on_our_tables(work)
        if isinstance(self._bind, AsyncConnection):
            return await self._bind.run_sync(work)
        return await tried_async(self._bind, work, mode)
