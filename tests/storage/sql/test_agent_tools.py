"""The tools over databases: the same call, kept answers that outlive a process, and workers at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from agent.clinic import NOW, OTHER_PHONE, PERSON, PHONE, Agent, setup, standing

from booking_engine import AsyncBookingEngine, BookingEngine
from booking_engine.adapters.agent import AsyncToolset, ToolResult, Toolset
from booking_engine.adapters.sql import (
    AsyncSqlAnswers,
    AsyncSqlStore,
    SqlAnswers,
    SqlStore,
    dispose,
    open_engine,
    open_engine_for_loop,
)
from booking_engine.testing.clock import FixedClock


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    found: str = request.getfixturevalue(fixture)
    return found


@pytest.fixture
def database(url: str) -> Iterator[sa.Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


def engine_over(database: sa.Engine) -> BookingEngine:
    """An engine of this process."""
    return BookingEngine(SqlStore(database), clock=FixedClock(NOW))


def set_up(engine: BookingEngine, **clinic: Any) -> None:
    """The small clinic."""
    for command in setup(**clinic):
        engine.execute(command)


def a_call_to_the_end(agent: Agent) -> list[ToolResult]:
    """A call that holds, books, moves, looks up and cancels; every answer in order."""
    slot = agent.slot()
    answers = [agent("hold_time", slot=slot, tool_call_id="hold"), agent("book", tool_call_id="book", **PERSON)]
    appointment = answers[-1].data["appointment"]["appointment"]
    moved = {"appointment": appointment, "slot": agent.slot(when="tomorrow evening")}
    answers.append(agent("reschedule", moved, tool_call_id="move"))
    answers.append(agent("look_up", parent_phone=PHONE, tool_call_id="look"))
    answers.append(agent("cancel", appointment=appointment, tool_call_id="cancel"))
    answers.append(agent("hold_time", slot="a" * 13, tool_call_id="invented"))
    return answers


CODES = ["HELD", "BOOKED", "RESCHEDULED", "LOOKED_UP", "CANCELLED", "UNKNOWN_SLOT"]


def test_a_call_to_the_end_and_again_in_another_process(database: sa.Engine) -> None:
    engine = engine_over(database)
    set_up(engine)
    agent = Agent(Toolset(engine, SqlAnswers(database)), FixedClock(NOW))
    answers = a_call_to_the_end(agent)
    assert [each.code for each in answers] == CODES
    assert engine.verify() == ()
    again = Agent(Toolset(engine_over(database), SqlAnswers(database)), FixedClock(NOW))
    appointment = answers[1].data["appointment"]["appointment"]
    assert again("book", tool_call_id="book", **PERSON).text == answers[1].text
    assert again("cancel", appointment=appointment, tool_call_id="cancel").text == answers[4].text
    assert again("hold_time", slot="a" * 13, tool_call_id="invented").text == answers[5].text
    assert again("hold_time", slot="b" * 13, tool_call_id="invented").code == "OTHER_ARGUMENTS"
    assert standing(engine) == []


@contextlib.asynccontextmanager
async def toolsets(url: str, many: int) -> AsyncIterator[list[AsyncToolset]]:
    """Toolsets of as many workers, in one event loop."""
    database = open_engine_for_loop(url)
    engines = [AsyncBookingEngine(AsyncSqlStore(database), clock=FixedClock(NOW)) for _ in range(many)]
    try:
        yield [AsyncToolset(engine, AsyncSqlAnswers(database)) for engine in engines]
    finally:
        await dispose(database)


def test_a_call_to_the_end_in_an_event_loop(url: str, database: sa.Engine) -> None:
    set_up(engine_over(database))
    with asyncio.Runner() as runner:
        opened = toolsets(url, 1)
        (toolset,) = runner.run(opened.__aenter__())
        agent = Agent(toolset, FixedClock(NOW), runner.run)  # type: ignore[arg-type]
        assert [each.code for each in a_call_to_the_end(agent)] == CODES
        runner.run(opened.__aexit__(None, None, None))
    assert engine_over(database).verify() == ()


def test_many_workers_in_an_event_loop_give_one_answer_and_one_booking(url: str, database: sa.Engine) -> None:
    set_up(engine_over(database), places=3, policy={"duplicate_prevention": False})
    slot = Agent(Toolset(engine_over(database), SqlAnswers(database)), FixedClock(NOW)).slot()

    async def booked() -> list[ToolResult]:
        async with toolsets(url, 4) as workers:
            asks = [
                each.call("book", {"slot": slot, **PERSON}, call_id="call-1", tool_call_id=f"book-{number % 2}")
                for number, each in enumerate(workers)
            ]
            return list(await asyncio.gather(*asks))

    answers = asyncio.run(booked())
    assert answers[0].text == answers[2].text
    assert answers[1].text == answers[3].text
    assert {each.code for each in answers} == {"BOOKED"}
    assert len(standing(engine_over(database))) == 1


def at_the_same_time(*asks: Callable[[], ToolResult]) -> list[ToolResult]:
    """The answers of asks that are begun together, each in a thread of its own."""
    barrier, found = threading.Barrier(len(asks)), dict[int, ToolResult]()

    def run(number: int, ask: Callable[[], ToolResult]) -> None:
        barrier.wait()
        found[number] = ask()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[number] for number in range(len(asks))]


def test_workers_at_the_same_time_give_one_answer_and_one_booking(database: sa.Engine) -> None:
    set_up(engine_over(database), places=1)
    workers = [Toolset(engine_over(database), SqlAnswers(database)) for _ in range(4)]
    slot = Agent(workers[0], FixedClock(NOW)).slot()
    given = {"slot": slot, **PERSON}
    answers = at_the_same_time(
        *[partial(each.call, "book", given, call_id="call-1", tool_call_id="book") for each in workers]
    )
    assert len({each.text for each in answers}) == 1
    assert answers[0].ok
    assert len(standing(engine_over(database))) == 1


def test_of_two_callers_for_the_last_place_one_is_offered_others(database: sa.Engine) -> None:
    engine = engine_over(database)
    set_up(engine, places=1)
    workers = [Toolset(engine_over(database), SqlAnswers(database)) for _ in range(2)]
    slot = Agent(workers[0], FixedClock(NOW)).slot()
    answers = at_the_same_time(
        *[
            partial(each.call, "hold_time", {"slot": slot}, call_id=f"caller-{number}", tool_call_id="hold")
            for number, each in enumerate(workers)
        ]
    )
    assert sorted(each.code for each in answers) == ["HELD", "SLOT_FULL"]
    (refused,) = [each for each in answers if not each.ok]
    loser = Agent(workers[0], FixedClock(NOW))
    loser.call_id = f"caller-{answers.index(refused)}"
    booked = loser("book", slot=refused.data["choices"][0]["slot"], patient_name="Meera", parent_phone=OTHER_PHONE)
    assert booked.ok
    assert engine.verify() == ()
