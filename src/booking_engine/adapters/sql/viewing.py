"""A view is one statement, whatever is asked: so it is of one instant, and costs one trip and no transaction.

A page of days comes as a row a day. Everything else comes in one row with a column for each part that is asked for:
lists as JSON, which both databases make of their rows, and which is read in a fraction of the time that rows take.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.reading import midnight
from booking_engine.adapters.sql.tables import (
    APPOINTMENTS,
    CANCELLED,
    COUNTERS,
    DOCTOR_DAYS,
    DUPLICATES,
    HOLDS,
    ORGANISATIONS,
    Instant,
)
from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.hold import Hold
from booking_engine.domain.tracking import ALL_SERVICES, Counts
from booking_engine.ledger.claims import DuplicateName
from booking_engine.ledger.view import DayCounts, LedgerQuery, LedgerView

_Column: TypeAlias = sa.ColumnElement[Any]
_Select: TypeAlias = sa.Select[*tuple[Any, ...]]

_o, _a, _c, _d, _v, _h = ORGANISATIONS.c, APPOINTMENTS.c, COUNTERS.c, DUPLICATES.c, DOCTOR_DAYS.c, HOLDS.c
_ORG: sa.BindParameter[str] = sa.bindparam("org_id")
_HOLDS_PLACE = _a.status != CANCELLED
_DAY = timedelta(days=1)
_NO_DAY: DayCounts = {}
_DAYS_SEEN_MAX = 1_024
_ENDED: Final = "ended holds"
"""The one part that is no field: what it says is taken from the days."""


def view(connection: sa.Connection, org_id: str, query: LedgerQuery, seen: SeenDays) -> LedgerView:
    """What the query asks for, with the revision."""
    if query.days and query == LedgerQuery(now=query.now, days=query.days):
        return _page(connection, org_id, query, seen)
    dialect = connection.dialect.name
    parts = tuple([part for part in _PARTS if part.is_asked(query)])
    asked: dict[str, Any] = {"org_id": org_id}
    for part in parts:
        asked.update(part.asked(query))
    if dialect == "sqlite":
        asked = {name: json.dumps(value) if isinstance(value, list) else value for name, value in asked.items()}
    row = connection.execute(_statement(dialect, parts), asked).first()
    # No row: nothing is configured, and so nothing is there.
    revision_and_texts: tuple[Any, ...] = (0, *[None] * len(parts)) if row is None else tuple(row)
    revision, *texts = revision_and_texts
    found = {part.field: part.read(text, query) for part, text in zip(parts, texts, strict=True)}
    ended = found.pop(_ENDED, None)
    if ended:
        found["days"] = _without_ended(found["days"], ended)
    return LedgerView(revision=revision, **found)


# --- A page of days -------------------------------------------------------------------------------------------------


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


def _page(connection: sa.Connection, org_id: str, query: LedgerQuery, seen: SeenDays) -> LedgerView:
    of = {"org_id": org_id, "first_day": min(query.days), "last_day": max(query.days), "now": query.now}
    rows = connection.execute(_page_statement(connection.dialect.name), of).all()
    revision, ended = (rows[0][0], _read_ended(rows[0][1])) if rows else (0, [])
    by_day = {day: seen.counts(day, text) for _, _, day, text in rows if day is not None}
    days = {day: by_day.get(day, _NO_DAY) for day in query.days}
    return LedgerView(revision=revision, days=_without_ended(days, ended) if ended else days)


@cache
def _page_statement(dialect: str) -> _Select:
    """The revision, and with it each day's counters as one JSON text; one row without any where there are none."""
    # A range and not a list of days: one statement for every number of them.
    asked = _c.org_id == _o.org_id, _c.date >= sa.bindparam("first_day"), _c.date <= sa.bindparam("last_day")
    values = (_c.calendar_id, _c.service_id, _c.filled, _c.ai_filled)
    if dialect == "sqlite":
        counters: Any = sa.func.json_group_array(sa.func.json_array(*values))
    else:
        counters = sa.func.json_agg(aggregate_order_by(sa.func.json_build_array(*values), *values[:2]))
    return (
        sa.select(_o.revision, _ended_holds(dialect), _c.date, sa.cast(counters, sa.Text))
        .select_from(ORGANISATIONS.outerjoin(COUNTERS, sa.and_(*asked)))
        .where(_o.org_id == _ORG)
        .group_by(_o.revision, _c.date)
    )


# --- One row --------------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """One field of a view: when it is asked for, with which parameters, as which column, and how that is read."""

    field: str
    is_asked: Callable[[LedgerQuery], bool]
    asked: Callable[[LedgerQuery], dict[str, Any]]
    column: Callable[[str], _Column]
    read: Callable[[Any, LedgerQuery], Any]


@cache
def _statement(dialect: str, parts: tuple[_Part, ...]) -> _Select:
    columns = [part.column(dialect).label(part.field) for part in parts]
    return sa.select(_o.revision, *columns).where(_o.org_id == _ORG)


def _among(dialect: str, column: _Column, name: str) -> _Column:
    """Whether a column is in a list that is one parameter: the statement is the same for every number of values."""
    if dialect == "sqlite":
        each = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
        return column.in_(sa.select(each.c.value))
    return column == sa.any_(sa.bindparam(name, type_=ARRAY(sa.Text)))


def _rows(dialect: str, values: Iterable[_Column], *conditions: _Column) -> _Column:
    """Rows as one JSON text."""
    if dialect == "sqlite":
        rows: _Column = sa.func.json_group_array(sa.func.json_array(*values))
    else:
        rows = sa.cast(sa.func.json_agg(sa.func.json_build_array(*values)), sa.Text)
    return sa.select(rows).where(*conditions).scalar_subquery()


def _appointments(dialect: str, *conditions: _Column) -> _Column:
    columns = [_a[name] for name in records.APPOINTMENT_FIELDS]
    return _rows(dialect, _plain(dialect, columns), _a.org_id == _ORG, *conditions)


def _holds(dialect: str, *conditions: _Column) -> _Column:
    columns = [_h[name] for name in records.HOLD_FIELDS]
    return _rows(dialect, _plain(dialect, columns), _h.org_id == _ORG, *conditions)


def _plain(dialect: str, columns: Sequence[_Column]) -> list[_Column]:
    """The columns with instants as their UTC text, which PostgreSQL would write in the time zone of the session."""
    if dialect == "sqlite":
        return list(columns)
    return [_utc_text(each) if isinstance(each.type, Instant) else each for each in columns]


def _utc_text(instant: _Column) -> _Column:
    return sa.func.to_char(sa.func.timezone("UTC", instant), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')


def _hold_asked(query: LedgerQuery) -> dict[str, Any]:
    name = "holder" if query.hold_id is None else "hold_id"
    return {"now": query.now, name: getattr(query, name)}


def _hold(dialect: str, name: str) -> _Column:
    return _holds(dialect, _h[name] == sa.bindparam(name), _h.ends_at > sa.bindparam("now", type_=_h.ends_at.type))


def _first_hold(text: str | None, _: LedgerQuery) -> Hold | None:
    return next(iter(records.holds_in(text)), None)


def _first(text: str | None, _: LedgerQuery) -> Appointment | None:
    return next(iter(records.appointments_in(text)), None)


class _Ended(NamedTuple):
    """How many places, and AI places, of one service in a window-date are of holds that ended."""

    day: str
    calendar_id: str
    service_id: str
    places: int
    ai_places: int


def _ended_holds(dialect: str) -> _Column:
    """Those of a range of days that are counted and ended by ``now`` (SPEC H1), added up."""
    within = _h.date >= sa.bindparam("first_day"), _h.date <= sa.bindparam("last_day")
    ended = _h.ends_at <= sa.bindparam("now", type_=_h.ends_at.type)
    key = _h.date, _h.calendar_id, _h.service_id
    places = sa.func.count().label("places")
    ai_places = sa.func.sum(sa.case((_h.channel == sa.literal_column("'ai_agent'"), 1), else_=0)).label("ai_places")
    summed = sa.select(*key, places, ai_places).where(_h.org_id == _ORG, *within, ended).group_by(*key).subquery()
    return _rows(dialect, tuple(summed.c))


def _read_ended(text: str | None) -> list[_Ended]:
    return [_Ended(*row) for row in json.loads(text or "[]")]


def _without_ended(days: Mapping[date, DayCounts], ended: Iterable[_Ended]) -> dict[date, DayCounts]:
    """The counts without the places of holds that ended."""
    shown = dict(days)
    for day, calendar_id, service_id, places, ai_places in ended:
        of_day = shown.get(date.fromisoformat(day))
        if of_day is None or calendar_id not in of_day:
            continue
        services = dict(of_day[calendar_id])
        for key in (service_id, ALL_SERVICES):  # the total only where totals are counted
            if key in services:
                filled, ai_filled = services[key]
                services[key] = Counts(filled - places, ai_filled - ai_places)
        shown[date.fromisoformat(day)] = {**of_day, calendar_id: services}
    return shown


def _days_asked(query: LedgerQuery) -> dict[str, Any]:
    asked: dict[str, Any] = {"first_day": min(query.days), "last_day": max(query.days), "now": query.now}
    if query.calendar_ids is not None:
        asked["calendar_ids"] = list(query.calendar_ids)
    return asked


def _day_counts(dialect: str, *conditions: _Column) -> _Column:
    values = (_c.date, _c.calendar_id, _c.service_id, _c.filled, _c.ai_filled)
    within = _c.date >= sa.bindparam("first_day"), _c.date <= sa.bindparam("last_day")
    return _rows(dialect, values, _c.org_id == _ORG, *within, *conditions)


def _read_days(text: str | None, query: LedgerQuery) -> dict[date, DayCounts]:
    days: dict[str, dict[str, dict[str, Counts]]] = {}
    for day, calendar_id, service_id, filled, ai_filled in json.loads(text or "[]"):
        days.setdefault(day, {}).setdefault(calendar_id, {})[service_id] = Counts(filled, ai_filled)
    return {day: days.get(day.isoformat(), _NO_DAY) for day in query.days}


def _versions(dialect: str) -> _Column:
    within = _v.day >= sa.bindparam("first_doctor_day"), _v.day <= sa.bindparam("last_doctor_day")
    of_doctors = _among(dialect, _v.doctor_key, "doctor_keys")
    return _rows(dialect, (_v.doctor_key, _v.day, _v.version), _v.org_id == _ORG, of_doctors, *within)


def _versions_asked(query: LedgerQuery) -> dict[str, Any]:
    dates = [day.day for day in query.doctor_days]
    keys = sorted({day.doctor_key for day in query.doctor_days})
    return {"doctor_keys": keys, "first_doctor_day": min(dates), "last_doctor_day": max(dates)}


def _read_versions(text: str | None, query: LedgerQuery) -> dict[DoctorDay, int]:
    found = {(doctor_key, day): version for doctor_key, day, version in json.loads(text or "[]")}
    return {day: found.get((day.doctor_key, day.day.isoformat()), 0) for day in query.doctor_days}


def _on_doctor_days(dialect: str) -> _Column:
    within = _a.start >= sa.bindparam("first_start"), _a.start < sa.bindparam("end_start")
    # Said again, for the index is only of those: PostgreSQL does not see it in a list that is a parameter.
    return _appointments(dialect, _a.doctor_key.is_not(None), _among(dialect, _a.doctor_key, "doctor_keys"), *within)


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


def _standing(dialect: str) -> _Column:
    in_windows = _among(dialect, _a.calendar_id, "standing_calendar_ids")
    return _appointments(dialect, in_windows, _a.date >= sa.bindparam("standing_first_date"), _HOLDS_PLACE)


def _read_standing(text: str | None, _: LedgerQuery) -> tuple[Appointment, ...]:
    return tuple(sorted(records.appointments_in(text), key=lambda each: (each.calendar_id, each.appointment_id)))


def _duplicate_asked(query: LedgerQuery) -> dict[str, Any]:
    assert query.duplicate is not None
    return {f"duplicate_{name}": value for name, value in query.duplicate._asdict().items()}


_HOLDERS = sa.select(_d.holders).where(
    _d.org_id == _ORG, *(_d[name] == sa.bindparam(f"duplicate_{name}") for name in DuplicateName._fields)
)


def _names_asked(query: LedgerQuery) -> dict[str, Any]:
    dates = [name.date for name in query.names]
    return {
        "names_phone_keys": sorted({name.phone_key for name in query.names}),
        "names_service_ids": sorted({name.service_id for name in query.names}),
        "names_first_date": min(dates),
        "names_last_date": max(dates),
    }


def _names(dialect: str) -> _Column:
    """More than is asked for: no name differs from those in anything but what is not compared here."""
    within = _d.date >= sa.bindparam("names_first_date"), _d.date <= sa.bindparam("names_last_date")
    of_people = _among(dialect, _d.phone_key, "names_phone_keys"), _among(dialect, _d.service_id, "names_service_ids")
    values = (*(_d[name] for name in DuplicateName._fields), _d.holders)
    return _rows(dialect, values, _d.org_id == _ORG, _d.held > 0, *of_people, *within)


def _read_names(text: str | None, query: LedgerQuery) -> dict[DuplicateName, tuple[str, ...]]:
    held = {
        DuplicateName(phone_key, service_id, date.fromisoformat(day), patient): tuple(holders.split())
        for phone_key, service_id, day, patient, holders in json.loads(text or "[]")
    }
    return {name: held[name] for name in query.names if name in held}


_PARTS: Final = (
    _Part(
        "appointment",
        lambda query: query.appointment_id is not None,
        lambda query: {"appointment_id": query.appointment_id},
        lambda dialect: _appointments(dialect, _a.appointment_id == sa.bindparam("appointment_id")),
        _first,
    ),
    _Part(
        "referenced",
        lambda query: query.reference is not None,
        lambda query: {"reference": query.reference},
        lambda dialect: _appointments(dialect, _a.external_reference_id == sa.bindparam("reference"), _HOLDS_PLACE),
        _first,
    ),
    _Part(
        "duplicates",
        lambda query: query.duplicate is not None,
        _duplicate_asked,
        lambda _: _HOLDERS.scalar_subquery(),
        lambda holders, _: tuple(sorted((holders or "").split())),
    ),
    _Part(
        "days",
        lambda query: bool(query.days) and query.calendar_ids is None,
        _days_asked,
        _day_counts,
        _read_days,
    ),
    _Part(
        "days",
        lambda query: bool(query.days) and query.calendar_ids is not None,
        _days_asked,
        lambda dialect: _day_counts(dialect, _among(dialect, _c.calendar_id, "calendar_ids")),
        _read_days,
    ),
    _Part("doctor_versions", lambda query: bool(query.doctor_days), _versions_asked, _versions, _read_versions),
    _Part(
        "on_doctor_days",
        lambda query: bool(query.doctor_days),
        _on_doctor_days_asked,
        _on_doctor_days,
        _read_on_doctor_days,
    ),
    _Part(
        _ENDED,
        lambda query: bool(query.days),
        _days_asked,
        _ended_holds,
        lambda text, _: _read_ended(text),
    ),
    _Part(
        "hold",
        lambda query: query.holder is not None and query.hold_id is None,
        _hold_asked,
        lambda dialect: _hold(dialect, "holder"),
        _first_hold,
    ),
    _Part(
        "hold",
        lambda query: query.hold_id is not None,
        _hold_asked,
        lambda dialect: _hold(dialect, "hold_id"),
        _first_hold,
    ),
    _Part("holders", lambda query: bool(query.names), _names_asked, _names, _read_names),
    _Part("standing", lambda query: query.standing is not None, _standing_asked, _standing, _read_standing),
)
