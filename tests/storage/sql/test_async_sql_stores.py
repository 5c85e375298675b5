"""The asynchronous SQL stores pass the whole conformance kit on both databases, on an application's engine too."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from booking_engine.adapters.sql import AsyncSqlStore, SqlStore, dispose, open_engine_for_loop
from booking_engine.ports import AsyncStore, Store
from booking_engine.testing.conformance import AsyncStoreConformance

from .test_sql_stores import DATABASE


class _OnAsyncDatabase(AsyncStoreConformance, is_base=True):
    _engine: AsyncEngine | sa.Engine | None = None
    _url: str

    async def open_async_store(self, org_id: str) -> AsyncStore:
        if self._engine is None:
            self._engine = self._new_engine()
        return AsyncSqlStore(self._engine, org_id)

    def _new_engine(self) -> AsyncEngine | sa.Engine:
        return open_engine_for_loop(self._url)

    async def another_async_handle(self, org_id: str) -> AsyncStore:
        return await self.open_async_store(org_id)

    async def reopen_async_store(self, org_id: str) -> AsyncStore:
        await self.close_async()
        return await self.open_async_store(org_id)

    async def close_async(self) -> None:
        if self._engine is not None:
            await dispose(self._engine)
            self._engine = None

    def process_opener(self, org_id: str) -> Callable[[], Store]:
        return functools.partial(SqlStore, self._url, org_id)


class TestAsyncSqliteStore(_OnAsyncDatabase):
    capabilities = DATABASE

    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> None:
        self._url = sqlite_url


class TestAsyncSqliteStoreOnAnAsyncEngine(TestAsyncSqliteStore):
    def _new_engine(self) -> AsyncEngine:
        """Each statement is a trip to the driver's thread."""
        return create_async_engine(self._url.replace("sqlite", "sqlite+aiosqlite"), connect_args={"timeout": 0})


class TestAsyncPostgresStore(_OnAsyncDatabase):
    capabilities = DATABASE

    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> None:
        self._url = postgres_url
