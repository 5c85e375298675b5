"""The shape of an error, its status, and what it never says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from wire_clinic import NOW, Clinic, bad_fields, booking, window

from booking_engine import FieldProblem, Reason, Rejection, RejectionCode
from booking_engine.domain.rejection import invalid
from booking_engine.wire.errors import STATUSES, TRANSPORT_ERRORS, TransportCode, rejected, transport_error
from booking_engine.wire.reading import to_json


def test_every_code_has_its_status() -> None:
    assert {code.value: status for code, status in STATUSES.items()} == {
        "VALIDATION_ERROR": 400,
        "NOT_FOUND": 404,
        "PRECONDITION_FAILED": 412,
        "INVALID_TRANSITION": 409,
        "CANCELLATION_NOT_ALLOWED": 409,
        "RESCHEDULE_NOT_ALLOWED": 409,
        "HOLD_ENDED": 409,
        "BOOKING_DISABLED": 409,
        "INVALID_APPOINTMENT_TYPE": 422,
        "PAST_APPOINTMENT": 400,
        "OUTSIDE_AVAILABILITY": 422,
        "SLOT_INACTIVE": 409,
        "DUPLICATE_BOOKING": 409,
        "SLOT_FULL": 409,
    }
    assert STATUSES.keys() == set(RejectionCode)


def test_an_error_without_details() -> None:
    answer = rejected(Rejection(code=RejectionCode.SLOT_INACTIVE, message="The window is closed."))

    assert answer.status == 409
    assert to_json(answer.body) == (
        '{"success": false, "error": {"code": "SLOT_INACTIVE", "message": "The window is closed.", "transient": true}}'
    )


def test_an_error_with_every_detail() -> None:
    instant = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
    rejection = Rejection(
        code=RejectionCode.DUPLICATE_BOOKING,
        message="Why.",
        reason=Reason.REFERENCE,
        fields=(FieldProblem("appointment_date", "is not ISO 8601", "send Z"), FieldProblem("batch", "is empty")),
        existing_appointment_id="appt_1",
        earliest=instant,
        latest=instant,
    )

    assert to_json(rejected(rejection).body) == (
        '{"success": false, "error": {"code": "DUPLICATE_BOOKING", "message": "Why.", "reason": "REFERENCE", '
        '"fields": [{"field": "appointment_date", "problem": "is not ISO 8601", "hint": "send Z"}, '
        '{"field": "batch", "problem": "is empty", "hint": ""}], "transient": true, '
        '"earliest": "2026-06-15T09:30:00.000Z", "latest": "2026-06-15T09:30:00.000Z", '
        '"existing_appointment_id": "appt_1"}, "existing_appointment_id": "appt_1"}'
    )


def test_the_last_date_is_a_date_and_the_last_instant_an_instant() -> None:
    def latest(value: date) -> object:
        rejection = Rejection(code=RejectionCode.OUTSIDE_AVAILABILITY, message="Why.", latest=value)
        return rejected(rejection).body["error"]["latest"]

    assert latest(date(2026, 6, 25)) == "2026-06-25"
    assert latest(datetime(2026, 6, 25, tzinfo=UTC)) == "2026-06-25T00:00:00.000Z"


@pytest.mark.parametrize(
    ("microseconds", "shown"),
    [(0, "12:00:00.000Z"), (1, "12:00:00.001Z"), (1_000, "12:00:00.001Z"), (1_001, "12:00:00.002Z")],
)
def test_the_earliest_instant_that_is_shown_can_be_booked(microseconds: int, shown: str) -> None:
    """Cut to milliseconds it would lie before the notice that it stands for."""
    clinic = Clinic(window(day="tuesday", start_time=None, end_time=None))
    clinic.now = NOW + timedelta(microseconds=microseconds)

    refused = clinic.send("book", booking(appointment_date="2026-05-26T10:30:00Z"))
    earliest = refused.body["error"]["earliest"]

    assert earliest == f"2026-05-26T{shown}"
    assert clinic.send("book", booking(appointment_date=earliest)).status == 201


def test_fields_of_one_rejection_keep_their_order() -> None:
    answer = rejected(invalid(FieldProblem("b", "is empty"), FieldProblem("a", "is empty")))

    assert [field["field"] for field in answer.body["error"]["fields"]] == ["b", "a"]
    assert answer.status == 400


def test_what_a_transport_refuses() -> None:
    assert {code.value: tuple(error) for code, error in TRANSPORT_ERRORS.items()} == {
        "UNAUTHORIZED": (401, "The API key is missing or unknown.", False),
        "INSUFFICIENT_SCOPE": (403, "The API key does not have the required scope.", False),
        "NOT_FOUND": (404, "There is no such path.", False),
        "METHOD_NOT_ALLOWED": (405, "This path does not take that method.", False),
        "PAYLOAD_TOO_LARGE": (413, "The body is too large.", False),
        "UNSUPPORTED_MEDIA_TYPE": (415, "The body must be application/json in UTF-8.", False),
        "TOO_MANY_REQUESTS": (429, "Too many requests: wait before the next.", True),
        "INTERNAL_ERROR": (500, "Something went wrong here; it was logged.", False),
        "SERVICE_UNAVAILABLE": (503, "The store cannot answer now.", True),
    }
    assert TRANSPORT_ERRORS.keys() == set(TransportCode)


def test_an_error_of_a_transport() -> None:
    answer = transport_error(TransportCode.TOO_MANY_REQUESTS)

    assert answer.status == 429
    assert to_json(answer.body) == (
        '{"success": false, "error": {"code": "TOO_MANY_REQUESTS", '
        '"message": "Too many requests: wait before the next.", "transient": true}}'
    )


CANARY = "Kanarienvogel"


@pytest.mark.parametrize(
    "fields",
    [
        {"appointment_date": f"2026-06-15 {CANARY}"},
        {"session": CANARY},
        {"branch_id": CANARY},
        {"appointment_type": CANARY},
        {"batch": CANARY},
        {"patient_name": f"{CANARY}\0"},
        {"parent_phone": f"{CANARY}\0"},
        {"notes": CANARY * 2_000},
        {"assigned_doctor": [CANARY]},
        {"external_reference_id": {CANARY: CANARY}},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_an_error_does_not_repeat_what_was_sent(fields: dict[str, object]) -> None:
    answer = Clinic(window()).send("book", booking(**fields))

    assert answer.status in (400, 422)
    assert CANARY not in to_json(answer.body)


def test_a_refusal_tells_the_alternatives_that_were_asked_for() -> None:
    clinic = Clinic(window(max_slots=1, ai_slots=1))
    assert clinic.send("book", booking()).status == 201
    ask = booking(parent_phone="+919840000000")
    plain = clinic.send("book", ask)
    assert plain.status == 409
    assert "alternatives" not in plain.body["error"]

    answer = clinic.send("book", {**ask, "alternatives": 1})

    offered = {
        "appointment_date": "2026-06-22T09:30:00.000Z",
        "date": "2026-06-22",
        "branch_id": "main",
        "session": "Morning",
        "batch": "MA",
        "slot_id": f"{clinic.windows[0]}||2026-06-22",
        "available_slots": 1,
        "kind": "next_days",
    }
    assert answer.body == {"success": False, "error": {**plain.body["error"], "alternatives": [offered]}}
    assert list(answer.body["error"]["alternatives"][0]) == list(offered)
    taken = {name: offered[name] for name in ("appointment_date", "branch_id", "session", "batch")}
    assert clinic.send("book", {**ask, **taken}).status == 201


def test_a_refused_reschedule_tells_its_alternatives_too() -> None:
    clinic = Clinic(window(max_slots=1, ai_slots=1), max_advance_booking_days=35)
    appointment_id = clinic.send("book", booking()).body["appointment_id"]
    clinic.send("book", booking(parent_phone="+919840000000", appointment_date="2026-06-22T09:30:00Z"))
    change = {"appointment_date": "2026-06-22T09:30:00Z", "alternatives": 10}
    answer = clinic.send("update", change, appointment_id=appointment_id)
    assert (answer.status, answer.body["error"]["code"]) == (409, "SLOT_FULL")
    assert [each["date"] for each in answer.body["error"]["alternatives"]] == ["2026-06-29"]


def test_how_many_alternatives_is_a_field_like_any_other() -> None:
    clinic = Clinic(window())
    assert bad_fields(clinic.send("book", {**booking(), "alternatives": "3"})) == ["alternatives"]
    assert bad_fields(clinic.send("update", {"notes": "x", "alternatives": 11}, appointment_id="x")) == ["alternatives"]
    assert bad_fields(clinic.send("update", {"alternatives": 3}, appointment_id="x")) == ["body"]
    assert bad_fields(clinic.send("create_window", {**window(), "alternatives": 3})) == ["alternatives"]
