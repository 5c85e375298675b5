"""The ports: what the engine asks of a store, a clock and an id factory.

A ``Store`` is a handle of one organisation and has no method that could reach another. A new store is a few
methods over these protocols; ``booking_engine.testing.conformance`` proves it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView


class CatalogRepository(Protocol):
    """What the organisation has set up."""

    def catalog(self) -> Catalog:
        """The current catalog; ``Catalog.blank`` before the organisation is configured."""
        ...


class AppointmentRepository(Protocol):
    """Appointments as pages need them."""

    def appointment(self, appointment_id: str) -> Appointment | None:
        """One appointment of any status."""
        ...

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """``limit`` appointments from ``offset``, by start ascending, then id; of those behind ``wanted.after``."""
        ...

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """The events about one record, oldest first."""
        ...


class CapacityLedger(Protocol):
    """Counts, names and versions, and the one way to change them."""

    def view(self, query: LedgerQuery) -> LedgerView:
        """What the query asks for, from one snapshot.

        Counts and hold are those of ``query.now``: a hold that ended by then is in neither (SPEC H1).
        """
        ...

    def commit(self, commit: Commit) -> Outcome:
        """Apply all of it or nothing. ``Refused`` names every claim and guard that could not be met.

        A ``commit_id`` that stands already answers ``Done`` and changes nothing. Holds that ended by ``commit.at`` go
        first, as ``Commit`` says.
        """
        ...

    def snapshot(self) -> LedgerSnapshot:
        """The whole ledger, every appointment and every hold, from one snapshot, for an audit."""
        ...


class Store(CatalogRepository, AppointmentRepository, CapacityLedger, Protocol):
    """One organisation's store."""


class AsyncStore(Protocol):
    """``Store`` for an event loop: the same methods, awaited."""

    async def catalog(self) -> Catalog:
        """See ``CatalogRepository.catalog``."""
        ...

    async def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository.appointment``."""
        ...

    async def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository.appointments``."""
        ...

    async def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository.history``."""
        ...

    async def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger.view``."""
        ...

    async def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger.commit``."""
        ...

    async def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger.snapshot``."""
        ...


class AnswerBook(Protocol):
    """The answers to one organisation's tool calls, refusals included, beside its store (SPEC H1a)."""

    def begin(self, record: AnswerRecord) -> AnswerRecord:
        """Write down a call that has no answer yet, and return the record; else what stands, begun before."""
        ...

    def answer(self, call: ToolCall, text: str) -> str:
        """Write down the answer of a call that was begun; the first one stands, and is what is returned."""
        ...

    def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        """Everything that was begun in one call, in the order in which it was written down, whatever the clocks say.

        Of what is written down at once, either may be first.
        """
        ...

    def forget(self, before: datetime) -> int:
        """Drop what was begun before an instant; how many there were. Answers name patients, and need not be kept."""
        ...


class AsyncAnswerBook(Protocol):
    """``AnswerBook`` for an event loop: the same methods, awaited."""

    async def begin(self, record: AnswerRecord) -> AnswerRecord:
        """See ``AnswerBook.begin``."""
        ...

    async def answer(self, call: ToolCall, text: str) -> str:
        """See ``AnswerBook.answer``."""
        ...

    async def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        """See ``AnswerBook.of_call``."""
        ...

    async def forget(self, before: datetime) -> int:
        """See ``AnswerBook.forget``."""
        ...


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Now, as an aware UTC instant."""
        ...


class IdFactory(Protocol):
    """Makes ids that nobody can guess."""

    def token(self) -> str:
        """26 lower-case letters and digits with at least 128 random bits (SPEC I1): appointments and commits."""
        ...

    def uuid(self) -> str:
        """A random UUID: branches, services, windows."""
        ...
