"""A URL opens the store that it names, or says what would be right, and never repeats a password."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.adapters.opening import MEMORY, CannotOpen, open_async_store, open_database, open_store
from booking_engine.adapters.sql import AsyncSqlStore, SqlStore, migrate
from booking_engine.testing.conformance.desk import Desk

RIGHT = "write memory:, sqlite:///file.db or postgresql://user@host/name."
A_FILE = "A SQLite store is a file: write sqlite:///file.db, or sqlite:////folder/file.db."
UNREADABLE = f"The URL of the store cannot be read: {RIGHT}"
TWO_ATS = "The URL of the store has more than one @: write %40 for each but the one before the host."

REFUSED = [
    ("", f"That is not the URL of a store: {RIGHT}"),
    ("secret", f"That is not the URL of a store: {RIGHT}"),
    ("memory", f"That is not the URL of a store: {RIGHT}"),
    ("bookings.db", f"That is not the URL of a store: {RIGHT}"),
    ("me:secret@host/clinic", f"That is not the URL of a store: {RIGHT}"),
    ("postgresql:me:secret@host", f"That is not the URL of a store: {RIGHT}"),
    ("memory://", f"There is no store for memory://: {RIGHT}"),
    ("mysql://me:secret@host/clinic", f"There is no store for mysql://: {RIGHT}"),
    ("postgresql+asyncpg://me:secret@host/clinic", f"There is no store for postgresql+asyncpg://: {RIGHT}"),
    ("postgresql://me@host:secret/clinic", UNREADABLE),
    ("postgresql://me:secret", UNREADABLE),
    ("postgresql://me:a@secret@host/clinic", TWO_ATS),
    ("postgres://me:a@secret/b@host/clinic", TWO_ATS),
    ("sqlite://", A_FILE),
    ("sqlite:///", A_FILE),
    ("sqlite:///:memory:", A_FILE),
    ("sqlite://bookings.db", A_FILE),
    ("sqlite://me/bookings.db", A_FILE),
    ("sqlite:///bookings.db?password=secret", "A SQLite store has no options: write sqlite:///file.db."),
]

Opening = Callable[[str], object]
OPENINGS = pytest.mark.parametrize("opened", [open_store, open_async_store, open_database])


def faults(opened: Opening, url: str) -> str:
    """What is said against a URL; a traceback of it has nothing of the URL in it either."""
    with pytest.raises(CannotOpen) as raised:
        opened(url)
    assert "secret" not in "".join(traceback.format_exception(raised.value))
    return str(raised.value)


@OPENINGS
@pytest.mark.parametrize(("url", "said"), REFUSED, ids=[url for url, _ in REFUSED])
def test_what_opens_nothing_is_told_what_would(opened: Opening, url: str, said: str) -> None:
    assert faults(opened, url) == said


@OPENINGS
@pytest.mark.parametrize(
    ("module", "url", "said"),
    [
        ("sqlalchemy", "sqlite:///b.db", "sqlite:// needs sqlalchemy: pip install 'booking-engine[sql]'"),
        ("msgspec", "sqlite:///b.db", "sqlite:// needs msgspec: pip install 'booking-engine[sql]'"),
        (
            "psycopg",
            "postgresql://me:secret@host/clinic",
            "postgresql:// needs psycopg: pip install 'booking-engine[postgres]'",
        ),
    ],
)
def test_without_its_extra_it_says_what_to_install(
    opened: Opening, module: str, url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert faults(opened, url) == said


@OPENINGS
def test_a_file_that_is_not_there_is_not_made(opened: Opening, tmp_path: Path) -> None:
    said = f"There is no file {tmp_path}/bookings.db: booking-engine migrate --store URL makes it."
    assert faults(opened, f"sqlite:///{tmp_path}/bookings.db") == said
    assert list(tmp_path.iterdir()) == []


def test_memory_is_a_store_of_its_own_each_time_and_no_database() -> None:
    store = open_store(MEMORY, "sunrise")
    assert isinstance(store, MemoryStore)
    assert store.catalog().organisation.org_id == "sunrise"
    assert isinstance(open_async_store(MEMORY), AsyncMemoryStore)
    assert open_store(MEMORY).catalog().organisation.org_id == "default"
    assert faults(open_database, MEMORY) == (
        "memory: is empty when a command begins and gone when it ends: "
        "write sqlite:///file.db or postgresql://user@host/name."
    )


def test_a_sqlite_file_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bookings.db"
    engine = open_database(url, may_be_new=True)
    migrate(engine)
    engine.dispose()
    store = open_store(url, "sunrise")
    assert isinstance(store, SqlStore)
    Desk(store, "sunrise").set_up()
    store.close()

    async def revisions() -> list[int]:
        found = []
        for org_id in ("sunrise", "default"):
            opened = open_async_store(url, org_id)
            assert isinstance(opened, AsyncSqlStore)
            found.append((await opened.catalog()).revision)
            await opened.close()
        return found

    assert asyncio.run(revisions()) == [6, 0]
    as_uri = open_store(f"sqlite:///file:{tmp_path}/bookings.db?mode=ro&uri=true", "sunrise")
    assert isinstance(as_uri, SqlStore)
    assert as_uri.catalog().revision == 6
    as_uri.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@host:5432/clinic?sslmode=require",
        "postgres://me:secret@host:5432/clinic?sslmode=require",
        "postgresql+psycopg://me:secret@host:5432/clinic?sslmode=require",
    ],
)
def test_a_postgresql_database_is_known_by_three_schemes(url: str) -> None:
    engine = open_database(url)
    assert str(engine.url) == "postgresql+psycopg://me:***@host:5432/clinic?sslmode=require"
    assert (engine.url.username, engine.url.password) == ("me", "secret")
    assert isinstance(open_store(url), SqlStore)
    assert isinstance(open_async_store(url), AsyncSqlStore)


def test_a_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for may_be_new in (True, False):
        with pytest.raises(CannotOpen) as raised:
            open_database(f"sqlite:///{tmp_path}/nowhere/bookings.db", may_be_new=may_be_new)
        assert str(raised.value) == f"There is no folder {tmp_path}/nowhere: make it first."
