"""The bodies that the documents do not show, or not whole: rows, records, pages, histories, impacts, audits."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from wire_clinic import CHECKUP, FOLLOW_UP, MAIN, MONDAY, NORTH, Clinic, bad_fields, booking, window

from booking_engine import (
    Appointment,
    Channel,
    Regenerated,
    RegenerateTracking,
    TrackingKey,
    UpdateBranch,
    UpdateService,
)
from booking_engine.domain.events import FieldChange
from booking_engine.domain.tracking import Counts
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.claims import DuplicateName, ReferenceName
from booking_engine.wire.endpoints import ENDPOINTS
from booking_engine.wire.reading import to_json
from booking_engine.wire.values import plain, timestamp

MADE = {"created_at": "2026-05-26T10:00:00.000Z", "updated_at": "2026-05-26T10:00:00.000Z"}
RULE = {
    "calendar_id": "id-5",
    "branch_id": MAIN,
    "day": "monday",
    "session": "Morning",
    "batch": "MA",
    "start_time": "09:00",
    "end_time": "11:00",
}


def same(actual: object, expected: object) -> bool:
    """Equal, and in the same order."""
    assert to_json(actual) == to_json(expected)
    return True


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 6, 15, 9, 30, 0, 999_999, tzinfo=UTC), "2026-06-15T09:30:00.999Z"),
        (datetime.fromisoformat("2026-06-15T00:30:00+05:30"), "2026-06-14T19:00:00.000Z"),
    ],
)
def test_instants_are_utc_and_cut_to_milliseconds(instant: datetime, text: str) -> None:
    assert timestamp(instant) == plain(instant) == text


def test_services_and_branches_that_can_be_booked() -> None:
    clinic = Clinic(branches=(MAIN, NORTH))
    clinic.engine.update_service(UpdateService(service_id=CHECKUP, retired=True))
    clinic.engine.update_branch(UpdateBranch(branch_id=NORTH, retired=True))

    services, branches = clinic.send("services"), clinic.send("branches")

    assert same(services.body, {"success": True, "data": [{"service_id": FOLLOW_UP, "name": "Follow-up Visit"}]})
    assert same(branches.body, {"success": True, "data": [{"branch_id": MAIN, "name": "Main"}]})


def test_a_window_with_everything() -> None:
    clinic = Clinic()
    dates = {"valid_from": "2026-06-01", "valid_until": "2026-12-31", "interval_weeks": 2}
    fields = {"appointment_type_id": CHECKUP.upper(), "status": "CLOSED", "batch_name": None, **dates}

    created = clinic.send("create_window", window(start_time=None, end_time=None, **fields))

    expected = {
        "slot_id": "id-5",
        **RULE,
        "batch": None,
        "start_time": None,
        "end_time": None,
        "appointment_type": CHECKUP,
        "max_slots": 20,
        "ai_slots": 10,
        "filled_slots": None,
        "available_slots": None,
        "status": "CLOSED",
        **MADE,
        **dates,
        "etag": '"1-313c3a20a47301f2"',
    }
    assert same(created.body, {"success": True, "data": expected})
    assert same(clinic.send("windows").body, {"success": True, "data": [expected]})


def test_availability() -> None:
    clinic = Clinic(window())
    clinic.send("book", booking(), channel=Channel.AI_AGENT)
    clinic.send("override_tracking", {"max_slots": 12}, slot_id=f"id-5||{MONDAY}")

    row = {
        "slot_id": f"id-5||{MONDAY}",
        **RULE,
        "appointment_type": None,
        "max_slots": 12,
        "ai_slots": 10,
        "filled_slots": 1,
        "available_slots": 9,
        "status": "OPEN",
        **MADE,
        "date": MONDAY,
        "staff_available_slots": 11,
    }
    of_follow_up = {**row, "filled_slots": 0, "available_slots": 10, "staff_available_slots": 12}
    answer = clinic.send("availability", query={"date": MONDAY})
    assert same(answer.body, {"success": True, "date": MONDAY, "slots": [row]})
    assert clinic.send("availability", query={"date": MONDAY, "appointment_type": "follow-up visit"}).body["slots"] == [
        of_follow_up
    ]


def test_availability_of_a_date_without_windows() -> None:
    answer = Clinic(window()).send("availability", query={"date": "2026-06-16", "session": "Morning"})

    assert same(answer.body, {"success": True, "date": "2026-06-16", "slots": []})


def test_availability_of_several_dates() -> None:
    answer = Clinic(window()).send("availability", query={"date": MONDAY, "until": "2026-06-22"})

    assert list(answer.body) == ["success", "date", "slots", "until"]
    assert (answer.body["date"], answer.body["until"]) == (MONDAY, "2026-06-22")
    assert [row["date"] for row in answer.body["slots"]] == [MONDAY, "2026-06-22"]


def tracking_row(**fields: object) -> dict[str, object]:
    return {
        "slot_id": f"id-5||{MONDAY}||{CHECKUP}",
        **RULE,
        "appointment_type": CHECKUP,
        "max_slots": 20,
        "ai_slots": 10,
        "filled_slots": 2,
        "available_slots": 8,
        "status": "OPEN",
        **MADE,
        "date": MONDAY,
        "overbooked": False,
        "overbooked_by": 0,
        "ai_filled_slots": 1,
        "staff_available_slots": 18,
        **fields,
    }


def clinic_with_two_booked() -> Clinic:
    clinic = Clinic(window())
    clinic.send("book", booking(), channel=Channel.AI_AGENT)
    clinic.send("book", booking(parent_phone="2", external_reference_id="crm-2"), channel=Channel.STAFF)
    return clinic


def test_tracking() -> None:
    clinic = clinic_with_two_booked()

    one = clinic.send("tracking", query={"date": MONDAY, "appointment_type": "general checkup"})
    both = clinic.send("tracking", query={"from": MONDAY, "to": MONDAY, "branch_id": MAIN, "session": "Morning"})

    assert same(one.body, {"success": True, "data": [tracking_row()]})
    assert [row["slot_id"] for row in both.body["data"]] == [
        f"id-5||{MONDAY}||{CHECKUP}",
        f"id-5||{MONDAY}||{FOLLOW_UP}",
    ]


def test_an_override_of_one_service_answers_its_record() -> None:
    clinic = clinic_with_two_booked()
    slot_id = f"id-5||{MONDAY}||{CHECKUP}"

    answer = clinic.send("override_tracking", {"max_slots": 1, "status": "CLOSED"}, slot_id=slot_id)

    record = tracking_row(
        max_slots=1,
        ai_slots=1,
        available_slots=0,
        status="CLOSED",
        overbooked=True,
        overbooked_by=1,
        staff_available_slots=0,
    )
    impact = {
        "outside": ["appt_0006", "appt_0007"],
        "over_capacity": ["appt_0007"],
        "overbooked": [{"slot_id": slot_id, "by": 1}],
    }
    assert same(answer.body, {"success": True, "data": record, "impact": impact})
    assert answer.status == 200


def test_an_override_of_a_date_answers_all_its_records() -> None:
    clinic = clinic_with_two_booked()

    answer = clinic.send("override_tracking", {"max_slots": 30}, slot_id=f"id-5||{MONDAY}")

    assert list(answer.body) == ["success", "data"]
    assert answer.body["data"] == clinic.send("tracking", query={"date": MONDAY}).body["data"]
    assert [row["max_slots"] for row in answer.body["data"]] == [30, 30]


def test_an_override_for_a_retired_service_is_not_found() -> None:
    clinic = Clinic(window())
    clinic.engine.update_service(UpdateService(service_id=FOLLOW_UP, retired=True))

    answer = clinic.send("override_tracking", {"max_slots": 1}, slot_id=f"id-5||{MONDAY}||{FOLLOW_UP}")

    assert answer.status == 404


def test_the_total_of_a_shared_window_has_the_id_of_its_date() -> None:
    clinic = Clinic(window(max_slots=2, ai_slots=2), capacity_scope="shared")
    clinic.send("book", booking())
    clinic.send("book", booking(appointment_type=FOLLOW_UP))

    answer = clinic.send("update_window", {"max_slots": 1, "ai_slots": 1}, slot_id="id-5")

    assert same(
        answer.body["impact"],
        {"outside": [], "over_capacity": ["appt_0007"], "overbooked": [{"slot_id": f"id-5||{MONDAY}", "by": 1}]},
    )
    assert list(answer.body) == ["success", "data", "impact"]
    assert answer.body["data"]["max_slots"] == 1


def test_an_edit_that_fits_everybody_says_nothing_of_it() -> None:
    answer = clinic_with_two_booked().send("update_window", {"max_slots": 19}, slot_id=f"id-5||{MONDAY}||x")

    assert list(answer.body) == ["success", "data"]


def test_a_retry_that_differs() -> None:
    clinic = Clinic(window())
    first = clinic.send("book", booking(external_reference_id="crm-1"))

    retry = clinic.send("book", booking(external_reference_id="crm-1", patient_name="Meena", notes="x"))

    assert (first.status, retry.status) == (201, 200)
    assert list(retry.body) == ["success", "idempotent", "appointment_id", "token", "data", "differences"]
    assert retry.body["differences"] == ["patient_name", "notes"]
    assert same(retry.body["data"], first.body["data"])


def test_a_page_of_appointments() -> None:
    clinic = clinic_with_two_booked()
    clinic.send("book", booking(parent_phone="3", appointment_date=f"{MONDAY}T09:00:00Z"))

    page = clinic.send("appointments", query={"page": "2", "limit": "2"})

    assert list(page.body) == ["success", "data", "page", "limit", "total", "next_cursor"]
    assert [each["appointment_id"] for each in page.body["data"]] == ["appt_0007"]
    assert (page.body["page"], page.body["limit"], page.body["total"], page.body["next_cursor"]) == (2, 2, 3, None)
    assert same(page.body["data"][0], clinic.send("appointment", appointment_id="appt_0007").body["data"])


def test_pages_behind_a_cursor() -> None:
    clinic = clinic_with_two_booked()
    clinic.send("book", booking(parent_phone="3", appointment_date=f"{MONDAY}T09:00:00.000001Z"))

    first = clinic.send("appointments", query={"limit": "1"})
    cursor = first.body["next_cursor"]
    rest = clinic.send("appointments", query={"cursor": cursor})
    both = clinic.send("appointments", query={"cursor": cursor, "page": "1"})
    other = clinic.send("appointments", query={"cursor": cursor, "batch": "MA"})
    made_up = clinic.send("appointments", query={"cursor": "2"})

    assert (first.body["page"], first.body["total"]) == (1, 3)
    assert list(rest.body) == ["success", "data", "page", "limit", "total", "next_cursor"]
    assert [rest.body[name] for name in ("page", "limit", "total", "next_cursor")] == [None, 50, 3, None]
    listed = [each["appointment_id"] for each in first.body["data"] + rest.body["data"]]
    assert listed == [each["appointment_id"] for each in clinic.send("appointments").body["data"]]
    assert [bad_fields(answer) for answer in (both, other, made_up)] == [["page"], ["cursor"], ["cursor"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"date": MONDAY}, ["appt_0006", "appt_0007"]),
        ({"date": "2026-06-16"}, []),
        ({"status": "cancelled"}, []),
        ({"appointment_type": "GENERAL checkup"}, ["appt_0006", "appt_0007"]),
        ({"branch_id": MAIN, "session": "Morning", "batch": "MA"}, ["appt_0006", "appt_0007"]),
        ({"phone": "2"}, ["appt_0007"]),
        ({"external_reference_id": "crm-2"}, ["appt_0007"]),
    ],
)
def test_filters_of_appointments(query: dict[str, str], found: list[str]) -> None:
    page = clinic_with_two_booked().send("appointments", query=query)

    assert [each["appointment_id"] for each in page.body["data"]] == found
    assert (page.body["page"], page.body["limit"], page.body["total"]) == (1, 50, len(found))
    assert page.body["next_cursor"] is None


def test_history() -> None:
    clinic = Clinic(window(), window(day="tuesday", session="Evening", batch_name="TE", appointment_type_id=CHECKUP))
    clinic.send("book", booking(), channel=Channel.AI_AGENT, actor="agent 7")
    clinic.later(hours=1, microseconds=1)
    change = {"appointment_date": "2026-06-16T10:00:00+00:00", "notes": "comes by bus"}
    clinic.send("update", change, channel=Channel.STAFF, actor="desk", appointment_id="appt_0007")

    answer = clinic.send("history", appointment_id="appt_0007")

    booked: dict[str, object] = {
        "event_id": "0007",
        "event": "appointment.created",
        "at": "2026-05-26T10:00:00.000Z",
        "channel": "ai_agent",
        "actor": "agent 7",
        "version": 1,
        "changes": [],
    }
    moved: dict[str, object] = {
        "event_id": "0008",
        "event": "appointment.rescheduled",
        "at": "2026-05-26T11:00:00.000Z",
        "channel": "staff",
        "actor": "desk",
        "version": 2,
        "changes": [
            {"field": "calendar_id", "before": "id-5", "after": "id-6"},
            {"field": "appointment_date", "before": f"{MONDAY}T09:30:00.000Z", "after": "2026-06-16T10:00:00.000Z"},
            {"field": "date", "before": MONDAY, "after": "2026-06-16"},
            {"field": "session", "before": "Morning", "after": "Evening"},
            {"field": "batch", "before": "MA", "after": "TE"},
            {"field": "notes", "before": None, "after": "comes by bus"},
            {"field": "status", "before": "confirmed", "after": "rescheduled"},
        ],
    }
    assert same(answer.body, {"success": True, "data": [booked, moved]})


def test_the_history_tells_every_field_of_an_appointment_but_the_inner_ones() -> None:
    """How a phone is compared is nobody's business outside; version and times stand beside the changes."""
    clinic = Clinic(window())
    (booked,) = clinic.engine.history(clinic.send("book", booking()).body["appointment_id"])
    everything = tuple(FieldChange(field.name, "a", "b") for field in attrs.fields(Appointment))

    body = ENDPOINTS["history"].answer((attrs.evolve(booked, changes=everything),), None).body

    assert body["data"][0]["changes"] == [
        {"field": field, "before": "a", "after": "b"}
        for field in (
            "appointment_type",
            "branch_id",
            "calendar_id",
            "appointment_date",
            "duration_minutes",
            "date",
            "session",
            "batch",
            "patient_name",
            "parent_phone",
            "assigned_doctor",
            "notes",
            "status",
            "external_reference_id",
            "token",
        )
    ]


@pytest.mark.parametrize("subject", ["appt_unknown", "id-5", MAIN, CHECKUP, "clinic"])
def test_only_an_appointment_has_a_history_here(subject: str) -> None:
    """The setup has one too, but not for a key that may read appointments."""
    answer = Clinic(window()).send("history", appointment_id=subject)

    assert (answer.status, answer.body["error"]["code"]) == (404, "NOT_FOUND")


def test_an_audit_that_finds_nothing() -> None:
    answer = clinic_with_two_booked().send("regenerate", {})

    # Four Mondays from today to the horizon, each with two services.
    assert same(answer.body, {"success": True, "data": {"records": 8, "differences": []}})


def test_an_audit_that_finds_something() -> None:
    """Nobody is named but by ids: a duplicate's name is a phone number."""
    day, many = date(2026, 6, 15), [f"appt_{n}" for n in range(9)]
    found = Regenerated(
        3,
        (
            Difference(TrackingKey("id-5", day, CHECKUP), Counts(2, 1), Counts(1, 0)),
            Difference(TrackingKey("id-5", day, ""), Counts(2, 1), Counts(1, 0)),
            Difference(ReferenceName("crm-1"), frozenset(many), frozenset({"appt_1"})),
            Difference(DuplicateName("+919840", CHECKUP, day, "aadhi"), frozenset(), frozenset({"appt_1"})),
        ),
    )

    answer = ENDPOINTS["regenerate"].answer(found, RegenerateTracking())

    counts = {
        "stored": {"filled_slots": 2, "ai_filled_slots": 1},
        "recounted": {"filled_slots": 1, "ai_filled_slots": 0},
    }
    differences = [
        {"slot_id": f"id-5||{MONDAY}||{CHECKUP}", **counts},
        {"slot_id": f"id-5||{MONDAY}", **counts},
        {"external_reference_id": "crm-1", "stored": many, "recounted": ["appt_1"]},
        {"appointment_type": CHECKUP, "date": MONDAY, "stored": [], "recounted": ["appt_1"]},
    ]
    assert same(answer.body, {"success": True, "data": {"records": 3, "differences": differences}})
    assert answer.status == 200
