"""How much the storage tests do, by BOOKING_ENGINE_PROFILE: fast (the default), ci, nightly."""

from __future__ import annotations

import os

import attrs
import pytest

from booking_engine.testing.conformance import StoreConformance


@attrs.frozen(kw_only=True)
class Effort:
    """How often and how long each kind of test runs."""

    race_rounds: int
    faulty_races: int | None
    """Of each pair of commands, with lost answers and crashes; None for all of them."""
    triples: int
    """Of commands, each in ten of its races."""
    histories: int
    operations: int


EFFORTS = {
    "fast": Effort(race_rounds=2, faulty_races=12, triples=20, histories=3, operations=200),
    "ci": Effort(race_rounds=10, faulty_races=None, triples=500, histories=20, operations=500),
    "nightly": Effort(race_rounds=100, faulty_races=None, triples=50_000, histories=2_000, operations=500),
}


@pytest.fixture(scope="session")
def effort() -> Effort:
    return EFFORTS[os.environ.get("BOOKING_ENGINE_PROFILE", "fast")]


@pytest.fixture(autouse=True)
def _kit_effort(request: pytest.FixtureRequest, effort: Effort) -> None:
    if isinstance(request.instance, StoreConformance):
        request.instance.race_rounds = effort.race_rounds
