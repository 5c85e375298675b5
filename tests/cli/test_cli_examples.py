"""The example files show every word, every refusal and every reason, and come out the same each time."""

from __future__ import annotations

import json
import runpy
import subprocess
from collections import Counter
from typing import Any

import pytest
from cli_support import ENVIRONMENT, EXAMPLES, SCRIPT, Answers, answers_in, run

from booking_engine import Channel, Reason, RejectionCode

REPLAY = ("replay", str(EXAMPLES / "clinic.toml"), str(EXAMPLES / "requests.jsonl"), "--json")
CLOCK = ("--clock", "2026-05-26T10:00:00Z")
WORDS = {
    "book", "update", "appointment", "appointments", "create_window", "update_window", "disable_window",
    "availability", "tracking", "override_tracking", "regenerate", "clock", "configure", "verify",
}  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> Answers:
    result = run(*REPLAY, *CLOCK)
    assert (result.exit_code, result.stderr) == (0, "")
    return answers_in(result.stdout)


@pytest.fixture(scope="module")
def requests() -> list[dict[str, Any]]:
    readable = []
    for line in (EXAMPLES / "requests.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            readable.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return [request for request in readable if isinstance(request, dict)]


def test_every_line_is_answered_and_none_with_a_fault(answers: Answers) -> None:
    lines = (EXAMPLES / "requests.jsonl").read_text(encoding="utf-8").splitlines()
    assert [line for line, _, _ in answers] == [number for number, text in enumerate(lines, 1) if text]
    assert len(answers) >= 500
    assert {status for _, status, _ in answers} == {200, 201, 400, 404, 409, 422}


def test_every_refusal_and_every_reason_occurs(answers: Answers) -> None:
    errors = [body["error"] for _, status, body in answers if status >= 400]
    # A line of a replay has no headers, so nobody says there which version they have seen; and it has no holds.
    never = {RejectionCode.PRECONDITION_FAILED, RejectionCode.HOLD_ENDED}
    assert {error["code"] for error in errors} == set(RejectionCode) - never
    assert {error["reason"] for error in errors if "reason" in error} == set(Reason)
    both = {(error["code"], error.get("reason")) for error in errors}
    for code in (RejectionCode.CANCELLATION_NOT_ALLOWED, RejectionCode.RESCHEDULE_NOT_ALLOWED):
        assert {(code, Reason.DISABLED), (code, Reason.NOTICE)} <= both


def test_every_word_and_every_channel_occurs(requests: list[dict[str, Any]]) -> None:
    assert {request["do"] for request in requests if "do" in request} == WORDS | {"fly"}
    assert {request["channel"] for request in requests if "channel" in request} == {*Channel, "fax"}
    assert {"as", "id", "query", "to"} <= set().union(*requests)


def test_the_ledger_is_right_whenever_it_is_asked_for(answers: Answers) -> None:
    verified = [body for _, _, body in answers if "ok" in body]
    assert verified == [{"ok": True, "differences": []}] * 3
    assert "ok" in answers[-1][2]


def test_tracking_counts_the_appointments_that_stand(answers: Answers) -> None:
    standing: dict[str, dict[str, Any]] = {}
    for _, status, body in answers:
        data = body.get("data")
        if status < 300 and isinstance(data, dict) and "appointment_id" in data:
            standing[data["appointment_id"]] = data
    kept = [record for record in standing.values() if record["status"] != "cancelled"]
    assert len(kept) > 200
    lists = [body["data"] for _, _, body in answers if isinstance(body.get("data"), list)]
    records = [rows for rows in lists if rows and "overbooked" in rows[0]][-1]  # the last ones cover every date
    filled: Counter[tuple[str, str, str]] = Counter()
    for record in records:
        filled[record["branch_id"], record["date"], record["appointment_type"]] += record["filled_slots"]
    expected = Counter((record["branch_id"], record["date"], record["appointment_type"]) for record in kept)
    assert +filled == expected
    assert filled.total() == len(kept)


def test_another_process_elsewhere_answers_the_same(answers: Answers) -> None:
    elsewhere = {**ENVIRONMENT, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    again = subprocess.run([SCRIPT, *REPLAY, *CLOCK], env=elsewhere, capture_output=True, check=True)  # noqa: S603
    assert again.stderr == b""
    statuses = [(line, status) for line, status, _ in answers_in(again.stdout.decode())]
    assert statuses == [(line, status) for line, status, _ in answers]


def test_the_file_is_what_its_script_writes() -> None:
    made = runpy.run_path(str(EXAMPLES / "make_requests.py"))
    text = "".join(f"{line}\n" for line in made["requests"]())
    assert (EXAMPLES / "requests.jsonl").read_text(encoding="utf-8") == text


def test_the_smallest_use_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "book.py"), run_name="__main__")
    assert capsys.readouterr().out.splitlines() == [
        "confirmed: 2026-06-15, Morning",
        "refused: DUPLICATE_BOOKING, This phone number already has an appointment of that type on that date.",
    ]
