"""The SQL store keeps organisations in a database: exact under threads, processes and crashes."""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from booking_engine.adapters.sql import committing, reading, schema
from booking_engine.adapters.sql.opening import open_async_engine, open_engine
from booking_engine.adapters.sql.transactions import Attempts, Work, in_savepoint, own_transaction
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView

ResultT = TypeVar("ResultT")

_writers: weakref.WeakKeyDictionary[sa.Engine, threading.Lock] = weakref.WeakKeyDictionary()


class _Organisation:
    """What both stores share: the work that each question is, and the catalog as it was last read."""

    def __init__(self, org_id: str) -> None:
        self._org_id = org_id
        self._remembered: Catalog | None = None
        self._schema_is_known = False

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
            schema.require(connection)
            self._schema_is_known = True
            return work(connection)

        return looking_first


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
        return self._read(self._catalog, snapshot=False)

    def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return self._read(self._bound(reading.appointment, appointment_id), snapshot=False)

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return self._read(self._bound(reading.appointments, wanted, offset, limit), snapshot=True)

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return self._read(self._bound(reading.history, subject_id), snapshot=False)

    def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return self._read(self._bound(reading.view, query), snapshot=reading.needs_one_snapshot(query))

    def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return self._read(self._bound(reading.snapshot), snapshot=True)

    def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        work = self._on_our_tables(self._bound(committing.commit, commit))
        if isinstance(self._bind, sa.Connection):
            return in_savepoint(self._bind, work)
        if self._bind.dialect.name != "sqlite":
            return self._tried(self._bind, work, Attempts(commit), writes=True, snapshot=False)
        with _writers.setdefault(self._bind, threading.Lock()):  # One writer at a time; only other processes can clash.
            return self._tried(self._bind, work, Attempts(commit), writes=True, snapshot=False)

    def _read(self, work: Work[ResultT], *, snapshot: bool) -> ResultT:
        work = self._on_our_tables(work)
        if isinstance(self._bind, sa.Connection):
            return work(self._bind)
        return self._tried(self._bind, work, Attempts(), writes=False, snapshot=snapshot)

    def _tried(
        self, engine: sa.Engine, work: Work[ResultT], attempts: Attempts, *, writes: bool, snapshot: bool
    ) -> ResultT:
        while True:
            try:
                with engine.connect() as connection:
                    return own_transaction(connection, work, writes=writes, snapshot=snapshot)
            except exc.SQLAlchemyError as fault:
                seconds = attempts.after(fault)
            time.sleep(seconds)


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
        return await self._read(self._catalog, snapshot=False)

    async def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return await self._read(self._bound(reading.appointment, appointment_id), snapshot=False)

    async def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return await self._read(self._bound(reading.appointments, wanted, offset, limit), snapshot=True)

    async def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return await self._read(self._bound(reading.history, subject_id), snapshot=False)

    async def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return await self._read(self._bound(reading.view, query), snapshot=reading.needs_one_snapshot(query))

    async def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return await self._read(self._bound(reading.snapshot), snapshot=True)

    async def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        work = self._on_our_tables(self._bound(committing.commit, commit))
        if isinstance(self._bind, AsyncConnection):
            return await self._bind.run_sync(in_savepoint, work)
        return await self._tried(self._bind, work, Attempts(commit), writes=True, snapshot=False)

    async def _read(self, work: Work[ResultT], *, snapshot: bool) -> ResultT:
        work = self._on_our_tables(work)
        if isinstance(self._bind, AsyncConnection):
            return await self._bind.run_sync(work)
        return await self._tried(self._bind, work, Attempts(), writes=False, snapshot=snapshot)

    async def _tried(
        self, engine: AsyncEngine, work: Work[ResultT], attempts: Attempts, *, writes: bool, snapshot: bool
    ) -> ResultT:
        while True:
            try:
                async with engine.connect() as connection:
                    return await connection.run_sync(own_transaction, work, writes=writes, snapshot=snapshot)
            except exc.SQLAlchemyError as fault:
                seconds = attempts.after(fault)
            await asyncio.sleep(seconds)
