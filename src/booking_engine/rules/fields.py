"""A field is one value of an ask: what it may be, and what is said when it is not (SPEC I3, T3, T5, W1).

Each check returns the clean value, or a ``FieldProblem`` that its caller names, and carries the JSON Schema (2020-12)
of what it takes. Nothing is valid by the schema that the check refuses, as far as a schema can say it; what the check
forgives (blanks around a name, other ways to write an instant) nobody is invited to send.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from booking_engine.domain import localtime
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.slotid import SEPARATOR
from booking_engine.domain.text import NAME_LENGTH_MAX, NOTES_LENGTH_MAX, clean_text
from booking_engine.domain.window import Session
from booking_engine.rules.cursor import read_cursor

JsonSchema: TypeAlias = Mapping[str, Any]
"""A JSON Schema (2020-12). Its patterns mean the same in the dialects of JavaScript, Python and Rust."""

SLOT_ID_LENGTH_MAX = 3 * 200
VERSION_MAX = 2**63 - 1


@attrs.frozen(eq=False)
class Check:
    """``clean`` gives the clean value or the problem; a ``title`` in ``schema`` names an enumeration."""

    clean: Callable[[object], object]
    schema: JsonSchema

    def __call__(self, value: object) -> object:
        """The clean value, or what is wrong with it."""
        return self.clean(value)


def described_by(schema: JsonSchema) -> Callable[[Callable[[object], object]], Check]:
    """Make a function that checks a value a ``Check`` with that schema."""
    return lambda clean: Check(clean, schema)


# What no text may contain (SPEC I3). Of lone surrogates no JSON Schema can speak, and a list of the characters that
# cannot be seen would be longer than all the rest: it asks for one that is not blank.
_CONTROL = r"\u0000-\u001f\u007f-\u009f"
_CONTROL_BUT_LINES = r"\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f"
_YEAR = "2[01][0-9]{2}"  # localtime.YEAR_MIN to YEAR_MAX
_DAY = f"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_HOUR_MINUTE = "([01][0-9]|2[0-3]):[0-5][0-9]"
_TIME_SCHEMA: JsonSchema = {"type": "string", "pattern": f"^{_HOUR_MINUTE}$"}
_END_SCHEMA: JsonSchema = {"type": "string", "pattern": f"^({_HOUR_MINUTE}|24:00)$"}


def _text_schema(length_max: int, forbidden: str) -> JsonSchema:
    """Some text without what is forbidden, and not only blanks."""
    pattern = rf"^[^{forbidden}]*[^\s{forbidden}][^{forbidden}]*$"
    return {"type": "string", "minLength": 1, "maxLength": length_max, "pattern": pattern}


text = Check(clean_text, _text_schema(NAME_LENGTH_MAX, _CONTROL))
"""Check for a name, a phone, a label, a reference: text of one line (SPEC I3)."""


@described_by(_text_schema(NOTES_LENGTH_MAX, _CONTROL_BUT_LINES))
def notes(value: object) -> object:
    """Check for free text with line breaks."""
    return clean_text(value, length_max=NOTES_LENGTH_MAX, lines=True)


@described_by(_text_schema(NAME_LENGTH_MAX, _CONTROL + SEPARATOR[0]))
def record_id(value: object) -> object:
    """Check for an id that the caller chose: text without the separator of slot ids."""
    clean = clean_text(value)
    if isinstance(clean, str) and SEPARATOR[0] in clean:
        return FieldProblem("", f'contains "{SEPARATOR[0]}", which separates slot ids', "send an id without it")
    return clean


@described_by(_text_schema(SLOT_ID_LENGTH_MAX, _CONTROL))
def slot_id(value: object) -> object:
    """Check for any of the documented slot id forms; what its segments say is looked up later (SPEC W2)."""
    return clean_text(value, length_max=SLOT_ID_LENGTH_MAX)


instant = Check(
    localtime.clean_instant,
    {
        "type": "string",
        "format": "date-time",
        "pattern": rf"^{_DAY}T{_HOUR_MINUTE}:[0-5][0-9](\.[0-9]{{1,9}})?(Z|[+-]{_HOUR_MINUTE})$",
    },
)
"""Check for an instant (SPEC T3); the schema invites the form of the documents, with a time and an offset."""

local_date = Check(localtime.clean_date, {"type": "string", "format": "date", "pattern": f"^{_DAY}$"})
"""Check for a date (SPEC T5)."""

time_of_day = Check(localtime.clean_time_of_day, _TIME_SCHEMA)
"""Check for a time of day."""


@described_by(_END_SCHEMA)
def end_of_window(value: object) -> object:
    """Check for a time of day, ``24:00`` included."""
    return localtime.clean_time_of_day(value, end=True)


def whole_number(minimum: int, maximum: int) -> Check:
    """Check for a JSON integer within bounds; ``true`` and ``"5"`` are none (SPEC I3)."""

    @described_by({"type": "integer", "minimum": minimum, "maximum": maximum})
    def check(value: object) -> object:
        if type(value) is not int:
            return FieldProblem("", "is not a whole number", f"send a number from {minimum} to {maximum:,}")
        if not minimum <= value <= maximum:
            return FieldProblem("", "is out of range", f"send a number from {minimum} to {maximum:,}")
        return value

    return check


_version = whole_number(1, VERSION_MAX)


def one_of(kind: type[enum.StrEnum], *excluded: enum.StrEnum) -> Check:
    """Check for a member of an enumeration, or exactly its value."""
    members = {member.value: member for member in kind if member not in excluded}
    hint = "send one of: " + ", ".join(f'"{value}"' for value in members)
    title = {} if excluded else {"title": kind.__name__}

    @described_by({**title, "type": "string", "enum": list(members)})
    def check(value: object) -> object:
        member = members.get(value) if isinstance(value, str) else None  # a member is its own value
        return FieldProblem("", "is not one of the known values", hint) if member is None else member

    return check


@described_by({"type": "boolean"})
def flag(value: object) -> object:
    """Check for true or false."""
    return value if type(value) is bool else FieldProblem("", "is not true or false", "send true or false")


@described_by({"type": "string", "minLength": 1})
def zone_name(value: object) -> object:
    """Check for a known IANA zone (SPEC T5)."""
    if isinstance(value, str) and value in localtime.known_zones():
        return value
    return FieldProblem("", "is not a known time zone", 'send an IANA name, e.g. "Asia/Kolkata"')


@described_by({"type": "string", "pattern": "^[A-Z]{2}$"})
def region(value: object) -> object:
    """Check for an ISO 3166 region of phone numbers (SPEC I2)."""
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value):
        return value
    return FieldProblem("", "is not a region", 'send two capital letters, e.g. "IN"')


@described_by(
    {
        "type": "object",
        "propertyNames": {"enum": [session.value for session in Session]},
        "additionalProperties": {
            "type": "array",
            "prefixItems": [_TIME_SCHEMA, _END_SCHEMA],
            "minItems": 2,
            "items": False,
        },
    }
)
def session_hours(value: object) -> object:
    """Check for ``{"Morning": ["09:00", "12:00"], …}``."""
    hint = 'send e.g. {"Morning": ["09:00", "12:00"]}'
    if not isinstance(value, Mapping):
        return FieldProblem("", "is not a table of sessions", hint)
    hours: dict[Session, tuple[str, str]] = {}
    for name, pair in value.items():
        session = one_of(Session)(name)
        if not isinstance(session, Session) or not isinstance(pair, list | tuple) or len(pair) != 2:
            return FieldProblem("", "has an entry that is not a session with its start and end", hint)
        start, end = localtime.clean_time_of_day(pair[0]), localtime.clean_time_of_day(pair[1], end=True)
        if isinstance(start, FieldProblem) or isinstance(end, FieldProblem) or start >= end:
            return FieldProblem("", f"has no start before its end for {session}", hint)
        hours[session] = (start, end)
    return hours  # a copy: what the caller does with the own one later changes nothing here


@described_by({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"})
def cursor(value: object) -> object:
    """Check for a cursor that some page gave; whether it is one of this list is looked up later (SPEC P1)."""
    if type(value) is str and read_cursor(value) is not None:
        return value
    return FieldProblem("", "is not a cursor", "send next_cursor of the page before, or leave it out")


@described_by({"not": {}})  # no part of a body: a header says it
def versions(value: object) -> object:
    """Check for a version of a record, or several of which any will do; of none, none does (SPEC U8)."""
    if not isinstance(value, tuple | list | set | frozenset):
        return _version(value)
    bad = [each for each in map(_version, value) if isinstance(each, FieldProblem)]
    if bad:
        return bad[0]
    return value if type(value) is tuple else tuple(value)


@described_by({"not": {}})  # nothing in JSON: it is for Python alone
def dates(value: object) -> object:
    """Check for something that dates can be ``in``."""
    if isinstance(value, str | bytes) or not hasattr(value, "__contains__"):
        return FieldProblem("", "contains no dates", "send a set of dates")
    return value
