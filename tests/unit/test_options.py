"""Options are typed beside what they go to: each has exactly those fields, with exactly those types."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Unpack, get_args, get_type_hints, is_typeddict

import pytest

from booking_engine import (
    AlternativesQuery,
    AsyncBookingEngine,
    AvailabilityQuery,
    BookingEngine,
    UpdateAppointment,
    UpdateWindow,
    options,
)
from booking_engine.commands import Command, Unset
from booking_engine.shell import Shell

METHODS: dict[str, Any] = {
    "__init__": Unpack[options.EngineOptions],
    "reschedule": Unpack[options.MoveOptions],
    "cancel": Unpack[options.EndingOptions],
    "complete": Unpack[options.EndingOptions],
    "disable_window": Unpack[options.EditOptions],
    "extend_hold": Unpack[options.AskedBy],
    "release_hold": Unpack[options.AskedBy],
    "availability": Unpack[options.AvailabilityOptions],
    "alternatives": Unpack[options.AlternativesOptions],
}


def without(taker: type | Callable[..., object], *given: str) -> dict[str, object]:
    """The types of what somebody takes, but for what the engine's method gives itself."""
    hints = get_type_hints(taker)
    assert hints.keys() >= set(given)
    return {name: hint for name, hint in hints.items() if name not in given}


def shared_by_all_commands() -> dict[str, object]:
    """The types of the fields that every command has."""
    return shared_by(*get_args(Command))


def shared_by(*commands: type) -> dict[str, object]:
    """The types of the fields that each of the commands has, but for what they may change."""
    fields = [get_type_hints(command).items() for command in commands]
    return {
        name: hint
        for name, hint in fields[0]
        if all((name, hint) in each for each in fields) and Unset not in get_args(hint)
    }


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        (options.EngineOptions, without(Shell.__init__, "return")),
        (options.AskedBy, shared_by_all_commands()),
        (options.EditOptions, shared_by(UpdateAppointment, UpdateWindow)),
        (options.MoveOptions, without(UpdateAppointment, "appointment_id", "appointment_date")),
        (
            options.EndingOptions,
            without(UpdateAppointment, "appointment_id", "appointment_date", "status", "alternatives"),
        ),
        (options.AvailabilityOptions, without(AvailabilityQuery, "date")),
        (options.AlternativesOptions, without(AlternativesQuery, "appointment_type", "appointment_date")),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_options_have_the_fields_of_what_takes_them(typed: Any, taken: dict[str, object]) -> None:
    assert get_type_hints(typed) == taken
    assert is_typeddict(typed)
    assert typed.__required_keys__ == frozenset()


@pytest.mark.parametrize("engine", [BookingEngine, AsyncBookingEngine])
def test_every_keyword_that_an_engine_hands_on_is_typed(engine: type) -> None:
    found = {
        name: get_type_hints(method)[parameter.name]
        for name, method in inspect.getmembers(engine, inspect.isfunction)
        for parameter in inspect.signature(method).parameters.values()
        if parameter.kind is inspect.Parameter.VAR_KEYWORD
    }
    assert found == METHODS
