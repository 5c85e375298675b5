"""Holding a place for a caller, read off SPEC H1. Holds that have ended are not in the list any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from booking_engine import commands as c
from booking_engine.domain import events
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.hold import Hold
from booking_engine.domain.rejection import RejectionCode
from booking_engine.testing.model.answer import Answer, refused
from booking_engine.testing.model.booking import booked, differing_fields, names_service
from booking_engine.testing.model.changing import changed_fields
from booking_engine.testing.model.state import State
from booking_engine.testing.model.visit import (
    Visit,
    admit,
    day_of,
    find_branch,
    refuse_disabled,
    refuse_doctor,
    refuse_duplicate,
    refuse_time,
    refuse_windows,
)


def hold(state: State, command: c.HoldPlace, now: datetime, new_id: str) -> Answer:
    """Keep a place, or put it elsewhere when the same holder has one."""
    before = next((each for each in state.holds if each.holder == command.holder), None)
    if before is not None and _is_the_same_wish(state, command, before):
        return Answer(record=before, replayed=True)
    disabled = refuse_disabled(state)
    if disabled is not None:
        return disabled
    service = state.service_named(command.appointment_type)
    if service is None:
        return refused(RejectionCode.INVALID_APPOINTMENT_TYPE)
    branch_id = find_branch(state, command.branch_id)
    if isinstance(branch_id, Answer):
        return branch_id
    region = state.configuration.default_region
    visit = Visit(
        service=service,
        branch_id=branch_id,
        start=command.appointment_date,
        duration_minutes=service.duration_minutes,
        session=command.session,
        batch=command.batch,
        doctor=command.assigned_doctor,
        channel=command.channel if before is None else before.channel,
        phone_key=None if command.parent_phone is None else state.phones.key(command.parent_phone, region),
        patient_name=command.patient_name or "",
        held=before,
    )
    refusal = refuse_time(state, visit.start, now) or refuse_windows(state, visit)
    place = refusal or admit(state, visit)
    if isinstance(place, Answer):
        return place
    after = Hold(
        hold_id=f"hold_{new_id}",
        holder=command.holder,
        service_id=service.service_id,
        branch_id=branch_id,
        calendar_id=place.calendar_id,
        start=visit.start,
        duration_minutes=visit.duration_minutes,
        date=day_of(state, visit),
        session=place.session,
        batch=place.batch,
        channel=visit.channel,
        created_at=now,
        ends_at=now + timedelta(seconds=state.configuration.hold_seconds),
    )
    return _put(state, command, events.PlaceHeld, before, after, now, new_id)


def extend(state: State, command: c.ExtendHold, now: datetime, new_id: str) -> Answer:
    """Never beyond the utmost, and never back."""
    before = _with_id(state, command.hold_id)
    if before is None:
        return refused(RejectionCode.HOLD_ENDED)
    configuration = state.configuration
    ends_at = now + timedelta(seconds=configuration.hold_seconds)
    utmost = before.created_at + timedelta(seconds=configuration.hold_max_seconds)
    ends_at = min(ends_at, utmost)
    if ends_at <= before.ends_at:
        return Answer(record=before, replayed=True)
    after = attrs.evolve(before, ends_at=ends_at, version=before.version + 1)
    return _put(state, command, events.HoldExtended, before, after, now, new_id)


def release(state: State, command: c.ReleaseHold, now: datetime, new_id: str) -> Answer:
    """What does not run is left alone."""
    before = _with_id(state, command.hold_id)
    if before is None:
        return Answer()
    after = attrs.evolve(before, ends_at=now, version=before.version + 1)
    answer = _put(state, command, events.HoldReleased, before, after, now, new_id)
    state.holds.remove(after)
    return answer


def confirm(state: State, command: c.ConfirmHold, now: datetime, new_id: str) -> Answer:
    """Steps 1 to 6, 9 and 10; the place is kept."""
    phone_key = state.phones.key(command.parent_phone, state.configuration.default_region)
    kept, standing = _with_id(state, command.hold_id), state.holder_of(command.external_reference_id)
    if standing is not None:
        return Answer(record=standing, replayed=True, differences=_differences(command, phone_key, kept, standing))
    if kept is None:
        return refused(RejectionCode.HOLD_ENDED)
    disabled = refuse_disabled(state)
    if disabled is not None:
        return disabled
    service = state.service(kept.service_id)
    if service.retired:
        return refused(RejectionCode.INVALID_APPOINTMENT_TYPE)
    branch_id = find_branch(state, kept.branch_id)
    if isinstance(branch_id, Answer):
        return branch_id
    if kept.start <= now:
        return refused(RejectionCode.PAST_APPOINTMENT)
    visit = Visit(
        service=service,
        branch_id=branch_id,
        start=kept.start,
        duration_minutes=kept.duration_minutes,
        session=None,
        batch=None,
        doctor=command.assigned_doctor,
        channel=kept.channel,
        phone_key=phone_key,
        patient_name=command.patient_name,
    )
    refusal = refuse_duplicate(state, visit) or refuse_doctor(state, visit)
    if refusal is not None:
        return refusal
    state.holds.remove(kept)
    appointment = Appointment(
        appointment_id=f"appt_{new_id}",
        service_id=kept.service_id,
        branch_id=kept.branch_id,
        calendar_id=kept.calendar_id,
        start=kept.start,
        duration_minutes=kept.duration_minutes,
        date=kept.date,
        session=kept.session,
        batch=kept.batch,
        patient_name=command.patient_name,
        parent_phone=command.parent_phone,
        phone_key=phone_key,
        assigned_doctor=command.assigned_doctor,
        notes=command.notes,
        status=AppointmentStatus.CONFIRMED,
        external_reference_id=command.external_reference_id,
        booked_via=kept.channel,
        created_at=now,
        updated_at=now,
    )
    return booked(state, command, appointment, now, new_id)


def _with_id(state: State, hold_id: str) -> Hold | None:
    return next((each for each in state.holds if each.hold_id == hold_id), None)


def _is_the_same_wish(state: State, command: c.HoldPlace, before: Hold) -> bool:
    """The same service and instant, and nothing else than what it has."""
    return (
        names_service(state, command.appointment_type, before.service_id)
        and command.appointment_date == before.start
        and command.branch_id in (None, before.branch_id)
        and command.session in (None, before.session)
        and command.batch in (None, before.batch)
    )


def _differences(command: c.ConfirmHold, phone_key: str, kept: Hold | None, standing: Appointment) -> tuple[str, ...]:
    """The fields that a retry gives otherwise than the appointment has them; those of the hold while it runs."""
    return differing_fields(
        {
            "appointment_type": (kept and kept.service_id, standing.service_id),
            "appointment_date": (kept and kept.start, standing.start),
            "patient_name": (command.patient_name, standing.patient_name),
            "parent_phone": (phone_key, standing.phone_key),
            "branch_id": (kept and kept.branch_id, standing.branch_id),
            "assigned_doctor": (command.assigned_doctor, standing.assigned_doctor),
            "notes": (command.notes, standing.notes),
        }
    )


def _put(
    state: State,
    command: c.HoldPlace | c.ExtendHold | c.ReleaseHold,
    kind: type[events.Event],
    before: Hold | None,
    after: Hold,
    now: datetime,
    new_id: str,
) -> Answer:
    """Remember a hold in the place of what its holder has."""
    if before is not None:
        state.holds.remove(before)
    state.holds.append(after)
    event = kind(
        event_id=new_id,
        org_id=state.organisation.org_id,
        subject_id=after.hold_id,
        version=after.version,
        at=now,
        channel=command.channel,
        actor=command.actor,
        record=after,
        changes=() if before is None else changed_fields(before, after),
    )
    state.events.append(event)
    return Answer(record=after, events=(event,))
