"""A rush: callers book one reference after the other, each answer is written down, and afterwards there is a reckoning.

Every day has so many places and more who ask for one. Nobody cancels, so that the reckoning is an if-and-only-if: who
was acknowledged has the place, once; who was refused was refused on a day that is full; nothing else stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import attrs

from booking_engine import commands as c
from booking_engine.decisions.decision import Booked
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.rejection import RejectionCode
from booking_engine.domain.window import Session, Weekday
from booking_engine.engine import BookingEngine
from booking_engine.errors import BookingRejected
from booking_engine.ports import Store
from booking_engine.testing.clock import FixedClock

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
FULL = "full"


class Acknowledged(NamedTuple):
    """What the caller of a reference was told: the appointment's id, or ``FULL``."""

    reference: str
    answer: str


def engine_over(store: Store) -> BookingEngine:
    """An engine to which it is always the eve of the rush."""
    return BookingEngine(store, clock=FixedClock(NOW))


@attrs.frozen
class Rush:
    """A clinic with so many ``places`` a day; each line of callers asks for ``asks_a_day`` of them."""

    places: int
    asks_a_day: int = 1

    def open_clinic(self, store: Store, **policy: Any) -> None:
        """One branch that is open every morning for ten years."""
        engine = engine_over(store)
        engine.configure(c.ConfigureOrganisation(timezone="UTC", max_advance_booking_days=3_650, **policy))
        engine.add_branch(c.AddBranch(name="Main", branch_id="main"))
        engine.add_service(c.AddService(name="Checkup", service_id="checkup"))
        for day in Weekday:
            engine.create_window(
                c.CreateWindow(
                    branch_id="main",
                    day=day,
                    session=Session.MORNING,
                    start_time="09:00",
                    end_time="11:00",
                    max_slots=self.places,
                    ai_slots=self.places,
                )
            )

    def booking(self, line: int, number: int, **changes: Any) -> c.BookAppointment:
        """What the line asks for as number so-and-so; whoever asks it again asks the same."""
        wanted = c.BookAppointment(
            appointment_type="checkup",
            appointment_date=NOW + timedelta(days=1 + number // self.asks_a_day, hours=3),
            patient_name=f"Patient {number}",
            parent_phone=f"+91 98 {line:02} {number:06}",
            external_reference_id=f"{line}-{number}",
        )
        return attrs.evolve(wanted, **changes)

    def ask(self, engine: BookingEngine, line: int, number: int) -> Booked | None:
        """What the engine booked, None if that day is full; a fault is raised."""
        try:
            return engine.book(self.booking(line, number))
        except BookingRejected as refused:
            if refused.code is not RejectionCode.SLOT_FULL:
                raise
            return None

    def book(self, engine: BookingEngine, line: int, number: int) -> Acknowledged:
        """Ask, and be told; a fault is raised."""
        booked = self.ask(engine, line, number)
        return Acknowledged(f"{line}-{number}", FULL if booked is None else booked.appointment.appointment_id)

    def day_of(self, reference: str) -> date:
        """The date for which the reference asks."""
        line, number = map(int, reference.split("-"))
        return self.booking(line, number).appointment_date.date()

    def wrongs(self, store: Store, acknowledged: Set[Acknowledged]) -> list[str]:
        """Everything that is not as it was acknowledged, and every sum that does not come out."""
        appointments = store.snapshot().appointments
        filled = Counter(each.date for each in appointments if each.holds_place)
        standing = {
            Acknowledged(str(each.external_reference_id), each.appointment_id)
            for each in appointments
            if each.holds_place
        }
        booked = {each for each in acknowledged if each.answer != FULL}
        refused = acknowledged - booked
        return [
            *(f"{reference} has {number} answers" for reference, number in _repeated(acknowledged)),
            *(f"{reference} has {number} appointments" for reference, number in _repeated(standing)),
            *(f"{each} was acknowledged and is not there" for each in sorted(booked - standing)),
            *(f"{each} is there and was acknowledged to nobody" for each in sorted(standing - booked)),
            *(f"{day} has {number} of {self.places}" for day, number in sorted(filled.items()) if number > self.places),
            *(f"{each} though there was room" for each in sorted(refused) if not self._is_full(filled, each)),
            *(f"{each.appointment_id} is not told once" for each in appointments if not _is_told_once(store, each)),
            *(f"the ledger is not the recount: {each}" for each in engine_over(store).verify()),
        ]

    def _is_full(self, filled: Mapping[date, int], refused: Acknowledged) -> bool:
        return filled.get(self.day_of(refused.reference), 0) == self.places


def _repeated(answers: Set[Acknowledged]) -> Iterator[tuple[str, int]]:
    counted = Counter(each.reference for each in answers)
    return ((reference, number) for reference, number in sorted(counted.items()) if number > 1)


def _is_told_once(store: Store, appointment: Appointment) -> bool:
    return [event.name for event in store.history(appointment.appointment_id)] == ["appointment.created"]
