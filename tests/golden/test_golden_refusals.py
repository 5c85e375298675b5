"""Every line of the documents' tables of error codes, provoked once; then the codes that SPEC adds to them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from golden_story import APPOINTMENT, BRANCH, CHECKUP, NO_HEADERS, SECOND_APPOINTMENT, WINDOW, Story

from booking_engine import Channel, RejectionCode
from booking_engine.wire import Headers
from booking_engine.wire.errors import TransportCode, transport_error

OPEN_WINDOW = {"branch_id": BRANCH, "day": "monday", "session": "Morning", "start_time": "09:00", "end_time": "11:00"}
BOOKING = {
    "appointment_type": "General Checkup",
    "appointment_date": "2026-06-15T09:30:00.000Z",
    "patient_name": "Aadhi",
    "parent_phone": "+919840XXXXXX",
}


class Step(NamedTuple):
    """One request of a story; ``book``, ``update`` … are the endpoints' names."""

    endpoint: str
    body: dict[str, object] | None = None
    path: dict[str, str] = {}  # noqa: RUF012 (never changed)
    channel: Channel = Channel.API
    headers: Headers = NO_HEADERS


def window(**fields: object) -> Step:
    return Step("create_window", {**OPEN_WINDOW, "ai_slots": 1, **fields})


def book(channel: Channel = Channel.API, **fields: object) -> Step:
    return Step("book", {**BOOKING, **fields}, channel=channel)


def update(appointment_id: str = APPOINTMENT, **fields: object) -> Step:
    return Step("update", fields, {"appointment_id": appointment_id})


ANOTHER: dict[str, Any] = {"parent_phone": "+914422334455", "patient_name": "Meena"}
TUESDAY: dict[str, Any] = {"day": "tuesday"}
ON_TUESDAY: dict[str, Any] = {"appointment_date": "2026-06-16T09:30:00.000Z"}


OTHERWISE = Headers('"another"')


class Refusal(NamedTuple):
    """``after`` these steps, with this ``config``, the last of them is answered with ``status`` and ``code``."""

    table: str
    status: int
    code: str
    steps: tuple[Step, ...]
    config: dict[str, Any] = {}  # noqa: RUF012 (never changed)
    details: dict[str, object] = {}  # noqa: RUF012 (never changed)


CREATING, UPDATING, CANCELLING, SLOTS, SPEC = "creating", "updating", "cancelling", "slots", "SPEC"
REFUSALS = (
    Refusal(CREATING, 400, "VALIDATION_ERROR", (window(), Step("book", {"appointment_type": "General Checkup"}))),
    Refusal(CREATING, 400, "PAST_APPOINTMENT", (window(), book(appointment_date="2026-05-25T09:30:00.000Z"))),
    Refusal(CREATING, 409, "SLOT_FULL", (window(), book(), book(**ANOTHER)), details={"reason": "CAPACITY"}),
    Refusal(
        CREATING,
        409,
        "SLOT_FULL",
        (window(max_slots=2), book(Channel.AI_AGENT), book(Channel.AI_AGENT, **ANOTHER)),
        details={"reason": "AI_QUOTA"},
    ),
    Refusal(CREATING, 409, "SLOT_INACTIVE", (window(status="CLOSED"), book())),
    Refusal(
        CREATING,
        409,
        "DUPLICATE_BOOKING",
        (window(ai_slots=2), book(), book()),
        details={"existing_appointment_id": APPOINTMENT},
    ),
    Refusal(CREATING, 422, "INVALID_APPOINTMENT_TYPE", (window(), book(appointment_type="Dentistry"))),
    Refusal(
        CREATING,
        422,
        "OUTSIDE_AVAILABILITY",
        (window(), book(appointment_date="2026-06-15T11:00:00.000Z")),
        details={"reason": "NO_WINDOW"},
    ),
    Refusal(
        CREATING,
        422,
        "OUTSIDE_AVAILABILITY",
        (window(**TUESDAY), book(appointment_date="2026-05-26T11:59:59.999Z")),
        details={"reason": "MIN_NOTICE", "earliest": "2026-05-26T12:00:00.000Z"},
    ),
    Refusal(
        CREATING,
        422,
        "OUTSIDE_AVAILABILITY",
        (window(), book(appointment_date="2026-06-29T09:30:00.000Z")),
        details={"reason": "BEYOND_HORIZON", "latest": "2026-06-25"},
    ),
    Refusal(CREATING, 404, "NOT_FOUND", (Step("appointment", path={"appointment_id": "appt_unknown"}),)),
    Refusal(UPDATING, 400, "VALIDATION_ERROR", (window(), book(), update())),
    Refusal(UPDATING, 400, "VALIDATION_ERROR", (window(), book(), update(appointment_date="15/06/2026"))),
    Refusal(UPDATING, 404, "NOT_FOUND", (update("appt_unknown", notes="x"),)),
    Refusal(
        UPDATING,
        409,
        "SLOT_FULL",
        (window(), window(**TUESDAY), book(), book(**ON_TUESDAY, **ANOTHER), update(**ON_TUESDAY)),
    ),
    Refusal(
        UPDATING, 409, "SLOT_INACTIVE", (window(), window(**TUESDAY, status="CLOSED"), book(), update(**ON_TUESDAY))
    ),
    Refusal(
        UPDATING,
        409,
        "DUPLICATE_BOOKING",
        (window(), window(ai_slots=2, **TUESDAY), book(**ON_TUESDAY), book(), update(SECOND_APPOINTMENT, **ON_TUESDAY)),
        details={"existing_appointment_id": APPOINTMENT},
    ),
    Refusal(UPDATING, 422, "OUTSIDE_AVAILABILITY", (window(), book(), update(appointment_date="2026-06-15T12:00:00Z"))),
    Refusal(CANCELLING, 404, "NOT_FOUND", (update("appt_unknown", status="cancelled"),)),
    Refusal(SLOTS, 400, "VALIDATION_ERROR", (Step("create_window", {"branch_id": BRANCH}),)),
    Refusal(SLOTS, 400, "VALIDATION_ERROR", (window(ai_slots=21, max_slots=20),)),
    Refusal(SLOTS, 404, "NOT_FOUND", (Step("update_window", {"status": "OPEN"}, {"slot_id": WINDOW}),)),
    Refusal(SLOTS, 404, "NOT_FOUND", (Step("disable_window", path={"slot_id": WINDOW}),)),
    Refusal(
        SPEC,
        409,
        "INVALID_TRANSITION",
        (window(), book(), update(status="completed"), update(status="confirmed")),
    ),
    Refusal(
        SPEC,
        409,
        "CANCELLATION_NOT_ALLOWED",
        (window(), book(), update(status="cancelled")),
        {"allow_cancellation": False},
        {"reason": "DISABLED"},
    ),
    Refusal(
        SPEC,
        409,
        "CANCELLATION_NOT_ALLOWED",
        (window(), book(), update(status="cancelled")),
        {"cancellation_notice_hours": 480},
        {"reason": "NOTICE", "latest": "2026-05-26T09:30:00.000Z"},
    ),
    Refusal(
        SPEC,
        409,
        "RESCHEDULE_NOT_ALLOWED",
        (window(), window(**TUESDAY), book(), update(**ON_TUESDAY)),
        {"allow_reschedule": False},
        {"reason": "DISABLED"},
    ),
    Refusal(
        SPEC, 412, "PRECONDITION_FAILED", (window(), book(), update(notes="x")._replace(headers=Headers('"seen"')))
    ),
    Refusal(SPEC, 409, "BOOKING_DISABLED", (window(), book()), {"enabled": False}),
    Refusal(
        SPEC,
        409,
        "SLOT_FULL",
        (window(ai_slots=2), book(assigned_doctor="Dr. Rao"), book(assigned_doctor="dr.  rao", **ANOTHER)),
        {"buffer_time_minutes": 15},
        {"reason": "DOCTOR_BUSY"},
    ),
)
TRANSIENT = {"BOOKING_DISABLED", "SLOT_INACTIVE", "DUPLICATE_BOOKING", "SLOT_FULL"}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal.table}-{refusal.code}")
def test_code_of_the_tables(refusal: Refusal) -> None:
    story = Story(**refusal.config)
    *before, last = refusal.steps
    for step in before:
        assert story.send(step.endpoint, step.body, step.channel, step.headers, **step.path).status < 300, step

    answer = story.send(last.endpoint, last.body, last.channel, last.headers, **last.path)

    error = answer.body["error"]
    assert (answer.status, answer.body["success"], error["code"]) == (refusal.status, False, refusal.code)
    assert error["message"]
    assert error["transient"] is (refusal.code in TRANSIENT or error.get("reason") == "BEYOND_HORIZON")
    assert {name: error.get(name) for name in refusal.details} == refusal.details
    assert answer.body.get("existing_appointment_id") == refusal.details.get("existing_appointment_id")
    assert bool(error.get("fields")) is (refusal.code == "VALIDATION_ERROR")
    assert "Aadhi" not in json.dumps(answer.body)
    assert "9840" not in json.dumps(answer.body)


def test_every_code_of_the_documents_is_provoked() -> None:
    assert {refusal.code for refusal in REFUSALS} == {code.value for code in RejectionCode} - {"HOLD_ENDED"}


def test_a_key_without_the_scope() -> None:
    """In every table of the documents; refused before the engine is asked."""
    answer = transport_error(TransportCode.INSUFFICIENT_SCOPE)

    assert (answer.status, answer.body["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")


def test_each_service_is_counted_on_its_own() -> None:
    """Creating Appointments, validation rule 3."""
    story = Story()
    window_made = window()
    story.send(window_made.endpoint, window_made.body)

    assert story.send("book", BOOKING).status == 201
    assert story.send("book", {**BOOKING, "appointment_type": CHECKUP, **ANOTHER}).status == 409
    assert story.send("book", {**BOOKING, "appointment_type": "follow-up visit", **ANOTHER}).status == 201
