"""Keys in a database: those of all organisations in one table, found by their short ids (see ``tables.API_KEYS``)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from booking_engine.access import ApiKey, KeyIdTaken
from booking_engine.adapters.sql.beside import Beside
from booking_engine.adapters.sql.tables import API_KEYS
from booking_engine.adapters.sql.transactions import Mode, Work, tried, tried_async
from booking_engine.adapters.sql.writing import upserts
from booking_engine.domain.channel import Channel
from booking_engine.wire import Scope

ResultT = TypeVar("ResultT")

_k = API_KEYS.c


class SqlKeys(Beside):
    """A ``KeyRepository`` in SQLite or PostgreSQL, over an engine to share. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__()
        self._engine = engine

    def find(self, key_id: str) -> ApiKey | None:
        """See ``KeyRepository``."""
        return self._do(_finding(key_id), Mode.READ)

    def put(self, key: ApiKey) -> None:
        """See ``KeyRepository``."""
        self._do(_putting(key), Mode.WRITE)

    def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """See ``KeyRepository``."""
        return self._do(_listing(org_id), Mode.READ)

    def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """See ``KeyRepository``."""
        return self._do(_revoking(org_id, key_id, at), Mode.WRITE)

    def _do(self, work: Work[ResultT], mode: Mode) -> ResultT:
        return tried(self._engine, self.after_a_look(work), mode)


class AsyncSqlKeys(Beside):
    """``SqlKeys`` for an event loop, over what ``open_engine_for_loop`` opens or an ``AsyncEngine``."""

    def __init__(self, engine: AsyncEngine | sa.Engine) -> None:
        super().__init__()
        self._engine = engine

    async def find(self, key_id: str) -> ApiKey | None:
        """See ``KeyRepository``."""
        return await self._do(_finding(key_id), Mode.READ)

    async def put(self, key: ApiKey) -> None:
        """See ``KeyRepository``."""
        await self._do(_putting(key), Mode.WRITE)

    async def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """See ``KeyRepository``."""
        return await self._do(_listing(org_id), Mode.READ)

    async def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """See ``KeyRepository``."""
        return await self._do(_revoking(org_id, key_id, at), Mode.WRITE)

    async def _do(self, work: Work[ResultT], mode: Mode) -> ResultT:
        return await tried_async(self._engine, self.after_a_look(work), mode)


# --- The work that each question is --------------------------------------------------------------------------------


def _finding(key_id: str) -> Work[ApiKey | None]:
    def find(connection: sa.Connection) -> ApiKey | None:
        row = connection.execute(sa.select(API_KEYS).where(_k.key_id == key_id)).one_or_none()
        return None if row is None else _key(row)

    return find


def _putting(key: ApiKey) -> Work[None]:
    def put(connection: sa.Connection) -> None:
        written = connection.execute(upserts(connection.dialect.name).api_key, _row(key)).one_or_none()
        # A put that was written, and whose answer was lost, is tried again and finds its own.
        if written is None and _finding(key.key_id)(connection) != key:
            raise KeyIdTaken(key.key_id)

    return put


def _listing(org_id: str) -> Work[tuple[ApiKey, ...]]:
    def listed(connection: sa.Connection) -> tuple[ApiKey, ...]:
        rows = connection.execute(sa.select(API_KEYS).where(_k.org_id == org_id).order_by(_k.created_at, _k.key_id))
        return tuple(map(_key, rows))

    return listed


def _revoking(org_id: str, key_id: str, at: datetime) -> Work[ApiKey | None]:
    is_it = sa.and_(_k.org_id == org_id, _k.key_id == key_id)

    def revoke(connection: sa.Connection) -> ApiKey | None:
        connection.execute(sa.update(API_KEYS).where(is_it, _k.revoked_at.is_(None)).values(revoked_at=at))
        row = connection.execute(sa.select(API_KEYS).where(is_it)).one_or_none()
        return None if row is None else _key(row)

    return revoke


# --- Rows -----------------------------------------------------------------------------------------------------------


def _row(key: ApiKey) -> dict[str, Any]:
    fields = {field.name: getattr(key, field.name) for field in attrs.fields(ApiKey)}
    return {**fields, "scopes": " ".join(sorted(key.scopes)), "channel": key.channel.value}


def _key(row: sa.Row[Any]) -> ApiKey:
    fields = dict(row._mapping)
    fields |= {"scopes": frozenset(map(Scope, row.scopes.split())), "channel": Channel(row.channel)}
    return ApiKey(**fields)
