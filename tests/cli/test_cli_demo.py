"""The demo tells the documents' story, the same every time, to a reader of any terminal from 60 columns on."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from cli_support import CLINIC, EXAMPLES, run

from booking_engine import (
    AddService,
    BookAppointment,
    BookingEngine,
    Channel,
    CloseBranch,
    OverrideTracking,
    UpdateWindow,
)
from booking_engine.adapters.cli.clock import StandingClock
from booking_engine.adapters.cli.demo import CountedIds
from booking_engine.adapters.cli.in_memory import open_clinic
from booking_engine.adapters.cli.telling import Teller
from booking_engine.adapters.cli.terminal import PLAIN, RICH, Terminal
from booking_engine.adapters.cli.wallclock import time_of_day
from booking_engine.adapters.cli.week import week
from booking_engine.adapters.opening import phones_here
from booking_engine.clinic import Clinic, read_clinic
from booking_engine.domain.localtime import since_midnight

MONDAY = date(2026, 6, 15)
DECISIONS = [
    "✗ OUTSIDE_AVAILABILITY NO_WINDOW",
    "✓ confirmed",
    "↺ the same appointment",
    "✗ DUPLICATE_BOOKING",
    "✗ VALIDATION_ERROR",
    "✗ VALIDATION_ERROR",
    "✗ INVALID_APPOINTMENT_TYPE",
    "✗ OUTSIDE_AVAILABILITY MIN_NOTICE",
    "✗ OUTSIDE_AVAILABILITY BEYOND_HORIZON",
    "✓ 4 booked",
    "✗ SLOT_FULL AI_QUOTA",
    "✓ 2 booked",
    "✗ SLOT_FULL CAPACITY",
    "✓ confirmed",
    "✓ rescheduled",
    "✓ cancelled",
    "↺ cancelled already",
    "✓ confirmed",
    "✓ confirmed",
    "✗ DUPLICATE_BOOKING",
    "✓ cancelled",
    "✓ confirmed",
    "✓ confirmed",
    "✗ SLOT_FULL DOCTOR_BUSY",
    "✓ confirmed",
    "✓ 512 booked",
    "✗ SLOT_FULL AI_QUOTA",
    "✗ SLOT_FULL CAPACITY",
    "↺ preview",
    "✓ done",
    "✗ SLOT_INACTIVE",
    "✓ done",
    "✗ SLOT_INACTIVE",
    "✓ confirmed",
    "✗ CANCELLATION_NOT_ALLOWED NOTICE",
    "✓ rescheduled",
    "✓ completed",
    "✗ INVALID_TRANSITION",
    "✓ 524 appointments counted again: the ledger agrees",
]
LEGEND = [
    "  ██ booked by the AI agent   ▒▒ by staff and API",
    "  ░░ free for everybody       ·· free for staff and API",
]


def demo(**environment: str) -> list[str]:
    result = run("demo", **environment)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_every_decision_of_the_story() -> None:
    lines = [line.strip() for line in demo()]
    assert [re.split(r"  |\.$", line)[0] for line in lines if line.startswith(("✓", "↺", "✗"))] == DECISIONS


def test_it_tells_the_same_every_time() -> None:
    assert demo() == demo()


def test_the_week_is_drawn_at_the_end() -> None:
    lines = demo()
    start = lines.index(LEGEND[0])
    assert lines[start + 1] == LEGEND[1]
    assert lines[start + 3 : start + 7] == [
        "  Mon 15 Jun  Main Street",
        "    09:00–11:00 MA  ████████▒▒▒▒░░░···············  33/80",
        "    11:00–13:00 MB  ███▒▒▒░░░░░░░░░···············   9/48",
        "    17:00–20:00 EA  ██████████▒▒▒▒▒▒▒▒············  36/60",
    ]
    for line in (
        "    09:00–11:00 MA  ██▒                              8/80  closed",
        "    10:00–11:00 VA  ███▒▒▒                            6/6  full  Vaccination",
        "    15:00–17:00 FU  ▒·····                            1/6  Follow-up Visit",
        "    10:00–12:00 SU  ███████▒▒▒▒▒········            12/20",
    ):
        assert line in lines


def test_it_says_what_to_try_next(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = "--store sqlite:///clinic.db"
    scopes = "--scope appointments:read --scope appointments:write --scope slots:read"
    commands = [
        "  Next, with .venv/bin on the path (. .venv/bin/activate):",
        "  500 requests, with every kind of refusal in them:",
        "    booking-engine replay examples/clinic.toml examples/requests.jsonl",
        "  Serve this clinic, its API at /docs (extras server,sql):",
        "    booking-engine init --store sqlite:///clinic.db examples/clinic.toml",
        f"    booking-engine key create {store} --org sunrise {scopes}",
        "    booking-engine serve --store sqlite:///clinic.db",
    ]
    monkeypatch.chdir(EXAMPLES.parent)
    assert demo()[-8:] == [*commands, ""]
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert demo()[-9:] == [*commands, "  The files are in the project's folder examples/.", ""]
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    assert "\n".join(f"$ {line.strip()}" for line in commands[-3:]) in readme


@pytest.mark.parametrize("columns", ["20", "60", "72", "100", "500"])
def test_it_fits_the_terminal(columns: str) -> None:
    lines = demo(COLUMNS=columns)
    width = min(max(int(columns), 60), 100)
    assert [line for line in lines if len(line) > width] == [
        line for line in lines if line.startswith("    booking-engine ") and len(line) > width
    ]
    assert max(map(len, lines)) >= width - 3


def test_colours_say_nothing_that_the_text_does_not() -> None:
    coloured = demo(FORCE_COLOR="1")
    assert "\x1b[32m\x1b[1m✓ confirmed\x1b[0m" in "".join(coloured)
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == demo()


# --- The terminal ---------------------------------------------------------------------------------------------------


class Stream(TextIOWrapper):
    """A stream with an encoding that may be a terminal."""

    def __init__(self, encoding: str, *, terminal: bool) -> None:
        super().__init__(BytesIO(), encoding=encoding)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("terminal", "variables", "expected"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_where_colours_are_welcome(terminal: bool, variables: dict[str, str], expected: bool) -> None:
    assert Terminal.of(Stream("utf-8", terminal=terminal), variables).colours is expected


def test_a_stream_without_our_characters_gets_others() -> None:
    stream = Stream("ascii", terminal=False)
    assert Terminal.of(stream, {}).marks == PLAIN
    stream.write("é")  # and nothing that it cannot write stops it
    stream.flush()
    assert stream.buffer.getvalue() == b"?"  # type: ignore[attr-defined]
    assert Terminal.of(Stream("utf-8", terminal=False), {}).marks == RICH


# --- The week -------------------------------------------------------------------------------------------------------


def opened(clinic: str = CLINIC) -> BookingEngine:
    read = read_clinic(clinic.encode(), CountedIds().uuid)
    assert isinstance(read, Clinic)
    return open_clinic(read, StandingClock(datetime(2026, 6, 1, 10, tzinfo=UTC)), CountedIds(), phones_here())


def visit(phone: str, channel: Channel, service: str = "s1", **details: Any) -> BookAppointment:
    return BookAppointment(
        appointment_type=service,
        appointment_date=datetime(2026, 6, 15, 9, 30, tzinfo=UTC),
        parent_phone=phone,
        channel=channel,
        **{"patient_name": "A", **details},
    )


def rows(engine: BookingEngine) -> list[str]:
    lines = list(week(engine, MONDAY, Terminal()))
    assert lines[:2] == LEGEND
    return [line for line in lines[2:] if line]


def row(bar: str, rest: str, hours: str = "09:00–11:00 MA ") -> str:
    return f"    {hours} {bar:<30}{rest}"


def test_free_places_are_shown_for_whom_they_are_free() -> None:
    engine = opened(CLINIC.replace("max_slots = 2", "max_slots = 5").replace("ai_slots = 1", "ai_slots = 3"))
    title = "  Mon 15 Jun  Main"
    assert rows(engine) == [title, row("░░░··", "    0/5")]
    engine.book(visit("1", Channel.STAFF))
    assert rows(engine) == [title, row("▒░░··", "    1/5")]
    engine.book(visit("2", Channel.AI_AGENT))
    assert rows(engine) == [title, row("█▒░··", "    2/5")]
    for phone in ("3", "4"):
        engine.book(visit(phone, Channel.API))
    assert rows(engine) == [title, row("█▒▒▒·", "    4/5")]
    engine.book(visit("5", Channel.API))
    assert rows(engine) == [title, row("█▒▒▒▒", "    5/5  full")]
    engine.update_window(UpdateWindow(slot_id="mornings", max_slots=3, ai_slots=1))
    assert rows(engine) == [title, row("█▒▒▒▒", "    5/3  full")]
    engine.close_branch(CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY))
    assert rows(engine) == [title, row("█▒▒▒▒", "    5/3  closed")]


def test_a_window_open_to_several_services_has_the_places_of_all() -> None:
    engine = opened()
    engine.add_service(AddService(service_id="s2", name="Vaccination"))
    engine.book(visit("1", Channel.AI_AGENT))
    engine.book(visit("1", Channel.STAFF, "s2"))
    assert rows(engine)[1] == row("█▒··", "    2/4")


def test_a_date_without_places_has_no_bar() -> None:
    engine = opened()
    engine.override_tracking(OverrideTracking(slot_id=f"mornings||{MONDAY}", max_slots=0))
    assert rows(engine)[1] == row("", "    0/0  full")


def test_a_long_bar_is_drawn_to_scale() -> None:
    engine = opened(CLINIC.replace("max_slots = 2", "max_slots = 1000000").replace("ai_slots = 1", "ai_slots = 500000"))
    assert rows(engine)[1] == row("░" * 15 + "·" * 15, "0/1000000")


@pytest.mark.parametrize("time", ["00:00", "09:05", "23:59", "24:00"])
def test_a_time_of_day_is_written_as_it_is_given(time: str) -> None:
    assert time_of_day(since_midnight(time)) == time


def test_an_edit_that_leaves_nobody_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    engine = opened()
    teller = Teller(engine, Terminal())
    edit = UpdateWindow(slot_id="mornings", max_slots=1)
    teller.preview("What if?", edit)
    for phone in "12":
        engine.book(visit(phone, Channel.STAFF))
    teller.preview("And now?", edit)
    assert capsys.readouterr().out.splitlines() == [
        "     What if?",
        "       ↺ preview  it would leave nobody without a place; asking changes nothing",
        "     And now?",
        "       ↺ preview  it would leave 1 visit over capacity for people to decide on;",
        "         asking changes nothing",
    ]
    assert engine.catalog().windows["mornings"].max_slots == 2


def test_a_retry_that_says_something_else_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    engine = opened()
    teller = Teller(engine, Terminal(width=100))
    for name in "AB":
        teller.ask("Again.", visit("1", Channel.API, patient_name=name, external_reference_id="r"))
    told = " ".join(capsys.readouterr().out.split())
    assert re.search(
        r"↺ the same appointment appt_\w{6}, nothing is booked twice; told otherwise now: patient_name$", told
    )
