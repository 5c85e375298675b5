"""Capacity says who may take one more place: the one reading of limits and counts, to show and to book (SPEC §5)."""

from __future__ import annotations

from typing import NamedTuple

from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota
from booking_engine.domain.tracking import Counts, Limits


class Admission(NamedTuple):
    """Up to how many places, and AI places, one channel is admitted; None asks nothing."""

    limit: int
    ai_limit: int | None


def admission(limits: Limits, channel: Channel, quota: AiQuota) -> Admission:
    """The limits that bind a channel (SPEC C3, C4)."""
    if channel is not Channel.AI_AGENT:
        return Admission(limits.max_slots, None)
    if quota is AiQuota.NESTED:
        return Admission(limits.ai_slots, None)
    return Admission(limits.max_slots, limits.ai_slots)


def room(limits: Limits, counts: Counts, channel: Channel, quota: AiQuota) -> int:
    """How many more places the channel may take; never below 0."""
    limit, ai_limit = admission(limits, channel, quota)
    left = limit - counts.filled
    if ai_limit is not None:
        left = min(left, ai_limit - counts.ai_filled)
    return max(left, 0)
