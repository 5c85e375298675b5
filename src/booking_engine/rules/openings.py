"""An opening is a window-date that takes bookings of a service and has room for a channel, whatever the time is.

It follows from the catalog and the counts of its date alone: as long as both are the same, it is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.channel import Channel
from booking_engine.domain.service import Service
from booking_engine.ledger.view import NO_DAY, DayCounts
from booking_engine.rules.availability import rooms_in

_KINDS_REMEMBERED_MAX, _DAYS_REMEMBERED_MAX = 256, 128


class Opening(NamedTuple):
    """The window-date, and how many places it has left."""

    window_date: WindowDate
    places: int


class Openings:
    """The openings of one branch, service and channel over one catalog, by date."""

    def __init__(self, catalog: Catalog, branch_id: str, service: Service, channel: Channel) -> None:
        self._catalog = catalog
        self._branch_id = branch_id
        self._service = service
        self._is_ai = channel is Channel.AI_AGENT
        self._days: dict[date, tuple[DayCounts, tuple[Opening, ...]]] = {}

    def on(self, day: date, counts: Mapping[date, DayCounts]) -> tuple[Opening, ...]:
        """The openings of a local date, in the order of preference (SPEC W6)."""
        of_day, known = counts.get(day, NO_DAY), self._days.get(day)
        # Counts are replaced and never changed: the same object has the same counts.
        return known[1] if known is not None and known[0] is of_day else self._made(day, of_day)

    def among(
        self, days: Iterable[date], counts: Mapping[date, DayCounts]
    ) -> Iterator[tuple[date, tuple[Opening, ...]]]:
        """Those of the dates that have openings, with them. What ``on`` says of each, for a clinic that is full."""
        remembered = self._days
        for day in days:
            of_day, known = counts.get(day, NO_DAY), remembered.get(day)
            openings = known[1] if known is not None and known[0] is of_day else self._made(day, of_day)
            if openings:
                yield day, openings

    def _made(self, day: date, counts: DayCounts) -> tuple[Opening, ...]:
        found = self._found(day, counts)
        if len(self._days) >= _DAYS_REMEMBERED_MAX:
            self._days.clear()
        self._days[day] = counts, found
        return found

    def _found(self, day: date, counts: DayCounts) -> tuple[Opening, ...]:
        service, found = self._service, []
        for window_date in self._catalog.on(self._branch_id, day):
            if window_date.serves(service.service_id) and window_date.is_open_for(service.service_id):
                left = rooms_in(self._catalog, window_date, service, counts)
                places = left.ai if self._is_ai else left.staff
                if places:
                    found.append(Opening(window_date, places))
        return tuple(found)


def remembered_openings(catalog: Catalog, branch_id: str, service: Service, channel: Channel) -> Openings:
    """What is remembered of a branch, service and channel; it lives and dies with the catalog."""
    shelf = catalog.memory.get(Openings)
    if not isinstance(shelf, dict):
        shelf = catalog.memory[Openings] = {}
    key = (branch_id, service.service_id, channel is Channel.AI_AGENT)
    found = shelf.get(key)
    if not isinstance(found, Openings):
        if len(shelf) >= _KINDS_REMEMBERED_MAX:
            shelf.clear()
        found = shelf[key] = Openings(catalog, branch_id, service, channel)
    return found
