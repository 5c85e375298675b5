"""The commands that look after a store, on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from booking_engine.access import key_id_of
from booking_engine.adapters.cli.app import cli
from booking_engine.adapters.sql import SqlStore, open_engine
from booking_engine.adapters.sql.organisations import organisations
from booking_engine.adapters.sql.schema import VERSION
from booking_engine.adapters.sql.tables import COUNTERS, ORGANISATIONS
from booking_engine.clinic import example_clinic
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.material import visit
from booking_engine.testing.postgres import PostgresServer


@pytest.fixture
def empty_url(postgres: PostgresServer) -> str:
    return postgres.fresh_database()


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    made = open_engine(request.getfixturevalue(request.param))
    yield made
    made.dispose()


def outcome(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_a_database_is_made_booked_spoilt_and_found_out(empty_url: str) -> None:
    assert outcome("migrate", "--store", empty_url) == (0, f"no tables yet -> {VERSION}\n", "")
    assert outcome("migrate", "--store", empty_url) == (0, f"already {VERSION}\n", "")
    engine = open_engine(empty_url)
    for org_id in ("sunrise", "moonlight"):
        desk = Desk(SqlStore(engine, org_id), org_id)
        desk.set_up()
        desk.book(visit("a"), visit("b"))
    well = "✓ 2 organisations counted again: the ledger agrees.\n"
    assert outcome("verify", "--store", empty_url) == (0, well, "")
    with engine.begin() as connection:
        connection.execute(sa.update(COUNTERS).where(COUNTERS.c.org_id == "sunrise").values(filled=1))
    engine.dispose()
    code, stdout, stderr = outcome("verify", "--store", empty_url, "--json")
    assert (code, stderr) == (1, "")
    assert [json.loads(line) for line in stdout.splitlines()] == [
        {"org_id": "moonlight", "ok": True, "differences": []},
        {
            "org_id": "sunrise",
            "ok": False,
            "differences": [
                {
                    "slot_id": "window-first||2026-06-15||service-checkup",
                    "stored": {"filled_slots": 1, "ai_filled_slots": 0},
                    "recounted": {"filled_slots": 2, "ai_filled_slots": 0},
                }
            ],
        },
    ]


def test_an_organisation_is_made_and_a_program_let_in(empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "clinic.toml"
    file.write_bytes(example_clinic())
    code, stdout, stderr = outcome("init", "--store", empty_url, str(file))
    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert (lines[0], lines[-1]) == (f"no tables yet -> {VERSION}", "sunrise: 37 added, 0 changed.")
    assert outcome("init", "--store", empty_url, str(file)) == (0, "sunrise: nothing to change.\n", "")
    where = ("--store", empty_url, "--org", "sunrise")
    code, stdout, stderr = outcome("key", "create", *where, "--scope", "slots:read", "--json")
    assert (code, stderr) == (0, "")
    made = json.loads(stdout)
    text = made.pop("key")
    assert key_id_of(text) == made["key_id"]
    assert json.loads(outcome("key", "list", *where, "--json")[1]) == made
    assert outcome("key", "revoke", *where, text) == outcome("key", "revoke", *where, made["key_id"])
    assert json.loads(outcome("key", "list", *where, "--json")[1])["revoked_at"] is not None


def test_a_password_that_is_wrong_is_not_shown(postgres: PostgresServer, empty_url: str, tmp_path: Path) -> None:
    wrong = empty_url.replace(postgres.password, "notthisone")
    file = tmp_path / "clinic.toml"
    file.write_bytes(example_clinic())
    commands = (("migrate",), ("verify",), ("init", str(file)), ("key", "list", "--org", "sunrise"))
    for command in commands:
        code, stdout, stderr = outcome(*command, "--store", wrong)
        assert (code, stdout) == (2, "")
        assert stderr.startswith("The database could not answer: OperationalError: ")
        assert "password authentication failed" in stderr
        assert "notthisone" not in stderr


def test_organisations_are_those_that_are_configured_by_code_points(engine: sa.Engine) -> None:
    assert organisations(engine) == ()
    for org_id in ("b", "ä", "B", "a"):
        Desk(SqlStore(engine, org_id), org_id).set_up()
    with engine.begin() as connection:
        connection.execute(sa.insert(ORGANISATIONS).values(org_id="blank", revision=0))
    assert organisations(engine) == ("B", "a", "b", "ä")
