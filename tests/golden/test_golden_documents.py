"""Every example of the documents: the request as it stands there, the answer field for field and in that order."""

from __future__ import annotations

from typing import Any

import pytest
from golden_story import APPOINTMENT, EXCHANGES, Exchange, Story

from booking_engine.wire.reading import to_json


def with_additions(documented: dict[str, Any], additions: dict[str, Any]) -> dict[str, Any]:
    """The documented body, and behind its fields the additions of SPEC §10."""
    merged = dict(documented)
    for name, addition in additions.items():
        is_nested = isinstance(addition, dict) and name in documented
        merged[name] = with_additions(documented[name], addition) if is_nested else addition
    return merged


@pytest.mark.parametrize("exchange", EXCHANGES.values(), ids=EXCHANGES)
def test_example_of_the_documents(exchange: Exchange) -> None:
    story = Story(**exchange.get("organisation", {}))
    for name in exchange.get("after", ()):
        assert story.play(name).status < 300, name

    answer = story.play(exchange["name"])

    assert answer.status == exchange["status"]
    # Compared as text: two mappings are equal in any order, two texts are not.
    assert to_json(answer.body) == to_json(with_additions(exchange["answer"], exchange.get("additions", {})))


def test_a_cancelled_appointment_is_still_found() -> None:
    story = Story()
    for name in ("create a window", "create an appointment"):
        story.play(name)
    cancelled = story.play("cancel an appointment")

    assert story.send("appointment", appointment_id=APPOINTMENT) == cancelled
    assert story.send("appointments").body["data"] == [cancelled.body["data"]]


def test_cancelling_twice_answers_the_record_unchanged() -> None:
    story = Story()
    for name in ("create a window", "create an appointment"):
        story.play(name)
    cancelled = story.play("cancel an appointment")
    story.now = story.now.replace(hour=13)

    assert story.send("update", {"status": "cancelled"}, appointment_id=APPOINTMENT) == cancelled


def test_a_new_date_makes_the_status_rescheduled_unless_one_is_given() -> None:
    moved = {"appointment_date": "2026-06-15T10:00:00.000Z"}
    for body, status in ((moved, "rescheduled"), ({**moved, "status": "confirmed"}, "confirmed")):
        story = Story()
        for name in ("create a window", "create an appointment"):
            story.play(name)

        answer = story.send("update", body, appointment_id=APPOINTMENT)

        assert answer.status == 200
        assert answer.body["data"]["status"] == status
        assert answer.body["data"]["appointment_date"] == "2026-06-15T10:00:00.000Z"
