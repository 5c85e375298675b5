"""Tracking is the weekly rule projected on one date and service, with its counts; only the counts are stored."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import attrs

from booking_engine.domain.window import CalendarWindow, WindowStatus

ALL_SERVICES = ""
"""Stands for the service in the key of a window-date's total (SPEC C2 ``shared``)."""


class TrackingKey(NamedTuple):
    """Rule × local date × service: where places are counted. A tuple, because keys are hashed in every booking."""

    calendar_id: str
    date: date
    service_id: str


class Counts(NamedTuple):
    """Places taken by everybody, and of those by the AI channel. Both are always counted (SPEC C4)."""

    filled: int
    ai_filled: int


class Limits(NamedTuple):
    """The capacity in force on one date."""

    max_slots: int
    ai_slots: int


EMPTY = Counts(0, 0)


@attrs.frozen(kw_only=True)
class DateOverride:
    """What differs on one local date, for a window (``service_id`` None) or one service in it (SPEC W7).

    A field that is None leaves what the level above says.
    """

    calendar_id: str
    date: date
    service_id: str | None = None
    status: WindowStatus | None = None
    max_slots: int | None = None
    ai_slots: int | None = None


class AvailabilityRow(NamedTuple):
    """One window on one date, open, as the documents' availability shows it (SPEC C5, C7).

    A tuple with names, because a page makes hundreds.

    ``available_slots`` is what the AI channel may still book, ``staff_available`` what staff and API may.
    With a ``service_id`` the counts are of that service alone and exact.
    """

    window: CalendarWindow
    date: date
    service_id: str | None
    limits: Limits
    filled_slots: int
    available_slots: int
    staff_available: int


@attrs.frozen
class TrackingRecord:
    """One rule × date × service: its limits, counts and status on that date (SPEC C5, C6)."""

    key: TrackingKey
    window: CalendarWindow
    limits: Limits
    counts: Counts
    available_slots: int
    staff_available: int
    status: WindowStatus
    overbooked_by: int

    @property
    def overbooked(self) -> bool:
        """More places are taken than the limit in force allows (SPEC W3)."""
        return self.overbooked_by > 0
