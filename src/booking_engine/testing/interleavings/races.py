"""A race is a few commands over one store, each stopped before every call; somebody chooses whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import attrs

from booking_engine.domain.events import Event
from booking_engine.engine import BookingEngine
from booking_engine.errors import BookingEngineError, BookingRejected, StoreError
from booking_engine.ledger.claims import Done
from booking_engine.ports import Store
from booking_engine.shell import Ask
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.picture import Picture, picture_of
from booking_engine.testing.ids import SeededIds
from booking_engine.testing.interleavings.paths import Choices
from booking_engine.testing.interleavings.stepping import (
    COMMIT,
    READS,
    Crash,
    Fault,
    Recorder,
    Stepped,
    SteppedThread,
    Stepper,
)

UNKNOWN: Final = "unknown"
"""Stands for an answer that the caller never heard."""


class Scenario:
    """What is raced: ``arrange`` sets a new store up through an engine, and returns the commands.

    It is asked once; for every race its commits are made again on another new store. The clock stands at ``now``.
    """

    def __init__(
        self,
        *,
        open_store: Callable[[], Store],
        arrange: Callable[[BookingEngine], Sequence[Ask]],
        now: datetime,
    ) -> None:
        self.now = now
        self._open_store = open_store
        recorder = Recorder(open_store())
        store = cast(Store, recorder)  # What it does not record it hands on.
        self.asks = tuple(arrange(BookingEngine(store, clock=FixedClock(now), ids=SeededIds(0))))
        self._commits = tuple(recorder.commits)

    def arranged_store(self) -> Store:
        """A new store in which everything is arranged."""
        store = self._open_store()
        for commit in self._commits:
            outcome = store.commit(commit)
            assert isinstance(outcome, Done), outcome
        return store


class OperationKey(NamedTuple):
    """Which caller, and which attempt of the same command."""

    caller: int
    attempt: int


@attrs.frozen(kw_only=True)
class Operation:
    """One attempt of one command, from its first step to its last.

    ``answer`` is what the engine returned, a ``Rejection``, the class of another refusal, or ``UNKNOWN``.
    ``looks_again``: it has read once more after its commit. ``told`` are the events that observers heard of.
    """

    key: OperationKey
    ask: Ask
    began: int
    ended: int
    answer: Any
    looks_again: bool
    told: tuple[Event, ...]


class Step(NamedTuple):
    """One turn: whose, which call, what befell it."""

    key: OperationKey
    call: str
    fault: Fault


@attrs.frozen(kw_only=True)
class Run:
    """One race that is over: every step, every operation, and the state that it left."""

    steps: tuple[Step, ...]
    operations: tuple[Operation, ...]
    picture: Picture
    store: Store


class _Underway:
    """An operation that has not ended."""

    def __init__(self, race: Race, key: OperationKey, stepper: Stepper, recovers: bool) -> None:
        self.key, self.ask = key, race.scenario.asks[key.caller]
        self.began = self.ended = 0
        self.looks_again = False
        self.told: list[Event] = []
        self.stepped: Stepped = stepper(
            race.store,
            self.ask,
            recovers=recovers,
            clock=FixedClock(race.scenario.now),
            ids=SeededIds(1 + key.caller + 1_000 * key.attempt),
            observers=(self.told.append,),
        )

    @property
    def is_over(self) -> bool:
        """Whether its engine has answered, or is gone."""
        return self.stepped.pending is None

    @property
    def may_look_again(self) -> bool:
        """Whether its commit is done and only a reading is left."""
        return self.stepped.committed and not self.is_over

    def step(self, fault: Fault, number: int) -> None:
        """Take a turn."""
        self.looks_again = self.looks_again or self.may_look_again
        self.began, self.ended = self.began or number, number
        self.stepped.step(fault)

    def operation(self) -> Operation:
        """What it was."""
        return Operation(
            key=self.key,
            ask=self.ask,
            began=self.began,
            ended=self.ended,
            answer=_answer(self.stepped),
            looks_again=self.looks_again,
            told=tuple(self.told),
        )


class Race:
    """The commands of a scenario over a store that was set up for them."""

    def __init__(self, scenario: Scenario, stepper: Stepper = SteppedThread, *, recovers: bool = False) -> None:
        self.scenario = scenario
        self.store = scenario.arranged_store()
        self._stepper, self._recovers = stepper, recovers
        self._steps: list[Step] = []
        self._underway: dict[OperationKey, _Underway] = {}
        self._over: list[Operation] = []

    def start(self, caller: int, attempt: int = 0) -> OperationKey:
        """Let a caller make an attempt, up to its first call of the store."""
        key = OperationKey(caller, attempt)
        self._underway[key] = _Underway(self, key, self._stepper, self._recovers)
        return key

    @property
    def turns(self) -> tuple[tuple[OperationKey, str], ...]:
        """Who can go on, and the call that each of them stopped before."""
        return tuple((key, each.stepped.pending) for key, each in self._underway.items() if each.stepped.pending)

    @property
    def distinct_turns(self) -> tuple[tuple[OperationKey, str], ...]:
        """The turns without those that would only exchange two readings: what both see is the same either way.

        A reading with which an operation begins or ends is kept, for it says which of two came first.
        """
        last = self._steps[-1] if self._steps else None
        if last is None or last.call not in READS or last.key not in self._underway:
            return self.turns
        return tuple(
            (key, call)
            for key, call in self.turns
            if key >= last.key or call not in READS or not self._underway[key].began
        )

    def step(self, key: OperationKey, fault: Fault = Fault.NONE) -> Operation | None:
        """Let one go on; the operation when that was its end."""
        underway = self._underway[key]
        assert underway.stepped.pending is not None
        self._steps.append(Step(key, underway.stepped.pending, fault))
        underway.step(fault, len(self._steps))
        if not underway.is_over:
            return None
        del self._underway[key]
        self._over.append(underway.operation())
        return self._over[-1]

    def step_to_commit(self, key: OperationKey) -> Operation | None:
        """Let one go on to its end, or to where only a reading after its commit is left."""
        ended = None
        while ended is None and not self._underway[key].may_look_again:
            ended = self.step(key)
        return ended

    def step_to_end(self, key: OperationKey) -> Operation:
        """Let one go on to its end."""
        ended = None
        while ended is None:
            ended = self.step(key)
        return ended

    def over(self) -> Run:
        """What the race was, once everybody has ended."""
        assert not self._underway
        return Run(
            steps=tuple(self._steps),
            operations=tuple(self._over),
            picture=picture_of(self.store),
            store=self.store,
        )


def run_race(
    scenario: Scenario,
    choices: Choices,
    *,
    stepper: Stepper = SteppedThread,
    faults_max: int = 0,
    attempts_max: int = 2,
    recovers: bool = False,
) -> Run:
    """Run a race along one path of choices.

    At most ``faults_max`` commits lose their answer or their caller. A caller that does not know what became of its
    command makes it again, up to ``attempts_max`` times; with ``recovers`` it sends a commit again whose answer was
    lost, and so learns whether it stands.
    """
    race = Race(scenario, stepper, recovers=recovers)
    for caller in range(len(scenario.asks)):
        race.start(caller)
    while race.turns:
        options = [
            (key, fault)
            for key, call in race.distinct_turns
            for fault in (tuple(Fault) if call == COMMIT and faults_max else (Fault.NONE,))
        ]
        key, fault = options[choices.pick(len(options))]
        faults_max -= fault is not Fault.NONE
        ended = race.step(key, fault)
        if ended is not None and ended.answer == UNKNOWN and key.attempt + 1 < attempts_max:
            race.start(key.caller, key.attempt + 1)
    return race.over()


def _answer(stepped: Stepped) -> Any:
    try:
        return stepped.ending()
    except BookingRejected as refused:
        return refused.rejection
    except (StoreError, Crash):
        return UNKNOWN
    except BookingEngineError as fault:
        return type(fault)
