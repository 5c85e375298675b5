"""The asynchronous SQL stores pass the whole conformance kit on both databases."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from booking_engine.adapters.sql import AsyncSqlStore, SqlStore, open_async_engine
from booking_engine.ports import AsyncStore, Store
from booking_engine.testing.conformance import AsyncStoreConformance

from .test_sql_stores import DATABASE


class _OnAsyncDatabase(AsyncStoreConformance, is_base=True):
    _engine: AsyncEngine | None = None
    _url: str

    async def open_async_store(self, org_id: str) -> AsyncStore:
        if self._engine is None:
            self._engine = open_async_engine(self._url)
        return AsyncSqlStore(self._engine, org_id)

    async def another_async_handle(self, org_id: str) -> AsyncStore:
        return await self.open_async_store(org_id)

    async def reopen_async_store(self, org_id: str) -> AsyncStore:
        await self.close_async()
        return await self.open_async_store(org_id)

    async def close_async(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    def process_opener(self, org_id: str) -> Callable[[], Store]:
        return functools.partial(SqlStore, self._url, org_id)


class TestAsyncSqliteStore(_OnAsyncDatabase):
    capabilities = DATABASE

    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> None:
        self._url = sqlite_url


class TestAsyncPostgresStore(_OnAsyncDatabase):
    capabilities = DATABASE

    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> None:
        self._url = postgres_url
