"""Many calls at once, interrupted and repeated, on every store: no second booking, no place lost, every word kept."""

from __future__ import annotations

import os

import pytest

from agent.telephones import IN_MEMORY, Telephone
from booking_engine.testing.simulation import FAULTS, Fault, codes, crowd, rivals

PROFILE = os.environ.get("BOOKING_ENGINE_PROFILE", "fast")
# A call is about five tool calls. A thousand of them take some seconds in memory, and minutes on a busy machine's
# database: those are for the profile nightly, in rounds of a thousand at once.
CALLS = {
    "fast": {"memory": 60, "sqlite": 60, "postgresql": 60},
    "ci": {"memory": 1_000, "sqlite": 800, "postgresql": 250},
    "nightly": {"memory": 20_000, "sqlite": 20_000, "postgresql": 20_000},
}[PROFILE]
AT_ONCE_MAX = 1_000
IN_THREADS = {"fast": 16, "ci": 32, "nightly": 64}[PROFILE]
ROUNDS = {"fast": 2, "ci": 5, "nightly": 500}[PROFILE]
"""Of what is small, in memory."""
KINDS = ("memory", "sqlite", "postgresql")
NOT_HEARD = {"UNAVAILABLE", "OUTCOME_UNKNOWN", "VALIDATION_ERROR", "OTHER_ARGUMENTS", "UNKNOWN_TOOL"}


def _url(kind: str, request: pytest.FixtureRequest) -> str:
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}.get(kind)
    return IN_MEMORY if fixture is None else str(request.getfixturevalue(fixture))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happens_to_a_call_it_comes_out_right(kind: str, request: pytest.FixtureRequest) -> None:
    """Places are few: many callers are refused, and take other times."""
    at_once = min(CALLS[kind], AT_ONCE_MAX)
    for seed in range(CALLS[kind] // at_once):
        telephone = Telephone(_url(kind, request), places=max(2, at_once // 20))
        outcome = telephone.simulated(crowd(at_once, seed=seed), seed)
        assert outcome.wrongs == []
        heard = codes(outcome.talked).keys()
        assert {"BOOKED", "HELD", "SLOT_FULL"} <= heard
        assert not heard & NOT_HEARD


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_call_that_is_sent_twice_at_once_is_carried_out_once(kind: str, request: pytest.FixtureRequest) -> None:
    """Places are enough for everybody."""
    outcome = Telephone(_url(kind, request), places=60).simulated(
        crowd(20, seed=1, faults=(Fault.AT_ONCE,), interrupted=1), seed=1
    )
    assert outcome.wrongs == []
    assert "SLOT_FULL" not in codes(outcome.talked)
    sent = [each for one in outcome.talked for each in one.exchanges]
    assert all(len([same for same in sent if same.ask == each.ask]) == 2 for each in sent)


@pytest.mark.parametrize("kind", KINDS)
def test_callers_in_threads_come_out_right_too(kind: str, request: pytest.FixtureRequest) -> None:
    outcome = Telephone(_url(kind, request), places=2).simulated_in_threads(crowd(IN_THREADS, seed=3), seed=3)
    assert outcome.wrongs == []
    assert len(outcome.talked) == IN_THREADS
    assert codes(outcome.talked)["BOOKED"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_of_callers_for_the_last_place_one_has_it(kind: str, request: pytest.FixtureRequest) -> None:
    outcome = Telephone(_url(kind, request), places=1).simulated(rivals(4, "tomorrow morning"))
    assert outcome.wrongs == []
    booked = [one for one in outcome.talked if one.exchanges[-1].body["code"] == "BOOKED"]
    assert len(booked) == 1


def test_callers_in_threads_for_the_last_place() -> None:
    outcome = Telephone(places=1).simulated_in_threads(rivals(4, "tomorrow morning"))
    assert outcome.wrongs == []
    assert [one.exchanges[-1].body["code"] for one in outcome.talked].count("BOOKED") == 1


@pytest.mark.parametrize("prevented", [True, False], ids=["duplicates_prevented", "duplicates_allowed"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_by_itself(fault: Fault, prevented: bool) -> None:
    """A call books once for a person, also where the organisation would let them book twice."""
    for seed in range(ROUNDS):
        telephone = Telephone(places=2, policy={"duplicate_prevention": prevented})
        outcome = telephone.simulated(crowd(20, seed=seed, faults=(fault,), interrupted=0.8), seed)
        assert (seed, outcome.wrongs) == (seed, [])


def test_the_same_seed_makes_the_same_run() -> None:
    calls = crowd(40, seed=5)
    first, again = (Telephone(places=3).simulated(calls, seed=5) for _ in range(2))
    assert first == again
    assert crowd(40, seed=5) == calls != crowd(40, seed=6)
    assert Telephone(places=3).simulated(calls, seed=6) != first
