"""Windows are wall-clock time: spans and bookings around every real transition of many zones (SPEC T1, T2; Inv11)."""

from __future__ import annotations

import functools
import itertools
import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_engine import Booked, Reason, Rejection, RejectionCode, Weekday
from booking_engine.domain import localtime
from booking_engine.domain.localtime import TICK, Span, known_zones, local_date, local_day
from properties.support import attempt, clinic, request, why, window
from properties.zonefiles import (
    DAY,
    SINCE,
    UNTIL,
    all_transitions,
    offset_at,
    read_zone,
    seen_transitions,
    zone_bytes,
)

ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Juba",
    "Africa/Tripoli",
    "Africa/Windhoek",
    "America/Argentina/San_Luis",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Macquarie",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Dhaka",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Etc/GMT+12",
    "Etc/GMT-14",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Europe/London",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Fakaofo",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "Pacific/Norfolk",
    "UTC",
)
MOVING_ZONES = tuple(name for name in ZONES if seen_transitions(name))
MINUTE, WHOLE_DAY = timedelta(minutes=1), (0, 1_440)


def spans_of(name: str, day: date, start: int, end: int) -> tuple[Span, ...]:
    """The spans of a window given in minutes."""
    return local_day(name, day).spans(start * MINUTE, end * MINUTE)


def belongs(instant: datetime, tz: zoneinfo.ZoneInfo, day: date, start: int, end: int) -> bool:
    """The definition of SPEC T1: the clock shows that date, and a time in ``[start, end)`` minutes."""
    shown = instant.astimezone(tz).replace(tzinfo=None)
    since_midnight = shown - datetime(shown.year, shown.month, shown.day)  # noqa: DTZ001 (a wall clock's face)
    return shown.date() == day and start * MINUTE <= since_midnight < end * MINUTE


@functools.lru_cache(maxsize=256)
def turning_points(name: str, day: date) -> tuple[frozenset[timedelta], tuple[datetime, ...]]:
    """The offsets that the zone has around a date, and its transitions there."""
    tz, midnight = zoneinfo.ZoneInfo(name), datetime(day.year, day.month, day.day, tzinfo=UTC)
    offsets = frozenset(offset_at(midnight + timedelta(hours=hours), tz) for hours in range(-36, 61, 6))
    return offsets, tuple(each for each in seen_transitions(name) if abs(each - midnight) <= 3 * DAY)


def critical_instants(name: str, day: date, start: int, end: int) -> list[datetime]:
    """Every instant at which ``belongs`` can change: what holds around each of these holds everywhere."""
    offsets, transitions = turning_points(name, day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    edges = (0, start, end, 1_440)
    return [*transitions, *(midnight + edge * MINUTE - offset for edge in edges for offset in offsets)]


def assert_spans_keep_the_definition(name: str, day: date, start: int, end: int) -> None:
    tz, found = zoneinfo.ZoneInfo(name), spans_of(name, day, start, end)
    for critical in critical_instants(name, day, start, end):
        for instant in (critical - TICK, critical, critical + TICK):
            within = any(span.start <= instant < span.end for span in found)
            assert within == belongs(instant, tz, day, start, end), (instant, found)
    assert all(span.start < span.end for span in found)
    assert all(earlier.end < later.start for earlier, later in itertools.pairwise(found))


def wall_minutes(instant: datetime, tz: zoneinfo.ZoneInfo) -> int:
    shown = instant.astimezone(tz)
    return shown.hour * 60 + shown.minute


def days_around(transition: datetime, tz: zoneinfo.ZoneInfo) -> list[date]:
    """The dates on both sides of a transition, and whichever it skipped."""
    first, last = (transition - TICK).astimezone(tz).date(), transition.astimezone(tz).date()
    first, last = min(first, last) - DAY, max(first, last) + DAY
    return [first + number * DAY for number in range((last - first).days + 1)]


def hours_around(transition: datetime, tz: zoneinfo.ZoneInfo) -> set[tuple[int, int]]:
    """Windows that begin or end where the clock is set, or enclose it."""
    shown = sorted({wall_minutes(transition - TICK, tz) + 1, wall_minutes(transition, tz)})
    low, high = shown[0], shown[-1]
    pairs = {
        WHOLE_DAY,
        (low, high),
        (0, low),
        (high, 1_440),
        (low - 1, low + 1),
        (high - 1, high + 1),
        (low, high + 30),
    }
    return {(start, end) for start, end in pairs if 0 <= start < end <= 1_440}


def test_the_zones_are_many_and_really_move() -> None:
    assert len(ZONES) >= 30
    assert len(MOVING_ZONES) >= 30
    assert sum(len(seen_transitions(name)) for name in ZONES) > 1_500


@pytest.mark.parametrize("name", MOVING_ZONES)
def test_t2_spans_are_the_definition_at_every_transition(name: str) -> None:
    tz = zoneinfo.ZoneInfo(name)
    for transition in seen_transitions(name):
        for day in days_around(transition, tz):
            for start, end in hours_around(transition, tz):
                assert_spans_keep_the_definition(name, day, start, end)


hours = st.tuples(st.integers(0, 1_440), st.integers(0, 1_440)).map(sorted).filter(lambda pair: pair[0] < pair[1])
dates = st.dates(date(2000, 1, 3), date(2044, 12, 28))


@given(name=st.sampled_from(ZONES), day=dates, window_hours=hours)
def test_t1_spans_are_the_definition_on_any_date(name: str, day: date, window_hours: list[int]) -> None:
    assert_spans_keep_the_definition(name, day, *window_hours)


@given(data=st.data(), name=st.sampled_from(MOVING_ZONES), window_hours=hours)
def test_t2_spans_are_the_definition_near_transitions(data: st.DataObject, name: str, window_hours: list[int]) -> None:
    transition = data.draw(st.sampled_from(seen_transitions(name)))
    day = data.draw(st.sampled_from(days_around(transition, zoneinfo.ZoneInfo(name))))
    assert_spans_keep_the_definition(name, day, *window_hours)


@given(name=st.sampled_from(ZONES), instant=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)))  # noqa: DTZ001
def test_inv11_the_local_date_is_that_of_the_zone(name: str, instant: datetime) -> None:
    if instant.year <= 2199:
        assert local_date(instant, name) == instant.astimezone(zoneinfo.ZoneInfo(name)).date()


def test_t2_a_skipped_date_has_no_instant() -> None:
    assert spans_of("Pacific/Apia", date(2011, 12, 30), *WHOLE_DAY) == ()
    assert spans_of("Pacific/Fakaofo", date(2011, 12, 30), *WHOLE_DAY) == ()
    (eve,) = spans_of("Pacific/Apia", date(2011, 12, 29), *WHOLE_DAY)
    (morrow,) = spans_of("Pacific/Apia", date(2011, 12, 31), *WHOLE_DAY)
    assert (eve.end - eve.start, morrow.end - morrow.start) == (DAY, DAY)
    assert eve.end == morrow.start


def test_t2_half_an_hour_is_repeated_and_skipped_on_lord_howe() -> None:
    (longer,) = spans_of("Australia/Lord_Howe", date(2026, 4, 5), 90, 120)  # 01:30-02:00, shown twice in a row
    assert longer.end - longer.start == timedelta(hours=1)
    assert spans_of("Australia/Lord_Howe", date(2026, 10, 4), 120, 150) == ()  # 02:00-02:30, never shown


def test_t2_both_folds_of_a_repeated_hour_belong() -> None:
    first, second = spans_of("America/New_York", date(2026, 11, 1), 75, 105)  # 01:15-01:45, twice
    assert first.start == datetime(2026, 11, 1, 5, 15, tzinfo=UTC)
    assert second.start == datetime(2026, 11, 1, 6, 15, tzinfo=UTC)


def test_no_zone_has_two_transitions_within_72_hours_nor_an_offset_over_16_hours() -> None:
    # What ``localtime`` builds on: one look at each end of a local date sees whether the clock was set in between.
    assert timedelta(hours=16) == localtime._REACH
    known = {zone_bytes(name): name for name in sorted(known_zones())}
    gaps: dict[timedelta, str] = {}
    for data, name in known.items():
        transitions = all_transitions(name, data)
        gaps.update((later - earlier, name) for earlier, later in itertools.pairwise(transitions))
        offsets: list[float] = [abs(seconds) for _, seconds in read_zone(data).changes]
        tz = zoneinfo.ZoneInfo(name)
        offsets += [abs(offset_at(instant, tz).total_seconds()) for instant in (SINCE, UNTIL)]
        assert max(offsets) <= 16 * 3_600, name
    assert min(gaps) >= timedelta(hours=72), gaps[min(gaps)]
    assert len(known) > 300


@given(data=st.data(), name=st.sampled_from(MOVING_ZONES), window_hours=hours)
def test_t1_bookings_around_a_transition_are_taken_exactly_in_the_window(
    data: st.DataObject, name: str, window_hours: list[int]
) -> None:
    tz, (start, end) = zoneinfo.ZoneInfo(name), window_hours
    transition = data.draw(st.sampled_from([each for each in seen_transitions(name) if each.year > 2000]))
    day = data.draw(st.sampled_from(days_around(transition, tz)))
    edges = st.sampled_from(critical_instants(name, day, start, end))
    nearby = st.integers(-2_400, 2_400).map(lambda minutes: transition + minutes * MINUTE)
    nudges = st.sampled_from([-TICK, 0 * TICK, TICK])
    instants = data.draw(st.lists(st.builds(lambda base, nudge: base + nudge, edges | nearby, nudges), max_size=5))

    hours_text = {"start_time": _clock(start), "end_time": _clock(end)}
    made = clinic(
        window(day=Weekday.of(day), ai_slots=9, **hours_text),
        now=transition - 10 * DAY,
        timezone=name,
        min_notice_hours=0,
        duplicate_prevention=False,
    )
    taken = 0
    for instant in instants:
        outcome = attempt(made.engine, request(instant))
        if belongs(instant, tz, day, start, end):
            assert isinstance(outcome, Booked)
            assert outcome.appointment.date == instant.astimezone(tz).date() == day
            taken += 1
        else:
            assert isinstance(outcome, Rejection)
            assert why(outcome) == (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)
    record, row = made.record(day), made.row(day)
    assert (record.key.date, record.counts.filled, row.filled_slots) == (day, taken, taken)
    has_instants = any(belongs(instant, tz, day, start, end) for instant in critical_instants(name, day, start, end))
    assert row.available_slots == (9 - taken if has_instants else 0)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
