"""Reading turns text from outside into plain values, or says what is wrong with it; nothing is guessed or repaired.

JSON is read strictly: UTF-8 without a byte order mark, at most 64 KiB, no key twice, numbers that are numbers, and no
half characters. A field that breaks this is named. Nothing here raises, whatever is sent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Rejection, invalid
from booking_engine.domain.text import printable

BODY_BYTES_MAX = 64 * 1024
DEPTH_MAX = 32
DIGITS_MAX = 40

_BYTE_ORDER_MARK = "\ufeff"
# A string is skipped whole, closed or not; possessive, so that no text takes more than one pass.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_as_it_is_written = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class _Flaw(NamedTuple):
    """Stands in a read value for what cannot be read."""

    problem: str
    hint: str


_NOT_A_NUMBER = _Flaw("is not a number that JSON has", "send a finite number, or null")
_TOO_LONG = _Flaw(f"is a number of more than {DIGITS_MAX} digits", "send a smaller number")
_TWICE = _Flaw("is given twice", "send each field once")
_HALF = _Flaw("contains half a character (a lone surrogate)", "send whole Unicode characters")


def read_json(text: bytes | str) -> object | Rejection:
    """The value that the text stands for, or a ``VALIDATION_ERROR`` that names every flaw."""
    decoded = _decoded(text)
    if isinstance(decoded, FieldProblem):
        return invalid(decoded)
    if _depth(decoded) > DEPTH_MAX:
        return invalid(FieldProblem("body", "is nested too deeply", f"send at most {DEPTH_MAX} levels"))
    try:
        value = json.loads(
            decoded,
            parse_constant=lambda _: _NOT_A_NUMBER,
            parse_float=_number,
            parse_int=_whole_number,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        return invalid(FieldProblem("body", f"is not JSON: {fault.msg} ({place})", "send one JSON object"))
    problems = tuple(_flaws(value, ()))
    return invalid(*problems) if problems else value


def read_query(pairs: Iterable[tuple[str, str]]) -> dict[str, str] | Rejection:
    """The parameters of a query string by name; a name that stands there twice is refused."""
    query: dict[str, str] = {}
    twice: list[FieldProblem] = []
    for name, value in pairs:
        if name in query:
            twice.append(FieldProblem(printable(name), *_TWICE))
        query[name] = value
    return invalid(*twice) if twice else query


def to_json(body: object) -> str:
    """JSON in the order of the body, every script as it is written.

    Text with a lone surrogate never gets this far (SPEC I3); if it did, it is escaped and the answer still sent.
    """
    text = _as_it_is_written(body)
    return json.dumps(body) if _SURROGATE.search(text) else text


def _decoded(text: bytes | str) -> str | FieldProblem:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > BODY_BYTES_MAX:
        return FieldProblem("body", "is too large", f"send at most {BODY_BYTES_MAX:,} bytes")
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        return FieldProblem("body", "is not UTF-8 text", "send JSON in UTF-8")
    if decoded.startswith(_BYTE_ORDER_MARK):
        return FieldProblem("body", "begins with a byte order mark", "send JSON in UTF-8 without it")
    return decoded


def _depth(text: str) -> int:
    """How deeply brackets are nested, so that no reader recurses further than that."""
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return 0
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        bracket = match[0]
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    return deepest


def _number(digits: str) -> float | _Flaw:
    number = float(digits)
    return number if math.isfinite(number) else _NOT_A_NUMBER


def _whole_number(digits: str) -> int | _Flaw:
    return int(digits) if len(digits) <= DIGITS_MAX else _TOO_LONG


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read: dict[str, object] = {}
    for name, value in pairs:
        read[name] = _TWICE if name in read else value
    return read


def _flaws(value: object, path: tuple[str, ...]) -> Iterator[FieldProblem]:
    """Everything in a value that cannot be read, under the path of its field."""
    match value:
        case _Flaw():
            yield _named(path, value)
        case dict():
            for name, each in value.items():
                if _SURROGATE.search(name):
                    yield _named((*path, name), _HALF)
                yield from _flaws(each, (*path, name))
        case list():
            for each in value:
                yield from _flaws(each, path)
        case str() if _SURROGATE.search(value):
            yield _named(path, _HALF)


def _named(path: tuple[str, ...], flaw: _Flaw) -> FieldProblem:
    return FieldProblem(printable(".".join(path)) if path else "body", flaw.problem, flaw.hint)
