"""Changing an appointment, read off SPEC §8."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

import attrs

from booking_engine.commands import UNSET, Unset, UpdateAppointment
from booking_engine.domain import events
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.events import FieldChange
from booking_engine.domain.rejection import Reason, RejectionCode
from booking_engine.domain.window import CalendarWindow
from booking_engine.testing.model.alternatives import alternatives_to
from booking_engine.testing.model.answer import Answer, invalid, refused
from booking_engine.testing.model.state import EXPECTED, State, folded, seen
from booking_engine.testing.model.visit import (
    Visit,
    admit,
    candidates,
    day_of,
    find_branch,
    refuse_disabled,
    refuse_doctor,
    refuse_time,
    refuse_windows,
    takes,
)

_CONFIRMED, _RESCHEDULED = AppointmentStatus.CONFIRMED, AppointmentStatus.RESCHEDULED
_COMPLETED, _CANCELLED = AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED
_ALLOWED = {
    (_CONFIRMED, _COMPLETED),
    (_CONFIRMED, _CANCELLED),
    (_RESCHEDULED, _CONFIRMED),
    (_RESCHEDULED, _COMPLETED),
    (_RESCHEDULED, _CANCELLED),
    (_CANCELLED, _CONFIRMED),
}
ValueT = TypeVar("ValueT")


def update(state: State, command: UpdateAppointment, now: datetime, new_id: str) -> Answer:
    """Answer a change whose shape is right, and remember it when it is accepted."""
    before = state.appointment(command.appointment_id)
    if before is None:
        return refused(RejectionCode.NOT_FOUND)
    if not seen(command.if_version, before.version):
        return refused(RejectionCode.PRECONDITION_FAILED)
    if before.status is _CANCELLED and command.status is _CANCELLED:
        return Answer(record=before)
    wanted = _wanted(command, before)
    refusal = _refuse_by_table(command, before, wanted) or _refuse_by_policy(state, before, wanted, now)
    if refusal is not None:
        return refusal
    after = _admitted(state, command, before, wanted, now)
    if isinstance(after, Answer):
        if wanted.start == before.start:
            return after
        visit = _visit(state, command, before, wanted, fresh=True)
        return attrs.evolve(after, alternatives=alternatives_to(state, visit, command.alternatives, now))
    changes = changed_fields(before, after)
    if not changes:
        return Answer(record=before)
    after = attrs.evolve(after, version=before.version + 1, updated_at=max(before.updated_at, now))
    event = _event_class(before, after)(
        event_id=new_id,
        org_id=state.organisation.org_id,
        subject_id=after.appointment_id,
        version=after.version,
        at=now,
        channel=command.channel,
        actor=command.actor,
        record=after,
        changes=changes,
    )
    state.put_appointment(after, before)
    state.events.append(event)
    return Answer(record=after, changes=changes, events=(event,))


def changed_fields(before: attrs.AttrsInstance, after: attrs.AttrsInstance) -> tuple[FieldChange, ...]:
    """What differs between two records, but for their stamps."""
    return tuple(
        FieldChange(field.name, getattr(before, field.name), getattr(after, field.name))
        for field in attrs.fields(type(after))
        if field.name not in ("version", "created_at", "updated_at")
        and getattr(before, field.name) != getattr(after, field.name)
    )


def _or(asked: ValueT | Unset, present: ValueT) -> ValueT:
    return present if isinstance(asked, Unset) else asked


def _wanted(command: UpdateAppointment, before: Appointment) -> Appointment:
    """The record as the command would have it, its window left open."""
    start = _or(command.appointment_date, before.start)
    moved = start != before.start and before.status in EXPECTED
    return attrs.evolve(
        before,
        start=start,
        status=_or(command.status, _RESCHEDULED if moved else before.status),
        assigned_doctor=_or(command.assigned_doctor, before.assigned_doctor),
        notes=_or(command.notes, before.notes),
    )


def _refuse_by_table(command: UpdateAppointment, before: Appointment, wanted: Appointment) -> Answer | None:
    """SPEC U4; what has ended is neither moved nor relabelled."""
    refusal = refused(RejectionCode.INVALID_TRANSITION)
    if before.status in EXPECTED:
        return None
    if wanted.status is not before.status and (before.status, wanted.status) not in _ALLOWED:
        return refusal
    if wanted.start != before.start:
        return refusal
    relabelled = _or(command.session, before.session) != before.session or _or(command.batch, before.batch) != (
        before.batch
    )
    return refusal if relabelled and wanted.status is before.status else None


def _refuse_by_policy(state: State, before: Appointment, wanted: Appointment, now: datetime) -> Answer | None:
    """SPEC U2, U5."""
    configuration = state.configuration
    if wanted.status is _CANCELLED and before.status is not _CANCELLED:
        code, allowed = RejectionCode.CANCELLATION_NOT_ALLOWED, configuration.allow_cancellation
        hours = configuration.cancellation_notice_hours
    elif wanted.start != before.start:
        code, allowed = RejectionCode.RESCHEDULE_NOT_ALLOWED, configuration.allow_reschedule
        hours = configuration.reschedule_notice_hours
    else:
        return None
    if not allowed:
        return refused(code, Reason.DISABLED)
    latest = before.start - timedelta(hours=hours)
    return refused(code, Reason.NOTICE, latest=latest) if hours > 0 and now > latest else None


def _admitted(
    state: State, command: UpdateAppointment, before: Appointment, wanted: Appointment, now: datetime
) -> Appointment | Answer:
    """The record as it becomes, in the window that it is admitted to."""
    moves = wanted.start != before.start
    revives = before.status is _CANCELLED and wanted.status is _CONFIRMED
    relabels = before.status in EXPECTED and not (command.session is UNSET and command.batch is UNSET)
    visit = _visit(state, command, before, wanted, fresh=moves or revives)
    place: CalendarWindow | Answer | None = None
    if revives:
        place = _refuse_revival(state, before) or refuse_time(state, visit.start, now)
    elif moves:
        place = refuse_time(state, visit.start, now)
    if place is None and (revives or moves or relabels):
        place = refuse_windows(state, visit)
        if place is None and wanted.status is _CANCELLED:
            place = next(window for window in candidates(state, visit) if takes(state, visit, window))
        elif place is None:
            place = admit(state, visit)
    if isinstance(place, Answer):
        return place
    if before.status in EXPECTED and wanted.status in EXPECTED and _other_doctor(before, wanted):
        busy = refuse_doctor(state, visit)
        if busy is not None:
            return busy
    if place is None:
        return wanted
    return attrs.evolve(
        wanted,
        calendar_id=place.calendar_id,
        date=day_of(state, visit),
        duration_minutes=visit.duration_minutes,
        session=place.session,
        batch=place.batch,
    )


def _visit(state: State, command: UpdateAppointment, before: Appointment, wanted: Appointment, *, fresh: bool) -> Visit:
    """``fresh`` when the time is new or the appointment is: then the service has its present duration."""
    service = state.service(before.service_id)
    return Visit(
        service=service,
        branch_id=before.branch_id,
        start=wanted.start,
        duration_minutes=service.duration_minutes if fresh else before.duration_minutes,
        session=_or(command.session, None),
        batch=_or(command.batch, None),
        doctor=wanted.assigned_doctor,
        channel=before.booked_via,
        phone_key=before.phone_key,
        patient_name=before.patient_name,
        own=before,
        relabels=not fresh,
    )


def _refuse_revival(state: State, before: Appointment) -> Answer | None:
    """The reference, then steps 3 to 5 of SPEC §6, asked of what was cancelled (SPEC U4)."""
    holder = state.holder_of(before.external_reference_id)
    if holder is not None:
        return refused(RejectionCode.DUPLICATE_BOOKING, Reason.REFERENCE, existing=holder.appointment_id)
    disabled = refuse_disabled(state)
    if disabled is not None:
        return disabled
    if state.service(before.service_id).retired:
        return refused(RejectionCode.INVALID_APPOINTMENT_TYPE)
    return invalid("branch_id") if isinstance(find_branch(state, before.branch_id), Answer) else None


def _other_doctor(before: Appointment, wanted: Appointment) -> bool:
    was, will_be = before.assigned_doctor, wanted.assigned_doctor
    return will_be is not None and (was is None or folded(was) != folded(will_be))


def _event_class(before: Appointment, after: Appointment) -> type[events.Event]:
    if before.status is _CANCELLED and after.status is _CONFIRMED:
        return events.AppointmentRevived
    if after.start != before.start:
        return events.AppointmentRescheduled
    if after.status is before.status:
        return events.AppointmentUpdated
    return {
        _CONFIRMED: events.AppointmentConfirmed,
        _COMPLETED: events.AppointmentCompleted,
        _CANCELLED: events.AppointmentCancelled,
    }[after.status]
