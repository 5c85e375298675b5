"""A view is one statement, whatever is asked: so it is of one instant, and costs one trip and no transaction.

A page of days comes as a row a day. Everything else comes in one row with a column for each part that is asked for.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import sqlalchemy as sa

from booking_engine.adapters.sql.tables import ORGANISATIONS
from booking_engine.adapters.sql.viewing.columns import ORG, Select
from booking_engine.adapters.sql.viewing.days import SeenDays, page, without_ended
from booking_engine.adapters.sql.viewing.parts import ENDED, PARTS, Part
from booking_engine.ledger.view import LedgerQuery, LedgerView

_o = ORGANISATIONS.c


def view(connection: sa.Connection, org_id: str, query: LedgerQuery, seen: SeenDays) -> LedgerView:
    """What the query asks for, with the revision."""
    if query.days and query == LedgerQuery(now=query.now, days=query.days):
        return page(connection, org_id, query, seen)
    dialect = connection.dialect.name
    parts = tuple([part for part in PARTS if part.is_asked(query)])
    asked: dict[str, Any] = {"org_id": org_id}
    for part in parts:
        asked.update(part.asked(query))
    if dialect == "sqlite":
        asked = {name: json.dumps(value) if isinstance(value, list) else value for name, value in asked.items()}
    row = connection.execute(_statement(dialect, parts), asked).first()
    # No row: nothing is configured, and so nothing is there.
    revision_and_texts: tuple[Any, ...] = (0, *[None] * len(parts)) if row is None else tuple(row)
    revision, *texts = revision_and_texts
    found = {part.field: part.read(text, query) for part, text in zip(parts, texts, strict=True)}
    ended = found.pop(ENDED, None)
    if ended:
        found["days"] = without_ended(found["days"], ended)
    return LedgerView(revision=revision, **found)


@cache
def _statement(dialect: str, parts: tuple[Part, ...]) -> Select:
    columns = [part.column(dialect).label(part.field) for part in parts]
    return sa.select(_o.revision, *columns).where(_o.org_id == ORG)
