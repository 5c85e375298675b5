"""A replay answers every line of a file as the API would, and nothing in the file ends it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cli_support import CLINIC, CLOCK, answers_in, booking, fields_of, replayed, run

from booking_engine import BookingEngine, TrackingKey
from booking_engine.domain.tracking import Counts
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.page import AppointmentFilter, Position
from booking_engine.rules.cursor import Cursor, print_of, write_cursor
from booking_engine.wire.endpoints import ENDPOINTS

BOOK = {"do": "book", "as": "a1", "body": booking()}


# --- Words ----------------------------------------------------------------------------------------------------------


def test_a_booking_is_answered_as_over_http(tmp_path: Path) -> None:
    reference = {"external_reference_id": "crm-1"}
    first, again, found = replayed(
        tmp_path,
        {"do": "book", "as": "a1", "body": booking(**reference)},
        {"do": "book", "channel": "staff", "body": booking(**reference)},
        {"do": "appointment", "id": "@a1"},
    )
    made_id = first[2]["appointment_id"]
    record = {
        "appointment_id": made_id,
        "appointment_type": "s1",
        "branch_id": "main",
        "date": "2026-06-15",
        "session": "Morning",
        "batch": "MA",
        "token": None,
        "patient_name": "Aadhi",
        "parent_phone": "+919840012345",
        "assigned_doctor": None,
        "status": "confirmed",
        "external_reference_id": "crm-1",
        "created_at": "2026-06-01T10:00:00.000Z",
        "updated_at": "2026-06-01T10:00:00.000Z",
        "appointment_date": "2026-06-15T09:30:00.000Z",
        "notes": None,
    }
    told = {"appointment_id": made_id, "token": None, "data": record}
    assert first == (1, 201, {"success": True, **told})
    assert again == (2, 200, {"success": True, "idempotent": True, **told})
    assert found == (3, 200, {"success": True, "data": record})


def test_the_channel_decides_which_places_are_asked_for(tmp_path: Path) -> None:
    lines = [
        {"do": "book", **channel, "body": booking(parent_phone=str(number))}
        for number, channel in enumerate(
            [{"channel": "ai_agent"}, {"channel": "ai_agent"}, {}, {"channel": "api"}, {"channel": "staff"}], 1000
        )
    ]
    outcomes = [(status, body.get("error", {}).get("reason")) for _, status, body in replayed(tmp_path, *lines)]
    assert outcomes == [(201, None), (409, "AI_QUOTA"), (201, None), (409, "CAPACITY"), (409, "CAPACITY")]


def test_windows_are_made_changed_closed_and_overridden(tmp_path: Path) -> None:
    window = {"branch_id": "main", "day": "tuesday", "session": "Evening", "ai_slots": 3}
    made, changed, disabled, overridden, tracked, available = replayed(
        tmp_path,
        {"do": "create_window", "as": "w", "body": window},
        {"do": "update_window", "id": "@w||2026-06-16", "body": {"max_slots": 5, "batch_name": "@w"}},
        {"do": "disable_window", "id": "@w"},
        {"do": "override_tracking", "id": "@w||2026-06-16", "body": {"max_slots": 0}},
        {"do": "tracking", "query": {"date": "2026-06-16"}},
        {"do": "availability", "query": {"date": "2026-06-15"}},
    )
    window_id = made[2]["data"]["slot_id"]
    assert [answer[1] for answer in (made, changed, disabled, overridden, tracked, available)] == [201] + [200] * 5
    assert changed[2]["data"]["batch"] == window_id
    assert (disabled[2]["data"]["max_slots"], disabled[2]["data"]["status"]) == (5, "CLOSED")
    assert [row["slot_id"] for row in overridden[2]["data"]] == [f"{window_id}||2026-06-16||s1"]
    assert tracked[2]["data"] == overridden[2]["data"]
    assert [slot["slot_id"] for slot in available[2]["slots"]] == ["mornings||2026-06-15"]


def test_the_clock_stands_still_until_it_is_set(tmp_path: Path) -> None:
    answers = replayed(
        tmp_path,
        BOOK,
        {"do": "clock", "to": "2026-06-15T13:45:00.5+05:30"},
        {"do": "update", "id": "@a1", "body": {"notes": "late"}},
        {"do": "clock", "to": "2026-06-01T00:00:00Z"},
        {"do": "update", "id": "@a1", "body": {"notes": "earlier"}},
        {"do": "clock", "to": "2026-06-15T08:15:00"},
        {"do": "clock"},
    )
    assert answers[1] == (2, 200, {"success": True, "now": "2026-06-15T08:15:00.500Z"})
    assert [body["data"]["updated_at"] for _, _, body in answers[:1] + answers[2:5:2]] == [
        "2026-06-01T10:00:00.000Z",
        "2026-06-15T08:15:00.500Z",
        "2026-06-15T08:15:00.500Z",
    ]
    assert fields_of(answers[5][2]) == [("to", "has no offset from UTC")]
    assert fields_of(answers[6][2]) == [("to", "is not a date-time")]


def test_a_policy_is_changed_and_answered_whole(tmp_path: Path) -> None:
    hours = {"Morning": ["09:00", "12:00"]}
    changed, refused, shapeless, late = replayed(
        tmp_path,
        {"do": "configure", "body": {"name": "Moonrise", "enabled": False, "session_hours": hours}},
        {"do": "configure", "body": {"hold_seconds": 901, "enabled": True}},
        {"do": "configure", "body": {"colour": "blue", "timezone": "Mars/Base"}},
        BOOK,
    )
    assert changed == (
        1,
        200,
        {
            "success": True,
            "data": {
                "name": "Moonrise",
                "timezone": "UTC",
                "enabled": False,
                "buffer_time_minutes": 0,
                "max_advance_booking_days": 30,
                "min_notice_hours": 2,
                "allow_reschedule": True,
                "allow_cancellation": True,
                "cancellation_notice_hours": 24,
                "duplicate_prevention": True,
                "reschedule_notice_hours": 0,
                "ai_quota": "nested",
                "capacity_scope": "per_service",
                "hold_seconds": 300,
                "hold_max_seconds": 900,
                "default_region": None,
                "duplicate_includes_patient": False,
                "issue_tokens": False,
                "session_hours": hours,
            },
        },
    )
    assert (refused[1], fields_of(refused[2])) == (400, [("hold_seconds", "exceeds hold_max_seconds")])
    assert [field for field, _ in fields_of(shapeless[2])] == ["colour", "timezone"]
    assert late[2]["error"]["code"] == "BOOKING_DISABLED"


def test_the_ledger_is_verified_and_regenerated(tmp_path: Path) -> None:
    _, verified, regenerated = replayed(tmp_path, BOOK, {"do": "verify"}, {"do": "regenerate", "body": {}})
    assert verified == (2, 200, {"ok": True, "differences": []})
    assert regenerated == (3, 200, {"success": True, "data": {"records": 5, "differences": []}})


def test_numbers_of_a_query_are_text_on_the_wire(tmp_path: Path) -> None:
    pages = [{"limit": 1, "page": 2}, {"limit": "1", "page": "2"}, {"limit": True}, {"limit": 1.5}, {"page": [1]}]
    pages += [{"batch": True}, {"batch": 5}]
    first, second, flag, part, several, true, five = replayed(
        tmp_path, *({"do": "appointments", "query": page} for page in pages)
    )
    whole = {"success": True, "data": [], "page": 2, "limit": 1, "total": 0, "next_cursor": None}
    assert first[2] == second[2] == whole
    for answer, field in ((flag, "limit"), (part, "limit"), (several, "page")):
        assert fields_of(answer[2]) == [(field, "is not a whole number")]
    assert fields_of(true[2]) == [("batch", "is not text")]
    assert five[1] == 200


def test_every_endpoint_is_a_word(tmp_path: Path) -> None:
    for name, endpoint in ENDPOINTS.items():
        line = {"do": name, **({"id": "x"} if endpoint.path_parameter else {})}
        ((_, status, body),) = replayed(tmp_path, line)
        assert status in (200, 400, 404)
        assert ("do", "is not one of the known words") not in (() if status != 400 else fields_of(body))


# --- Names ----------------------------------------------------------------------------------------------------------


def test_a_name_stands_for_an_id_in_every_part_of_a_later_line(tmp_path: Path) -> None:
    booked, updated, listed = replayed(
        tmp_path,
        {"do": "book", "as": "a1", "body": booking(external_reference_id="r")},
        {"do": "update", "id": "@a1", "body": {"notes": "moved from @a1, asks desk@clinic.example"}},
        {"do": "appointments", "query": {"external_reference_id": "@a1"}},
    )
    made_id = booked[2]["appointment_id"]
    assert updated[2]["data"]["notes"] == f"moved from {made_id}, asks desk@clinic.example"
    assert listed[2]["total"] == 0


def test_a_name_is_given_by_what_was_made_and_only_once(tmp_path: Path) -> None:
    refused, unknown, made, reused, other = replayed(
        tmp_path,
        {"do": "book", "as": "a1", "body": booking(appointment_type="surgery")},
        {"do": "appointment", "id": "@a1"},
        BOOK,
        {"do": "book", "as": "a1", "body": booking(parent_phone="2")},
        {"do": "book", "body": booking(parent_phone="2", notes="@a2", patient_name="@a3")},
    )
    assert refused[1] == 422
    assert fields_of(unknown[2]) == [("id", "uses @a1, which names nothing yet")]
    assert made[1] == 201
    assert fields_of(reused[2]) == [("as", "is the name of an earlier line")]
    assert fields_of(other[2]) == [("body", "uses @a3, which names nothing yet")]


def test_an_idempotent_answer_gives_its_name_too(tmp_path: Path) -> None:
    line = {"do": "book", "body": booking(external_reference_id="r")}
    first, _, found = replayed(tmp_path, line, {**line, "as": "again"}, {"do": "appointment", "id": "@again"})
    assert found[2]["data"] == first[2]["data"]


# --- Lines that cannot be read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("nonsense", [("body", "is not JSON: Expecting value (line 1, column 1)")]),
        (b"\xff\xfe", [("body", "is not UTF-8 text")]),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", [("body", "begins with a byte order mark")]),
        ("[]", [("line", "is not a JSON object")]),
        ('"verify"', [("line", "is not a JSON object")]),
        ("{}", [("do", "is missing")]),
        ('{"do": null}', [("do", "is missing")]),
        ('{"do": "fly"}', [("do", "is not one of the known words")]),
        ('{"do": ["verify"]}', [("do", "is not one of the known words")]),
        ('{"do": "verify", "do": "verify"}', [("do", "is given twice")]),
        ('{"do": "book", "body": {"notes": "\\ud800"}}',
         [("body.notes", "contains half a character (a lone surrogate)")]),
        ('{"do": "book", "body": ' + "[" * 100_000, [("body", "is too large")]),
        ('{"do": "book", "body": ' + "[" * 50_000, [("body", "is nested too deeply")]),
        ('{"do": "book", "x\\u001b": 1, "to": 2}', [("x?", "does not go with book"), ("to", "does not go with book")]),
        ('{"do": "verify", "body": {}}', [("body", "does not go with verify")]),
        ('{"do": "update", "as": "x", "id": "x"}', [("as", "does not go with update")]),
        ('{"do": "book", "as": "a b", "channel": "fax"}',
         [("as", "is not a name"), ("channel", "is not one of the known values")]),
        ('{"do": "book", "channel": 5}', [("channel", "is not one of the known values")]),
        ('{"do": "update", "body": {}}', [("id", "is missing")]),
        ('{"do": "update", "id": null, "body": {}}', [("id", "is missing")]),
        ('{"do": "update", "id": 5, "body": {}}', [("id", "is not text")]),
        ('{"do": "book", "body": []}', [("body", "is not a JSON object")]),
        ('{"do": "book", "body": null}', [("body", "is not a JSON object")]),
        ('{"do": "book"}', [("body", "is not a JSON object")]),
        ('{"do": "configure", "body": "all"}', [("body", "is not a JSON object")]),
        ('{"do": "availability", "query": []}', [("query", "is not a JSON object")]),
        ('{"do": "appointment", "id": "@x"}', [("id", "uses @x, which names nothing yet")]),
        ('{"do": "update", "id": "@x", "body": {"notes": "@y"}}',
         [("id", "uses @x, which names nothing yet"), ("body", "uses @y, which names nothing yet")]),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_answered_and_the_next_one_is_read(
    tmp_path: Path, line: str | bytes, fields: list[tuple[str, str]]
) -> None:
    bad, good = replayed(tmp_path, line, {"do": "verify"})
    assert (bad[0], bad[1], fields_of(bad[2])) == (1, 400, fields)
    assert good == (2, 200, {"ok": True, "differences": []})


def test_blank_lines_count_and_are_passed_over(tmp_path: Path) -> None:
    answers = replayed(tmp_path, b"\xef\xbb\xbf", "", '{"do": "verify"}\r', " \t", "", '{"do": "verify"}')
    assert [(line, status) for line, status, _ in answers] == [(3, 200), (6, 200)]


def test_a_byte_order_mark_before_the_first_line_belongs_to_no_line(tmp_path: Path) -> None:
    ((line, status, _),) = replayed(tmp_path, b'\xef\xbb\xbf{"do": "verify"}')
    assert (line, status) == (1, 200)


@pytest.mark.parametrize(
    ("length", "status"), [(65_536, 200), (65_537, 400), (65_538, 400), (65_539, 400), (300_000, 400)]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_line_may_be_as_long_as_a_body_and_no_longer(tmp_path: Path, length: int, status: int, end: str) -> None:
    line = '{"do": "verify"}'.ljust(length)
    after = ['{"do": "verify"}'] if end else []
    answers = replayed(tmp_path, line + end.removesuffix("\n"), *after)
    assert [(number, answer) for number, answer, _ in answers] == [(1, status)] + [(2, 200)] * len(after)


def test_a_fault_of_ours_is_answered_as_a_server_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(BookingEngine, "verify", broken)
    fault, fine = replayed(tmp_path, {"do": "verify"}, {"do": "regenerate"})
    assert (fault[1], fault[2]["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert "a bug" not in json.dumps(fault[2])
    assert fine[1] == 200
    assert [record.getMessage() for record in caplog.records] == ["A request to verify could not be answered."]


# --- Files that cannot be used --------------------------------------------------------------------------------------


def test_all_that_is_wrong_with_the_inputs_is_said_at_once(tmp_path: Path) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text(CLINIC.replace('"09:00"', '"9"').replace("max_slots = 2", "max_slots = 0"), encoding="utf-8")
    result = run("replay", str(clinic), str(tmp_path / "none.jsonl"), "--clock", "today")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f'{clinic}:17: windows[0].start_time: is not a time of day; send HH:MM, e.g. "09:00"',
        f"{clinic}:19: windows[0].max_slots: is out of range; send a number from 1 to 1,000,000",
        f"{tmp_path / 'none.jsonl'}: cannot be read: No such file or directory",
        '--clock: is not ISO 8601; send e.g. "2026-06-15T09:30:00.000Z"',
    ]


@pytest.mark.parametrize(
    ("clinic", "requests", "stderr"),
    [
        ("{folder}", "-", "{folder}: cannot be read: Is a directory"),
        ("{folder}/none", "{folder}",
         "{folder}/none: cannot be read: No such file or directory\n{folder}: cannot be read: Is a directory"),
        ("a\0b", "-", "a\0b: cannot be read: embedded null byte"),
        ("{folder}/empty", "-", '{folder}/empty: config.timezone: is missing; send an IANA name, e.g. "Asia/Kolkata"'),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used(tmp_path: Path, clinic: str, requests: str, stderr: str) -> None:
    (tmp_path / "empty").write_bytes(b"")
    result = run("replay", clinic.format(folder=tmp_path), requests.format(folder=tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == stderr.format(folder=tmp_path) + "\n"


def test_the_command_line_itself_is_checked() -> None:
    assert run("replay").exit_code == 2
    assert run("replay", "a", "b", "--fast").exit_code == 2
    assert "Usage: cli [OPTIONS] COMMAND" in run("--help").stdout
    assert run("--version").stdout.startswith("booking-engine, version ")


def test_without_a_clock_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    line = json.dumps({"do": "book", "body": booking(appointment_date="2020-06-15T09:30:00Z")})
    result = run("replay", str(tmp_path / "clinic.toml"), "-", "--json", given=line)
    assert answers_in(result.stdout)[0][2]["error"]["code"] == "PAST_APPOINTMENT"


# --- For people -----------------------------------------------------------------------------------------------------


NO_WINDOW = "appointment_date falls within no calendar window of that branch, service, session and batch."
REQUIRED = ("appointment_type", "appointment_date", "patient_name", "parent_phone")
WINDOW = {"branch_id": "main", "day": "friday", "session": "Evening", "ai_slots": 1}
READABLE = [
    {"do": "clock", "to": CLOCK},
    {"do": "book", "as": "a1", "body": booking(external_reference_id="r")},
    {"do": "book", "body": booking(external_reference_id="r")},
    {"do": "update", "id": "@a1", "body": {"status": "cancelled"}},
    {"do": "book", "body": booking(appointment_date="2026-06-15T12:00:00Z")},
    {"do": "book", "body": {}},
    {"do": "appointments"},
    {"do": "create_window", "as": "w", "body": WINDOW},
    {"do": "update_window", "id": "mornings", "body": {"start_time": None}},
    {"do": "availability", "query": {"date": "2026-06-15"}},
    {"do": "tracking", "query": {"date": "2026-06-15"}},
    {"do": "override_tracking", "id": "mornings||2026-06-15", "body": {"status": "CLOSED"}},
    {"do": "override_tracking", "id": "mornings||2026-06-15||s1", "body": {"max_slots": 0}},
    {"do": "regenerate"},
    {"do": "configure", "body": {"enabled": True}},
    {"do": "history", "id": "@a1"},
    {"do": "config"},
    {"do": "verify"},
]


def readable(folder: Path, *lines: Any, **environment: str) -> str:
    (folder / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    given = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = run("replay", str(folder / "clinic.toml"), "-", "--clock", CLOCK, given=given, **environment)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_a_page_behind_a_cursor_has_no_number(tmp_path: Path) -> None:
    long_ago = Position(datetime(2020, 1, 1, tzinfo=UTC), "appt_")
    cursor = write_cursor(Cursor(long_ago, print_of("sunrise", AppointmentFilter())))

    told = readable(tmp_path, {"do": "appointments", "query": {"cursor": cursor}}).splitlines()

    assert told[0] == "    1  200  appointments      0 of 0 appointments, the next page"


def test_a_reader_is_told_each_answer_in_one_line(tmp_path: Path) -> None:
    lines = readable(tmp_path, *READABLE, "nonsense").splitlines()
    made_id, window_id = lines[1].split()[3], lines[7].split()[3]
    assert [line.replace(made_id, "A").replace(window_id, "W") for line in lines] == [
        "    1  200  clock             it is 2026-06-01T10:00:00.000Z",
        "    2  201  book              A  2026-06-15  Morning MA  confirmed  @a1",
        "    3  200  book              as before: A  2026-06-15  Morning MA  confirmed",
        "    4  200  update            A  2026-06-15  Morning MA  cancelled  @a1",
        f"    5  422  book              OUTSIDE_AVAILABILITY NO_WINDOW  {NO_WINDOW}",
        f"    6  400  book              VALIDATION_ERROR  {'; '.join(f'{field} is missing' for field in REQUIRED)}",
        "    7  200  appointments      1 of 1 appointment, page 1",
        "    8  201  create_window     W  friday opening to closing  Evening  1 place, 1 for the AI  OPEN  @w",
        "    9  200  update_window     mornings  monday opening to 11:00  Morning MA  2 places, 1 for the AI  OPEN",
        "   10  200  availability      2026-06-15  1 open window, 1 with room for the AI",
        "   11  200  tracking          1 record, 0 places taken",
        "   12  200  override_tracking 1 record of that date",
        "   13  200  override_tracking 1 record of that date",
        "   14  200  regenerate        9 records, 0 differences",
        "   15  200  configure         Sunrise Clinic is configured",
        "   16  200  history           2 records  @a1",
        "   17  200  config            done",
        "   18  200  verify            the ledger is what the appointments add up to",
        "   19  400  ?                 VALIDATION_ERROR  body is not JSON: Expecting value (line 1, column 1)",
        "",
        "  19 lines: 16 done, 3 refused",
        "  VALIDATION_ERROR 2  OUTSIDE_AVAILABILITY NO_WINDOW 1",
    ]


def test_whom_an_edit_leaves_is_told(tmp_path: Path) -> None:
    text = readable(tmp_path, BOOK, {"do": "disable_window", "id": "mornings"})
    assert text.splitlines()[1].endswith("CLOSED; it leaves 1 outside")


def test_nobody_is_named_to_a_reader(tmp_path: Path) -> None:
    text = readable(tmp_path, *READABLE, {"do": "book", "body": booking(notes="secret notes")})
    assert not any(canary in text for canary in ("Aadhi", "98400", "secret"))


def test_differences_are_answered_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = TrackingKey("mornings", date(2026, 6, 15), "s1")
    found = (Difference(key, Counts(2, 1), Counts(1, 0)),)
    monkeypatch.setattr(BookingEngine, "verify", lambda _: found)
    ((_, status, body),) = replayed(tmp_path, {"do": "verify"})
    assert (status, body["ok"]) == (200, False)
    assert [difference["slot_id"] for difference in body["differences"]] == ["mornings||2026-06-15||s1"]
    assert "  verify            1 difference\n" in readable(tmp_path, {"do": "verify"})


def test_colours_only_where_they_are_welcome(tmp_path: Path) -> None:
    plain = readable(tmp_path, *READABLE[:1])
    assert "\x1b[" not in plain
    assert readable(tmp_path, *READABLE[:1], FORCE_COLOR="1", NO_COLOR="1") == plain
    coloured = readable(tmp_path, *READABLE[:1], FORCE_COLOR="1")
    assert "\x1b[32m\x1b[1m200\x1b[0m" in coloured
