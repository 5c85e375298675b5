"""A tool call that is sent several times at once is carried out by one of them, and answers them all."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from storage.broken import Meeting

from agent.clinic import NOW, PERSON, setup
from booking_engine import AsyncBookingEngine, BookingEngine
from booking_engine.adapters.agent import AsyncToolset, ToolResult, Toolset
from booking_engine.adapters.agent.awaiting import at_once
from booking_engine.adapters.agent.turns import ThreadTurn, Turns
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore, MemoryAnswers, MemoryStore
from booking_engine.domain.toolcall import ToolCall
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.racing import race
from booking_engine.testing.simulation import Hesitation

AT_ONCE = 8
TOMORROW = {"when": "tomorrow morning"}


class Counting:
    """An engine that counts how often it is asked to book. Threads who come there at once meet."""

    def __init__(self, engine: BookingEngine | AsyncBookingEngine) -> None:
        self.engine, self.asked = engine, 0
        self._meeting = Meeting(2)

    def __getattr__(self, name: str) -> Any:
        if name == "book":
            self.asked += 1
            self._meeting.attend()
        return getattr(self.engine, name)


def test_in_threads_one_books_and_all_are_answered_by_it() -> None:
    engine = BookingEngine(MemoryStore(), clock=FixedClock(NOW))
    for command in setup():
        engine.execute(command)
    counting = Counting(engine)
    toolset = Toolset(cast(BookingEngine, counting), MemoryAnswers())
    slot = _slot(toolset.call("find_times", TOMORROW, call_id="c", tool_call_id="t1"))

    def booked() -> str:
        return toolset.call("book", {"slot": slot, **PERSON}, call_id="c", tool_call_id="t2").text

    assert len(set(race([booked] * AT_ONCE))) == 1
    assert counting.asked == 1


def test_in_tasks_one_books_and_all_are_answered_by_it() -> None:
    async def texts() -> tuple[set[str], int]:
        store, hesitation = AsyncMemoryStore(), Hesitation()
        for command in setup():
            await AsyncBookingEngine(store, clock=FixedClock(NOW)).execute(command)
        counting = Counting(AsyncBookingEngine(hesitation.over(store), clock=FixedClock(NOW)))
        toolset = AsyncToolset(cast(AsyncBookingEngine, counting), hesitation.over(AsyncMemoryAnswers()))
        slot = _slot(await toolset.call("find_times", TOMORROW, call_id="c", tool_call_id="t1"))
        arguments = {"slot": slot, **PERSON}
        asked = [toolset.call("book", arguments, call_id="c", tool_call_id="t2") for _ in range(AT_ONCE)]
        return {each.text for each in await asyncio.gather(*asked)}, counting.asked

    answers, times_asked = asyncio.run(texts())
    assert len(answers) == 1
    assert times_asked == 1


def test_a_turn_is_one_tool_calls_and_is_had_by_one_at_a_time() -> None:
    turns = Turns(ThreadTurn)
    one, again, other = (turns.of(ToolCall("c", each)) for each in ("t1", "t1", "t2"))
    assert one is again is not other
    inside, meeting = [], Meeting(2)

    async def taken() -> int:
        async with one:
            inside.append(1)
            meeting.attend()
            number = len(inside)
            inside.clear()
        return number

    assert race([lambda: at_once(taken())] * 3) == [1, 1, 1]


def test_turns_are_forgotten() -> None:
    turns = Turns()
    kept = turns.of(ToolCall("c", "t1"))
    turns.of(ToolCall("c", "t2"))
    assert turns.of(ToolCall("c", "t1")) is kept
    assert len(turns) == 1


def _slot(found: ToolResult) -> str:
    slot: str = found.data["choices"][0]["slot"]
    return slot
