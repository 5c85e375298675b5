"""What the tests of the command line share: a small clinic, and a replay of lines in this process."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from booking_engine.adapters.cli.app import cli

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPT = Path(sys.executable).parent / "booking-engine"
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONIOENCODING", "PYTHONUNBUFFERED"}
}
"""What a process of its own is started with: nothing that decides how it writes."""
CLOCK = "2026-06-01T10:00:00Z"
CLINIC = """
[organisation]
id = "sunrise"
name = "Sunrise Clinic"
[config]
timezone = "UTC"
[[branches]]
id = "main"
name = "Main"
[[services]]
id = "s1"
name = "General Checkup"
[[windows]]
id = "mornings"
day = "monday"
session = "Morning"
start_time = "09:00"
end_time = "11:00"
max_slots = 2
ai_slots = 1
batch_name = "MA"
"""

Answers = list[tuple[int, int, dict[str, Any]]]
"""Line, status and body."""


def run(*arguments: str, given: str | bytes | None = None, **environment: str) -> Result:
    """Run the command in this process, and see that it left as commands do."""
    result = CliRunner().invoke(
        cli, arguments, input=given, env={"COLUMNS": "80", "FORCE_COLOR": "", "NO_COLOR": "", **environment}
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def booking(**details: Any) -> dict[str, Any]:
    """The body of a booking that the clinic takes."""
    return {
        "appointment_type": "general checkup",
        "appointment_date": "2026-06-15T09:30:00.000Z",
        "patient_name": "Aadhi",
        "parent_phone": "+919840012345",
        **details,
    }


def replayed(folder: Path, *lines: object, clinic: str = CLINIC) -> Answers:
    """The answers to lines, given as bytes, as text or as what is to be written as JSON."""
    written = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    (folder / "clinic.toml").write_text(clinic, encoding="utf-8")
    (folder / "requests.jsonl").write_bytes(b"\n".join(written))
    result = run("replay", str(folder / "clinic.toml"), str(folder / "requests.jsonl"), "--json", "--clock", CLOCK)
    assert (result.exit_code, result.stderr) == (0, "")
    return answers_in(result.stdout)


def answers_in(output: str) -> Answers:
    """The answers of a replay in JSON."""
    answers = [json.loads(line) for line in output.splitlines()]
    assert all(list(answer) == ["line", "status", "body"] for answer in answers)
    return [(answer["line"], answer["status"], answer["body"]) for answer in answers]


def fields_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Which fields a refusal names, and what is wrong with each."""
    assert body["success"] is False
    assert body["error"]["code"] == "VALIDATION_ERROR"
    return [(field["field"], field["problem"]) for field in body["error"]["fields"]]
