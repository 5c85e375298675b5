"""Group commit: who goes at once, who goes together, and what happens to those whose group breaks off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from booking_engine.adapters.sql.grouped import queue as queue_module
from booking_engine.adapters.sql.grouped.queue import AsyncGroups, Queue, ThreadGroups, Waiting

BROKEN_OFF = "broken off"


class Letters:
    """Requests are words: those that begin alike go together, and no two that share a letter after the first."""

    groups_max: ClassVar[int] = 1
    size_max: ClassVar[int] = 3

    def accepts(self, first: str, other: str) -> bool:
        return first[0] == other[0]

    def names(self, request: str) -> Collection[Hashable]:
        return request[1:]


class TwoAtOnce(Letters):
    groups_max: ClassVar[int] = 2


def waiting(word: str) -> Waiting[str, str]:
    return Waiting(word, BROKEN_OFF, lambda: None)


def words(leader: Waiting[str, str] | None) -> list[str] | None:
    return None if leader is None or leader.group is None else [each.request for each in leader.group]


def entered(company: Letters, *asked: str) -> tuple[Queue[str, str], list[Waiting[str, str]], list[bool]]:
    queue: Queue[str, str] = Queue(company)
    all_of_them = [waiting(word) for word in asked]
    return queue, all_of_them, [queue.enter(each) for each in all_of_them]


def test_who_finds_room_starts_a_group_and_those_that_start_share() -> None:
    queue, asked, has_room = entered(TwoAtOnce(), "a1", "a2", "a3", "a4", "a5")
    assert has_room == [True, True, False, False, False]
    first, second = queue.start(asked[0]), queue.start(asked[1])
    assert [words(first), words(second)] == [["a1", "a2", "a3"], ["a4", "a5"]]
    assert first is not None
    assert [words(queue.follow(first)), queue.enter(waiting("a6")), queue.enter(waiting("a7"))] == [None, True, False]


@pytest.mark.parametrize(
    ("asked", "groups"),
    [
        (["a1", "a2", "a3"], [["a1", "a2", "a3"]]),
        (["a1", "b2", "a3"], [["a1", "a3"], ["b2"]]),
        (["a1", "a1", "a2"], [["a1", "a2"], ["a1"]]),
        (["a12", "a23", "a34"], [["a12", "a34"], ["a23"]]),
        (["a1", "a2", "a3", "a4"], [["a1", "a2", "a3"], ["a4"]]),
    ],
    ids=["all", "another kind", "the same name", "a shared name", "too many"],
)
def test_who_waits_goes_together_in_order_of_arrival(asked: list[str], groups: list[list[str]]) -> None:
    queue, requests, _has_room = entered(Letters(), *asked)
    leader = queue.start(requests[0])
    found = []
    while leader is not None:
        found.append(words(leader))
        leader = queue.follow(leader)
    assert found == groups


def test_after_the_last_group_there_is_room_again() -> None:
    queue, (only,), _has_room = entered(Letters(), "a1")
    assert [words(queue.start(only)), words(queue.follow(only))] == [["a1"], None]
    assert [queue.enter(waiting("a2")), queue.enter(waiting("a3"))] == [True, False]


def test_who_gave_up_is_not_taken_along() -> None:
    queue, (first, second, _third), _has_room = entered(Letters(), "a1", "a2", "a3")
    second.is_over = True
    assert words(queue.start(first)) == ["a1", "a3"]


def test_the_place_of_who_was_interrupted_goes_to_who_waits() -> None:
    """Wherever that was: before the group was started, with the request out of the queue, or while it was led."""
    queue, (first, second, third), _has_room = entered(Letters(), "a1", "a2", "b3")
    assert [queue.resume(second), queue.resume(third)] == [False, False]
    first.is_over = True
    queue._waiting.remove(second)
    assert queue.resume(second)
    assert words(queue.start(second)) == ["b3"]
    third.is_over = True
    assert queue.resume(second)
    assert words(queue.start(second)) == ["a2"]
    assert not queue.resume(second)


@pytest.mark.parametrize("where", ["enter", "start", "follow"])
def test_an_interrupt_in_the_queue_leaves_nobody_waiting_for_ever(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when the last thing that was done there is lost with it."""
    groups: ThreadGroups[str, str] = ThreadGroups(Letters(), BROKEN_OFF)
    monkeypatch.setattr(queue_module, "_LOOK_SECONDS", 0.05)
    does = getattr(Queue, where)
    interrupts = iter([True])

    def interrupted(self: Queue[str, str], asked: Waiting[str, str]) -> object:
        done = does(self, asked)
        if next(interrupts, False):
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(Queue, where, interrupted)

    def carry_out(group: list[str]) -> list[str]:
        return [f"{word} done" for word in group]

    with pytest.raises(KeyboardInterrupt):
        groups.ask("a0", carry_out)
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(groups.ask, word, carry_out) for word in ("a1", "a2", "b3")]
        assert [future.result(10) for future in futures] == ["a1 done", "a2 done", "b3 done"]


class Workshop:
    """Carries groups out; the first of them waits until it is let go."""

    def __init__(self, fault: BaseException | None = None) -> None:
        self.groups: list[list[str]] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self._fault = fault

    def carry_out(self, group: list[str]) -> Sequence[str]:
        self.groups.append(group)
        self.begun.set()
        assert self.go.wait(10)
        if self._fault is not None and len(self.groups) == 2:
            raise self._fault
        return [f"{word} done" for word in group]


def asked_while_busy(groups: ThreadGroups[str, str], workshop: Workshop, *others: str) -> list[object]:
    """The answers to one that goes at once, and to others that come, one after the other, while it is under way."""
    with ThreadPoolExecutor(len(others) + 1) as pool:
        futures = [pool.submit(groups.ask, "a0", workshop.carry_out)]
        assert workshop.begun.wait(10)
        for number, word in enumerate(others, 1):
            futures.append(pool.submit(groups.ask, word, workshop.carry_out))
            while len(groups._queue._waiting) < number:
                pass
        workshop.go.set()
        return [future.exception(10) or future.result() for future in futures]


def test_threads_that_wait_are_answered_by_one_of_them() -> None:
    workshop = Workshop()
    answers = asked_while_busy(ThreadGroups(Letters(), BROKEN_OFF), workshop, "a1", "b2", "a3")
    assert answers == ["a0 done", "a1 done", "b2 done", "a3 done"]
    assert workshop.groups == [["a0"], ["a1", "a3"], ["b2"]]


def test_a_group_that_breaks_off_leaves_nobody_waiting() -> None:
    fault = KeyboardInterrupt()
    workshop = Workshop(fault)
    answers = asked_while_busy(ThreadGroups(Letters(), BROKEN_OFF), workshop, "a1", "a2", "b3")
    assert answers == ["a0 done", fault, BROKEN_OFF, "b3 done"]


def test_tasks_that_wait_are_answered_together() -> None:
    groups: AsyncGroups[str, str] = AsyncGroups(Letters(), BROKEN_OFF)
    carried_out: list[list[str]] = []

    async def carry_out(group: list[str]) -> Sequence[str]:
        carried_out.append(group)
        await asyncio.sleep(0)
        if "a9" in group:
            raise ZeroDivisionError
        return [f"{word} done" for word in group]

    async def asked() -> list[str]:
        return await asyncio.gather(*(groups.ask(word, carry_out) for word in ("a0", "a1", "b2", "a3", "b9", "b9")))

    assert asyncio.run(asked()) == ["a0 done", "a1 done", "b2 done", "a3 done", "b9 done", "b9 done"]
    assert carried_out == [["a0", "a1", "a3"], ["b2", "b9"], ["b9"]]

    async def broken_off() -> list[str]:
        return await asyncio.gather(*(groups.ask(word, carry_out) for word in ("a0", "a1", "a9", "b2")))

    assert asyncio.run(broken_off()) == [BROKEN_OFF, BROKEN_OFF, BROKEN_OFF, "b2 done"]


@pytest.mark.parametrize("who", [0, 1], ids=["whose group is under way", "who waits"])
def test_a_task_that_is_cancelled_takes_nobody_with_it(who: int) -> None:
    groups: AsyncGroups[str, str] = AsyncGroups(Letters(), BROKEN_OFF)
    carried_out: list[list[str]] = []

    async def asked() -> list[object]:
        go = asyncio.Event()

        async def carry_out(group: list[str]) -> Sequence[str]:
            carried_out.append(group)
            await go.wait()
            return [f"{word} done" for word in group]

        tasks = [asyncio.create_task(groups.ask("a0", carry_out))]
        while not carried_out:
            await asyncio.sleep(0)
        tasks += [asyncio.create_task(groups.ask(word, carry_out)) for word in ("a1", "a2")]
        while len(groups._queue._waiting) < 2:
            await asyncio.sleep(0)
        tasks[who].cancel()
        await asyncio.sleep(0)
        go.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    answers = asyncio.run(asked())
    assert isinstance(answers.pop(who), asyncio.CancelledError)
    assert answers == [f"a{number} done" for number in (0, 1, 2) if number != who]
    assert carried_out == ([["a0"], ["a1", "a2"]] if who == 0 else [["a0"], ["a2"]])


@pytest.mark.parametrize("has_begun", [True, False], ids=["under way", "not begun"])
def test_a_group_whose_task_is_cancelled_leaves_nobody_waiting(has_begun: bool) -> None:
    groups: AsyncGroups[str, str] = AsyncGroups(Letters(), BROKEN_OFF)

    async def carry_out(group: list[str]) -> Sequence[str]:
        if "a0" in group:
            await asyncio.sleep(10)
        return [f"{word} done" for word in group]

    async def asked() -> tuple[list[str], str]:
        tasks = [asyncio.create_task(groups.ask("a0", carry_out))]
        while not groups._tasks:
            await asyncio.sleep(0)
        if has_begun:
            await asyncio.sleep(0)
        tasks += [asyncio.create_task(groups.ask(word, carry_out)) for word in ("a1", "b2")]
        if has_begun:
            await asyncio.sleep(0)
        for leader in groups._tasks:
            leader.cancel()
        return await asyncio.gather(*tasks), await groups.ask("a3", carry_out)

    broken_off, afterwards = asyncio.run(asyncio.wait_for(asked(), 5))
    assert set(broken_off) <= {BROKEN_OFF, "a1 done", "b2 done"}
    assert broken_off[0] == BROKEN_OFF
    assert afterwards == "a3 done"
