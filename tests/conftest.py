"""How much the tests do, by BOOKING_ENGINE_PROFILE: fast (the default), ci, nightly; and databases for each test."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from booking_engine.adapters.sql import migrate, open_engine
from booking_engine.testing.postgres import PostgresServer, PostgresSkipped

PROFILE = os.environ.get("BOOKING_ENGINE_PROFILE", "fast")

EXAMPLES = {"fast": 50, "ci": 500, "nightly": 20_000}
# Runs and steps of the state machine, by the kind of store.
RUNS = {
    "fast": {"memory": (40, 50), "sqlite": (8, 20), "postgresql": (4, 20)},
    "ci": {"memory": (400, 50), "sqlite": (60, 30), "postgresql": (30, 30)},
    "nightly": {"memory": (50_000, 50), "sqlite": (3_000, 50), "postgresql": (3_000, 50)},
}
# The longest sequences of commands that are all tried.
LENGTH = {"fast": 3, "ci": 5, "nightly": 7}

# What the profiles before this one leave out: minutes of searching, or of processes and servers that come and go.
_FROM = {
    "ci": [
        "agent/test_mcp_process.py",
        "storage/sql/test_crashes.py",
        "storage/sql/test_partitions.py",
        "storage/sql/test_process_races.py",
        "storage/sql/test_server_restarts.py",
        "testing/test_machine.py",
        "testing/test_postgres_server.py",
        "web/test_serving.py",
    ],
    # The same statements as through threads, through an event loop; faults of the engine, each with a search for it.
    "nightly": ["storage/sql/test_async_sql_stores.py", "testing/test_planted_faults.py"],
}
_PROFILES = tuple(EXAMPLES)
if PROFILE not in _PROFILES:
    raise pytest.UsageError(f"BOOKING_ENGINE_PROFILE={PROFILE} is no profile: use one of {', '.join(_PROFILES)}")
collect_ignore = [
    path for name, paths in _FROM.items() if _PROFILES.index(name) > _PROFILES.index(PROFILE) for path in paths
]

# What is long in the larger profiles. It goes first: several processes would wait for the one that met it last.
_LONG = {
    "test_interleavings.py",
    "test_machine.py",
    "test_planted_faults.py",
    "test_records.py",
    "test_simulated_calls.py",
    "test_small_scope.py",
    "test_sql_state_machine.py",
    "test_state_machine.py",
    "test_strategies.py",
}

# A loaded machine is slow, and that is no property of the code. Hypothesis loads a profile "ci" of its own where it
# finds itself in CI, with fixed examples; ours takes that name and is loaded in any case.
for _name, _number in EXAMPLES.items():
    settings.register_profile(
        _name,
        max_examples=_number,
        deadline=None,
        print_blob=True,
        derandomize=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(PROFILE)


@pytest.hookimpl(trylast=True)  # after the order was shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long first; the rest stays in its order."""
    items.sort(key=lambda item: item.path.name not in _LONG)


@pytest.fixture(scope="session")
def examples() -> Callable[[str], settings]:
    """The settings of a state machine over a kind of store: ``memory``, ``sqlite`` or ``postgresql``."""

    def of(kind: str) -> settings:
        runs, steps = RUNS[PROFILE][kind]
        return settings(max_examples=runs, stateful_step_count=steps, suppress_health_check=list(HealthCheck))

    return of


@pytest.fixture(scope="session")
def sequence_length() -> int:
    """How long the sequences are of which every one is tried."""
    return LENGTH[PROFILE]


# --- Databases: a SQLite file and a PostgreSQL database for each test, with the tables in them ----------------------


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


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has the tables: to copy it takes a tenth of the time that making them does."""
    path = tmp_path_factory.mktemp("sqlite") / "tables.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_file: Path, tmp_path: Path) -> str:
    path = shutil.copy(sqlite_file, tmp_path / "bookings.db")
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    _at(postgres, f"CREATE DATABASE {name} TEMPLATE tables")
    yield postgres.url(name)
    _at(postgres, f"DROP DATABASE {name} WITH (FORCE)")  # hundreds of them fill a disk, and take long to remove


def _at(server: PostgresServer, statement: str) -> None:
    """PostgreSQL's own client, as a process, takes longer to start than a database takes to make."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement)
