"""A picture is everything that a store shows of one organisation, in one order: two equal pictures, one state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import attrs

from booking_engine.domain.appointment import Appointment, DoctorDay, doctor_days
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.slotid import SlotId
from booking_engine.domain.tracking import EMPTY, Counts, TrackingKey
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Name
from booking_engine.ledger.view import LedgerQuery
from booking_engine.ports import Store

_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Picture:
    """The state of one organisation's store, as far as the port shows it. Keys without places are left out."""

    revision: int
    records: tuple[CatalogRecord, ...]
    appointments: tuple[Appointment, ...]
    holds: tuple[Hold, ...]
    counts: Mapping[TrackingKey, Counts]
    names: Mapping[Name, frozenset[str]]
    doctor_versions: Mapping[DoctorDay, int]
    history: Mapping[str, tuple[Event, ...]]


def picture_of(store: Store, subject_ids: Iterable[str] = ()) -> Picture:
    """What the store shows while nobody changes it; ``subject_ids`` are records that may not be there."""
    catalog, snapshot = store.catalog(), store.snapshot()
    subjects = dict.fromkeys((*subjects_of(catalog), *_ids(snapshot), *subject_ids))
    history = {subject: events for subject in subjects if (events := store.history(subject))}
    days = _doctor_days(snapshot, history)
    versions = store.view(LedgerQuery(now=_ANY_INSTANT, doctor_days=days)).doctor_versions if days else {}
    return Picture(
        revision=snapshot.revision,
        records=records_of(catalog),
        appointments=tuple(sorted(snapshot.appointments, key=lambda each: each.appointment_id)),
        holds=tuple(sorted(snapshot.holds, key=lambda each: each.hold_id)),
        counts={key: counts for key, counts in snapshot.counts.items() if counts != EMPTY},
        names={name: holders for name, holders in snapshot.names.items() if holders},
        doctor_versions={day: version for day, version in versions.items() if version},
        history=history,
    )


def records_of(catalog: Catalog) -> tuple[CatalogRecord, ...]:
    """Every record of a catalog: branches and services as they were added, the others by their keys."""
    return (
        catalog.organisation,
        *catalog.branches.values(),
        *catalog.services.values(),
        *(catalog.windows[calendar_id] for calendar_id in sorted(catalog.windows)),
        *(catalog.overrides[key] for key in sorted(catalog.overrides, key=repr)),
        *(catalog.closures[closure_id] for closure_id in sorted(catalog.closures)),
    )


def subjects_of(catalog: Catalog) -> tuple[str, ...]:
    """The ids under which the history tells of the catalog's records."""
    return (
        catalog.organisation.org_id,
        *catalog.branches,
        *catalog.services,
        *catalog.windows,
        *(str(SlotId(*key)) for key in catalog.overrides),
        *catalog.closures,
    )


def _ids(snapshot: LedgerSnapshot) -> Iterator[str]:
    yield from (each.appointment_id for each in snapshot.appointments)
    yield from (each.hold_id for each in snapshot.holds)


def _doctor_days(snapshot: LedgerSnapshot, history: Mapping[str, tuple[Event, ...]]) -> tuple[DoctorDay, ...]:
    told = (event.record for events in history.values() for event in events)
    versions = (*snapshot.appointments, *(record for record in told if isinstance(record, Appointment)))
    margin = timedelta(days=1)
    found = {
        day
        for each in versions
        if each.assigned_doctor is not None
        for day in doctor_days(each.assigned_doctor, each.start - margin, each.end + margin)
    }
    return tuple(sorted(found))
