"""Blocking faces of asynchronous stores and engines, so that cases are written once: calls wait for an event loop.

The loop runs in a thread of its own; threads that race become tasks that race on it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.ports import AsyncStore
from booking_engine.shell import Ask

ResultT = TypeVar("ResultT")


class LoopThread:
    """An event loop that runs in a thread until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        """What the coroutine returns; may be called by many threads at once."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """Stop the loop and wait for its thread."""
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class BlockingStore:
    """A ``Store`` whose every method waits for that of an ``AsyncStore``."""

    def __init__(self, store: AsyncStore, loop: LoopThread) -> None:
        self.awaited = store
        self._loop = loop

    def catalog(self) -> Catalog:
        """See ``CatalogRepository``."""
        return self._loop.run(self.awaited.catalog())

    def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return self._loop.run(self.awaited.appointment(appointment_id))

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return self._loop.run(self.awaited.appointments(wanted, offset, limit))

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return self._loop.run(self.awaited.history(subject_id))

    def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return self._loop.run(self.awaited.view(query))

    def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        return self._loop.run(self.awaited.commit(commit))

    def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return self._loop.run(self.awaited.snapshot())


class BlockingEngine:
    """An engine whose answers wait for those of an ``AsyncBookingEngine``."""

    def __init__(self, engine: AsyncBookingEngine, loop: LoopThread) -> None:
        self._engine = engine
        self._loop = loop

    def execute(self, ask: Ask) -> Any:
        """Carry out any command, or answer any query."""
        return self._loop.run(self._engine.execute(ask))
