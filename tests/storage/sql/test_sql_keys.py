"""The keys in a database pass the kit of key repositories, on both databases, awaited or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine

from booking_engine.access import AsyncKeyRepository, KeyRepository
from booking_engine.adapters.sql import AsyncSqlKeys, SqlKeys, dispose, open_engine, open_engine_for_loop, transactions
from booking_engine.adapters.sql.tables import API_KEYS
from booking_engine.errors import SchemaError, StoreError
from booking_engine.testing.conformance.keys import (
    AsyncKeyRepositoryConformance,
    KeyRepositoryConformance,
    some_key,
)
from booking_engine.testing.conformance.material import NOW

NO_TABLES = "^The database has no tables of booking-engine yet: run booking-engine migrate"


class _OnDatabase(KeyRepositoryConformance):
    engine: sa.Engine

    def use(self, url: str) -> Iterator[None]:
        self.engine = open_engine(url)
        yield
        self.engine.dispose()

    def open_keys(self) -> KeyRepository:
        return SqlKeys(self.engine)

    def another_handle(self) -> KeyRepository:
        return SqlKeys(self.engine)


class TestSqliteKeys(_OnDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> Iterator[None]:
        yield from self.use(sqlite_url)


class TestPostgresKeys(_OnDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        yield from self.use(postgres_url)


class _OnAsyncDatabase(AsyncKeyRepositoryConformance):
    url: str
    engine: AsyncEngine | sa.Engine | None = None

    async def open_async_keys(self) -> AsyncKeyRepository:
        self.engine = open_engine_for_loop(self.url)
        return AsyncSqlKeys(self.engine)

    async def another_async_handle(self) -> AsyncKeyRepository:
        assert self.engine is not None
        return AsyncSqlKeys(self.engine)

    async def close_async(self) -> None:
        assert self.engine is not None
        await dispose(self.engine)


class TestAsyncSqliteKeys(_OnAsyncDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> None:
        self.url = sqlite_url


class TestAsyncPostgresKeys(_OnAsyncDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> None:
        self.url = postgres_url


# --- What a database adds ---------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    made = open_engine(request.getfixturevalue(request.param))
    yield made
    made.dispose()


def test_a_key_is_a_row_that_opens_nothing(engine: sa.Engine) -> None:
    SqlKeys(engine).put(some_key(label="n8n"))
    with engine.connect() as connection:
        [row] = connection.execute(sa.select(API_KEYS)).mappings()
    assert row == {
        "key_id": "a" * 16,
        "org_id": "sunrise",
        "scopes": "slots:read",
        "channel": "api",
        "digest": b"a" * 32,
        "label": "n8n",
        "created_at": NOW,
        "expires_at": None,
        "revoked_at": None,
    }


def test_a_put_whose_answer_was_lost_is_tried_again_and_finds_its_own(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_transaction, attempts = transactions.own_transaction, []

    def losing_the_first_answer(*arguments: Any) -> Any:
        attempts.append(own_transaction(*arguments))
        if len(attempts) == 1:
            raise exc.OperationalError("", {}, ConnectionError("lost"), connection_invalidated=True)
        return attempts[-1]

    monkeypatch.setattr(transactions, "own_transaction", losing_the_first_answer)
    SqlKeys(engine).put(some_key())
    monkeypatch.undo()
    assert len(attempts) == 2
    assert SqlKeys(engine).list("sunrise") == (some_key(),)


def asks(keys: KeyRepository) -> list[Callable[[], object]]:
    return [
        lambda: keys.find("a" * 16),
        lambda: keys.put(some_key()),
        lambda: keys.list("sunrise"),
        lambda: keys.revoke("sunrise", "a" * 16, NOW),
    ]


def test_a_database_without_tables_says_what_to_run(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    for ask in asks(SqlKeys(engine)):
        with pytest.raises(SchemaError, match=NO_TABLES):
            ask()
    engine.dispose()


def test_a_database_that_is_away_is_a_fault_and_shows_no_digest(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/away/bookings.db")
    for ask in asks(SqlKeys(engine)):
        with pytest.raises(StoreError) as raised:
            ask()
        assert str(raised.value) == "The database could not answer: OperationalError: unable to open database file"
    engine.dispose()
