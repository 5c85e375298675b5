"""Bugs that other voice agents had, by the ids of the collection in tests/known_bugs."""

from __future__ import annotations

import asyncio

import pytest

from agent.clinic import NOW, PERSON, Agent, agent_in_memory, setup, standing
from booking_engine import AsyncBookingEngine, BookingEngine, Event
from booking_engine.adapters.agent import AsyncToolset, ToolResult
from booking_engine.adapters.agent.awaiting import AtOnce
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore, MemoryAnswers
from booking_engine.domain.toolcall import ToolCall
from booking_engine.testing.clock import FixedClock

WITHOUT_PREVENTION = {"duplicate_prevention": False}
"""So that nothing but the identity of the tool call keeps a second booking away."""


class NeverWritten(MemoryAnswers):
    """The answers get lost before they are written down, with the process that was to write them."""

    def answer(self, call: ToolCall, text: str) -> str:
        return text


def reference_of_one(engine: BookingEngine) -> str | None:
    """The reference of the one appointment there is."""
    [appointment] = engine.appointments().items
    return appointment.external_reference_id


def test_bug_023() -> None:
    def retried(agent: Agent, engine: BookingEngine) -> tuple[str, str | None]:
        slot = agent.slot()
        booked = [agent("book", slot=slot, **PERSON, tool_call_id="retried") for _ in range(3)]
        assert {each.text for each in booked} == {booked[0].text}
        assert booked[0].ok
        return booked[0].code, reference_of_one(engine)

    agent, engine = agent_in_memory(policy=WITHOUT_PREVENTION)
    written = retried(agent, engine)
    agent, engine = agent_in_memory(policy=WITHOUT_PREVENTION)
    agent.toolset._counter._answers = AtOnce(NeverWritten())  # type: ignore[assignment]
    # Another process, which knows nothing of the first, gives the same tool call the same reference.
    assert retried(agent, engine) == written
    assert written[1] is not None


@pytest.mark.parametrize("prevention", [True, False])
def test_bug_024(prevention: bool) -> None:
    agent, engine = agent_in_memory(places=5, policy={"duplicate_prevention": prevention})
    slot = agent.slot()
    first, second = (agent("book", slot=slot, **PERSON, tool_call_id=each) for each in ("one", "two"))
    assert first.ok
    assert (second.code, second.say) == (first.code, first.say)
    assert second.data["appointment"] == first.data["appointment"]
    assert len(standing(engine)) == 1
    other = agent("book", slot=agent.slot(1), **PERSON)
    assert (other.ok, other.code) == (False, "ALREADY_BOOKED")
    assert "already" in other.say
    assert len(standing(engine)) == 1


class CutOff(AsyncMemoryAnswers):
    """Answers that are never written down for who is interrupted then, right after the booking stands."""

    def __init__(self) -> None:
        super().__init__()
        self.standing, self.interrupted = asyncio.Event(), True

    async def answer(self, call: ToolCall, text: str) -> str:
        if self.interrupted and call.tool_call_id == "booking":
            self.standing.set()
            await asyncio.Event().wait()
        return await super().answer(call, text)


@pytest.mark.parametrize("reissued", ["booking", "booking again"])
def test_bug_025(reissued: str) -> None:
    told: list[Event] = []

    async def call() -> tuple[ToolResult, tuple[str, ...]]:
        engine = AsyncBookingEngine(AsyncMemoryStore(), clock=FixedClock(NOW), observers=[told.append])
        for command in setup(policy=WITHOUT_PREVENTION):
            await engine.execute(command)
        answers = CutOff()
        tools = AsyncToolset(engine, answers)
        found = await tools.call("find_times", {"when": "tomorrow morning"}, call_id="call", tool_call_id="finding")
        asked = {"slot": found.data["choices"][0]["slot"], **PERSON}
        speaking = asyncio.create_task(tools.call("book", asked, call_id="call", tool_call_id="booking"))
        await answers.standing.wait()
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking
        answers.interrupted = False
        again = await tools.call("book", asked, call_id="call", tool_call_id=reissued)
        return again, tuple([each.appointment_id for each in (await engine.appointments()).items])

    again, appointments = asyncio.run(call())
    [created] = [event for event in told if event.name == "appointment.created"]
    assert (again.ok, again.code) == (True, "BOOKED")
    assert appointments == (created.subject_id,)
    assert again.data["appointment"]["when"] == "tomorrow, Thursday the 11th at nine o'clock in the morning"
