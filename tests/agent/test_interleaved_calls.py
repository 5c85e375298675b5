"""Calls that interleave, break off and repeat themselves: no second booking, no place leaked, every answer kept.

The toolset's coroutines are stepped by hand: before each thing that the engine or the answer book is asked, any other
coroutine may go on, or the process may die and the tool call be made again.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Coroutine, Generator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clinic import NOW, setup
from booking_engine import AsyncBookingEngine, BookingEngine
from booking_engine.adapters.agent import AsyncToolset, ToolResult
from booking_engine.adapters.agent.references import reference_prefix
from booking_engine.adapters.agent.turns import Turns
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore
from booking_engine.testing.clock import FixedClock

PHONES = ["9840000001", "98400 00001", "9840000002"]
WHEN = ["tomorrow morning", "tomorrow evening", "this Friday morning", "tomorrow at 10 am"]
PLACES = 2


class Pause:
    """Lets others go on."""

    def __await__(self) -> Generator[None]:
        yield


class Stepped:
    """An object each of whose methods lets others go on before it is carried out."""

    def __init__(self, of: object) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._of, name)

        async def stepped(*arguments: Any, **options: Any) -> Any:
            await Pause()
            return await real(*arguments, **options)

        return stepped


class Turn:
    """A turn that is waited for step by step: no event loop is here."""

    def __init__(self) -> None:
        self.taken = False

    async def __aenter__(self) -> None:
        while self.taken:
            await Pause()
        self.taken = True

    async def __aexit__(self, *_: object) -> None:
        self.taken = False


class World:
    """A clinic with several calls at once, and what every tool call was answered."""

    def __init__(self, rng: random.Random, *, prevention: bool) -> None:
        self.rng, self.clock = rng, FixedClock(NOW)
        self.store, self.answers = AsyncMemoryStore(), AsyncMemoryAnswers()
        self.engine = BookingEngine(self.store._store, clock=self.clock)
        policy = {"duplicate_prevention": prevention, "hold_seconds": 60, "hold_max_seconds": 60}
        for command in setup(places=PLACES, policy=policy):
            self.engine.execute(command)
        engine = AsyncBookingEngine(Stepped(self.store), clock=self.clock)
        self.toolset = AsyncToolset(engine, Stepped(self.answers))
        self.toolset._counter._turns = Turns(Turn)
        self.said: dict[tuple[str, str], str] = {}
        self.booked: list[ToolResult] = []
        self.ids = itertools.count()

    def tool_call(self, call_id: str, slots: list[str], appointments: list[str]) -> tuple[str, str, dict[str, Any]]:
        """Something that an agent might ask next."""
        rng = self.rng
        person = {"patient_name": "Aadhi", "parent_phone": rng.choice(PHONES)}
        choices: list[tuple[str, dict[str, Any]]] = [
            ("find_times", {"when": rng.choice(WHEN)}),
            ("look_up", {"parent_phone": rng.choice(PHONES)}),
            ("look_up", {}),
            ("book", person),
            ("hold_time", {"slot": "a" * 13}),
        ]
        if slots:
            slot = rng.choice(slots)
            choices += [("hold_time", {"slot": slot}), ("book", {"slot": slot, **person})] * 4
        if slots and appointments:
            appointment = rng.choice(appointments)
            choices += [("reschedule", {"appointment": appointment, "slot": rng.choice(slots)})] * 4
            choices += [("cancel", {"appointment": appointment})]
        tool, given = rng.choice(choices)
        return tool, f"{call_id}-{next(self.ids)}", given

    async def caller(self, call_id: str, length: int) -> None:
        """One call: some tool calls one after the other, some made twice at once, some broken off and made again."""
        slots: list[str] = []
        appointments: list[str] = []
        for _ in range(length):
            tool, tool_call_id, given = self.tool_call(call_id, slots, appointments)
            result = await self.made(tool, tool_call_id, given, call_id)
            slots += [each["slot"] for each in result.data.get("choices", ())]
            if "appointment" in result.data:
                appointments.append(result.data["appointment"]["appointment"])
            if self.rng.random() < 0.2:
                self.clock.advance(timedelta(seconds=self.rng.choice([1, 30, 61])))

    async def made(self, tool: str, tool_call_id: str, given: dict[str, Any], call_id: str) -> ToolResult:
        """The answer to a tool call that is made until it is answered, and perhaps once more."""
        asks = [self.toolset.call(tool, given, call_id=call_id, tool_call_id=tool_call_id) for _ in range(2)]
        way = self.rng.choice(["once", "once", "twice at once", "under two ids", "broken off"])
        if way == "under two ids" and tool != "reschedule":
            asks[1].close()
            asks[1] = self.toolset.call(tool, given, call_id=call_id, tool_call_id=f"{tool_call_id}-again")
            first, second = await both(self.rng, *asks)
            return first if first.ok else second
        if way == "twice at once":
            first, second = await both(self.rng, *asks)
        elif way == "broken off":
            await some_steps(asks[0], self.rng.randrange(8))
            first = second = await asks[1]
        else:
            first = second = await asks[0]
            asks[1].close()
        if (call_id, tool_call_id) in self.kept():
            assert first.text == second.text == self.kept()[call_id, tool_call_id]
        return first

    def kept(self) -> dict[tuple[str, str], str]:
        """Every answer that was written down."""
        records = self.answers._answers._records.values()
        return {tuple(each.call): each.answer for each in records if each.answer is not None}  # type: ignore[misc]

    def check(self, calls: list[str], *, prevention: bool) -> None:
        """What must hold at the end."""
        assert self.engine.verify() == ()
        appointments = [each for each in self.engine.appointments().items if each.is_expected]
        for call_id in calls:
            prefix = reference_prefix(call_id)
            own = [each for each in appointments if (each.external_reference_id or "").startswith(prefix)]
            made = Counter((each.phone_key, each.service_id, each.date) for each in own)
            assert not made or max(made.values()) == 1
        if prevention:
            made = Counter((each.phone_key, each.service_id, each.date) for each in appointments)
            assert not made or max(made.values()) == 1
        self.clock.advance(timedelta(seconds=61))  # every hold has ended
        filled = Counter((each.calendar_id, each.date) for each in appointments)
        for day in (NOW.date() + timedelta(days=ahead) for ahead in range(1, 4)):
            for row in self.engine.availability(day):
                assert row.available_slots == PLACES - filled[row.window.calendar_id, day]


async def some_steps(coroutine: Coroutine[Any, Any, Any], steps: int) -> None:
    """Carry a coroutine out for some steps, then let it die."""
    try:
        for _ in range(steps):
            coroutine.send(None)
            await Pause()
    except StopIteration:
        return
    coroutine.close()


async def both(rng: random.Random, *coroutines: Coroutine[Any, Any, ToolResult]) -> list[ToolResult]:
    """Step several coroutines, in any order."""
    found: dict[int, ToolResult] = {}
    while len(found) < len(coroutines):
        number = rng.choice([each for each in range(len(coroutines)) if each not in found])
        try:
            coroutines[number].send(None)
        except StopIteration as done:
            found[number] = done.value
        await Pause()
    return [found[number] for number in range(len(coroutines))]


def run(rng: random.Random, coroutines: list[Coroutine[Any, Any, None]]) -> None:
    """Step all of them to their ends, in any order."""
    running = list(coroutines)
    while running:
        coroutine = rng.choice(running)
        try:
            coroutine.send(None)
        except StopIteration:
            running.remove(coroutine)


@pytest.mark.parametrize("prevention", [True, False])
@settings(deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_second_booking_and_no_place_leaked(prevention: bool, seed: int) -> None:
    rng = random.Random(seed)
    world = World(rng, prevention=prevention)
    calls = [f"call-{number}" for number in range(2)]
    run(rng, [world.caller(call_id, 12) for call_id in calls])
    world.check(calls, prevention=prevention)


def test_calls_do_end_in_bookings() -> None:
    codes = Counter[str]()
    for seed in range(40):
        rng = random.Random(seed)
        world = World(rng, prevention=seed % 2 == 0)
        run(rng, [world.caller(f"call-{number}", 10) for number in range(3)])
        codes.update(ToolResult.read(text).code for text in world.kept().values())
    seen = {"TIMES_FOUND", "HELD", "BOOKED", "RESCHEDULED", "CANCELLED", "LOOKED_UP", "ALREADY_BOOKED", "SLOT_FULL"}
    assert seen <= codes.keys()
    assert codes["BOOKED"] > 40
