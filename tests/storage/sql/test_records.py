"""Records come back from rows as they were put in."""

from __future__ import annotations

import json
from types import SimpleNamespace

import attrs
from hypothesis import given

from booking_engine.adapters.sql import records
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.events import Event
from booking_engine.domain.organisation import Organisation
from booking_engine.testing import strategies as st
from booking_engine.testing.conformance import material


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


def test_a_window_that_was_stored_before_windows_had_versions_is_at_its_first() -> None:
    window = material.SECOND
    row = records.catalog_row("org", window, 0)
    before = {name: value for name, value in json.loads(row["body"]).items() if name != "version"}
    clinic = Organisation(org_id="org", name="Clinic", configuration=material.POLICY)
    others = [records.catalog_row("org", record, 1) for record in (clinic, material.MAIN)]
    rows = [*((other["kind"], other["body"]) for other in others), (row["kind"], json.dumps(before))]
    [found] = records.catalog_of("org", 1, rows).windows.values()
    assert found == attrs.evolve(window, version=1)
    assert window.version == 7
