"""The parts of a view: for each of its fields when it is asked for, as which column, and how that is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.reading import midnight
from booking_engine.adapters.sql.tables import APPOINTMENTS, CANCELLED, COUNTERS, DOCTOR_DAYS, DUPLICATES, HOLDS
from booking_engine.adapters.sql.viewing import days
from booking_engine.adapters.sql.viewing.columns import ORG, Column, among, appointments, holds, rows_of
from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.hold import Hold
from booking_engine.ledger.claims import DuplicateName
from booking_engine.ledger.view import LedgerQuery

_a, _c, _d, _v, _h = APPOINTMENTS.c, COUNTERS.c, DUPLICATES.c, DOCTOR_DAYS.c, HOLDS.c
_HOLDS_PLACE = _a.status != CANCELLED
_DAY = timedelta(days=1)

ENDED: Final = "ended holds"
"""The one part that is no field: what it says is taken from the days."""


class Part(NamedTuple):
    """One field of a view: when it is asked for, with which parameters, as which column, and how that is read."""

    field: str
    is_asked: Callable[[LedgerQuery], bool]
    asked: Callable[[LedgerQuery], dict[str, Any]]
    column: Callable[[str], Column]
    read: Callable[[Any, LedgerQuery], Any]


def _hold_asked(query: LedgerQuery) -> dict[str, Any]:
    name = "holder" if query.hold_id is None else "hold_id"
    return {"now": query.now, name: getattr(query, name)}


def _hold(dialect: str, name: str) -> Column:
    return holds(dialect, _h[name] == sa.bindparam(name), _h.ends_at > sa.bindparam("now", type_=_h.ends_at.type))


def _first_hold(text: str | None, _: LedgerQuery) -> Hold | None:
    return next(iter(records.holds_in(text)), None)


def _first(text: str | None, _: LedgerQuery) -> Appointment | None:
    return next(iter(records.appointments_in(text)), None)


def _versions(dialect: str) -> Column:
    within = _v.day >= sa.bindparam("first_doctor_day"), _v.day <= sa.bindparam("last_doctor_day")
    of_doctors = among(dialect, _v.doctor_key, "doctor_keys")
    return rows_of(dialect, (_v.doctor_key, _v.day, _v.version), _v.org_id == ORG, of_doctors, *within)


def _versions_asked(query: LedgerQuery) -> dict[str, Any]:
    dates = [day.day for day in query.doctor_days]
    keys = sorted({day.doctor_key for day in query.doctor_days})
    return {"doctor_keys": keys, "first_doctor_day": min(dates), "last_doctor_day": max(dates)}


def _read_versions(text: str | None, query: LedgerQuery) -> dict[DoctorDay, int]:
    found = {(doctor_key, day): version for doctor_key, day, version in json.loads(text or "[]")}
    return {day: found.get((day.doctor_key, day.day.isoformat()), 0) for day in query.doctor_days}


def _on_doctor_days(dialect: str) -> Column:
    within = _a.start >= sa.bindparam("first_start"), _a.start < sa.bindparam("end_start")
    # Said again, for the index is only of those: PostgreSQL does not see it in a list that is a parameter.
    return appointments(dialect, _a.doctor_key.is_not(None), among(dialect, _a.doctor_key, "doctor_keys"), *within)


def _on_doctor_days_asked(query: LedgerQuery) -> dict[str, Any]:
    dates = [day.day for day in query.doctor_days]
    # Who occupies a day may have begun the day before.
    return {"first_start": midnight(min(dates) - _DAY), "end_start": midnight(max(dates) + _DAY)}


def _read_on_doctor_days(text: str | None, query: LedgerQuery) -> tuple[Appointment, ...]:
    asked = set(query.doctor_days)
    found = [each for each in records.appointments_in(text) if not asked.isdisjoint(each.doctor_days)]
    return tuple(sorted(found, key=lambda each: each.appointment_id))


def _standing_asked(query: LedgerQuery) -> dict[str, Any]:
    assert query.standing is not None
    calendar_ids, first_date = query.standing
    return {"standing_calendar_ids": list(calendar_ids), "standing_first_date": first_date}


def _standing(dialect: str) -> Column:
    in_windows = among(dialect, _a.calendar_id, "standing_calendar_ids")
    return appointments(dialect, in_windows, _a.date >= sa.bindparam("standing_first_date"), _HOLDS_PLACE)


def _read_standing(text: str | None, _: LedgerQuery) -> tuple[Appointment, ...]:
    return tuple(sorted(records.appointments_in(text), key=lambda each: (each.calendar_id, each.appointment_id)))


def _duplicate_asked(query: LedgerQuery) -> dict[str, Any]:
    assert query.duplicate is not None
    return {f"duplicate_{name}": value for name, value in query.duplicate._asdict().items()}


_HOLDERS = sa.select(_d.holders).where(
    _d.org_id == ORG, *(_d[name] == sa.bindparam(f"duplicate_{name}") for name in DuplicateName._fields)
)


def _names_asked(query: LedgerQuery) -> dict[str, Any]:
    dates = [name.date for name in query.names]
    return {
        "names_phone_keys": sorted({name.phone_key for name in query.names}),
        "names_service_ids": sorted({name.service_id for name in query.names}),
        "names_first_date": min(dates),
        "names_last_date": max(dates),
    }


def _names(dialect: str) -> Column:
    """More than is asked for: no name differs from those in anything but what is not compared here."""
    within = _d.date >= sa.bindparam("names_first_date"), _d.date <= sa.bindparam("names_last_date")
    of_people = among(dialect, _d.phone_key, "names_phone_keys"), among(dialect, _d.service_id, "names_service_ids")
    values = (*(_d[name] for name in DuplicateName._fields), _d.holders)
    return rows_of(dialect, values, _d.org_id == ORG, _d.held > 0, *of_people, *within)


def _read_names(text: str | None, query: LedgerQuery) -> dict[DuplicateName, tuple[str, ...]]:
    held = {
        DuplicateName(phone_key, service_id, date.fromisoformat(day), patient): tuple(holders.split())
        for phone_key, service_id, day, patient, holders in json.loads(text or "[]")
    }
    return {name: held[name] for name in query.names if name in held}


PARTS: Final = (
    Part(
        "appointment",
        lambda query: query.appointment_id is not None,
        lambda query: {"appointment_id": query.appointment_id},
        lambda dialect: appointments(dialect, _a.appointment_id == sa.bindparam("appointment_id")),
        _first,
    ),
    Part(
        "referenced",
        lambda query: query.reference is not None,
        lambda query: {"reference": query.reference},
        lambda dialect: appointments(dialect, _a.external_reference_id == sa.bindparam("reference"), _HOLDS_PLACE),
        _first,
    ),
    Part(
        "duplicates",
        lambda query: query.duplicate is not None,
        _duplicate_asked,
        lambda _: _HOLDERS.scalar_subquery(),
        lambda holders, _: tuple(sorted((holders or "").split())),
    ),
    Part(
        "days",
        lambda query: bool(query.days) and query.calendar_ids is None,
        days.days_asked,
        days.day_counts,
        days.read_days,
    ),
    Part(
        "days",
        lambda query: bool(query.days) and query.calendar_ids is not None,
        days.days_asked,
        lambda dialect: days.day_counts(dialect, among(dialect, _c.calendar_id, "calendar_ids")),
        days.read_days,
    ),
    Part("doctor_versions", lambda query: bool(query.doctor_days), _versions_asked, _versions, _read_versions),
    Part(
        "on_doctor_days",
        lambda query: bool(query.doctor_days),
        _on_doctor_days_asked,
        _on_doctor_days,
        _read_on_doctor_days,
    ),
    Part(
        ENDED,
        lambda query: bool(query.days),
        days.days_asked,
        days.ended_holds,
        lambda text, _: days.read_ended(text),
    ),
    Part(
        "hold",
        lambda query: query.holder is not None and query.hold_id is None,
        _hold_asked,
        lambda dialect: _hold(dialect, "holder"),
        _first_hold,
    ),
    Part(
        "hold",
        lambda query: query.hold_id is not None,
        _hold_asked,
        lambda dialect: _hold(dialect, "hold_id"),
        _first_hold,
    ),
    Part("holders", lambda query: bool(query.names), _names_asked, _names, _read_names),
    Part("standing", lambda query: query.standing is not None, _standing_asked, _standing, _read_standing),
)
