"""The databases of the tests: a SQLite file and a PostgreSQL database for each, with the tables in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_engine.adapters.sql import migrate, open_engine
from booking_engine.testing.postgres import PostgresServer, PostgresSkipped


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


# The same statements through an event loop take minutes, which .ci/run has not: that is for the profile nightly.
collect_ignore = [] if os.environ.get("BOOKING_ENGINE_PROFILE") == "nightly" else ["test_async_sql_stores.py"]
