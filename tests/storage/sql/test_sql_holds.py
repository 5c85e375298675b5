"""Holds that ended in a database: however many are still counted, whoever comes next gives all of them back at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking_engine import BookingEngine, Channel
from booking_engine import commands as c
from booking_engine.adapters.sql import SqlStore, open_engine
from booking_engine.domain.organisation import CapacityScope
from booking_engine.domain.window import Session, Weekday
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.material import NINE, NOW


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    made = open_engine(request.getfixturevalue(request.param))
    yield made
    made.dispose()


def statements_of_a_hold_after(engine: sa.Engine, ended: int, scope: CapacityScope) -> int:
    """How many statements a hold takes in a window-date where so many ended, of two services and two channels."""
    clock = FixedClock(NOW)
    opened = BookingEngine(SqlStore(engine, f"{scope.value} {ended}"), clock=clock)
    opened.execute(c.ConfigureOrganisation(timezone="UTC", min_notice_hours=0, capacity_scope=scope))
    opened.execute(c.AddBranch(name="Main", branch_id="main"))
    for name in ("checkup", "vaccination"):
        opened.execute(c.AddService(name=name, service_id=name))
    opened.execute(
        c.CreateWindow(branch_id="main", day=Weekday.MONDAY, session=Session.MORNING, max_slots=ended, ai_slots=ended)
    )
    services, channels = ("checkup", "vaccination"), (Channel.AI_AGENT, Channel.API, Channel.API)
    for number in range(ended):
        service, channel = services[number % 2], channels[number % 3]
        opened.hold(c.HoldPlace(holder=f"h{number}", appointment_type=service, appointment_date=NINE, channel=channel))
    clock.advance(timedelta(hours=1))
    sent: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    opened.hold(c.HoldPlace(holder="next", appointment_type="checkup", appointment_date=NINE))
    number_sent = len(sent)
    snapshot = SqlStore(engine, f"{scope.value} {ended}").snapshot()
    assert [each.holder for each in snapshot.holds] == ["next"]
    assert sum(each.ai_filled for each in snapshot.counts.values()) == 0
    assert opened.verify() == ()
    return number_sent


@pytest.mark.parametrize("scope", CapacityScope)
def test_however_many_ended_each_counter_is_written_once(engine: sa.Engine, scope: CapacityScope) -> None:
    assert statements_of_a_hold_after(engine, 24, scope) == statements_of_a_hold_after(engine, 6, scope)
