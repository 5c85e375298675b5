"""How much load the tests put on the databases, and through what."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
import pytest

from .databases import Database

PROFILE = os.environ.get("BOOKING_ENGINE_PROFILE", "fast")


@attrs.frozen(kw_only=True)
class Load:
    """How much load the tests put on each database, by BOOKING_ENGINE_PROFILE."""

    histories: Mapping[str, int]
    """How many are recorded of callers who are threads, tasks of one loop, and threads of several processes."""
    operations: int
    """Of each history, over all callers."""
    rush_days: int
    race_rounds: int
    kills: int
    restarts: int


LOADS = {
    "fast": Load(
        histories={"threads": 1, "tasks": 1, "processes": 1},
        operations=160,
        rush_days=4,
        race_rounds=3,
        kills=5,
        restarts=1,
    ),
    "ci": Load(
        histories={"threads": 10, "tasks": 4, "processes": 6},
        operations=500,
        rush_days=10,
        race_rounds=10,
        kills=50,
        restarts=5,
    ),
    "nightly": Load(
        histories={"threads": 1_000, "tasks": 400, "processes": 600},
        operations=500,
        rush_days=300,
        race_rounds=500,
        kills=5_000,
        restarts=300,
    ),
}
# The same statements through an event loop take as long again, which .ci/run has not everywhere: nightly has.
STORES: tuple[str, ...] = ("sqlite", "postgresql")
if PROFILE == "nightly":
    STORES += ("sqlite_awaited", "postgresql_awaited")


@pytest.fixture(scope="session")
def load() -> Load:
    return LOADS[PROFILE]


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest) -> Database:
    """A database of this test's own, through threads or through an event loop."""
    kind, _, awaited = str(request.param).partition("_")
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[kind])
    return Database(url, awaited=bool(awaited))
