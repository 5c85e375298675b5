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

_LOOK_SECONDS = 1.0
"""How often who waits looks whether whom it waits for is still there."""


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
    """One request on its way, with what it is answered until it is answered. ``call`` wakes who asked.

    ``group`` is the group that it goes with, and that the first of it leads. ``is_over``: nobody asks any longer.
    """

    __slots__ = ("answer", "call", "group", "is_over", "request", "starts")

    def __init__(self, request: RequestT, answer: AnswerT, call: Callable[[], object]) -> None:
        self.request = request
        self.answer = answer
        self.call = call
        self.group: list[Waiting[RequestT, AnswerT]] | None = None
        self.is_over = False
        self.starts = False

    @property
    def leads(self) -> bool:
        """Whether it is the first of its group."""
        return self.group is not None and self.group[0] is self


Group = list[Waiting[RequestT, AnswerT]]


class Queue(Generic[RequestT, AnswerT]):
    """Who waits, and who has the places: each starts a group or leads one. It never waits itself, and any thread asks.

    A place is held by a request and not counted, so that it can be told when its holder is gone.
    """

    def __init__(self, company: Company[RequestT]) -> None:
        self._company = company
        self._lock = threading.Lock()
        self._places: set[Waiting[RequestT, AnswerT]] = set()
        self._waiting: Group[RequestT, AnswerT] = []

    def enter(self, mine: Waiting[RequestT, AnswerT]) -> bool:
        """Wait; whether there is room for another group, which has to be started then."""
        with self._lock:
            self._waiting.append(mine)
            return self._takes_a_place(mine)

    def start(self, mine: Waiting[RequestT, AnswerT]) -> Waiting[RequestT, AnswerT] | None:
        """Start the group for which there was room: its leader; None when nobody waits any more.

        Of several that are about to start, each takes its share: while one is under way, the callers of another can
        already make up their minds about their next requests.
        """
        with self._lock:
            starting = sum(each.starts for each in self._places)
            return self._follow(mine, -(-len(self._waiting) // max(starting, 1)))

    def follow(self, ended: Waiting[RequestT, AnswerT]) -> Waiting[RequestT, AnswerT] | None:
        """Start a group in the place of one that has ended: its leader; None when nobody waits."""
        with self._lock:
            return self._follow(ended, len(self._waiting))

    def stop(self, ended: Waiting[RequestT, AnswerT]) -> Group[RequestT, AnswerT]:
        """A group has ended and no other is to follow it: who waits and would wait for ever."""
        with self._lock:
            self._places.discard(ended)
            if self._places:
                return []
            left, self._waiting = self._waiting, []
            return left

    def resume(self, mine: Waiting[RequestT, AnswerT]) -> bool:
        """Whether one who has waited for long has to start a group, in a place whose holder was interrupted."""
        with self._lock:
            self._places = {each for each in self._places if not each.is_over}
            if mine.group is not None:
                return False
            if mine not in self._waiting:
                self._waiting.append(mine)
            return self._takes_a_place(mine)

    def _takes_a_place(self, mine: Waiting[RequestT, AnswerT]) -> bool:
        if len(self._places) >= self._company.groups_max:
            return False
        self._places.add(mine)
        mine.starts = True
        return True

    def _follow(self, before: Waiting[RequestT, AnswerT], share: int) -> Waiting[RequestT, AnswerT] | None:
        self._places.discard(before)
        before.starts = False
        group = self._next_group(min(share, self._company.size_max))
        if not group:
            return None
        for each in group:
            each.group = group
        self._places.add(group[0])
        return group[0]

    def _next_group(self, size_max: int) -> Group[RequestT, AnswerT]:
        group: Group[RequestT, AnswerT] = []
        left: Group[RequestT, AnswerT] = []
        taken: set[Hashable] = set()
        for position, each in enumerate(self._waiting):
            if len(group) == size_max:
                left += self._waiting[position:]
                break
            if each.is_over:
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
    A thread can be interrupted anywhere, by a signal's handler; so those who wait look from time to time whether whom
    they wait for is still there.
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
            self._wait(mine, called)
            if mine.leads:
                self._lead(mine, carry_out)
            return mine.answer
        finally:
            mine.is_over = True

    def _wait(self, mine: Waiting[RequestT, AnswerT], called: threading.Lock) -> None:
        """Wait to be called: to lead a group, or because it is answered."""
        if self._queue.enter(mine):
            _call(self._queue.start(mine))
        while not called.acquire(timeout=_LOOK_SECONDS):
            if mine.group is not None and mine.group[0].is_over:
                return
            if self._queue.resume(mine):
                _call(self._queue.start(mine))

    def _lead(self, mine: Waiting[RequestT, AnswerT], carry_out: Callable[[list[RequestT]], Sequence[AnswerT]]) -> None:
        group = mine.group or [mine]
        try:
            for each, answer in zip(group, carry_out([each.request for each in group]), strict=True):
                each.answer = answer
        finally:
            for each in group[1:]:
                each.call()
            _call(self._queue.follow(mine))


def _call(leader: Waiting[RequestT, AnswerT] | None) -> None:
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
            loop.call_soon(lambda: self._begin(self._queue.start(mine), carry_out))
        try:
            await called
        finally:
            mine.is_over = True
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
            for each in self._queue.stop(group[0]):
                each.call()
        else:
            task.exception()  # Seen; each of the group was told that it broke off, and goes on by itself.
            self._begin(self._queue.follow(group[0]), carry_out)


async def _answered(
    group: Group[RequestT, AnswerT], carry_out: Callable[[list[RequestT]], Awaitable[Sequence[AnswerT]]]
) -> None:
    for each, answer in zip(group, await carry_out([each.request for each in group]), strict=True):
        each.answer = answer


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
