"""Group commit: what arrives while a group is under way waits, and what waits goes together in the next group.

There is no timer. Who comes while there is room for another group goes at once and alone; who comes later is taken
along by the group that starts when one of those under way has ended. Groups grow with the load by themselves, and a
lone caller never waits for company.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from contextlib import suppress
from typing import ClassVar, Generic, Protocol, TypeVar

RequestT = TypeVar("RequestT")
AskedT_contra = TypeVar("AskedT_contra", contravariant=True)
AnswerT = TypeVar("AnswerT")


class Company(Protocol[AskedT_contra]):
    """Who may go together, ``size_max`` in a group, and how many groups may be under way."""

    groups_max: ClassVar[int]
    size_max: ClassVar[int]

    def accepts(self, first: AskedT_contra, other: AskedT_contra) -> bool:
        """Whether another request may go in the group that this one is the first of."""
        ...

    def names(self, request: AskedT_contra) -> Collection[Hashable]:
        """What no two requests of one group may share."""
        ...


class Waiting(Generic[RequestT, AnswerT]):
    """One request on its way, with what it is answered until it is answered. ``group`` is set when it is to lead it."""

    __slots__ = ("answer", "call", "group", "is_given_up", "request")

    def __init__(self, request: RequestT, answer: AnswerT, call: Callable[[], object]) -> None:
        self.request = request
        self.answer = answer
        self.call = call
        self.group: list[Waiting[RequestT, AnswerT]] | None = None
        self.is_given_up = False


Group = list[Waiting[RequestT, AnswerT]]


class Queue(Generic[RequestT, AnswerT]):
    """Who is under way and who waits. It never waits itself, and may be asked by any thread."""

    def __init__(self, company: Company[RequestT]) -> None:
        self._company = company
        self._lock = threading.Lock()
        self._under_way = 0
        self._waiting: Group[RequestT, AnswerT] = []

    def enter(self, mine: Waiting[RequestT, AnswerT]) -> bool:
        """Whether the request goes at once, leading a group of its own; otherwise it waits."""
        with self._lock:
            if self._under_way < self._company.groups_max:
                self._under_way += 1
                mine.group = [mine]
                return True
            self._waiting.append(mine)
            return False

    def leave(self) -> Waiting[RequestT, AnswerT] | None:
        """A group has ended: the leader of the next one, which takes its place; None when nobody waits."""
        with self._lock:
            group = self._next_group()
            if not group:
                self._under_way -= 1
                return None
            group[0].group = group
            return group[0]

    def give_up(self, mine: Waiting[RequestT, AnswerT]) -> Group[RequestT, AnswerT] | None:
        """Not to wait any longer: the group that the request was made leader of meanwhile."""
        with self._lock:
            mine.is_given_up = True
            return mine.group

    def _next_group(self) -> Group[RequestT, AnswerT]:
        group: Group[RequestT, AnswerT] = []
        left: Group[RequestT, AnswerT] = []
        taken: set[Hashable] = set()
        for position, each in enumerate(self._waiting):
            if len(group) == self._company.size_max:
                left += self._waiting[position:]
                break
            if each.is_given_up:
                continue
            names = self._company.names(each.request)
            if taken.isdisjoint(names) and (not group or self._company.accepts(group[0].request, each.request)):
                group.append(each)
                taken.update(names)
            else:
                left.append(each)
        self._waiting = left
        return group


class ThreadGroups(Generic[RequestT, AnswerT]):
    """Group commit for threads: one caller of each group does the work of all.

    ``carry_out`` answers a group, one answer a request, in order. Whose group broke off gets the answer ``broken_off``.
    """

    def __init__(self, company: Company[RequestT], broken_off: AnswerT) -> None:
        self._queue: Queue[RequestT, AnswerT] = Queue(company)
        self._broken_off = broken_off

    def ask(self, request: RequestT, carry_out: Callable[[list[RequestT]], Sequence[AnswerT]]) -> AnswerT:
        """The answer to a request, which may wait to be taken along."""
        called = threading.Lock()
        called.acquire()
        mine = Waiting(request, self._broken_off, called.release)
        if not self._queue.enter(mine):
            try:
                called.acquire()
            except BaseException:  # Interrupted while waiting: whom it was to lead must not wait for it.
                if (group := self._queue.give_up(mine)) is not None:
                    self._end(group)
                raise
        if mine.group is not None:
            try:
                for each, answer in zip(mine.group, carry_out([each.request for each in mine.group]), strict=True):
                    each.answer = answer
            finally:
                self._end(mine.group)
        return mine.answer

    def _end(self, group: Group[RequestT, AnswerT]) -> None:
        for each in group[1:]:
            each.call()
        if (following := self._queue.leave()) is not None:
            following.call()


class AsyncGroups(Generic[RequestT, AnswerT]):
    """``ThreadGroups`` for an event loop: a group is led by a task of its own, so that no caller's end is its end."""

    def __init__(self, company: Company[RequestT], broken_off: AnswerT) -> None:
        self._queue: Queue[RequestT, AnswerT] = Queue(company)
        self._broken_off = broken_off
        self._tasks: set[asyncio.Task[None]] = set()  # The loop itself keeps only weak references.

    async def ask(
        self, request: RequestT, carry_out: Callable[[list[RequestT]], Awaitable[Sequence[AnswerT]]]
    ) -> AnswerT:
        """The answer to a request, which may wait to be taken along."""
        called = asyncio.Event()
        mine = Waiting(request, self._broken_off, called.set)
        if self._queue.enter(mine):
            try:
                return (await carry_out([request]))[0]
            finally:
                if (leader := self._queue.leave()) is not None:
                    task = asyncio.ensure_future(self._lead(leader, carry_out))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        try:
            await called.wait()
        finally:
            self._queue.give_up(mine)
        return mine.answer

    async def _lead(
        self,
        first: Waiting[RequestT, AnswerT],
        carry_out: Callable[[list[RequestT]], Awaitable[Sequence[AnswerT]]],
    ) -> None:
        leader: Waiting[RequestT, AnswerT] | None = first
        while leader is not None:
            group = leader.group or [leader]
            try:
                with suppress(Exception):  # Each of them is told that it broke off, and goes on by itself.
                    for each, answer in zip(group, await carry_out([each.request for each in group]), strict=True):
                        each.answer = answer
            finally:
                for each in group:
                    each.call()
                leader = self._queue.leave()
