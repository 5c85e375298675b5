"""A serial order carries the commands of a race out one after the other: every race must come to what some order does.

A command is one instant, that of its commit or of the view that it was refused or answered on. What an edit reads
after its commit, to tell whom it leaves behind, is an instant of its own. A command whose answer was lost happened or
did not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from booking_engine.testing.conformance.picture import Picture
from booking_engine.testing.interleavings.races import UNKNOWN, Operation, OperationKey, Race, Run, Scenario
from booking_engine.testing.interleavings.stepping import SteppedCoroutine

Order: TypeAlias = tuple[OperationKey, ...]
"""The operations in the order of their instants; who stands there twice looked again at the second."""


@attrs.frozen
class Outcome:
    """What an order comes to."""

    answers: Mapping[OperationKey, Any]
    picture: Picture


class SerialOrders:
    """The serial orders of one scenario, each carried out once and remembered."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._outcomes: dict[Order, Outcome] = {}

    def explanation(self, run: Run) -> Order | None:
        """A serial order that gives every answer of the run and leaves its state; None if there is none."""
        heard = {each.key: each.answer for each in run.operations if each.answer != UNKNOWN}
        for order in orders(run.operations):
            outcome = self.outcome(order)
            if outcome.picture == run.picture and all(outcome.answers[key] == answer for key, answer in heard.items()):
                return order
        return None

    def outcome(self, order: Order) -> Outcome:
        """What the operations come to in this order."""
        if order not in self._outcomes:
            self._outcomes[order] = self._carried_out(order)
        return self._outcomes[order]

    def _carried_out(self, order: Order) -> Outcome:
        race = Race(self._scenario, SteppedCoroutine)
        twice = {key for key in order if order.count(key) == 2}
        for position, key in enumerate(order):
            if key in order[:position]:
                continue_to_end(race, key)
                continue
            race.start(*key)
            if key in twice:
                race.step_to_commit(key)
            else:
                race.step_to_end(key)
        run = race.over()
        return Outcome({each.key: each.answer for each in run.operations}, run.picture)


def continue_to_end(race: Race, key: OperationKey) -> None:
    """Let an operation look again, unless it ended without."""
    if any(key == waiting for waiting, _ in race.turns):
        race.step_to_end(key)


def orders(operations: tuple[Operation, ...]) -> Iterator[Order]:
    """Every order that the times allow: who ended before another began stands before it."""
    unknown = [each for each in operations if each.answer == UNKNOWN]
    known = [each for each in operations if each.answer != UNKNOWN]
    for number in range(len(unknown) + 1):
        for happened in itertools.combinations(unknown, number):
            yield from _extended((), [*known, *happened], {})


def _extended(order: Order, waiting: list[Operation], looking: dict[OperationKey, Operation]) -> Iterator[Order]:
    """The orders that begin with ``order``; ``looking`` are placed and have yet to look again."""
    if not waiting and not looking:
        yield order
        return
    left = [*waiting, *looking.values()]
    for each in waiting:
        if all(each.began <= other.ended for other in left if other is not each):
            rest = [other for other in waiting if other is not each]
            later = {**looking, each.key: each} if each.looks_again else looking
            yield from _extended((*order, each.key), rest, later)
    for key in looking:
        yield from _extended((*order, key), waiting, {k: v for k, v in looking.items() if k != key})
