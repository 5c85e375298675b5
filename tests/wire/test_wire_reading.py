"""Text from outside: strict JSON, one clear problem for each flaw, and text again in the order of the body."""

from __future__ import annotations

import json

import pytest

from booking_engine import Rejection
from booking_engine.wire.reading import BODY_BYTES_MAX, DEPTH_MAX, DIGITS_MAX, read_json, read_query, to_json


def problems(read: object) -> list[tuple[str, str]]:
    assert isinstance(read, Rejection), read
    assert read.code == "VALIDATION_ERROR"
    assert all(problem.hint for problem in read.fields)
    return [(problem.field, problem.problem) for problem in read.fields]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ('{"a": 1, "b": [true, null, -0.5]}', {"a": 1, "b": [True, None, -0.5]}),
        (' \n{"n": "Ärztin", "m": "\\u00c4", "k": "\\ud83d\\ude00"}\t', {"n": "Ärztin", "m": "Ä", "k": "😀"}),
        ('"text"', "text"),
        ("null", None),
        ("1e308", 1e308),
        ("9" * DIGITS_MAX, int("9" * DIGITS_MAX)),
        ("[" * DEPTH_MAX + "]" * DEPTH_MAX, json.loads("[" * DEPTH_MAX + "]" * DEPTH_MAX)),
        (json.dumps("[" * 1_000 + '\\"[{' * 100), "[" * 1_000 + '\\"[{' * 100),
        (json.dumps([{}] * 1_000), [{}] * 1_000),
        ('"' + "x" * (BODY_BYTES_MAX - 2) + '"', "x" * (BODY_BYTES_MAX - 2)),
    ],
    ids=range(11),
)
def test_json_that_is_read(text: str, value: object) -> None:
    assert read_json(text) == value
    assert read_json(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("body", "is not JSON: Expecting value (line 1, column 1)")]),
        ('{"a": 1,\n "b"}', [("body", "is not JSON: Expecting ':' delimiter (line 2, column 5)")]),
        ("{} {}", [("body", "is not JSON: Extra data (line 1, column 4)")]),
        ("{'a': 1}", [("body", "is not JSON: Expecting property name enclosed in double quotes (line 1, column 2)")]),
        ('{"a": "\x00"}', [("body", "is not JSON: Invalid control character at (line 1, column 8)")]),
        ('{"a": NaN}', [("a", "is not a number that JSON has")]),
        ('{"a": [1, Infinity]}', [("a", "is not a number that JSON has")]),
        ('{"a": {"b": -Infinity}}', [("a.b", "is not a number that JSON has")]),
        ("NaN", [("body", "is not a number that JSON has")]),
        ('{"a": 1e400, "b": -1E999}', [("a", "is not a number that JSON has"), ("b", "is not a number that JSON has")]),
        ('{"a": 1%s}' % ("0" * 5_000), [("a", f"is a number of more than {DIGITS_MAX} digits")]),
        ('{"a": %s}' % ("9" * (DIGITS_MAX + 1)), [("a", f"is a number of more than {DIGITS_MAX} digits")]),
        ('{"a": 1, "b": 2, "a": 1}', [("a", "is given twice")]),
        ('{"a": {"b": 1, "b": 2}, "": 1, "": 2}', [("a.b", "is given twice"), ('""', "is given twice")]),
        ('{"a": "\\ud800"}', [("a", "contains half a character (a lone surrogate)")]),
        ('{"a": "\\ude00\\ud83d"}', [("a", "contains half a character (a lone surrogate)")]),
        ('{"\\udfff": 1}', [("?", "contains half a character (a lone surrogate)")]),
        ('["\\ud800"]', [("body", "contains half a character (a lone surrogate)")]),
        ("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), [("body", "is nested too deeply")]),
        ("[" * 60_000, [("body", "is nested too deeply")]),
        ('{"a":' * 12_000, [("body", "is nested too deeply")]),
        ('{"a": "' + '\\"[' * 20_000, [("body", "is not JSON: Unterminated string starting at (line 1, column 7)")]),
        ('"' + "x" * (BODY_BYTES_MAX - 1) + '"', [("body", "is too large")]),
        ('"' + "ä" * (BODY_BYTES_MAX // 2) + '"', [("body", "is too large")]),
        ("\ufeff{}", [("body", "begins with a byte order mark")]),
        ('{"%s": NaN}' % ("k" * 100), [("k" * 60, "is not a number that JSON has")]),
    ],
    ids=range(26),
)
def test_json_that_is_refused(text: str, found: list[tuple[str, str]]) -> None:
    assert problems(read_json(text)) == found
    assert problems(read_json(text.encode())) == found


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp500"])
def test_other_encodings(encoding: str) -> None:
    assert [field for field, _ in problems(read_json('{"patient_name": "Ärztin"}'.encode(encoding)))] == ["body"]


@pytest.mark.parametrize("raw", [b"\xff", b'{"a": "\xe9"}', b'{"a": "\xed\xa0\x80"}', b'{"a": "\xc0\xaf"}'])
def test_bytes_that_are_not_utf_8(raw: bytes) -> None:
    assert problems(read_json(raw)) == [("body", "is not UTF-8 text")]


def test_a_half_character_in_text_that_was_never_bytes() -> None:
    assert problems(read_json('{"a": "\ud800"}')) == [("a", "contains half a character (a lone surrogate)")]
    assert problems(read_json('"' + "\ud800" * (BODY_BYTES_MAX // 3) + '"')) == [("body", "is too large")]
    assert problems(read_json("\ud800")) == [("body", "is not JSON: Expecting value (line 1, column 1)")]


def test_a_query_is_read_by_name() -> None:
    assert read_query([]) == {}
    assert read_query([("date", "2026-06-15"), ("session", "")]) == {"date": "2026-06-15", "session": ""}


def test_a_parameter_that_is_given_twice() -> None:
    pairs = [("date", "2026-06-15"), ("b\0", "1"), ("date", "2026-06-15"), ("b\0", "2"), ("x", "1")]

    assert problems(read_query(pairs)) == [("date", "is given twice"), ("b?", "is given twice")]


def test_written_json_keeps_the_order_and_every_script() -> None:
    assert to_json({"z": "Ärztin", "a": [None, True, 1], "آ": "😀"}) == (
        '{"z": "Ärztin", "a": [null, true, 1], "آ": "😀"}'
    )


def test_written_json_is_always_utf_8() -> None:
    text = to_json({"a": "Ä\ud800"})

    assert text.encode() == b'{"a": "\\u00c4\\ud800"}'
