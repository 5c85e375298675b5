"""What is said about a bad field, word for word: an agent reads it, and does what the hint says (SPEC §6.1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import attrs
import pytest

from booking_engine import (
    UNSET,
    AddBranch,
    AvailabilityQuery,
    CatalogQuery,
    CloseBranch,
    ConfigureOrganisation,
    CreateWindow,
    OverrideTracking,
    TrackingQuery,
    UpdateAppointment,
    UpdateBranch,
)
from booking_engine.domain.localtime import clean_date, clean_instant, clean_time_of_day
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.slotid import parse_slot_id
from booking_engine.domain.text import clean_text
from booking_engine.domain.window import Session, Weekday, WindowStatus
from booking_engine.rules.fields import (
    Check,
    dates,
    end_of_window,
    flag,
    notes,
    one_of,
    record_id,
    region,
    session_hours,
    slot_id,
    whole_number,
    zone_name,
)
from booking_engine.rules.shape import checked, parsed
from booking_engine.rules.shape_table import SHAPES

EXAMPLE = 'send e.g. "2026-06-15T09:30:00.000Z"'
NO_OFFSET = 'add "Z" or an offset, e.g. "2026-06-15T09:30:00Z" or "2026-06-15T15:00:00+05:30"'
YEARS = "send a year from 2000 to 2199"
HOURS = 'send e.g. {"Morning": ["09:00", "12:00"]}'
WINDOWS = 'send one of: "OPEN", "CLOSED"'


class Unreadable(tzinfo):
    def utcoffset(self, instant: datetime | None) -> timedelta:
        raise RuntimeError

    dst = utcoffset

    def tzname(self, instant: datetime | None) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("check", "value", "problem", "hint"),
    [
        (flag, 1, "is not true or false", "send true or false"),
        (record_id, "a||b", 'contains "|", which separates slot ids', "send an id without it"),
        (zone_name, "Mars/Base", "is not a known time zone", 'send an IANA name, e.g. "Asia/Kolkata"'),
        (zone_name, 5, "is not a known time zone", 'send an IANA name, e.g. "Asia/Kolkata"'),
        (region, "in", "is not a region", 'send two capital letters, e.g. "IN"'),
        (region, "IND", "is not a region", 'send two capital letters, e.g. "IN"'),
        (region, 5, "is not a region", 'send two capital letters, e.g. "IN"'),
        (session_hours, [], "is not a table of sessions", HOURS),
        (session_hours, {"Night": ["1", "2"]}, "has an entry that is not a session with its start and end", HOURS),
        (session_hours, {"Morning": "ab"}, "has an entry that is not a session with its start and end", HOURS),
        (session_hours, {"Morning": ["1"]}, "has an entry that is not a session with its start and end", HOURS),
        (session_hours, {"Morning": ["09:00", "9"]}, "has no start before its end for Morning", HOURS),
        (session_hours, {"Morning": ["9", "10:00"]}, "has no start before its end for Morning", HOURS),
        (session_hours, {"Morning": ["24:00", "24:00"]}, "has no start before its end for Morning", HOURS),
        (session_hours, {"Morning": ["09:00", "09:00"]}, "has no start before its end for Morning", HOURS),
        (dates, "2026-06-15", "contains no dates", "send a set of dates"),
        (dates, b"2026", "contains no dates", "send a set of dates"),
        (dates, 5, "contains no dates", "send a set of dates"),
        (clean_text, 5, "is not text", "send a string of 1 to 200 characters"),
        (clean_text, " ", "is empty", "send a string of 1 to 200 characters"),
        (clean_text, "\u200b", "is empty", "send a string of 1 to 200 characters"),
        (clean_text, "a" * 201, "has 201 characters", "send at most 200 characters"),
        (clean_text, "a\nb", "contains the control character U+000A", "send printable text without it"),
        (notes, "a\x00b", "contains the control character U+0000", "send printable text without it"),
        (notes, "a" * 2_001, "has 2001 characters", "send at most 2000 characters"),
        (notes, "\r\n", "is empty", "send a string of 1 to 2000 characters"),
        (slot_id, "a" * 601, "has 601 characters", "send at most 600 characters"),
        (clean_instant, 5, "is not a date-time", 'send ISO 8601 text, e.g. "2026-06-15T09:30:00.000Z"'),
        (clean_instant, "today", "is not ISO 8601", EXAMPLE),
        (clean_instant, "2026-02-30T09:30:00Z", "is not a time that exists", EXAMPLE),
        (clean_instant, "2026-06-15T09:30:00", "has no offset from UTC", NO_OFFSET),
        (clean_instant, datetime(2026, 6, 15), "has no offset from UTC", NO_OFFSET),  # noqa: DTZ001 (that is the point)
        (
            clean_instant,
            datetime(2026, 6, 15, tzinfo=Unreadable()),
            "has an offset that cannot be read",
            "send an aware date-time",
        ),
        (clean_instant, "1999-12-31T23:59:59Z", "is out of range", YEARS),
        (clean_instant, "2200-01-01T00:00:00Z", "is out of range", YEARS),
        (clean_instant, "9999-12-31T23:59:59-05:00", "is out of range", YEARS),
        (clean_date, "15.06.2026", "is not a date", 'send YYYY-MM-DD, e.g. "2026-06-15"'),
        (clean_date, datetime(2026, 6, 15, tzinfo=UTC), "is not a date", 'send YYYY-MM-DD, e.g. "2026-06-15"'),
        (clean_date, "2026-06-31", "is not a day of the calendar", "send YYYY-MM-DD"),
        (clean_date, "1999-12-31", "is out of range", YEARS),
        (clean_date, date(2200, 1, 1), "is out of range", YEARS),
        (clean_time_of_day, "9", "is not a time of day", 'send HH:MM, e.g. "09:00"'),
        (clean_time_of_day, "24:00", "is not a time of day", 'send HH:MM, e.g. "09:00"'),
        (end_of_window, "9", "is not a time of day", 'send HH:MM, e.g. "09:00", or "24:00"'),
        (end_of_window, time(9, 0, 1), "is not a time of day", 'send HH:MM, e.g. "09:00", or "24:00"'),
        (end_of_window, time(9, tzinfo=UTC), "is not a time of day", 'send HH:MM, e.g. "09:00", or "24:00"'),
    ],
)
def test_a_bad_value(check: Callable[[object], object], value: object, problem: str, hint: str) -> None:
    assert check(value) == FieldProblem("", problem, hint)


@pytest.mark.parametrize(
    ("make", "bounds", "value", "problem", "hint"),
    [
        (whole_number, (0, 2_500), True, "is not a whole number", "send a number from 0 to 2,500"),
        (whole_number, (0, 2_500), "5", "is not a whole number", "send a number from 0 to 2,500"),
        (whole_number, (1, 2_500), 0, "is out of range", "send a number from 1 to 2,500"),
        (whole_number, (0, 2_500), 2_501, "is out of range", "send a number from 0 to 2,500"),
        (one_of, (WindowStatus,), "open", "is not one of the known values", WINDOWS),
        (one_of, (WindowStatus,), [], "is not one of the known values", WINDOWS),
        (one_of, (WindowStatus,), 1, "is not one of the known values", WINDOWS),
        (one_of, (WindowStatus, WindowStatus.OPEN), "OPEN", "is not one of the known values", 'send one of: "CLOSED"'),
    ],
)
def test_a_bad_value_of_a_check_with_bounds(
    make: Callable[..., Check], bounds: tuple[Any, ...], value: object, problem: str, hint: str
) -> None:
    assert make(*bounds)(value) == FieldProblem("", problem, hint)


def test_a_good_value_of_a_check_with_bounds() -> None:
    assert [whole_number(0, 2_500)(value) for value in (0, 2_500)] == [0, 2_500]
    assert [one_of(Session, Session.EVENING)(value) for value in ("Morning", Session.AFTERNOON)] == [
        Session.MORNING,
        Session.AFTERNOON,
    ]


@pytest.mark.parametrize("text", ["w||today", "w||2026-06-15||", "w||2026-06-15||checkup||x", "w||"])
def test_a_bad_slot_id(text: str) -> None:
    hint = "send calendar_id||YYYY-MM-DD, or with ||service_id"
    assert parse_slot_id(text) == FieldProblem("slot_id", "has a segment that means nothing", hint)


@pytest.mark.parametrize(
    ("check", "value", "clean"),
    [
        (flag, False, False),
        (record_id, " ab ", "ab"),
        (notes, "a\r\nb", "a\r\nb"),
        (notes, "a" * 2_000, "a" * 2_000),
        (slot_id, "a" * 600, "a" * 600),
        (clean_text, "a" * 200, "a" * 200),
        (clean_text, "Cafe\u0301", "Café"),
        (clean_text, "X\u200b", "X\u200b"),
        (notes, "X\u200b", "X\u200b"),
        (session_hours, {"Morning": ("09:00", "12:00")}, {Session.MORNING: ("09:00", "12:00")}),
        (session_hours, {"Evening": ["12:00", "24:00"]}, {Session.EVENING: ("12:00", "24:00")}),
        (clean_instant, "2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        (clean_instant, "2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (clean_instant, "2026-06-15", datetime(2026, 6, 15, tzinfo=UTC)),
        (clean_instant, "2026-06-15t09:30:00,5z", datetime(2026, 6, 15, 9, 30, 0, 500_000, tzinfo=UTC)),
        (clean_date, "2000-01-01", date(2000, 1, 1)),
        (clean_date, date(2199, 12, 31), date(2199, 12, 31)),
        (clean_time_of_day, time(9, 5), "09:05"),
        (end_of_window, "24:00", "24:00"),
    ],
)
def test_a_good_value(check: Callable[[object], object], value: object, clean: object) -> None:
    assert check(value) == clean


def problems(kind: type[Any], **body: object) -> list[tuple[str, str, str]]:
    found = parsed(kind, body, branch_id="main", slot_id="w||2026-06-15", appointment_id="a")
    assert isinstance(found, tuple)
    return [tuple(each) for each in found]


WINDOW = {"branch_id": "main", "day": "monday", "session": "Morning", "ai_slots": 1}
BACKWARDS = {"first_date": "2026-06-16", "last_date": "2026-06-15"}
TOO_LONG = {"first_date": "2026-06-15", "last_date": str(date(2026, 6, 15) + timedelta(days=3_660))}
MIDNIGHT = "no window crosses midnight: make two windows"
DATE_OR_RANGE = "send date, or both from_date and to_date"


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        (AddBranch, {}, ("name", "is missing", "send a value")),
        (UpdateBranch, {"name": None}, ("name", "is null", "send a value or leave the field out")),
        (UpdateBranch, {}, ("body", "changes nothing", "send at least one of: name, retired")),
        (AddBranch, {"name": "A", "x": 1}, ("x", "is not a field of this request", "known fields: branch_id, name")),
        (CatalogQuery, {"x\n": 1}, ("x?", "is not a field of this request", "this request has no fields")),
        (
            CreateWindow,
            {**WINDOW, "max_slots": 2, "ai_slots": 3},
            ("ai_slots", "exceeds max_slots", "send ai_slots of at most max_slots"),
        ),
        (
            CreateWindow,
            {**WINDOW, "ai_slots": 0},
            ("max_slots", "is missing", "send max_slots of at least 1 when ai_slots is 0"),
        ),
        (
            CreateWindow,
            {**WINDOW, "start_time": "09:00", "end_time": "09:00"},
            ("end_time", "is not after start_time", MIDNIGHT),
        ),
        (
            CreateWindow,
            {**WINDOW, "valid_from": "2026-06-16", "valid_until": "2026-06-15"},
            ("valid_until", "is before valid_from", "send a date on or after valid_from"),
        ),
        (
            CreateWindow,
            {**WINDOW, "interval_weeks": 2},
            ("valid_from", "is missing", "send the date from which the weeks are counted"),
        ),
        (
            OverrideTracking,
            {"max_slots": 1, "ai_slots": 2},
            ("ai_slots", "exceeds max_slots", "send ai_slots of at most max_slots"),
        ),
        (
            UpdateAppointment,
            {"status": "cancelled", "appointment_date": "2026-06-15"},
            ("appointment_date", "does not go with this status", "send the new date or the status"),
        ),
        (
            UpdateAppointment,
            {"status": "completed", "appointment_date": "2026-06-15"},
            ("appointment_date", "does not go with this status", "send the new date or the status"),
        ),
        (CloseBranch, BACKWARDS, ("last_date", "is before first_date", "send a date on or after first_date")),
        (CloseBranch, TOO_LONG, ("last_date", "is too far from first_date", "close 3,660 days at most")),
        (
            AvailabilityQuery,
            {"date": "2026-06-16", "until": "2026-06-15"},
            ("until", "is before the first date", "send a later date"),
        ),
        (
            AvailabilityQuery,
            {"date": "2026-01-01", "until": "2026-04-04"},
            ("until", "is too far from the first date", "ask for at most 92 days"),
        ),
        (
            TrackingQuery,
            {"from_date": "2026-06-16", "to_date": "2026-06-15"},
            ("to_date", "is before the first date", "send a later date"),
        ),
        (TrackingQuery, {}, ("date", "is missing", DATE_OR_RANGE)),
        (TrackingQuery, {"from_date": "2026-06-15"}, ("date", "is missing", DATE_OR_RANGE)),
        (TrackingQuery, {"to_date": "2026-06-15"}, ("date", "is missing", DATE_OR_RANGE)),
        (
            TrackingQuery,
            {"date": "2026-06-15", "to_date": "2026-06-15"},
            ("date", "does not go with from_date and to_date", DATE_OR_RANGE),
        ),
        (
            TrackingQuery,
            {"date": "2026-06-15", "from_date": "2026-06-15"},
            ("date", "does not go with from_date and to_date", DATE_OR_RANGE),
        ),
    ],
)
def test_a_bad_body(kind: type[Any], body: dict[str, object], told: tuple[str, str, str]) -> None:
    assert problems(kind, **body) == [told]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (CreateWindow, {**WINDOW, "max_slots": 3, "ai_slots": 3}),
        (CreateWindow, {**WINDOW, "max_slots": 1, "ai_slots": 0}),
        (CreateWindow, {**WINDOW, "start_time": "23:59"}),
        (CreateWindow, {**WINDOW, "end_time": "00:01"}),
        (CreateWindow, {**WINDOW, "valid_from": "2026-06-15", "valid_until": "2026-06-15"}),
        (CreateWindow, {**WINDOW, "valid_from": "2026-06-15", "interval_weeks": 2}),
        (CreateWindow, {**WINDOW, "interval_weeks": 1}),
        (UpdateAppointment, {"status": "confirmed", "appointment_date": "2026-06-15"}),
        (CloseBranch, {"first_date": "2026-06-15", "last_date": "2026-06-15"}),
        (CloseBranch, {"first_date": "2026-06-15", "last_date": str(date(2026, 6, 15) + timedelta(days=3_659))}),
        (AvailabilityQuery, {"date": "2026-06-15", "until": "2026-06-15"}),
        (AvailabilityQuery, {"date": "2026-01-01", "until": "2026-04-03"}),
        (TrackingQuery, {"from_date": "2026-06-15", "to_date": "2026-06-15"}),
        (TrackingQuery, {"date": "2026-06-15"}),
    ],
)
def test_a_good_body(kind: type[Any], body: dict[str, object]) -> None:
    assert isinstance(parsed(kind, body, branch_id="main", slot_id="w||2026-06-15", appointment_id="a"), kind)


def test_many_unknown_fields_are_not_all_named() -> None:
    named = [f"x{number}" for number in range(20)]
    hint = "known fields: branch_id, name"
    exactly = problems(AddBranch, name="A", **dict.fromkeys(named))
    assert exactly == [(name, "is not a field of this request", hint) for name in named]
    more = problems(AddBranch, name="A", **dict.fromkeys(named), y=1, z=1)
    assert more == [*exactly, ("body", "has 2 more such fields", hint)]


def test_a_name_that_is_no_text_is_told_in_short() -> None:
    body: dict[Any, object] = {"name": "A", 5: 1, "": 1, "a" * 61: 1}
    found = parsed(AddBranch, body)
    assert isinstance(found, tuple)
    assert [problem.field for problem in found] == ["5", '""', "a" * 60]


def test_a_command_made_in_python_hears_the_same() -> None:
    assert checked(AddBranch(name=None)) == (FieldProblem("name", "is missing", "send a value"),)  # type: ignore[arg-type]
    nothing = UpdateBranch(branch_id="main")
    assert checked(nothing) == (FieldProblem("body", "changes nothing", "send at least one of: name, retired"),)
    without_offset = ConfigureOrganisation(timezone="Mars/Base", default_region=UNSET)
    assert checked(without_offset) == (
        FieldProblem("timezone", "is not a known time zone", 'send an IANA name, e.g. "Asia/Kolkata"'),
    )
    fits = CreateWindow(branch_id="main", day=Weekday.MONDAY, session=Session.MORNING, ai_slots=1)
    assert checked(fits) is fits


@pytest.mark.parametrize("kind", SHAPES, ids=lambda kind: kind.__name__)
def test_what_a_field_is_without_being_sent_is_clean(kind: type[Any]) -> None:
    """So it need not be looked at."""
    defaults = {field.name: field.default for field in attrs.fields(kind)}
    sent = [(field, defaults[field.name]) for field in SHAPES[kind].fields if not field.required]
    absent = [(field, default) for field, default in sent if default is not None and default is not UNSET]
    assert [field.name for field, default in absent if field.check(default) is not default] == []


def test_t3_an_instant_is_kept_in_utc() -> None:
    clean = clean_instant("2026-06-15T09:30:00+05:30")
    assert isinstance(clean, datetime)
    assert (clean.tzinfo, clean.hour) == (UTC, 4)
