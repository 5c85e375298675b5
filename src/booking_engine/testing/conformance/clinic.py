"""A clinic set up through the engine, and the engines of those who race for its places."""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.events import Event
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.domain.window import Session, Weekday
from booking_engine.errors import BookingRejected
from booking_engine.ports import Store
from booking_engine.shell import Ask
from booking_engine.testing.conformance.base import Engine, StoreCases
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import NINE
from booking_engine.testing.conformance.racing import race

Answer: TypeAlias = Any
"""What a command answered, or the ``Rejection`` with which it was refused."""


def answer(engine: Engine, ask: Ask) -> Answer:
    """What the engine answers, a refusal as a value."""
    try:
        return engine.execute(ask)
    except BookingRejected as refused:
        return refused.rejection


def booking(number: int, **changes: Any) -> c.BookAppointment:
    """A booking of patient ``number`` for Monday at nine."""
    values: dict[str, Any] = {
        "appointment_type": "checkup",
        "appointment_date": NINE,
        "patient_name": f"Patient {number}",
        "parent_phone": f"+9198400{number:05}",
    }
    return c.BookAppointment(**{**values, **changes})


def change(appointment_id: str, **changes: Any) -> c.UpdateAppointment:
    """A change of one appointment."""
    return c.UpdateAppointment(appointment_id=appointment_id, **changes)


def kinds(answers: Sequence[Answer]) -> Counter[object]:
    """How often each kind of answer was given: a type, or the code and reason of a refusal."""
    return Counter((each.code, each.reason) if isinstance(each, Rejection) else type(each) for each in answers)


FULL = (RejectionCode.SLOT_FULL, Reason.CAPACITY)
AI_FULL = (RejectionCode.SLOT_FULL, Reason.AI_QUOTA)


class Clinic:
    """An organisation with one window on Monday morning, and the engines of those who race for it."""

    def __init__(self, cases: StoreCases, *, max_slots: int = 1, ai_slots: int | None = None, **policy: Any) -> None:
        self._cases = cases
        self.told: list[Event] = []
        self._telling = threading.Lock()
        self.org_id = cases.new_org_id()
        self.store = cases.open_store(self.org_id)
        self.engine = self._open(self.store)
        for ask in (
            c.ConfigureOrganisation(timezone="UTC", min_notice_hours=0, cancellation_notice_hours=0, **policy),
            c.AddBranch(name="Main", branch_id="main"),
            c.AddService(name="Checkup", service_id="checkup"),
            c.AddService(name="Vaccination", service_id="vaccination"),
        ):
            self.engine.execute(ask)
        self.add_window("first", max_slots, max_slots if ai_slots is None else ai_slots)

    def add_window(
        self, calendar_id: str, max_slots: int, ai_slots: int, start: str = "09:00", end: str = "11:00"
    ) -> None:
        """Add a window on Monday."""
        self.engine.execute(
            c.CreateWindow(
                calendar_id=calendar_id,
                branch_id="main",
                day=Weekday.MONDAY,
                session=Session.MORNING,
                start_time=start,
                end_time=end,
                max_slots=max_slots,
                ai_slots=ai_slots,
            )
        )

    def race(self, asks: Sequence[Ask]) -> list[Answer]:
        """The answer to each command, all of them given at once, each to another engine on the same ledger."""
        stores = self._cases.handles(self.store, self.org_id, len(asks))
        engines = [self._open(store) for store in stores]
        for engine in engines[::2]:
            engine.execute(q.CatalogQuery())  # Every other one knows the catalog already, and may know it too long.
        return race([functools.partial(answer, engine, ask) for engine, ask in zip(engines, asks, strict=True)])

    def book(self, *asks: c.BookAppointment) -> list[str]:
        """Book, one after the other; the ids."""
        return [self.engine.execute(ask).appointment.appointment_id for ask in asks]

    def expect_filled(self, number: int, calendar_id: str = "first") -> None:
        """Expect so many places taken in a window on that Monday, and a ledger that equals its recount."""
        records = self.engine.execute(q.TrackingQuery(date=NINE.date()))
        filled = sum(record.counts.filled for record in records if record.window.calendar_id == calendar_id)
        expect(filled, number, f"the window {calendar_id} holds exactly as many places as were booked")
        expect(self.engine.execute(q.RegenerateTracking()).differences, (), "the ledger equals a recount")

    def expect_told(self, *names: str) -> None:
        """Expect that observers were told exactly these events since the setup, each of them once."""
        told = [event for event in self.told if event.name.startswith("appointment.")]
        expect(Counter(event.name for event in told), Counter(names), "observers are told of every change, once")
        expect(len({event.event_id for event in told}), len(told), "and of none twice")

    def _open(self, store: Store) -> Engine:
        return self._cases.open_engine(store, observers=(self._tell,))

    def _tell(self, event: Event) -> None:
        with self._telling:
            self.told.append(event)
