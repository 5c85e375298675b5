"""A command is what somebody asks for: plain data in the words of the wire, checked when it is planned.

Fields left at ``UNSET`` are not touched; None clears where the field can be empty. Instants are aware
``datetime``, dates are local, times of day are ``HH:MM``. ``actor`` names who asks, for the history;
``channel`` says through which door (SPEC §1).
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Container, Mapping
from datetime import date, datetime
from typing import Final, TypeAlias

import attrs

from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.window import Session, Weekday, WindowStatus


class _Unset(enum.Enum):
    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


Unset: TypeAlias = _Unset
UNSET: Final = _Unset.UNSET
"""Stands for a field that the command does not mention."""


@attrs.frozen(kw_only=True)
class BookAppointment:
    """Book one place (SPEC §6). ``appointment_type`` is a service's id or name.

    ``alternatives`` is how many a refusal is to offer, at most 10 (SPEC H2).
    """

    appointment_type: str
    appointment_date: datetime
    patient_name: str = attrs.field(repr=False)
    parent_phone: str = attrs.field(repr=False)
    branch_id: str | None = None
    session: Session | None = None
    batch: str | None = None
    assigned_doctor: str | None = None
    external_reference_id: str | None = None
    notes: str | None = attrs.field(default=None, repr=False)
    alternatives: int = 0
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class UpdateAppointment:
    """Change one appointment: move, label, assign, annotate, complete, cancel or revive it (SPEC §8).

    ``alternatives`` is how many other times the refusal of a new date is to offer, at most 10 (SPEC H2).
    ``if_version`` is the ``version`` that the appointment must have, or those of which it must have one (SPEC U8).
    """

    appointment_id: str
    appointment_date: datetime | Unset = UNSET
    status: AppointmentStatus | Unset = UNSET
    assigned_doctor: str | Unset | None = UNSET
    notes: str | Unset | None = attrs.field(default=UNSET, repr=False)
    session: Session | Unset = UNSET
    batch: str | Unset = UNSET
    alternatives: int = 0
    if_version: int | Collection[int] | None = None
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class HoldPlace:
    """Keep one place for a caller who is still deciding (SPEC H1).

    ``holder`` is the caller's own key, and names nobody: the id of a call for one. Whoever has a running hold moves it
    by asking for another place. ``parent_phone`` (and ``patient_name`` where that counts) has duplicates looked for,
    ``assigned_doctor`` the doctor's other appointments; none of them is kept.
    """

    holder: str
    appointment_type: str
    appointment_date: datetime
    branch_id: str | None = None
    session: Session | None = None
    batch: str | None = None
    assigned_doctor: str | None = None
    parent_phone: str | None = attrs.field(default=None, repr=False)
    patient_name: str | None = attrs.field(default=None, repr=False)
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ExtendHold:
    """Have a running hold end later: ``hold_seconds`` from now, at most ``hold_max_seconds`` after it was made."""

    hold_id: str
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ReleaseHold:
    """Give a hold up; one that has ended is no error."""

    hold_id: str
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ConfirmHold:
    """Book the place that a running hold keeps (SPEC H1), whatever became of its window meanwhile."""

    hold_id: str
    patient_name: str = attrs.field(repr=False)
    parent_phone: str = attrs.field(repr=False)
    assigned_doctor: str | None = None
    external_reference_id: str | None = None
    notes: str | None = attrs.field(default=None, repr=False)
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ConfigureOrganisation:
    """Create the organisation or change its name and policy (SPEC §2); ``timezone`` is needed the first time."""

    name: str | Unset = UNSET
    timezone: str | Unset = UNSET
    enabled: bool | Unset = UNSET
    buffer_time_minutes: int | Unset = UNSET
    max_advance_booking_days: int | Unset = UNSET
    min_notice_hours: int | Unset = UNSET
    allow_reschedule: bool | Unset = UNSET
    allow_cancellation: bool | Unset = UNSET
    cancellation_notice_hours: int | Unset = UNSET
    duplicate_prevention: bool | Unset = UNSET
    reschedule_notice_hours: int | Unset = UNSET
    ai_quota: AiQuota | Unset = UNSET
    capacity_scope: CapacityScope | Unset = UNSET
    hold_seconds: int | Unset = UNSET
    hold_max_seconds: int | Unset = UNSET
    default_region: str | Unset | None = UNSET
    duplicate_includes_patient: bool | Unset = UNSET
    issue_tokens: bool | Unset = UNSET
    session_hours: Mapping[Session, tuple[str, str]] | Unset = UNSET
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class AddBranch:
    """Add a branch; its id is made when absent."""

    name: str
    branch_id: str | None = None
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class UpdateBranch:
    """Rename, retire or take back a branch (SPEC §2)."""

    branch_id: str
    name: str | Unset = UNSET
    retired: bool | Unset = UNSET
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class AddService:
    """Add a service; its id is made when absent. Names of active services differ, however they are written."""

    name: str
    duration_minutes: int = 0
    service_id: str | None = None
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class UpdateService:
    """Rename, retire or take back a service, or change its duration for new bookings (SPEC §2)."""

    service_id: str
    name: str | Unset = UNSET
    duration_minutes: int | Unset = UNSET
    retired: bool | Unset = UNSET
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class CreateWindow:
    """Create a calendar window (SPEC W1, W8); ``max_slots`` defaults to ``ai_slots``."""

    branch_id: str
    day: Weekday
    session: Session
    ai_slots: int
    max_slots: int | None = None
    start_time: str | None = None
    end_time: str | None = None
    batch_name: str | None = None
    appointment_type_id: str | None = None
    status: WindowStatus = WindowStatus.OPEN
    valid_from: date | None = None
    valid_until: date | None = None
    interval_weeks: int = 1
    calendar_id: str | None = None
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class UpdateWindow:
    """Change a calendar window; ``slot_id`` is any of the documented forms (SPEC W2, W3).

    ``if_version`` is the ``version`` that the window must have, or those of which it must have one (SPEC U8).
    """

    slot_id: str
    day: Weekday | Unset = UNSET
    session: Session | Unset = UNSET
    start_time: str | Unset | None = UNSET
    end_time: str | Unset | None = UNSET
    max_slots: int | Unset = UNSET
    ai_slots: int | Unset = UNSET
    batch_name: str | Unset | None = UNSET
    status: WindowStatus | Unset = UNSET
    valid_from: date | Unset | None = UNSET
    valid_until: date | Unset | None = UNSET
    interval_weeks: int | Unset = UNSET
    if_version: int | Collection[int] | None = None
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class OverrideTracking:
    """Change capacity or status on one local date (SPEC W7).

    ``slot_id`` is ``calendar_id||date`` for the window, ``calendar_id||date||service_id`` for one service in
    it. None takes the override of that field back.
    """

    slot_id: str
    status: WindowStatus | Unset | None = UNSET
    max_slots: int | Unset | None = UNSET
    ai_slots: int | Unset | None = UNSET
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class CloseBranch:
    """Close every window of a branch from ``first_date`` to ``last_date``, both included (SPEC W7).

    ``only`` narrows the range to the dates it contains: any ``date in container`` will do, a calendar of
    public holidays for one.
    """

    branch_id: str
    first_date: date
    last_date: date
    only: Container[date] | None = None
    label: str | None = None
    channel: Channel = Channel.API
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ReopenBranch:
    """Lift a closure of a branch."""

    closure_id: str
    channel: Channel = Channel.API
    actor: str | None = None


AppointmentCommand: TypeAlias = BookAppointment | UpdateAppointment
HoldCommand: TypeAlias = HoldPlace | ExtendHold | ReleaseHold | ConfirmHold
SetupCommand: TypeAlias = (
    ConfigureOrganisation
    | AddBranch
    | UpdateBranch
    | AddService
    | UpdateService
    | CreateWindow
    | UpdateWindow
    | OverrideTracking
    | CloseBranch
    | ReopenBranch
)
Command: TypeAlias = AppointmentCommand | HoldCommand | SetupCommand
