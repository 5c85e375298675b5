"""Capacity says who may take one more place: the one reading of limits and counts, to show and to book (SPEC §5)."""

from __future__ import annotations

from typing import NamedTuple

from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota
from booking_engine.domain.tracking import Counts, Limits


class Rooms(NamedTuple):
    """Places left: for the AI channel, and for staff and API."""

    ai: int
    staff: int


def admission(limits: Limits, channel: Channel, quota: AiQuota) -> tuple[int, int | None]:
    """Up to how many places, and AI places, a channel is admitted; None asks nothing (SPEC C3, C4)."""
    if channel is not Channel.AI_AGENT:
        return limits.max_slots, None
    if quota is AiQuota.NESTED:
        return limits.ai_slots, None
    return limits.max_slots, limits.ai_slots


def rooms(limits: Limits, counts: Counts, quota: AiQuota) -> Rooms:
    """How many more places each side may take under ``admission``; never below 0."""
    (max_slots, ai_slots), (filled, ai_filled) = limits, counts
    staff = max_slots - filled
    ai = ai_slots - filled if quota is AiQuota.NESTED else min(staff, ai_slots - ai_filled)
    return Rooms(max(0, ai), max(0, staff))


def room(limits: Limits, counts: Counts, channel: Channel, quota: AiQuota) -> int:
    """How many more places a channel may take; never below 0."""
    left = rooms(limits, counts, quota)
    return left.ai if channel is Channel.AI_AGENT else left.staff
