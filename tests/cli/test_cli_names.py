"""``@name`` stands for an id that an earlier line made, wherever it is written."""

from __future__ import annotations

import pytest

from booking_engine.adapters.cli.names import Names, UnknownNameError, is_name


@pytest.fixture
def names() -> Names:
    names = Names()
    for name, made_id in (("a1", "appt_1"), ("w", "win"), ("w-mon", "monday"), ("مريم", "appt_m")):
        names.give(name, made_id)
    return names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@a1", "appt_1"),
        ("@w||2026-06-15", "win||2026-06-15"),
        ("see @a1.", "see appt_1."),
        ("@a1@w", "appt_1win"),
        ("(@w)(@a1)", "(win)(appt_1)"),
        ("@w-mon||x", "monday||x"),
        ("@w-tue", "win-tue"),
        ("@w-", "win-"),
        ("ref@a1", "refappt_1"),
        ("@مريم", "appt_m"),
        ("reception@clinic.example", "reception@clinic.example"),
        ("5 @ 9", "5 @ 9"),
        ("@", "@"),
        ("", ""),
    ],
)
def test_a_name_is_replaced_also_inside_a_longer_text(names: Names, text: str, expected: str) -> None:
    assert names.put_into(text) == expected


def test_every_text_of_a_value_is_looked_at_and_nothing_else(names: Names) -> None:
    value = {"@a1": ["@a1", {"deep": "@w"}], "number": 1, "none": None, "flag": True}
    assert names.put_into(value) == {"@a1": ["appt_1", {"deep": "win"}], "number": 1, "none": None, "flag": True}


@pytest.mark.parametrize(
    ("text", "unknown"), [("@a2", "a2"), ("@a10", "a10"), ("see @nobody now", "nobody"), ("@A1", "A1")]
)
def test_an_unknown_name_is_a_fault_of_the_line(names: Names, text: str, unknown: str) -> None:
    with pytest.raises(UnknownNameError, match=f"^{unknown}$"):
        names.put_into(text)


def test_a_name_that_never_ends_takes_no_time_to_look_up(names: Names) -> None:
    with pytest.raises(UnknownNameError, match=f"^{'x' * 60}$"):
        names.put_into("@" + "x" * 60_000)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a1", True), ("w-mon.2_x", True), ("é", True), ("x" * 60, True), ("x" * 61, False), ("", False), ("-a", False),
     ("a b", False), ("a@b", False), ("a|b", False), (5, False), (None, False)],
)  # fmt: skip
def test_what_a_name_may_be(value: object, expected: bool) -> None:
    assert is_name(value) is expected
