"""The organisations of a database: for those who look after all of them. A store knows its own and no other."""

from __future__ import annotations

import sqlalchemy as sa

from booking_engine.adapters.sql import schema
from booking_engine.adapters.sql.tables import ORGANISATIONS
from booking_engine.adapters.sql.transactions import Mode, tried


def organisations(engine: sa.Engine) -> tuple[str, ...]:
    """The ids of all that are configured, sorted.

    Raises ``SchemaError`` for tables of another version, and ``StoreError`` where the database cannot answer.
    """
    return tried(engine, _organisations, Mode.READ)


def _organisations(connection: sa.Connection) -> tuple[str, ...]:
    schema.require(connection)
    o = ORGANISATIONS.c
    return tuple(connection.scalars(sa.select(o.org_id).where(o.revision > 0).order_by(o.org_id)))
