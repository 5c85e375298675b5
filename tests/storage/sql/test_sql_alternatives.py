"""Alternatives from a database: one query for the counts of all dates, and what the memory store finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from properties.support import (
    NEXT_MONDAY,
    NOW,
    Clinic,
    Clock,
    CountedIds,
    attempt,
    clinic,
    monday,
    request,
    window,
)
from sqlalchemy import event

from booking_engine import AddBranch, AddService, BookingEngine, ConfigureOrganisation
from booking_engine.adapters.sql import SqlStore, open_engine

LATE = window("late", ai_slots=2, start_time="11:00", end_time="13:00")
BOOKINGS = (
    request(monday("09:30"), "+911", assigned_doctor="Dr Rao"),
    request(monday("11:00"), "+912", assigned_doctor="Dr Rao"),
    request(monday("09:30", NEXT_MONDAY), "+913"),
)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    made = open_engine(request.getfixturevalue(request.param))
    yield made
    made.dispose()


@pytest.fixture
def stored(database: sa.Engine) -> BookingEngine:
    """The engine of a small clinic in the database, set up and booked as ``remembered``."""
    engine = BookingEngine(SqlStore(database, "sunrise"), clock=Clock(NOW), ids=CountedIds())
    policy = {"buffer_time_minutes": 15, "timezone": "UTC", "name": "Sunrise Clinic"}
    engine.configure(ConfigureOrganisation(**policy))  # type: ignore[arg-type]  # of several kinds
    engine.add_branch(AddBranch(branch_id="main", name="Main"))
    engine.add_service(AddService(service_id="checkup", name="Checkup"))
    for each in (window(), LATE):
        engine.create_window(each)
    for booking in BOOKINGS:
        engine.book(booking)
    return engine


@pytest.fixture
def remembered() -> Clinic:
    made = clinic(window(), LATE, buffer_time_minutes=15)
    for booking in BOOKINGS:
        made.engine.book(booking)
    return made


def told(database: sa.Engine, ask: Any) -> list[str]:
    """The tables that the statements of an ask read from."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if "FROM" in statement:
            sent.append(statement)

    event.listen(database, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(database, "before_cursor_execute", note)
    return [
        name
        for statement in sent
        for name in ("counters", "doctor_days", "duplicates", "appointments")
        if f"{name}." in statement
    ]


def starts(offered: Any) -> list[tuple[Any, str, int, str]]:
    return [(each.start, each.window.calendar_id, each.available_slots, each.kind) for each in offered]


def test_one_query_reads_all_dates(database: sa.Engine, stored: BookingEngine, remembered: Clinic) -> None:
    def ask() -> None:
        found.extend(stored.alternatives("checkup", monday("09:30"), limit=4))

    found: list[Any] = []
    stored.alternatives("checkup", monday("09:30"))  # the catalog is read once
    assert told(database, ask) == ["counters"]
    assert starts(found) == starts(remembered.engine.alternatives("checkup", monday("09:30"), limit=4))
    assert len(found) == 4


def test_a_doctor_adds_the_reads_of_the_doctor(database: sa.Engine, stored: BookingEngine, remembered: Clinic) -> None:
    found: list[Any] = []
    wish: Any = {"assigned_doctor": "dr rao", "limit": 4}
    read = told(database, lambda: found.extend(stored.alternatives("checkup", monday("11:10"), **wish)))
    assert read == ["counters", "doctor_days", "appointments"]
    expected = remembered.engine.alternatives("checkup", monday("11:10"), **wish)
    assert starts(found) == starts(expected)
    assert expected[0].start == monday("11:15")


def test_a_refusal_knows_the_other_dates_of_the_person(stored: BookingEngine, remembered: Clinic) -> None:
    asked = request(monday("09:30"), "+913", alternatives=4)
    refused = [attempt(engine, asked) for engine in (stored, remembered.engine)]
    assert starts(refused[0].alternatives) == starts(refused[1].alternatives)
    dates = {each.date for each in refused[0].alternatives}
    assert NEXT_MONDAY not in dates
    stranger = attempt(stored, attrs.evolve(asked, parent_phone="+919"))
    assert NEXT_MONDAY in {each.date for each in stranger.alternatives}
