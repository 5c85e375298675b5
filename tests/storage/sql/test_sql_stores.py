"""The SQL stores pass the whole conformance kit on both databases."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from booking_engine.adapters.sql import SqlStore, open_engine
from booking_engine.ports import Store
from booking_engine.testing.conformance import Capabilities, StoreConformance

DATABASE = Capabilities(threads=True, shared_database=True, processes=True, durable=True, holds=True)


class _OnDatabase(StoreConformance, is_base=True):
    """Each test has a database of its own, and one engine for all handles of its process."""

    _engine: sa.Engine
    _url: str

    def use(self, url: str) -> Iterator[None]:
        self._url, self._engine = url, open_engine(url)
        yield
        self._engine.dispose()

    def open_store(self, org_id: str) -> Store:
        return SqlStore(self._engine, org_id)

    def another_handle(self, org_id: str) -> Store:
        return SqlStore(self._engine, org_id)

    def reopen_store(self, org_id: str) -> Store:
        self._engine.dispose()
        self._engine = open_engine(self._url)
        return SqlStore(self._engine, org_id)

    def process_opener(self, org_id: str) -> Callable[[], Store]:
        return functools.partial(SqlStore, self._url, org_id)


class TestSqliteStore(_OnDatabase):
    capabilities = DATABASE

    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> Iterator[None]:
        yield from self.use(sqlite_url)


class TestPostgresStore(_OnDatabase):
    capabilities = DATABASE

    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        yield from self.use(postgres_url)
