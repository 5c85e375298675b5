"""A field is one value of an ask: what it may be, and what is said when it is not (SPEC I3, T3, T5, W1).

Each check returns the clean value, or a ``FieldProblem`` that its caller names.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from booking_engine.domain import localtime
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.slotid import SEPARATOR
from booking_engine.domain.text import NOTES_LENGTH_MAX, clean_text
from booking_engine.domain.window import Session
from booking_engine.rules.cursor import read_cursor

Check: TypeAlias = Callable[[object], object]

SLOT_ID_LENGTH_MAX = 3 * 200
VERSION_MAX = 2**63 - 1


def whole_number(minimum: int, maximum: int) -> Check:
    """Check for a JSON integer within bounds; ``true`` and ``"5"`` are none (SPEC I3)."""

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

    def check(value: object) -> object:
        member = members.get(value) if isinstance(value, str) else None  # a member is its own value
        return FieldProblem("", "is not one of the known values", hint) if member is None else member

    return check


def flag(value: object) -> object:
    """Check for true or false."""
    return value if type(value) is bool else FieldProblem("", "is not true or false", "send true or false")


def notes(value: object) -> object:
    """Check for free text with line breaks."""
    return clean_text(value, length_max=NOTES_LENGTH_MAX, lines=True)


def record_id(value: object) -> object:
    """Check for an id that the caller chose: text without the separator of slot ids."""
    text = clean_text(value)
    if isinstance(text, str) and SEPARATOR[0] in text:
        return FieldProblem("", f'contains "{SEPARATOR[0]}", which separates slot ids', "send an id without it")
    return text


def slot_id(value: object) -> object:
    """Check for any of the documented slot id forms; what its segments say is looked up later (SPEC W2)."""
    return clean_text(value, length_max=SLOT_ID_LENGTH_MAX)


def zone_name(value: object) -> object:
    """Check for a known IANA zone (SPEC T5)."""
    if isinstance(value, str) and value in localtime.known_zones():
        return value
    return FieldProblem("", "is not a known time zone", 'send an IANA name, e.g. "Asia/Kolkata"')


def region(value: object) -> object:
    """Check for an ISO 3166 region of phone numbers (SPEC I2)."""
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value):
        return value
    return FieldProblem("", "is not a region", 'send two capital letters, e.g. "IN"')


def end_of_window(value: object) -> object:
    """Check for a time of day, ``24:00`` included."""
    return localtime.clean_time_of_day(value, end=True)


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


def cursor(value: object) -> object:
    """Check for a cursor that some page gave; whether it is one of this list is looked up later (SPEC P1)."""
    if type(value) is str and read_cursor(value) is not None:
        return value
    return FieldProblem("", "is not a cursor", "send next_cursor of the page before, or leave it out")


def versions(value: object) -> object:
    """Check for a version of a record, or several of which any will do; of none, none does (SPEC U8)."""
    if not isinstance(value, tuple | list | set | frozenset):
        return _version(value)
    bad = [each for each in map(_version, value) if isinstance(each, FieldProblem)]
    if bad:
        return bad[0]
    return value if type(value) is tuple else tuple(value)


def dates(value: object) -> object:
    """Check for something that dates can be ``in``."""
    if isinstance(value, str | bytes) or not hasattr(value, "__contains__"):
        return FieldProblem("", "contains no dates", "send a set of dates")
    return value
