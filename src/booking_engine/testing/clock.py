"""A fixed clock tells the time that a test set; it moves only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """A ``Clock`` that stands still. ``now`` is any aware instant; what it tells is UTC."""

    def __init__(self, now: datetime) -> None:
        self._now = _utc(now)

    def __call__(self) -> datetime:
        """Now, as an aware UTC instant."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move by ``by``; a negative one turns the clock back."""
        self._now += by

    def set(self, instant: datetime) -> None:
        """Move to an aware instant, forward or back."""
        self._now = _utc(instant)


def _utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError("a clock tells aware instants: give the instant an offset")
    return instant.astimezone(UTC)
