"""Records come back from rows as they were put in."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given

from booking_engine.adapters.sql import records
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.events import Event
from booking_engine.testing import strategies as st


@given(appointment=st.appointments())
def test_appointments(appointment: Appointment) -> None:
    row = records.appointment_row("org", appointment)
    assert records.appointment_of([row[name] for name in records.APPOINTMENT_FIELDS]) == appointment


@given(event=st.appointment_events())
def test_events(event: Event) -> None:
    found = records.event_of(SimpleNamespace(**records.event_row(event)))
    assert (type(found), found) == (type(event), event)


@given(catalog=st.catalogs())
def test_catalogs(catalog: Catalog) -> None:
    everything: list[CatalogRecord] = [
        catalog.organisation,
        *catalog.branches.values(),
        *catalog.services.values(),
        *catalog.windows.values(),
        *catalog.overrides.values(),
        *catalog.closures.values(),
    ]
    rows = [records.catalog_row("org", record, position) for position, record in enumerate(everything)]
    found = records.catalog_of("org", catalog.revision, [(row["kind"], row["body"]) for row in rows])
    for name in ("revision", "organisation", "branches", "services", "windows", "overrides", "closures"):
        assert getattr(found, name) == getattr(catalog, name), name
    assert len({(row["kind"], row["record_id"]) for row in rows}) == len(rows)
