"""Migrations bring a database to the tables of this version, and to no others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from booking_engine.adapters.sql import SqlStore, migrate, open_engine, schema
from booking_engine.adapters.sql.tables import METADATA
from booking_engine.errors import SchemaError

_VERSION_ROW = sa.table(schema.VERSION_TABLE, sa.column("version_num"))


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    made = open_engine(request.getfixturevalue(request.param))
    yield made
    made.dispose()


def set_version(engine: sa.Engine, version: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(_VERSION_ROW).values(version_num=version))


def test_the_tables_are_those_that_the_statements_name(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []
        found = {name: sa.inspect(connection).get_check_constraints(name) for name in METADATA.tables}
    named = {(name, check["name"]) for name, checks in found.items() for check in checks}
    assert named == {
        ("booking_counters", "booking_counters_are_sums"),
        ("booking_duplicates", "booking_duplicates_are_counted"),
    }


def test_org_id_is_first_in_every_key_and_index_but_the_key_that_finds_it(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    for name in METADATA.tables:
        key = inspector.get_pk_constraint(name)["constrained_columns"]
        assert key == ["key_id"] if name == "booking_api_keys" else key[0] == "org_id"
        assert {index["column_names"][0] for index in inspector.get_indexes(name)} <= {"org_id"}


def test_twice_is_the_same_as_once(engine: sa.Engine) -> None:
    assert (migrate(engine), migrate(engine)) == (schema.VERSION, schema.VERSION)


def test_a_newer_database_is_refused_and_left_alone(engine: sa.Engine) -> None:
    set_version(engine, "9999")
    for attempt in (lambda: migrate(engine), SqlStore(engine).catalog):
        with pytest.raises(SchemaError, match="version 9999, newer than"):
            attempt()
    with engine.connect() as connection:
        assert schema.version_of(connection) == "9999"


def test_a_database_without_tables_says_what_to_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = open_engine(f"sqlite:///{tmp_path_factory.mktemp('empty')}/bookings.db")
    with pytest.raises(SchemaError) as raised:
        SqlStore(empty).catalog()
    assert str(raised.value) == (
        "The database has no tables of booking-engine yet: run booking-engine migrate --store URL, "
        "or booking_engine.adapters.sql.migrate(engine)."
    )
    empty.dispose()
