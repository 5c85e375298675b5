"""Availability of a date is remembered until something it depends on changes: the catalog, its counts, or the time.

The rows of a date are a function of its counts and of what can still be reached. While all of the date lies ahead,
they stay the same as long as the counts do, and need not be made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from booking_engine.domain.catalog import Catalog
from booking_engine.domain.localtime import TICK
from booking_engine.domain.tracking import AvailabilityRow
from booking_engine.ledger.view import DayCounts
from booking_engine.rules.availability import Bookable, Wanted, availability_rows, window_dates

_WANTED_REMEMBERED_MAX = 64
_DAYS_REMEMBERED_MAX = 1_024
_ALWAYS = datetime.max.replace(tzinfo=UTC)


class _Rows(NamedTuple):
    """The rows of one date, and what they are true for: these counts, and ``earliest`` until ``good_until``."""

    rows: tuple[AvailabilityRow, ...]
    counts: DayCounts
    good_until: datetime
    within_horizon: bool


class RememberedDays:
    """The rows of one filter over one catalog, by date. A date of which something is past already is made anew."""

    def __init__(self, catalog: Catalog, wanted: Wanted) -> None:
        self._catalog = catalog
        self._wanted = wanted
        self._longest = timedelta(minutes=max((s.duration_minutes for s in catalog.active_services), default=0)) + TICK
        self._days: dict[date, _Rows] = {}

    def rows(
        self, days: tuple[date, ...], counts: Mapping[date, DayCounts], bookable: Bookable
    ) -> tuple[AvailabilityRow, ...]:
        """The rows of ``days`` in order: those of before where they are still true."""
        rows: list[AvailabilityRow] = []
        remembered, (earliest, last, _) = self._days, bookable
        for day in days:
            found = remembered.get(day)
            if (
                found is None
                # Counts are replaced and never changed: the same object has the same counts, and need not be compared.
                or (found.counts is not counts[day] and found.counts != counts[day])
                or found.good_until < earliest
                or found.within_horizon is not (day <= last)
            ):
                found = self._made(day, counts[day], bookable, found)
            rows += found.rows
        return tuple(rows)

    def _made(self, day: date, counts: DayCounts, bookable: Bookable, before: _Rows | None) -> _Rows:
        rows = availability_rows(self._catalog, day, counts, bookable, self._wanted)
        good_until = self._good_until(day) if before is None else before.good_until
        made = _Rows(rows, counts, good_until, day <= bookable.last_date)
        if bookable.earliest <= made.good_until:
            if len(self._days) >= _DAYS_REMEMBERED_MAX:
                self._days.clear()
            self._days[day] = made
        return made

    def _good_until(self, day: date) -> datetime:
        """As long as nothing earlier than this is the earliest instant, every visit fits wherever it ever did."""
        first_end = _ALWAYS
        for window_date in window_dates(self._catalog, day, self._wanted):
            for span in window_date.spans:
                first_end = min(first_end, span.end)
        return first_end if first_end is _ALWAYS else first_end - self._longest


def remembered_days(catalog: Catalog, wanted: Wanted) -> RememberedDays:
    """What is remembered for a filter; it lives and dies with the catalog."""
    memory = catalog.memory
    found = memory.get(wanted)
    if not isinstance(found, RememberedDays):
        if len(memory) >= _WANTED_REMEMBERED_MAX:
            memory.clear()
        found = memory[wanted] = RememberedDays(catalog, wanted)
    return found
