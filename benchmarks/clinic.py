"""The clinic of the workload, set up in our engine; see ``workload``."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import workload
from workload import Request

from booking_engine import (
    AddBranch,
    AddService,
    Alternative,
    AvailabilityRow,
    BookAppointment,
    BookingEngine,
    Channel,
    ConfigureOrganisation,
    CreateWindow,
    OverrideTracking,
    Session,
    TrackingQuery,
    Weekday,
)
from booking_engine.domain.slotid import SlotId
from booking_engine.ports import Store

SESSIONS = (Session.MORNING, Session.MORNING, Session.AFTERNOON, Session.AFTERNOON, Session.EVENING)
MAIN_BRANCH = "main"
WINDOWS_A_BRANCH = len(Weekday) * len(SESSIONS)
FIRST = workload.SERVICES[0]
_WISHED = datetime.combine(workload.FIRST_DATE, time(workload.HOURS[0], 30), ZoneInfo(workload.ZONE))
PAGE_ROWS = workload.PAGE_DATES * len(workload.HOURS)


def clock() -> datetime:
    """The instant of every decision."""
    return workload.NOW


def empty(
    store: Store,
    *,
    max_slots: int = workload.MAX_SLOTS,
    ai_slots: int = workload.AI_SLOTS,
    windows: int = WINDOWS_A_BRANCH,
) -> BookingEngine:
    """The clinic before its first appointment. A branch holds a week of windows; more of them make more branches."""
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
    for name in workload.SERVICES:
        engine.add_service(AddService(name=name, duration_minutes=workload.DURATION_MINUTES))
    week = [(day, *of_day) for day in Weekday for of_day in zip(workload.HOURS, SESSIONS, strict=True)]
    for first in range(0, windows, WINDOWS_A_BRANCH):
        branch_id = MAIN_BRANCH if first == 0 else f"branch-{first // WINDOWS_A_BRANCH}"
        engine.add_branch(AddBranch(name=branch_id, branch_id=branch_id))
        for day, hour, session in week[: windows - first]:
            engine.create_window(
                CreateWindow(
                    branch_id=branch_id,
                    day=day,
                    session=session,
                    start_time=f"{hour:02d}:00",
                    end_time=f"{hour + workload.WINDOW_HOURS:02d}:00",
                    max_slots=max_slots,
                    ai_slots=ai_slots,
                )
            )
    return engine


def with_appointments(
    size: int, store: Store, *, max_slots: int = workload.MAX_SLOTS, ai_slots: int = workload.AI_SLOTS
) -> BookingEngine:
    """The clinic with the first ``size`` requests booked through the engine, each with a doctor and a reference."""
    engine = empty(store, max_slots=max_slots, ai_slots=ai_slots)
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


def with_full_windows(size: int, full_dates: int, store: Store) -> BookingEngine:
    """The clinic with ``size`` appointments and no place left for its first service.

    In the first window of the first date, or for ``full_dates`` above 1 in any window of so many dates.
    """
    engine = with_appointments(size, store)
    fill(engine, full_dates)
    return engine


def fill(engine: BookingEngine, full_dates: int = 1) -> None:
    """Leave no place for the first service: see ``with_full_windows``."""
    days = [workload.FIRST_DATE + timedelta(days=number) for number in range(full_dates)]
    for record in [each for day in days for each in engine.tracking(TrackingQuery(date=day, appointment_type=FIRST))]:
        if full_dates > 1 or record.window.start_time == f"{workload.HOURS[0]:02d}:00":
            filled = record.counts.filled
            override = OverrideTracking(slot_id=str(SlotId(*record.key)), max_slots=filled, ai_slots=filled)
            engine.override_tracking(override)


def alternatives(engine: BookingEngine) -> tuple[Alternative, ...]:
    """What the agent offers to somebody who wished for half past the first hour of the first date."""
    return engine.alternatives(FIRST, _WISHED, channel=Channel.AI_AGENT)


def elsewhere_on_the_first_date(number: int) -> BookAppointment:
    """A booking of another service in the last window of that date."""
    return BookAppointment(
        appointment_type=workload.SERVICES[1],
        appointment_date=_WISHED + timedelta(hours=workload.HOURS[-1] - workload.HOURS[0]),
        patient_name="Somebody",
        parent_phone=f"+9197{number:08d}",
        channel=Channel.STAFF,
    )


def page(engine: BookingEngine) -> tuple[AvailabilityRow, ...]:
    """The availability of thirty days, 150 rows."""
    return engine.availability(workload.FIRST_DATE, until=workload.PAGE_LAST_DATE)
