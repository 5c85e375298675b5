"""What a refusal says, all of it and word for word: an agent reads it aloud (SPEC §6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from properties.support import (
    AI,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    MONDAY,
    Clinic,
    Clock,
    at,
    clinic,
    monday,
    window,
)

from booking_engine import (
    AddBranch,
    AddService,
    AppointmentQuery,
    AppointmentsQuery,
    AvailabilityQuery,
    CloseBranch,
    ConfigureOrganisation,
    OverrideTracking,
    Reason,
    Rejection,
    RejectionCode,
    ReopenBranch,
    Session,
    TrackingQuery,
    UpdateAppointment,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
    WindowStatus,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.domain.problem import FieldProblem

UNAVAILABLE, FULL = RejectionCode.OUTSIDE_AVAILABILITY, RejectionCode.SLOT_FULL
DUPLICATE = RejectionCode.DUPLICATE_BOOKING


def one(**fields: Any) -> Clinic:
    return clinic(window(ai_slots=1, max_slots=2), **fields)


def test_booking_is_off() -> None:
    assert one(enabled=False).refused_booking(monday("09:00")) == Rejection(
        code=RejectionCode.BOOKING_DISABLED, message="Booking is switched off for this organisation."
    )


def test_no_such_service() -> None:
    expected = Rejection(
        code=RejectionCode.INVALID_APPOINTMENT_TYPE, message="appointment_type matches no configured service."
    )
    made = one()
    assert made.refused_booking(monday("09:00"), appointment_type="surgery") == expected
    assert made.refused(AvailabilityQuery(date=MONDAY, appointment_type="surgery")) == expected
    booked = made.book(monday("09:00"))
    made.cancel(booked)
    made.engine.update_service(UpdateService(service_id="checkup", retired=True))
    assert made.refused_update(booked, status=CONFIRMED) == expected


def test_no_such_branch() -> None:
    hint = "send one of: main, north"
    made = one(branches=("main", "north", "old"))
    made.engine.update_branch(UpdateBranch(branch_id="old", retired=True))
    unknown = FieldProblem("branch_id", "is not a branch of this organisation", hint)
    for branch_id in ("west", "old"):
        assert made.refused_booking(monday("09:00"), branch_id=branch_id).fields == (unknown,)
    assert made.refused(window("x", branch_id="west")).fields == (unknown,)
    missing = made.refused_booking(monday("09:00"))
    assert missing == Rejection(
        code=RejectionCode.VALIDATION_ERROR,
        message="Invalid: branch_id.",
        fields=(FieldProblem("branch_id", "is missing and there are several branches", hint),),
    )
    # A page may be read of a branch that is retired.
    read = FieldProblem("branch_id", "is not a branch of this organisation", "send one of: main, north, old")
    for query in (
        AvailabilityQuery(date=MONDAY, branch_id="west"),
        TrackingQuery(date=MONDAY, branch_id="west"),
        AppointmentsQuery(branch_id="west"),
    ):
        assert made.refused(query).fields == (read,)


def test_no_branch_at_all() -> None:
    none = clinic(branches=()).refused_booking(monday("09:00")).fields
    assert none == (FieldProblem("branch_id", "cannot be chosen", "the organisation has no branch yet"),)


def test_the_past_and_the_horizon() -> None:
    made = one(min_notice_hours=48, max_advance_booking_days=30)
    assert made.refused_booking(at("2026-06-01T08:00")) == Rejection(
        code=RejectionCode.PAST_APPOINTMENT, message="appointment_date is in the past."
    )
    assert made.refused_booking(at("2026-06-03T07:59")) == Rejection(
        code=UNAVAILABLE,
        reason=Reason.MIN_NOTICE,
        message="Bookings need 48 hours of notice.",
        earliest=at("2026-06-03T08:00"),
    )
    assert made.refused_booking(at("2026-07-02T00:00")) == Rejection(
        code=UNAVAILABLE,
        reason=Reason.BEYOND_HORIZON,
        message="Bookings are taken up to 30 days ahead, until 2026-07-01.",
        latest=date(2026, 7, 1),
    )


def test_no_window_and_a_closed_one() -> None:
    made = one()
    assert made.refused_booking(monday("11:00")) == Rejection(
        code=UNAVAILABLE,
        reason=Reason.NO_WINDOW,
        message="appointment_date falls within no calendar window of that branch, service, session and batch.",
    )
    made.engine.update_window(UpdateWindow(slot_id="w", status=WindowStatus.CLOSED))
    assert made.refused_booking(monday("09:00")) == Rejection(
        code=RejectionCode.SLOT_INACTIVE, message="The window is closed."
    )


def test_a_duplicate_and_a_reference_that_is_taken() -> None:
    made = clinic(window(ai_slots=5))
    booked = made.book(monday("09:00"), external_reference_id="R")
    assert made.refused_booking(monday("10:00")) == Rejection(
        code=DUPLICATE,
        message="This phone number already has an appointment of that type on that date.",
        existing_appointment_id=booked.appointment_id,
    )
    made.cancel(booked)
    other = made.book(monday("10:00"), "+912", external_reference_id="R")
    assert made.refused_update(booked, status=CONFIRMED) == Rejection(
        code=DUPLICATE,
        reason=Reason.REFERENCE,
        message="Another appointment holds this external_reference_id now.",
        existing_appointment_id=other.appointment_id,
    )


def test_a_busy_doctor() -> None:
    made = clinic(window(ai_slots=5), buffer_time_minutes=15)
    made.book(monday("09:00"), assigned_doctor="Dr Rao")
    assert made.refused_booking(monday("09:14"), "+912", assigned_doctor="dr rao") == Rejection(
        code=FULL,
        reason=Reason.DOCTOR_BUSY,
        message="assigned_doctor has another appointment too near to that time.",
    )


def test_no_place() -> None:
    made = one()
    made.book(monday("09:00"), "+911", channel=AI)
    assert made.refused_booking(monday("09:00"), "+912", channel=AI) == Rejection(
        code=FULL,
        reason=Reason.AI_QUOTA,
        message="The places for the AI agent are taken; staff can still book.",
    )
    made.book(monday("09:00"), "+912")
    assert made.refused_booking(monday("09:00"), "+913") == Rejection(
        code=FULL, reason=Reason.CAPACITY, message="The window has no place left."
    )


def test_an_appointment_that_has_ended() -> None:
    made = clinic(window(ai_slots=5))
    booked = made.book(monday("09:00"))
    made.update(booked, status=COMPLETED)
    invalid = RejectionCode.INVALID_TRANSITION
    assert made.refused_update(booked, status=CANCELLED) == Rejection(
        code=invalid, message="An appointment that is completed cannot become cancelled."
    )
    assert made.refused_update(booked, session=Session.EVENING) == Rejection(
        code=invalid, message="An appointment that is completed cannot be moved."
    )


@pytest.mark.parametrize(
    ("policy", "code", "what", "change"),
    [
        ("cancellation", RejectionCode.CANCELLATION_NOT_ALLOWED, "Cancelling", {"status": CANCELLED}),
        ("reschedule", RejectionCode.RESCHEDULE_NOT_ALLOWED, "Rescheduling", {"appointment_date": monday("10:00")}),
    ],
)
def test_policy(policy: str, code: RejectionCode, what: str, change: dict[str, Any]) -> None:
    made = one(**{f"{policy}_notice_hours": 24})
    booked = made.book(monday("09:00"))
    made.clock.now = at("2026-06-14T09:00:01")
    assert made.refused_update(booked, **change) == Rejection(
        code=code,
        reason=Reason.NOTICE,
        message=f"{what} needs 24 hours of notice.",
        latest=at("2026-06-14T09:00"),
    )
    made.configure(**{f"allow_{policy}": False})
    assert made.refused_update(booked, **change) == Rejection(
        code=code, reason=Reason.DISABLED, message=f"{what} is switched off for this organisation."
    )


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (UpdateAppointment(appointment_id="x", notes="n"), "Appointment"),
        (AppointmentQuery(appointment_id="x"), "Appointment"),
        (UpdateBranch(branch_id="x", name="X"), "Branch"),
        (CloseBranch(branch_id="x", first_date=MONDAY, last_date=MONDAY), "Branch"),
        (UpdateService(service_id="x", name="X"), "Service"),
        (UpdateWindow(slot_id="x", ai_slots=1), "Slot"),
        (OverrideTracking(slot_id="x||2026-06-15", ai_slots=1), "Slot"),
        (OverrideTracking(slot_id="w||2026-06-15||x", ai_slots=1), "Slot"),
        (ReopenBranch(closure_id="x"), "Closure"),
    ],
)
def test_what_is_not_there(ask: Any, what: str) -> None:
    assert one().refused(ask) == Rejection(code=RejectionCode.NOT_FOUND, message=f"{what} not found.")


NOT_HERE = "send another id, or update that"


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (AddBranch(branch_id="main", name="Other"), ("branch_id", "is taken", f"{NOT_HERE} branch")),
        (AddBranch(branch_id="b", name=" MAIN "), ("name", "is the name of another branch", "send another name")),
        (AddService(service_id="CHECKUP", name="Other"), ("service_id", "is taken", f"{NOT_HERE} service")),
        (AddService(service_id="checkup", name="Other"), ("service_id", "is taken", f"{NOT_HERE} service")),
        (
            AddService(service_id="s", name="CheckUp"),
            ("name", "is the name or id of another service", "send another name"),
        ),
        (
            AddService(service_id="s", name="Dental"),
            ("name", "is the name or id of another service", "send another name"),
        ),
        (AddService(service_id="Teeth", name="T"), ("service_id", "is the name of another service", "send another id")),
        (window("w"), ("calendar_id", "is taken", "send another id, or update that window")),
        (
            window("x", appointment_type_id="surgery"),
            ("appointment_type_id", "is not a configured service", "send a service_id"),
        ),
        (
            ConfigureOrganisation(hold_seconds=601, hold_max_seconds=600),
            ("hold_seconds", "exceeds hold_max_seconds", "send at most hold_max_seconds"),
        ),
        (
            ConfigureOrganisation(default_region="IN"),
            (
                "default_region",
                "is not known to the engine's phone normaliser",
                "install booking-engine[phone] and give the engine phones=E164Phones()",
            ),
        ),
        (
            OverrideTracking(slot_id="w", ai_slots=1),
            ("slot_id", "names no date", "send calendar_id||YYYY-MM-DD, or with ||service_id"),
        ),
        (
            OverrideTracking(slot_id="w||2026-06-16", ai_slots=1),
            ("slot_id", "names a date that the window does not have", "the window is on mondays"),
        ),
        (
            OverrideTracking(slot_id="t||2026-06-15||checkup", ai_slots=1),
            ("slot_id", "names a service that the window is not for", "leave the third segment out"),
        ),
        (
            CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY, only=frozenset()),
            ("only", "contains no date of the range", "send a set of dates, some of them in it"),
        ),
    ],
)
def test_a_setup_that_does_not_go_together(ask: Any, problem: tuple[str, str, str]) -> None:
    made = clinic(window(ai_slots=1))
    made.engine.add_service(AddService(service_id="dental", name="Teeth"))
    made.engine.create_window(window("t", appointment_type_id="dental"))
    assert made.refused(ask) == Rejection(
        code=RejectionCode.VALIDATION_ERROR, message=f"Invalid: {problem[0]}.", fields=(FieldProblem(*problem),)
    )


def test_a_window_may_have_more_than_one_problem() -> None:
    refused = one().refused(window("w", branch_id="west", appointment_type_id="surgery"))
    assert [problem.field for problem in refused.fields] == ["branch_id", "appointment_type_id", "calendar_id"]
    assert refused.message == "Invalid: branch_id, appointment_type_id, calendar_id."


def test_services_that_share_places_have_none_of_their_own() -> None:
    made = one(capacity_scope="shared")
    hint = "services share this capacity: send calendar_id||YYYY-MM-DD"
    ask = OverrideTracking(slot_id="w||2026-06-15||checkup", max_slots=1, ai_slots=1)
    assert made.refused(ask).fields == (
        FieldProblem("max_slots", "cannot be given for one service", hint),
        FieldProblem("ai_slots", "cannot be given for one service", hint),
    )
    for_all = OverrideTracking(slot_id="w||2026-06-15", max_slots=1, ai_slots=1)
    assert made.engine.override_tracking(for_all).record.max_slots == 1


def test_a_zone_is_the_first_thing_that_an_organisation_has() -> None:
    made = Clinic(MemoryStore(), Clock())
    assert made.refused(ConfigureOrganisation(name="Sunrise")).fields == (
        FieldProblem("timezone", "is missing", 'send an IANA name, e.g. "Asia/Kolkata"'),
    )


class Stubborn:
    def __contains__(self, day: object) -> bool:
        raise RuntimeError


def test_dates_that_cannot_be_asked() -> None:
    ask = CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY, only=Stubborn())
    assert one().refused(ask).fields == (FieldProblem("only", "cannot be asked for dates", "send a set of dates"),)
