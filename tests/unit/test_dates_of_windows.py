"""SPEC W8 by examples: the dates of a rule, one at a time and all in a row, are the same."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

import pytest
from properties.support import MONDAY, NOW

from booking_engine import CalendarWindow, Session, Weekday
from booking_engine.domain.branch import BranchClosure
from booking_engine.domain.localtime import clean_date

DAY = timedelta(days=1)
WEDNESDAY, SUNDAY = MONDAY + 2 * DAY, MONDAY - DAY


def rule(**fields: Any) -> CalendarWindow:
    described: dict[str, Any] = {"day": Weekday.MONDAY, **fields}
    return CalendarWindow(
        calendar_id="w",
        branch_id="main",
        session=Session.MORNING,
        ai_slots=1,
        max_slots=1,
        created_at=NOW,
        updated_at=NOW,
        **described,
    )


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({}, [0, 7, 14, 21, 28]),
        ({"day": Weekday.SUNDAY}, [-1, 6, 13, 20, 27]),
        ({"day": Weekday.SATURDAY, "valid_from": WEDNESDAY}, [5, 12, 19, 26]),
        ({"valid_from": MONDAY + 7 * DAY, "valid_until": MONDAY + 21 * DAY}, [7, 14, 21]),
        ({"valid_until": MONDAY + 20 * DAY}, [0, 7, 14]),
        ({"valid_until": MONDAY + 700 * DAY}, [0, 7, 14, 21, 28]),
        ({"valid_from": MONDAY, "interval_weeks": 2}, [0, 14, 28]),
        # The weeks that are counted begin on Monday: the first is that of valid_from, although its Monday is past.
        ({"valid_from": WEDNESDAY, "interval_weeks": 2}, [14, 28]),
        ({"day": Weekday.SUNDAY, "valid_from": WEDNESDAY, "interval_weeks": 2}, [6, 20]),
        ({"day": Weekday.SUNDAY, "valid_from": SUNDAY, "interval_weeks": 2}, [-1, 13, 27]),
        ({"day": Weekday.TUESDAY, "valid_from": SUNDAY, "interval_weeks": 3}, [15]),
        ({"day": Weekday.MONDAY, "valid_from": SUNDAY, "interval_weeks": 2}, [7, 21]),
        ({"valid_from": MONDAY - 7 * DAY, "interval_weeks": 2}, [7, 21]),
    ],
)
def test_the_dates_of_a_rule(fields: dict[str, Any], days: list[int]) -> None:
    window, first, last = rule(**fields), MONDAY - 2 * DAY, MONDAY + 28 * DAY
    expected = [MONDAY + number * DAY for number in days]
    assert list(window.dates(first, last)) == expected
    assert [day for number in range(-2, 29) if window.covers(day := MONDAY + number * DAY)] == expected


def test_weeks_begin_on_monday_whatever_the_calendar_of_the_process_says() -> None:
    window = rule(day=Weekday.SUNDAY, valid_from=WEDNESDAY, interval_weeks=2)
    before = calendar.firstweekday()
    calendar.setfirstweekday(calendar.SUNDAY)
    try:
        assert list(window.dates(MONDAY, MONDAY + 28 * DAY)) == [MONDAY + 6 * DAY, MONDAY + 20 * DAY]
    finally:
        calendar.setfirstweekday(before)


def test_the_dates_of_a_range_include_both_ends() -> None:
    assert list(rule().dates(MONDAY, MONDAY)) == [MONDAY]
    assert list(rule().dates(MONDAY, MONDAY + 7 * DAY)) == [MONDAY, MONDAY + 7 * DAY]
    assert list(rule().dates(MONDAY + DAY, MONDAY + 6 * DAY)) == []


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({}, [0, 1, 2]),
        ({"only": (MONDAY, MONDAY + 2 * DAY)}, [0, 2]),
        ({"only": (MONDAY - DAY, MONDAY + 3 * DAY)}, []),
        ({"lifted": True}, []),
    ],
)
def test_the_dates_of_a_closure(fields: dict[str, Any], days: list[int]) -> None:
    closure = BranchClosure(closure_id="c", branch_id="main", first_date=MONDAY, last_date=MONDAY + 2 * DAY, **fields)
    assert [number for number in range(-2, 5) if closure.covers(MONDAY + number * DAY)] == days


class FeastDay(date):
    """A date of somebody else's making."""


def test_a_date_is_kept_and_what_is_more_than_a_date_becomes_one() -> None:
    assert clean_date(MONDAY) is MONDAY
    found = clean_date(FeastDay(2026, 6, 15))
    assert (found, type(found)) == (MONDAY, date)
