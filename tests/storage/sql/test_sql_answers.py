"""Answers in a database pass the kit of answer books, through threads and through an event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from booking_engine.adapters.sql import (
    AsyncSqlAnswers,
    SqlAnswers,
    dispose,
    open_engine,
    open_engine_for_loop,
)
from booking_engine.ports import AnswerBook
from booking_engine.testing.conformance.answers import AnswerBookConformance
from booking_engine.testing.conformance.blocking import LoopThread
from storage.test_memory_answers import Blocking


class _OnDatabase(AnswerBookConformance):
    engine: sa.Engine

    def use(self, url: str) -> Iterator[None]:
        self.engine = open_engine(url)
        yield
        self.engine.dispose()

    def open_answers(self, org_id: str) -> AnswerBook:
        return SqlAnswers(self.engine, org_id)


class TestSqliteAnswers(_OnDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> Iterator[None]:
        yield from self.use(sqlite_url)


class TestPostgresAnswers(_OnDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        yield from self.use(postgres_url)


class _InLoop(AnswerBookConformance):
    def use(self, url: str) -> Iterator[None]:
        self.loop, self.engine = LoopThread(), open_engine_for_loop(url)
        yield
        self.loop.run(dispose(self.engine))
        self.loop.close()

    def open_answers(self, org_id: str) -> AnswerBook:
        return Blocking(AsyncSqlAnswers(self.engine, org_id), self.loop)


class TestSqliteAnswersInALoop(_InLoop):
    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> Iterator[None]:
        yield from self.use(sqlite_url)


class TestPostgresAnswersInALoop(_InLoop):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        yield from self.use(postgres_url)
