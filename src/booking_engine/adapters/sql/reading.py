"""Reading one organisation over a connection. Each function expects one snapshot for all that it asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

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
from booking_engine.domain.appointment import Appointment, AppointmentStatus, DoctorDay
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.tracking import Counts, TrackingKey
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import DuplicateName, Name, ReferenceName
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import DayCounts, LedgerQuery, LedgerView, Standing

_APPOINTMENT = tuple(APPOINTMENTS.c[name] for name in records.APPOINTMENT_FIELDS)
_CANCELLED = AppointmentStatus.CANCELLED.value
_NO_DAY: DayCounts = {}
_DAY = timedelta(days=1)


def needs_one_snapshot(query: LedgerQuery) -> bool:
    """Whether a view asks for more than one statement answers."""
    return query != LedgerQuery(days=query.days, calendar_ids=query.calendar_ids)


def revision(connection: sa.Connection, org_id: str) -> int:
    """The revision of the organisation's catalog; 0 before it is configured."""
    found: int | None = connection.scalar(sa.select(ORGANISATIONS.c.revision).where(ORGANISATIONS.c.org_id == org_id))
    return found or 0


def catalog(connection: sa.Connection, org_id: str) -> Catalog:
    """The catalog, from one statement."""
    o, r = ORGANISATIONS.c, CATALOG_RECORDS.c
    joined = ORGANISATIONS.join(CATALOG_RECORDS, r.org_id == o.org_id)
    statement = sa.select(o.revision, r.kind, r.body).select_from(joined).where(o.org_id == org_id)
    rows = connection.execute(statement.order_by(r.position)).all()
    return records.catalog_of(org_id, rows[0].revision if rows else 0, [(row.kind, row.body) for row in rows])


def appointment(connection: sa.Connection, org_id: str, appointment_id: str) -> Appointment | None:
    """One appointment of any status."""
    a = APPOINTMENTS.c
    return _one(connection, a.org_id == org_id, a.appointment_id == appointment_id)


def appointments(
    connection: sa.Connection, org_id: str, wanted: AppointmentFilter, offset: int, limit: int
) -> AppointmentPage:
    """A page, with its total and the revision."""
    a = APPOINTMENTS.c
    conditions = [a.org_id == org_id, *_conditions(wanted)]
    page = sa.select(*_APPOINTMENT).where(*conditions).order_by(a.start, a.appointment_id)
    return AppointmentPage(
        items=tuple(map(records.appointment_of, connection.execute(page.offset(offset).limit(limit)))),
        total=connection.scalar(sa.select(sa.func.count()).select_from(APPOINTMENTS).where(*conditions)) or 0,
        revision=revision(connection, org_id),
    )


def history(connection: sa.Connection, org_id: str, subject_id: str) -> tuple[Event, ...]:
    """The events about one record, oldest first: each brought about the next version."""
    e = EVENTS.c
    statement = sa.select(EVENTS).where(e.org_id == org_id, e.subject_id == subject_id).order_by(e.version)
    return tuple(map(records.event_of, connection.execute(statement)))


def view(connection: sa.Connection, org_id: str, query: LedgerQuery) -> LedgerView:
    """What the query asks for; counts and revision in one statement."""
    a = APPOINTMENTS.c
    found, days = _counts(connection, org_id, query.days, query.calendar_ids)
    return LedgerView(
        revision=found,
        appointment=None if query.appointment_id is None else appointment(connection, org_id, query.appointment_id),
        referenced=(
            None
            if query.reference is None
            else _one(
                connection, a.org_id == org_id, a.external_reference_id == query.reference, a.status != _CANCELLED
            )
        ),
        duplicates=() if query.duplicate is None else _holders(connection, org_id, query.duplicate),
        days=days,
        doctor_versions=_doctor_versions(connection, org_id, query.doctor_days) if query.doctor_days else {},
        on_doctor_days=_on_doctor_days(connection, org_id, query.doctor_days) if query.doctor_days else (),
        standing=() if query.standing is None else _standing(connection, org_id, query.standing),
    )


def snapshot(connection: sa.Connection, org_id: str) -> LedgerSnapshot:
    """The whole ledger and every appointment."""
    c, d = COUNTERS.c, DUPLICATES.c
    everybody = all_appointments(connection, org_id)
    counters = connection.execute(sa.select(COUNTERS).where(c.org_id == org_id))
    duplicates = connection.execute(sa.select(DUPLICATES).where(d.org_id == org_id))
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
    )


def all_appointments(connection: sa.Connection, org_id: str) -> tuple[Appointment, ...]:
    """Every appointment of the organisation."""
    statement = sa.select(*_APPOINTMENT).where(APPOINTMENTS.c.org_id == org_id)
    return tuple(map(records.appointment_of, connection.execute(statement)))


def _audited(held: int, holders: str) -> frozenset[str]:
    """The holders; where their number is not the counter's, something that is nobody's holding."""
    found = holders.split()
    return frozenset(found) if len(found) == held else frozenset({*found, f"counted as {held}"})


def _one(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> Appointment | None:
    row = connection.execute(sa.select(*_APPOINTMENT).where(*conditions)).first()
    return None if row is None else records.appointment_of(row)


def _counts(
    connection: sa.Connection, org_id: str, days: Sequence[date], calendar_ids: Sequence[str] | None
) -> tuple[int, dict[date, DayCounts]]:
    """The revision, and the counts of every day asked for."""
    if not days:
        return revision(connection, org_id), {}
    o, c = ORGANISATIONS.c, COUNTERS.c
    # A range and not a list of days: one statement for every number of them.
    on_those = [c.org_id == o.org_id, c.date >= min(days), c.date <= max(days)]
    if calendar_ids is not None and len(days) == 1:
        on_those.append(c.calendar_id.in_(calendar_ids))
    statement = (
        sa.select(o.revision, c.date, c.calendar_id, c.service_id, c.filled, c.ai_filled)
        .select_from(ORGANISATIONS.outerjoin(COUNTERS, sa.and_(*on_those)))
        .where(o.org_id == org_id)
    )
    by_day: dict[date, dict[str, dict[str, Counts]]] = {}
    found = 0
    for found, day, calendar_id, service_id, filled, ai_filled in connection.execute(statement):  # noqa: B007 (the last one)
        if day is not None:
            by_day.setdefault(day, {}).setdefault(calendar_id, {})[service_id] = Counts(filled, ai_filled)
    return found, {day: by_day.get(day, _NO_DAY) for day in days}


def _holders(connection: sa.Connection, org_id: str, name: DuplicateName) -> tuple[str, ...]:
    holders = connection.scalar(sa.select(DUPLICATES.c.holders).where(*has_name(org_id, name)))
    return tuple(sorted((holders or "").split()))


def has_name(org_id: str, name: DuplicateName) -> list[sa.ColumnElement[bool]]:
    """The conditions of the row of a duplicate's name."""
    d = DUPLICATES.c
    return [
        d.org_id == org_id,
        d.phone_key == name.phone_key,
        d.service_id == name.service_id,
        d.date == name.date,
        d.patient == name.patient,
    ]


def _doctor_versions(connection: sa.Connection, org_id: str, days: Sequence[DoctorDay]) -> dict[DoctorDay, int]:
    d = DOCTOR_DAYS.c
    asked = sa.tuple_(d.doctor_key, d.day).in_([tuple(each) for each in days])
    rows = connection.execute(sa.select(d.doctor_key, d.day, d.version).where(d.org_id == org_id, asked))
    found = {DoctorDay(doctor_key, day): version for doctor_key, day, version in rows}
    return {day: found.get(day, 0) for day in days}


def _on_doctor_days(connection: sa.Connection, org_id: str, days: Sequence[DoctorDay]) -> tuple[Appointment, ...]:
    a, dates = APPOINTMENTS.c, [day.day for day in days]
    statement = (
        sa.select(*_APPOINTMENT)
        .where(
            a.org_id == org_id,
            a.doctor_key.in_({day.doctor_key for day in days}),
            # Who occupies a day may have begun the day before.
            a.start >= _midnight(min(dates) - _DAY),
            a.start < _midnight(max(dates) + _DAY),
        )
        .order_by(a.appointment_id)
    )
    asked = set(days)
    found = map(records.appointment_of, connection.execute(statement))
    return tuple(each for each in found if not asked.isdisjoint(each.doctor_days))


def _standing(connection: sa.Connection, org_id: str, standing: Standing) -> tuple[Appointment, ...]:
    a = APPOINTMENTS.c
    statement = (
        sa.select(*_APPOINTMENT)
        .where(
            a.org_id == org_id,
            a.calendar_id.in_(standing.calendar_ids),
            a.date >= standing.first_date,
            a.status != _CANCELLED,
        )
        .order_by(a.calendar_id, a.appointment_id)
    )
    return tuple(map(records.appointment_of, connection.execute(statement)))


def _conditions(wanted: AppointmentFilter) -> Iterable[sa.ColumnElement[bool]]:
    a = APPOINTMENTS.c
    if wanted.utc_date is not None:
        yield a.start >= _midnight(wanted.utc_date)
        yield a.start < _midnight(wanted.utc_date + _DAY)
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
            yield a[name] == value


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
