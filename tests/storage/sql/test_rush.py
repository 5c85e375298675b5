"""Thirty-two callers of one process who book at once, and go in groups for it, are each answered exactly.

Two of them ask for the same references, one after the other.
"""

from __future__ import annotations

import functools

import pytest

from booking_engine.engine import BookingEngine
from booking_engine.testing.conformance.racing import race
from storage import broken

from .conftest import Load
from .databases import Database
from .rush import FULL, Acknowledged, Rush, engine_over

LINES = 16
RUSH = Rush(places=12)  # of sixteen lines four are refused every day


@pytest.mark.parametrize("awaited", [False, True], ids=["threads", "tasks"])
@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
def test_everybody_is_answered_exactly(url: str, awaited: bool, request: pytest.FixtureRequest, load: Load) -> None:
    database = Database(request.getfixturevalue(url), awaited=awaited, synced=False)
    acknowledged, wrongs = rushed(database, load.rush_days)
    assert wrongs == []
    assert sum(each.answer == FULL for each in acknowledged) == load.rush_days * (LINES - RUSH.places)


def test_over_a_store_that_asks_for_nothing_there_are_more_than_places(sqlite_url: str) -> None:
    _, wrongs = rushed(Database(sqlite_url, synced=False, broken=broken.AsksForNothing), 1)
    assert "2026-06-02 has 16 of 12" in wrongs


def rushed(database: Database, days: int) -> tuple[set[Acknowledged], list[str]]:
    """What everybody was told in a rush for so many days, and what is wrong afterwards."""
    with database.handles() as handle:
        store = handle("clinic")
        RUSH.open_clinic(store)
        lines = [*range(LINES), *range(LINES)]
        told = race([functools.partial(booked, engine_over(store), line, days) for line in lines])
        acknowledged = set().union(*told)
        return acknowledged, RUSH.wrongs(store, acknowledged)


def booked(engine: BookingEngine, line: int, days: int) -> set[Acknowledged]:
    return {RUSH.book(engine, line, day) for day in range(days)}
