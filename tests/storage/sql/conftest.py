"""The databases of the tests: a SQLite file and a PostgreSQL database for each, with the tables in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

from booking_engine.adapters.sql import migrate, open_engine
from booking_engine.testing.postgres import PostgresServer, PostgresSkipped

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
        histories={"threads": 5, "tasks": 2, "processes": 3},
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of this test run, with a database that has the tables."""
    try:
        server = PostgresServer({"fsync": "off", "max_connections": "200"})
    except PostgresSkipped as why:
        pytest.skip(str(why))
    with server:
        server.create_database("tables")
        engine = open_engine(server.url("tables"))
        migrate(engine)
        engine.dispose()
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/bookings.db"
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    return postgres.fresh_database(template="tables")


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest) -> Database:
    """A database of this test's own, through threads or through an event loop."""
    kind, _, awaited = str(request.param).partition("_")
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[kind])
    return Database(url, awaited=bool(awaited))


# The same statements through an event loop take minutes, which .ci/run has not: that is for the profile nightly.
collect_ignore = [] if PROFILE == "nightly" else ["test_async_sql_stores.py"]
