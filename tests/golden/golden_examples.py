"""The examples that the OpenAPI document shows, played: the documents' own, one of every other endpoint, refusals.

``python tests/golden/golden_examples.py`` writes them down anew, where the package keeps them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from golden_story import APPOINTMENT, EXCHANGES, WINDOW, Story
from test_golden_documents import with_additions
from test_golden_refusals import REFUSALS

import booking_engine
from booking_engine.wire.endpoints import ENDPOINTS, answer_with

FILE = Path(booking_engine.__file__).parent / "adapters" / "http" / "openapi" / "examples.json"

_BOOKED = ("create a window", "create an appointment with a reference")
_UPDATED = ("create a window", "create an appointment", "update an appointment")
_DAY = "2026-06-15"
_OTHERS: tuple[tuple[str, str, tuple[str, ...], dict[str, Any]], ...] = (
    ("list the branches", "branches", (), {}),
    ("read an appointment", "appointment", _BOOKED, {"path": {"appointment_id": APPOINTMENT}}),
    ("read the history", "history", _UPDATED, {"path": {"appointment_id": APPOINTMENT}}),
    ("list a day", "appointments", _BOOKED, {"query": {"date": _DAY, "status": "confirmed"}}),
    ("list the windows", "windows", _BOOKED, {}),
    ("ask for a day", "availability", _BOOKED, {"query": {"date": _DAY}}),
    ("track a day", "tracking", _BOOKED, {"query": {"date": _DAY}}),
    (
        "override a day",
        "override_tracking",
        _BOOKED,
        {"path": {"slot_id": f"{WINDOW}||{_DAY}"}, "body": {"max_slots": 15, "ai_slots": 5}},
    ),
    ("recount", "regenerate", _BOOKED, {}),
)


def played() -> dict[str, Any]:
    """All examples: exchanges, and a refusal for each code."""
    exchanges = [
        {
            **{part: exchange[part] for part in ("endpoint", "name", "path", "body") if part in exchange},
            "status": exchange["status"],
            "answer": with_additions(exchange["answer"], exchange.get("additions", {})),
        }
        for exchange in EXCHANGES.values()
    ]
    for name, endpoint, before, parts in _OTHERS:
        story = _after(before)
        path = parts.get("path", {})
        answer = answer_with(story.engine, ENDPOINTS[endpoint], path, parts.get("query"), parts.get("body"))
        exchanges.append({"endpoint": endpoint, "name": name, **parts, "status": answer.status, "answer": answer.body})
    return {"exchanges": exchanges, "refusals": _refusals()}


def _after(names: tuple[str, ...]) -> Story:
    story = Story()
    for name in names:
        assert story.play(name).status < 300
    return story


def _refusals() -> dict[str, Any]:
    """The first of each code."""
    found: dict[str, Any] = {}
    for refusal in REFUSALS:
        story = Story(**refusal.config)
        answers = [
            story.send(step.endpoint, step.body, step.channel, step.headers, **step.path) for step in refusal.steps
        ]
        found.setdefault(refusal.code, answers[-1].body)
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(played(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
