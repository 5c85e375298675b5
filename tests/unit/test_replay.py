"""SPEC §6.2 by examples: what a retry gives otherwise is named, and the reference goes before every refusal."""

from __future__ import annotations

from datetime import date

from properties.support import CANCELLED, CONFIRMED, MONDAY, Clinic, clinic, monday, request, why, window

from booking_engine import (
    AddService,
    BookAppointment,
    OverrideTracking,
    Reason,
    RejectionCode,
    Session,
    UpdateBranch,
    UpdateService,
    WindowStatus,
)


def two_of_everything() -> Clinic:
    return clinic(
        window(ai_slots=5, batch_name="A"), branches=("main", "north"), services=("checkup", "scan"), duration_minutes=5
    )


def standing() -> BookAppointment:
    return request(
        monday("09:00"),
        branch_id="main",
        session=Session.MORNING,
        batch="A",
        assigned_doctor="Dr Rao",
        notes="n",
        external_reference_id="R",
    )


def test_a_retry_that_gives_everything_otherwise_is_told_so_field_by_field() -> None:
    made = two_of_everything()
    made.engine.book(standing())
    retry = BookAppointment(
        appointment_type="scan",
        appointment_date=monday("10:00"),
        patient_name="Meena",
        parent_phone="+912",
        branch_id="north",
        session=Session.EVENING,
        batch="B",
        assigned_doctor="Dr Iyer",
        notes="m",
        external_reference_id="R",
    )
    answer = made.engine.book(retry)
    assert answer.replayed
    assert answer.differences == (
        "appointment_type",
        "appointment_date",
        "patient_name",
        "parent_phone",
        "branch_id",
        "session",
        "batch",
        "assigned_doctor",
        "notes",
    )
    assert made.engine.book(standing()).differences == ()


def test_what_a_retry_leaves_out_is_no_difference() -> None:
    made = two_of_everything()
    made.engine.book(standing())
    bare = request(monday("09:00"), appointment_type="CHECKUP", external_reference_id="R")
    assert made.engine.book(bare).differences == ()


def retry_as(made: Clinic, appointment_type: str) -> tuple[str, ...]:
    return made.engine.book(
        request(monday("09:00"), appointment_type=appointment_type, external_reference_id="R")
    ).differences


def test_the_service_of_a_retry_is_known_by_id_and_name_although_it_is_retired() -> None:
    made = clinic(window(ai_slots=5), services=())
    made.engine.add_service(AddService(service_id="gp", name="General Checkup"))
    made.book(monday("09:00"), appointment_type="gp", external_reference_id="R")
    assert [retry_as(made, text) for text in ("GP", "general checkup")] == [(), ()]
    made.engine.update_service(UpdateService(service_id="gp", retired=True))
    assert [retry_as(made, text) for text in ("gp", "General  Checkup")] == [(), ()]
    assert retry_as(made, "surgery") == ("appointment_type",)
    # A service of today goes before a retired one that had its name.
    made.engine.add_service(AddService(service_id="new", name="General Checkup"))
    assert retry_as(made, "General Checkup") == ("appointment_type",)


def test_a_reference_that_is_taken_is_told_before_a_window_that_is_closed() -> None:
    made = clinic(window(ai_slots=5))
    first = made.cancel(made.book(monday("09:00"), "+911", external_reference_id="R"))
    second = made.book(monday("09:00"), "+912", external_reference_id="R")
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}", status=WindowStatus.CLOSED))
    refused = made.refused_update(first, status=CONFIRMED)
    assert (why(refused), refused.existing_appointment_id) == (
        (RejectionCode.DUPLICATE_BOOKING, Reason.REFERENCE),
        second.appointment_id,
    )
    made.update(second, status=CANCELLED)
    assert made.refused_update(first, status=CONFIRMED).code is RejectionCode.SLOT_INACTIVE


def test_a_revival_asks_again_for_organisation_and_branch() -> None:
    made = clinic(window(ai_slots=5), branches=("main", "north"))
    ended = made.cancel(made.book(monday("09:00"), branch_id="main"))
    made.configure(enabled=False)
    assert made.refused_update(ended, status=CONFIRMED).code is RejectionCode.BOOKING_DISABLED
    made.configure(enabled=True)
    made.engine.update_branch(UpdateBranch(branch_id="main", retired=True))
    refused = made.refused_update(ended, status=CONFIRMED)
    assert [problem.field for problem in refused.fields] == ["branch_id"]
    made.engine.update_branch(UpdateBranch(branch_id="main", retired=False))
    revived = made.update(ended, status=CONFIRMED)
    assert (revived.status, revived.date) == (CONFIRMED, date(2026, 6, 15))
