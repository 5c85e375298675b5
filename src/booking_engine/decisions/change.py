"""A change is what an update really asks of an appointment, and what status table and policy say to it (SPEC §8)."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from booking_engine.commands import UNSET, UpdateAppointment
from booking_engine.domain.appointment import STATUS_TABLE, Appointment, AppointmentStatus
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.domain.text import fold
from booking_engine.rules.timing import notice_is_kept

_CONFIRMED, _RESCHEDULED, _COMPLETED, _CANCELLED = AppointmentStatus


@attrs.frozen(eq=False)
class Change:
    """What an update really asks for, once what is so already is left out."""

    command: UpdateAppointment
    subject: Appointment
    status: AppointmentStatus
    start: datetime
    doctor: str | None
    notes: str | None = attrs.field(repr=False)

    @classmethod
    def of(cls, command: UpdateAppointment, subject: Appointment) -> Change:
        """The ask with the record's own values where it says nothing."""
        start = subject.start if command.appointment_date is UNSET else command.appointment_date
        if command.status is not UNSET:
            status = command.status
        else:
            status = _RESCHEDULED if subject.is_expected and start != subject.start else subject.status
        return cls(
            command,
            subject,
            status,
            start,
            subject.assigned_doctor if command.assigned_doctor is UNSET else command.assigned_doctor,
            subject.notes if command.notes is UNSET else command.notes,
        )

    @property
    def repeats_cancellation(self) -> bool:
        """Cancelled already: the record is the answer and nothing of it changes (SPEC U4, U5)."""
        return self.subject.status is _CANCELLED and self.command.status is _CANCELLED

    @property
    def reschedules(self) -> bool:
        """A date other than the present one (SPEC U2)."""
        return self.start != self.subject.start

    @property
    def revives(self) -> bool:
        """A cancelled appointment is to be confirmed: a fresh admission (SPEC U4)."""
        return self.subject.status is _CANCELLED and self.status is _CONFIRMED

    @property
    def cancels(self) -> bool:
        """The place is to be given back (SPEC U5)."""
        return self.subject.status is not _CANCELLED and self.status is _CANCELLED

    @property
    def labels_given(self) -> bool:
        """Session or batch stand in the ask, be it as they are."""
        return self.command.session is not UNSET or self.command.batch is not UNSET

    @property
    def labels_differ(self) -> bool:
        """Session or batch are asked to be other than they are."""
        return self.command.session not in (UNSET, self.subject.session) or self.command.batch not in (
            UNSET,
            self.subject.batch,
        )

    @property
    def needs_free_doctor(self) -> bool:
        """The patient is to come, before and after, and to a doctor whose other appointments must allow it.

        The same name, however written, is the same doctor.
        """
        was = self.subject.assigned_doctor
        stays_expected = self.subject.is_expected and self.status in (_CONFIRMED, _RESCHEDULED)
        return stays_expected and self.doctor is not None and (was is None or fold(was) != fold(self.doctor))


def first_policy_refusal(change: Change, catalog: Catalog, now: datetime) -> Rejection | None:
    """What the status table and the policy say, before any window is looked at (SPEC U2, U4, U5)."""
    return (
        refuse_transition(change)
        or refuse_cancellation(change, catalog, now)
        or refuse_reschedule(change, catalog, now)
    )


def refuse_transition(change: Change) -> Rejection | None:
    """SPEC U4: what has ended goes on only as the table says, and neither moves nor is labelled anew."""
    was = change.subject.status
    if change.status is not was and change.status is not _RESCHEDULED and change.status not in STATUS_TABLE[was]:
        message = f"An appointment that is {was} cannot become {change.status}."
    elif change.subject.is_expected:
        return None
    elif change.reschedules or (change.labels_differ and not change.revives):
        message = f"An appointment that is {was} cannot be moved."
    else:
        return None
    return Rejection(code=RejectionCode.INVALID_TRANSITION, message=message)


def refuse_cancellation(change: Change, catalog: Catalog, now: datetime) -> Rejection | None:
    """SPEC U5."""
    if not change.cancels:
        return None
    configuration = catalog.configuration
    hours = configuration.cancellation_notice_hours
    if not configuration.allow_cancellation:
        return Rejection(
            code=RejectionCode.CANCELLATION_NOT_ALLOWED,
            reason=Reason.DISABLED,
            message="Cancelling is switched off for this organisation.",
        )
    if not notice_is_kept(change.subject.start, now, hours):
        return Rejection(
            code=RejectionCode.CANCELLATION_NOT_ALLOWED,
            reason=Reason.NOTICE,
            message=f"Cancelling needs {hours} hours of notice.",
            latest=change.subject.start - timedelta(hours=hours),
        )
    return None


def refuse_reschedule(change: Change, catalog: Catalog, now: datetime) -> Rejection | None:
    """SPEC U2."""
    if not change.reschedules:
        return None
    configuration = catalog.configuration
    hours = configuration.reschedule_notice_hours
    if not configuration.allow_reschedule:
        return Rejection(
            code=RejectionCode.RESCHEDULE_NOT_ALLOWED,
            reason=Reason.DISABLED,
            message="Rescheduling is switched off for this organisation.",
        )
    if not notice_is_kept(change.subject.start, now, hours):
        return Rejection(
            code=RejectionCode.RESCHEDULE_NOT_ALLOWED,
            reason=Reason.NOTICE,
            message=f"Rescheduling needs {hours} hours of notice.",
            latest=change.subject.start - timedelta(hours=hours),
        )
    return None
