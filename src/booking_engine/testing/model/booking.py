"""Booking, step by step as SPEC §6 lists them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from booking_engine.commands import BookAppointment, ConfirmHold
from booking_engine.domain import events
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.rejection import RejectionCode
from booking_engine.testing.model.alternatives import alternatives_to
from booking_engine.testing.model.answer import Answer, refused
from booking_engine.testing.model.state import State, folded
from booking_engine.testing.model.visit import (
    Visit,
    admit,
    day_of,
    find_branch,
    refuse_disabled,
    refuse_time,
    refuse_windows,
)


def book(state: State, command: BookAppointment, now: datetime, new_id: str) -> Answer:
    """Answer a booking whose shape is right, and remember it when it is accepted."""
    phone_key = state.phones.key(command.parent_phone, state.configuration.default_region)
    standing = state.holder_of(command.external_reference_id)
    if standing is not None:
        return Answer(record=standing, replayed=True, differences=_differences(state, command, phone_key, standing))
    disabled = refuse_disabled(state)
    if disabled is not None:
        return disabled
    service = state.service_named(command.appointment_type)
    if service is None:
        return refused(RejectionCode.INVALID_APPOINTMENT_TYPE)
    branch_id = find_branch(state, command.branch_id)
    if isinstance(branch_id, Answer):
        return branch_id
    visit = Visit(
        service=service,
        branch_id=branch_id,
        start=command.appointment_date,
        duration_minutes=service.duration_minutes,
        session=command.session,
        batch=command.batch,
        doctor=command.assigned_doctor,
        channel=command.channel,
        phone_key=phone_key,
        patient_name=command.patient_name,
    )
    refusal = refuse_time(state, visit.start, now) or refuse_windows(state, visit)
    place = refusal or admit(state, visit)
    if isinstance(place, Answer):
        return attrs.evolve(place, alternatives=alternatives_to(state, visit, command.alternatives, now))
    appointment = Appointment(
        appointment_id=f"appt_{new_id}",
        service_id=service.service_id,
        branch_id=branch_id,
        calendar_id=place.calendar_id,
        start=visit.start,
        duration_minutes=visit.duration_minutes,
        date=day_of(state, visit),
        session=place.session,
        batch=place.batch,
        patient_name=command.patient_name,
        parent_phone=command.parent_phone,
        phone_key=phone_key,
        assigned_doctor=command.assigned_doctor,
        notes=command.notes,
        status=AppointmentStatus.CONFIRMED,
        external_reference_id=command.external_reference_id,
        booked_via=command.channel,
        created_at=now,
        updated_at=now,
    )
    return booked(state, command, appointment, now, new_id)


def booked(
    state: State, command: BookAppointment | ConfirmHold, appointment: Appointment, now: datetime, new_id: str
) -> Answer:
    """Remember a new appointment."""
    event = events.AppointmentBooked(
        event_id=new_id,
        org_id=state.organisation.org_id,
        subject_id=appointment.appointment_id,
        version=1,
        at=now,
        channel=command.channel,
        actor=command.actor,
        record=appointment,
    )
    state.put_appointment(appointment, None)
    state.events.append(event)
    return Answer(record=appointment, events=(event,))


def _differences(state: State, command: BookAppointment, phone_key: str, standing: Appointment) -> tuple[str, ...]:
    """The fields that a retry gives otherwise than the appointment has them (SPEC §6.2)."""
    same = names_service(state, command.appointment_type, standing.service_id)
    given = {
        "appointment_type": (same, True),
        "appointment_date": (command.appointment_date, standing.start),
        "patient_name": (command.patient_name, standing.patient_name),
        "parent_phone": (phone_key, standing.phone_key),
        "branch_id": (command.branch_id, standing.branch_id),
        "session": (command.session, standing.session),
        "batch": (command.batch, standing.batch),
        "assigned_doctor": (command.assigned_doctor, standing.assigned_doctor),
        "notes": (command.notes, standing.notes),
    }
    return differing_fields(given)


def differing_fields(given: Mapping[str, tuple[object, object]]) -> tuple[str, ...]:
    """The names of the fields that were asked for, and otherwise than they are."""
    return tuple(name for name, (asked, has) in given.items() if asked is not None and asked != has)


def names_service(state: State, text: str, service_id: str) -> bool:
    """Whether a text names this service; one that was retired meanwhile still answers to its id and name."""
    asked_for = state.service_named(text)
    if asked_for is not None:
        return asked_for.service_id == service_id
    service = state.service(service_id)
    return folded(text) in (folded(service.service_id), folded(service.name))
