"""Every order in which racing commands reach the store comes to what some serial order of them comes to."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import pytest

from booking_engine import commands as c
from booking_engine.adapters.memory import MemoryStore
from booking_engine.decisions.decision import Booked, Changed
from booking_engine.domain.rejection import RejectionCode
from booking_engine.domain.window import WindowStatus
from booking_engine.shell import Ask
from booking_engine.testing.interleavings import (
    UNKNOWN,
    Choices,
    Fault,
    Race,
    Run,
    Scenario,
    SerialOrders,
    SteppedCoroutine,
    SteppedThread,
    every_path,
    run_race,
    sampled_paths,
)

from . import broken
from .conftest import Effort
from .invariants import broken_invariants, broken_tellings
from .scenarios import CASES, NOW, Case, Clinic, book, three_of_many

STEPPERS = (SteppedThread, SteppedCoroutine)


def races(case: Case, sample: int | None = None, **options: Any) -> Iterable[Run]:
    """Every race of the case, or a sample of them."""
    scenario = case.scenario

    def run(choices: Choices) -> Run:
        return run_race(scenario, choices, **options)

    return every_path(run) if sample is None else sampled_paths(run, range(sample))


def explain(case: Case, serial: SerialOrders, run: Run) -> None:
    """Hold one race against the serial orders and the invariants."""
    assert serial.explanation(run) is not None, run.steps
    assert broken_invariants(run.store, lowered=case.lowers_limits) == [], run.steps
    assert broken_tellings(run) == [], run.steps


def explain_all(case: Case, sample: int | None = None, **options: Any) -> int:
    """Hold every race of the case, or a sample of them, against the serial orders; how many there were."""
    serial = SerialOrders(case.scenario)
    number = 0
    for number, run in enumerate(races(case, sample, **options), start=1):  # noqa: B007 (told in the end)
        explain(case, serial, run)
    return number


# --- Two commands ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_every_order_of_two_commands_is_as_some_serial_order(name: str) -> None:
    walked = [explain_all(CASES[name], stepper=stepper) for stepper in STEPPERS]
    assert walked[0] == walked[1] >= 6


@pytest.mark.parametrize("name", CASES)
def test_two_commands_with_a_lost_answer_or_a_crash_are_as_some_serial_order(name: str, effort: Effort) -> None:
    explain_all(CASES[name], effort.faulty_races, stepper=SteppedCoroutine, faults_max=1)


@pytest.mark.parametrize("name", CASES)
def test_two_commands_whose_commits_are_sent_again_are_as_some_serial_order(name: str, effort: Effort) -> None:
    case = CASES[name]
    serial = SerialOrders(case.scenario)
    for run in races(case, effort.faulty_races, stepper=SteppedCoroutine, faults_max=1, recovers=True):
        explain(case, serial, run)
        crashed = any(step.fault is Fault.CRASH for step in run.steps)
        assert crashed or all(each.answer != UNKNOWN for each in run.operations), "who asks again learns what stands"


# --- Three commands -------------------------------------------------------------------------------------------------


TRIPLE = Case(first=2, noon=1, ai=1, lowers_limits=True, policy={"buffer_time_minutes": 15}, commands=three_of_many)


SCHEDULES_EACH = 10


def test_samples_of_three_commands_are_as_some_serial_order(effort: Effort) -> None:
    for seed in range(effort.triples):
        case = attrs.evolve(TRIPLE, commands=functools.partial(_three, seed))
        explain_all(case, SCHEDULES_EACH, stepper=STEPPERS[seed % 2], faults_max=seed % 3)


def _three(seed: int, clinic: Clinic) -> Sequence[Ask]:
    return random.Random(seed).sample(list(three_of_many(clinic)), 3)


# --- An organisation that is not there yet --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asks",
    [
        (c.ConfigureOrganisation(timezone="UTC"), c.ConfigureOrganisation(timezone="Asia/Kolkata")),
        (c.ConfigureOrganisation(timezone="UTC"), c.AddBranch(name="Main")),
        (c.ConfigureOrganisation(timezone="UTC"), book(1)),
    ],
    ids=["configure, configure", "configure, add a branch", "configure, book"],
)
def test_every_order_of_the_first_commands_is_as_some_serial_order(asks: Sequence[Ask]) -> None:
    scenario = Scenario(open_store=MemoryStore, arrange=lambda _: asks, now=NOW)
    serial = SerialOrders(scenario)
    for run in every_path(lambda choices: run_race(scenario, choices, faults_max=1)):
        assert serial.explanation(run) is not None, run.steps


# --- One caller and a store that does not answer --------------------------------------------------------------------


def test_a_caller_that_repeats_by_reference_finds_exactly_one_appointment() -> None:
    case = Case(first=5, commands=lambda _: [book(1, external_reference_id="ref-1")])
    heard = set()
    for run in races(case, faults_max=2, attempts_max=3):
        (appointment,) = run.picture.appointments
        answer = run.operations[-1].answer
        assert isinstance(answer, Booked)
        assert answer.appointment == appointment
        assert [event.name for event in run.picture.history[appointment.appointment_id]] == ["appointment.created"]
        assert {counts.filled for counts in run.picture.counts.values()} == {1}
        heard.add((len(run.operations), answer.replayed))
    assert heard == {(1, False), (2, False), (2, True), (3, False), (3, True)}


def test_two_callers_of_one_reference_and_two_faults_make_one_appointment(effort: Effort) -> None:
    case = CASES["book, book: the same command twice"]
    sample = effort.faulty_races and 10 * effort.faulty_races
    for run in races(case, sample, faults_max=2, attempts_max=3, stepper=SteppedCoroutine):
        (appointment,) = run.picture.appointments
        answers = [each.answer for each in run.operations if each.answer != UNKNOWN]
        assert [answer.appointment for answer in answers] == [appointment] * 2
        assert sum(not answer.replayed for answer in answers) <= 1
        assert broken_invariants(run.store) == []


def test_a_crash_before_the_commit_leaves_nothing() -> None:
    case = Case(commands=lambda _: [book(1)])
    crashed = [run for run in races(case, faults_max=1, attempts_max=1) if run.steps[-1].fault is Fault.CRASH]
    assert [run.picture.appointments for run in crashed] == [()]
    assert [run.operations[0].answer for run in crashed] == [UNKNOWN]


def test_an_edit_whose_last_reading_is_lost_stands_and_is_answered() -> None:
    case = CASES["book, close"]
    race = Race(case.scenario)
    booking, closing = race.start(0), race.start(1)
    race.step_to_commit(closing)
    operation = race.step(closing, Fault.ANSWER_LOST)
    assert operation is not None
    assert isinstance(operation.answer, Changed)
    assert operation.answer.record.status is WindowStatus.CLOSED
    assert [event.name for event in operation.told] == ["window.updated"]
    assert race.step_to_end(booking).answer.code is RejectionCode.SLOT_INACTIVE


# --- What is walked, and what it finds ------------------------------------------------------------------------------


def test_every_path_is_walked_once() -> None:
    def run(choices: Choices) -> tuple[int, ...]:
        first = choices.pick(3)
        return (first, *(choices.pick(2) for _ in range(first)))

    paths = list(every_path(run))
    assert paths == [(0,), (1, 0), (1, 1), (2, 0, 0), (2, 0, 1), (2, 1, 0), (2, 1, 1)]


def test_a_run_that_depends_on_something_else_is_told() -> None:
    numbers = iter([2, 3])
    with pytest.raises(RuntimeError, match="must ask the same questions again"):
        list(every_path(lambda choices: choices.pick(next(numbers))))


def test_all_orders_of_view_and_commit_are_among_the_races() -> None:
    case = Case(first=2, policy={"buffer_time_minutes": 15}, commands=lambda _: [book(1), book(2, assigned_doctor="A")])
    calls = {tuple((step.key.caller, step.call) for step in run.steps) for run in races(case)}
    # The first tries a commit blind; the second, with a doctor, reads before it commits.
    first = [(0, "catalog"), (0, "commit")]
    second = [(1, "catalog"), (1, "view"), (1, "commit")]
    assert calls == set(_shuffles(first, second))


def _shuffles(one: list[Any], other: list[Any]) -> list[tuple[Any, ...]]:
    if not one or not other:
        return [tuple(one + other)]
    return [(one[0], *rest) for rest in _shuffles(one[1:], other)] + [
        (other[0], *rest) for rest in _shuffles(one, other[1:])
    ]


BROKEN: dict[str, tuple[type[broken.Whole], dict[str, Any]]] = {
    "book, book: the last place": (broken.AsksForNothing, {}),
    "book, book: the same command twice": (broken.AsksForNothing, {}),
    "revive, book: one reference": (broken.AsksForNothing, {}),
    "book, book: one reference, two patients": (broken.AppliesInParts, {}),
    "update, update: two fields": (broken.ForgetsAppointmentVersions, {}),
    "cancel, move: one appointment": (broken.ForgetsAppointmentVersions, {}),
    "move, book: one doctor, within the day": (broken.ForgetsToTouch, {}),
    "book, close": (broken.ForgetsTheRevision, {}),
    "move, rekey by time zone": (broken.ForgetsTheRevision, {}),
    "edit, edit: one name": (broken.ForgetsTheRevision, {}),
    "book, book: room for both": (broken.ForgetsCommitIds, {"faults_max": 1, "recovers": True}),
    "book, rekey by scope": (broken.ForgetsToRekey, {}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_races_find_a_broken_store(name: str) -> None:
    store, options = BROKEN[name]
    case = attrs.evolve(CASES[name], store=lambda: store(MemoryStore()))
    with pytest.raises(AssertionError):
        explain_all(case, stepper=SteppedCoroutine, **options)
    explain_all(attrs.evolve(case, store=lambda: broken.Whole(MemoryStore())), stepper=SteppedCoroutine, **options)
