"""A seed is what one organisation has set up and booked, made in memory by the engine; its rows go in in bulk.

So a hundred thousand appointments take seconds instead of minutes. Whether the rows are those that bookings one by one
would have left is seen after every run, when the ledger is held against a recount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import attrs
import clinic
import sqlalchemy as sa

from booking_engine.adapters.memory import MemoryStore
from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.tables import (
    APPOINTMENTS,
    CATALOG_RECORDS,
    COUNTERS,
    DOCTOR_DAYS,
    DUPLICATES,
    EVENTS,
    ORGANISATIONS,
)
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.events import Event
from booking_engine.domain.window import SLOTS_MAX
from booking_engine.ledger.audit import recount
from booking_engine.ledger.claims import DuplicateName

ROOMY = {"max_slots": SLOTS_MAX, "ai_slots": SLOTS_MAX * 8 // 10}
"""More than is ever booked in one run: what is measured is bookings, not refusals."""
_ROWS_A_STATEMENT = 10_000
Rows: TypeAlias = Mapping[sa.Table, list[dict[str, Any]]]


class Seed(NamedTuple):
    """One organisation: its catalog, the events that set it up, and its appointments in the order they were booked."""

    catalog: Catalog
    setup: tuple[Event, ...]
    appointments: tuple[Appointment, ...] = ()
    booked: tuple[Event, ...] = ()

    def first(self, size: int) -> Seed:
        """The same organisation when it had so many appointments."""
        return self._replace(appointments=self.appointments[:size], booked=self.booked[:size])

    def rows(self, org_id: str) -> Rows:
        """The rows of the organisation under an id."""
        catalog, records_of_catalog = self.catalog, self._catalog_records(org_id)
        counts, names = recount(catalog.configuration, self.appointments)
        days = Counter(day for appointment in self.appointments for day in appointment.doctor_days)
        duplicates = [(name, holders) for name, holders in names.items() if isinstance(name, DuplicateName)]
        return {
            ORGANISATIONS: [{"org_id": org_id, "revision": catalog.revision}],
            CATALOG_RECORDS: [records.catalog_row(org_id, each, at) for at, each in enumerate(records_of_catalog)],
            APPOINTMENTS: [records.appointment_row(org_id, each) for each in self.appointments],
            COUNTERS: [{"org_id": org_id, **key._asdict(), **found._asdict()} for key, found in counts.items()],
            DUPLICATES: [
                {"org_id": org_id, **name._asdict(), "held": len(holders), "holders": _listed(holders)}
                for name, holders in duplicates
            ],
            DOCTOR_DAYS: [{"org_id": org_id, **day._asdict(), "version": times} for day, times in days.items()],
            EVENTS: [records.event_row(self._under(org_id, each)) for each in (*self.setup, *self.booked)],
        }

    def _catalog_records(self, org_id: str) -> list[CatalogRecord]:
        catalog = self.catalog
        organisation = attrs.evolve(catalog.organisation, org_id=org_id)
        return [organisation, *catalog.branches.values(), *catalog.services.values(), *catalog.windows.values()]

    def _under(self, org_id: str, event: Event) -> Event:
        """The event as it would have happened to the organisation with this id."""
        if event.record != self.catalog.organisation:
            return attrs.evolve(event, org_id=org_id)
        return attrs.evolve(
            event, org_id=org_id, subject_id=org_id, record=attrs.evolve(self.catalog.organisation, org_id=org_id)
        )


def _listed(holders: frozenset[str]) -> str:
    return "".join(f" {holder}" for holder in sorted(holders))


def booked(size: int) -> Seed:
    """The clinic of the workload with so many appointments, and with room for any number more."""
    store = MemoryStore()
    clinic.with_appointments(size, store, **ROOMY)
    appointments = store.snapshot().appointments
    seed = _empty(store)
    return seed._replace(
        appointments=appointments,
        booked=tuple(event for each in appointments for event in store.history(each.appointment_id)),
    )


def with_windows(windows: int) -> Seed:
    """The clinic without an appointment, with so many windows in its catalog."""
    store = MemoryStore()
    clinic.empty(store, windows=windows, **ROOMY)
    return _empty(store)


def _empty(store: MemoryStore) -> Seed:
    catalog = store.catalog()
    subjects = [catalog.organisation.org_id, *catalog.branches, *catalog.services, *catalog.windows]
    return Seed(catalog, tuple(event for subject in subjects for event in store.history(subject)))


def plant(connection: sa.Connection, rows: Rows) -> None:
    """Write rows into tables that are there."""
    for table, all_of_it in rows.items():
        for some in _chunks(all_of_it):
            connection.execute(sa.insert(table), some)


def _chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, len(rows), _ROWS_A_STATEMENT):
        yield rows[first : first + _ROWS_A_STATEMENT]
