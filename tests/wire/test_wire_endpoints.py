"""The table of SPEC §10, and that both engines answer it alike."""

from __future__ import annotations

import asyncio

import pytest
from wire_clinic import CHECKUP, MAIN, MONDAY, NOW, Clinic, CountedIds, booking, window

from booking_engine import (
    AddBranch,
    AddService,
    AsyncBookingEngine,
    BookingEngine,
    Channel,
    ConfigureOrganisation,
    OrganisationNotConfigured,
)
from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.wire import ENDPOINTS, Answer, Caller, answer_with, answer_with_async

TABLE = {
    "config": ("GET", "/v1/appointment-config", "appointments:read", None),
    "services": ("GET", "/v1/services", "appointments:read", None),
    "branches": ("GET", "/v1/branches", "appointments:read", None),
    "book": ("POST", "/v1/appointments", "appointments:write", None),
    "update": ("PATCH", "/v1/appointments/{appointment_id}", "appointments:write", "appointment_id"),
    "appointment": ("GET", "/v1/appointments/{appointment_id}", "appointments:read", "appointment_id"),
    "history": ("GET", "/v1/appointments/{appointment_id}/history", "appointments:read", "appointment_id"),
    "appointments": ("GET", "/v1/appointments", "appointments:read", None),
    "windows": ("GET", "/v1/appointment-slots", "slots:read", None),
    "availability": ("GET", "/v1/appointment-slots/availability", "slots:read", None),
    "tracking": ("GET", "/v1/appointment-slots/schedule-tracking", "slots:read", None),
    "create_window": ("POST", "/v1/appointment-slots", "slots:write", None),
    "update_window": ("PATCH", "/v1/appointment-slots/{slot_id}", "slots:write", "slot_id"),
    "disable_window": ("POST", "/v1/appointment-slots/{slot_id}/disable", "slots:write", "slot_id"),
    "override_tracking": ("PATCH", "/v1/appointment-slots/tracking/{slot_id}", "slots:write", "slot_id"),
    "regenerate": ("POST", "/v1/appointment-slots/regenerate", "slots:write", None),
}


def test_the_table_is_that_of_the_specification() -> None:
    assert {
        name: (endpoint.method, endpoint.path, endpoint.scope.value, endpoint.path_parameter)
        for name, endpoint in ENDPOINTS.items()
    } == TABLE
    assert [endpoint.name for endpoint in ENDPOINTS.values()] == list(TABLE)


def requests(slot_id: str, appointment_id: str) -> list[tuple[str, dict[str, object], object, object]]:
    """A request for every endpoint, refusals of both kinds among them: name, path, query, body."""
    return [
        ("create_window", {}, None, window()),
        ("book", {}, None, booking(external_reference_id="crm-1")),
        ("book", {}, None, booking(external_reference_id="crm-1", notes="again")),
        ("book", {}, None, booking()),
        ("book", {}, None, booking(patient_name="")),
        ("update", {"appointment_id": appointment_id}, None, {"assigned_doctor": "Dr. Rao"}),
        ("appointment", {"appointment_id": appointment_id}, None, None),
        ("appointment", {"appointment_id": "appt_unknown"}, None, None),
        ("history", {"appointment_id": appointment_id}, None, None),
        ("appointments", {}, {"limit": "1", "status": "confirmed"}, None),
        ("availability", {}, {"date": MONDAY}, None),
        ("tracking", {}, {"from": MONDAY, "to": "2026-06-29"}, None),
        ("update_window", {"slot_id": slot_id}, None, {"ai_slots": 5}),
        ("override_tracking", {"slot_id": f"{slot_id}||{MONDAY}"}, None, {"max_slots": 0}),
        ("disable_window", {"slot_id": slot_id}, None, None),
        ("windows", {}, None, None),
        ("config", {}, None, None),
        ("services", {}, None, None),
        ("branches", {}, None, None),
        ("regenerate", {}, None, {}),
    ]


def test_both_engines_give_the_same_answers() -> None:
    clinic = Clinic()
    script = requests("id-5", "appt_0006")
    caller = Caller(Channel.STAFF, "desk")

    async def awaited() -> list[Answer]:
        engine = AsyncBookingEngine(AsyncMemoryStore("clinic"), clock=lambda: NOW, ids=CountedIds())
        await engine.configure(ConfigureOrganisation(name="Clinic", timezone="UTC"))
        await engine.add_branch(AddBranch(name="Main", branch_id=MAIN))
        await engine.add_service(AddService(name="General Checkup", service_id=CHECKUP))
        await engine.add_service(AddService(name="Follow-up Visit", service_id="svc-follow-up"))
        return [
            await answer_with_async(engine, ENDPOINTS[name], path, query, body, caller)
            for name, path, query, body in script
        ]

    answers = [
        answer_with(clinic.engine, ENDPOINTS[name], path, query, body, caller) for name, path, query, body in script
    ]

    assert [answer.status for answer in answers] == [201, 201, 200, 409, 400, 200, 200, 404, *[200] * 12]
    assert {name for name, *_ in script} == set(ENDPOINTS)
    assert asyncio.run(awaited()) == answers


def test_what_is_left_out_of_a_request_is_not_sent() -> None:
    clinic = Clinic()

    assert answer_with(clinic.engine, ENDPOINTS["services"]) == clinic.send("services")


def test_who_asks_is_kept_and_the_channel_decides() -> None:
    clinic = Clinic(window(ai_slots=0, max_slots=1))

    refused = clinic.send("book", booking(), channel=Channel.AI_AGENT)
    booked = clinic.send("book", booking(), channel=Channel.STAFF, actor="Meena at the desk")
    (created,) = clinic.send("history", appointment_id=booked.body["appointment_id"]).body["data"]

    assert (refused.status, refused.body["error"]["reason"]) == (409, "AI_QUOTA")
    assert (created["channel"], created["actor"]) == ("staff", "Meena at the desk")


def test_a_fault_is_not_an_answer() -> None:
    engine = BookingEngine(MemoryStore("nobody"))

    with pytest.raises(OrganisationNotConfigured):
        answer_with(engine, ENDPOINTS["book"], body=booking())


def test_an_answer_does_not_show_whom_it_is_about() -> None:
    answer = Clinic(window()).send("book", booking())

    assert repr(answer) == "Answer(status=201)"
