"""An audit compares the ledger with a recount of appointments and holds and names each difference (SPEC C6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import Configuration
from booking_engine.domain.tracking import EMPTY, Counts, TrackingKey
from booking_engine.ledger.claims import Name
from booking_engine.ledger.holdings import hold_places, holdings


@attrs.frozen(kw_only=True)
class LedgerSnapshot:
    """The whole ledger of one organisation, all its appointments and all its holds, at one instant.

    ``names`` gives the holders of each name that is held. ``holds`` are those that are stored, ended ones included:
    ``counts`` has the places of them all.
    """

    revision: int
    counts: Mapping[TrackingKey, Counts]
    names: Mapping[Name, frozenset[str]]
    appointments: tuple[Appointment, ...]
    holds: tuple[Hold, ...] = ()


class Difference(NamedTuple):
    """One key whose stored value is not what appointments and holds add up to."""

    key: TrackingKey | Name
    stored: Counts | frozenset[str]
    recounted: Counts | frozenset[str]


def recount(
    configuration: Configuration, appointments: Iterable[Appointment], holds: Iterable[Hold] = ()
) -> tuple[dict[TrackingKey, Counts], dict[Name, frozenset[str]]]:
    """What the ledger must be: counts and names, summed over what every appointment and every hold takes."""
    filled: Counter[TrackingKey] = Counter()
    ai_filled: Counter[TrackingKey] = Counter()
    names: dict[Name, set[str]] = {}
    for appointment in appointments:
        held = holdings(configuration, appointment)
        filled.update(held.places)
        if held.ai:
            ai_filled.update(held.places)
        for name in held.names:
            names.setdefault(name, set()).add(appointment.appointment_id)
    for hold in holds:
        held = hold_places(configuration, hold)
        filled.update(held.places)
        if held.ai:
            ai_filled.update(held.places)
    return (
        {key: Counts(number, ai_filled[key]) for key, number in filled.items()},
        {name: frozenset(holders) for name, holders in names.items()},
    )


def differences(configuration: Configuration, snapshot: LedgerSnapshot) -> tuple[Difference, ...]:
    """Each key on which the ledger and the recount disagree; none, or something is broken."""
    counts, names = recount(configuration, snapshot.appointments, snapshot.holds)
    nobody: frozenset[str] = frozenset()
    found = [
        Difference(key, stored, recounted)
        for key in sorted(snapshot.counts.keys() | counts.keys())
        if (stored := snapshot.counts.get(key, EMPTY)) != (recounted := counts.get(key, EMPTY))
    ]
    found += [
        Difference(name, held, due)
        for name in sorted(snapshot.names.keys() | names.keys(), key=repr)
        if (held := snapshot.names.get(name, nobody)) != (due := names.get(name, nobody))
    ]
    return tuple(found)


def counts_at(configuration: Configuration, snapshot: LedgerSnapshot, now: datetime) -> Mapping[TrackingKey, Counts]:
    """The counts as a view shows them at an instant: without the holds that ended by then."""
    counts = dict(snapshot.counts)
    for hold in snapshot.holds:
        if not hold.is_running(now):
            held = hold_places(configuration, hold)
            for key in held.places:
                filled, ai_filled = counts.get(key, EMPTY)
                counts[key] = Counts(filled - 1, ai_filled - held.ai)
    return counts
