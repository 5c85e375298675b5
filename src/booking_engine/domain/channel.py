"""A channel is who books: it decides which capacity admits the booking, and nothing else (SPEC §1, C3, C4)."""

from __future__ import annotations

import enum


class Channel(enum.StrEnum):
    """``AI_AGENT`` is bound by ``ai_slots``; ``STAFF`` and ``API`` by ``max_slots``."""

    AI_AGENT = "ai_agent"
    STAFF = "staff"
    API = "api"
