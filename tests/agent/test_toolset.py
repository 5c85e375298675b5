"""A call from the first question to the booking, on either kind of engine; and what every tool call keeps to."""

from __future__ import annotations

import asyncio

from agent.clinic import NOW, PERSON, Agent, agent_in_memory, places_left, setup, standing
from booking_engine import AsyncBookingEngine, Channel
from booking_engine.adapters.agent import AnswerCode, AsyncToolset, NextAction
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore
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
