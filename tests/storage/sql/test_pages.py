"""A page behind a position begins there: both databases go into their index and pass nobody over."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import event

from booking_engine.adapters.sql import SqlStore, open_engine
from booking_engine.ledger.page import AppointmentFilter, Position

NINE = datetime(2026, 6, 15, 9, tzinfo=UTC)
BEHIND = AppointmentFilter(after=Position(NINE + timedelta(minutes=5), "appt_"))


def plan_of_the_page(engine: sa.Engine, explain: str) -> str:
    """How the database answers the page that the store asks for."""
    asked: list[tuple[str, object]] = []

    def keep(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        SqlStore(engine, "clinic").appointments(BEHIND, 0, 5)
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    [(statement, parameters)] = [each for each in asked if "ORDER BY" in each[0]]
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)  # type: ignore[arg-type]
        return "\n".join(str(row[-1]) for row in rows)


def check(url: str, explain: str, searched: str) -> None:
    engine = open_engine(url)
    try:
        plan = plan_of_the_page(engine, explain)
        assert re.search(searched, plan), plan
        assert "sort" not in plan.lower(), plan
        assert "b-tree" not in plan.lower(), plan
    finally:
        engine.dispose()


def test_sqlite_begins_in_its_index(sqlite_url: str) -> None:
    where = r"USING INDEX booking_appointments_start \(org_id=\? AND \(start,appointment_id\)>\(\?,\?\)\)"
    check(sqlite_url, "EXPLAIN QUERY PLAN", where)


def test_postgresql_begins_in_its_index(postgres_url: str) -> None:
    where = r"Index Scan using booking_appointments_start .*\n *Index Cond: .*ROW\(start, appointment_id\) > ROW\("
    check(postgres_url, "EXPLAIN", where)
