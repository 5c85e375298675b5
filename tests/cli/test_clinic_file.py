"""A clinic file becomes commands, or every mistake in it with its place; nothing else ever comes of reading it."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_engine import (
    AddBranch,
    AddService,
    BookingEngine,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    Weekday,
    WindowStatus,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.adapters.phone import E164Phones
from booking_engine.clinic import Clinic, example_clinic, read_clinic
from booking_engine.clinic.document import lines_of, read_document
from booking_engine.clinic.mistake import Mistake, Place, written

NOW = datetime(2026, 5, 26, 10, tzinfo=UTC)
CONFIG = '[config]\ntimezone = "UTC"\n'
BRANCH = '[[branches]]\nid = "main"\nname = "Main"\n'
SERVICE = '[[services]]\nid = "s1"\nname = "Checkup"\n'
WINDOW = '[[windows]]\nday = "monday"\nsession = "Morning"\nai_slots = 4\n'


def counted() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"made-{next(numbers)}"


def clinic_of(text: str) -> Clinic:
    clinic = read_clinic(text.encode(), counted())
    assert isinstance(clinic, Clinic), clinic
    return clinic


def mistakes_of(text: str | bytes) -> list[tuple[int | None, str]]:
    found = read_clinic(text.encode() if isinstance(text, str) else text, counted())
    assert isinstance(found, tuple), found
    return [(mistake.line, str(mistake)) for mistake in found]


# --- What a file stands for -----------------------------------------------------------------------------------------


def test_a_file_becomes_commands_in_order() -> None:
    clinic = clinic_of(
        """
        [organisation]
        id = "sunrise"
        name = "Sunrise Clinic"
        [config]
        timezone = "Asia/Kolkata"
        buffer_time_minutes = 15
        [config.session_hours]
        Evening = ["17:00", "24:00"]
        [[branches]]
        id = "main"
        name = "Main"
        [[services]]
        id = "s1"
        name = "General Checkup"
        duration_minutes = 15
        [[windows]]
        id = "w1"
        branch = "main"
        day = "monday"
        session = "Morning"
        start_time = "09:00"
        end_time = "24:00"
        max_slots = 20
        ai_slots = 10
        batch_name = "MA"
        service = "general  CHECKUP"
        status = "CLOSED"
        valid_from = 2026-06-01
        valid_until = "2026-12-31"
        interval_weeks = 2
        """
    )
    assert clinic == Clinic(
        org_id="sunrise",
        commands=(
            ConfigureOrganisation(
                name="Sunrise Clinic",
                timezone="Asia/Kolkata",
                buffer_time_minutes=15,
                session_hours={Session.EVENING: ("17:00", "24:00")},
            ),
            AddBranch(branch_id="main", name="Main"),
            AddService(service_id="s1", name="General Checkup", duration_minutes=15),
            CreateWindow(
                calendar_id="w1",
                branch_id="main",
                day=Weekday.MONDAY,
                session=Session.MORNING,
                start_time="09:00",
                end_time="24:00",
                max_slots=20,
                ai_slots=10,
                batch_name="MA",
                appointment_type_id="s1",
                status=WindowStatus.CLOSED,
                valid_from=date(2026, 6, 1),
                valid_until=date(2026, 12, 31),
                interval_weeks=2,
            ),
        ),
    )


def test_ids_are_made_where_they_are_absent_and_the_only_branch_needs_no_name() -> None:
    clinic = clinic_of(f'{CONFIG}[[branches]]\nname = "Main"\n[[services]]\nname = "Checkup"\n{WINDOW}')
    assert clinic == Clinic(
        org_id="made-1",
        commands=(
            ConfigureOrganisation(timezone="UTC"),
            AddBranch(branch_id="made-2", name="Main"),
            AddService(service_id="made-3", name="Checkup"),
            CreateWindow(
                calendar_id="made-4", branch_id="made-2", day=Weekday.MONDAY, session=Session.MORNING, ai_slots=4
            ),
        ),
    )


def test_times_and_dates_may_be_those_of_toml() -> None:
    window = clinic_of(f"{CONFIG}{BRANCH}{WINDOW}start_time = 09:00:00\nvalid_until = 2026-12-31\n").commands[-1]
    assert isinstance(window, CreateWindow)
    assert (window.start_time, window.valid_until) == ("09:00", date(2026, 12, 31))


@pytest.mark.parametrize("branch", ["lake", "Lakeside", " lakeSIDE "])
def test_a_window_names_its_branch_by_id_or_name(branch: str) -> None:
    lake = '[[branches]]\nid = "lake"\nname = "Lakeside"\n'
    window = clinic_of(f"{CONFIG}{BRANCH}{lake}{WINDOW}branch = {branch!r}\n").commands[-1]
    assert isinstance(window, CreateWindow)
    assert window.branch_id == "lake"


def test_an_id_goes_before_a_name() -> None:
    branches = '[[branches]]\nid = "a"\nname = "b"\n[[branches]]\nid = "b"\nname = "c"\n'
    window = clinic_of(f'{CONFIG}{branches}{WINDOW}branch = "b"\n').commands[-1]
    assert isinstance(window, CreateWindow)
    assert window.branch_id == "b"


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake() -> None:
    text = f"{CONFIG}{BRANCH}{WINDOW}".replace("\n", "\r\n")
    clinic = read_clinic(b"\xef\xbb\xbf" + text.encode(), counted())
    assert isinstance(clinic, Clinic)
    assert len(clinic.commands) == 3


def test_a_phone_region_is_known_where_the_engine_knows_it() -> None:
    text = f'{CONFIG}default_region = "IN"\n'
    assert isinstance(read_clinic(text.encode(), counted(), E164Phones()), Clinic)
    assert [mistake.place for mistake in read_clinic(text.encode(), counted())] == [("config", "default_region")]  # type: ignore[union-attr]


# --- Mistakes -------------------------------------------------------------------------------------------------------


def test_every_mistake_is_found_at_once_in_the_order_of_the_file() -> None:
    text = """[organisation]
id = ""
nam = "x"

[config]
buffer_time_minutes = "5"
hold_seconds = 900
hold_max_seconds = 800

[config.session_hours]
Morning = ["09:00", "08:00"]

[[branches]]
name = "Main"
[[branches]]
name = "main "
[[branches]]
id = 5
name = "Lake"

[[services]]
name = "A"
duration_minutes = -1
colour = \"\"\"
[[services]]
\"\"\"

[[windows]]
day = "monday"

[[windows]]
branch = "Main"
day = "monday"
session = "Morning"
ai_slots = 4
max_slots = 3
start_time = 09:00:00
end_time = "08:00"
service = "B"

[[windows]]
branch = "Lake"
day = "Monday"
session = "Morning"
ai_slots = 4
service = "A"

[holidays]
"""
    branches = 'send one of: "Main", "main", "Lake"'
    assert mistakes_of(text) == [
        (2, "organisation.id: is empty; send a string of 1 to 200 characters"),
        (3, "organisation.nam: means nothing here; known keys: id, name"),
        (5, 'config.timezone: is missing; send an IANA name, e.g. "Asia/Kolkata"'),
        (6, "config.buffer_time_minutes: is not a whole number; send a number from 0 to 1,440"),
        (7, "config.hold_seconds: exceeds hold_max_seconds; send at most hold_max_seconds"),
        (
            10,
            'config.session_hours: has no start before its end for Morning; send e.g. {"Morning": ["09:00", "12:00"]}',
        ),
        (16, "branches[1].name: is the name of another branch; send another name"),
        (18, "branches[2].id: is not text; send a string of 1 to 200 characters"),
        (23, "services[0].duration_minutes: is out of range; send a number from 0 to 1,440"),
        (24, "services[0].colour: means nothing here; known keys: name, duration_minutes, id"),
        (28, f"windows[0].branch: is missing and there are several branches; {branches}"),
        (28, "windows[0].session: is missing; send a value"),
        (28, "windows[0].ai_slots: is missing; send a value"),
        (35, "windows[1].ai_slots: exceeds max_slots; send ai_slots of at most max_slots"),
        (38, "windows[1].end_time: is not after start_time; no window crosses midnight: make two windows"),
        (39, 'windows[1].service: is no service of this file; send one of: "A"'),
        (43, "windows[2].day: " + str(Mistake((), *day_problem()))),
        (48, "holidays: means nothing here; known keys: organisation, config, branches, services, windows"),
    ]


def day_problem() -> tuple[str, str]:
    days = ", ".join(f'"{day}"' for day in Weekday)
    return "is not one of the known values", f"send one of: {days}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\xff", [(1, "is not UTF-8 text; save the file as UTF-8")]),
        (b"[config]\nx = '\xe9'", [(2, "is not UTF-8 text; save the file as UTF-8")]),
        (b"[config\n", [(1, "is not TOML: Expected ']' at the end of a table declaration")]),
        (b"x = " + b"9" * 5_000, [(None, "is not TOML: a number has too many digits")]),
        (b"x = " + b"[" * 20_000, [(None, "is not TOML: it is nested too deeply")]),
        (b"", [(None, 'config.timezone: is missing; send an IANA name, e.g. "Asia/Kolkata"')]),
        (b'config = "UTC"', [(1, "config: is not a table; write [config]"), (1, "config.timezone: is missing")]),
        (CONFIG + "[windows]\n", [(3, "windows: is not a list of tables; write [[windows]] before each of them")]),
        (CONFIG + "[[branches]]\n", [(3, "branches[0].name: is missing; send a value")]),
        (CONFIG + WINDOW, [(3, "windows[0].branch: cannot be chosen; the file has no branch: write [[branches]]")]),
        (CONFIG + BRANCH + WINDOW + "branch = 5\n", [(10, "windows[0].branch: is not text; send a string of")]),
        (CONFIG + BRANCH + WINDOW + "branch_id = 'main'\n", [(10, "windows[0].branch_id: means nothing here")]),
        (CONFIG + BRANCH + WINDOW + 'id = "w"\n' + WINDOW + 'id = "w"\n', [(15, "windows[1].id: is taken")]),
        (CONFIG + BRANCH + BRANCH.replace("Main", "Other"), [(7, "branches[1].id: is taken; send another id")]),
        (
            CONFIG + SERVICE + SERVICE.replace("s1", "s2"),
            [(8, "services[1].name: is the name or id of another service")],
        ),
        (CONFIG + '[organisation]\nname = ""\n', [(4, "organisation.name: is empty")]),
        (CONFIG + '"a b" = 1\n', [(3, 'config."a b": means nothing here')]),
        (CONFIG + "channel = 'staff'\n", [(3, "config.channel: means nothing here")]),
    ],
)
def test_mistakes_and_their_places(text: str | bytes, expected: list[tuple[int | None, str]]) -> None:
    found = mistakes_of(text)
    assert [
        (line, message[: len(beginning)]) for (line, message), (_, beginning) in zip(found, expected, strict=True)
    ] == expected


def test_a_window_is_not_blamed_for_the_branch_it_names() -> None:
    text = f'{CONFIG}[[branches]]\nname = "Main"\nid = ""\n{WINDOW}branch = "Main"\n'
    assert mistakes_of(text) == [(5, "branches[0].id: is empty; send a string of 1 to 200 characters")]


def test_a_place_is_written_as_a_reader_would_point_to_it() -> None:
    assert written(("windows", 2, "start_time")) == "windows[2].start_time"
    assert written(("a.b", "\n" + "x" * 80)) == '"a.b"."\\n' + "x" * 59 + '\\u2026"'


# --- Lines ----------------------------------------------------------------------------------------------------------


def places(value: object, place: Place = ()) -> set[Place]:
    """Every place of a document but the arrays of tables, which stand nowhere but in their tables."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    here = {place} if not (isinstance(value, list) and isinstance(value[0], dict)) else set()
    return here.union(*(places(each, (*place, key)) for key, each in inner))


def test_every_place_is_found_and_on_its_line() -> None:
    text = example_clinic().decode()
    lines, rows = lines_of(text), text.split("\n")
    assert lines.keys() == places(tomllib.loads(text)) - {()}
    for place, line in lines.items():
        key = next(part for part in reversed(place) if isinstance(part, str))
        assert key in rows[line - 1]


def test_lines_of_nested_tables_and_values_over_several_lines() -> None:
    text = 'a.b = 1\nc = [\n  1,\n  2,\n]\nd = """\ne = 1\n"""\n[[f]]\n'
    text += "[[f.g]]\nh = { i = 1 }\n[f.j]\n[[f]]\n[f.j]\nk = 1\n"
    assert lines_of(text) == {
        ("a",): 1,
        ("a", "b"): 1,
        ("c",): 2,
        ("c", 0): 2,
        ("c", 1): 2,
        ("d",): 6,
        ("f", 0): 9,
        ("f", 0, "g", 0): 10,
        ("f", 0, "g", 0, "h"): 11,
        ("f", 0, "g", 0, "h", "i"): 11,
        ("f", 0, "j"): 12,
        ("f", 1): 13,
        ("f", 1, "j"): 14,
        ("f", 1, "j", "k"): 15,
    }


# --- Whatever the file ----------------------------------------------------------------------------------------------


def test_an_engine_accepts_the_example() -> None:
    clinic = read_clinic(example_clinic(), counted())
    assert isinstance(clinic, Clinic)
    catalog = carried_out(clinic).catalog()
    assert (len(catalog.branches), len(catalog.services), len(catalog.windows)) == (2, 4, 30)


def test_the_example_is_the_one_in_the_examples() -> None:
    examples = Path(__file__).resolve().parents[2] / "examples"
    assert (examples / "clinic.toml").read_bytes() == example_clinic()


def carried_out(clinic: Clinic) -> BookingEngine:
    engine = BookingEngine(MemoryStore(clinic.org_id), clock=lambda: NOW)
    for command in clinic.commands:
        engine.execute(command)
    return engine


@given(st.binary(max_size=60))
def test_bytes_are_a_clinic_or_mistaken(data: bytes) -> None:
    assert isinstance(read_clinic(data, counted()), Clinic | tuple)


STATEMENTS = st.sampled_from(
    [
        "[organisation]", "[config]", "[[branches]]", "[[services]]", "[[windows]]", "[config.session_hours]",
        'id = "a"', 'id = "b"', "id = 1", 'name = "a"', 'name = "B"', 'name = ""', 'timezone = "UTC"', 'branch = "a"',
        'branch = "b"', 'service = "a"', 'service = "b"', 'day = "monday"', 'session = "Morning"', "ai_slots = 0",
        "ai_slots = 3", "max_slots = 2", "max_slots = 3", 'start_time = "09:00"', 'end_time = "09:00"',
        "interval_weeks = 2", "valid_from = 2026-06-01", "hold_seconds = 901", 'Morning = ["09:00", "12:00"]',
        "duration_minutes = 20", 'capacity_scope = "shared"', 'note = """', '"""', "", "# id = 1",
    ]
)  # fmt: skip


@given(st.lists(STATEMENTS, max_size=25))
def test_what_is_read_is_accepted_and_what_is_mistaken_has_its_line(statements: list[str]) -> None:
    text = "\n".join(statements)
    found = read_clinic(text.encode(), counted())
    if isinstance(found, Clinic):
        assert len(carried_out(found).catalog().windows) == statements.count("[[windows]]")
        return
    if isinstance(read_document(text.encode()), Mistake):
        assert len(found) == 1
        return
    for mistake in found:
        assert mistake.line is not None or mistake.place == ("config", "timezone")
        if mistake.problem == "means nothing here":
            assert mistake.line is not None
            assert str(mistake.place[-1]) in statements[mistake.line - 1]
