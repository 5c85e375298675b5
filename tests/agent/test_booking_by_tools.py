"""Holding and booking by tools: one place at a time, and one appointment for a person, a service and a date."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.clinic import NOW, OTHER_PHONE, PERSON, PHONE, agent_in_memory, places_left, standing
from booking_engine import (
    AppointmentStatus,
    BookAppointment,
    Booked,
    BookingEngine,
    CapacityScope,
    CloseBranch,
    ConfigureOrganisation,
    ConfirmHold,
    CreateWindow,
    HoldPlace,
    Session,
    UpdateAppointment,
    UpdateService,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from booking_engine.adapters.agent.choices import Choice, slot_of
from booking_engine.adapters.agent.references import reference_prefix

TOMORROW_NINE = NOW.replace(day=11, hour=3, minute=30)
OTHER = {"patient_name": "Meera", "parent_phone": OTHER_PHONE}


# --- Holding --------------------------------------------------------------------------------------------------------


def test_a_call_holds_one_place_and_moves_it() -> None:
    agent, engine = agent_in_memory(places=1)
    morning, evening = agent.slot(when="tomorrow morning"), agent.slot(when="tomorrow evening")
    assert agent("hold_time", slot=morning).ok
    assert places_left(engine) == 0
    again = agent("hold_time", slot=morning)
    assert (again.ok, again.data["seconds"]) == (True, 300)
    assert agent("hold_time", slot=evening).ok
    assert places_left(engine) == 1
    booked = agent("book", **PERSON)
    assert booked.data["appointment"]["starts_at"] == "2026-06-11T17:00:00+05:30"
    assert engine.verify() == ()
    assert places_left(engine) == 1


def test_the_last_place_is_refused_to_another_call_with_others_to_choose_from() -> None:
    agent, _ = agent_in_memory(places=1)
    slot = agent.slot()
    assert agent("hold_time", slot=slot).ok
    refused = agent("hold_time", slot=slot, call_id="call-2")
    assert (refused.ok, refused.code, refused.reason) == (False, "SLOT_FULL", "CAPACITY")
    assert refused.next_action == "offer_times"
    assert refused.say.startswith("I have nothing free then, but I have ")
    other = refused.data["choices"][0]["slot"]
    assert agent("hold_time", slot=other, call_id="call-2").ok
    assert agent("book", call_id="call-2", **OTHER).ok


def test_nothing_else_being_free_the_staff_are_asked_for_a_place_of_theirs() -> None:
    agent, engine = agent_in_memory(places=1, policy={"max_advance_booking_days": 1})
    engine.update_window(UpdateWindow(slot_id="1-thursday-Evening", status=WindowStatus.CLOSED))
    engine.update_window(UpdateWindow(slot_id="1-wednesday-Evening", status=WindowStatus.CLOSED))
    engine.update_window(UpdateWindow(slot_id="1-thursday-Morning", max_slots=2))
    slot = agent.slot()
    assert agent("hold_time", slot=slot).ok
    refused = agent("hold_time", slot=slot, call_id="call-2")
    assert (refused.code, refused.next_action) == ("SLOT_FULL", "hand_over")
    assert refused.say == "I have no place left then, but the staff may have one. Shall I put you through?"
    refused = agent("book", slot=slot, call_id="call-2", **OTHER)
    assert (refused.code, refused.next_action) == ("SLOT_FULL", "hand_over")


def test_who_has_a_booking_hears_of_it_when_a_time_is_held() -> None:
    agent, _ = agent_in_memory()
    first, second = (agent.slot(at) for at in (0, 1))
    assert agent("book", slot=first, **PERSON).ok
    refused = agent("hold_time", slot=second, parent_phone=PHONE, call_id="call-2")
    assert (refused.ok, refused.code, refused.next_action) == (False, "ALREADY_BOOKED", "reschedule_instead")
    assert refused.say == "You have a booking for that day already. Shall I move it instead?"
    assert refused.data["appointment"]["starts_at"] == "2026-06-11T09:00:00+05:30"
    assert refused.data["wished"]["slot"] == second


def test_a_time_at_which_a_booking_stands_is_not_held_and_the_booking_is_told() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    assert agent("book", slot=slot, **PERSON).ok
    refused = agent("hold_time", slot=slot, parent_phone=PHONE, call_id="call-2")
    assert (refused.ok, refused.code, refused.next_action) == (False, "ALREADY_BOOKED", "reschedule_instead")
    assert refused.say == "Aadhi is booked for Thursday the 11th of June at nine o'clock in the morning."
    assert refused.data["appointment"]["patient_name"] == "Aadhi"
    assert places_left(engine) == 1


def test_the_same_time_again_is_held_for_longer_but_not_for_ever() -> None:
    agent, _ = agent_in_memory(policy={"hold_seconds": 300, "hold_max_seconds": 600})
    slot, left = agent.slot(), []
    for _ in range(4):
        left.append(agent("hold_time", slot=slot).data["seconds"])
        agent.clock.advance(timedelta(seconds=200))
    assert left == [300, 300, 200, 300]  # the last one is a new one


class Late(BookingEngine):
    """An engine that takes its time to confirm a hold."""

    def confirm_hold(self, command: ConfirmHold) -> Booked:
        self._clock.advance(timedelta(minutes=6))  # type: ignore[attr-defined]
        return super().confirm_hold(command)


def test_a_hold_that_ends_while_it_is_confirmed_is_booked_directly() -> None:
    agent, engine = agent_in_memory(places=1)
    assert agent("hold_time", slot=agent.slot()).ok
    engine.__class__ = Late
    booked = agent("book", **PERSON)
    assert (booked.ok, len(standing(engine)), places_left(engine)) == (True, 1, 0)


def test_a_booking_that_stands_gives_a_hold_on_its_own_time_back() -> None:
    agent, engine = agent_in_memory(places=2)
    slot = agent.slot()
    assert agent("book", slot=slot, **PERSON).ok
    assert agent("hold_time", slot=slot).ok
    assert places_left(engine) == 0
    assert agent("book", **PERSON).ok
    assert places_left(engine) == 1


def test_a_hold_on_the_time_to_move_to_is_kept_for_the_move() -> None:
    agent, engine = agent_in_memory(places=1)
    morning, evening = agent.slot(), agent.slot(when="tomorrow evening")
    assert agent("book", slot=morning, **PERSON).ok
    assert agent("hold_time", slot=evening).ok
    refused = agent("book", **PERSON)
    assert refused.next_action == "reschedule_instead"
    assert agent("hold_time", slot=evening, call_id="call-2").code == "SLOT_FULL"
    assert agent("reschedule", appointment=refused.data["appointment"]["appointment"], slot=evening).ok
    assert engine.verify() == ()


def test_a_hold_is_told_in_whole_minutes_and_seconds() -> None:
    agent, _ = agent_in_memory(policy={"hold_seconds": 90})
    held = agent("hold_time", slot=agent.slot(), lang="hi")
    assert held.data["seconds"] == 90
    assert held.say == "मैंने कल, गुरुवार ग्यारह तारीख को सुबह नौ बजे का समय आपके लिए एक मिनट तक रोक रखा है।"


# --- Slots ----------------------------------------------------------------------------------------------------------


def test_an_invented_slot_is_refused_with_the_valid_ones() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot(1)
    invented = slot[:-1] + ("a" if slot[-1] != "a" else "b")
    for tool, given in (("hold_time", {}), ("book", PERSON), ("reschedule", {"appointment": "appt_x"})):
        refused = agent(tool, slot=invented, **given)
        assert (refused.ok, refused.code, refused.next_action) == (False, "UNKNOWN_SLOT", "offer_times")
        assert refused.say == "I no longer have that time. Please choose another."
        assert refused.data["choices"][0]["slot"] == slot  # the same instant, which is free
    assert standing(engine) == []


def test_an_invented_slot_is_refused_when_nothing_was_offered_yet() -> None:
    agent, _ = agent_in_memory()
    refused = agent("hold_time", slot="a" * 13)
    assert (refused.code, refused.next_action, dict(refused.data)) == ("UNKNOWN_SLOT", "ask_date", {})


@pytest.mark.parametrize("slot", ["a" * 13, "7" * 13, "anipfsg4sqv4e"])
def test_of_a_slot_that_names_no_time_to_come_the_last_offer_is_made_again(slot: str) -> None:
    agent, _ = agent_in_memory()
    first = agent.slot()
    refused = agent("hold_time", slot=slot)
    assert refused.code == "UNKNOWN_SLOT"
    assert refused.data["choices"]
    if slot != "anipfsg4sqv4e":
        assert refused.data["choices"][0]["slot"] == first


def test_what_was_offered_and_is_gone_is_not_offered_again() -> None:
    agent, engine = agent_in_memory(services=("Checkup", "Vaccination"))
    vaccination = agent.slot(service="Vaccination")
    agent.slot(service="Checkup")
    engine.update_service(UpdateService(service_id="checkup", retired=True))
    refused = agent("hold_time", slot="a" * 13)
    assert refused.data["choices"][0]["slot"] == vaccination
    engine.update_service(UpdateService(service_id="vaccination", retired=True))
    assert agent("hold_time", slot="a" * 13).next_action == "ask_date"


def test_a_slot_of_another_clinic_is_refused() -> None:
    from agent.clinic import Agent, setup
    from booking_engine import BookingEngine
    from booking_engine.adapters.agent import Toolset
    from booking_engine.adapters.memory import MemoryAnswers, MemoryStore

    agent, _ = agent_in_memory()
    other = BookingEngine(MemoryStore("elsewhere"), clock=agent.clock)
    for command in setup():
        other.execute(command)
    elsewhere = Agent(Toolset(other, MemoryAnswers()), agent.clock)
    slot, theirs = agent.slot(), elsewhere.slot()
    assert slot[:6] == theirs[:6]
    assert slot != theirs
    assert agent("hold_time", slot=theirs).code == "UNKNOWN_SLOT"
    assert elsewhere("hold_time", slot=theirs).ok


def test_slots_of_services_and_windows_differ_and_are_always_the_same() -> None:
    agent, _ = agent_in_memory(services=("Checkup", "Vaccination"), branches=2)
    slots = [
        agent.slot(service=service, branch=branch, when="tomorrow at 9 am")
        for service in ("Checkup", "Vaccination")
        for branch in ("b1", "b2")
    ]
    assert len({slot[:6] for slot in slots}) == 1
    assert len(set(slots)) == 4
    assert agent.slot(service="Checkup", branch="b1", when="kal 9 am") == slots[0]


def test_a_slot_is_forgiven_blanks_and_capitals() -> None:
    agent, _ = agent_in_memory()
    assert agent("hold_time", slot=f" {agent.slot().upper()} ").ok


def test_a_slot_whose_window_was_closed_is_refused_with_others() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    engine.close_branch(CloseBranch(branch_id="b1", first_date=TOMORROW_NINE.date(), last_date=TOMORROW_NINE.date()))
    refused = agent("book", slot=slot, **PERSON)
    assert (refused.code, refused.next_action) == ("SLOT_INACTIVE", "offer_times")
    assert refused.data["choices"][0]["starts_at"] == "2026-06-12T09:00:00+05:30"


# --- Booking --------------------------------------------------------------------------------------------------------


def test_a_slot_is_booked_without_a_hold() -> None:
    agent, engine = agent_in_memory()
    booked = agent("book", slot=agent.slot(), notes="first visit\nhas a cough", doctor="Dr. Rao", **PERSON)
    assert booked.ok
    (appointment,) = standing(engine)
    assert (appointment.notes, appointment.assigned_doctor) == ("first visit\nhas a cough", "Dr. Rao")
    assert (appointment.external_reference_id or "").startswith(reference_prefix("call-1"))
    assert booked.say.endswith(" It is with Dr. Rao.")
    assert booked.data["appointment"]["doctor"] == "Dr. Rao"


def test_without_a_hold_and_a_slot_the_last_choices_are_offered() -> None:
    agent, _ = agent_in_memory()
    refused = agent("book", **PERSON)
    assert (refused.ok, refused.code, refused.next_action) == (False, "NO_HOLD", "ask_date")
    slot = agent.slot()
    refused = agent("book", **PERSON)
    assert (refused.code, refused.next_action) == ("NO_HOLD", "offer_times")
    assert refused.say == "I could not keep that place any longer. Shall I look for another?"
    assert refused.data["choices"][0]["slot"] == slot


def test_a_hold_that_ended_is_booked_directly_or_refused_with_others() -> None:
    agent, engine = agent_in_memory(places=1)
    assert agent("hold_time", slot=agent.slot()).ok
    agent.clock.advance(timedelta(minutes=6))
    assert agent("book", **PERSON).ok
    assert places_left(engine) == 0
    agent.call_id = "call-2"
    slot = agent.slot(when="tomorrow evening")
    assert agent("hold_time", slot=slot).ok
    agent.clock.advance(timedelta(minutes=6))
    assert agent("book", slot=slot, call_id="call-3", patient_name="Ravi", parent_phone="9840011111").ok
    refused = agent("book", **OTHER)
    assert (refused.code, refused.next_action) == ("SLOT_FULL", "offer_times")
    assert agent("book", slot=refused.data["choices"][0]["slot"], **OTHER).ok


@pytest.mark.parametrize("other", [1, 2])
def test_the_calls_own_hold_is_not_in_its_way(other: int) -> None:
    agent, engine = agent_in_memory(places=1)
    slots = [agent.slot(at) for at in (0, other)]  # two times of one window with one place
    assert agent("hold_time", slot=slots[0]).ok
    booked = agent("book", slot=slots[1], **PERSON)
    assert booked.ok
    assert places_left(engine) == 0
    assert engine.verify() == ()


def test_what_stands_is_found_though_the_hold_cannot_be_moved_there() -> None:
    agent, engine = agent_in_memory(places=1)
    morning, evening = agent.slot(), agent.slot(when="tomorrow evening")
    booked = agent("book", slot=morning, **PERSON)
    assert agent("hold_time", slot=evening).ok
    assert agent("book", slot=morning, **PERSON).text == booked.text
    assert [row.available_slots for row in engine.availability(TOMORROW_NINE.date())] == [0, 0]
    agent.clock.advance(timedelta(minutes=6))
    assert [row.available_slots for row in engine.availability(TOMORROW_NINE.date())] == [1, 0]


def test_booking_another_slot_than_the_held_one_gives_the_hold_back() -> None:
    agent, engine = agent_in_memory(places=1)
    assert agent("hold_time", slot=agent.slot()).ok
    assert agent("book", slot=agent.slot(when="tomorrow evening"), **PERSON).ok
    assert places_left(engine) == 1
    assert engine.verify() == ()


@pytest.mark.parametrize("when", ["tomorrow evening", "this Friday morning"])
@pytest.mark.parametrize("why", ["ALREADY_BOOKED", "DOCTOR_BUSY", "CAPACITY", "SLOT_INACTIVE"])
def test_a_refused_booking_leaves_the_place_that_the_call_keeps(why: str, when: str) -> None:
    agent, engine = agent_in_memory(places=1)
    held, wished, later = agent.slot(), agent.slot(when=when), agent.slot(1, when=when)
    window = "1-friday-Morning" if "Friday" in when else "1-thursday-Evening"
    if why in ("ALREADY_BOOKED", "DOCTOR_BUSY"):
        engine.update_window(UpdateWindow(slot_id=window, ai_slots=5, max_slots=5))
    if why == "SLOT_INACTIVE":
        engine.update_window(UpdateWindow(slot_id=window, status=WindowStatus.CLOSED))
    else:
        person = PERSON if why == "ALREADY_BOOKED" else OTHER
        first = later if why == "ALREADY_BOOKED" else wished
        doctor = "Dr. Iyer" if why == "CAPACITY" else "Dr. Rao"
        assert agent("book", slot=first, doctor=doctor, call_id="call-0", **person).ok
    assert agent("hold_time", slot=held).ok
    refused = agent("book", slot=wished, doctor="Dr. Rao", **PERSON)
    assert (refused.ok, refused.body.get("reason", refused.code)) == (False, why)
    third = {"patient_name": "Ravi", "parent_phone": "98400 11111"}
    assert agent("book", slot=held, call_id="call-2", **third).reason == "CAPACITY"
    assert agent("book", **third).data["appointment"]["starts_at"] == "2026-06-11T09:00:00+05:30"
    assert engine.verify() == ()


def test_a_visit_that_took_place_is_not_moved_to_and_the_held_place_is_kept() -> None:
    agent, engine = agent_in_memory(places=2)
    morning, evening = agent.slot(), agent.slot(when="tomorrow evening")
    booked = agent("book", slot=morning, **PERSON)
    engine.update(
        UpdateAppointment(appointment_id=booked.data["appointment"]["appointment"], status=AppointmentStatus.COMPLETED)
    )
    assert agent("hold_time", slot=evening).ok
    assert agent("book", slot=agent.slot(1), **PERSON).code == "ALREADY_BOOKED"
    assert [row.available_slots for row in engine.availability(TOMORROW_NINE.date())] == [1, 1]  # evening, morning


@pytest.mark.parametrize("scope", CapacityScope)
def test_a_place_that_the_call_keeps_for_one_service_is_not_in_the_way_of_another(scope: CapacityScope) -> None:
    agent, engine = agent_in_memory(places=1, services=("Checkup", "Vaccination"), policy={"capacity_scope": scope})
    checkup, vaccination = (agent.slot(service=service) for service in ("Checkup", "Vaccination"))
    assert agent("hold_time", slot=checkup).ok
    assert agent("book", slot=vaccination, **PERSON).ok
    assert [each.service_id for each in standing(engine)] == ["vaccination"]
    assert agent("book", slot=checkup, call_id="call-2", **OTHER).ok is (scope is CapacityScope.PER_SERVICE)
    assert engine.verify() == ()


def test_a_place_whose_limit_was_lowered_is_still_booked_at_another_time_of_its_window() -> None:
    agent, engine = agent_in_memory(places=1)
    slots = [agent.slot(at) for at in (0, 1)]
    assert agent("hold_time", slot=slots[0]).ok
    engine.update_window(UpdateWindow(slot_id="1-thursday-Morning", ai_slots=0))
    assert agent("book", slot=slots[1], **PERSON).data["appointment"]["starts_at"] == "2026-06-11T10:30:00+05:30"
    assert engine.verify() == ()


@pytest.mark.parametrize("prevention", [True, False])
def test_the_same_again_by_another_tool_call_is_what_stands(prevention: bool) -> None:
    agent, engine = agent_in_memory(places=5, policy={"duplicate_prevention": prevention})
    first, second = agent.slot(0), agent.slot(1)
    booked = agent("book", slot=first, **PERSON)
    again = agent("book", slot=first, patient_name="  aadhi ", parent_phone="+919840012345")
    assert (again.ok, again.code, again.text) == (True, "BOOKED", booked.text)
    moved = agent("book", slot=second, **PERSON)
    assert (moved.ok, moved.code, moved.next_action) == (False, "ALREADY_BOOKED", "reschedule_instead")
    assert moved.data["appointment"] == booked.data["appointment"]
    assert moved.data["wished"]["slot"] == second
    assert len(standing(engine)) == 1


@pytest.mark.parametrize("prevention", [True, False])
def test_what_was_moved_to_a_date_stands_there_and_frees_the_other(prevention: bool) -> None:
    agent, engine = agent_in_memory(places=5, policy={"duplicate_prevention": prevention})
    thursday, friday = agent.slot(), agent.slot(when="this Friday morning")
    booked = agent("book", slot=thursday, **PERSON)
    assert agent("reschedule", appointment=booked.data["appointment"]["appointment"], slot=friday).ok
    other_time = agent("book", slot=agent.slot(when="this Friday evening"), **PERSON)
    assert (other_time.code, other_time.next_action) == ("ALREADY_BOOKED", "reschedule_instead")
    same_time = agent("book", slot=friday, **PERSON)
    assert (same_time.ok, same_time.code) == (True, "BOOKED")
    another = agent("book", slot=thursday, **PERSON)  # nothing stands on that date any more
    assert (another.ok, another.code) == (True, "BOOKED")
    assert agent("book", slot=thursday, **PERSON).text == another.text
    assert len(standing(engine)) == 2
    back = agent("reschedule", appointment=booked.data["appointment"]["appointment"], slot=agent.slot(2))
    assert (back.ok, back.code, back.next_action) == (False, "ALREADY_BOOKED", "reschedule_instead")
    assert len({each.date for each in standing(engine)}) == 2


def test_another_name_under_the_same_phone_is_for_a_person_to_sort_out() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    assert agent("book", slot=slot, **PERSON).ok
    refused = agent("book", slot=slot, patient_name="Meera", parent_phone=PHONE)
    assert (refused.ok, refused.code, refused.next_action) == (False, "ALREADY_BOOKED", "hand_over")
    assert refused.say == "Aadhi is booked for Thursday the 11th of June at nine o'clock in the morning."
    assert len(standing(engine)) == 1


@pytest.mark.parametrize("prevention", [True, False])
def test_siblings_are_two_where_names_count(prevention: bool) -> None:
    agent, engine = agent_in_memory(policy={"duplicate_includes_patient": True, "duplicate_prevention": prevention})
    slot = agent.slot()
    assert agent("book", slot=slot, **PERSON).ok
    assert agent("book", slot=slot, patient_name="Meera", parent_phone=PHONE).ok
    assert agent("book", slot=slot, patient_name="MEERA", parent_phone=PHONE).ok
    assert sorted(each.patient_name for each in standing(engine)) == ["Aadhi", "Meera"]


def test_what_an_earlier_call_booked_stands_too() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    assert agent("book", slot=slot, call_id="call-0", **PERSON).ok
    same = agent("book", slot=slot, **PERSON)
    assert (same.ok, same.code) == (True, "BOOKED")
    other = agent("book", slot=agent.slot(1), **PERSON)
    assert (other.ok, other.code, other.next_action) == (False, "ALREADY_BOOKED", "reschedule_instead")
    assert len(standing(engine)) == 1


@pytest.mark.parametrize("prevention", [True, False])
@pytest.mark.parametrize("at", [0, 1])
def test_what_stands_at_another_branch_is_not_what_was_asked_for(prevention: bool, at: int) -> None:
    agent, engine = agent_in_memory(branches=2, policy={"duplicate_prevention": prevention})
    assert agent("book", slot=agent.slot(branch="b1"), **PERSON).ok
    wished = agent.slot(at, branch="b2")
    refused = agent("book", slot=wished, **PERSON)
    assert (refused.ok, refused.code, refused.next_action) == (False, "ALREADY_BOOKED", "hand_over")
    assert refused.say == (
        "Aadhi is booked for Thursday the 11th of June at nine o'clock in the morning. That is at Branch 1."
    )
    assert (refused.data["appointment"]["branch"], refused.data["wished"]["branch"]) == ("Branch 1", "Branch 2")
    assert [each.branch_id for each in standing(engine)] == ["b1"]


def test_what_an_earlier_call_booked_at_another_branch_is_told_in_the_callers_language() -> None:
    agent, _ = agent_in_memory(branches=2)
    assert agent("book", slot=agent.slot(branch="b1"), call_id="call-0", **PERSON).ok
    wished = agent.slot(branch="b2")
    for tool, given in (("book", PERSON), ("hold_time", {"parent_phone": PHONE})):
        refused = agent(tool, slot=wished, lang="hi", **given)
        assert (refused.ok, refused.code, refused.next_action) == (False, "ALREADY_BOOKED", "hand_over")
        assert refused.say.endswith(" यह बुकिंग Branch 1 में है।")


def test_what_stands_in_another_group_at_the_same_time_and_branch_is_what_was_asked_for() -> None:
    agent, engine = agent_in_memory()
    for batch in ("A", "B"):
        engine.create_window(
            CreateWindow(
                branch_id="b1",
                day=Weekday.SUNDAY,
                session=Session.AFTERNOON,
                batch_name=batch,
                start_time="14:00",
                end_time="16:00",
                ai_slots=1,
            )
        )
    catalog = engine.catalog()
    slots = [
        slot_of(catalog, Choice(catalog.services["checkup"], each, NOW.replace(day=14, hour=9)))
        for each in catalog.windows.values()
        if each.batch is not None
    ]
    booked = agent("book", slot=slots[0], **PERSON)
    again = agent("book", slot=slots[1], **PERSON)
    assert (again.ok, again.text) == (True, booked.text)
    assert len(standing(engine)) == 1


def test_two_services_on_one_date_are_two_visits() -> None:
    agent, engine = agent_in_memory(services=("Checkup", "Vaccination"))
    for service in ("Checkup", "Vaccination"):
        assert agent("book", slot=agent.slot(service=service), **PERSON).ok
    assert len(standing(engine)) == 2


def test_a_number_with_and_without_country_code_is_one_person() -> None:
    from agent.clinic import Agent, setup
    from booking_engine import BookingEngine
    from booking_engine.adapters.agent import Toolset
    from booking_engine.adapters.memory import MemoryAnswers, MemoryStore
    from booking_engine.adapters.phone import E164Phones
    from booking_engine.testing.clock import FixedClock

    clock = FixedClock(NOW)
    engine = BookingEngine(MemoryStore(), clock=clock, phones=E164Phones())
    for command in setup(policy={"default_region": "IN", "duplicate_prevention": False}):
        engine.execute(command)
    agent = Agent(Toolset(engine, MemoryAnswers()), clock)
    slot = agent.slot()
    assert agent("book", slot=slot, patient_name="Aadhi", parent_phone="98400 12345").ok
    assert agent("book", slot=slot, patient_name="Aadhi", parent_phone="00919840012345").ok
    assert len(standing(engine)) == 1
    assert agent("look_up", parent_phone="+91-98400-12345").data["appointments"]


def test_after_a_cancellation_the_same_can_be_booked_again() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    first = agent("book", slot=slot, **PERSON)
    assert agent("cancel", appointment=first.data["appointment"]["appointment"]).ok
    second = agent("book", slot=slot, **PERSON)
    assert second.ok
    assert second.data["appointment"]["appointment"] != first.data["appointment"]["appointment"]
    assert len(standing(engine)) == 1


def test_a_doctor_who_is_taken_while_the_place_is_held_is_told() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    assert agent("hold_time", slot=slot, doctor="Dr. Rao").ok
    engine.book(
        BookAppointment(
            appointment_type="checkup",
            appointment_date=TOMORROW_NINE,
            assigned_doctor="Dr. Rao",
            patient_name="Meera",
            parent_phone=OTHER_PHONE,
        )
    )
    refused = agent("book", doctor="Dr. Rao", **PERSON)
    assert (refused.code, refused.reason, refused.next_action) == ("SLOT_FULL", "DOCTOR_BUSY", "offer_times")
    assert refused.data["choices"][0]["starts_at"] == "2026-06-11T17:00:00+05:30"


def test_where_no_new_bookings_are_taken_the_staff_are_asked() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    engine.configure(ConfigureOrganisation(enabled=False))
    for tool, given in (("hold_time", {}), ("book", PERSON)):
        refused = agent(tool, slot=slot, **given)
        assert (refused.code, refused.next_action) == ("BOOKING_DISABLED", "hand_over")


def test_a_hold_of_the_desk_with_the_same_key_is_the_calls_own() -> None:
    agent, engine = agent_in_memory(places=1)
    slot = agent.slot()
    engine.hold(HoldPlace(holder="call-1", appointment_type="checkup", appointment_date=TOMORROW_NINE, branch_id="b1"))
    assert agent("book", slot=slot, **PERSON).ok
    assert places_left(engine) == 0


def test_a_visit_that_took_place_stands() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    booked = agent("book", slot=slot, **PERSON)
    engine.update(
        UpdateAppointment(appointment_id=booked.data["appointment"]["appointment"], status=AppointmentStatus.COMPLETED)
    )
    again = agent("book", slot=slot, **PERSON)
    assert (
        again.say == "The visit of Aadhi on Thursday the 11th of June at nine o'clock in the morning has taken place."
    )
    assert len(standing(engine)) == 1
