"""Timing says from when to when bookings are taken: after now, with notice, within the horizon (SPEC T4)."""

from __future__ import annotations

import functools
from datetime import date, datetime, timedelta

from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.localtime import LAST_DATE, TICK


def notice_is_kept(start: datetime, now: datetime, hours: int) -> bool:
    """Whether ``hours`` elapsed hours lie before ``start``; 0 hours ask for nothing."""
    return hours == 0 or start - now >= timedelta(hours=hours)


def earliest_start(catalog: Catalog, now: datetime) -> datetime:
    """The first instant that is neither past nor without notice."""
    return now + (catalog.min_notice or TICK)


def last_date(catalog: Catalog, now: datetime) -> date:
    """The last local date within the horizon, and within the years of which instants are taken (SPEC T4, T5)."""
    return min(catalog.local_date(now) + catalog.horizon, LAST_DATE)


@functools.lru_cache(maxsize=256)
def dates_between(first: date, last: date) -> tuple[date, ...]:
    """The dates from ``first`` to ``last``, both included; none when the last is before the first."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def fits(window_date: WindowDate, start: datetime, duration_minutes: int) -> bool:
    """Whether a visit lies in the window: it starts in a span, and is over by that span's end (SPEC T1)."""
    for span in window_date.spans:
        if span.start <= start < span.end:
            return not duration_minutes or start + timedelta(minutes=duration_minutes) <= span.end
    return False


def last_start(window_date: WindowDate, duration_minutes: int) -> datetime | None:
    """The last instant that fits; a visit can be booked exactly while that is at or after the earliest (SPEC C7)."""
    length = _least_length(duration_minutes)
    for span in reversed(window_date.spans):
        last = span.end - length
        if last >= span.start:
            return last
    return None


@functools.lru_cache(maxsize=256)
def _least_length(duration_minutes: int) -> timedelta:
    """How long a window must still be open for a visit; one that has no duration starts before the end."""
    return timedelta(minutes=duration_minutes) if duration_minutes else TICK
