"""A crowd is many calls made up from a seed: people who book, change their minds, are cut off, and are gone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import attrs

from booking_engine.testing.simulation.script import (
    Book,
    Call,
    Cancel,
    Fault,
    Find,
    HangUp,
    Hold,
    LookUp,
    Meet,
    Person,
    Reschedule,
    Step,
    Wait,
)

PHRASES = (
    "tomorrow morning",
    "tomorrow evening",
    "day after tomorrow",
    "in three days",
    "next Tuesday morning",
    "next Friday",
)
"""What callers say of the day, unless they are given other words."""
HOLD_IS_OVER = timedelta(minutes=20)
"""Longer than any hold, as an organisation keeps them unless it says otherwise."""
FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)


def crowd(
    number: int,
    *,
    seed: int = 0,
    phrases: Sequence[str] = PHRASES,
    faults: Sequence[Fault] = FAULTS,
    interrupted: float = 0.4,
) -> tuple[Call, ...]:
    """So many calls, the same for the same seed. A share of their tool calls is ``interrupted``, by ``faults``."""
    chances = random.Random(seed)  # noqa: S311 (whoever knows the seed shall know the calls)
    calls = []
    for at in range(number):
        script = chances.choice(_KINDS)(chances.choice(phrases), chances.choice(phrases), chances.randint(0, 2))
        steps = [_with_fault(each, chances, faults, interrupted) for each in script]
        calls.append(Call(f"call-{seed}-{at}", _person(at), tuple(steps)))
    return tuple(calls)


def rivals(number: int, when: str, *, place: str = "the last place") -> tuple[Call, ...]:
    """Callers who are offered the same times and all want the first of them, at once, each by another way."""
    ways: tuple[tuple[Step, ...], ...] = ((Hold(), Book()), (Book(choice=0),))
    return tuple(
        [
            Call(f"rival-{place}-{at}", _person(at, "Rival"), (Find(when), Meet(place, number), *ways[at % len(ways)]))
            for at in range(number)
        ]
    )


def _person(number: int, kind: str = "Caller") -> Person:
    return Person(f"{kind} {number}", f"+91 98{number:08d}")


def _with_fault(step: Step, chances: random.Random, faults: Sequence[Fault], interrupted: float) -> Step:
    if isinstance(step, Wait | Meet | HangUp) or chances.random() >= interrupted:
        return step
    return attrs.evolve(step, fault=chances.choice(faults))


# --- Kinds of calls -------------------------------------------------------------------------------------------------


def _holds_and_books(when: str, _other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Hold(choice), Book())


def _books_at_once(when: str, _other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Book(choice), LookUp())


def _changes_the_hold(when: str, other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Hold(choice), Find(other), Hold(choice), Book())


def _hangs_up_in_mid_hold(when: str, _other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Hold(choice), HangUp())


def _thinks_too_long(when: str, _other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Hold(choice), Wait(HOLD_IS_OVER), Book(), LookUp())


def _moves(when: str, other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Hold(choice), Book(), Find(other), Reschedule(choice), LookUp())


def _holds_and_moves(when: str, other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Book(choice), Find(other), Hold(choice), Reschedule(choice))


def _cancels(when: str, _other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Book(choice), Cancel(), LookUp())


def _cancels_and_books_again(when: str, other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Book(choice), Cancel(), Find(other), Hold(choice), Book())


def _asks_for_another_time(when: str, _other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Book(choice), Find(when), Book(choice + 1), Reschedule(choice + 1))


def _hears_nothing_and_looks(when: str, _other: str, choice: int) -> tuple[Step, ...]:
    return (Find(when), Hold(choice), Book(fault=Fault.LOST), LookUp(), Book())


_KINDS = (
    _holds_and_books,
    _books_at_once,
    _changes_the_hold,
    _hangs_up_in_mid_hold,
    _thinks_too_long,
    _moves,
    _holds_and_moves,
    _cancels,
    _cancels_and_books_again,
    _asks_for_another_time,
    _hears_nothing_and_looks,
)
