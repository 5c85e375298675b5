"""Group commit: what arrives while a group is under way waits, and what waits goes together in the next group.

There is no timer. Who comes while there is room for another group goes at once; who comes later is taken along by the
group that starts when one of those under way has ended. Groups grow with the load by themselves, and a lone caller
never waits for company.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from functools import partial
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
        self._to_start = 0
        self._waiting: Group[RequestT, AnswerT] = []

    def enter(self, mine: Waiting[RequestT, AnswerT]) -> bool:
        """Wait; whether there is room for another group, which the caller has to start."""
        with self._lock:
            self._waiting.append(mine)
            if self._under_way + self._to_start == self._company.groups_max:
                return False
            self._to_start += 1
            return True

    def start(self) -> Waiting[RequestT, AnswerT] | None:
        """Start a group for which there was room: its leader; None when nobody waits any more.

        Of several that are about to start, each takes its share: while one is under way, the callers of another can
        already make up their minds about their next requests.
        """
        with self._lock:
            share = -(-len(self._waiting) // self._to_start)
            self._to_start -= 1
            self._under_way += 1
            return self._led(share)

    def follow(self) -> Waiting[RequestT, AnswerT] | None:
        """Start a group in the place of one that has ended: its leader; None when nobody waits."""
        with self._lock:
            return self._led(len(self._waiting))

    def stop(self) -> Group[RequestT, AnswerT]:
        """A group has ended and no other is to follow it: who waits and would wait for ever."""
        with self._lock:
            self._under_way -= 1
            if self._under_way or self._to_start:
                return []
            left, self._waiting = self._waiting, []
            return left

    def give_up(self, mine: Waiting[RequestT, AnswerT]) -> Group[RequestT, AnswerT] | None:
        """Not to wait any longer: the group that the request was made leader of meanwhile."""
        with self._lock:
            mine.is_given_up = True
            return mine.group

    def _led(self, share: int) -> Waiting[RequestT, AnswerT] | None:
        group = self._next_group(min(share, self._company.size_max))
        if not group:
            self._under_way -= 1
            return None
        group[0].group = group
        return group[0]

    def _next_group(self, size_max: int) -> Group[RequestT, AnswerT]:
        group: Group[RequestT, AnswerT] = []
        left: Group[RequestT, AnswerT] = []
        taken: set[Hashable] = set()
        for position, each in enumerate(self._waiting):
            if len(group) == size_max:
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
        try:
            if self._queue.enter(mine):
                self._call(self._queue.start())
            called.acquire()  # Called to lead a group, or because it is answered.
        except BaseException:  # Interrupted: whom it was to lead must not wait for it.
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
        self._call(self._queue.follow())

    def _call(self, leader: Waiting[RequestT, AnswerT] | None) -> None:
        if leader is not None:
            leader.call()


class AsyncGroups(Generic[RequestT, AnswerT]):
    """``ThreadGroups`` for one event loop: a group is a task of its own, so that no caller's end is its end.

    A group starts when all who can run have run: whoever asks in the same turn of the loop goes together.
    """

    def __init__(self, company: Company[RequestT], broken_off: AnswerT) -> None:
        self._queue: Queue[RequestT, AnswerT] = Queue(company)
        self._broken_off = broken_off
        self._tasks: set[asyncio.Task[None]] = set()  # The loop itself keeps only weak references.

    async def ask(
        self, request: RequestT, carry_out: Callable[[list[RequestT]], Awaitable[Sequence[AnswerT]]]
    ) -> AnswerT:
        """The answer to a request, which may wait to be taken along."""
        loop = asyncio.get_running_loop()
        called: asyncio.Future[None] = loop.create_future()
        mine = Waiting(request, self._broken_off, partial(_wake, called))
        if self._queue.enter(mine):
            loop.call_soon(lambda: self._begin(self._queue.start(), carry_out))
        try:
            await called
        finally:
            self._queue.give_up(mine)
        return mine.answer

    def _begin(
        self,
        leader: Waiting[RequestT, AnswerT] | None,
        carry_out: Callable[[list[RequestT]], Awaitable[Sequence[AnswerT]]],
    ) -> None:
        if leader is None or leader.group is None:
            return
        task = asyncio.ensure_future(_answered(leader.group, carry_out))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, leader.group, carry_out))

    def _ended(
        self,
        group: Group[RequestT, AnswerT],
        carry_out: Callable[[list[RequestT]], Awaitable[Sequence[AnswerT]]],
        task: asyncio.Task[None],
    ) -> None:
        self._tasks.discard(task)
        for each in group:
            each.call()
        if task.cancelled():  # So are others, probably: the loop comes to its end, and nothing new is begun in it.
            for each in self._queue.stop():
                each.call()
        else:
            task.exception()  # Seen; each of the group was told that it broke off, and goes on by itself.
            self._begin(self._queue.follow(), carry_out)


async def _answered(
    group: Group[RequestT, AnswerT], carry_out: Callable[[list[RequestT]], Awaitable[Sequence[AnswerT]]]
) -> None:
    for each, answer in zip(group, await carry_out([each.request for each in group]), strict=True):
        each.answer = answer


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
