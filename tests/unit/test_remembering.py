"""Rows of availability that are true still are the same objects; any other are made anew (SPEC C5, C7)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from properties.support import MONDAY, NEXT_MONDAY, Clinic, clinic, monday, window

from booking_engine import AvailabilityRow
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.localtime import TICK
from booking_engine.domain.tracking import Counts
from booking_engine.ledger.view import DayCounts
from booking_engine.rules import remembering
from booking_engine.rules.availability import Bookable, Wanted
from booking_engine.rules.remembering import RememberedDays, remembered_days
from booking_engine.rules.timing import fits, last_start

EVERYTHING = Wanted()
LATER = NEXT_MONDAY + timedelta(days=7)
NOBODY: DayCounts = {}
ONE: DayCounts = {"w": {"checkup": Counts(1, 0)}}


def catalog_of(made: Clinic) -> Catalog:
    return made.store.catalog()


class Days:
    """The rows of Mondays, asked again and again."""

    def __init__(self, catalog: Catalog) -> None:
        self.remembered = RememberedDays(catalog, EVERYTHING)
        self.counts: dict[date, DayCounts] = dict.fromkeys((MONDAY, NEXT_MONDAY, LATER), NOBODY)

    def row(self, earliest: datetime, last_date: date = LATER, day: date = MONDAY) -> AvailabilityRow:
        (row,) = self.remembered.rows((day,), self.counts, Bookable(earliest, last_date, True))
        return row


def test_a_row_is_remembered_until_its_counts_are_others() -> None:
    days = Days(catalog_of(clinic(window(ai_slots=3))))
    first = days.row(monday("08:00"))
    assert (first.filled_slots, first.available_slots) == (0, 3)
    assert days.row(monday("08:30")) is first
    days.counts[MONDAY] = {}  # others, and the same
    assert days.row(monday("08:30")) is first
    days.counts[MONDAY] = ONE
    second = days.row(monday("08:30"))
    assert (second.filled_slots, second.available_slots) == (1, 2)
    assert days.row(monday("08:30")) is second


@pytest.mark.parametrize(("services", "minutes"), [(("checkup", "scan"), 30), (("checkup",), 0), ((), 0)])
def test_a_row_is_remembered_until_the_longest_visit_may_no_longer_fit(services: tuple[str, ...], minutes: int) -> None:
    days = Days(catalog_of(clinic(window(ai_slots=3), services=services, duration_minutes=minutes)))
    good_until = monday("11:00") - timedelta(minutes=minutes) - TICK
    first = days.row(good_until)
    assert days.row(monday("08:00")) is first
    assert days.row(good_until) is first
    too_late = days.row(good_until + TICK)
    assert too_late is not first
    # What is partly past is not remembered; what was before still is.
    assert days.row(good_until + TICK) is not too_late
    assert days.row(good_until) is first


def test_the_first_window_that_ends_decides() -> None:
    made = clinic(window("a", end_time="10:00"), window("b"))
    days, bookable = Days(catalog_of(made)), Bookable(monday("10:00"), LATER, True)
    first = days.remembered.rows((MONDAY,), days.counts, bookable)
    assert [row.available_slots for row in first] == [0, 1]
    again = days.remembered.rows((MONDAY,), days.counts, bookable)
    assert again == first
    assert again[0] is not first[0]


def test_a_row_is_remembered_on_its_side_of_the_horizon() -> None:
    days = Days(catalog_of(clinic(window())))
    within = days.row(monday("08:00"), last_date=MONDAY)
    assert within.available_slots == 1
    assert days.row(monday("08:00"), last_date=MONDAY) is within
    assert days.row(monday("08:00"), last_date=LATER) is within
    beyond = days.row(monday("08:00"), last_date=MONDAY - timedelta(days=1))
    assert beyond.available_slots == 0
    assert days.row(monday("08:00"), last_date=MONDAY - timedelta(days=7)) is beyond
    assert days.row(monday("08:00"), last_date=MONDAY).available_slots == 1


def test_a_date_without_a_window_has_no_row() -> None:
    days = RememberedDays(catalog_of(clinic(window())), EVERYTHING)
    tuesday = MONDAY + timedelta(days=1)
    for _ in range(2):
        assert days.rows((tuesday,), {tuesday: NOBODY}, Bookable(monday("08:00"), LATER, True)) == ()


def test_when_there_is_no_room_for_another_date_all_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_DAYS_REMEMBERED_MAX", 2)
    days = Days(catalog_of(clinic(window())))
    now = monday("08:00")
    first, second = days.row(now), days.row(now, day=NEXT_MONDAY)
    assert days.row(now) is first
    third = days.row(now, day=LATER)
    assert days.row(now, day=LATER) is third
    assert days.row(now) is not first
    assert days.row(now, day=NEXT_MONDAY) is not second


def test_what_is_remembered_lives_with_the_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_WANTED_REMEMBERED_MAX", 2)
    catalog = catalog_of(clinic(window()))
    everything = remembered_days(catalog, EVERYTHING)
    main = remembered_days(catalog, Wanted(branch_id="main"))
    assert everything is not main
    assert remembered_days(catalog, EVERYTHING) is everything
    assert remembered_days(catalog, Wanted(branch_id="main")) is main
    window_alone = remembered_days(catalog, Wanted(calendar_id="w"))
    assert remembered_days(catalog, Wanted(calendar_id="w")) is window_alone
    assert remembered_days(catalog, EVERYTHING) is not everything


@pytest.mark.parametrize(
    ("clock", "minutes", "does"),
    [
        ("08:59", 0, False),
        ("09:00", 0, True),
        ("10:59", 0, True),
        ("11:00", 0, False),
        ("09:00", 120, True),
        ("09:00", 121, False),
        ("10:30", 30, True),
        ("10:31", 30, False),
    ],
)
def test_t1_a_visit_starts_in_a_span_and_ends_with_it(clock: str, minutes: int, does: bool) -> None:
    catalog = catalog_of(clinic(window()))
    (window_date,) = catalog.on("main", MONDAY)
    assert fits(window_date, monday(clock), minutes) is does


@pytest.mark.parametrize(
    ("minutes", "last"),
    [(0, monday("11:00") - TICK), (30, monday("10:30")), (120, monday("09:00")), (121, None)],
)
def test_c7_the_last_start_that_fits(minutes: int, last: datetime | None) -> None:
    (window_date,) = catalog_of(clinic(window())).on("main", MONDAY)
    assert last_start(window_date, minutes) == last
