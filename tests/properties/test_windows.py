"""A window's dates, hours and order (SPEC W1, W6, W8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from dateutil.rrule import WEEKLY, rrule
from hypothesis import given
from hypothesis import strategies as st

from booking_engine import CalendarWindow, Catalog, Configuration, Organisation, Session, Weekday
from booking_engine.domain.branch import Branch
from booking_engine.domain.service import Service
from properties.support import MONDAY, NOW
from properties.worlds import CLOCKS, Choices, choices

DAY = timedelta(days=1)
near = st.integers(-200, 200).map(lambda days: MONDAY + days * DAY)


def weekly(day: Weekday, valid_from: date | None, valid_until: date | None, interval_weeks: int) -> CalendarWindow:
    return CalendarWindow(
        calendar_id="w",
        branch_id="main",
        day=day,
        session=Session.MORNING,
        ai_slots=1,
        max_slots=1,
        created_at=NOW,
        updated_at=NOW,
        valid_from=valid_from,
        valid_until=valid_until,
        interval_weeks=interval_weeks,
    )


@st.composite
def windows(draw: st.DrawFn) -> CalendarWindow:
    """Weekly rules of any kind that the shape lets through: weeks are counted from a date that is given."""
    valid_from = draw(st.none() | near)
    length = draw(st.none() | st.integers(0, 150))
    until = None if length is None else (valid_from or MONDAY) + length * DAY
    return weekly(draw(st.sampled_from(Weekday)), valid_from, until, draw(st.integers(1, 4)) if valid_from else 1)


def is_a_date_of(window: CalendarWindow, day: date) -> bool:
    """SPEC W8 by counting: the weekday, within both dates, in a week that is so many weeks from the first."""
    if [*Weekday][day.weekday()] is not window.day:
        return False
    if window.valid_until is not None and day > window.valid_until:
        return False
    if window.valid_from is None:
        return True
    weeks, monday = 0, window.valid_from
    while monday.weekday():
        monday -= DAY
    while monday + 7 * DAY <= day:
        weeks, monday = weeks + 1, monday + 7 * DAY
    return day >= window.valid_from and weeks % window.interval_weeks == 0


@given(window=windows(), first=near, length=st.integers(0, 60))
def test_w8_the_dates_of_a_window_are_those_that_it_covers(window: CalendarWindow, first: date, length: int) -> None:
    days = [first + number * DAY for number in range(length + 1)]
    covered = [day for day in days if window.covers(day)]
    assert covered == [day for day in days if is_a_date_of(window, day)]
    assert list(window.dates(days[0], days[-1])) == covered


@given(window=windows())
def test_w8_a_rule_with_both_dates_is_an_rrule(window: CalendarWindow) -> None:
    if window.valid_from is None or window.valid_until is None:
        return
    first, last = window.valid_from, window.valid_until
    rule = rrule(
        WEEKLY,
        interval=window.interval_weeks,
        byweekday=[*Weekday].index(window.day),
        wkst=0,
        dtstart=datetime(first.year, first.month, first.day),  # noqa: DTZ001 (rrule counts in naive date-times)
        until=datetime(last.year, last.month, last.day),  # noqa: DTZ001
    )
    days = (first + number * DAY for number in range((last - first).days + 1))
    assert [day for day in days if window.covers(day)] == [moment.date() for moment in rule]


def test_w8_dates_are_made_one_at_a_time() -> None:
    endless = weekly(Weekday.MONDAY, None, None, 1).dates(MONDAY, date(2199, 12, 31))
    assert [next(endless) for _ in range(2)] == [MONDAY, MONDAY + 7 * DAY]


# --- Hours and order ------------------------------------------------------------------------------------------------


def timed(number: int, drawn: Choices) -> CalendarWindow:
    start = drawn.of(*range(8))
    end = min(start + drawn.of(1, 2, 3, 4), len(CLOCKS) - 1)
    return CalendarWindow(
        calendar_id=f"w{number}",
        branch_id=drawn.of("main", "main", "north"),
        day=drawn.of(Weekday.MONDAY, Weekday.MONDAY, Weekday.SUNDAY),
        session=drawn.of(*Session),
        ai_slots=1,
        max_slots=1,
        created_at=NOW,
        updated_at=NOW,
        start_time=drawn.rarely(None, CLOCKS[start]),
        end_time=drawn.rarely(None, CLOCKS[end]),
        service_id=drawn.of(None, None, "checkup"),
    )


def hours_of(window: CalendarWindow, hours: dict[Session, tuple[str, str]]) -> tuple[int, int]:
    """SPEC W1: its times; without any, those of its session; else the edges of the day."""
    start, end = window.start_time, window.end_time
    if (start, end) == (None, None):
        start, end = hours.get(window.session, (None, None))
    (first, second), (third, fourth) = (map(int, each.split(":")) for each in (start or "00:00", end or "24:00"))
    return first * 60 + second, third * 60 + fourth


@given(
    drawn=st.lists(choices, max_size=6),
    hours=st.sampled_from([{}, {Session.MORNING: ("08:00", "10:00")}, {Session.EVENING: ("18:00", "24:00")}]),
    order=st.randoms(use_true_random=False),
)
def test_w6_windows_come_in_the_order_of_preference(
    drawn: list[Choices], hours: dict[Session, tuple[str, str]], order: Random
) -> None:
    windows = [timed(number, each) for number, each in enumerate(drawn)]
    order.shuffle(windows)
    configuration = Configuration(timezone="UTC", session_hours=hours)
    catalog = Catalog(
        revision=1,
        organisation=Organisation(org_id="o", name="O", configuration=configuration),
        branches=[Branch(branch_id="main", name="Main"), Branch(branch_id="north", name="North")],
        services=[Service(service_id="checkup", name="Checkup")],
        windows=windows,
    )

    def preference(window: CalendarWindow) -> tuple[bool, int, int, str]:
        start, end = hours_of(window, hours)
        return window.service_id is None, end - start, start, window.calendar_id

    for window in windows:
        found = catalog.window_date(window, MONDAY)
        start, end = hours_of(window, hours)
        (span,) = found.spans
        midnight = datetime(2026, 6, 15, tzinfo=NOW.tzinfo)
        assert (span.start - midnight, span.end - midnight) == (timedelta(minutes=start), timedelta(minutes=end))
    for branch_id in ("main", "north"):
        mine = [each for each in windows if each.branch_id == branch_id and each.day is Weekday.MONDAY]
        assert [each.window for each in catalog.on(branch_id, MONDAY)] == sorted(mine, key=preference)
