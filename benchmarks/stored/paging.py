"""J2 in a database: thirty days of availability with live fills, and how many queries they took."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import clinic
import sqlalchemy as sa
import workload
from measuring import progress
from sqlalchemy import event

from booking_engine import AvailabilityRow, BookingEngine
from booking_engine.adapters.sql import SqlStore, open_engine
from stored.arrivals import Scattered, starts
from stored.found import AFTER_A_BOOKING, UNCHANGED, Found
from stored.places import Place
from stored.scale import APPOINTMENTS, seed_name

_NOT_QUERIES = ("BEGIN", "COMMIT", "ROLLBACK")


def show(place: Place, size: int, pages: int, found: Found) -> None:
    """One round: a page after a booking on one of its days, and one when nothing has happened."""
    progress(f"{place.name}, {size:,} appointments, {pages} pages")
    with place.copy(seed_name(APPOINTMENTS, size)) as url:
        database = open_engine(url)
        try:
            _show(BookingEngine(SqlStore(database)), database, place.name, size, pages, found)
        finally:
            database.dispose()


def _show(engine: BookingEngine, database: sa.Engine, name: str, size: int, pages: int, found: Found) -> None:
    there = sum(workload.request(number).date <= workload.PAGE_LAST_DATE for number in range(size))
    of_page = tuple(start for start in starts() if start.date() <= workload.PAGE_LAST_DATE)
    bookings = Scattered(of_page).stream(0, 1)

    def booked() -> None:
        nonlocal there
        engine.book(next(bookings))
        there += 1

    before: Mapping[str, Callable[[], object]] = {AFTER_A_BOOKING: booked, UNCHANGED: lambda: None}
    for case, prepare in before.items():
        prepare()
        queries = _queries(engine, database)  # this page makes connections and caches, too
        taken_us = []
        for _ in range(pages):
            prepare()
            begun = perf_counter()
            rows = clinic.page(engine)
            taken_us.append((perf_counter() - begun) * 1e6)
            _check(rows, there)
        found.add_pages(name, case, size, taken_us, queries)


def _check(rows: Sequence[AvailabilityRow], there: int) -> None:
    """An ``AssertionError`` unless a page shows every booking that was answered before."""
    assert len(rows) == clinic.PAGE_ROWS
    assert sum(row.filled_slots for row in rows) == there


def _queries(engine: BookingEngine, database: sa.Engine) -> int:
    """How many queries one page sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if not statement.startswith(_NOT_QUERIES):
            sent.append(statement)

    event.listen(database, "before_cursor_execute", note)
    try:
        clinic.page(engine)
    finally:
        event.remove(database, "before_cursor_execute", note)
    return len(sent)
