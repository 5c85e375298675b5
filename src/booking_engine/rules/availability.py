"""Availability and tracking project windows and counts, through the same admission as a booking (SPEC C5-C7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

import attrs

from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import (
    ALL_SERVICES,
    EMPTY,
    AvailabilityRow,
    Counts,
    TrackingKey,
    TrackingRecord,
)
from booking_engine.domain.window import CalendarWindow, Session, WindowStatus
from booking_engine.ledger.holdings import limited_key
from booking_engine.ledger.view import DayCounts
from booking_engine.rules.capacity import Rooms, rooms
from booking_engine.rules.timing import earliest_start, last_date, last_start

_NO_ROOM = Rooms(0, 0)
_NO_COUNTS: dict[str, Counts] = {}


@attrs.frozen(kw_only=True)
class Wanted:
    """Which windows a page shows; None does not filter. With a service, rows count that service alone."""

    branch_id: str | None = None
    session: Session | None = None
    service: Service | None = None
    calendar_id: str | None = None

    def shows(self, window: CalendarWindow) -> bool:
        """Whether the window passes the filter."""
        return (
            (self.branch_id is None or window.branch_id == self.branch_id)
            and (self.session is None or window.session is self.session)
            and (self.calendar_id is None or window.calendar_id == self.calendar_id)
            and (self.service is None or window.service_id in (None, self.service.service_id))
        )


_EVERYTHING = Wanted()


class Bookable(NamedTuple):
    """From when and until which local date bookings are taken at ``now``."""

    earliest: datetime
    last_date: date
    enabled: bool

    @classmethod
    def at(cls, catalog: Catalog, now: datetime) -> Bookable:
        """What the policy says at an instant."""
        return cls(earliest_start(catalog, now), last_date(catalog, now), catalog.configuration.enabled)

    def reaches(self, window_date: WindowDate, duration_minutes: int) -> bool:
        """Whether the window-date has an instant left that could be booked (SPEC C7)."""
        if not self.enabled or window_date.date > self.last_date:
            return False
        last = last_start(window_date, duration_minutes)
        return last is not None and last >= self.earliest


def can_book(window_date: WindowDate, service: Service, bookable: Bookable) -> bool:
    """Whether a fresh booking of the service could be refused for nothing but the places (SPEC C7)."""
    return (
        not service.retired
        and window_date.serves(service.service_id)
        and window_date.is_open_for(service.service_id)
        and bookable.reaches(window_date, service.duration_minutes)
    )


def rooms_for(
    catalog: Catalog, window_date: WindowDate, service: Service, counts: DayCounts, bookable: Bookable
) -> Rooms:
    """What a fresh booking of the service would find in the window-date: exact (SPEC C7)."""
    return rooms_in(catalog, window_date, service, counts) if can_book(window_date, service, bookable) else _NO_ROOM


def rooms_in(catalog: Catalog, window_date: WindowDate, service: Service, counts: DayCounts) -> Rooms:
    """What limits and counts of the window-date leave for the service, whatever else may refuse a booking."""
    key = TrackingKey(window_date.window.calendar_id, window_date.date, service.service_id)
    key = limited_key(catalog.configuration, key)
    taken = counts.get(key.calendar_id, _NO_COUNTS).get(key.service_id, EMPTY)
    return rooms(window_date.limits_for(service.service_id), taken, catalog.configuration.ai_quota)


def availability_rows(
    catalog: Catalog, day: date, counts: DayCounts, bookable: Bookable, wanted: Wanted
) -> tuple[AvailabilityRow, ...]:
    """The open windows of a local date with their counts, as the documents show them (SPEC C5)."""
    shown, service = window_dates(catalog, day, wanted), wanted.service
    if service is None:
        return tuple([_row_of_all(catalog, each, counts, bookable) for each in shown if each.is_open])
    return tuple(
        [
            _row_of_one(catalog, each, service, counts, bookable)
            for each in shown
            if each.is_open_for(service.service_id)
        ]
    )


def window_dates(catalog: Catalog, day: date, wanted: Wanted) -> list[WindowDate]:
    """The window-dates that pass the filter, branch by branch in order of preference."""
    branch_ids = catalog.branches if wanted.branch_id is None else (wanted.branch_id,)
    found = [window_date for branch_id in branch_ids for window_date in catalog.on(branch_id, day)]
    return found if wanted == _EVERYTHING else [each for each in found if wanted.shows(each.window)]


def _row_of_one(
    catalog: Catalog, window_date: WindowDate, service: Service, counts: DayCounts, bookable: Bookable
) -> AvailabilityRow:
    """A row that counts one service: exact."""
    window, service_id = window_date.window, service.service_id
    filled = counts.get(window.calendar_id, _NO_COUNTS).get(service_id, EMPTY).filled
    left = rooms_for(catalog, window_date, service, counts, bookable)
    limits = window_date.limits_for(service_id)
    return AvailabilityRow(window, window_date.date, service_id, limits, filled, left.ai, left.staff)


def _row_of_all(catalog: Catalog, window_date: WindowDate, counts: DayCounts, bookable: Bookable) -> AvailabilityRow:
    """A row that sums over services, as documented: a lower bound of what the best of them finds."""
    window, limits = window_date.window, window_date.limits
    taken = counts.get(window.calendar_id)
    total = EMPTY if taken is None else _total(taken)
    left = rooms(limits, total, catalog.configuration.ai_quota)
    if window_date.overrides:
        best = [rooms_for(catalog, window_date, each, counts, bookable) for each in catalog.services_of(window)]
        left = Rooms(
            min(left.ai, max((each.ai for each in best), default=0)),
            min(left.staff, max((each.staff for each in best), default=0)),
        )
    else:
        # All services have the same limits, and the count of each is part of the sum: whichever can be booked finds
        # at least that much. The shortest can be booked for as long as any.
        shortest = catalog.shortest_visits[window.calendar_id]
        if shortest is None or not bookable.reaches(window_date, shortest):
            left = _NO_ROOM
    return AvailabilityRow(window, window_date.date, None, limits, total.filled, left.ai, left.staff)


def _total(taken: Mapping[str, Counts]) -> Counts:
    filled = ai_filled = 0
    for service_id, (places, ai_places) in taken.items():
        if service_id != ALL_SERVICES:
            filled += places
            ai_filled += ai_places
    return Counts(filled, ai_filled)


def tracking_records(
    catalog: Catalog, day: date, counts: DayCounts, now: datetime, wanted: Wanted
) -> tuple[TrackingRecord, ...]:
    """One record per window × service on a local date, and one for every other key that holds places (SPEC C6, W3)."""
    bookable = Bookable.at(catalog, now)
    records: dict[TrackingKey, TrackingRecord] = {}
    for window_date in window_dates(catalog, day, wanted):
        for service in _services(catalog, window_date, wanted):
            record = _tracking_record(catalog, window_date, service, counts, bookable)
            records[record.key] = record
    for calendar_id, taken in counts.items():
        window = catalog.windows[calendar_id]
        if not wanted.shows(window):
            continue
        window_date = catalog.window_date(window, day)
        for service_id, filled in taken.items():
            key = TrackingKey(calendar_id, day, service_id)
            if service_id == ALL_SERVICES or not filled.filled or key in records:
                continue
            if wanted.service is None or wanted.service.service_id == service_id:
                uncovered = catalog.services[service_id]
                records[key] = _tracking_record(catalog, window_date, uncovered, counts, bookable, window.covers(day))
    return tuple(records.values())


def _services(catalog: Catalog, window_date: WindowDate, wanted: Wanted) -> Iterable[Service]:
    services = catalog.services_of(window_date.window)
    return services if wanted.service is None else (service for service in services if service == wanted.service)


def _tracking_record(
    catalog: Catalog,
    window_date: WindowDate,
    service: Service,
    counts: DayCounts,
    bookable: Bookable,
    covered: bool = True,
) -> TrackingRecord:
    """The record of one service in a window-date; ``covered`` is False where the rule does not have that date."""
    window = window_date.window
    key = TrackingKey(window.calendar_id, window_date.date, service.service_id)
    limits = window_date.limits_for(service.service_id)
    left = rooms_for(catalog, window_date, service, counts, bookable) if covered else _NO_ROOM
    taken = counts.get(window.calendar_id, _NO_COUNTS)
    bound = taken.get(limited_key(catalog.configuration, key).service_id, EMPTY)
    is_open = covered and window_date.is_open_for(service.service_id)
    return TrackingRecord(
        key,
        window,
        limits,
        taken.get(service.service_id, EMPTY),
        *left,
        WindowStatus.OPEN if is_open else WindowStatus.CLOSED,
        max(0, bound.filled - limits.max_slots),
    )


def count_records(catalog: Catalog, counts: Mapping[TrackingKey, Counts], now: datetime) -> int:
    """How many tracking records there are from today to the horizon (SPEC C6)."""
    today, last = catalog.local_date(now), last_date(catalog, now)
    keys = {
        TrackingKey(window.calendar_id, day, service.service_id)
        for window in catalog.windows.values()
        for day in window.dates(today, last)
        for service in catalog.services_of(window)
    }
    keys.update(
        key
        for key, taken in counts.items()
        if taken.filled and key.service_id != ALL_SERVICES and today <= key.date <= last
    )
    return len(keys)
