"""The SQL store keeps organisations in a database: exact under threads, processes and crashes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from booking_engine.adapters.sql import committing, reading, schema, viewing
from booking_engine.adapters.sql.engines import dispose, open_engine, open_engine_for_loop, require_what_works
from booking_engine.adapters.sql.grouped import (
    BROKEN_OFF,
    Alone,
    Answer,
    AsyncGroups,
    ThreadGroups,
    Way,
    in_doubt,
    told_each,
    way_of,
)
from booking_engine.adapters.sql.transactions import Attempts, Mode, Work, in_savepoint, tried, tried_async
from booking_engine.adapters.sql.viewing.days import SeenDays
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.errors import OutcomeUnknown, StoreError
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Outcome, Refused
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView

ResultT = TypeVar("ResultT")

_OfThreads = dict[str, ThreadGroups[Any, Answer]]
_OfLoop = dict[str, AsyncGroups[Any, Answer]]
_OfEngines = WeakKeyDictionary[AsyncEngine | sa.Engine, _OfLoop]
_in_threads: WeakKeyDictionary[sa.Engine, _OfThreads] = WeakKeyDictionary()
_in_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _OfEngines] = WeakKeyDictionary()
"""The groups of each engine, and of each loop, by what shares them: the same for all handles."""
# Whoever was under way when a process was forked is not in the child, where nobody must wait for them.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_threads.clear)
    os.register_at_fork(after_in_child=_in_loops.clear)


class _Handle:
    """What both stores share: the work that each question is, and what they have learned of the database."""

    def __init__(self, org_id: str) -> None:
        self._org_id = org_id
        self._remembered: Catalog | None = None
        self._seen_days = SeenDays()
        self._schema_is_known = False
        self._way: Way[Any] | None = None
        self._transaction: tuple[object, object] | None = None

    def _catalog(self, connection: sa.Connection) -> Catalog:
        remembered = self._remembered
        if remembered is None or remembered.revision != reading.revision(connection, self._org_id):
            remembered = self._remembered = reading.catalog(connection, self._org_id)
        return remembered

    def _bound(self, read: Callable[..., ResultT], *arguments: Any) -> Work[ResultT]:
        return lambda connection: read(connection, self._org_id, *arguments)

    def _look(self, connection: sa.Connection) -> None:
        """See that the tables are ours, and how commits go together on them: once for each handle."""
        if not self._schema_is_known:
            require_what_works(connection)
            schema.require(connection)
            self._way = way_of(connection)
            self._schema_is_known = True

    def _after_a_look(self, work: Work[ResultT]) -> Work[ResultT]:
        if self._schema_is_known:
            return work

        def looking_first(connection: sa.Connection) -> ResultT:
            self._look(connection)
            return work(connection)

        return looking_first

    def _in_the_callers(self, connection: sa.Connection, work: Work[ResultT]) -> ResultT:
        """Do the work in the transaction of a caller, the same each time: what one rolled back, another never saw."""
        if self._transaction not in (None, _transaction_of(connection)):
            raise StoreError("A store on a Connection serves one transaction: make another store for the next.")
        result = self._after_a_look(work)(connection)
        self._transaction = _transaction_of(connection)
        return result


def _transaction_of(connection: sa.Connection) -> tuple[object, object]:
    """The transaction and, in it, the savepoint of the caller: what is seen in one may be rolled back with it."""
    return connection.get_transaction(), connection.get_nested_transaction()


def _certain(outcome: Outcome, commit: Commit, attempts: Attempts) -> Outcome:
    """The outcome of the last attempt: a refusal is none as long as one before it may still arrive."""
    if attempts.may_stand and isinstance(outcome, Refused):
        raise OutcomeUnknown(commit.commit_id)
    return outcome


def _outcome(answer: Outcome | StoreError) -> Outcome:
    if isinstance(answer, StoreError):
        raise StoreError(*answer.args) from answer  # Several callers are told, each by an exception of its own.
    return answer


class SqlStore(_Handle):
    """A ``Store`` of one organisation in SQLite or PostgreSQL. Safe to share between threads.

    ``bind`` is a URL, an ``Engine`` to share with other stores and with the application, or a ``Connection`` whose
    transaction is the caller's: then a commit happens in a savepoint of it, stands when the caller commits, and what
    the database says against it is raised to the caller as it is. Such a store serves one transaction.
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
        return self._read(self._bound(viewing.view, query, self._seen_days), Mode.READ)

    def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return self._read(self._bound(reading.snapshot), Mode.SNAPSHOT)

    def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        work, attempts = self._bound(committing.commit, commit), Attempts(commit)
        if isinstance(self._bind, sa.Connection):
            return self._in_the_callers(self._bind, lambda connection: in_savepoint(connection, work))
        if not self._schema_is_known:
            tried(self._bind, self._look, Mode.READ)
        way = self._way
        if way is not None and (request := way.request(self._org_id, commit)) is not None:
            answer = self._groups(self._bind, way).ask(request, partial(self._carry_out, self._bind, way))
            if not isinstance(answer, Alone):
                return _outcome(answer)
            attempts = Attempts(commit, may_stand=answer.may_stand)
        return _certain(tried(self._bind, work, Mode.WRITE, attempts), commit, attempts)

    def _groups(self, engine: sa.Engine, way: Way[Any]) -> ThreadGroups[Any, Answer]:
        of_engine, shared_by = _in_threads.setdefault(engine, {}), way.shared_by(self._org_id)
        return of_engine.get(shared_by) or of_engine.setdefault(shared_by, ThreadGroups(way, BROKEN_OFF))

    def _carry_out(self, engine: sa.Engine, way: Way[Any], group: list[Any]) -> Sequence[Answer]:
        attempts = Attempts()
        try:
            answers = tried(engine, lambda connection: way.carry_out(connection, group), way.mode, attempts)
            return in_doubt(answers, attempts)
        except Exception as fault:
            return told_each(fault, group, attempts)

    def _read(self, work: Work[ResultT], mode: Mode) -> ResultT:
        if isinstance(self._bind, sa.Connection):
            return self._in_the_callers(self._bind, work)
        return tried(self._bind, self._after_a_look(work), mode)


class AsyncSqlStore(_Handle):
    """``SqlStore`` for an event loop: the same statements over an ``AsyncEngine`` or ``AsyncConnection``.

    Or over an ``Engine``, each of whose transactions is then one trip to a thread: see ``open_engine_for_loop``.
    """

    def __init__(self, bind: str | sa.URL | AsyncEngine | sa.Engine | AsyncConnection, org_id: str = "default") -> None:
        super().__init__(org_id)
        self._owned: AsyncEngine | sa.Engine | None = None
        self._bind: AsyncEngine | sa.Engine | AsyncConnection
        if isinstance(bind, str | sa.URL):
            self._bind = self._owned = open_engine_for_loop(bind)
        else:
            self._bind = bind
        self._found: tuple[asyncio.AbstractEventLoop, AsyncGroups[Any, Answer]] | None = None

    async def close(self) -> None:
        """Give back the connections of a store that was opened by a URL; others belong to who made them."""
        if self._owned is not None:
            await dispose(self._owned)

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
        return await self._read(self._bound(viewing.view, query, self._seen_days), Mode.READ)

    async def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return await self._read(self._bound(reading.snapshot), Mode.SNAPSHOT)

    async def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        work, attempts = self._bound(committing.commit, commit), Attempts(commit)
        if isinstance(self._bind, AsyncConnection):
            in_one = partial(self._in_the_callers, work=lambda connection: in_savepoint(connection, work))
            return await self._bind.run_sync(in_one)
        if not self._schema_is_known:
            await tried_async(self._bind, self._look, Mode.READ)
        way = self._way
        if way is not None and (request := way.request(self._org_id, commit)) is not None:
            answer = await self._groups(self._bind, way).ask(request, partial(self._carry_out, self._bind, way))
            if not isinstance(answer, Alone):
                return _outcome(answer)
            attempts = Attempts(commit, may_stand=answer.may_stand)
        return _certain(await tried_async(self._bind, work, Mode.WRITE, attempts), commit, attempts)

    def _groups(self, engine: AsyncEngine | sa.Engine, way: Way[Any]) -> AsyncGroups[Any, Answer]:
        loop, found = asyncio.get_running_loop(), self._found
        if found is None or found[0] is not loop:
            of_engine = _in_loops.setdefault(loop, WeakKeyDictionary()).setdefault(engine, {})
            found = loop, of_engine.setdefault(way.shared_by(self._org_id), AsyncGroups(way, BROKEN_OFF))
            self._found = found  # Another thread's loop may put its own there at any moment.
        return found[1]

    async def _carry_out(self, engine: AsyncEngine | sa.Engine, way: Way[Any], group: list[Any]) -> Sequence[Answer]:
        attempts = Attempts()
        try:
            work: Work[Sequence[Answer]] = lambda connection: way.carry_out(connection, group)  # noqa: E731
            return in_doubt(await tried_async(engine, work, way.mode, attempts), attempts)
        except Exception as fault:
            return told_each(fault, group, attempts)

    async def _read(self, work: Work[ResultT], mode: Mode) -> ResultT:
        if isinstance(self._bind, AsyncConnection):
            return await self._bind.run_sync(self._in_the_callers, work)
        return await tried_async(self._bind, self._after_a_look(work), mode)
