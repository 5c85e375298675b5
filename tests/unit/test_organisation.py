"""SPEC §2 by examples: the organisation, its policy, branches and services, and the shape of what is asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from properties.support import MONDAY, NOW, Clinic, Clock, clinic, monday, request, window

from booking_engine import (
    UNSET,
    Accepted,
    AddBranch,
    AddService,
    AppointmentsQuery,
    AvailabilityQuery,
    BookAppointment,
    CapacityScope,
    Configuration,
    ConfigureOrganisation,
    FieldProblem,
    RejectionCode,
    Session,
    TrackingQuery,
    UpdateAppointment,
    UpdateBranch,
    UpdateService,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.adapters.phone import E164Phones
from booking_engine.rules.shape import checked, parsed


def bad_fields(made: Any, ask: Any) -> list[str]:
    refused = made.refused(ask)
    assert refused.code is RejectionCode.VALIDATION_ERROR
    return [problem.field for problem in refused.fields]


def test_the_defaults_are_those_of_the_documents() -> None:
    configuration = clinic().engine.catalog().configuration
    assert configuration == Configuration(timezone="UTC")
    documented = ("enabled", "buffer_time_minutes", "max_advance_booking_days", "min_notice_hours")
    assert [getattr(configuration, name) for name in documented] == [True, 0, 30, 2]
    assert (configuration.cancellation_notice_hours, configuration.duplicate_prevention) == (24, True)


@pytest.mark.parametrize(
    ("policy", "bad"),
    [
        ({"buffer_time_minutes": 1_441}, ["buffer_time_minutes"]),
        ({"min_notice_hours": True}, ["min_notice_hours"]),
        ({"max_advance_booking_days": -1, "enabled": 1}, ["enabled", "max_advance_booking_days"]),
        ({"hold_seconds": 901}, ["hold_seconds"]),
        ({"default_region": "India"}, ["default_region"]),
        ({"default_region": "IN"}, ["default_region"]),
        ({"timezone": None}, ["timezone"]),
        ({"ai_quota": "none"}, ["ai_quota"]),
        ({"session_hours": []}, ["session_hours"]),
        ({"session_hours": {"Night": ["20:00", "22:00"]}}, ["session_hours"]),
        ({"session_hours": {"Morning": ["09:00"]}}, ["session_hours"]),
        ({"session_hours": {"Morning": ["09:00", "09:00"]}}, ["session_hours"]),
        ({}, ["body"]),
    ],
)
def test_every_field_of_the_policy_has_its_bounds(policy: dict[str, Any], bad: list[str]) -> None:
    assert bad_fields(clinic(), ConfigureOrganisation(**policy)) == bad


def test_what_a_change_of_the_policy_does_not_mention_stays() -> None:
    made = clinic(min_notice_hours=3)
    made.configure(hold_seconds=900)
    organisation = made.engine.catalog().organisation
    assert organisation.name == "Sunrise Clinic"
    assert organisation.configuration == Configuration(timezone="UTC", min_notice_hours=3, hold_seconds=900)


def test_a_region_that_is_not_known_is_no_way_to_begin_either() -> None:
    made = Clinic(MemoryStore("sunrise"), Clock(NOW))
    assert bad_fields(made, ConfigureOrganisation(timezone="UTC", default_region="IN")) == ["default_region"]


def test_session_hours_are_a_copy() -> None:
    hours = {Session.MORNING: ("09:00", "12:00")}
    made = clinic(session_hours=hours)
    hours.clear()
    assert made.engine.catalog().configuration.session_hours == {Session.MORNING: ("09:00", "12:00")}


def test_a_known_region_needs_a_normaliser_that_knows_it() -> None:
    made = clinic(window(ai_slots=3), options={"phones": E164Phones()})
    made.book(monday("09:00"), "098402 12345")
    made.configure(default_region="IN")
    assert made.refused_booking(monday("09:30"), "+91 98402 12345").code is RejectionCode.DUPLICATE_BOOKING
    assert made.book(monday("09:30"), "12").phone_key == "12"
    assert made.book(monday("09:30"), "+91984021XXXX").phone_key == "+91984021xxxx"
    assert E164Phones().key("++", "IN") == "++"
    assert made.engine.verify() == ()


@pytest.mark.parametrize(
    "policy", [{"timezone": "Asia/Kolkata"}, {"capacity_scope": CapacityScope.SHARED}, {"duplicate_prevention": False}]
)
def test_a_change_of_keys_rebuilds_the_ledger_and_cancels_nothing(policy: dict[str, Any]) -> None:
    made = clinic(window(ai_slots=3, start_time="00:00", end_time="24:00"))
    booked = made.book(monday("20:00"))
    made.configure(**policy)
    assert made.engine.verify() == ()
    after = made.again(booked)
    assert (after.start, after.status) == (booked.start, booked.status)
    assert after.date == (date(2026, 6, 16) if "timezone" in policy else MONDAY)


def test_with_a_rekeying_comes_nothing_but_the_new_policy() -> None:
    made = clinic(window(ai_slots=2))
    made.book(monday("09:00"), assigned_doctor="Dr Rao", external_reference_id="R")
    decision = made.engine.check(ConfigureOrganisation(timezone="Pacific/Kiritimati"))
    assert isinstance(decision, Accepted)
    commit = decision.commit
    assert commit.rekeying is not None
    assert commit.records == (decision.result.record,)
    assert (commit.claims, commit.releases, commit.unique_claims, commit.unique_releases) == ((), (), (), ())
    assert (commit.guards, commit.touched, commit.appointments) == ((), (), ())


def test_branches_are_added_once_renamed_and_retired() -> None:
    made = clinic()
    revision = made.engine.catalog().revision
    assert made.engine.add_branch(AddBranch(name="Main", branch_id="main")).changes == ()
    assert made.engine.catalog().revision == revision
    assert bad_fields(made, AddBranch(name="Centre", branch_id="main")) == ["branch_id"]
    assert bad_fields(made, AddBranch(name=" MAIN ")) == ["name"]
    assert bad_fields(made, AddBranch(name="")) == ["name"]
    assert bad_fields(made, UpdateBranch(branch_id="main")) == ["body"]
    assert made.refused(UpdateBranch(branch_id="south", name="S")).code is RejectionCode.NOT_FOUND
    changed = made.engine.update_branch(UpdateBranch(branch_id="main", retired=True))
    assert [change.field for change in changed.changes] == ["retired"]
    assert made.engine.add_branch(AddBranch(name="Main")).record.name == "Main"


def test_services_are_added_once_changed_and_retired() -> None:
    made = clinic()
    revision = made.engine.catalog().revision
    assert made.engine.add_service(AddService(name="Checkup", service_id="checkup")).changes == ()
    assert made.engine.catalog().revision == revision
    assert bad_fields(made, AddService(name="Scan", service_id="CHECKUP")) == ["service_id"]
    assert bad_fields(made, AddService(name="checkup")) == ["name"]
    assert bad_fields(made, AddService(name="Scan", duration_minutes=1_441)) == ["duration_minutes"]
    assert bad_fields(made, UpdateService(service_id="checkup", duration_minutes=-1)) == ["duration_minutes"]
    assert made.refused(UpdateService(service_id="scan", name="S")).code is RejectionCode.NOT_FOUND
    assert made.engine.update_service(UpdateService(service_id="checkup", retired=True)).record.retired


def test_a_branch_that_cannot_be_chosen() -> None:
    made = clinic(branches=())
    assert bad_fields(made, request(monday("09:00"))) == ["branch_id"]
    several = clinic(branches=("main", "north"))
    assert bad_fields(several, request(monday("09:00"))) == ["branch_id"]
    assert bad_fields(several, request(monday("09:00"), branch_id="south")) == ["branch_id"]


@pytest.mark.parametrize(
    "query",
    [
        AvailabilityQuery(date=MONDAY, until=date(2026, 6, 14)),
        AvailabilityQuery(date=MONDAY, until=date(2026, 9, 16)),
        AvailabilityQuery(date=MONDAY, branch_id="south"),
        TrackingQuery(),
        TrackingQuery(date=MONDAY, from_date=MONDAY, to_date=MONDAY),
        TrackingQuery(date=MONDAY, branch_id="south"),
        AppointmentsQuery(limit=201),
    ],
)
def test_a_read_that_makes_no_sense_is_refused(query: Any) -> None:
    assert clinic().refused(query).code is RejectionCode.VALIDATION_ERROR


@pytest.mark.parametrize("kind", [AvailabilityQuery, TrackingQuery, AppointmentsQuery])
def test_an_unknown_service_is_refused_in_reads_too(kind: Any) -> None:
    refused = clinic().refused(kind(date=MONDAY, appointment_type="x-ray"))
    assert refused.code is RejectionCode.INVALID_APPOINTMENT_TYPE


def test_appointments_are_filtered_and_paged() -> None:
    made = clinic(window(ai_slots=9, batch_name="A"))
    booked = [made.book(monday("09:00"), f"+91{number}") for number in range(5)]
    query = AppointmentsQuery(
        date=MONDAY, batch="A", session=Session.MORNING, appointment_type="Checkup", limit=2, page=3
    )
    page = made.engine.appointments(query)
    assert (page.items, page.total) == ((booked[4],), 5)
    assert made.engine.appointments(attrs.evolve(query, batch="B", page=1)).total == 0


# --- Shape ----------------------------------------------------------------------------------------------------------

BODY = {
    "appointment_type": "checkup",
    "appointment_date": "2026-06-15T09:00Z",
    "patient_name": "A",
    "parent_phone": "1",
}


def test_all_bad_fields_of_a_body_are_named_at_once() -> None:
    body = {"appointment_type": 5, "patient_name": "", "session": "Night", "no\nsuch": 1, "": 2, "notes": None}
    problems = parsed(BookAppointment, body, channel="api")
    assert isinstance(problems, tuple)
    fields = [problem.field for problem in problems]
    assert fields == [
        "no?such",
        '""',
        "appointment_type",
        "appointment_date",
        "patient_name",
        "parent_phone",
        "session",
    ]


def test_a_body_is_read_into_a_command_and_null_is_absent() -> None:
    command = parsed(BookAppointment, {**BODY, "notes": None, "batch": None}, channel="staff", actor=None)
    assert isinstance(command, BookAppointment)
    assert (command.appointment_date, command.channel) == (monday("09:00"), "staff")


def test_null_in_a_change_clears_or_is_refused() -> None:
    command = parsed(UpdateAppointment, {"notes": None}, appointment_id="a")
    assert isinstance(command, UpdateAppointment)
    assert (command.notes, command.assigned_doctor) == (None, UNSET)
    assert parsed(UpdateAppointment, {"session": None}, appointment_id="a") == (
        FieldProblem("session", "is null", "send a value or leave the field out"),
    )
    (nothing,) = parsed(UpdateAppointment, {}, appointment_id="a")  # type: ignore[misc]
    assert nothing.field == "body"
    both = {"status": "cancelled", "appointment_date": "2026-06-15T09:00Z"}
    (clash,) = parsed(UpdateAppointment, both, appointment_id="a")  # type: ignore[misc]
    assert clash.field == "appointment_date"


def test_none_in_a_command_is_absent_too() -> None:
    query: Any = AppointmentsQuery(page=None, limit=None)  # type: ignore[arg-type]
    assert checked(query) == AppointmentsQuery()
    assert checked(AddService(name="S", duration_minutes=None)) == AddService(name="S")  # type: ignore[arg-type]


def test_a_clean_command_is_the_same_object() -> None:
    command = request(monday("09:00"))
    assert checked(command) is command


def test_replayed_fields_that_differ_are_named() -> None:
    made = clinic(window(ai_slots=2), services=("checkup", "scan"))
    made.book(monday("09:00"), external_reference_id="R")
    retry = request(monday("09:30"), "+912", external_reference_id="R", appointment_type="scan", notes="n", batch="B")
    assert made.engine.book(retry).differences == (
        "appointment_type", "appointment_date", "patient_name", "parent_phone", "batch", "notes"
    )  # fmt: skip


@pytest.mark.parametrize("minutes", [30, 121])
def test_a_visit_must_end_with_its_window(minutes: int) -> None:
    made = clinic(window(ai_slots=3), duration_minutes=minutes)
    fits = minutes <= 120
    assert made.row().available_slots == (3 if fits else 0)
    if fits:
        assert made.book(monday("10:30")).end == monday("11:00")
    assert made.refused_booking(monday("10:31"), "+912").code is RejectionCode.OUTSIDE_AVAILABILITY
