"""A standing clock shows one instant until somebody sets it."""

from __future__ import annotations

from datetime import datetime


class StandingClock:
    """``now`` is aware UTC. It may be set to any instant, an earlier one too."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """See ``booking_engine.ports.Clock``."""
        return self.now
