"""What must always hold, whatever is asked in whatever order (Inv1 to Inv17)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from booking_engine import (
    AiQuota,
    Appointment,
    Booked,
    BookingEngine,
    CapacityScope,
    Event,
    Rejection,
    TrackingKey,
    Updated,
)
from booking_engine.domain.tracking import ALL_SERVICES, Counts
from properties.support import AI, CANCELLED, COMPLETED, MONDAY, Clinic, attempt, update
from properties.walks import Step, bookable, moves, steps, walk, walks
from properties.worlds import DAY, World, worlds

# --- The state after every step --------------------------------------------------------------------------------------


def places_taken(appointments: tuple[Appointment, ...], scope: CapacityScope) -> dict[TrackingKey, tuple[int, int]]:
    """Inv1: places and AI places, counted one by one."""
    every: Counter[TrackingKey] = Counter()
    ai: Counter[TrackingKey] = Counter()
    for each in appointments:
        if each.status is not CANCELLED:
            services = {each.service_id, ALL_SERVICES} if scope is CapacityScope.SHARED else {each.service_id}
            for key in (TrackingKey(each.calendar_id, each.date, service) for service in services):
                every[key] += 1
                ai[key] += each.booked_via is AI
    return {key: (number, ai[key]) for key, number in every.items()}


def without_zeros(counts: Mapping[TrackingKey, Counts]) -> dict[TrackingKey, tuple[int, int]]:
    return {key: (filled, ai) for key, (filled, ai) in counts.items() if filled or ai}


def assert_nobody_stands_twice(appointments: tuple[Appointment, ...]) -> None:
    """Inv3, Inv4."""
    expected = [each for each in appointments if each.status not in (CANCELLED, COMPLETED)]
    assert max(Counter((e.phone_key, e.service_id, e.date) for e in expected).values(), default=1) == 1
    holding = [each.external_reference_id for each in appointments if each.status is not CANCELLED]
    assert max(Counter(filter(None, holding)).values(), default=1) == 1


def assert_within_limits(made: Clinic, appointment: Appointment) -> None:
    """Inv2: the place that was taken just now is within every limit that applies to it."""
    (record,) = (each for each in made.records(appointment.date) if each.key == appointment.tracking_key)
    configuration = made.engine.catalog().configuration
    shared = configuration.capacity_scope is CapacityScope.SHARED
    taking = [
        each.booked_via
        for each in made.appointments()
        if each.status is not CANCELLED
        and (each.calendar_id, each.date) == (appointment.calendar_id, appointment.date)
        and (shared or each.service_id == appointment.service_id)
    ]
    assert len(taking) <= record.limits.max_slots
    if appointment.booked_via is AI:
        nested = configuration.ai_quota is AiQuota.NESTED
        assert (len(taking) if nested else taking.count(AI)) <= record.limits.ai_slots


def has_new_place(before: Appointment | None, after: Appointment) -> bool:
    if after.status is CANCELLED:
        return False
    return before is None or before.status is CANCELLED or before.tracking_key != after.tracking_key


@given(world=worlds(busy=True), taken=walks)
def test_every_step_keeps_every_invariant(world: World, taken: list[Step]) -> None:
    told: list[Event] = []
    made = world.build()
    made.configure(cancellation_notice_hours=0)
    engine = BookingEngine(made.store, clock=made.clock, observers=[told.append])
    for number, step in enumerate(taken):
        command = step.command(world, made)
        if command is None or step.kind == "window":
            continue
        before, was = made.snapshot(), {each.appointment_id: each for each in made.appointments()}
        told.clear()
        made.clock.now += number * (DAY / 500)
        outcome = attempt(engine, command)
        after, becomes = made.snapshot(), {each.appointment_id: each for each in made.appointments()}

        assert without_zeros(after.counts) == places_taken(after.appointments, world.policy["capacity_scope"])
        assert engine.verify() == ()
        assert_nobody_stands_twice(after.appointments)
        assert was.keys() <= becomes.keys()  # Inv14
        changed = [each for key, each in becomes.items() if was.get(key) != each]
        if not changed:  # Inv5, Inv7: refused, replayed, or so already
            assert isinstance(outcome, Rejection) or not getattr(outcome, "changes", ())
            assert (told, after) == ([], before)
            continue
        (appointment,) = changed
        assert isinstance(outcome, Booked | Updated)
        assert outcome.appointment == appointment
        (event,) = told  # Inv13
        assert engine.history(appointment.appointment_id)[-1] == event
        assert (event.record, event.at) == (appointment, made.clock.now)
        assert appointment.date == appointment.start.astimezone(world.tz).date()  # Inv11
        own = was.get(appointment.appointment_id)
        if own is not None:  # U6
            assert appointment.created_at == own.created_at
            assert appointment.updated_at >= own.updated_at
            assert appointment.version == own.version + 1
        if has_new_place(own, appointment):
            assert_within_limits(made, appointment)


# --- Two runs --------------------------------------------------------------------------------------------------------


def everything(made: Clinic) -> tuple[Any, ...]:
    """What can be seen of an organisation."""
    histories = [made.engine.history(each.appointment_id) for each in made.appointments()]
    later = MONDAY + DAY
    return made.snapshot(), histories, made.rows(until=later), made.records(), made.records(later)


@given(world=worlds(busy=True), taken=walks)
def test_inv10_the_same_asks_have_the_same_answers(world: World, taken: list[Step]) -> None:
    first, second = world.build(), world.build()
    assert walk(world, first, taken) == walk(world, second, taken)
    assert everything(first) == everything(second)


@given(world=worlds(busy=True), taken=walks)
def test_inv16_regenerate_and_verify_are_fixed_points(world: World, taken: list[Step]) -> None:
    made = world.build()
    walk(world, made, taken)
    before = everything(made)
    once, twice = made.engine.regenerate(), made.engine.regenerate()
    assert once == twice
    assert once.differences == made.engine.verify() == ()
    assert everything(made) == before


class NamedIds:
    """Makes the ids that it was told to make next."""

    next = ""

    def token(self) -> str:
        """See ``IdFactory``."""
        return self.next

    def uuid(self) -> str:
        """See ``IdFactory``."""
        return self.next


def in_this_order(world: World, *asks: tuple[str, Step]) -> tuple[dict[str, Any], Clinic]:
    """The outcome of each ask by its name; an ask makes the same ids, whenever it comes."""
    made, ids = world.build(), NamedIds()
    engine = BookingEngine(made.store, clock=made.clock, ids=ids)
    outcomes = {}
    for name, step in asks:
        ids.next = name * 26
        command = step.command(world, made)
        if command is not None:
            outcomes[name] = attempt(engine, command)
    return outcomes, made


@given(world=worlds(busy=True), first=steps, second=steps, places=st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_inv17_bookings_on_different_keys_commute(
    world: World, first: Step, second: Step, places: tuple[int, int]
) -> None:
    # Other people, other references, other doctors, and another date: no key in common.
    asks = (
        ("a", attrs.evolve(first, kind="book", phone="+a", reference="A", doctor="Dr A", place=2 * places[0])),
        ("b", attrs.evolve(second, kind="book", phone="+b", reference="B", doctor="Dr B", place=2 * places[1] + 1)),
    )
    outcomes, made = in_this_order(world, *asks)
    other_outcomes, other = in_this_order(world, *reversed(asks))
    assert outcomes == other_outcomes
    mine, theirs = made.snapshot(), other.snapshot()
    assert (mine.counts, mine.names) == (theirs.counts, theirs.names)
    assert made.appointments() == other.appointments()


@given(world=worlds(busy=True), booking=steps, change=moves, place=st.integers(0, 9))
def test_inv17_a_change_commutes_with_a_booking_elsewhere(
    world: World, booking: Step, change: Step, place: int
) -> None:
    booked = ("b", attrs.evolve(booking, kind="book", phone="+b", reference="B", doctor=None, place=2 * place + 1))
    standing = world.build().appointments()
    assume(standing)
    # Nobody stands on Tuesday, and the change stays on Monday; the booking is the appointment listed last.
    moved = ("a", attrs.evolve(change, place=2 * place, which=change.which % len(standing)))
    outcomes, made = in_this_order(world, moved, booked)
    other_outcomes, other = in_this_order(world, booked, moved)
    assert outcomes == other_outcomes
    assert without_zeros(made.snapshot().counts) == without_zeros(other.snapshot().counts)
    assert made.appointments() == other.appointments()


# --- Giving back ----------------------------------------------------------------------------------------------------


def offers(made: Clinic) -> list[Any]:
    """Everything that is offered, of all services and of each."""
    days: list[date] = [MONDAY, MONDAY + DAY]
    active = [service.service_id for service in made.engine.catalog().active_services]
    wanted: list[dict[str, str]] = [{}, *({"appointment_type": service_id} for service_id in active)]
    return [made.rows(day, **each) for day in days for each in wanted] + [made.records(day) for day in days]


@given(data=st.data(), world=worlds(busy=True), step=steps)
def test_inv6_a_cancellation_restores_exactly_what_was_offered_before(
    data: st.DataObject, world: World, step: Step
) -> None:
    made = world.build()
    made.configure(cancellation_notice_hours=0)
    offered, granted = offers(made), bookable(world, made, step)
    assume(granted)
    command = data.draw(st.sampled_from(granted)).booking(world)
    booked = made.engine.book(command).appointment
    cancelled = made.cancel(booked)
    assert offers(made) == offered
    assert made.cancel(booked) == cancelled
    assert len(made.engine.history(booked.appointment_id)) == 2
    # The name and the reference are free as well.
    assert not made.engine.book(command).replayed


@given(data=st.data(), world=worlds(busy=True), step=steps, place=st.integers(0, 18))
def test_inv7_a_move_is_a_booking_there_by_somebody_who_was_never_here(
    data: st.DataObject, world: World, step: Step, place: int
) -> None:
    made, twin = world.build(), world.build()
    granted = bookable(world, made, step)
    assume(granted)
    here = data.draw(st.sampled_from(granted))
    there = attrs.evolve(here, place=place)
    booked = made.engine.book(here.booking(world)).appointment
    before = made.snapshot()
    moved = attempt(made.engine, update(booked, appointment_date=there.start(world)))
    at_once = attempt(twin.engine, there.booking(world))
    if isinstance(moved, Rejection):
        assert moved == at_once
        assert made.snapshot() == before
    else:
        assert moved.appointment.tracking_key == at_once.appointment.tracking_key
        assert moved.appointment.appointment_id == booked.appointment_id
        assert offers(made) == offers(twin)
        assert without_zeros(made.snapshot().counts) == without_zeros(twin.snapshot().counts)
