"""Answers to tool calls in a database, each organisation's by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from booking_engine.adapters.sql.beside import Beside
from booking_engine.adapters.sql.tables import ANSWERS
from booking_engine.adapters.sql.transactions import Mode, Work, tried, tried_async
from booking_engine.adapters.sql.writing import upserts
from booking_engine.domain.toolcall import AnswerRecord, ToolCall

ResultT = TypeVar("ResultT")

_n = ANSWERS.c
_TICK = timedelta(microseconds=1)


class SqlAnswers(Beside):
    """An ``AnswerBook`` in SQLite or PostgreSQL, over an engine to share. Safe to share between threads."""

    def __init__(self, engine: sa.Engine, org_id: str = "default") -> None:
        super().__init__()
        self._engine = engine
        self._org_id = org_id

    def begin(self, record: AnswerRecord) -> AnswerRecord:
        """See ``AnswerBook``."""
        return self._do(_beginning(self._org_id, record), Mode.WRITE)

    def answer(self, call: ToolCall, text: str) -> str:
        """See ``AnswerBook``."""
        return self._do(_answering(self._org_id, call, text), Mode.WRITE)

    def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        """See ``AnswerBook``."""
        return self._do(_reading(self._org_id, call_id), Mode.READ)

    def forget(self, before: datetime) -> int:
        """See ``AnswerBook``."""
        return self._do(_forgetting(self._org_id, before), Mode.WRITE)

    def _do(self, work: Work[ResultT], mode: Mode) -> ResultT:
        return tried(self._engine, self.after_a_look(work), mode)


class AsyncSqlAnswers(Beside):
    """``SqlAnswers`` for an event loop, over what ``open_engine_for_loop`` opens or an ``AsyncEngine``."""

    def __init__(self, engine: AsyncEngine | sa.Engine, org_id: str = "default") -> None:
        super().__init__()
        self._engine = engine
        self._org_id = org_id

    async def begin(self, record: AnswerRecord) -> AnswerRecord:
        """See ``AnswerBook``."""
        return await self._do(_beginning(self._org_id, record), Mode.WRITE)

    async def answer(self, call: ToolCall, text: str) -> str:
        """See ``AnswerBook``."""
        return await self._do(_answering(self._org_id, call, text), Mode.WRITE)

    async def of_call(self, call_id: str) -> tuple[AnswerRecord, ...]:
        """See ``AnswerBook``."""
        return await self._do(_reading(self._org_id, call_id), Mode.READ)

    async def forget(self, before: datetime) -> int:
        """See ``AnswerBook``."""
        return await self._do(_forgetting(self._org_id, before), Mode.WRITE)

    async def _do(self, work: Work[ResultT], mode: Mode) -> ResultT:
        return await tried_async(self._engine, self.after_a_look(work), mode)


# --- The work that each question is ---------------------------------------------------------------------------------


def _is(org_id: str, call: ToolCall) -> sa.ColumnElement[bool]:
    return sa.and_(_n.org_id == org_id, _n.call_id == call.call_id, _n.tool_call_id == call.tool_call_id)


def _beginning(org_id: str, record: AnswerRecord) -> Work[AnswerRecord]:
    row = {"org_id": org_id, **record.call._asdict(), "asked": record.asked, "answer": record.answer}
    of_call = _n.org_id == org_id, _n.call_id == record.call.call_id

    def begin(connection: sa.Connection) -> AnswerRecord:
        latest = connection.execute(sa.select(sa.func.max(_n.begun_at)).where(*of_call)).scalar_one()
        begun = {**row, "begun_at": _after(latest, record.begun_at)}
        if connection.execute(upserts(connection.dialect.name).answer, begun).first() is not None:
            return record
        return _record(connection.execute(sa.select(ANSWERS).where(_is(org_id, record.call))).one())

    return begin


def _after(latest: datetime | None, now: datetime) -> datetime:
    """Now, or just after what the call began before: its rows are in order by this, and the clocks may not be."""
    return now if latest is None or latest < now else latest + _TICK


def _answering(org_id: str, call: ToolCall, text: str) -> Work[str]:
    def answer(connection: sa.Connection) -> str:
        # The condition is asked again under the row's lock: of two at once, the second finds the first one's answer.
        connection.execute(sa.update(ANSWERS).where(_is(org_id, call), _n.answer.is_(None)).values(answer=text))
        stands: str = connection.execute(sa.select(_n.answer).where(_is(org_id, call))).scalar_one()
        return stands

    return answer


def _reading(org_id: str, call_id: str) -> Work[tuple[AnswerRecord, ...]]:
    asked = sa.select(ANSWERS).where(_n.org_id == org_id, _n.call_id == call_id).order_by(_n.begun_at, _n.tool_call_id)
    return lambda connection: tuple(map(_record, connection.execute(asked)))


def _forgetting(org_id: str, before: datetime) -> Work[int]:
    old = sa.delete(ANSWERS).where(_n.org_id == org_id, _n.begun_at < before)
    return lambda connection: connection.execute(old).rowcount


def _record(row: sa.Row[Any]) -> AnswerRecord:
    return AnswerRecord(ToolCall(row.call_id, row.tool_call_id), row.asked, row.begun_at, row.answer)
