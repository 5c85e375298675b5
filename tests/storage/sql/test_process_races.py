"""Engines in eight processes on one database race for a place, a reference, a phone's day and a doctor: one is first.

Each process knows the catalog and is connected before the first race, and every race is on a day of its own.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence

from booking_engine import commands as c
from booking_engine.decisions.decision import Booked
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.testing.conformance.clinic import FULL, Answer, answer, kinds
from storage import broken

from .conftest import Load
from .databases import Database
from .processes import in_processes, meet
from .rush import Rush, engine_over

PROCESSES = 8
ORG = "clinic"
RUSH = Rush(places=8)
DUPLICATE = (RejectionCode.DUPLICATE_BOOKING, None)
BUSY = (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)


def test_of_eight_processes_one_is_first(database: Database, load: Load) -> None:
    days = iter(raced(database, 4 * load.race_rounds))
    for place, reference, phone, doctor in zip(days, days, days, days, strict=True):
        assert kinds(place) == {Booked: 1, FULL: 7}
        assert kinds(reference) == {Booked: 8}
        assert Counter(each.replayed for each in reference) == {True: 7, False: 1}
        assert len(winners(reference)) == 1
        assert kinds(phone) == {Booked: 1, DUPLICATE: 7}
        assert {each.existing_appointment_id for each in phone if isinstance(each, Rejection)} == winners(phone)
        assert kinds(doctor) == {Booked: 1, BUSY: 7}


def test_over_a_store_that_asks_for_nothing_more_than_one_is_first(sqlite_url: str) -> None:
    (place,) = raced(Database(sqlite_url, broken=broken.AsksForNothing), 1)
    assert kinds(place)[Booked] > 1


def raced(database: Database, days: int) -> list[list[Answer]]:
    """What the eight were answered on each of so many days; what they race for takes turns with the days."""
    with database.handles() as handle:
        store = handle(ORG)
        RUSH.open_clinic(store, buffer_time_minutes=15)
        for day in range(0, days, 4):
            for number in range(1, RUSH.places):
                engine_over(store).book(RUSH.booking(PROCESSES + number, day))  # One place is left.
        asks = [[asked(racer, day) for day in range(days)] for racer in range(PROCESSES)]
        answers = in_processes([functools.partial(answered, database, mine) for mine in asks])
        assert engine_over(store).verify() == ()
        return [list(day) for day in zip(*answers, strict=True)]


def asked(racer: int, day: int) -> c.BookAppointment:
    """What one of them asks on a day: a place; the reference, the phone or the doctor that all the others want."""
    match day % 4:
        case 1:
            return RUSH.booking(0, day)
        case 2:
            return RUSH.booking(racer, day, parent_phone=RUSH.booking(0, day).parent_phone)
        case 3:
            return RUSH.booking(racer, day, assigned_doctor="Dr Rao" if racer % 2 else "DR  RAO")
        case _:
            return RUSH.booking(racer, day)


def answered(database: Database, asks: Sequence[c.BookAppointment]) -> list[Answer]:
    """What one process is answered, which asks whenever all the others do."""
    answers = []
    with database.handles() as handle:
        engine = engine_over(handle(ORG))
        engine.catalog()
        for ask in asks:
            meet()
            answers.append(answer(engine, ask))
    return answers


def winners(answers: Sequence[Answer]) -> set[str]:
    return {each.appointment.appointment_id for each in answers if isinstance(each, Booked)}
