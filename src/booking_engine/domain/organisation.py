"""An organisation is one tenant; its configuration is the policy under which it books (SPEC §2)."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs

from booking_engine.domain.window import Session


class AiQuota(enum.StrEnum):
    """How AI places relate to all places (SPEC C4)."""

    NESTED = "nested"
    SEPARATE = "separate"


class CapacityScope(enum.StrEnum):
    """Whether a window's places are counted for each service, or together (SPEC C2)."""

    PER_SERVICE = "per_service"
    SHARED = "shared"


@attrs.frozen(kw_only=True)
class Configuration:
    """Policy with the documents' defaults. Hours, minutes, days and seconds are elapsed time unless said otherwise.

    ``session_hours`` gives the wall-clock hours, ``("09:00", "12:00")``, of windows without times.
    """

    timezone: str
    enabled: bool = True
    buffer_time_minutes: int = 0
    max_advance_booking_days: int = 30
    min_notice_hours: int = 2
    allow_reschedule: bool = True
    allow_cancellation: bool = True
    cancellation_notice_hours: int = 24
    duplicate_prevention: bool = True
    reschedule_notice_hours: int = 0
    ai_quota: AiQuota = AiQuota.NESTED
    capacity_scope: CapacityScope = CapacityScope.PER_SERVICE
    hold_seconds: int = 300
    hold_max_seconds: int = 900
    default_region: str | None = None
    duplicate_includes_patient: bool = False
    issue_tokens: bool = False
    session_hours: Mapping[Session, tuple[str, str]] = attrs.field(factory=dict)


REKEYING = frozenset(
    {"timezone", "capacity_scope", "duplicate_prevention", "duplicate_includes_patient", "default_region"}
)
"""Fields that decide under which keys places and names are held: changing one rebuilds the ledger (SPEC §2)."""


@attrs.frozen(kw_only=True)
class Organisation:
    """One tenant: everything below belongs to exactly one."""

    org_id: str
    name: str
    configuration: Configuration
