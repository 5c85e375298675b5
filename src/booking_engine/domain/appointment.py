"""An appointment is one booking: a patient, a service and an instant, holding one place of a window (SPEC §7, §8)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

import attrs

from booking_engine.domain.channel import Channel
from booking_engine.domain.text import fold
from booking_engine.domain.tracking import TrackingKey
from booking_engine.domain.window import Session

_BASE32 = bytes(b"abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in range(256))


class AppointmentStatus(enum.StrEnum):
    """All but ``CANCELLED`` hold their place (SPEC C1)."""

    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


_CONFIRMED, _RESCHEDULED, _COMPLETED, _CANCELLED = AppointmentStatus

STATUS_TABLE: Mapping[AppointmentStatus, frozenset[AppointmentStatus]] = {
    _CONFIRMED: frozenset({_CONFIRMED, _COMPLETED, _CANCELLED}),
    _RESCHEDULED: frozenset({_CONFIRMED, _COMPLETED, _CANCELLED}),
    _COMPLETED: frozenset({_COMPLETED}),
    _CANCELLED: frozenset({_CANCELLED, _CONFIRMED}),
}
"""Which status may be asked for from which (SPEC U4). ``rescheduled`` is a consequence and never asked for."""


class DoctorDay(NamedTuple):
    """A doctor's UTC day, whose version guards the gap between appointments (SPEC §6.10)."""

    doctor_key: str
    day: date


@attrs.frozen
class Appointment:
    """One booking, of any status.

    ``start``, ``created_at`` and ``updated_at`` are aware UTC; ``date`` is the local date of ``start``.
    ``phone_key`` is ``parent_phone`` as it is compared (SPEC I2). ``duration_minutes`` is the service's when
    the time was given. ``version`` grows by one with each change.
    """

    appointment_id: str
    service_id: str
    branch_id: str
    calendar_id: str
    start: datetime
    duration_minutes: int
    date: date
    session: Session
    batch: str | None
    patient_name: str = attrs.field(repr=False)
    parent_phone: str = attrs.field(repr=False)
    phone_key: str = attrs.field(repr=False)
    assigned_doctor: str | None
    notes: str | None = attrs.field(repr=False)
    status: AppointmentStatus
    external_reference_id: str | None
    booked_via: Channel
    created_at: datetime
    updated_at: datetime
    token: int | None = None
    version: int = 1

    @property
    def end(self) -> datetime:
        """The instant at which the visit is over; ``start`` for a service without a duration."""
        return self.start + timedelta(minutes=self.duration_minutes)

    @property
    def tracking_key(self) -> TrackingKey:
        """Where the place of this appointment is counted."""
        return TrackingKey(self.calendar_id, self.date, self.service_id)

    @property
    def holds_place(self) -> bool:
        """Everything but a cancelled appointment holds its place (SPEC C1)."""
        return self.status is not _CANCELLED

    @property
    def is_expected(self) -> bool:
        """Confirmed or rescheduled: the patient is still to come. Duplicates and doctors' gaps count these."""
        return self.status is _CONFIRMED or self.status is _RESCHEDULED

    @property
    def doctor_days(self) -> tuple[DoctorDay, ...]:
        """The doctor's UTC days that the visit occupies; none without a doctor or when it is not expected."""
        if self.assigned_doctor is None or not self.is_expected:
            return ()
        return doctor_days(self.assigned_doctor, self.start, self.end)


def doctor_days(doctor: str, start: datetime, end: datetime) -> tuple[DoctorDay, ...]:
    """The UTC days of a doctor from ``start`` to ``end``, instants in UTC, both included."""
    key, first, last = fold(doctor), start.date(), end.date()
    if first == last:
        return (DoctorDay(key, first),)
    return tuple(DoctorDay(key, first + timedelta(days=n)) for n in range((last - first).days + 1))


def token_of(random_bytes: bytes) -> str:
    """26 random bytes as 26 lower-case letters and digits: 130 random bits (SPEC I1)."""
    return random_bytes.translate(_BASE32).decode("ascii")


def appointment_id_of(token: str) -> str:
    """The id of the appointment that the command with this token makes."""
    return f"appt_{token}"
