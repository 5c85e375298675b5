"""Opening a database by its URL, with the settings under which a commit that was answered is durable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from booking_engine.errors import StoreError

POOL_WAIT_SECONDS = 10
# None above that number: what is opened for a moment and closed again costs more than to wait for one that is open.
POOL_SIZE = 10
# A busy file answers at once: waiting is ours, with jitter, for the database's own is unfair to who waits longest.
_SQLITE = {"timeout": 0}
# Parameters are people's names and phones: they belong in no error's text.
_ENGINE: Mapping[str, Any] = {
    "pool_size": POOL_SIZE,
    "max_overflow": 0,
    "pool_timeout": POOL_WAIT_SECONDS,
    "hide_parameters": True,
}
# A server that no longer answers is given up: seconds to connect, milliseconds without an acknowledgement, and how
# often an idle connection is asked whether it is there.
_POSTGRESQL = {
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
}
_TRIED = ("pysqlite", "aiosqlite", "psycopg", "psycopg_async")
_RIGHT = "use sqlite:///file.db or postgresql://…"


def open_engine(url: str | sa.URL) -> sa.Engine:
    """An engine for ``sqlite:///file.db`` or ``postgresql://…``; no connection is made yet."""
    known = _checked(url)
    if known.get_backend_name() == "sqlite":
        engine = sa.create_engine(known, **_ENGINE, connect_args=_SQLITE)
        event.listen(engine, "connect", _durable)
        return engine
    return sa.create_engine(known, **_ENGINE, connect_args=_POSTGRESQL)


def open_engine_for_loop(url: str | sa.URL) -> AsyncEngine | sa.Engine:
    """What an ``AsyncSqlStore`` works on best.

    For a SQLite file that is an ``Engine`` whose transactions are run in threads: its driver waits in a thread anyhow,
    and over an ``AsyncEngine`` each statement would be a trip there and back.
    """
    known = _checked(url)
    if known.get_backend_name() == "sqlite":
        return open_engine(known)
    return create_async_engine(known, **_ENGINE, connect_args=_POSTGRESQL)


async def dispose(engine: AsyncEngine | sa.Engine) -> None:
    """Give back the connections of what ``open_engine_for_loop`` opened."""
    if isinstance(engine, sa.Engine):
        engine.dispose()
    else:
        await engine.dispose()


def require_what_works(connection: sa.Connection) -> None:
    """Raise ``StoreError`` for a connection of the application's own that the stores would not be exact on."""
    driver = connection.dialect.driver
    if driver not in _TRIED:
        raise StoreError(f"The driver {driver} is not supported: use {', '.join(_TRIED)}.")
    if isinstance(connection.engine.pool, sa.StaticPool):
        raise StoreError("One connection for all threads is not supported: give the engine another pool.")
    if connection.get_execution_options().get("schema_translate_map"):
        raise StoreError("schema_translate_map is not supported: set search_path, or attach nothing.")


def _checked(url: str | sa.URL) -> sa.URL:
    try:
        known = sa.make_url(url)
    except exc.ArgumentError:  # Its text has the whole URL in it, and so a password.
        raise ValueError(f"the URL cannot be read: {_RIGHT}") from None
    driver = _DRIVERS.get(known.drivername)
    if driver is None:
        raise ValueError(f"{known.drivername} is not supported: {_RIGHT}")
    known = known.set(drivername=driver)
    if known.get_backend_name() == "sqlite" and known.database in (None, "", ":memory:"):
        raise ValueError("a SQLite database in memory belongs to one connection: name a file, or use MemoryStore")
    return known


def _durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
