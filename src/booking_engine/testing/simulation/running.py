"""Running is having many callers talk at once: in tasks over awaited tools, or in threads over blocking ones."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias

from booking_engine.domain.toolcall import ToolCall
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.simulation.caller import Caller, Manner, Talked, Texts, ToolAsk, Turn
from booking_engine.testing.simulation.crashing import Crashes, WorkerCrashed
from booking_engine.testing.simulation.script import Call, Meet, Wait

PATIENCE_SECONDS = 60
"""So long threads wait for each other."""
_CUT_OFF_DOUBLINGS = 10
"""A tool call is cut off after up to two to the power of so many turns of the event loop: few in memory, where a
booking takes about forty, and many while a database is waited for."""
_Meets: TypeAlias = Callable[[Meet], Awaitable[None]]


class Answered(Protocol):
    """The answer to a tool call; ``text`` is the whole of it as JSON, as the model is given it."""

    @property
    def text(self) -> str:
        """The JSON."""
        ...


class AsyncTools(Protocol):
    """What simulated callers ask: an ``AsyncToolset``, or what hands tool calls on to one."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> Answered:
        """Carry out a tool call."""
        ...


class Tools(Protocol):
    """``AsyncTools`` that block: a ``Toolset``."""

    def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> Answered:
        """See ``AsyncTools.call``."""
        ...


async def simulate(
    calls: Iterable[Call], tools: AsyncTools, clock: FixedClock, *, crashes: Crashes | None = None, seed: int = 0
) -> tuple[Talked, ...]:
    """Have all callers talk at once, each in a task.

    ``clock`` is the engine's. Without ``crashes`` the answer of a call that was to crash is lost instead. What a tool
    raises ends the run and is raised, in a group.
    """
    barriers: dict[str, asyncio.Barrier] = {}

    async def meet(meeting: Meet) -> None:
        await barriers.setdefault(meeting.place, asyncio.Barrier(meeting.parties)).wait()

    line = _Line(tools, clock, crashes or Crashes(), meet, random.Random(seed))  # noqa: S311 (the run follows from it)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(line.talk(call)) for call in calls]
    return tuple([task.result() for task in tasks])


def simulate_in_threads(
    calls: Iterable[Call], tools: Tools, clock: FixedClock, *, crashes: Crashes | None = None, seed: int = 0
) -> tuple[Talked, ...]:
    """Have all callers talk at once, each in a thread; what is to be cut off runs to its end and is not heard."""
    calls = tuple(calls)
    barriers: dict[str, threading.Barrier] = {}
    one_at_a_time = threading.Lock()

    async def meet(meeting: Meet) -> None:
        with one_at_a_time:
            barrier = barriers.setdefault(meeting.place, threading.Barrier(meeting.parties))
        barrier.wait(PATIENCE_SECONDS)  # The loop that this blocks is the thread's own.

    line = _Line(_AtOnce(tools), clock, crashes or Crashes(), meet, random.Random(seed))  # noqa: S311 (as above)
    with ThreadPoolExecutor(max(len(calls), 1)) as threads:
        return tuple(threads.map(lambda call: asyncio.run(line.talk(call)), calls))


class _AtOnce:
    """Blocking tools, awaited."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> Answered:
        return self._tools.call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)


class _Line:
    """What carries out the turns of callers."""

    def __init__(
        self, tools: AsyncTools, clock: FixedClock, crashes: Crashes, meet: _Meets, chances: random.Random
    ) -> None:
        self._tools, self._clock, self._crashes, self._meet, self._chances = tools, clock, crashes, meet, chances

    async def talk(self, call: Call) -> Talked:
        """A whole call."""
        caller = Caller(call)
        turns = caller.turns()
        texts: Texts | None = None
        while True:
            try:
                turn = turns.send(texts) if texts is not None else next(turns)
            except StopIteration:
                return caller.talked
            texts = await self._taken(turn)

    async def _taken(self, turn: Turn) -> Texts:
        await asyncio.sleep(0)
        match turn:
            case Wait():
                self._clock.advance(turn.by)
                return ()
            case Meet():
                await self._meet(turn)
                return ()
            case ToolAsk(manner=Manner.TWICE):
                return tuple(await asyncio.gather(self._sent(turn), self._sent(turn)))
            case ToolAsk(manner=Manner.CUT_OFF):
                return (await self._cut_off(turn),)
            case ToolAsk(manner=Manner.CRASHED):
                return (await self._crashed(turn),)
        return (await self._sent(turn),)

    async def _sent(self, ask: ToolAsk) -> str:
        answered = await self._tools.call(ask.tool, ask.arguments, call_id=ask.call_id, tool_call_id=ask.tool_call_id)
        return answered.text

    async def _cut_off(self, ask: ToolAsk) -> str | None:
        """What was answered before it was cut off."""
        task = asyncio.ensure_future(self._sent(ask))
        for _ in range(int(2 ** self._chances.uniform(0, _CUT_OFF_DOUBLINGS))):
            if not task.done():
                await asyncio.sleep(0)
        task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            return None

    async def _crashed(self, ask: ToolAsk) -> str | None:
        """What was answered, where nothing was to be written down that the worker could have died before."""
        call = ToolCall(ask.call_id, ask.tool_call_id)
        self._crashes.arm(call)
        try:
            return await self._sent(ask)
        except WorkerCrashed:
            return None
        finally:
            self._crashes.disarm(call)
