"""Group commit: commits that arrive together go together, in the way that each database has for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from booking_engine.adapters.sql.grouped.postgresql import InOneCall, knows_the_call
from booking_engine.adapters.sql.grouped.queue import AsyncGroups, ThreadGroups
from booking_engine.adapters.sql.grouped.sqlite import InOneTransaction
from booking_engine.adapters.sql.grouped.way import ALONE, BROKEN_OFF, Alone, Answer, Way, in_doubt, told_each

__all__ = [
    "ALONE",
    "BROKEN_OFF",
    "Alone",
    "Answer",
    "AsyncGroups",
    "ThreadGroups",
    "Way",
    "in_doubt",
    "told_each",
    "way_of",
]


def way_of(connection: sa.Connection) -> Way[Any] | None:
    """The way of this database; None where each commit goes alone."""
    if connection.dialect.name == "sqlite":
        return InOneTransaction()
    return InOneCall() if knows_the_call(connection) else None
