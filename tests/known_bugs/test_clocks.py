"""Cases of clocks and calendars: the organisation's zone decides, and elapsed hours are hours."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from properties.support import ALL_DAYS, MONDAY, Clinic, Clock, at, clinic, request, why, window

from booking_engine import (
    BookAppointment,
    BookingEngine,
    ConfigureOrganisation,
    OrganisationNotConfigured,
    OverrideTracking,
    Reason,
    RejectionCode,
    Session,
    Weekday,
    WindowStatus,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.rules.shape import parsed

NO_WINDOW = (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)
TOO_SOON = (RejectionCode.OUTSIDE_AVAILABILITY, Reason.MIN_NOTICE)
TOO_LATE = (RejectionCode.OUTSIDE_AVAILABILITY, Reason.BEYOND_HORIZON)
TICK = timedelta(microseconds=1)
ALL_DAY: dict[str, Any] = {"start_time": "00:00", "end_time": "24:00", "ai_slots": 50}


def open_every_day(now: str, **policy: Any) -> Clinic:
    """A clinic that is open round the clock."""
    return clinic(*(window(day.value, day=day, **ALL_DAY) for day in ALL_DAYS), now=at(now), **policy)


def test_bug_057() -> None:
    made = clinic(window(ai_slots=5), timezone="America/New_York", now=at("2026-10-20T12:00"))
    before, after = made.book(at("2026-10-26T13:00"), "+911"), made.book(at("2026-11-02T14:00"), "+912")
    assert [before.date, after.date] == [date(2026, 10, 26), date(2026, 11, 2)]
    assert why(made.refused_booking(at("2026-11-02T13:00"), "+913")) == NO_WINDOW


@pytest.mark.parametrize(
    ("day", "opens"), [("2026-03-08", "2026-03-08T16:30"), ("2026-11-01", "2026-11-01T17:30")], ids=["spring", "autumn"]
)
def test_bug_058(day: str, opens: str) -> None:
    noon = window(day=Weekday.SUNDAY, start_time="12:30", end_time="13:00", ai_slots=2)
    made = clinic(noon, timezone="America/New_York", now=at(opens) - timedelta(days=7))
    local_day, first = date.fromisoformat(day), at(opens)
    assert why(made.refused_booking(first - TICK)) == NO_WINDOW
    assert why(made.refused_booking(first + timedelta(minutes=30))) == NO_WINDOW
    assert made.row(local_day).available_slots == 2
    assert made.book(first, "+911").date == local_day
    assert made.row(local_day).available_slots == 1
    made.book(first + timedelta(minutes=30) - TICK, "+912")
    assert made.row(local_day).available_slots == 0


def test_bug_060() -> None:
    made = open_every_day("2026-10-31T16:00", timezone="America/New_York", min_notice_hours=24)
    earliest = at("2026-11-01T16:00")  # 11:00 in New York, where the night had an hour more
    refused = made.refused_booking(earliest - TICK)
    assert (why(refused), refused.earliest) == (TOO_SOON, earliest)
    assert made.book(earliest).start == earliest


def test_bug_061() -> None:
    afternoon = window(day=Weekday.SUNDAY, session=Session.AFTERNOON, start_time="15:00", end_time="16:00")
    made = clinic(afternoon, timezone="America/Chicago", now=at("2026-03-01T12:00"))
    assert why(made.refused_booking(at("2026-03-08T21:00"))) == NO_WINDOW
    assert made.book(at("2026-03-08T20:00")).date == date(2026, 3, 8)


def test_bug_065() -> None:
    night = window(day=Weekday.TUESDAY, start_time="00:00", end_time="01:00")
    made = clinic(night, timezone="Europe/London")
    booked = made.book(at("2026-06-15T23:00"))
    assert (made.again(booked).date, made.again(booked).start) == (date(2026, 6, 16), at("2026-06-15T23:00"))


def test_bug_067() -> None:
    evening = window(session=Session.EVENING, start_time="18:00", end_time="20:00")
    made = clinic(evening, timezone="America/Los_Angeles")
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}", status=WindowStatus.CLOSED))
    assert made.refused_booking(at("2026-06-16T01:30")).code is RejectionCode.SLOT_INACTIVE


def test_bug_068() -> None:
    made = clinic(window(start_time="01:00", end_time="02:00"), timezone="Asia/Kolkata")
    booked = made.book(at("2026-06-14T20:00"))
    assert (booked.date, Weekday.of(booked.date)) == (MONDAY, Weekday.MONDAY)


def test_bug_070() -> None:
    made = open_every_day("2026-06-01T00:00", timezone="Australia/Brisbane")
    first, second = made.book(at("2026-06-15T06:00")), made.book(at("2026-06-15T22:00"))
    assert [first.date, second.date] == [date(2026, 6, 15), date(2026, 6, 16)]
    assert made.refused_booking(at("2026-06-15T22:30")).code is RejectionCode.DUPLICATE_BOOKING


def test_bug_072() -> None:
    stored = []
    for written in ("2026-06-15T09:30:00Z", "2026-06-15T15:00:00+05:30", "2026-06-15T01:30:00-08:00"):
        made = clinic(window())
        body = {"appointment_type": "checkup", "appointment_date": written, "patient_name": "A", "parent_phone": "+911"}
        command = parsed(BookAppointment, body)
        assert isinstance(command, BookAppointment)
        stored.append(made.engine.book(command).appointment)
    assert stored[0] == stored[1] == stored[2]


@pytest.mark.parametrize(
    "command",
    [ConfigureOrganisation(name="Sunrise"), ConfigureOrganisation(timezone="Mars/Base")],
    ids=["missing", "unknown"],
)
def test_bug_075(command: ConfigureOrganisation) -> None:
    made = Clinic(MemoryStore("sunrise"), Clock())
    refused = made.refused(command)
    assert refused.code is RejectionCode.VALIDATION_ERROR
    assert [problem.field for problem in refused.fields] == ["timezone"]
    with pytest.raises(OrganisationNotConfigured):
        BookingEngine(made.store).book(request(at("2026-06-15T09:30")))


def test_bug_078() -> None:
    made = clinic(window(**ALL_DAY), duration_minutes=180, timezone="Europe/Paris", buffer_time_minutes=30)
    made.book(at("2026-06-15T07:30"), "+911", assigned_doctor="Dr Rao")  # 09:30-12:30 in Paris
    assert made.book(at("2026-06-15T11:00"), "+912", assigned_doctor="Dr Rao").date == MONDAY


def test_bug_079() -> None:
    booked = []
    for written in ("2026-06-15T10:30:00+01:00", "2026-06-15T04:30:00-05:00"):
        made = clinic(window(start_time="11:00", end_time="12:00"), timezone="Europe/Madrid")
        body = {"appointment_type": "checkup", "appointment_date": written, "patient_name": "A", "parent_phone": "+911"}
        command = parsed(BookAppointment, body)
        assert isinstance(command, BookAppointment)
        booked.append(made.engine.book(command).appointment)
        assert made.record().counts.filled == 1
    assert booked[0] == booked[1]


def test_bug_080() -> None:
    made = open_every_day("2026-06-01T08:00", timezone="Europe/London")
    made.engine.override_tracking(OverrideTracking(slot_id=f"monday||{MONDAY}", status=WindowStatus.CLOSED))
    opens, closes = at("2026-06-14T23:00"), at("2026-06-15T23:00")
    for instant in (opens, closes - timedelta(minutes=1)):
        assert made.refused_booking(instant).code is RejectionCode.SLOT_INACTIVE
    assert made.book(opens - TICK).date == date(2026, 6, 14)
    assert made.book(closes).date == date(2026, 6, 16)


def test_bug_081() -> None:
    # SPEC W1: without times and without session hours a window is the whole local day.
    made = clinic(window(start_time=None, end_time=None, ai_slots=4), timezone="Asia/Kolkata")
    for number, local in enumerate(["2026-06-14T18:30", "2026-06-15T03:30", "2026-06-15T09:30", "2026-06-15T18:29"]):
        assert made.row().available_slots == 4 - number
        assert made.book(at(local), f"+91{number}").date == MONDAY
    assert made.row().available_slots == 0


def test_bug_082() -> None:
    made = open_every_day("2026-06-01T08:00")
    closed = [MONDAY + timedelta(days=number) for number in range(3)]
    for day in closed:
        slot_id = f"{Weekday.of(day)}||{day}"
        made.engine.override_tracking(OverrideTracking(slot_id=slot_id, status=WindowStatus.CLOSED))
    shown = [row.date for row in made.rows(MONDAY - timedelta(days=1), until=MONDAY + timedelta(days=4))]
    assert shown == [date(2026, 6, 14), date(2026, 6, 18), date(2026, 6, 19)]
    for day in closed:
        assert made.refused_booking(at(f"{day}T09:00")).code is RejectionCode.SLOT_INACTIVE
    for day in shown:
        assert made.book(at(f"{day}T09:00")).date == day


def test_bug_086() -> None:
    made = clinic()
    refused = made.refused(window(start_time="22:30", end_time="02:00"))
    assert refused.code is RejectionCode.VALIDATION_ERROR
    assert [problem.field for problem in refused.fields] == ["end_time"]


def test_bug_087() -> None:
    late = window(session=Session.EVENING, start_time="23:00", end_time="23:59")
    made = clinic(late, timezone="Asia/Kolkata")
    body = {
        "appointment_type": "checkup",
        "appointment_date": "2026-06-16T00:30:00+06:30",
        "patient_name": "A",
        "parent_phone": "+911",
    }
    assert made.row().available_slots == 1
    command = parsed(BookAppointment, body)
    assert isinstance(command, BookAppointment)
    assert made.engine.book(command).appointment.date == MONDAY


def test_bug_089() -> None:
    made = open_every_day("2026-03-07T17:00", timezone="America/New_York", min_notice_hours=24)
    earliest = at("2026-03-08T17:00")  # 13:00 in New York, where the night had an hour less
    refused = made.refused_booking(earliest - TICK)
    assert (why(refused), refused.earliest) == (TOO_SOON, earliest)
    assert made.book(earliest).start == earliest


def test_bug_090() -> None:
    # SPEC bounds each field by itself: the policy is accepted, and nothing can be booked under it.
    made = open_every_day("2026-06-01T08:00", max_advance_booking_days=2, min_notice_hours=120)
    rows = made.rows(date(2026, 6, 1), until=date(2026, 6, 14))
    assert len(rows) == 14
    assert {(row.available_slots, row.staff_available) for row in rows} == {(0, 0)}
    assert why(made.refused_booking(at("2026-06-03T12:00"))) == TOO_SOON
    assert why(made.refused_booking(at("2026-06-07T12:00"))) == TOO_LATE


def test_bug_091() -> None:
    made = open_every_day("2026-06-15T20:00", timezone="Asia/Kolkata", max_advance_booking_days=30)
    first, past = at("2026-07-15T18:30"), at("2026-07-16T18:30")  # 2026-07-16 in Kolkata
    assert made.book(first, "+911").date == date(2026, 7, 16)
    assert made.book(past - TICK, "+912").date == date(2026, 7, 16)
    refused = made.refused_booking(past, "+913")
    assert (why(refused), refused.latest) == (TOO_LATE, date(2026, 7, 16))
