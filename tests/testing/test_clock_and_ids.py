from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def test_the_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(NOON)
    assert (clock(), clock()) == (NOON, NOON)
    clock.advance(timedelta(hours=-1))
    assert clock() == NOON - timedelta(hours=1)


def test_the_clock_tells_utc_whatever_it_is_set_to() -> None:
    clock = FixedClock(NOON.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert clock().isoformat() == "2026-06-15T12:00:00+00:00"
    clock.set(datetime(2026, 6, 16, 0, 30, tzinfo=timezone(timedelta(hours=1))))
    assert clock().isoformat() == "2026-06-15T23:30:00+00:00"


def test_a_clock_takes_no_instant_without_offset() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="aware"):
        FixedClock(NOON).set(NOON.replace(tzinfo=None))


def test_ids_follow_from_the_seed() -> None:
    first, second, other = SeededIds(7), SeededIds(7), SeededIds(8)
    made = [first.token(), first.uuid(), first.token()]
    assert made == [second.token(), second.uuid(), second.token()]
    assert first.last == made[-1]
    assert other.token() != made[0]
    assert len({first.token() for _ in range(1_000)}) == 1_000


def test_ids_have_the_shape_that_the_port_asks_for() -> None:
    ids = SeededIds()
    assert ids.last == ""
    assert re.fullmatch("[a-z2-7]{26}", ids.token())
    assert uuid.UUID(ids.uuid()).version == 4
