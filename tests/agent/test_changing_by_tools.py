"""Moving, cancelling and looking up by tools: an appointment stays at its branch, and is told to its own phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.clinic import NOW, OTHER_PHONE, PERSON, PHONE, Agent, agent_in_memory, places_left, standing
from booking_engine import AppointmentStatus, BookAppointment, BookingEngine, ConfigureOrganisation, UpdateService
from booking_engine.adapters.agent.looking import IN_PROGRESS_MAX
from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.ports import AnswerBook


def booked_id(agent: Agent, **given: str) -> str:
    """The id of an appointment, booked for tomorrow at nine."""
    booked = agent("book", slot=agent.slot(), **{**PERSON, **given})
    assert booked.ok, booked.text
    appointment: str = booked.data["appointment"]["appointment"]
    return appointment


# --- Moving ---------------------------------------------------------------------------------------------------------


def test_an_appointment_is_moved_and_asked_again_it_is_left() -> None:
    agent, engine = agent_in_memory()
    appointment, evening = booked_id(agent), agent.slot(when="tomorrow evening")
    moved = agent("reschedule", appointment=appointment, slot=evening)
    assert (moved.ok, moved.code, moved.next_action) == (True, "RESCHEDULED", "done")
    assert moved.say == "The booking of Aadhi is now for Thursday the 11th of June at five o'clock in the evening."
    history = engine.history(appointment)
    again = agent("reschedule", appointment=appointment, slot=evening)
    assert again.text == moved.text
    assert engine.history(appointment) == history
    assert places_left(engine) == 2


def test_the_place_that_the_call_holds_is_the_one_it_moves_to() -> None:
    agent, engine = agent_in_memory(places=1)
    appointment, evening = booked_id(agent), agent.slot(when="tomorrow evening")
    assert agent("hold_time", slot=evening).ok
    moved = agent("reschedule", appointment=appointment, slot=evening)
    assert (moved.ok, moved.data["appointment"]["starts_at"]) == (True, "2026-06-11T17:00:00+05:30")
    assert engine.verify() == ()
    assert places_left(engine) == 1
    assert agent("book", slot=agent.slot(), call_id="call-2", patient_name="Meera", parent_phone=OTHER_PHONE).ok


def test_a_hold_on_another_time_of_the_window_is_not_in_the_way_of_the_move() -> None:
    agent, engine = agent_in_memory(places=1)
    appointment = booked_id(agent)
    held, wished = agent.slot(0, when="tomorrow evening"), agent.slot(1, when="tomorrow evening")
    assert agent("hold_time", slot=held).ok
    moved = agent("reschedule", appointment=appointment, slot=wished)
    assert (moved.ok, moved.data["appointment"]["starts_at"]) == (True, "2026-06-11T18:00:00+05:30")
    assert engine.verify() == ()


def test_a_hold_elsewhere_is_kept_through_a_move() -> None:
    agent, engine = agent_in_memory(places=1)
    appointment = booked_id(agent)
    friday, evening = agent.slot(when="this Friday morning"), agent.slot(when="tomorrow evening")
    assert agent("hold_time", slot=friday).ok
    assert agent("reschedule", appointment=appointment, slot=evening).ok
    assert agent("book", patient_name="Meera", parent_phone=OTHER_PHONE).ok
    assert sorted(each.date.day for each in standing(engine)) == [11, 12]
    full = agent("reschedule", appointment=appointment, slot=friday)
    assert full.code == "SLOT_FULL"


def test_a_hold_beside_free_places_is_given_back_after_the_move() -> None:
    agent, engine = agent_in_memory(places=2)
    appointment, evening = booked_id(agent), agent.slot(when="tomorrow evening")
    assert agent("hold_time", slot=evening).ok
    assert agent("reschedule", appointment=appointment, slot=evening).ok
    rows = engine.availability((NOW + timedelta(days=1)).date())
    assert [row.available_slots for row in rows] == [1, 2]  # evening, morning


@pytest.mark.parametrize("at", [0, 1])
def test_a_move_that_is_refused_for_the_doctor_leaves_the_place_that_the_call_keeps(at: int) -> None:
    agent, engine = agent_in_memory(places=2)
    appointment = booked_id(agent, doctor="Dr. Rao")
    held, wished = agent.slot(at, when="tomorrow evening"), agent.slot(when="tomorrow evening")
    given = {"patient_name": "Meera", "parent_phone": OTHER_PHONE, "doctor": "dr. rao"}
    assert agent("book", slot=wished, call_id="call-2", **given).ok
    assert agent("hold_time", slot=held).ok
    refused = agent("reschedule", appointment=appointment, slot=wished)
    assert (refused.code, refused.reason, refused.next_action) == ("SLOT_FULL", "DOCTOR_BUSY", "offer_times")
    third = {"patient_name": "Ravi", "parent_phone": "98400 11111"}
    assert agent("book", slot=held, call_id="call-3", **third).code == "SLOT_FULL"
    assert agent("book", **third).ok
    assert engine.verify() == ()


def test_a_full_time_is_refused_with_others() -> None:
    agent, _ = agent_in_memory(places=1)
    appointment, evening = booked_id(agent), agent.slot(when="tomorrow evening")
    assert agent("book", slot=evening, call_id="call-2", patient_name="Meera", parent_phone=OTHER_PHONE).ok
    refused = agent("reschedule", appointment=appointment, slot=evening)
    assert (refused.ok, refused.code, refused.next_action) == (False, "SLOT_FULL", "offer_times")
    assert agent("reschedule", appointment=appointment, slot=refused.data["choices"][0]["slot"]).ok


class Grabbing(BookingEngine):
    """An engine beside which somebody takes every place that a hold gives back."""

    def release_hold(self, hold_id: str, **by: object) -> object:  # type: ignore[override]
        released = super().release_hold(hold_id, **by)  # type: ignore[arg-type]
        assert released.hold is not None
        self.book(
            BookAppointment(
                appointment_type="checkup",
                appointment_date=released.hold.start,
                patient_name="Quick",
                parent_phone="1234567",
            )
        )
        return released


def test_a_held_place_that_somebody_takes_in_between_is_refused_with_others() -> None:
    agent, engine = agent_in_memory(places=1)
    appointment, evening = booked_id(agent), agent.slot(when="tomorrow evening")
    assert agent("hold_time", slot=evening).ok
    engine.__class__ = Grabbing
    refused = agent("reschedule", appointment=appointment, slot=evening)
    assert (refused.ok, refused.code, refused.next_action) == (False, "SLOT_FULL", "offer_times")
    assert len(standing(engine)) == 2


@pytest.mark.parametrize("prevention", [True, False])
@pytest.mark.parametrize("at", [0, 1])
def test_what_stands_for_somebody_else_is_not_what_was_to_be_moved(prevention: bool, at: int) -> None:
    agent, engine = agent_in_memory(policy={"duplicate_prevention": prevention})
    appointment = booked_id(agent)
    friday, wished = (agent.slot(each, when="this Friday morning") for each in (0, at))
    assert agent("book", slot=friday, patient_name="Ravi", parent_phone=PHONE).ok
    before = engine.history(appointment)
    refused = agent("reschedule", appointment=appointment, slot=wished)
    assert (refused.ok, refused.code, refused.next_action) == (False, "ALREADY_BOOKED", "hand_over")
    assert refused.say == "Ravi is booked for Friday the 12th of June at nine o'clock in the morning."
    assert engine.history(appointment) == before


@pytest.mark.parametrize("prevention", [True, False])
def test_a_second_appointment_of_the_person_is_not_what_was_to_be_moved(prevention: bool) -> None:
    agent, engine = agent_in_memory(policy={"duplicate_prevention": prevention})
    appointment, friday = booked_id(agent), agent.slot(when="this Friday morning")
    assert agent("book", slot=friday, **PERSON).ok
    refused = agent("reschedule", appointment=appointment, slot=friday)
    assert (refused.ok, refused.code, refused.next_action) == (False, "ALREADY_BOOKED", "reschedule_instead")
    assert refused.say == "Aadhi is booked for Friday the 12th of June at nine o'clock in the morning."
    assert sorted(each.date.day for each in standing(engine)) == [11, 12]


def test_a_slot_of_another_service_or_branch_is_refused_with_slots_of_the_own() -> None:
    agent, engine = agent_in_memory(services=("Checkup", "Vaccination"), branches=2)
    own = {"service": "Checkup", "branch": "b1"}
    appointment = agent("book", slot=agent.slot(**own), **PERSON).data["appointment"]["appointment"]
    for other in ({"service": "Vaccination", "branch": "b1"}, {"service": "Checkup", "branch": "b2"}):
        refused = agent("reschedule", appointment=appointment, slot=agent.slot(**other, when="tomorrow evening"))
        assert (refused.ok, refused.code, refused.next_action) == (False, "OTHER_SLOT", "offer_times")
        assert {each["service"] for each in refused.data["choices"]} == {"Checkup"}
    (first, *_) = refused.data["choices"]
    assert (first["branch"], first["starts_at"]) == ("Branch 1", "2026-06-11T17:00:00+05:30")
    engine.update_service(UpdateService(service_id="checkup", retired=True))
    slot = agent.slot(service="Vaccination", branch="b1")
    refused = agent("reschedule", appointment=appointment, slot=slot)
    assert (refused.code, refused.next_action) == ("OTHER_SLOT", "hand_over")


@pytest.mark.parametrize(
    ("policy", "reason", "say"),
    [
        (
            {"allow_reschedule": False},
            "DISABLED",
            "I cannot move bookings here. Shall I put you through to the staff?",
        ),
        (
            {"reschedule_notice_hours": 48},
            "NOTICE",
            "It is too late to move that. Shall I put you through to the staff?",
        ),
    ],
)
def test_what_may_not_be_moved_is_for_the_staff(policy: dict[str, object], reason: str, say: str) -> None:
    agent, engine = agent_in_memory()
    appointment, evening = booked_id(agent), agent.slot(when="tomorrow evening")
    engine.configure(ConfigureOrganisation(**policy))  # type: ignore[arg-type]
    refused = agent("reschedule", appointment=appointment, slot=evening)
    assert (refused.code, refused.reason, refused.next_action) == ("RESCHEDULE_NOT_ALLOWED", reason, "hand_over")
    assert refused.say == say


def test_what_is_not_there_or_is_over_is_not_changed() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    for tool, given in (("reschedule", {"slot": slot}), ("cancel", {})):
        refused = agent(tool, appointment="appt_nobody", **given)
        assert (refused.code, refused.next_action) == ("NOT_FOUND", "ask_phone")
        assert refused.say == "I cannot find that booking."
    appointment = booked_id(agent)
    engine.cancel(appointment)
    refused = agent("reschedule", appointment=appointment, slot=agent.slot(when="tomorrow evening"))
    assert (refused.code, refused.next_action) == ("INVALID_TRANSITION", "ask_date")


# --- Cancelling -----------------------------------------------------------------------------------------------------


def test_an_appointment_is_cancelled_once() -> None:
    agent, engine = agent_in_memory()
    appointment = booked_id(agent)
    cancelled = agent("cancel", appointment=appointment)
    assert (cancelled.ok, cancelled.code, cancelled.next_action) == (True, "CANCELLED", "done")
    assert cancelled.say == (
        "The booking of Aadhi for Thursday the 11th of June at nine o'clock in the morning is cancelled."
    )
    assert agent("cancel", appointment=appointment).text == cancelled.text
    assert engine.appointment(appointment).status is AppointmentStatus.CANCELLED
    assert places_left(engine) == 2


def test_what_may_not_be_cancelled_is_for_the_staff() -> None:
    agent, engine = agent_in_memory()
    appointment = booked_id(agent)
    engine.configure(ConfigureOrganisation(allow_cancellation=False))
    refused = agent("cancel", appointment=appointment)
    assert (refused.code, refused.next_action) == ("CANCELLATION_NOT_ALLOWED", "hand_over")


# --- Looking up -----------------------------------------------------------------------------------------------------


def answers_of(agent: Agent) -> AnswerBook:
    """The answers of the agent's toolset."""
    book: AnswerBook = agent.toolset._counter._answers._of  # type: ignore[attr-defined]
    return book


def begin(agent: Agent, tool: str, tool_call_id: str = "lost") -> None:
    """A tool call that was begun and has no answer."""
    answers_of(agent).begin(AnswerRecord(ToolCall(agent.call_id, tool_call_id), f"{tool}:x", agent.clock()))


def test_what_stands_under_a_phone_is_told_to_who_says_it() -> None:
    agent, _ = agent_in_memory(services=("Checkup", "Vaccination"))
    for service, name in (("Checkup", "Aadhi"), ("Vaccination", "Meera")):
        slot = agent.slot(service=service, when="tomorrow evening")
        assert agent("book", slot=slot, patient_name=name, parent_phone=PHONE, call_id="call-0").ok
    slot = agent.slot(service="Checkup", when="tomorrow evening")
    assert agent("book", slot=slot, patient_name="Stranger", parent_phone=OTHER_PHONE, call_id="call-0").ok
    found = agent("look_up", parent_phone="+919840012345")
    assert (found.ok, found.code, found.next_action) == (True, "LOOKED_UP", "done")
    assert {each["patient_name"] for each in found.data["appointments"]} == {"Aadhi", "Meera"}
    assert (found.data["this_call"], found.data["booked_in_this_call"]) == ("not_booked", [])
    assert "Stranger" not in found.text
    assert "is booked for Thursday the 11th of June at five o'clock in the evening." in found.say
    agent.clock.advance(timedelta(days=2))
    found = agent("look_up", parent_phone=PHONE)
    assert (found.data["appointments"], found.next_action) == ([], "ask_date")
    assert found.say == "Nothing is booked yet."
    assert found.data["read_back"] == "Your number is plus 91 98 400 12 345. Is that right?"


def test_what_this_call_did_is_told_without_a_phone() -> None:
    agent, _ = agent_in_memory()
    nothing = agent("look_up")
    assert (nothing.data["this_call"], nothing.say) == ("not_booked", "Nothing is booked yet.")
    appointment = booked_id(agent)
    found = agent("look_up")
    assert found.data["this_call"] == "booked"
    assert [each["appointment"] for each in found.data["booked_in_this_call"]] == [appointment]
    assert found.say == "Aadhi is booked for Thursday the 11th of June at nine o'clock in the morning."
    assert "appointments" not in found.data
    assert agent("look_up", call_id="call-2").data["booked_in_this_call"] == []
    assert agent("cancel", appointment=appointment).ok
    assert agent("look_up").data["this_call"] == "not_booked"


def test_after_a_lost_answer_the_phone_tells_what_was_booked() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    booked = agent("book", slot=slot, **PERSON)
    forgotten, _ = agent_in_memory()
    forgotten.toolset._counter._engine = agent.toolset._counter._engine  # the answers are gone, the bookings are not
    found = forgotten("look_up", parent_phone=PHONE)
    assert found.data["this_call"] == "booked"
    assert found.data["booked_in_this_call"] == [booked.data["appointment"]]
    assert engine.verify() == ()


@pytest.mark.parametrize("tool", ["book", "reschedule", "cancel"])
def test_what_is_still_being_carried_out_is_waited_for_and_then_asked_about(tool: str) -> None:
    agent, _ = agent_in_memory()
    begin(agent, tool)
    found = agent("look_up", tool_call_id="look")
    assert (found.data["this_call"], found.next_action) == ("in_progress", "wait")
    assert found.say == "One moment please, I am still on it."
    agent.clock.advance(IN_PROGRESS_MAX)
    found = agent("look_up", tool_call_id="look")  # the same tool call: what is not certain is not kept
    assert (found.data["this_call"], found.next_action) == ("unknown", "ask_phone")
    assert found.say == "What is your phone number?"
    found = agent("look_up", parent_phone=PHONE)
    assert (found.data["this_call"], found.next_action) == ("not_booked", "ask_date")


def test_what_is_being_moved_is_waited_for_and_what_is_being_booked_again_is_not() -> None:
    agent, _ = agent_in_memory()
    booked_id(agent)
    begin(agent, "book")
    assert agent("look_up", parent_phone=PHONE).data["this_call"] == "booked"
    begin(agent, "reschedule", "lost-too")
    assert agent("look_up", parent_phone=PHONE).data["this_call"] == "in_progress"
    agent.clock.advance(IN_PROGRESS_MAX)
    assert agent("look_up", parent_phone=PHONE).data["this_call"] == "booked"


def test_what_only_reads_or_holds_is_not_waited_for() -> None:
    agent, _ = agent_in_memory()
    for tool in ("find_times", "hold_time", "list_services"):
        begin(agent, tool, tool)
    assert agent("look_up").data["this_call"] == "not_booked"


def test_a_hold_that_is_not_answered_yet_is_not_guessed_at() -> None:
    agent, _ = agent_in_memory()
    assert agent("hold_time", slot=agent.slot()).ok
    begin(agent, "hold_time", "zzz")
    assert agent("book", **PERSON).code == "NO_HOLD"


def test_a_great_many_appointments_under_one_phone_are_all_looked_at() -> None:
    agent, engine = agent_in_memory(places=300, policy={"duplicate_prevention": False})
    for _ in range(205):
        engine.book(
            BookAppointment(
                appointment_type="checkup",
                appointment_date=NOW.replace(day=11, hour=3, minute=30),
                patient_name="Aadhi",
                parent_phone=PHONE,
            )
        )
    found = agent("look_up", parent_phone=PHONE)
    assert len(found.data["appointments"]) == 205
    assert found.say.count("is booked for") == 3


def test_an_appointment_that_another_store_has_is_left_out() -> None:
    agent, _ = agent_in_memory()
    booked_id(agent)
    _, other = agent_in_memory()
    agent.toolset._counter._engine._of = other  # type: ignore[attr-defined]
    agent.toolset._counter._shell = other
    assert agent("look_up").data["this_call"] == "not_booked"


def test_services_and_branches_are_listed() -> None:
    agent, engine = agent_in_memory(services=("Checkup", "Vaccination"), branches=2)
    listed = agent("list_services")
    assert (listed.ok, listed.code, listed.next_action) == (True, "SERVICES", "ask_service")
    assert listed.say == "We offer Checkup or Vaccination. What is the visit for?"
    assert listed.data == {
        "services": [
            {"service": "checkup", "name": "Checkup", "minutes": 30},
            {"service": "vaccination", "name": "Vaccination", "minutes": 30},
        ],
        "branches": [{"branch": "b1", "name": "Branch 1"}, {"branch": "b2", "name": "Branch 2"}],
    }
    engine.update_service(UpdateService(service_id="vaccination", retired=True))
    assert agent("list_services").next_action == "ask_date"
