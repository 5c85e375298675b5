"""Crashes: a worker dies when the change has been committed and before its answer has been written down."""

from __future__ import annotations

from datetime import datetime

from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.ports import AnswerBook, AsyncAnswerBook


class WorkerCrashed(Exception):
    """Raised where a worker dies; whoever asked gets no answer."""


class Crashes:
    """Which tool calls a worker dies of. Lay it over the book of answers that the toolset is made on.

    The worker that comes after is the same toolset: a toolset remembers nothing of a call.
    """

    def __init__(self) -> None:
        self._armed: set[ToolCall] = set()

    def over(self, answers: AnswerBook) -> AnswerBook:
        """The book, with the crashes in it."""
        return _Crashing(answers, self)

    def over_async(self, answers: AsyncAnswerBook) -> AsyncAnswerBook:
        """``over`` for an event loop."""
        return _AsyncCrashing(answers, self)

    def arm(self, call: ToolCall) -> None:
        """Have the worker die of this tool call, once."""
        self._armed.add(call)

    def disarm(self, call: ToolCall) -> None:
        """Have it live, where nothing was to be written down."""
        self._armed.discard(call)

    def strike(self, call: ToolCall) -> None:
        """Die, if it is this tool call's turn."""
        if call in self._armed:
            self._armed.discard(call)
            raise WorkerCrashed(f"{call.call_id}, {call.tool_call_id}")


class _Crashing:
    def __init__(self, answers: AnswerBook, crashes: Crashes) -> None:
        self._answers, self._crashes = answers, crashes

    def begin(self, record: AnswerRecord) -> AnswerRecord:
        return self._answers.begin(record)

    def answer(self, call: ToolCall, text: str) -> str:
        self._crashes.strike(call)
        return self._answers.answer(call, text)

    def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        return self._answers.of_call(call_id)

    def forget(self, before: datetime) -> int:
        return self._answers.forget(before)


class _AsyncCrashing:
    def __init__(self, answers: AsyncAnswerBook, crashes: Crashes) -> None:
        self._answers, self._crashes = answers, crashes

    async def begin(self, record: AnswerRecord) -> AnswerRecord:
        return await self._answers.begin(record)

    async def answer(self, call: ToolCall, text: str) -> str:
        self._crashes.strike(call)
        return await self._answers.answer(call, text)

    async def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        return await self._answers.of_call(call_id)

    async def forget(self, before: datetime) -> int:
        return await self._answers.forget(before)
