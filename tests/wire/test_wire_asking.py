"""Where the fields of a request may stand, and that whatever stands elsewhere is named."""

from __future__ import annotations

from typing import Any

import pytest
from wire_clinic import MONDAY, Clinic, bad_fields, booking, window

from booking_engine.wire.endpoints import ENDPOINTS

TAKE_A_BODY = {"book", "update", "create_window", "update_window", "override_tracking"}
TAKE_A_QUERY = {"appointments", "availability", "tracking"}
PATHS: dict[str | None, dict[str, str]] = {
    None: {},
    "appointment_id": {"appointment_id": "appt_x"},
    "slot_id": {"slot_id": f"x||{MONDAY}"},
}


def path_of(name: str) -> dict[str, Any]:
    return PATHS[ENDPOINTS[name].path_parameter]


@pytest.mark.parametrize("name", sorted(TAKE_A_BODY))
@pytest.mark.parametrize("body", [None, [], "text", 5, True, [{"patient_name": "Aadhi"}]])
def test_a_body_that_is_no_object(name: str, body: object) -> None:
    assert bad_fields(Clinic().send(name, body, **path_of(name))) == ["body"]


@pytest.mark.parametrize("name", sorted(set(ENDPOINTS) - TAKE_A_BODY))
def test_a_body_where_none_is_taken(name: str) -> None:
    query = {"date": MONDAY} if name in TAKE_A_QUERY else None
    clinic = Clinic()

    assert bad_fields(clinic.send(name, [1], query, **path_of(name))) == ["body"]
    assert bad_fields(clinic.send(name, {"status": "OPEN", "x": 1}, query, **path_of(name))) == ["status", "x"]
    assert clinic.send(name, {}, query, **path_of(name)) == clinic.send(name, None, query, **path_of(name))


@pytest.mark.parametrize("name", sorted(set(ENDPOINTS) - TAKE_A_QUERY))
def test_a_query_where_none_is_taken(name: str) -> None:
    body = {"book": booking(), "create_window": window()}.get(name, {"status": "OPEN"})
    sent = body if name in TAKE_A_BODY else None
    sent = {"status": "cancelled"} if name == "update" else sent

    assert bad_fields(Clinic().send(name, sent, {"page": "1"}, **path_of(name))) == ["page"]


@pytest.mark.parametrize("name", sorted(TAKE_A_QUERY))
def test_unknown_parameters(name: str) -> None:
    answer = Clinic().send(name, query={"date": MONDAY, "dates": MONDAY, "org_id": "other"})

    assert bad_fields(answer) == ["dates", "org_id"]


@pytest.mark.parametrize("name", sorted(TAKE_A_QUERY))
@pytest.mark.parametrize("query", [[], "date=2026-06-15", 5])
def test_a_query_that_is_no_object(name: str, query: object) -> None:
    assert bad_fields(Clinic().send(name, query=query)) == ["query"]


def test_every_bad_part_of_a_request_is_named_at_once() -> None:
    answer = Clinic().send(
        "update", {"status": "rescheduled", "batch": None, "id": "x"}, {"page": "1"}, appointment_id="\0"
    )

    assert bad_fields(answer) == ["page", "id", "appointment_id", "status", "batch"]
    assert bad_fields(Clinic().send("book", [], {"page": "1"})) == ["page", "body"]
    assert answer.body["error"]["message"] == "Invalid: page, id, appointment_id, status, batch."


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, each.path_parameter) for name, each in ENDPOINTS.items() if each.path_parameter],
)
def test_the_parameter_of_the_path(name: str, parameter: str) -> None:
    body: dict[str, Any] | None = {"status": "OPEN"} if name in TAKE_A_BODY - {"update"} else None
    body = {"notes": "x"} if name == "update" else body
    clinic = Clinic()

    unreadable: dict[str, Any] = {parameter: "\0"}

    assert bad_fields(clinic.send(name, body)) == [parameter]
    assert bad_fields(clinic.send(name, body, **unreadable)) == [parameter]
    assert clinic.send(name, body, **path_of(name)).status == 404
    # Only the parameter of the path is taken from it: nobody else can slip a field in.
    assert clinic.send(name, body, **path_of(name), kind="x").status == 404


def test_fields_that_nobody_may_send() -> None:
    clinic = Clinic(window())

    assert bad_fields(clinic.send("book", booking(channel="staff", actor="me"))) == ["channel", "actor"]
    assert bad_fields(clinic.send("create_window", window(calendar_id="mine"))) == ["calendar_id"]
    assert bad_fields(clinic.send("update_window", {"slot_id": "x", "ai_slots": 1}, slot_id="x")) == ["slot_id"]


def test_a_caller_is_checked_like_every_field() -> None:
    assert bad_fields(Clinic(window()).send("book", booking(), actor="a\0b")) == ["actor"]


def test_numbers_of_a_query_string_are_text() -> None:
    clinic = Clinic()

    answer = clinic.send("appointments", query={"page": "2", "limit": "10"})
    assert (answer.body["page"], answer.body["limit"]) == (2, 10)
    assert clinic.send("appointments", query={"page": 2, "limit": 10}) == answer


@pytest.mark.parametrize("text", ["0", "-1", "201", "1.0", "1e1", "", " 1", "+1", "٢", "one", "9" * 5_000, True, None])
def test_numbers_that_are_none(text: object) -> None:
    answer = Clinic().send("appointments", query={"limit": text})

    if text is None:
        assert answer.body["limit"] == 50
    else:
        assert bad_fields(answer) == ["limit"]


def test_a_number_stays_text_where_text_is_meant() -> None:
    clinic = Clinic(window(batch_name="12"))
    clinic.send("book", booking())

    assert clinic.send("appointments", query={"batch": "12"}).body["total"] == 1


def test_tracking_speaks_of_from_and_to() -> None:
    clinic = Clinic()

    assert bad_fields(clinic.send("tracking", query={"from": "x", "to": "2026-06-1"}))[:2] == ["from", "to"]
    too_far = clinic.send("tracking", query={"from": "2026-06-15", "to": "2026-12-15"})
    assert bad_fields(too_far) == ["to"]
    assert clinic.send("tracking", query={"from": MONDAY, "to": "2026-09-15"}).status == 200
    unknown = clinic.send("tracking", query={"date": MONDAY, "x": "1"})
    assert unknown.body["error"]["fields"][0]["hint"] == (
        "known fields: appointment_type, branch_id, date, from, session, to"
    )


@pytest.mark.parametrize(
    ("query", "wrong"),
    [({"to": MONDAY}, "is missing"), ({"date": MONDAY, "from": MONDAY}, "does not go with from and to")],
)
def test_tracking_is_told_what_to_send_in_the_words_of_the_wire(query: dict[str, str], wrong: str) -> None:
    [told] = Clinic().send("tracking", query=query).body["error"]["fields"]
    assert told == {"field": "date", "problem": wrong, "hint": "send date, or both from and to"}


def test_tracking_does_not_take_its_names_inside() -> None:
    answer = Clinic().send("tracking", query={"from_date": MONDAY, "to_date": MONDAY, "date": MONDAY})

    assert [(field["field"], field["hint"]) for field in answer.body["error"]["fields"]] == [
        ("from_date", "send from"),
        ("to_date", "send to"),
    ]
