"""An audit holds the ledger against a recount of the appointments and names each difference (SPEC C6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.organisation import Configuration
from booking_engine.domain.tracking import EMPTY, Counts, TrackingKey
from booking_engine.ledger.claims import Name
from booking_engine.ledger.holdings import holdings


@attrs.frozen(kw_only=True)
class LedgerSnapshot:
    """The whole ledger of one organisation and all its appointments, at one instant.

    ``names`` gives the holders of each name that is held.
    """

    revision: int
    counts: Mapping[TrackingKey, Counts]
    names: Mapping[Name, frozenset[str]]
    appointments: tuple[Appointment, ...]


class Difference(NamedTuple):
    """One key whose stored value is not what the appointments add up to."""

    key: TrackingKey | Name
    stored: Counts | frozenset[str]
    recounted: Counts | frozenset[str]


def recount(
    configuration: Configuration, appointments: Iterable[Appointment]
) -> tuple[dict[TrackingKey, Counts], dict[Name, frozenset[str]]]:
    """What the ledger must be: counts and names, summed over the holdings of every appointment."""
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
    return (
        {key: Counts(number, ai_filled[key]) for key, number in filled.items()},
        {name: frozenset(holders) for name, holders in names.items()},
    )


def differences(configuration: Configuration, snapshot: LedgerSnapshot) -> tuple[Difference, ...]:
    """Each key on which the ledger and the recount disagree; none, or something is broken."""
    counts, names = recount(configuration, snapshot.appointments)
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
