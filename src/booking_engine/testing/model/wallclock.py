"""Wall-clock arithmetic the slow way: look at the clinic's clock at every minute that matters (SPEC T1, T2).

No span is computed and no transition looked for: an instant is in a window when the clock on the wall says so.
Windows begin and end at whole minutes, and every zone has changed at whole minutes since 2000.
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)
# A local date lies within these minutes of its UTC midnight, from the furthest east to the furthest west.
_FIRST_MINUTE, _LAST_MINUTE = -15 * 60, 37 * 60


def local_date(instant: datetime, zone_name: str) -> date:
    """The date on the clinic's calendar."""
    return instant.astimezone(ZoneInfo(zone_name)).date()


def shows(zone_name: str, instant: datetime, day: date, hours: tuple[int, int]) -> bool:
    """Whether the clock shows that date and a time in ``[start, end)``, both minutes of the local day."""
    clock = instant.astimezone(ZoneInfo(zone_name))
    minute = clock.hour * 60 + clock.minute
    return clock.date() == day and hours[0] <= minute < hours[1]


def lies_in(zone_name: str, day: date, hours: tuple[int, int], start: datetime, duration_minutes: int) -> bool:
    """Whether the whole visit, from its start up to but without its end, is within the hours of that date."""
    if not shows(zone_name, start, day, hours):
        return False
    end = start + duration_minutes * MINUTE
    minutes = (start + n * MINUTE for n in range(1, duration_minutes))
    return all(shows(zone_name, minute, day, hours) for minute in minutes) and (
        duration_minutes == 0 or shows(zone_name, end - TICK, day, hours)
    )


@functools.lru_cache(maxsize=65_536)
def minutes_in(zone_name: str, day: date, hours: tuple[int, int], duration_minutes: int) -> tuple[datetime, ...]:
    """Every whole minute at which such a visit could begin on that date, to be over without leaving its hours."""
    inside = [instant for instant, minute in _minutes_of(zone_name, day) if hours[0] <= minute < hours[1]]
    remaining: dict[datetime, int] = {}  # minutes from each until the hours are left
    for instant in sorted(inside, reverse=True):
        remaining[instant] = 1 + remaining.get(instant + MINUTE, 0)
    return tuple(sorted(instant for instant, minutes in remaining.items() if minutes >= duration_minutes))


@functools.lru_cache(maxsize=4_096)
def _minutes_of(zone_name: str, day: date) -> list[tuple[datetime, int]]:
    """The instants at which a new minute of that date begins, each with the minute of the day that the clock shows."""
    midnight, zone = datetime(day.year, day.month, day.day, tzinfo=UTC), ZoneInfo(zone_name)
    instants = [midnight + n * MINUTE for n in range(_FIRST_MINUTE, _LAST_MINUTE)]
    clocks = [(instant, instant.astimezone(zone)) for instant in instants]
    return [(instant, clock.hour * 60 + clock.minute) for instant, clock in clocks if clock.date() == day]


@functools.lru_cache(maxsize=65_536)
def latest_start(zone_name: str, day: date, hours: tuple[int, int], duration_minutes: int) -> datetime | None:
    """The last instant at which such a visit could begin on that date; None when there is none."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for n in range(_LAST_MINUTE, _FIRST_MINUTE, -1):
        minute = midnight + n * MINUTE
        # All of a minute fits, or its first instant alone (the visit then ends with the window), or nothing of it.
        for start in (minute + MINUTE - TICK, minute):
            if lies_in(zone_name, day, hours, start, duration_minutes):
                return start
    return None
