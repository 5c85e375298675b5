"""The command ``init``: a clinic file in a store, once and again, and what it says of every change."""

from __future__ import annotations

import re
import shlex
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from cli_support import CLINIC, ENVIRONMENT, SCRIPT, run

from booking_engine import AddBranch, BookAppointment, BookingEngine, CreateWindow, Session, Weekday
from booking_engine.adapters.cli import init as initialising
from booking_engine.adapters.opening import open_store
from booking_engine.adapters.sql import SqlStore
from booking_engine.adapters.sql.schema import VERSION
from booking_engine.clinic import plan_update
from booking_engine.testing.clock import FixedClock

MADE = f"""\
no tables yet -> {VERSION}
+ organisation sunrise "Sunrise Clinic"
+ branch "Main"
+ service "General Checkup"
+ window monday Morning 09:00-11:00 MA at Main (mornings)
sunrise: 4 added, 0 changed.
"""
ONE = "sunrise: 0 added, 1 changed.\n"
NOTHING = "sunrise: nothing to change.\n"


@attrs.frozen
class Place:
    """A folder with a clinic file and, after the first ``init``, a database."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/bookings.db"

    @property
    def file(self) -> Path:
        return self.folder / "clinic.toml"

    def init(self, text: str = CLINIC) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        self.file.write_text(text, encoding="utf-8")
        result = run("init", "--store", self.url, str(self.file))
        return result.exit_code, result.stdout, result.stderr

    def store(self) -> SqlStore:
        store = open_store(self.url, "sunrise")
        assert isinstance(store, SqlStore)
        return store


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_new_file_gets_its_tables_and_twice_is_once(place: Place) -> None:
    assert place.init() == (0, MADE, "")
    assert place.init() == (0, NOTHING, "")


def test_a_migrated_store_is_only_filled(place: Place) -> None:
    assert run("migrate", "--store", place.url).exit_code == 0
    assert place.init() == (0, MADE.partition("\n")[2], "")


def test_every_change_is_named(place: Place) -> None:
    place.init()
    changed = (
        CLINIC.replace(
            'timezone = "UTC"', 'timezone = "UTC"\nmin_notice_hours = 0\nsession_hours.Evening = ["17:00", "20:00"]'
        )
        .replace('name = "Sunrise Clinic"', 'name = "Sonnenklinik \\u2600"')
        .replace('name = "General Checkup"', 'name = "Checkup"\nduration_minutes = 15')
        .replace("max_slots = 2", 'max_slots = 3\nvalid_from = "2026-06-01"')
        .replace('end_time = "11:00"\n', "")
        .replace('batch_name = "MA"', 'batch_name = "M\\u202e"')
    )
    window = "window monday Morning 09:00-24:00 M? at Main (mornings)"
    said = (
        '~ organisation sunrise "Sonnenklinik ☀": name "Sunrise Clinic" -> "Sonnenklinik ☀"\n'
        '~ organisation sunrise "Sonnenklinik ☀": min_notice_hours 2 -> 0\n'
        '~ organisation sunrise "Sonnenklinik ☀": session_hours {} -> {"Evening": ["17:00", "20:00"]}\n'
        '~ service "Checkup": name "General Checkup" -> "Checkup"\n'
        '~ service "Checkup": duration_minutes 0 -> 15\n'
        f"~ {window}: max_slots 2 -> 3\n"
        f'~ {window}: end_time "11:00" -> none\n'
        f'~ {window}: batch "MA" -> "M?"\n'
        f'~ {window}: valid_from none -> "2026-06-01"\n'
        "sunrise: 0 added, 3 changed.\n"
    )
    assert place.init(changed) == (0, said, "")
    assert place.init(changed) == (0, NOTHING, "")


def test_what_the_file_does_not_have_is_left_and_named(place: Place) -> None:
    place.init()
    store = place.store()
    engine = BookingEngine(store)
    engine.add_branch(AddBranch(name="Lakeside", branch_id="lake"))
    engine.create_window(
        CreateWindow(
            branch_id="lake",
            day=Weekday.FRIDAY,
            session=Session.EVENING,
            ai_slots=1,
            appointment_type_id="s1",
            calendar_id="evenings",
        )
    )
    left = (
        '= branch "Lakeside": not in the file, left as it is\n'
        "= window friday Evening at Lakeside for General Checkup (evenings): not in the file, left as it is\n"
    )
    assert place.init(CLINIC.replace('day = "monday"', 'branch = "Main"\nday = "monday"')) == (0, left + NOTHING, "")
    assert set(store.catalog().windows) == {"mornings", "evenings"}
    store.close()


def test_appointments_that_a_change_leaves_outside_are_named_and_stay(place: Place) -> None:
    place.init(CLINIC.replace("[config]", "[config]\nmax_advance_booking_days = 3650\nmin_notice_hours = 0"))
    store = place.store()
    engines = [BookingEngine(store, clock=FixedClock(datetime(2099, 6, 1, 10, n, tzinfo=UTC))) for n in range(2)]
    visits = [
        engine.book(
            BookAppointment(
                appointment_type="s1",
                appointment_date=datetime(2099, 6, 15, 9, number, tzinfo=UTC),
                patient_name="Aadhi",
                parent_phone=f"+91984001234{number}",
            )
        ).appointment
        for number, engine in enumerate(engines)
    ]
    first, second = (visit.appointment_id for visit in visits)
    window = "window monday Morning 09:00-11:00 MA at Main (mornings)"
    assert place.init(CLINIC.replace("max_slots = 2", "max_slots = 1")) == (
        0,
        f"~ {window}: max_slots 2 -> 1\n    leaves 1 appointment over capacity: {second}\n{ONE}",
        "",
    )
    code, stdout, _ = place.init(CLINIC.replace('day = "monday"', 'day = "friday"'))
    assert code == 0
    outside = re.search("    leaves 2 appointments outside an open window: (.*)", stdout)
    assert outside is not None
    assert set(outside[1].split()) == {first, second}
    assert [store.appointment(visit.appointment_id) for visit in visits] == visits
    store.close()


# --- What cannot be used ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            CLINIC.replace('id = "sunrise"\n', ""),
            '{file}: organisation.id is missing; write id = "sunrise", for one: init finds it again by that\n',
        ),
        (
            CLINIC.replace("ai_slots = 1", 'ai_slots = "1"').replace('name = "Main"', ""),
            (
                "{file}:7: branches[0].name: is missing; send a value\n"
                "{file}:20: windows[0].ai_slots: is not a whole number; send a number from 0 to 1,000,000\n"
            ),
        ),
    ],
    ids=["no id", "mistakes"],
)
def test_a_file_with_mistakes_makes_nothing(text: str, said: str, place: Place) -> None:
    code, stdout, stderr = place.init(text)
    assert (code, stdout) == (2, "")
    assert stderr == said.format(file=place.file)
    assert not (place.folder / "bookings.db").exists()


def test_a_file_that_is_not_there(place: Place) -> None:
    result = run("init", "--store", place.url, str(place.file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{place.file}: cannot be read: No such file or directory\n"


def test_what_the_store_is_against_changes_nothing(place: Place) -> None:
    place.init()
    against = CLINIC.replace('id = "s1"', 'id = "s2"').replace("max_slots = 2", "max_slots = 3")
    said = f"{place.file}: service s2 is in the store already, with the id s1: give it that id, or none\n"
    assert place.init(against) == (2, "", said)
    assert place.init() == (0, NOTHING, "")


def test_somebody_who_is_faster_is_told_of(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*arguments: object) -> object:
        update = plan_update(*arguments)  # type: ignore[arg-type]
        store = place.store()
        BookingEngine(store).execute(update.steps[0].command)
        for step in update.steps[1:]:
            command = step.command
            if isinstance(command, CreateWindow):
                command = attrs.evolve(command, day=Weekday.SUNDAY)
            BookingEngine(store).execute(command)
        store.close()
        return update

    monkeypatch.setattr(initialising, "plan_update", late)
    code, stdout, stderr = place.init()
    assert (code, stdout) == (2, MADE[: MADE.index("+ window")])
    assert stderr.startswith("Somebody else changed the organisation meanwhile: run init again.\nVALIDATION_ERROR")
    assert "calendar_id is taken" in stderr


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0001", f"The database's tables have version 0001, older than {VERSION}: run booking-engine migrate "),
        ("9999", f"The database's tables have version 9999, newer than {VERSION}: install a newer booking-engine."),
    ],
)
def test_tables_of_another_version_are_left_alone(version: str, said: str, place: Place) -> None:
    place.init()
    with closing(sqlite3.connect(place.folder / "bookings.db")) as connection, connection:
        connection.execute("UPDATE booking_engine_version SET version_num = ?", [version])
    code, stdout, stderr = place.init()
    assert (code, stdout) == (2, "")
    assert stderr.startswith(said)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("memory:", "memory: is empty when a command begins and gone when it ends: "),
        ("sqlite:////no/where/at.db", "There is no folder /no/where: make it first."),
        ("bookings.db", "That is not the URL of a store: "),
    ],
)
def test_a_store_that_cannot_be_opened(url: str, said: str, place: Place) -> None:
    place.file.write_text(CLINIC, encoding="utf-8")
    result = run("init", "--store", url, str(place.file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said)


def test_init_as_a_process(place: Place) -> None:
    place.file.write_text(CLINIC, encoding="utf-8")
    command = [str(SCRIPT), "init", "--store", place.url, str(place.file)]
    for said in (MADE, NOTHING):
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)  # noqa: S603 (our own script)
        assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


def test_the_page_shows_what_init_writes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "command.md"
    [block] = re.findall(
        r"^```text\n(\$ booking-engine init[^`]*)^```$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    monkeypatch.chdir(place.folder)
    place.file.write_text(CLINIC, encoding="utf-8")
    written = ""
    for line in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        program, *arguments = shlex.split(line)
        assert program == "booking-engine"
        written += f"$ {line}\n" + run(*arguments).output
    assert written == block
