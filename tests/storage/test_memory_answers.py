"""Answers in memory pass the kit of answer books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from booking_engine.adapters.memory import AsyncMemoryAnswers, MemoryAnswers
from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.ports import AnswerBook, AsyncAnswerBook
from booking_engine.testing.conformance.answers import BEGUN, AnswerBookConformance
from booking_engine.testing.conformance.blocking import LoopThread


class Blocking:
    """An asynchronous book that threads can ask."""

    def __init__(self, answers: AsyncAnswerBook, loop: LoopThread) -> None:
        self._answers, self._loop = answers, loop

    def begin(self, record: AnswerRecord) -> AnswerRecord:
        return self._loop.run(self._answers.begin(record))

    def answer(self, call: ToolCall, text: str) -> str:
        return self._loop.run(self._answers.answer(call, text))

    def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        return self._loop.run(self._answers.of_call(call_id))

    def forget(self, before: datetime) -> int:
        return self._loop.run(self._answers.forget(before))


class TestMemoryAnswers(AnswerBookConformance):
    @pytest.fixture(autouse=True)
    def _books(self) -> None:
        self.books: dict[str, AnswerBook] = {}

    def open_answers(self, org_id: str) -> AnswerBook:
        return self.books.setdefault(org_id, MemoryAnswers())


class TestAsyncMemoryAnswers(TestMemoryAnswers):
    @pytest.fixture(autouse=True)
    def _loop(self) -> Iterator[None]:
        self.loop = LoopThread()
        yield
        self.loop.close()

    def open_answers(self, org_id: str) -> AnswerBook:
        return self.books.setdefault(org_id, Blocking(AsyncMemoryAnswers(), self.loop))


def test_an_answer_is_not_in_the_repr_of_its_record() -> None:
    assert "98400" not in repr(AnswerRecord(BEGUN.call, "digest", BEGUN.begun_at, "call +9198400"))
