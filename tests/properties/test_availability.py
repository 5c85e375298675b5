"""Availability is admission: what is offered can be booked, and what can be booked is offered (SPEC C5-C7; Inv8)."""

from __future__ import annotations

import copy
import itertools
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from hypothesis import given
from hypothesis import strategies as st

from booking_engine import (
    Accepted,
    AiQuota,
    AvailabilityRow,
    BookAppointment,
    Booked,
    BookingEngine,
    CapacityScope,
    Catalog,
    Channel,
    Session,
    WindowStatus,
)
from booking_engine.ports import Store
from properties.support import AI, API, MONDAY, STAFF, Clinic, attempt, request
from properties.worlds import BRANCHES, DAY, HALF_HOUR, SERVICES, World, midnight, worlds

TICK = timedelta(microseconds=1)


class Ask(NamedTuple):
    """What a fresh person may ask for."""

    start: datetime
    branch_id: str
    service_id: str
    session: Session | None
    batch: str | None
    channel: Channel

    def command(self, phone: str = "+fresh") -> BookAppointment:
        """The booking, of somebody who was never seen."""
        start, branch_id, service_id, session, batch, channel = self
        return request(
            start,
            phone,
            branch_id=branch_id,
            appointment_type=service_id,
            session=session,
            batch=batch,
            channel=channel,
        )


def hours_of(row: AvailabilityRow, world: World) -> tuple[datetime, datetime]:
    """When the window of a row is, on its date; no clock is set in this season."""
    window, midday = row.window, midnight(world.tz, row.date)
    times = (window.start_time, window.end_time)
    if times == (None, None):
        times = world.policy["session_hours"].get(window.session, times)
    (start_hour, start_minute), (end_hour, end_minute) = (
        map(int, (text or edge).split(":")) for text, edge in zip(times, ("00:00", "24:00"), strict=True)
    )
    return (
        midday + timedelta(hours=start_hour, minutes=start_minute),
        midday + timedelta(hours=end_hour, minutes=end_minute),
    )


def length_of(service_id: str | None, world: World) -> timedelta:
    return timedelta(minutes=world.scan_minutes if service_id == "scan" else 0)


def room_for(row: AvailabilityRow, channel: Channel) -> int:
    return row.available_slots if channel is AI else row.staff_available


def is_offered(ask: Ask, world: World, rows: dict[tuple[str, str], tuple[AvailabilityRow, ...]]) -> bool:
    """Whether some row with room fits the ask, at an instant that is still to come and has notice."""
    if ask.start <= world.now or ask.start < world.earliest:
        return False
    length = length_of(ask.service_id, world)
    for row in rows[ask.branch_id, ask.service_id]:
        opens, closes = hours_of(row, world)
        fits = opens <= ask.start and ask.start + max(length, TICK) <= closes
        labels = ask.session in (None, row.window.session) and ask.batch in (None, row.window.batch)
        if fits and labels and room_for(row, ask.channel) > 0:
            return True
    return False


def rows_by_service(made: Clinic) -> dict[tuple[str, str], tuple[AvailabilityRow, ...]]:
    """The exact rows of every service that can still be asked for."""
    active = {service.service_id for service in made.engine.catalog().active_services}
    return {
        (branch, service): made.rows(branch_id=branch, appointment_type=service) if service in active else ()
        for branch in BRANCHES
        for service in SERVICES
    }


def all_asks(world: World) -> list[Ask]:
    """Half-hours and the edges of notice, with and without labels."""
    first = midnight(world.tz) + timedelta(hours=8)
    starts = [first + number * HALF_HOUR for number in range(10)]
    starts += [world.earliest, world.earliest - TICK, world.now + TICK, world.now]
    labels = [(None, None), (Session.MORNING, None), (None, "B0"), (Session.EVENING, "B1")]
    product = itertools.product(starts, BRANCHES, SERVICES, labels, (AI, STAFF))
    on_monday = (each for each in product if each[0].astimezone(world.tz).date() == MONDAY)
    return [Ask(start, branch, service, *label, channel) for start, branch, service, label, channel in on_monday]


@given(data=st.data(), world=worlds())
def test_inv8_an_ask_is_offered_exactly_when_a_fresh_booking_succeeds(data: st.DataObject, world: World) -> None:
    made = world.build()
    rows, asks = rows_by_service(made), all_asks(world)
    for ask in asks:
        accepted = isinstance(made.engine.check(ask.command()), Accepted)
        assert accepted == is_offered(ask, world, rows), ask
    ask = data.draw(st.sampled_from(asks))
    assert isinstance(attempt(made.engine, ask.command()), Booked) == is_offered(ask, world, rows)


@given(data=st.data(), world=worlds())
def test_inv8_room_is_the_number_of_fresh_bookings_that_succeed(data: st.DataObject, world: World) -> None:
    made = world.build()
    rows = [(service, row) for (_, service), found in rows_by_service(made).items() for row in found]
    if not rows:
        return
    service_id, row = data.draw(st.sampled_from(rows))
    channel = data.draw(st.sampled_from([AI, STAFF, API]))
    window, (opens, _) = row.window, hours_of(row, world)
    start = max(opens, world.earliest, world.now + TICK)
    ask = Ask(start, window.branch_id, service_id, window.session, window.batch, channel)
    # Its batch is the window's own: no other window can take the booking.
    outcomes = [attempt(made.engine, ask.command(f"+fresh{number}")) for number in range(room_for(row, channel) + 1)]
    assert [isinstance(outcome, Booked) for outcome in outcomes] == [True] * room_for(row, channel) + [False]
    left = [each for each in made.rows(appointment_type=service_id) if each.window == window]
    assert [room_for(each, channel) for each in left] == [0]


def left_by_sum(row: AvailabilityRow, ai_filled: int, quota: AiQuota) -> tuple[int, int]:
    """SPEC C5, as the documents have it: over the sum of all services, for AI and for staff."""
    staff = row.limits.max_slots - row.filled_slots
    ai = row.limits.ai_slots - row.filled_slots
    if quota is AiQuota.SEPARATE:
        ai = min(row.limits.ai_slots - ai_filled, staff)
    return max(0, ai), max(0, staff)


@given(world=worlds())
def test_c5_a_row_of_all_services_is_a_safe_bound(world: World) -> None:
    made = world.build()
    standing = [each for each in made.appointments() if each.holds_place and each.date == MONDAY]
    exact = rows_by_service(made)
    for row in made.rows():
        inside = [each for each in standing if each.calendar_id == row.window.calendar_id]
        assert row.filled_slots == len(inside)
        ai, staff = left_by_sum(row, sum(each.booked_via is AI for each in inside), world.policy["ai_quota"])
        of_services = [each for found in exact.values() for each in found if each.window == row.window]
        best_ai = max((each.available_slots for each in of_services), default=0)
        best_staff = max((each.staff_available for each in of_services), default=0)
        assert (row.available_slots, row.staff_available) == (min(ai, best_ai), min(staff, best_staff))


@given(world=worlds())
def test_c5_tracking_and_availability_tell_the_same(world: World) -> None:
    made = world.build()
    exact = {
        (row.window.calendar_id, service): row for (_, service), found in rows_by_service(made).items() for row in found
    }
    standing = [each for each in made.appointments() if each.holds_place]
    shared = world.policy["capacity_scope"] is CapacityScope.SHARED
    seen = set()
    for record in made.records():
        row = exact.get((record.key.calendar_id, record.key.service_id))
        if row is None:
            assert (record.available_slots, record.staff_available) == (0, 0)
        else:
            seen.add((record.key.calendar_id, record.key.service_id))
            assert record.status is WindowStatus.OPEN
            assert record.limits == row.limits
            assert record.counts.filled == row.filled_slots
            assert (record.available_slots, record.staff_available) == (row.available_slots, row.staff_available)
        inside = [each for each in standing if (each.calendar_id, each.date) == record.key[:2]]
        own = [each for each in inside if each.service_id == record.key.service_id]
        assert record.counts == (len(own), sum(each.booked_via is AI for each in own))
        assert record.overbooked_by == max(0, len(inside if shared else own) - record.limits.max_slots)
    assert seen == exact.keys()


class Forgetful:
    """The store's handle of somebody who remembers nothing of what was worked out before."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def catalog(self) -> Catalog:
        """The catalog, without its memory."""
        catalog = copy.copy(self._store.catalog())
        catalog.memory = {}
        return catalog

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


steps = st.lists(
    st.tuples(st.sampled_from(["wait", "book", "cancel", "look"]), st.integers(-6, 20)), min_size=2, max_size=12
)


@given(world=worlds(), steps=steps)
def test_availability_that_is_remembered_is_what_a_newcomer_sees(world: World, steps: list[tuple[str, int]]) -> None:
    made = world.build()
    made.configure(cancellation_notice_hours=0)
    for number, (step, amount) in enumerate(steps):
        match step:
            case "wait":
                # Clocks of machines go back, too.
                made.clock.now += amount * HALF_HOUR
            case "book":
                start = midnight(world.tz) + timedelta(hours=8) + abs(amount) * HALF_HOUR
                attempt(made.engine, request(start, f"+new{number}", branch_id="main"))
            case "cancel":
                for appointment in made.appointments()[:1]:
                    made.cancel(appointment)
        newcomer = BookingEngine(cast(Store, Forgetful(made.store)), clock=made.clock)
        later = MONDAY + DAY
        assert made.rows(until=later) == newcomer.availability(MONDAY, until=later)
        for service in made.engine.catalog().active_services:
            wanted: dict[str, Any] = {"appointment_type": service.service_id, "branch_id": "main"}
            assert made.rows(MONDAY, **wanted) == newcomer.availability(MONDAY, **wanted)
