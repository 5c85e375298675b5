"""What a schema calls valid, the engine's own check takes; what a check gives, its schema calls valid.

So that whoever fills in a form by the schema, a client or a model, is not refused for the form (SPEC §6.1).
"""

from __future__ import annotations

import functools
import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_clinic import booking, window

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.localtime import YEAR_MAX, YEAR_MIN
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.window import Session, Weekday, WindowStatus
from booking_engine.rules.fields import JsonSchema, instant
from booking_engine.rules.shape import parsed
from booking_engine.rules.shape_table import SHAPES, Field, Null
from booking_engine.wire.schema import fields_schema, json_schema, value_schema
from booking_engine.wire.values import plain

SENT = [(kind, field) for kind, shape in SHAPES.items() for field in shape.fields if field.in_body]
# What only a page can give, and no schema can describe.
OPAQUE = {"cursor"}
CHECKS = list({field.check: (kind, field) for kind, field in SENT if field.name not in OPAQUE}.values())


def named(value: object) -> str:
    return value.name if isinstance(value, Field) else getattr(value, "__name__", "")


def validator(schema: JsonSchema) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)


@functools.cache
def validator_of(kind: Any, field: Field | None = None) -> jsonschema_rs.Validator:
    """For a whole body, or for one value in it."""
    return validator(json_schema(kind) if field is None else value_schema(kind, field))


# --- Values that are nearly right -----------------------------------------------------------------------------------

CHARACTERS = "aZ0 Éé\u00a0\u3000\u2028\u200b\u202e\ufeff\u00ad\u0600|+\n\r\t\0\x1b\x7f\x85\U0001f600\u0958\ufb2c"
LENGTHS = [1, 2, 199, 200, 201, 600, 601, 2_000, 2_001]


@st.composite
def long_text(draw: st.DrawFn) -> str:
    length = draw(st.sampled_from(LENGTHS))
    end = draw(st.text(st.sampled_from(CHARACTERS), max_size=3))
    return draw(st.sampled_from("aé |")) * (length - len(end)) + end


def nearly(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """What the strategy gives, or that with one character put in another's place."""

    def changed(args: tuple[str, int, str]) -> str:
        value, at, character = args
        return value[: at % len(value)] + character + value[at % len(value) + 1 :]

    characters = st.sampled_from("0123456789:-+TZz,. \n\u0660")
    return strategy | st.tuples(strategy, st.integers(0, 60), characters).map(changed)


offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
years = datetime(YEAR_MIN - 1, 12, 30), datetime(YEAR_MAX + 1, 1, 2)  # noqa: DTZ001 (Hypothesis adds the zone)
instants = st.datetimes(*years, timezones=offsets | st.just(UTC)).map(datetime.isoformat)
days = st.dates(date(YEAR_MIN - 1, 12, 30), date(YEAR_MAX + 1, 1, 2)).map(date.isoformat)
times = st.times().map(lambda each: each.isoformat("minutes")) | st.sampled_from(["24:00", "00:00", "23:59"])
pairs = st.lists(times | st.integers(), max_size=3)
words = st.sampled_from(
    [
        word
        for kind, field in SENT
        for word in (field.check.schema.get("enum") or ["Asia/Kolkata", "IN", "in", "localtime", "Nowhere"])
    ]
)
bounds = sorted(
    {
        field.check.schema[key] + step
        for _, field in SENT
        for key in ("minimum", "maximum")
        if key in field.check.schema
        for step in (-1, 0, 1)
    }
)
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(bounds),
    st.text(st.sampled_from(CHARACTERS), max_size=6),
    st.text(),
    long_text(),
    nearly(instants | instants.map(lambda each: each.replace("+00:00", "Z"))),
    nearly(days),
    nearly(times),
    words,
    words.map(str.upper),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from(["Morning", "Evening", "Night"]), pairs, max_size=2),
)


def sayable(value: object) -> bool:
    """Not: text that grows in NFC or cannot be seen, and years that only UTC shows to be out of range."""
    if not isinstance(value, str):
        return True
    grows = len(unicodedata.normalize("NFC", value)) > len(value)
    unseen = all(unicodedata.category(each) == "Cf" or each.isspace() for each in value)
    edge = value.startswith(("1999-12-31", "2000-01-01", "2199-12-31", "2200-01-01")) and "T" in value
    return not (grows or unseen or edge)


@pytest.mark.parametrize(("kind", "field"), CHECKS, ids=named)
@given(value=anything)
def test_what_is_valid_is_taken(kind: Any, field: Field, value: object) -> None:
    clean = field.check.clean(value)

    if (
        validator_of(kind, field).is_valid(value) and sayable(value) and field.name not in ("timezone", "session_hours")
    ):  # no schema can say more
        assert not isinstance(clean, FieldProblem), clean


def as_json(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): list(each) for key, each in value.items()}
    return plain(value)


@pytest.mark.parametrize(("kind", "field"), CHECKS, ids=named)
@given(value=anything)
def test_what_is_taken_is_valid_when_it_is_clean(kind: Any, field: Field, value: object) -> None:
    clean = field.check.clean(value)

    if not isinstance(clean, FieldProblem):
        assert validator_of(kind, field).is_valid(as_json(clean)), clean


def right(field: Field) -> object:
    """A value that the check takes."""
    by_type = {"integer": 1, "boolean": True, "object": {"Morning": ["09:00", "12:00"]}}
    schema = field.check.schema
    if "enum" in schema:
        return schema["enum"][0]
    candidates = ["Aadhi", "2026-06-15T09:30:00Z", "2026-06-15", "09:00", "IN", "UTC", by_type.get(schema["type"])]
    return next(each for each in candidates if not isinstance(field.check.clean(each), FieldProblem))


ENUMS = (AppointmentStatus, WindowStatus, Session, Weekday, AiQuota, CapacityScope)
EDGES: list[object] = [
    *("a" * length for length in (0, 1, 200, 201, 600, 601, 2_000, 2_001)),
    *bounds,
    *("1999-12-31", "2000-01-01", "2199-12-31", "2200-01-01", "2026-02-30", "2026-13-01", "2026-06-15T09:30:60Z"),
    *("1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z", "2199-12-31T23:59:59.999Z", "2200-01-01T00:00:00Z"),
    *("2026-06-15T24:00:00Z", "2026-06-15T09:30:00+24:00", "2026-06-15T09:30:00-23:59", "2026-06-15T09:30:00"),
    *("00:00", "09:60", "23:59", "24:00", "24:01", "9:00", "in", "IN", "INN", "a|b", "a||b"),
    *(" ", "\u2028 ", "a\nb", "a\tb", "a\x85b", "a\0b"),
    *(
        1.5,
        "5",
        True,
        None,
        [],
        {},
        {"Morning": ["09:00"]},
        {"Morning": ["09:00", "24:00"]},
        {"Night": ["09:00", "10:00"]},
    ),
    *({"Morning": ["24:00", "24:00"]}, {"Morning": ["09:00", "10:00", "11:00"]}, {"Morning": ["9:00", "10:00"]}),
    *(
        member
        for kind in (AppointmentStatus, WindowStatus, Session, Weekday, AiQuota, CapacityScope)
        for member in kind
    ),
]


@pytest.mark.parametrize(("kind", "field"), CHECKS, ids=named)
def test_at_the_edges_schema_and_check_agree(kind: Any, field: Field) -> None:
    if field.name == "timezone":
        return  # what is known depends on the machine
    judged = [
        (value, validator_of(kind, field).is_valid(value), not isinstance(field.check.clean(value), FieldProblem))
        for value in map(as_json, EDGES)
    ]

    assert [value for value, valid, taken in judged if valid and not taken] == []
    # A date alone is midnight in UTC, as documented; nobody is invited to send it.
    lenient = field.check is instant
    assert [value for value, valid, taken in judged if taken and not valid and not (lenient and value in DATES)] == []


DATES = {"2000-01-01", "2199-12-31"}


@pytest.mark.parametrize(("kind", "field"), CHECKS, ids=named)
def test_some_value_is_valid_and_taken(kind: Any, field: Field) -> None:
    assert validator_of(kind, field).is_valid(right(field))


# --- Null, needed fields, unknown fields ----------------------------------------------------------------------------


def least(kind: Any) -> dict[str, Any]:
    """A body with the needed fields alone."""
    bodies: dict[Any, dict[str, Any]] = {
        c.BookAppointment: booking(),
        c.CreateWindow: window(),
        q.TrackingQuery: dict.fromkeys(("from_date", "to_date"), "2026-06-15"),
    }
    return bodies.get(kind) or {field.name: right(field) for field in SHAPES[kind].fields if _is_needed(field)}


def _is_needed(field: Field) -> bool:
    return field.in_body and field.required


def known(kind: Any) -> dict[str, Any]:
    return {field.name: "x" for field in SHAPES[kind].fields if not field.in_body and field.required}


def bad(kind: Any, body: dict[str, Any]) -> list[str]:
    """The fields of a body that are refused."""
    answer = parsed(kind, body, **known(kind))
    return [problem.field for problem in answer] if isinstance(answer, tuple) else []


@pytest.mark.parametrize(("kind", "field"), SENT, ids=named)
def test_null_is_valid_where_it_means_something(kind: Any, field: Field) -> None:
    taken = field.name not in bad(kind, {**least(kind), field.name: None})

    assert validator(fields_schema(kind)[field.name]).is_valid(None) is taken
    assert taken is (field.null is Null.CLEARS or (field.null is Null.ABSENT and not field.required))


@pytest.mark.parametrize("kind", SHAPES, ids=named)
def test_the_fields_that_are_needed(kind: Any) -> None:
    whole = least(kind)
    for name in [field.name for field in SHAPES[kind].fields if _is_needed(field)]:
        without = {key: value for key, value in whole.items() if key != name}
        assert bad(kind, without)[0] == name
        assert not validator_of(kind).is_valid(without)
    if not SHAPES[kind].partial:
        assert (bad(kind, whole), validator_of(kind).is_valid(whole)) == ([], True)


@pytest.mark.parametrize("kind", SHAPES, ids=named)
def test_fields_that_nobody_may_send(kind: Any) -> None:
    for name in ("channel", "actor", "calendar_id", "x"):
        assert name in bad(kind, {**least(kind), name: "x"})
        assert not validator_of(kind).is_valid({**least(kind), name: "x"})


@pytest.mark.parametrize("kind", [kind for kind, shape in SHAPES.items() if shape.partial], ids=named)
def test_a_change_of_nothing(kind: Any) -> None:
    for body in ({}, {field.name: right(field) for field in SHAPES[kind].fields if not field.changes}):
        assert bad(kind, body) == ["body"]
        assert not validator_of(kind).is_valid(body)


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (c.UpdateAppointment, {"status": "cancelled", "appointment_date": "2026-06-15T09:30:00Z"}, "appointment_date"),
        (c.UpdateAppointment, {"status": "completed", "appointment_date": "2026-06-15T09:30:00Z"}, "appointment_date"),
        (c.UpdateAppointment, {"status": "rescheduled"}, "status"),
        (c.UpdateAppointment, {"status": "confirmed", "appointment_date": "2026-06-15T09:30:00Z"}, None),
        (c.UpdateAppointment, {"status": "cancelled", "notes": "x"}, None),
        (c.CreateWindow, window(ai_slots=0, max_slots=None), "max_slots"),
        (c.CreateWindow, {**window(ai_slots=0), "max_slots": None}, "max_slots"),
        (c.CreateWindow, window(ai_slots=0, max_slots=1), None),
        (c.CreateWindow, window(max_slots=None), None),
        (c.CreateWindow, window(interval_weeks=2), "valid_from"),
        (c.CreateWindow, {**window(interval_weeks=2), "valid_from": None}, "valid_from"),
        (c.CreateWindow, window(interval_weeks=2, valid_from="2026-06-15"), None),
        (c.CreateWindow, window(interval_weeks=1), None),
        (c.CreateWindow, {**window(), "interval_weeks": None}, None),
    ],
    ids=str,
)
def test_the_rules_between_fields_that_can_be_said(kind: Any, body: dict[str, Any], field: str | None) -> None:
    assert bad(kind, body) == ([] if field is None else [field])
    assert validator_of(kind).is_valid(body) is (field is None)


@given(data=st.data())
@pytest.mark.parametrize("kind", [c.BookAppointment, c.UpdateAppointment, c.OverrideTracking], ids=named)
def test_a_body_that_is_valid_is_taken(kind: Any, data: st.DataObject) -> None:
    """All fields at once, each right or nearly: what the schema lets pass is refused for a rule between fields only."""
    drawn = {
        field.name: data.draw(st.just(right(field)) | anything, field.name)
        for field in SHAPES[kind].fields
        if field.in_body and (field.required or data.draw(st.booleans()))
    }
    if validator_of(kind).is_valid(drawn) and all(map(sayable, drawn.values())):
        assert set(bad(kind, drawn)) <= {"ai_slots"}


# --- What a schema says beside its bounds ---------------------------------------------------------------------------


def test_every_field_is_explained() -> None:
    unexplained = [
        (kind.__name__, field.name)
        for kind, shape in SHAPES.items()
        for field in shape.fields
        if not value_schema(kind, field).get("description")
    ]
    assert unexplained == []


def test_what_a_field_is_without_a_value() -> None:
    told = fields_schema(c.CreateWindow)

    assert told["status"]["description"] == "Whether new bookings are taken. Without it: OPEN."
    assert told["interval_weeks"]["description"].endswith("counted from `valid_from`. Without it: 1.")
    assert "Without it" not in fields_schema(c.UpdateWindow)["status"]["description"]
    assert "default" not in json.dumps(json_schema(c.CreateWindow))


def test_a_schema_in_full() -> None:
    assert fields_schema(q.AvailabilityQuery)["session"] == {
        "title": "Session",
        "type": ["string", "null"],
        "enum": ["Morning", "Afternoon", "Evening", None],
        "description": "The part of the day.",
    }
    assert json_schema(c.ReopenBranch) == {
        "title": "ReopenBranch",
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
    assert json_schema(c.OverrideTracking)["properties"]["max_slots"] == {
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 1_000_000,
        "description": "How many places there are on this date; null for what the window says.",
    }


def test_a_schema_is_plain_json_and_a_valid_schema() -> None:
    for kind in SHAPES:
        schema = json_schema(kind)
        assert json.loads(json.dumps(schema)) == schema
        jsonschema_rs.meta.validate(dict(schema))


def test_every_field_of_a_command_has_a_shape_and_one_only() -> None:
    for kind, shape in SHAPES.items():
        assert sorted(field.name for field in attrs.fields(kind)) == sorted(field.name for field in shape.fields)
