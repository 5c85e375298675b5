"""A call from the first question to the booking, on either kind of engine; and what every tool call keeps to."""

from __future__ import annotations

import asyncio
from typing import Any

from agent.clinic import NOW, PERSON, Agent, agent_in_memory, places_left, setup, standing
from booking_engine import AsyncBookingEngine, BookingEngine, Channel
from booking_engine.adapters.agent import AnswerCode, AsyncToolset, NextAction, Toolset
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore, MemoryAnswers, MemoryStore
from booking_engine.testing.clock import FixedClock


def test_a_call_ends_in_a_booking() -> None:
    agent, engine = agent_in_memory()
    _ends_in_a_booking(agent)
    (appointment,) = standing(engine)
    assert (appointment.patient_name, appointment.booked_via) == ("Aadhi", Channel.AI_AGENT)
    assert places_left(engine) == 1
    assert engine.verify() == ()


def test_a_call_ends_in_a_booking_on_an_event_loop() -> None:
    async def set_up(engine: AsyncBookingEngine) -> None:
        for command in setup():
            await engine.execute(command)

    clock = FixedClock(NOW)
    with asyncio.Runner() as runner:
        engine = AsyncBookingEngine(AsyncMemoryStore(), clock=clock)
        runner.run(set_up(engine))
        agent = Agent(AsyncToolset(engine, AsyncMemoryAnswers()), clock, runner.run)  # type: ignore[arg-type]
        _ends_in_a_booking(agent)
        assert runner.run(engine.verify()) == ()


class Counted:
    """A store that writes down what it is asked."""

    def __init__(self, store: MemoryStore) -> None:
        self._store, self.asked = store, list[str]()

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._store, name)


def test_a_caller_waits_for_as_few_trips_to_the_store_as_may_be() -> None:
    agent, sound = agent_in_memory()
    store = Counted(sound._store)  # type: ignore[arg-type]
    engine = BookingEngine(store, clock=agent.clock)
    agent.toolset = Toolset(engine, MemoryAnswers())

    def asked(tool: str, **given: Any) -> list[str]:
        store.asked.clear()
        assert agent(tool, **given).ok
        return store.asked

    slot = agent.slot()
    assert asked("find_times", when="tomorrow") == ["view"]
    assert asked("hold_time", slot=slot) == ["view", "commit"]
    assert asked("book", **PERSON) == ["view", "view", "view", "commit"]  # which hold, what it is, what stands
    assert asked("book", slot=slot, call_id="call-2", patient_name="Meera", parent_phone="98400") == ["view", "commit"]
    assert asked("list_services") == ["catalog"]


def _ends_in_a_booking(agent: Agent) -> None:
    found = agent("find_times", when="tomorrow morning")
    assert (found.ok, found.code, found.next_action) == (True, AnswerCode.TIMES_FOUND, NextAction.OFFER_TIMES)
    assert found.say == (
        "I have tomorrow, Thursday the 11th at nine o'clock in the morning, half past ten in the morning or half past "
        "eleven in the morning. Which would suit you?"
    )
    held = agent("hold_time", slot=found.data["choices"][1]["slot"])
    assert (held.ok, held.code, held.next_action) == (True, AnswerCode.HELD, NextAction.ASK_NAME)
    assert held.say == (
        "I'm holding tomorrow, Thursday the 11th at half past ten in the morning for you for five minutes."
    )
    booked = agent("book", **PERSON)
    assert (booked.ok, booked.code, booked.next_action) == (True, AnswerCode.BOOKED, NextAction.DONE)
    assert booked.say == "Aadhi is booked for Thursday the 11th of June at half past ten in the morning."
    assert booked.data["read_back"] == "Your number is plus 91 98 400 12 345. Is that right?"
