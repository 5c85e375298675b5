"""Options are the keywords that the methods of an engine hand on, typed: checkers know them, editors complete them.

Each class has the fields of what its keywords go to, without those that the method gives itself; a test holds the two
together. None is ever made: at run time keywords are keywords.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TypedDict

from booking_engine.commands import Unset
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.domain.window import Session
from booking_engine.ports import Clock, IdFactory
from booking_engine.shell import Observer


class EngineOptions(TypedDict, total=False):
    """What an engine is made with, beside its store: see ``BookingEngine``."""

    clock: Clock
    ids: IdFactory | None
    phones: PhoneNormalizer | None
    observers: Iterable[Observer]
    attempts_max: int


class AskedBy(TypedDict, total=False):
    """Who asks, and through which door: what every command has."""

    channel: Channel
    actor: str | None


class EditOptions(AskedBy, total=False):
    """What an edit of a record has besides: the version that its editor has seen (SPEC U8)."""

    if_version: int | Collection[int] | None


class EndingOptions(EditOptions, total=False):
    """What ``UpdateAppointment`` may change besides when an appointment is cancelled or completed: all but its date."""

    assigned_doctor: str | Unset | None
    notes: str | Unset | None
    session: Session | Unset
    batch: str | Unset


class MoveOptions(EndingOptions, total=False):
    """What ``UpdateAppointment`` may change besides when an appointment is moved."""

    status: AppointmentStatus | Unset
    alternatives: int


class AvailabilityOptions(TypedDict, total=False):
    """The fields of ``AvailabilityQuery`` beside its date."""

    until: date | None
    branch_id: str | None
    session: Session | None
    appointment_type: str | None


class AlternativesOptions(TypedDict, total=False):
    """The fields of ``AlternativesQuery`` beside what is wished for, and when."""

    branch_id: str | None
    session: Session | None
    batch: str | None
    assigned_doctor: str | None
    channel: Channel
    limit: int
