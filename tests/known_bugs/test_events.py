"""Cases of events: one for each booking, and none for a refusal; observers are who is told so far."""

from __future__ import annotations

from properties.support import clinic, monday, why, window

from booking_engine import Event, Reason, RejectionCode


def created(told: list[Event]) -> list[Event]:
    return [event for event in told if event.name == "appointment.created"]


def test_bug_107() -> None:
    told: list[Event] = []
    made = clinic(window(max_slots=3, ai_slots=3), options={"observers": [told.append]})
    booked = [made.book(monday("09:00"), f"+91{number}") for number in range(3)]
    assert [event.subject_id for event in created(told)] == [each.appointment_id for each in booked]
    assert len({event.event_id for event in created(told)}) == 3


def test_bug_111() -> None:
    told: list[Event] = []
    made = clinic(window(), options={"observers": [told.append]})
    made.book(monday("09:00"), "+911")
    told.clear()
    assert why(made.refused_booking(monday("09:30"), "+912")) == (RejectionCode.SLOT_FULL, Reason.CAPACITY)
    assert told == []
