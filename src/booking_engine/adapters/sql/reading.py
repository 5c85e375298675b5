"""Reading one organisation over a connection. Each function expects one snapshot for all that it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.holding import all_holds
from booking_engine.adapters.sql.tables import (
    APPOINTMENTS,
    CATALOG_RECORDS,
    COUNTERS,
    DUPLICATES,
    EVENTS,
    ORGANISATIONS,
)
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.tracking import Counts, TrackingKey
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import DuplicateName, Name, ReferenceName
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage

_Select: TypeAlias = sa.Select[*tuple[Any, ...]]

# Statements are built once: building one takes several times as long as running it.
_o, _r, _a, _e = ORGANISATIONS.c, CATALOG_RECORDS.c, APPOINTMENTS.c, EVENTS.c
_c, _d = COUNTERS.c, DUPLICATES.c
_ORG: sa.BindParameter[str] = sa.bindparam("org_id")
_APPOINTMENT: _Select = sa.select(*(_a[name] for name in records.APPOINTMENT_FIELDS)).where(_a.org_id == _ORG)
_ORDER = (_a.start, _a.appointment_id)
_REVISION = sa.select(_o.revision).where(_o.org_id == _ORG)
_CATALOG = (
    sa.select(_o.revision, _r.kind, _r.body)
    .select_from(ORGANISATIONS.join(CATALOG_RECORDS, _r.org_id == _o.org_id))
    .where(_o.org_id == _ORG)
    .order_by(_r.position)
)
_DAY = timedelta(days=1)
_ONE = _APPOINTMENT.where(_a.appointment_id == sa.bindparam("appointment_id"))
_HISTORY = sa.select(EVENTS).where(_e.org_id == _ORG, _e.subject_id == sa.bindparam("subject_id")).order_by(_e.version)


def revision(connection: sa.Connection, org_id: str) -> int:
    """The revision of the organisation's catalog; 0 before it is configured."""
    found: int | None = connection.scalar(_REVISION, {"org_id": org_id})
    return found or 0


def catalog(connection: sa.Connection, org_id: str) -> Catalog:
    """The catalog, from one statement."""
    rows = connection.execute(_CATALOG, {"org_id": org_id}).all()
    return records.catalog_of(org_id, rows[0].revision if rows else 0, [(row.kind, row.body) for row in rows])


def appointment(connection: sa.Connection, org_id: str, appointment_id: str) -> Appointment | None:
    """One appointment of any status."""
    row = connection.execute(_ONE, {"org_id": org_id, "appointment_id": appointment_id}).first()
    return None if row is None else records.appointment_of(row)


def appointments(
    connection: sa.Connection, org_id: str, wanted: AppointmentFilter, offset: int, limit: int
) -> AppointmentPage:
    """A page, with its total and the revision."""
    conditions, of = list(_conditions(wanted)), {"org_id": org_id}
    page = _APPOINTMENT.where(*conditions).order_by(*_ORDER).offset(offset).limit(limit)
    if wanted.after is not None:
        # One comparison of rows, and not two of columns: both databases begin in their index there, whatever is before.
        page = page.where(sa.tuple_(*_ORDER) > sa.tuple_(*map(_bound, _ORDER, wanted.after)))
    total = sa.select(sa.func.count()).select_from(APPOINTMENTS).where(_a.org_id == _ORG, *conditions)
    return AppointmentPage(
        items=_all(connection, page, of),
        total=connection.scalar(total, of) or 0,
        revision=revision(connection, org_id),
    )


def history(connection: sa.Connection, org_id: str, subject_id: str) -> tuple[Event, ...]:
    """The events about one record, oldest first: each brought about the next version."""
    rows = connection.execute(_HISTORY, {"org_id": org_id, "subject_id": subject_id})
    return tuple(map(records.event_of, rows))


def snapshot(connection: sa.Connection, org_id: str) -> LedgerSnapshot:
    """The whole ledger and every appointment."""
    everybody = all_appointments(connection, org_id)
    counters = connection.execute(sa.select(COUNTERS).where(_c.org_id == org_id))
    duplicates = connection.execute(sa.select(DUPLICATES).where(_d.org_id == org_id))
    names: dict[Name, frozenset[str]] = {
        DuplicateName(row.phone_key, row.service_id, row.date, row.patient): _audited(row.held, row.holders)
        for row in duplicates
    }
    for each in everybody:
        if each.external_reference_id is not None and each.holds_place:
            names[ReferenceName(each.external_reference_id)] = frozenset({each.appointment_id})
    return LedgerSnapshot(
        revision=revision(connection, org_id),
        counts={
            TrackingKey(row.calendar_id, row.date, row.service_id): Counts(row.filled, row.ai_filled)
            for row in counters
        },
        names=names,
        appointments=everybody,
        holds=all_holds(connection, org_id),
    )


def all_appointments(connection: sa.Connection, org_id: str) -> tuple[Appointment, ...]:
    """Every appointment of the organisation."""
    return _all(connection, _APPOINTMENT, {"org_id": org_id})


def _audited(held: int, holders: str) -> frozenset[str]:
    """The holders; where their number is not the counter's, something that is nobody's holding."""
    found = holders.split()
    return frozenset(found) if len(found) == held else frozenset({*found, f"counted as {held}"})


def _all(connection: sa.Connection, statement: _Select, of: Mapping[str, Any]) -> tuple[Appointment, ...]:
    return tuple(map(records.appointment_of, connection.execute(statement, of).all()))


def _bound(column: sa.ColumnElement[Any], value: object) -> sa.ColumnElement[Any]:
    return sa.literal(value, column.type)


def _conditions(wanted: AppointmentFilter) -> Iterable[sa.ColumnElement[bool]]:
    if wanted.utc_date is not None:
        yield _a.start >= midnight(wanted.utc_date)
        yield _a.start < midnight(wanted.utc_date + _DAY)
    asked: dict[str, Any] = {
        "status": wanted.status and wanted.status.value,
        "service_id": wanted.service_id,
        "branch_id": wanted.branch_id,
        "session": wanted.session and wanted.session.value,
        "batch": wanted.batch,
        "phone_key": wanted.phone_key,
        "external_reference_id": wanted.external_reference_id,
    }
    for name, value in asked.items():
        if value is not None:
            yield _a[name] == value


def midnight(day: date) -> datetime:
    """When a UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
