"""The material of the cases: a small clinic's records, and appointments to put into it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.branch import Branch
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import CapacityScope, Configuration
from booking_engine.domain.service import Service
from booking_engine.domain.window import CalendarWindow, Session, Weekday

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
MONDAY = date(2026, 6, 15)
NEXT_MONDAY = MONDAY + timedelta(days=7)
NINE = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
POLICY = Configuration(timezone="UTC", min_notice_hours=0, cancellation_notice_hours=0)
SHARED = attrs.evolve(POLICY, capacity_scope=CapacityScope.SHARED)

MAIN = Branch(branch_id="branch-main", name="Main")
CHECKUP = Service(service_id="service-checkup", name="General Checkup")
VACCINATION = Service(service_id="service-vaccination", name="Vaccination", duration_minutes=15)


def window(calendar_id: str, **changes: Any) -> CalendarWindow:
    """A window on Monday morning with 20 places, 10 of them for the AI agent."""
    return attrs.evolve(
        CalendarWindow(
            calendar_id=calendar_id,
            branch_id=MAIN.branch_id,
            day=Weekday.MONDAY,
            session=Session.MORNING,
            start_time="09:00",
            end_time="11:00",
            max_slots=20,
            ai_slots=10,
            created_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


FIRST, SECOND = window("window-first"), window("window-second", batch="MB", version=7)


def visit(name: str, **changes: Any) -> Appointment:
    """An appointment on Monday at nine; ``name``, a few letters and digits, makes its id and its phone."""
    return attrs.evolve(
        Appointment(
            appointment_id=f"appt_{name:0>26}",
            service_id=CHECKUP.service_id,
            branch_id=MAIN.branch_id,
            calendar_id=FIRST.calendar_id,
            start=NINE,
            duration_minutes=0,
            date=MONDAY,
            session=Session.MORNING,
            batch=None,
            patient_name=f"Patient {name}",
            parent_phone=f"+91 98 {name}",
            phone_key=f"+9198{name}",
            assigned_doctor=None,
            notes=None,
            status=AppointmentStatus.CONFIRMED,
            external_reference_id=None,
            booked_via=Channel.API,
            created_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


def week_later(name: str, **changes: Any) -> Appointment:
    """The same appointment on the Monday after."""
    return visit(name, date=NEXT_MONDAY, start=NINE + timedelta(days=7), **changes)


def following(appointment: Appointment, **changes: Any) -> Appointment:
    """The next version of an appointment."""
    return attrs.evolve(appointment, version=appointment.version + 1, **changes)


def cancelled(appointment: Appointment) -> Appointment:
    """The appointment, cancelled."""
    return following(appointment, status=AppointmentStatus.CANCELLED)


def held(name: str, **changes: Any) -> Hold:
    """A hold of a place on Monday at nine, for five minutes from ``NOW``; ``name`` makes its id and its holder."""
    return attrs.evolve(
        Hold(
            hold_id=f"hold_{name:0>26}",
            holder=f"call-{name}",
            service_id=CHECKUP.service_id,
            branch_id=MAIN.branch_id,
            calendar_id=FIRST.calendar_id,
            start=NINE,
            duration_minutes=0,
            date=MONDAY,
            session=Session.MORNING,
            batch=None,
            channel=Channel.API,
            created_at=NOW,
            ends_at=NOW + timedelta(minutes=5),
        ),
        **changes,
    )


def same_hold(hold: Hold) -> Hold:
    """Files a hold as it was."""
    return hold


KEY = visit("").tracking_key
"""Where a visit is counted, unless it says otherwise."""
SECOND_KEY = KEY._replace(calendar_id=SECOND.calendar_id)
"""Where a visit to the second window is counted."""
