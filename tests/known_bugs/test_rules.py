"""Cases of single rules: the doctor's gap, the choice of a window, phones and the edges of the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from properties.support import MONDAY, at, clinic, monday, why, window

from booking_engine import BookAppointment, FieldProblem, Reason, RejectionCode, Weekday
from booking_engine.adapters.phone import E164Phones
from booking_engine.rules.shape import parsed

BUSY = (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)
DUPLICATE = RejectionCode.DUPLICATE_BOOKING


def test_bug_093() -> None:
    # The gap is a doctor's: without one, neither availability nor a booking knows of it (SPEC §6.10).
    made = clinic(window(ai_slots=5), buffer_time_minutes=15)
    made.book(monday("09:00"), "+911", assigned_doctor="Dr Rao")
    assert why(made.refused_booking(monday("09:10"), "+912", assigned_doctor="Dr Rao")) == BUSY
    assert made.book(monday("09:10"), "+912", assigned_doctor="Dr Iyer").start == monday("09:10")


def test_bug_094() -> None:
    made = clinic(window(ai_slots=5), duration_minutes=15, buffer_time_minutes=30)
    made.book(monday("09:00"), "+911", assigned_doctor="Dr Rao")
    first = monday("09:45")
    for late in (monday("09:20"), first - timedelta(microseconds=1)):
        assert why(made.refused_booking(late, "+912", assigned_doctor="Dr Rao")) == BUSY
    assert made.book(first, "+912", assigned_doctor="Dr Rao").start == first


def test_bug_095() -> None:
    # SPEC W6: equally long, so the earlier start; only its place is taken. Full, the next one takes over.
    made = clinic(window("late", start_time="10:00", end_time="12:00"), window("early"))
    assert made.book(monday("10:30"), "+911").calendar_id == "early"
    assert {row.window.calendar_id: row.filled_slots for row in made.rows()} == {"early": 1, "late": 0}
    assert made.book(monday("10:30"), "+912").calendar_id == "late"


def test_bug_099() -> None:
    made = clinic(window())
    refused = made.refused_booking(at("2026-06-16T09:30"))
    assert Weekday.of(MONDAY) is Weekday.MONDAY
    assert why(refused) == (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)


def test_bug_103() -> None:
    international, national = "+12345678901", "(234) 567 8901"
    known = clinic(window(ai_slots=5), options={"phones": E164Phones()}, default_region="US")
    booked = known.book(monday("09:00"), international)
    refused = known.refused_booking(monday("09:30"), national)
    assert (refused.code, refused.existing_appointment_id) == (DUPLICATE, booked.appointment_id)
    unknown = clinic(window(ai_slots=5), options={"phones": E164Phones()})
    unknown.book(monday("09:00"), international)
    assert unknown.book(monday("09:30"), national).parent_phone == national


def in_digits_from(zero: str, number: str) -> str:
    """The number in the digits of another script, given its zero."""
    return "".join(chr(ord(zero) + int(digit)) for digit in number)


@pytest.mark.parametrize(
    "written",
    [
        in_digits_from("\N{FULLWIDTH DIGIT ZERO}", "9840123456"),
        in_digits_from("\N{ARABIC-INDIC DIGIT ZERO}", "9840123456"),
        "98401\N{NO-BREAK SPACE}23456",
        "\N{LEFT-TO-RIGHT EMBEDDING}9840123456\N{POP DIRECTIONAL FORMATTING}",
    ],
    ids=["full width", "Arabic-Indic", "no-break space", "embedding"],
)
def test_bug_106(written: str) -> None:
    made = clinic(window(ai_slots=5))
    made.book(monday("09:00"), "9840123456")
    assert made.refused_booking(monday("09:30"), written).code is DUPLICATE


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("written", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00+01:00"])
def test_bug_128(timezone: str, written: str) -> None:
    made = clinic(window(), timezone=timezone)
    problem = FieldProblem("appointment_date", "is out of range", "send a year from 2000 to 2199")
    body = {"appointment_type": "checkup", "appointment_date": written, "patient_name": "A", "parent_phone": "+911"}
    assert parsed(BookAppointment, body) == (problem,)
    refused = made.refused_booking(datetime.fromisoformat(written))
    assert (refused.code, refused.fields) == (RejectionCode.VALIDATION_ERROR, (problem,))
