"""The shape of every command and query: its fields, what each may be, and the rules between them.

One table for both doors, bodies from outside and commands made in Python, so that the same mistake gets the same
answer (SPEC §6.1).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.alternative import ALTERNATIVES_MAX
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.window import INTERVAL_WEEKS_MAX, SLOTS_MAX, Session, Weekday, WindowStatus
from booking_engine.rules.fields import (
    Check,
    JsonSchema,
    cursor,
    dates,
    end_of_window,
    flag,
    instant,
    local_date,
    notes,
    one_of,
    record_id,
    region,
    session_hours,
    slot_id,
    text,
    time_of_day,
    versions,
    whole_number,
    zone_name,
)

Values: TypeAlias = Mapping[str, Any]
"""The fields that were sent: clean, or None where they are bad or cleared."""

_NOTHING: JsonSchema = {}

DURATION_MINUTES_MAX = 1_440
CLOSURE_DAYS_MAX = 3_660


class Null(enum.Enum):
    """What ``null`` means for a field."""

    ABSENT = "absent"
    CLEARS = "clears"
    REFUSED = "refused"


class Field(NamedTuple):
    """One field of a command; ``in_body`` is False for what a transport knows and nobody may send.

    ``changes`` is False for what says how to answer: an ask with no other field changes nothing.
    """

    name: str
    check: Check
    required: bool = False
    null: Null = Null.ABSENT
    in_body: bool = True
    changes: bool = True


class Shape(NamedTuple):
    """The fields of a command and the rules between them. ``partial``: at least one field of the body is needed.

    ``schema`` is what a JSON Schema can say of ``between``.
    """

    fields: tuple[Field, ...]
    between: Callable[[Values], Iterable[FieldProblem]] | None = None
    partial: bool = False
    schema: JsonSchema = _NOTHING


def capacity_problems(values: Values) -> Iterable[FieldProblem]:
    """What SPEC W1 asks of the two capacities together, where both are given."""
    max_slots, ai_slots = values.get("max_slots"), values.get("ai_slots")
    if max_slots is not None and ai_slots is not None and ai_slots > max_slots:
        yield FieldProblem("ai_slots", "exceeds max_slots", "send ai_slots of at most max_slots")


def window_problems(values: Values) -> Iterable[FieldProblem]:
    """What SPEC W1 and W8 ask of a window's fields together; used for the whole of a window, new or merged."""
    yield from capacity_problems(values)
    if values.get("max_slots") is None and values.get("ai_slots") == 0:
        yield FieldProblem("max_slots", "is missing", "send max_slots of at least 1 when ai_slots is 0")
    start, end = values.get("start_time") or "00:00", values.get("end_time") or "24:00"
    if start >= end:
        yield FieldProblem("end_time", "is not after start_time", "no window crosses midnight: make two windows")
    valid_from, valid_until = values.get("valid_from"), values.get("valid_until")
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        yield FieldProblem("valid_until", "is before valid_from", "send a date on or after valid_from")
    if (values.get("interval_weeks") or 1) > 1 and valid_from is None:
        yield FieldProblem("valid_from", "is missing", "send the date from which the weeks are counted")


_WINDOW_SCHEMA: JsonSchema = {
    "allOf": [
        {
            "if": {"required": ["ai_slots"], "properties": {"ai_slots": {"const": 0}}},
            "then": {"required": ["max_slots"], "properties": {"max_slots": {"type": "integer"}}},
        },
        {
            "if": {"required": ["interval_weeks"], "properties": {"interval_weeks": {"type": "integer", "minimum": 2}}},
            "then": {"required": ["valid_from"], "properties": {"valid_from": {"type": "string"}}},
        },
    ]
}
_UPDATE_SCHEMA: JsonSchema = {
    "not": {
        "required": ["status", "appointment_date"],
        "properties": {"status": {"enum": [AppointmentStatus.COMPLETED.value, AppointmentStatus.CANCELLED.value]}},
    }
}


def _update_problems(values: Values) -> Iterable[FieldProblem]:
    ending = values.get("status") in (AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED)
    if ending and "appointment_date" in values:
        yield FieldProblem("appointment_date", "does not go with this status", "send the new date or the status")


def _closure_problems(values: Values) -> Iterable[FieldProblem]:
    first, last = values.get("first_date"), values.get("last_date")
    if first is not None and last is not None and last < first:
        yield FieldProblem("last_date", "is before first_date", "send a date on or after first_date")
    elif first is not None and last is not None and (last - first).days >= CLOSURE_DAYS_MAX:
        yield FieldProblem("last_date", "is too far from first_date", f"close {CLOSURE_DAYS_MAX:,} days at most")


def _range_problems(field: str, first: date | None, last: date | None) -> Iterable[FieldProblem]:
    if first is not None and last is not None:
        if last < first:
            yield FieldProblem(field, "is before the first date", "send a later date")
        elif (last - first).days > q.DAYS_MAX:
            yield FieldProblem(field, "is too far from the first date", f"ask for at most {q.DAYS_MAX} days")


def _availability_problems(values: Values) -> Iterable[FieldProblem]:
    return _range_problems("until", values.get("date"), values.get("until"))


def _tracking_problems(values: Values) -> Iterable[FieldProblem]:
    hint = "send date, or both from_date and to_date"
    if "date" not in values and not ("from_date" in values and "to_date" in values):
        yield FieldProblem("date", "is missing", hint)
    elif "date" in values and ("from_date" in values or "to_date" in values):
        yield FieldProblem("date", "does not go with from_date and to_date", hint)
    yield from _range_problems("to_date", values.get("from_date"), values.get("to_date"))


def _page_problems(values: Values) -> Iterable[FieldProblem]:
    if "page" in values and "cursor" in values:
        yield FieldProblem("page", "does not go with cursor", "send the one or the other")


_CLEARS, _REFUSED = Null.CLEARS, Null.REFUSED

_BY_WHOM = (
    Field("channel", one_of(Channel), in_body=False),
    Field("actor", text, in_body=False),
)
_ALTERNATIVES = Field("alternatives", whole_number(0, ALTERNATIVES_MAX), changes=False)
_AS_SEEN = (Field("if_version", versions, in_body=False), *_BY_WHOM)
_NARROWED = (
    Field("branch_id", text),
    Field("session", one_of(Session)),
    Field("appointment_type", text),
)

SHAPES: Mapping[type, Shape] = {
    c.BookAppointment: Shape(
        (
            Field("appointment_type", text, required=True),
            Field("appointment_date", instant, required=True),
            Field("patient_name", text, required=True),
            Field("parent_phone", text, required=True),
            Field("branch_id", text),
            Field("session", one_of(Session)),
            Field("batch", text),
            Field("assigned_doctor", text),
            Field("external_reference_id", text),
            Field("notes", notes),
            _ALTERNATIVES,
            *_BY_WHOM,
        )
    ),
    c.UpdateAppointment: Shape(
        (
            Field("appointment_id", text, required=True, in_body=False),
            Field("appointment_date", instant, null=_REFUSED),
            Field("status", one_of(AppointmentStatus, AppointmentStatus.RESCHEDULED), null=_REFUSED),
            Field("assigned_doctor", text, null=_CLEARS),
            Field("notes", notes, null=_CLEARS),
            Field("session", one_of(Session), null=_REFUSED),
            Field("batch", text, null=_REFUSED),
            _ALTERNATIVES,
            *_AS_SEEN,
        ),
        _update_problems,
        partial=True,
        schema=_UPDATE_SCHEMA,
    ),
    c.HoldPlace: Shape(
        (
            Field("holder", text, required=True),
            Field("appointment_type", text, required=True),
            Field("appointment_date", instant, required=True),
            Field("branch_id", text),
            Field("session", one_of(Session)),
            Field("batch", text),
            Field("assigned_doctor", text),
            Field("parent_phone", text),
            Field("patient_name", text),
            *_BY_WHOM,
        )
    ),
    c.ExtendHold: Shape((Field("hold_id", text, required=True, in_body=False), *_BY_WHOM)),
    c.ReleaseHold: Shape((Field("hold_id", text, required=True, in_body=False), *_BY_WHOM)),
    c.ConfirmHold: Shape(
        (
            Field("hold_id", text, required=True, in_body=False),
            Field("patient_name", text, required=True),
            Field("parent_phone", text, required=True),
            Field("assigned_doctor", text),
            Field("external_reference_id", text),
            Field("notes", notes),
            *_BY_WHOM,
        )
    ),
    c.ConfigureOrganisation: Shape(
        (
            Field("name", text, null=_REFUSED),
            Field("timezone", zone_name, null=_REFUSED),
            Field("enabled", flag, null=_REFUSED),
            Field("buffer_time_minutes", whole_number(0, 1_440), null=_REFUSED),
            Field("max_advance_booking_days", whole_number(0, 3_650), null=_REFUSED),
            Field("min_notice_hours", whole_number(0, 8_760), null=_REFUSED),
            Field("allow_reschedule", flag, null=_REFUSED),
            Field("allow_cancellation", flag, null=_REFUSED),
            Field("cancellation_notice_hours", whole_number(0, 8_760), null=_REFUSED),
            Field("duplicate_prevention", flag, null=_REFUSED),
            Field("reschedule_notice_hours", whole_number(0, 8_760), null=_REFUSED),
            Field("ai_quota", one_of(AiQuota), null=_REFUSED),
            Field("capacity_scope", one_of(CapacityScope), null=_REFUSED),
            Field("hold_seconds", whole_number(1, 86_400), null=_REFUSED),
            Field("hold_max_seconds", whole_number(1, 86_400), null=_REFUSED),
            Field("default_region", region, null=_CLEARS),
            Field("duplicate_includes_patient", flag, null=_REFUSED),
            Field("issue_tokens", flag, null=_REFUSED),
            Field("session_hours", session_hours, null=_REFUSED),
            *_BY_WHOM,
        ),
        partial=True,
    ),
    c.AddBranch: Shape((Field("name", text, required=True), Field("branch_id", record_id), *_BY_WHOM)),
    c.UpdateBranch: Shape(
        (
            Field("branch_id", text, required=True, in_body=False),
            Field("name", text, null=_REFUSED),
            Field("retired", flag, null=_REFUSED),
            *_BY_WHOM,
        ),
        partial=True,
    ),
    c.AddService: Shape(
        (
            Field("name", text, required=True),
            Field("duration_minutes", whole_number(0, DURATION_MINUTES_MAX)),
            Field("service_id", record_id),
            *_BY_WHOM,
        )
    ),
    c.UpdateService: Shape(
        (
            Field("service_id", text, required=True, in_body=False),
            Field("name", text, null=_REFUSED),
            Field("duration_minutes", whole_number(0, DURATION_MINUTES_MAX), null=_REFUSED),
            Field("retired", flag, null=_REFUSED),
            *_BY_WHOM,
        ),
        partial=True,
    ),
    c.CreateWindow: Shape(
        (
            Field("branch_id", text, required=True),
            Field("day", one_of(Weekday), required=True),
            Field("session", one_of(Session), required=True),
            Field("ai_slots", whole_number(0, SLOTS_MAX), required=True),
            Field("max_slots", whole_number(1, SLOTS_MAX)),
            Field("start_time", time_of_day),
            Field("end_time", end_of_window),
            Field("batch_name", text),
            Field("appointment_type_id", text),
            Field("status", one_of(WindowStatus)),
            Field("valid_from", local_date),
            Field("valid_until", local_date),
            Field("interval_weeks", whole_number(1, INTERVAL_WEEKS_MAX)),
            Field("calendar_id", record_id, in_body=False),
            *_BY_WHOM,
        ),
        window_problems,
        schema=_WINDOW_SCHEMA,
    ),
    c.UpdateWindow: Shape(
        (
            Field("slot_id", slot_id, required=True, in_body=False),
            Field("day", one_of(Weekday), null=_REFUSED),
            Field("session", one_of(Session), null=_REFUSED),
            Field("start_time", time_of_day, null=_CLEARS),
            Field("end_time", end_of_window, null=_CLEARS),
            Field("max_slots", whole_number(1, SLOTS_MAX), null=_REFUSED),
            Field("ai_slots", whole_number(0, SLOTS_MAX), null=_REFUSED),
            Field("batch_name", text, null=_CLEARS),
            Field("status", one_of(WindowStatus), null=_REFUSED),
            Field("valid_from", local_date, null=_CLEARS),
            Field("valid_until", local_date, null=_CLEARS),
            Field("interval_weeks", whole_number(1, INTERVAL_WEEKS_MAX), null=_REFUSED),
            *_AS_SEEN,
        ),
        partial=True,
    ),
    c.OverrideTracking: Shape(
        (
            Field("slot_id", slot_id, required=True, in_body=False),
            Field("status", one_of(WindowStatus), null=_CLEARS),
            Field("max_slots", whole_number(0, SLOTS_MAX), null=_CLEARS),
            Field("ai_slots", whole_number(0, SLOTS_MAX), null=_CLEARS),
            *_BY_WHOM,
        ),
        capacity_problems,
        partial=True,
    ),
    c.CloseBranch: Shape(
        (
            Field("branch_id", text, required=True, in_body=False),
            Field("first_date", local_date, required=True),
            Field("last_date", local_date, required=True),
            Field("only", dates, in_body=False),
            Field("label", text),
            *_BY_WHOM,
        ),
        _closure_problems,
    ),
    c.ReopenBranch: Shape((Field("closure_id", text, required=True, in_body=False), *_BY_WHOM)),
    q.AvailabilityQuery: Shape(
        (
            Field("date", local_date, required=True),
            Field("until", local_date),
            *_NARROWED,
        ),
        _availability_problems,
    ),
    q.TrackingQuery: Shape(
        (
            Field("date", local_date),
            Field("from_date", local_date),
            Field("to_date", local_date),
            Field("slot_id", slot_id, in_body=False),
            *_NARROWED,
        ),
        _tracking_problems,
    ),
    q.AlternativesQuery: Shape(
        (
            Field("appointment_type", text, required=True),
            Field("appointment_date", instant, required=True),
            Field("branch_id", text),
            Field("session", one_of(Session)),
            Field("batch", text),
            Field("assigned_doctor", text),
            Field("limit", whole_number(1, ALTERNATIVES_MAX)),
            Field("channel", one_of(Channel), in_body=False),
        )
    ),
    q.AppointmentsQuery: Shape(
        (
            Field("date", local_date),
            Field("status", one_of(AppointmentStatus)),
            *_NARROWED,
            Field("batch", text),
            Field("phone", text),
            Field("external_reference_id", text),
            Field("page", whole_number(1, q.PAGE_MAX)),
            Field("limit", whole_number(1, q.LIMIT_MAX)),
            Field("cursor", cursor),
        ),
        _page_problems,
    ),
    q.AppointmentQuery: Shape((Field("appointment_id", text, required=True, in_body=False),)),
    q.HistoryQuery: Shape((Field("subject_id", text, required=True, in_body=False),)),
    q.CatalogQuery: Shape(()),
    q.RegenerateTracking: Shape(()),
}
"""The shape of every command and query."""
