"""Answers in memory: those of one organisation, in this process and gone with it."""

from __future__ import annotations

import threading
from datetime import datetime

import attrs

from booking_engine.domain.toolcall import AnswerRecord, ToolCall


class MemoryAnswers:
    """An ``AnswerBook``. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[ToolCall, AnswerRecord] = {}

    def begin(self, record: AnswerRecord) -> AnswerRecord:
        """See ``AnswerBook``."""
        with self._lock:
            return self._records.setdefault(record.call, record)

    def answer(self, call: ToolCall, text: str) -> str:
        """See ``AnswerBook``."""
        with self._lock:
            record = self._records[call]
            if record.answer is not None:
                return record.answer
            self._records[call] = attrs.evolve(record, answer=text)
            return text

    def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        """See ``AnswerBook``."""
        with self._lock:
            return tuple([record for record in self._records.values() if record.call.call_id == call_id])

    def forget(self, before: datetime) -> int:
        """See ``AnswerBook``."""
        with self._lock:
            old = [call for call, record in self._records.items() if record.begun_at < before]
            for call in old:
                del self._records[call]
        return len(old)


class AsyncMemoryAnswers:
    """``MemoryAnswers`` for an event loop: nothing in it waits, so each method answers at once."""

    def __init__(self) -> None:
        self._answers = MemoryAnswers()

    async def begin(self, record: AnswerRecord) -> AnswerRecord:
        """See ``AnswerBook``."""
        return self._answers.begin(record)

    async def answer(self, call: ToolCall, text: str) -> str:
        """See ``AnswerBook``."""
        return self._answers.answer(call, text)

    async def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        """See ``AnswerBook``."""
        return self._answers.of_call(call_id)

    async def forget(self, before: datetime) -> int:
        """See ``AnswerBook``."""
        return self._answers.forget(before)
