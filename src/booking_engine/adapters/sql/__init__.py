"""The SQL stores, for SQLite and PostgreSQL (extras ``sql`` and ``postgres``)."""

from booking_engine.adapters.sql.engines import open_async_engine, open_engine
from booking_engine.adapters.sql.keys import AsyncSqlKeys, SqlKeys
from booking_engine.adapters.sql.schema import migrate
from booking_engine.adapters.sql.store import AsyncSqlStore, SqlStore

__all__ = ["AsyncSqlKeys", "AsyncSqlStore", "SqlKeys", "SqlStore", "migrate", "open_async_engine", "open_engine"]
