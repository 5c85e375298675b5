"""Availability of a date is remembered until something it depends on changes: the catalog, its counts, or the time.

The rows of a date are a function of its counts and of which last instants still lie ahead. So they stay the same
while the counts do and the earliest bookable instant passes none of those: then they need not be made again.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime
from typing import NamedTuple

from booking_engine.domain.catalog import Catalog
from booking_engine.domain.tracking import AvailabilityRow
from booking_engine.ledger.view import DayCounts
from booking_engine.rules.availability import Bookable, Wanted, availability_rows, window_dates
from booking_engine.rules.timing import last_start

_WANTED_REMEMBERED_MAX = 64
_DAYS_REMEMBERED_MAX = 1_024


class _Rows(NamedTuple):
    """The rows of one date, and what they are true for: these counts, an ``earliest`` in ``(after, until]``."""

    rows: tuple[AvailabilityRow, ...]
    counts: DayCounts
    after: datetime | None
    until: datetime | None
    within_horizon: bool


class RememberedDays:
    """The rows of one filter over one catalog, by date."""

    def __init__(self, catalog: Catalog, wanted: Wanted) -> None:
        self._catalog = catalog
        self._wanted = wanted
        self._days: dict[date, _Rows] = {}

    def rows(self, day: date, counts: DayCounts, bookable: Bookable) -> tuple[AvailabilityRow, ...]:
        """The rows of ``day``: those of before where they are still true."""
        found, earliest = self._days.get(day), bookable.earliest
        if (
            found is not None
            # Counts are replaced and never changed: the same object has the same counts.
            and found.counts is counts
            and (found.after is None or found.after < earliest)
            and (found.until is None or earliest <= found.until)
            and found.within_horizon is (day <= bookable.last_date)
        ):
            return found.rows
        rows = availability_rows(self._catalog, day, counts, bookable, self._wanted)
        if len(self._days) >= _DAYS_REMEMBERED_MAX:
            self._days.clear()
        self._days[day] = _Rows(rows, counts, *self._between(day, earliest), day <= bookable.last_date)
        return rows

    def _between(self, day: date, earliest: datetime) -> tuple[datetime | None, datetime | None]:
        """The last instants of the date's windows around ``earliest``: passing one changes the rows."""
        durations = {service.duration_minutes for service in self._catalog.services.values()}
        ends = sorted(
            last
            for window_date in window_dates(self._catalog, day, self._wanted)
            for duration in durations
            if (last := last_start(window_date, duration)) is not None
        )
        place = bisect_left(ends, earliest)
        return (ends[place - 1] if place else None, ends[place] if place < len(ends) else None)


def remembered_days(catalog: Catalog, wanted: Wanted) -> RememberedDays:
    """What is remembered for a filter; it lives and dies with the catalog."""
    memory = catalog.memory
    found = memory.get(wanted)
    if not isinstance(found, RememberedDays):
        if len(memory) >= _WANTED_REMEMBERED_MAX:
            memory.clear()
        found = memory[wanted] = RememberedDays(catalog, wanted)
    return found
