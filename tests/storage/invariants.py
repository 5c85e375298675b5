"""The invariants of every state, read off what the store shows (Inv1-Inv4, Inv13; SPEC §6.10)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.text import fold
from booking_engine.domain.tracking import EMPTY, TrackingKey
from booking_engine.ledger.audit import LedgerSnapshot, differences
from booking_engine.ledger.holdings import duplicate_name, limited_key
from booking_engine.ports import Store
from booking_engine.testing.interleavings import Run


def broken_invariants(store: Store, *, lowered: bool = False) -> list[str]:
    """The name of each invariant that does not hold; ``lowered`` limits may be exceeded."""
    return [*_of_the_ledger(store, lowered), *_of_the_appointments(store), *_of_the_history(store)]


def _of_the_ledger(store: Store, lowered: bool) -> Iterator[str]:
    catalog, snapshot = store.catalog(), store.snapshot()
    if differences(catalog.configuration, snapshot):
        yield "Inv1: the ledger is the recount of the appointments and holds"
    for place in _places(snapshot):
        key = limited_key(catalog.configuration, place)
        window_date = catalog.window_date(catalog.windows[key.calendar_id], key.date)
        if snapshot.counts.get(key, EMPTY).filled > window_date.limits_for(key.service_id).max_slots and not lowered:
            yield "Inv2: no more are accepted than the limit allows"


def _places(snapshot: LedgerSnapshot) -> Iterator[TrackingKey]:
    yield from (appointment.tracking_key for appointment in snapshot.appointments)
    yield from (hold.tracking_key for hold in snapshot.holds)


def _of_the_appointments(store: Store) -> Iterator[str]:
    configuration, appointments = store.catalog().configuration, store.snapshot().appointments
    expected = [each for each in appointments if each.is_expected]
    names = Counter(duplicate_name(configuration, a.phone_key, a.tracking_key, a.patient_name) for a in expected)
    if configuration.duplicate_prevention and any(number > 1 for number in names.values()):
        yield "Inv3: one expected appointment for each phone, service and date"
    references = Counter(each.external_reference_id for each in appointments if each.holds_place)
    if any(number > 1 for reference, number in references.items() if reference is not None):
        yield "Inv4: one appointment that is not cancelled for each reference"
    gap = timedelta(minutes=configuration.buffer_time_minutes)
    if any(_too_near(one, other, gap) for one, other in itertools.combinations(expected, 2)):
        yield "SPEC §6.10: a doctor's appointments keep their gap"


def _too_near(one: Appointment, other: Appointment, gap: timedelta) -> bool:
    if one.assigned_doctor is None or other.assigned_doctor is None:
        return False
    apart = max(other.start - one.end, one.start - other.end)
    return fold(one.assigned_doctor) == fold(other.assigned_doctor) and apart < gap


def _of_the_history(store: Store) -> Iterator[str]:
    for appointment in store.snapshot().appointments:
        events = store.history(appointment.appointment_id)
        if [event.name for event in events].count("appointment.created") != 1 or events[0].version != 1:
            yield "Inv13: a booking is told once"
        versions = [event.version for event in events]
        if versions != sorted(set(versions)) or versions[-1] > appointment.version:
            yield "Inv13: one event for each accepted change"


def broken_tellings(run: Run) -> list[str]:
    """Observers are told of exactly the events of those commands whose answers were heard."""
    events = [event for each in run.operations for event in each.told]
    # A hold that was given up is not in the picture; its history is in the store.
    committed = {event.event_id for each in events for event in run.store.history(each.subject_id)}
    told = [event.event_id for event in events]
    broken = []
    if len(told) != len(set(told)):
        broken.append("observers are told once")
    if not set(told) <= committed:
        broken.append("observers are told of what was committed")
    return broken
