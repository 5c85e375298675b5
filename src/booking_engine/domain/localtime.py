"""Local time is what a clinic's clock shows: instants are aware UTC, dates and times of day wall-clock (SPEC §3)."""

from __future__ import annotations

import functools
import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from booking_engine.domain.problem import FieldProblem

YEAR_MIN, YEAR_MAX = 2000, 2199
LAST_DATE = date(YEAR_MAX, 12, 30)
"""The last local date of which every instant is in these years, in every zone."""
TICK = timedelta(microseconds=1)
"""The resolution of an instant."""

_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<time>(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:[.,]\d{1,9})?)?)"
    r"(?P<offset>[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_NOT_ZONES = frozenset({"localtime", "Factory"})
# No zone is further from UTC than this, and no two transitions of a zone since 2000 are closer than
# 72 hours: so the offsets at both ends of a local date, taken this far out, tell whether one lies between.
_REACH = timedelta(hours=16)
_DAY_AND_REACH = timedelta(days=1) + _REACH


class Span(NamedTuple):
    """A half-open stretch of time, ``[start, end)``, both aware UTC."""

    start: datetime
    end: datetime


@functools.cache
def known_zones() -> frozenset[str]:
    """The names that a configuration may use (SPEC T5)."""
    return frozenset(zoneinfo.available_timezones()) - _NOT_ZONES


@functools.cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of a checked name; ``KeyError`` for any other, before a file is looked for."""
    if name not in known_zones():
        raise KeyError(name)
    return zoneinfo.ZoneInfo(name)


def clean_instant(value: object) -> datetime | FieldProblem:
    """An aware ``datetime`` or ISO 8601 text as an aware UTC instant, or what is wrong with it (SPEC T3, T5)."""
    if isinstance(value, str):
        read = _parse_instant(value)
        if isinstance(read, FieldProblem):
            return read
        parsed = read
    elif isinstance(value, datetime):
        # A zone made by somebody else may answer anything, or raise it; a subclass may be more than an instant.
        try:
            if value.utcoffset() is None:
                return _problem_no_offset()
            parsed = value if type(value) is datetime else datetime.combine(value.date(), value.timetz())
        except Exception:
            return FieldProblem("", "has an offset that cannot be read", "send an aware date-time")
    else:
        return FieldProblem("", "is not a date-time", 'send ISO 8601 text, e.g. "2026-06-15T09:30:00.000Z"')
    if parsed.tzinfo is not UTC:
        try:
            parsed = parsed.astimezone(UTC)
        except OverflowError:
            return _problem_year()
    return parsed if YEAR_MIN <= parsed.year <= YEAR_MAX else _problem_year()


def clean_date(value: object) -> date | FieldProblem:
    """A ``date`` or ``YYYY-MM-DD`` text as a date, or what is wrong with it."""
    if isinstance(value, date) and not isinstance(value, datetime):
        parsed = value if type(value) is date else date(value.year, value.month, value.day)
    elif type(value) is str and _DATE.fullmatch(value):
        try:
            parsed = date.fromisoformat(value)
        except ValueError:
            return FieldProblem("", "is not a day of the calendar", "send YYYY-MM-DD")
    else:
        return FieldProblem("", "is not a date", 'send YYYY-MM-DD, e.g. "2026-06-15"')
    return parsed if YEAR_MIN <= parsed.year <= YEAR_MAX else _problem_year()


def clean_time_of_day(value: object, *, end: bool = False) -> str | FieldProblem:
    """A ``time`` or ``HH:MM`` text as ``HH:MM``; ``24:00`` only as the end of a window (SPEC W1)."""
    if isinstance(value, time) and value.tzinfo is None and not (value.second or value.microsecond):
        return f"{value:%H:%M}"
    if type(value) is str and _TIME_OF_DAY.fullmatch(value) and (end or value != "24:00"):
        return value
    return FieldProblem("", "is not a time of day", 'send HH:MM, e.g. "09:00"' + (', or "24:00"' if end else ""))


def since_midnight(time_of_day: str) -> timedelta:
    """How far ``HH:MM`` is from the start of the local day, by the wall clock; a whole day for ``24:00``."""
    return timedelta(hours=int(time_of_day[:2]), minutes=int(time_of_day[3:]))


def local_date(instant: datetime, zone_name: str) -> date:
    """The date that the clinic's calendar shows at ``instant``."""
    return instant.astimezone(zone(zone_name)).date()


class LocalDay(NamedTuple):
    """The instants of one local date: ``offsets`` are those in force around it, ``(since, until, offset)`` in order.

    ``midnight`` is the date's midnight in UTC, and ``starts`` its midnight by the clock where only one offset is in
    force.
    """

    midnight: datetime
    starts: datetime | None
    offsets: tuple[tuple[datetime, datetime, timedelta], ...]

    def spans(self, start: timedelta, end: timedelta) -> tuple[Span, ...]:
        """The instants at which the clock shows that date and a time in ``[start, end)`` since midnight (SPEC T1, T2).

        Usually one span; two when a repeated hour splits it, none when the zone skipped that time.
        """
        if self.starts is not None:
            return (Span(self.starts + start, self.starts + end),)
        found: list[Span] = []
        for since, until, offset in self.offsets:
            span = Span(max(self.midnight + start - offset, since), min(self.midnight + end - offset, until))
            if span.start < span.end:
                if found and found[-1].end == span.start:
                    span = Span(found.pop().start, span.end)
                found.append(span)
        return tuple(found)

    def at(self, time_of_day: timedelta) -> datetime:
        """The instant at which the clock shows a time since midnight, the first where it does so twice.

        A time that is skipped is the instant that the clock would have shown it at, had it not changed.
        """
        if self.starts is not None:
            return self.starts + time_of_day
        instants = [self.midnight + time_of_day - offset for _, _, offset in self.offsets]
        for instant, (since, until, _) in zip(instants, self.offsets, strict=True):
            if since <= instant < until:
                return instant
        return instants[0]


@functools.lru_cache(maxsize=8_192)
def local_day(zone_name: str, day: date) -> LocalDay:
    """The instants of a local date in a zone."""
    tz = zone(zone_name)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    since, until = midnight - _REACH, midnight + _DAY_AND_REACH
    before, after = _offset(since, tz), _offset(until, tz)
    if before == after:
        return LocalDay(midnight, midnight - before, ((since, until, before),))
    change = _transition(since, until, tz)
    return LocalDay(midnight, None, ((since, change, before), (change, until, after)))


def _transition(since: datetime, until: datetime, tz: zoneinfo.ZoneInfo) -> datetime:
    """The first whole second at which the offset is the one at ``until``."""
    before = _offset(since, tz)
    low, high = 0, int((until - since).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(since + timedelta(seconds=middle), tz) == before:
            low = middle
        else:
            high = middle
    return since + timedelta(seconds=high)


def _offset(instant: datetime, tz: zoneinfo.ZoneInfo) -> timedelta:
    offset = instant.astimezone(tz).utcoffset()
    assert offset is not None  # It has a zone.
    return offset


def _parse_instant(text: str) -> datetime | FieldProblem:
    # ``fromisoformat`` is fast but also takes week dates and odd offsets: the pattern stands before it.
    match = _INSTANT.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        return FieldProblem("", "is not ISO 8601", 'send e.g. "2026-06-15T09:30:00.000Z"')
    if match["time"] is None:
        iso = f"{match['date']}T00:00+00:00"  # documented: a date alone is UTC midnight
    elif match["offset"] is None:
        return _problem_no_offset()
    else:
        offset = "+00:00" if match["offset"] in "Zz" else match["offset"]
        iso = f"{match['date']}T{match['time'].replace(',', '.')}{offset}"
    try:
        return datetime.fromisoformat(iso)
    except ValueError:
        return FieldProblem("", "is not a time that exists", 'send e.g. "2026-06-15T09:30:00.000Z"')


def _problem_no_offset() -> FieldProblem:
    return FieldProblem(
        "", "has no offset from UTC", 'add "Z" or an offset, e.g. "2026-06-15T09:30:00Z" or "2026-06-15T15:00:00+05:30"'
    )


def _problem_year() -> FieldProblem:
    return FieldProblem("", "is out of range", f"send a year from {YEAR_MIN} to {YEAR_MAX}")
