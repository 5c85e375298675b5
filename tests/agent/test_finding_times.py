"""Finding times: what the caller says becomes choices that can be booked, or the question that has to be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.clinic import NOW, OTHER_PHONE, PERSON, PHONE, Agent, agent_in_memory
from booking_engine import (
    AddBranch,
    AddService,
    BookAppointment,
    BookingEngine,
    CloseBranch,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    UpdateService,
    Weekday,
)
from booking_engine.adapters.agent import NextAction, ToolResult

TOMORROW = (NOW + timedelta(days=1)).date()
KOLKATA = "+05:30"


def starts(result: ToolResult) -> list[str]:
    """The local times of the choices, without the offset."""
    return [each["starts_at"].removesuffix(f":00{KOLKATA}") for each in result.data["choices"]]


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"when": "tomorrow morning"}, "2026-06-11T09:00"),
        ({"when": "tomorrow evening"}, "2026-06-11T17:00"),
        ({"when": "kal shaam"}, "2026-06-11T17:00"),
        ({"when": "today"}, "2026-06-10T17:00"),
        ({"when": "tomorrow at ten in the morning"}, "2026-06-11T10:00"),
        ({"when": "in the morning"}, "2026-06-11T09:00"),
        ({"when": "next week"}, "2026-06-15T09:00"),
        ({"date": "2026-06-12"}, "2026-06-12T09:00"),
        ({"date": "2026-06-12", "when": "in the evening"}, "2026-06-12T17:00"),
        ({"date": "2026-06-12", "when": "at 6 pm"}, "2026-06-12T18:00"),
        ({"date": "2026-06-12", "part_of_day": "Evening"}, "2026-06-12T17:00"),
        ({"date": "2026-06-12", "when": "whenever you like"}, "2026-06-12T09:00"),
        ({"date": "2026-06-16", "when": "next week"}, "2026-06-16T09:00"),
        ({"when": "next week in the evening"}, "2026-06-15T17:00"),
        ({"when": "next week at 10 am"}, "2026-06-15T10:00"),
        ({}, "2026-06-10T17:00"),
        ({"part_of_day": "Morning", "when": None}, "2026-06-11T09:00"),
        ({"when": "tomorrow", "service": "CHECKUP", "branch": " branch 1 "}, "2026-06-11T09:00"),
    ],
)
def test_what_is_said_is_what_is_offered_first(given: dict[str, object], first: str) -> None:
    agent, _ = agent_in_memory()
    found = agent("find_times", given)
    assert (found.ok, found.code, found.next_action) == (True, "TIMES_FOUND", "offer_times")
    assert starts(found)[0] == first


def test_a_day_is_spread_and_a_time_is_not() -> None:
    agent, _ = agent_in_memory()
    assert starts(agent("find_times", when="tomorrow")) == [
        f"2026-06-11T{time}" for time in ("09:00", "10:30", "11:30", "17:00", "18:00", "18:30")
    ]
    exact = agent("find_times", when="tomorrow at 10:35 am")
    assert starts(exact) == ["2026-06-11T10:35"]
    assert exact.say == ("I have tomorrow, Thursday the 11th at ten thirty five in the morning. Does that suit you?")
    assert exact.data["meant"] == {
        "first_date": "2026-06-11",
        "last_date": "2026-06-11",
        "time": "10:35",
        "part_of_day": None,
        "assumed": [],
    }


def test_the_first_time_of_today_is_a_round_one() -> None:
    agent, _ = agent_in_memory()
    agent.clock.set(NOW.replace(hour=11, minute=32, second=10))  # two minutes past five
    assert starts(agent("find_times", when="today"))[0] == "2026-06-10T17:05"


def without_times(**policy: object) -> tuple[Agent, BookingEngine]:
    """A clinic whose windows have no times, as those of the documents."""
    agent, engine = agent_in_memory(branches=0, policy=dict(policy))
    engine.add_branch(AddBranch(name="Main", branch_id="main"))
    for calendar_id, session in (("1", Session.MORNING), ("2", Session.EVENING)):  # in the order of preference
        engine.create_window(
            CreateWindow(branch_id="main", day=Weekday.THURSDAY, session=session, ai_slots=1, calendar_id=calendar_id)
        )
    return agent, engine


def test_nobody_is_asked_in_for_midnight() -> None:
    agent, _ = without_times()
    both = [f"2026-06-11T{time}" for time in ("09:00", "10:30", "11:30", "17:00", "18:30", "19:30")]
    found = agent("find_times", when="tomorrow")
    assert starts(found) == both
    assert starts(agent("find_times", when="tomorrow morning")) == both[:3]
    assert starts(agent("find_times", when="next week"))[0] == "2026-06-18T09:00"
    assert starts(agent("find_times", when="tomorrow", doctor="Dr. Rao"))[0] == "2026-06-11T09:00"
    assert starts(agent("find_times", when="tomorrow evening", doctor="Dr. Rao")) == ["2026-06-11T17:00"]
    for slot in [each["slot"] for each in found.data["choices"]]:
        booked = agent("book", slot=slot, patient_name=slot, parent_phone="98400")
        assert booked.ok
        assert agent("cancel", appointment=booked.data["appointment"]["appointment"]).ok
    assert starts(agent("find_times", when="tomorrow at 6 am")) == ["2026-06-11T06:00"]


def test_after_the_usual_hours_another_day_is_offered() -> None:
    agent, _ = without_times()
    agent.clock.set(NOW.replace(day=11, hour=13, minute=31))  # a minute past seven in the evening
    assert starts(agent("find_times", when="today")) == ["2026-06-11T19:05", "2026-06-11T19:35"]
    agent.clock.set(NOW.replace(day=11, hour=17, minute=1))  # half past ten at night
    assert starts(agent("find_times", part_of_day="Morning"))[0] == "2026-06-18T09:00"
    found = agent("find_times", when="today")
    assert (found.code, starts(found)[0]) == ("NO_TIMES", "2026-06-18T09:00")
    assert starts(agent("find_times", when="today at 11 pm")) == ["2026-06-11T23:00"]


def test_hours_of_sessions_are_kept_to() -> None:
    agent, _ = without_times(session_hours={"Morning": ("07:00", "08:00"), "Evening": ("20:30", "22:00")})
    assert starts(agent("find_times", when="tomorrow")) == [
        f"2026-06-11T{time}" for time in ("07:00", "07:30", "20:30", "21:00", "21:30")
    ]


def test_a_range_of_days_is_not_spread() -> None:
    agent, _ = agent_in_memory()
    found = agent("find_times", when="next week", part_of_day="Morning")
    assert starts(found) == [f"2026-06-{day}T09:00" for day in (15, 16, 17, 18, 19, 20)]


@pytest.mark.parametrize(
    "given", [{"when": "tomorrow"}, {"when": "tomorrow", "doctor": "Dr. Rao"}, {"when": "next week"}]
)
def test_every_choice_can_be_booked(given: dict[str, object]) -> None:
    agent, engine = agent_in_memory(places=1)
    for number, choice in enumerate(agent("find_times", given).data["choices"]):
        other, engine = agent_in_memory(places=1)
        booked = other("book", slot=choice["slot"], patient_name="A", parent_phone=str(9840000000 + number))
        assert (booked.ok, booked.data["appointment"]["starts_at"]) == (True, choice["starts_at"])
        assert engine.verify() == ()


@pytest.mark.parametrize(
    ("given", "reason", "say"),
    [
        ({"when": "next Friday"}, "WHICH_WEEK", "Do you mean Friday the 12th or Friday the 19th?"),
        ({"when": "tomorrow at 9"}, None, None),
        ({"when": "yesterday"}, "PAST", "That is over already. Which day would suit you?"),
        ({"date": "2026-06-09"}, "PAST", "That is over already. Would tomorrow, Thursday the 11th suit you?"),
        (
            {"date": "2026-06-10", "when": "at 9 am"},
            "PAST",
            "That is over already. Would tomorrow, Thursday the 11th suit you?",
        ),
        (
            {"date": "2026-06-12", "when": "tomorrow"},
            "CONTRADICTION",
            "That does not fit together. Do you mean tomorrow, Thursday the 11th or Friday the 12th?",
        ),
        (
            {"when": "tomorrow morning", "part_of_day": "Evening"},
            "PART_OF_DAY",
            "In the morning, in the afternoon or in the evening?",
        ),
        ({"when": "at 10 am"}, "WHICH_DAY", "Which day would suit you?"),
    ],
)
def test_what_is_not_clear_is_asked(given: dict[str, object], reason: str | None, say: str | None) -> None:
    agent, _ = agent_in_memory()
    asked = agent("find_times", given)
    if reason is None:
        assert (asked.code, asked.reason, asked.next_action) == ("QUESTION", "PART_OF_DAY", "ask_date")
    else:
        assert (asked.ok, asked.code, asked.reason, asked.next_action) == (False, "QUESTION", reason, "ask_date")
        assert asked.say == say


def test_a_time_that_the_clocks_skip_is_asked_about() -> None:
    agent, engine = agent_in_memory()
    engine.configure(ConfigureOrganisation(timezone="Europe/Berlin", max_advance_booking_days=365))
    asked = agent("find_times", date="2027-03-28", when="at 2:30 am")
    assert (asked.code, asked.reason) == ("QUESTION", "NO_SUCH_TIME")
    assert asked.say == "The clocks change then and leave that time out. Which other time would suit you?"


def test_what_is_not_understood_is_said_to_be() -> None:
    agent, _ = agent_in_memory()
    asked = agent("find_times", when="hmm, well")
    assert (asked.code, asked.next_action) == ("NOT_UNDERSTOOD", "ask_date")
    assert asked.say == "Sorry, I did not get that. Which day and time would suit you?"


def test_near_what_is_not_free_something_is_offered() -> None:
    agent, engine = agent_in_memory()
    engine.close_branch(CloseBranch(branch_id="b1", first_date=TOMORROW, last_date=TOMORROW))
    found = agent("find_times", when="tomorrow morning")
    assert (found.ok, found.code, found.next_action) == (False, "NO_TIMES", "offer_times")
    assert starts(found)[0] == "2026-06-12T09:00"
    assert found.say.startswith("I have nothing free then, but I have Friday the 12th at nine o'clock in the morning,")


def test_where_nothing_is_free_another_day_is_asked_for() -> None:
    agent, engine = agent_in_memory()
    engine.close_branch(CloseBranch(branch_id="b1", first_date=NOW.date(), last_date=NOW.date() + timedelta(days=60)))
    found = agent("find_times", when="tomorrow")
    assert (found.ok, found.code, found.next_action) == (False, "NO_TIMES", "ask_date")
    assert found.say == "I have nothing free then. Shall I look at another day?"
    assert "choices" not in found.data


def test_beyond_the_horizon_the_last_day_is_said() -> None:
    agent, _ = agent_in_memory(policy={"max_advance_booking_days": 5})
    found = agent("find_times", date="2026-07-01")
    assert (found.code, found.reason, found.next_action) == ("NO_TIMES", "BEYOND_HORIZON", "offer_times")
    assert found.say == "That is too far ahead. I can book up to Monday the 15th."
    assert starts(found)[0].startswith("2026-06-15T")


def test_which_service_and_which_branch_are_asked() -> None:
    agent, _ = agent_in_memory(services=("Checkup", "Vaccination"), branches=2)
    asked = agent("find_times", when="tomorrow")
    assert (asked.code, asked.next_action) == ("INVALID_APPOINTMENT_TYPE", "ask_service")
    assert asked.say == "We offer Checkup or Vaccination. What is the visit for?"
    assert [each["name"] for each in asked.data["services"]] == ["Checkup", "Vaccination"]
    asked = agent("find_times", when="tomorrow", service="haircut")
    assert asked.next_action == "ask_service"
    asked = agent("find_times", when="tomorrow", service="vaccination")
    assert (asked.code, asked.next_action) == ("VALIDATION_ERROR", "ask_branch")
    assert asked.say == "You can come to Branch 1 or Branch 2. Which would suit you?"
    assert [each["branch"] for each in asked.data["branches"]] == ["b1", "b2"]
    found = agent("find_times", when="tomorrow", service="vaccination", branch="B2")
    assert {each["branch"] for each in found.data["choices"]} == {"Branch 2"}


def test_another_branch_is_offered_by_name_and_only_where_the_own_one_has_nothing() -> None:
    agent, engine = agent_in_memory(branches=2)
    engine.close_branch(CloseBranch(branch_id="b1", first_date=TOMORROW, last_date=TOMORROW))
    found = agent("find_times", when="tomorrow", branch="b1")
    assert (found.next_action, {each["branch"] for each in found.data["choices"]}) == ("offer_times", {"Branch 1"})
    engine.close_branch(CloseBranch(branch_id="b1", first_date=NOW.date(), last_date=NOW.date() + timedelta(days=60)))
    found = agent("find_times", when="tomorrow", branch="b1")
    assert (found.ok, found.code, found.next_action) == (False, "NO_TIMES", "ask_branch")
    assert found.say == "You can come to Branch 2. Which would suit you?"
    assert {each["branch"] for each in found.data["choices"]} == {"Branch 2"}


def test_without_services_or_branches_the_staff_are_asked() -> None:
    agent, engine = agent_in_memory(branches=0)
    asked = agent("find_times", when="tomorrow")
    assert (asked.code, asked.next_action) == ("VALIDATION_ERROR", "hand_over")
    engine.update_service(UpdateService(service_id="checkup", retired=True))
    asked = agent("find_times", when="tomorrow")
    assert (asked.code, asked.next_action) == ("INVALID_APPOINTMENT_TYPE", "hand_over")
    listed = agent("list_services")
    assert (listed.ok, listed.next_action) == (True, "hand_over")


def test_while_nothing_is_booked_the_staff_are_asked() -> None:
    agent, _ = agent_in_memory(policy={"enabled": False})
    refused = agent("find_times", when="tomorrow")
    assert (refused.code, refused.next_action) == ("BOOKING_DISABLED", "hand_over")
    assert refused.say == "We are taking no bookings at the moment. Please try again later."


def test_a_doctor_who_is_busy_is_passed_over() -> None:
    agent, engine = agent_in_memory(places=5, policy={"buffer_time_minutes": 10})
    found = agent("find_times", when="tomorrow at 10 am", doctor="Dr. Rao")
    assert found.ok
    engine.book(
        BookAppointment(
            appointment_type="checkup",
            appointment_date=NOW.replace(day=11, hour=4, minute=30),
            patient_name="Other",
            parent_phone=OTHER_PHONE,
            assigned_doctor="dr. rao",
        )
    )
    found = agent("find_times", when="tomorrow at 10 am", doctor="Dr. Rao")
    assert (found.ok, starts(found)[0]) == (False, "2026-06-11T09:20")
    found = agent("find_times", when="tomorrow at 10 am", doctor="Dr. Bose")
    assert (found.ok, starts(found)) == (True, ["2026-06-11T10:00"])


def test_what_was_set_up_since_is_found(second: BookingEngine, agent: Agent) -> None:
    assert agent("find_times", when="tomorrow").ok  # its engine has seen the setup
    second.add_service(AddService(name="Vaccination", service_id="vaccination"))
    assert agent("find_times", when="tomorrow", service="vaccination").ok
    second.configure(ConfigureOrganisation(timezone="UTC"))
    found = agent("find_times", when="tomorrow at 9 am", service="vaccination")
    assert found.data["choices"][0]["starts_at"] == "2026-06-11T09:00:00+00:00"


@pytest.fixture(name="pair")
def _pair() -> tuple[Agent, BookingEngine]:
    agent, engine = agent_in_memory()
    return agent, BookingEngine(engine._store, clock=agent.clock)


@pytest.fixture
def agent(pair: tuple[Agent, BookingEngine]) -> Agent:
    return pair[0]


@pytest.fixture
def second(pair: tuple[Agent, BookingEngine]) -> BookingEngine:
    return pair[1]


def test_a_setup_that_changed_is_seen_by_who_books(second: BookingEngine, agent: Agent) -> None:
    slot = agent.slot()
    window = "1-thursday-Morning"
    second.disable_window(window)
    refused = agent("hold_time", slot=slot)
    assert (refused.code, refused.next_action) == ("SLOT_INACTIVE", "offer_times")
    second.create_window(
        CreateWindow(branch_id="b1", day=Weekday.THURSDAY, session=Session.AFTERNOON, ai_slots=1, calendar_id="new")
    )
    found = agent("find_times", when="tomorrow", part_of_day="Afternoon")
    assert (found.ok, found.next_action) == (True, NextAction.OFFER_TIMES)
    assert agent("book", slot=found.data["choices"][0]["slot"], **PERSON).ok
    assert PHONE not in repr(agent("look_up", parent_phone=PHONE))
