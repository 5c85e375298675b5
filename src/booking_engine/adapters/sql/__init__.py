"""The SQL stores, for SQLite and PostgreSQL (extras ``sql`` and ``postgres``)."""

from booking_engine.adapters.sql.engines import open_async_engine, open_engine
from booking_engine.adapters.sql.schema import migrate
from booking_engine.adapters.sql.store import AsyncSqlStore, SqlStore

__all__ = ["AsyncSqlStore", "SqlStore", "migrate", "open_async_engine", "open_engine"]
