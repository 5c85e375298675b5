"""An alternative is a visit that could be booked in the place of one that was wished for (SPEC H2)."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import NamedTuple

from booking_engine.domain.window import CalendarWindow

ALTERNATIVES_MAX = 10
"""As many are offered at most."""


class AlternativeKind(enum.StrEnum):
    """How an alternative differs from what was wished for."""

    SAME_DAY = "same_day"
    NEXT_DAYS = "next_days"
    OTHER_BRANCH = "other_branch"


class Alternative(NamedTuple):
    """One window on one date, and the instant in it to book: an aware UTC instant at a whole minute.

    It is booked by asking for ``start`` at the window's branch with the window's session and, where it has one, its
    batch. ``available_slots`` are the places left there for the channel that asked.
    """

    start: datetime
    date: date
    window: CalendarWindow
    available_slots: int
    kind: AlternativeKind
