"""A hold is a place kept for a caller who is still deciding; it ends by itself at an instant (SPEC H1, C1)."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from booking_engine.domain.channel import Channel
from booking_engine.domain.tracking import TrackingKey
from booking_engine.domain.window import Session


@attrs.frozen
class Hold:
    """One place kept, until ``ends_at``.

    ``holder`` is the caller's own key, the id of a call for one: a holder has at most one running hold. ``start``,
    ``created_at`` and ``ends_at`` are aware UTC; ``date`` is the local date of ``start``. ``duration_minutes`` is the
    service's when the place was held. ``channel`` is the one that the place is counted for (SPEC C4). ``version`` grows
    by one with each change. Whom the place is kept for is not in the record: no phone and no name.
    """

    hold_id: str
    holder: str
    service_id: str
    branch_id: str
    calendar_id: str
    start: datetime
    duration_minutes: int
    date: date
    session: Session
    batch: str | None
    channel: Channel
    created_at: datetime
    ends_at: datetime
    version: int = 1

    def is_running(self, now: datetime) -> bool:
        """Whether it keeps its place at an instant: at ``ends_at`` it does not any more (SPEC H1)."""
        return now < self.ends_at

    @property
    def tracking_key(self) -> TrackingKey:
        """Where the place of this hold is counted."""
        return TrackingKey(self.calendar_id, self.date, self.service_id)


def hold_id_of(token: str) -> str:
    """The id of the hold that the command with this token makes."""
    return f"hold_{token}"
