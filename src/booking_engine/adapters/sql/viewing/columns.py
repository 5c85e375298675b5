"""Columns of a view: rows as JSON, which both databases make of them, and conditions that are one parameter.

JSON is read in a fraction of the time that rows take. What differs between the databases is here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.tables import APPOINTMENTS, HOLDS, Instant

Column: TypeAlias = sa.ColumnElement[Any]
Select: TypeAlias = sa.Select[*tuple[Any, ...]]

ORG: sa.BindParameter[str] = sa.bindparam("org_id")

_a, _h = APPOINTMENTS.c, HOLDS.c


def among(dialect: str, column: Column, name: str) -> Column:
    """Whether a column is in a list that is one parameter: the statement is the same for every number of values."""
    if dialect == "sqlite":
        each = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
        return column.in_(sa.select(each.c.value))
    return column == sa.any_(sa.bindparam(name, type_=ARRAY(sa.Text)))


def rows_of(dialect: str, values: Iterable[Column], *conditions: Column) -> Column:
    """Rows as one JSON text."""
    if dialect == "sqlite":
        rows: Column = sa.func.json_group_array(sa.func.json_array(*values))
    else:
        rows = sa.cast(sa.func.json_agg(sa.func.json_build_array(*values)), sa.Text)
    return sa.select(rows).where(*conditions).scalar_subquery()


def grouped_rows(dialect: str, values: Sequence[Column], order: Sequence[Column]) -> Column:
    """The rows of each group as one JSON text; on PostgreSQL in an order, so that the same rows are the same text."""
    if dialect == "sqlite":
        rows: Any = sa.func.json_group_array(sa.func.json_array(*values))
    else:
        rows = sa.func.json_agg(aggregate_order_by(sa.func.json_build_array(*values), *order))
    return sa.cast(rows, sa.Text)


def appointments(dialect: str, *conditions: Column) -> Column:
    """The appointments that meet the conditions, as ``records.appointments_in`` reads them."""
    columns = [_a[name] for name in records.APPOINTMENT_FIELDS]
    return rows_of(dialect, _plain(dialect, columns), _a.org_id == ORG, *conditions)


def holds(dialect: str, *conditions: Column) -> Column:
    """The holds that meet the conditions, as ``records.holds_in`` reads them."""
    columns = [_h[name] for name in records.HOLD_FIELDS]
    return rows_of(dialect, _plain(dialect, columns), _h.org_id == ORG, *conditions)


def _plain(dialect: str, columns: Sequence[Column]) -> list[Column]:
    """The columns with instants as their UTC text, which PostgreSQL would write in the time zone of the session."""
    if dialect == "sqlite":
        return list(columns)
    return [_utc_text(each) if isinstance(each.type, Instant) else each for each in columns]


def _utc_text(instant: Column) -> Column:
    return sa.func.to_char(sa.func.timezone("UTC", instant), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
