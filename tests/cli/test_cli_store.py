"""The commands that look after a store: ``migrate`` makes its tables, ``verify`` counts its bookings again."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli_support import CLINIC, ENVIRONMENT, SCRIPT, run

from booking_engine import BookAppointment, BookingEngine, Channel
from booking_engine.adapters.cli import verify as verifying
from booking_engine.adapters.opening import open_store
from booking_engine.adapters.sql import SqlStore, schema, transactions
from booking_engine.adapters.sql.schema import VERSION
from booking_engine.clinic import Clinic, read_clinic
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds

PAGE = Path(__file__).resolve().parents[2] / "docs" / "command.md"
PHONE = "+919840012345"
NINE_THIRTY = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)

WELL = "✓ 2 organisations counted again: the ledger agrees.\n"
PLACES = "places of mornings||2026-06-15||s1: stored 5 (1 by the AI agent), recounted 1 (1 by the AI agent)"
ONE_OF_TWO = "2 organisations counted again: 1 with a difference.\n"
WELL_IN_JSON = '{"org_id": "moonlight", "ok": true, "differences": []}\n'
NO_TABLES = (
    "The database has no tables of booking-engine yet: run booking-engine migrate --store URL, "
    "or booking_engine.adapters.sql.migrate(engine).\n"
)
NEWER = f"The database's tables have version 9999, newer than {VERSION}: install a newer booking-engine.\n"


class Database:
    """A SQLite file, named as the commands want it and changed as nobody should."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bookings.db"
        self.url = f"sqlite:///{self.path}"

    def spoil(self, statement: str, *values: object) -> None:
        """Change one row by hand."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            assert connection.execute(statement, values).rowcount == 1

    def spoil_counter(self) -> None:
        self.spoil("UPDATE booking_counters SET filled = 5 WHERE org_id = 'sunrise'")


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    return Database(tmp_path)


@pytest.fixture
def database(empty: Database) -> Database:
    """Two clinics, with a visit booked by the AI agent in each."""
    assert run("migrate", "--store", empty.url).exit_code == 0
    for org_id in ("sunrise", "moonlight"):
        set_up(empty.url, org_id)
    return empty


def set_up(url: str, org_id: str) -> None:
    clinic = read_clinic(CLINIC.encode(), SeededIds().uuid)
    assert isinstance(clinic, Clinic)
    store = open_store(url, org_id)
    assert isinstance(store, SqlStore)
    engine = BookingEngine(store, clock=FixedClock(datetime(2026, 6, 1, 10, tzinfo=UTC)), ids=SeededIds())
    visit = BookAppointment(
        appointment_type="s1",
        appointment_date=NINE_THIRTY,
        patient_name="Aadhi",
        parent_phone=PHONE,
        channel=Channel.AI_AGENT,
    )
    for ask in (*clinic.commands, visit):
        engine.execute(ask)
    store.close()


def outcome(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    result = run(*arguments)
    return result.exit_code, result.stdout, result.stderr


# --- migrate --------------------------------------------------------------------------------------------------------


def test_migrate_makes_the_tables_once(empty: Database) -> None:
    assert outcome("migrate", "--store", empty.url) == (0, f"no tables yet -> {VERSION}\n", "")
    assert outcome("migrate", "--store", empty.url) == (0, f"already {VERSION}\n", "")
    assert outcome("verify", "--store", empty.url) == (
        0,
        "The store has no organisation yet: there is nothing to count.\n",
        "",
    )
    assert outcome("verify", "--store", empty.url, "--json") == (0, "", "")


def test_migrate_says_from_which_version_to_which(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "migrate", lambda _: "0000")
    assert outcome("migrate", "--store", empty.url) == (0, f"0000 -> {VERSION}\n", "")


def test_migrate_has_nothing_to_do_for_a_store_in_memory() -> None:
    assert outcome("migrate", "--store", "memory:") == (0, "memory: has no tables: nothing to migrate\n", "")


def test_migrate_waits_for_a_busy_file(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(empty.path, isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(transactions, "PATIENCE_SECONDS", 0.01)
    locked = "The database could not answer: OperationalError: database is locked\n"
    assert outcome("migrate", "--store", empty.url) == (2, "", locked)
    monkeypatch.undo()

    def release(seconds: float) -> None:
        waited.append(0 <= seconds <= 0.05)
        other.execute("ROLLBACK")

    waited: list[bool] = []
    monkeypatch.setattr(time, "sleep", release)
    assert outcome("migrate", "--store", empty.url) == (0, f"no tables yet -> {VERSION}\n", "")
    assert waited == [True]
    other.close()


# --- verify ---------------------------------------------------------------------------------------------------------


def test_verify_says_that_all_is_well(database: Database) -> None:
    assert outcome("verify", "--store", database.url) == (0, WELL, "")
    assert outcome("verify", "--store", database.url, "--org", "moonlight") == (
        0,
        "✓ 1 organisation counted again: the ledger agrees.\n",
        "",
    )
    in_json = outcome("verify", "--store", database.url, "--json")
    assert in_json == (0, WELL_IN_JSON + WELL_IN_JSON.replace("moonlight", "sunrise"), "")


def test_verify_names_a_counter_that_is_wrong(database: Database) -> None:
    database.spoil_counter()
    text = f"✗ sunrise  1 difference\n    {PLACES}\n"
    assert outcome("verify", "--store", database.url) == (1, text + ONE_OF_TWO, "")
    code, stdout, stderr = outcome("verify", "--store", database.url, "--json")
    assert (code, stderr) == (1, "")
    well, wrong = stdout.splitlines(keepends=True)
    assert well == WELL_IN_JSON
    assert json.loads(wrong) == {
        "org_id": "sunrise",
        "ok": False,
        "differences": [
            {
                "slot_id": "mornings||2026-06-15||s1",
                "stored": {"filled_slots": 5, "ai_filled_slots": 1},
                "recounted": {"filled_slots": 1, "ai_filled_slots": 1},
            }
        ],
    }


def test_verify_looks_at_one_organisation_alone_where_it_is_told_to(database: Database) -> None:
    database.spoil_counter()
    assert outcome("verify", "--store", database.url, "--org", "moonlight", "--json") == (0, WELL_IN_JSON, "")
    assert outcome("verify", "--store", database.url, "--org", "sunrise")[0] == 1


def test_verify_names_who_holds_a_name_and_no_phone_number(database: Database) -> None:
    database.spoil("DELETE FROM booking_duplicates WHERE org_id = 'sunrise'")
    with closing(sqlite3.connect(database.path)) as connection:
        [(holder, other)] = connection.execute(
            "SELECT a.appointment_id, b.holders FROM booking_appointments a, booking_duplicates b"
            " WHERE a.org_id = 'sunrise' AND b.org_id = 'moonlight'"
        )
    database.spoil("UPDATE booking_duplicates SET holders = holders || ' appt_zz' WHERE org_id = 'moonlight'")
    code, text, stderr = outcome("verify", "--store", database.url)
    subject = "appointments of somebody for s1 on 2026-06-15"
    assert (code, stderr) == (1, "")
    assert text == (
        "✗ moonlight  1 difference\n"
        f"    {subject}: stored{other} appt_zz counted as 1, recounted{other}\n"
        "✗ sunrise  1 difference\n"
        f"    {subject}: stored none, recounted {holder}\n"
        "2 organisations counted again: 2 with a difference.\n"
    )
    code, in_json, stderr = outcome("verify", "--store", database.url, "--org", "sunrise", "--json")
    assert (code, stderr) == (1, "")
    [difference] = json.loads(in_json)["differences"]
    assert difference == {"appointment_type": "s1", "date": "2026-06-15", "stored": [], "recounted": [holder]}
    assert PHONE[1:] not in text + in_json


def test_what_stands_in_a_database_does_not_steer_the_terminal(database: Database) -> None:
    for table in ("organisations", "catalog_records", "appointments", "duplicates"):
        with closing(sqlite3.connect(database.path)) as connection, connection:
            connection.execute(f"UPDATE booking_{table} SET org_id = ? WHERE org_id = 'sunrise'", ("\x1b[2Jsun",))  # noqa: S608
    code, text, _ = outcome("verify", "--store", database.url)
    assert code == 1
    assert "✗ ?[2Jsun  1 difference\n" in text
    assert "\x1b" not in text


def test_what_was_found_is_written_before_a_fault(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot(store: SqlStore) -> Any:
        taken = untouched(store)
        database.spoil("UPDATE booking_engine_version SET version_num = '9999'")
        return taken

    untouched = SqlStore.snapshot
    monkeypatch.setattr(SqlStore, "snapshot", snapshot)
    assert outcome("verify", "--store", database.url, "--json") == (2, WELL_IN_JSON, NEWER)


def test_rows_that_cannot_be_read_are_no_difference(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    database.spoil("UPDATE booking_appointments SET status = 'lost' WHERE org_id = 'sunrise'")
    told = "Organisation sunrise cannot be read.\n"
    assert outcome("verify", "--store", database.url, "--json") == (2, WELL_IN_JSON, told)
    assert [record.message for record in caplog.records] == [
        "The rows of organisation sunrise are not what they must be."
    ]
    assert "ValueError: 'lost' is not a valid AppointmentStatus" in caplog.text


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What a command does with its progress."""
    calls: list[object] = []

    class Recorded:
        def __init__(self, stream: object, size: int, *, noun: str) -> None:
            calls.append((size, noun))

        def show(self, done: int, counted: int) -> None:
            calls.append((done, counted))

        def clear(self) -> None:
            calls.append("clear")

    monkeypatch.setattr(verifying, "Progress", Recorded)
    return calls


def test_verify_shows_its_progress(database: Database, shown: list[object]) -> None:
    assert outcome("verify", "--store", database.url) == (0, WELL, "")
    assert shown == [(2, "organisations"), (1, 1), (2, 2), "clear"]


@pytest.mark.parametrize(("terminal", "cleared"), [(True, ["clear"]), (False, [])])
def test_progress_makes_room_on_a_terminal_for_what_is_written(
    database: Database, shown: list[object], monkeypatch: pytest.MonkeyPatch, terminal: bool, cleared: list[object]
) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: terminal, raising=False)
    assert outcome("verify", "--store", database.url, "--json")[0] == 0
    assert shown == [(2, "organisations"), *cleared, (1, 1), *cleared, (2, 2), "clear"]
    shown.clear()
    database.spoil_counter()
    assert outcome("verify", "--store", database.url)[0] == 1
    assert shown == [(2, "organisations"), (1, 1), *cleared, (2, 2), "clear"]


# --- What cannot be used --------------------------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("command", ["migrate", "verify"])


@BOTH
def test_tables_of_a_newer_version_are_left_alone(database: Database, command: str) -> None:
    database.spoil("UPDATE booking_engine_version SET version_num = '9999'")
    assert outcome(command, "--store", database.url) == (2, "", NEWER)


def test_verify_wants_tables_and_a_database(empty: Database) -> None:
    missing = f"There is no file {empty.path}: booking-engine migrate --store URL makes it.\n"
    assert outcome("verify", "--store", empty.url) == (2, "", missing)
    assert not empty.path.exists()
    empty.path.touch()
    for org in ((), ("--org", "sunrise")):
        assert outcome("verify", "--store", empty.url, *org) == (2, "", NO_TABLES)
    code, stdout, stderr = outcome("verify", "--store", "memory:")
    assert (code, stdout) == (2, "")
    assert stderr.startswith("memory: is empty when a command begins")


def test_an_organisation_that_nobody_has_configured_is_unknown(database: Database) -> None:
    for org_id, named in (("nobody", "nobody"), ("\x1b[2J", "?[2J"), ("", "")):
        for mode in ([], ["--json"]):
            told = f"There is no organisation {named} in the store.\n"
            assert outcome("verify", "--store", database.url, "--org", org_id, *mode) == (2, "", told)


@BOTH
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("bookings.db", r"That is not the URL of a store: write memory:, sqlite:///file\.db or postgresql://.*\."),
        ("postgresql://me:secret@host:port/clinic", r"The URL of the store cannot be read: write memory:, .*\."),
        ("postgresql://me:secret@127.0.0.1:1/clinic", r"The database could not answer: OperationalError: .*refused.*"),
        ("sqlite:///{folder}/notes.txt", r"The database could not answer: DatabaseError: file is not a database"),
    ],
)
def test_a_store_that_cannot_be_asked(command: str, url: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Call Aadhi back. " * 10, encoding="utf-8")
    code, stdout, stderr = outcome(command, "--store", url.format(folder=tmp_path))
    assert (code, stdout) == (2, "")
    assert re.fullmatch(said + "\n", stderr)
    assert "secret" not in stderr


@BOTH
def test_the_options_are_checked(command: str) -> None:
    code, stdout, stderr = outcome(command)
    assert (code, stdout) == (2, "")
    assert stderr.endswith("Error: Missing option '--store'.\n")


# --- As a process, and on the page ----------------------------------------------------------------------------------


def test_verify_as_a_process(database: Database) -> None:
    command: list[str | Path] = [SCRIPT, "verify", "--store", database.url]
    well = subprocess.run([*command, "--json"], capture_output=True, env=ENVIRONMENT, check=False)  # noqa: S603 (our own script)
    assert (well.returncode, well.stderr) == (0, b"")
    assert [json.loads(line)["ok"] for line in well.stdout.splitlines()] == [True, True]
    database.spoil_counter()
    wrong = subprocess.run(command, capture_output=True, env=ENVIRONMENT, check=False)  # noqa: S603
    assert (wrong.returncode, wrong.stderr) == (1, b"")
    assert PLACES in wrong.stdout.decode()


def test_the_page_shows_what_the_commands_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = Database(tmp_path)
    *_, making, well, wrong = re.findall(
        r"^```console\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert played(making) == making
    for org_id in ("sunrise", "moonlight"):
        set_up(here.url, org_id)
    assert played(well) == well
    here.spoil_counter()
    assert played(wrong) == wrong


def played(shown: str) -> str:
    """The commands of a block of the page, each with what it writes, and the code that ``$?`` stands for."""
    lines: list[str] = []
    code = 0
    for line in re.findall(r"^\$ (.*)$", shown, re.MULTILINE):
        lines.append(f"$ {line}\n")
        if line == "echo $?":
            lines.append(f"{code}\n")
            continue
        program, *arguments = shlex.split(line)
        assert program == "booking-engine"
        result = run(*arguments)
        code = result.exit_code
        lines.append(result.output)
    return "".join(lines)
