"""Reading one organisation over a connection. Each function expects one snapshot for all that it asks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

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

_Select: TypeAlias = sa.Select[*tuple[Any, ...]]

# Statements are built once: building one takes several times as long as running it.
_o, _r, _a, _c, _e = ORGANISATIONS.c, CATALOG_RECORDS.c, APPOINTMENTS.c, COUNTERS.c, EVENTS.c
_d, _v = DUPLICATES.c, DOCTOR_DAYS.c
_ORG: sa.BindParameter[str] = sa.bindparam("org_id")
_APPOINTMENT: _Select = sa.select(*(_a[name] for name in records.APPOINTMENT_FIELDS)).where(_a.org_id == _ORG)
_ORDER = (_a.start, _a.appointment_id)
_HOLDS_PLACE = _a.status != sa.literal(AppointmentStatus.CANCELLED.value)
_REVISION = sa.select(_o.revision).where(_o.org_id == _ORG)
_CATALOG = (
    sa.select(_o.revision, _r.kind, _r.body)
    .select_from(ORGANISATIONS.join(CATALOG_RECORDS, _r.org_id == _o.org_id))
    .where(_o.org_id == _ORG)
    .order_by(_r.position)
)
_ONE = _APPOINTMENT.where(_a.appointment_id == sa.bindparam("appointment_id"))
_REFERENCED = _APPOINTMENT.where(_a.external_reference_id == sa.bindparam("reference"), _HOLDS_PLACE)
_HISTORY = sa.select(EVENTS).where(_e.org_id == _ORG, _e.subject_id == sa.bindparam("subject_id")).order_by(_e.version)
_HOLDERS = sa.select(_d.holders).where(
    _d.org_id == _ORG, *(_d[name] == sa.bindparam(name) for name in DuplicateName._fields)
)
_DOCTOR_VERSIONS = sa.select(_v.doctor_key, _v.day, _v.version).where(
    _v.org_id == _ORG, sa.tuple_(_v.doctor_key, _v.day).in_(sa.bindparam("days", expanding=True))
)
_WITH_DOCTORS = _APPOINTMENT.where(
    _a.doctor_key.in_(sa.bindparam("doctor_keys", expanding=True)),
    _a.start >= sa.bindparam("first"),
    _a.start < sa.bindparam("end"),
).order_by(_a.appointment_id)
_STANDING = _APPOINTMENT.where(
    _a.calendar_id.in_(sa.bindparam("calendar_ids", expanding=True)),
    _a.date >= sa.bindparam("first_date"),
    _HOLDS_PLACE,
).order_by(_a.calendar_id, _a.appointment_id)


@cache
def _counts_statement(dialect: str, *, of_windows: bool) -> _Select:
    """The revision, and with it each day's counters as one JSON text; one row without any where there are none."""
    # A range and not a list of days: one statement for every number of them.
    asked = [_c.org_id == _o.org_id, _c.date >= sa.bindparam("first"), _c.date <= sa.bindparam("last")]
    if of_windows:
        asked.append(_c.calendar_id.in_(sa.bindparam("calendar_ids", expanding=True)))
    values = (_c.calendar_id, _c.service_id, _c.filled, _c.ai_filled)
    if dialect == "sqlite":
        counters: Any = sa.func.json_group_array(sa.func.json_array(*values))
    else:
        counters = sa.func.json_agg(aggregate_order_by(sa.func.json_build_array(*values), *values[:2]))
    return (
        sa.select(_o.revision, _c.date, sa.cast(counters, sa.Text))
        .select_from(ORGANISATIONS.outerjoin(COUNTERS, sa.and_(*asked)))
        .where(_o.org_id == _ORG)
        .group_by(_o.revision, _c.date)
    )


_NO_DAY: DayCounts = {}
_DAYS_SEEN_MAX = 1_024
_DAY = timedelta(days=1)


class SeenDays:
    """The counts of the days that were read, by the text that they were read from: the same text, the same counts.

    A page of thirty days has hundreds of them, and between two looks few days change.
    """

    def __init__(self) -> None:
        self._days: dict[date, tuple[str, DayCounts]] = {}

    def counts(self, day: date, text: str) -> DayCounts:
        """What the text of a day says."""
        seen = self._days.get(day)
        if seen is not None and seen[0] == text:
            return seen[1]
        counts: dict[str, dict[str, Counts]] = {}
        for calendar_id, service_id, filled, ai_filled in json.loads(text):
            counts.setdefault(calendar_id, {})[service_id] = Counts(filled, ai_filled)
        if len(self._days) >= _DAYS_SEEN_MAX:
            self._days.clear()
        self._days[day] = text, counts
        return counts


def needs_one_snapshot(query: LedgerQuery) -> bool:
    """Whether a view asks for more than one statement answers."""
    return query != LedgerQuery(days=query.days, calendar_ids=query.calendar_ids)


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
    return _one(connection, _ONE, org_id=org_id, appointment_id=appointment_id)


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


def view(connection: sa.Connection, org_id: str, query: LedgerQuery, seen: SeenDays) -> LedgerView:
    """What the query asks for; counts and revision in one statement."""
    found, days = _counts(connection, org_id, query.days, query.calendar_ids, seen)
    reference = query.reference
    return LedgerView(
        revision=found,
        appointment=None if query.appointment_id is None else appointment(connection, org_id, query.appointment_id),
        referenced=None if reference is None else _one(connection, _REFERENCED, org_id=org_id, reference=reference),
        duplicates=() if query.duplicate is None else _holders(connection, org_id, query.duplicate),
        days=days,
        doctor_versions=_doctor_versions(connection, org_id, query.doctor_days) if query.doctor_days else {},
        on_doctor_days=_on_doctor_days(connection, org_id, query.doctor_days) if query.doctor_days else (),
        standing=() if query.standing is None else _standing(connection, org_id, query.standing),
    )


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
    )


def all_appointments(connection: sa.Connection, org_id: str) -> tuple[Appointment, ...]:
    """Every appointment of the organisation."""
    return _all(connection, _APPOINTMENT, {"org_id": org_id})


def _audited(held: int, holders: str) -> frozenset[str]:
    """The holders; where their number is not the counter's, something that is nobody's holding."""
    found = holders.split()
    return frozenset(found) if len(found) == held else frozenset({*found, f"counted as {held}"})


def _one(connection: sa.Connection, statement: _Select, **of: str) -> Appointment | None:
    row = connection.execute(statement, of).first()
    return None if row is None else records.appointment_of(row)


def _all(connection: sa.Connection, statement: _Select, of: Mapping[str, Any]) -> tuple[Appointment, ...]:
    return tuple(map(records.appointment_of, connection.execute(statement, of).all()))


def _counts(
    connection: sa.Connection,
    org_id: str,
    days: Sequence[date],
    calendar_ids: Sequence[str] | None,
    seen: SeenDays,
) -> tuple[int, dict[date, DayCounts]]:
    """The revision, and the counts of every day asked for."""
    if not days:
        return revision(connection, org_id), {}
    of: dict[str, Any] = {"org_id": org_id, "first": min(days), "last": max(days)}
    of_windows = calendar_ids is not None and len(days) == 1
    if of_windows:
        of["calendar_ids"], seen = calendar_ids, SeenDays()  # A part of the day is not the day.
    statement = _counts_statement(connection.dialect.name, of_windows=of_windows)
    rows = connection.execute(statement, of).all()
    by_day = {day: seen.counts(day, text) for _, day, text in rows if day is not None}
    return rows[0][0] if rows else 0, {day: by_day.get(day, _NO_DAY) for day in days}


def _holders(connection: sa.Connection, org_id: str, name: DuplicateName) -> tuple[str, ...]:
    holders = connection.scalar(_HOLDERS, {"org_id": org_id, **name._asdict()})
    return tuple(sorted((holders or "").split()))


def _doctor_versions(connection: sa.Connection, org_id: str, days: Sequence[DoctorDay]) -> dict[DoctorDay, int]:
    rows = connection.execute(_DOCTOR_VERSIONS, {"org_id": org_id, "days": [tuple(each) for each in days]})
    found = {DoctorDay(doctor_key, day): version for doctor_key, day, version in rows}
    return {day: found.get(day, 0) for day in days}


def _on_doctor_days(connection: sa.Connection, org_id: str, days: Sequence[DoctorDay]) -> tuple[Appointment, ...]:
    dates = [day.day for day in days]
    of = {
        "org_id": org_id,
        "doctor_keys": sorted({day.doctor_key for day in days}),
        "first": _midnight(min(dates) - _DAY),  # Who occupies a day may have begun the day before.
        "end": _midnight(max(dates) + _DAY),
    }
    asked = set(days)
    return tuple(each for each in _all(connection, _WITH_DOCTORS, of) if not asked.isdisjoint(each.doctor_days))


def _standing(connection: sa.Connection, org_id: str, standing: Standing) -> tuple[Appointment, ...]:
    return _all(connection, _STANDING, {"org_id": org_id, **standing._asdict()})


def _bound(column: sa.ColumnElement[Any], value: object) -> sa.ColumnElement[Any]:
    return sa.literal(value, column.type)


def _conditions(wanted: AppointmentFilter) -> Iterable[sa.ColumnElement[bool]]:
    if wanted.utc_date is not None:
        yield _a.start >= _midnight(wanted.utc_date)
        yield _a.start < _midnight(wanted.utc_date + _DAY)
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


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
