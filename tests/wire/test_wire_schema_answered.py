"""Every kind of answer as its schema has it; and that a schema would notice if it were not.

Beside these, each answer that a test in this directory gets from its clinic is held against its schema.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import jsonschema_rs
import pytest
from wire_clinic import CHECKUP, FOLLOW_UP, MAIN, MONDAY, NORTH, Clinic, booking, window
from wire_schemas import answer_validator, check_schema

from booking_engine import Channel, FieldProblem, Reason, RegenerateTracking, Rejection, RejectionCode, TrackingKey
from booking_engine.decisions.decision import Regenerated
from booking_engine.domain.tracking import Counts
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.claims import DuplicateName, ReferenceName
from booking_engine.wire import ENDPOINTS, Answer
from booking_engine.wire.errors import TransportCode, rejected, transport_error
from booking_engine.wire.schema import ANSWER_OF, REFUSED, SCHEMAS
from booking_engine.wire.schema.answered import ANSWERS


def everything() -> Iterator[tuple[str, Answer]]:
    """Answers with every field that is sometimes there."""
    clinic = Clinic(window(), branches=(MAIN, NORTH))
    (slot,) = clinic.windows

    def send(name: str, *args: Any, **path: Any) -> tuple[str, Answer]:
        return name, clinic.send(name, *args, **path)

    ask = booking(branch_id=MAIN, external_reference_id="crm-1", assigned_doctor="Dr. Rao", notes="a\nb")
    yield send("create_window", window(session="Evening", start_time=None, end_time=None, batch_name=None))
    yield send("create_window", window(day="friday", appointment_type_id=CHECKUP, valid_from=MONDAY, interval_weeks=2))
    yield send("book", ask, actor="desk")
    yield send("book", {**ask, "notes": "other"})
    yield send("book", booking(branch_id=MAIN, parent_phone="+91"), channel=Channel.AI_AGENT)
    ((_, page),) = [send("appointments", query={"limit": "1"})]
    yield "appointments", page
    booked = page.body["data"][0]["appointment_id"]
    yield send("update", {"notes": None, "session": "Morning"}, appointment_id=booked)
    yield send("appointment", appointment_id=booked)
    yield send("history", appointment_id=booked)
    yield send("availability", query={"date": MONDAY, "until": "2026-06-22"})
    yield send("availability", query={"date": MONDAY, "appointment_type": FOLLOW_UP})
    yield send("tracking", query={"date": MONDAY})
    yield send("override_tracking", {"max_slots": 0, "ai_slots": 0}, slot_id=f"{slot}||{MONDAY}")
    yield send("override_tracking", {"status": "CLOSED"}, slot_id=f"{slot}||{MONDAY}||{CHECKUP}")
    yield send("update_window", {"start_time": "10:00", "max_slots": 1, "ai_slots": 1}, slot_id=slot)
    yield send("disable_window", slot_id=slot)
    for name in ("config", "services", "branches", "windows", "regenerate"):
        yield send(name)
    day = date(2026, 6, 15)
    found = (
        Difference(TrackingKey("id-5", day, CHECKUP), Counts(2, 1), Counts(1, 0)),
        Difference(ReferenceName("crm-1"), frozenset({"appt_1"}), frozenset()),
        Difference(DuplicateName("+91", CHECKUP, day, ""), frozenset(), frozenset({"appt_1"})),
    )
    yield "regenerate", ENDPOINTS["regenerate"].answer(Regenerated(3, found), RegenerateTracking())


def refusals() -> Iterator[Answer]:
    instant = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
    fields = (FieldProblem("a", "b"),)
    others = Clinic(window()).engine.alternatives("General Checkup", instant, limit=1)
    whole: dict[str, Any] = {
        "existing_appointment_id": "appt_1",
        "earliest": instant,
        "fields": fields,
        "alternatives": others,
    }
    for code in RejectionCode:
        for latest in (instant, instant.date()):
            yield rejected(Rejection(code=code, message="Why.", reason=Reason.NOTICE, latest=latest, **whole))
        yield rejected(Rejection(code=code, message="Why."))
    for transport in TransportCode:
        yield transport_error(transport)


def seen_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all fields of a body."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield (*path, name)
            yield from seen_in(each, (*path, name))
    elif isinstance(value, list):
        for each in value:
            yield from seen_in(each, path)


def said_in(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all fields that a schema names."""
    if "$ref" in schema:
        yield from said_in(SCHEMAS[schema["$ref"].rpartition("/")[2]], path)
    for each in schema.get("anyOf", ()):
        yield from said_in(each, path)
    if "items" in schema:
        yield from said_in(schema["items"], path)
    for name, each in schema.get("properties", {}).items():
        yield (*path, name)
        yield from said_in(each, (*path, name))


ANSWERED = list(everything())


@pytest.mark.parametrize(("name", "answer"), ANSWERED, ids=[name for name, _ in ANSWERED])
def test_an_answer_has_its_schema(name: str, answer: Answer) -> None:
    assert answer.status < 300
    check_schema(name, answer)


def test_no_schema_names_a_field_that_is_never_there() -> None:
    assert {name for name, _ in ANSWERED} == set(ENDPOINTS) == ANSWER_OF.keys()
    for kind in set(ANSWER_OF.values()):
        seen = {path for name, answer in ANSWERED if ANSWER_OF[name] == kind for path in seen_in(answer.body)}
        assert set(said_in(ANSWERS[kind])) == seen, kind


def test_a_refusal_has_its_schema() -> None:
    seen = set()
    for answer in refusals():
        answer_validator("ErrorAnswer").validate(answer.body)
        seen |= set(seen_in(answer.body))
    assert set(said_in(ANSWERS["ErrorAnswer"])) == seen


@pytest.mark.parametrize(("name", "answer"), ANSWERED, ids=[name for name, _ in ANSWERED])
def test_an_answer_that_lacks_a_field_or_has_another_is_noticed(name: str, answer: Answer) -> None:
    more = Answer(answer.status, {**answer.body, "x": 1})
    less = Answer(answer.status, {key: value for key, value in answer.body.items() if key != "success"})
    for wrong in (more, less, Answer(answer.status, {**answer.body, "success": False})):
        with pytest.raises(jsonschema_rs.ValidationError):
            check_schema(name, wrong)


@pytest.mark.parametrize("path", [("data", "patient_name"), ("data", "notes"), ("data", "date"), ("token",)], ids=str)
def test_a_field_inside_is_held_against_its_schema(path: tuple[str, ...]) -> None:
    booked = next(answer for name, answer in ANSWERED if name == "book")
    for wrong in (5.5, [], "\0" if path[-1] == "date" else {}):
        body = copy.deepcopy(booked.body)
        inner = body[path[0]] if len(path) > 1 else body
        inner[path[-1]] = wrong
        with pytest.raises(jsonschema_rs.ValidationError):
            check_schema("book", Answer(201, body))


def test_each_endpoint_says_what_it_refuses() -> None:
    order = list(RejectionCode)
    assert REFUSED.keys() == ENDPOINTS.keys()
    for name, codes in REFUSED.items():
        assert codes[0] is RejectionCode.VALIDATION_ERROR
        assert list(codes) == sorted(codes, key=order.index)
        assert (RejectionCode.NOT_FOUND in codes) is (ENDPOINTS[name].path_parameter is not None)
    assert RejectionCode.NOT_FOUND not in REFUSED["book"]
    assert REFUSED["book"][1:] == tuple(order[order.index(RejectionCode.BOOKING_DISABLED) :])


def test_every_schema_is_a_valid_one_and_is_used() -> None:
    for name, schema in SCHEMAS.items():
        jsonschema_rs.meta.validate(dict(schema))
        assert schema.get("description") or "enum" in schema, name
    used = {*ANSWER_OF.values(), "ErrorAnswer"}
    text = str(dict(SCHEMAS))
    assert [name for name in SCHEMAS if name not in used and f"/{name}'" not in text] == []
