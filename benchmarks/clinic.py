"""The clinic of the workload, set up in our engine; see ``workload``."""

from __future__ import annotations

from datetime import datetime

import workload
from workload import Request

from booking_engine import (
    AddBranch,
    AddService,
    AvailabilityRow,
    BookAppointment,
    BookingEngine,
    Channel,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    Weekday,
)
from booking_engine.ports import Store

SESSIONS = (Session.MORNING, Session.MORNING, Session.AFTERNOON, Session.AFTERNOON, Session.EVENING)
PAGE_ROWS = workload.PAGE_DATES * len(workload.HOURS)


def clock() -> datetime:
    """The instant of every decision."""
    return workload.NOW


def empty(store: Store) -> BookingEngine:
    """The clinic before its first appointment."""
    engine = BookingEngine(store, clock=clock)
    engine.configure(
        ConfigureOrganisation(
            name="Sunrise Clinic",
            timezone=workload.ZONE,
            buffer_time_minutes=workload.BUFFER_MINUTES,
            min_notice_hours=workload.MIN_NOTICE_HOURS,
            max_advance_booking_days=workload.HORIZON_DAYS,
        )
    )
    branch = engine.add_branch(AddBranch(name="Main")).record
    for name in workload.SERVICES:
        engine.add_service(AddService(name=name, duration_minutes=workload.DURATION_MINUTES))
    for day in Weekday:
        for hour, session in zip(workload.HOURS, SESSIONS, strict=True):
            engine.create_window(
                CreateWindow(
                    branch_id=branch.branch_id,
                    day=day,
                    session=session,
                    start_time=f"{hour:02d}:00",
                    end_time=f"{hour + workload.WINDOW_HOURS:02d}:00",
                    max_slots=workload.MAX_SLOTS,
                    ai_slots=workload.AI_SLOTS,
                )
            )
    return engine


def with_appointments(size: int, store: Store) -> BookingEngine:
    """The clinic with the first ``size`` requests booked through the engine, each with a doctor and a reference."""
    engine = empty(store)
    for number in range(size):
        asked = workload.request(number)
        channel = Channel.STAFF if number % 2 else Channel.AI_AGENT
        engine.book(
            BookAppointment(
                appointment_type=asked.service,
                appointment_date=asked.start,
                patient_name=asked.patient,
                parent_phone=asked.phone,
                assigned_doctor=f"Dr. {asked.doctor}",
                external_reference_id=asked.reference,
                channel=channel,
            )
        )
    return engine


def plain(asked: Request) -> BookAppointment:
    """A booking by the AI agent: the channel with the most rules."""
    return BookAppointment(
        appointment_type=asked.service,
        appointment_date=asked.start,
        patient_name=asked.patient,
        parent_phone=asked.phone,
        channel=Channel.AI_AGENT,
    )


def with_reference(asked: Request) -> BookAppointment:
    """The same with a reference, so that a retry is recognised."""
    return BookAppointment(
        appointment_type=asked.service,
        appointment_date=asked.start,
        patient_name=asked.patient,
        parent_phone=asked.phone,
        external_reference_id=asked.reference,
        channel=Channel.AI_AGENT,
    )


def with_doctor(asked: Request) -> BookAppointment:
    """The same with a doctor too, whose gaps are kept."""
    return BookAppointment(
        appointment_type=asked.service,
        appointment_date=asked.start,
        patient_name=asked.patient,
        parent_phone=asked.phone,
        assigned_doctor=f"Dr. {asked.doctor}",
        external_reference_id=asked.reference,
        channel=Channel.AI_AGENT,
    )


CASES = {"plain": plain, "reference": with_reference, "reference and doctor": with_doctor}


def page(engine: BookingEngine) -> tuple[AvailabilityRow, ...]:
    """The availability of thirty days, 150 rows."""
    return engine.availability(workload.FIRST_DATE, until=workload.PAGE_LAST_DATE)
