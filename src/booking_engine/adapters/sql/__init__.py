"""The SQL stores, for SQLite and PostgreSQL (extras ``sql`` and ``postgres``)."""

from booking_engine.adapters.sql.answers import AsyncSqlAnswers, SqlAnswers
from booking_engine.adapters.sql.engines import dispose, open_engine, open_engine_for_loop
from booking_engine.adapters.sql.keys import AsyncSqlKeys, SqlKeys
from booking_engine.adapters.sql.schema import migrate
from booking_engine.adapters.sql.store import AsyncSqlStore, SqlStore

__all__ = [
    "AsyncSqlAnswers",
    "AsyncSqlKeys",
    "AsyncSqlStore",
    "SqlAnswers",
    "SqlKeys",
    "SqlStore",
    "dispose",
    "migrate",
    "open_engine",
    "open_engine_for_loop",
]
