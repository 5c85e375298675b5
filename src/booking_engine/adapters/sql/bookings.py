"""Plain bookings, written with the least that each database allows.

A plain booking is a commit that does nothing but add one appointment, with its places, its names and its event, and
guards nothing. Nearly all bookings are plain ones; everything else, and a plain booking that cannot be written as it
is, is for ``committing``. On PostgreSQL any number of them is one call of ``booking_book``, a function that the
migrations made; on SQLite each is four statements, compiled once.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.tables import APPOINTMENTS, EVENTS
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.events import AppointmentBooked, Event
from booking_engine.domain.tracking import TrackingKey
from booking_engine.ledger.claims import CapacityClaim, Commit, DuplicateName, ReferenceName

NO_LIMIT: Final = 2**31 - 1
"""What no counter reaches."""
_NOT_ALL = "BK001"
_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Booking(NamedTuple):
    """A plain booking. ``held_max`` is how many appointments may hold its ``name``."""

    org_id: str
    commit: Commit
    appointment: Appointment
    event: Event
    name: DuplicateName
    held_max: int

    @property
    def names(self) -> tuple[Hashable, ...]:
        """What it shares with no other booking of its group."""
        return (self.appointment.appointment_id, self.name, self.appointment.external_reference_id or self.name)


def plain(org_id: str, commit: Commit) -> Booking | None:
    """The commit as a plain booking; None when it is anything else."""
    if commit.guards or commit.touched or commit.releases or commit.unique_releases or commit.records:
        return None
    if len(commit.appointments) != 1 or len(commit.events) != 1 or not commit.claims or commit.rekeying is not None:
        return None
    (appointment,), (event,) = commit.appointments, commit.events
    if type(event) is not AppointmentBooked or not _is_told_by(appointment, event):
        return None
    if event.event_id != commit.commit_id or event.org_id != org_id or records.doctor_key_of(appointment) is not None:
        return None
    for claim in commit.claims:
        if not _may_be_summed(claim):
            return None
    return _named(org_id, commit, appointment, event)


def _is_told_by(appointment: Appointment, event: Event) -> bool:
    """Whether the event says nothing that the appointment does not, but for its own id and who asked."""
    return (
        event.record is appointment
        and event.subject_id == appointment.appointment_id
        and event.version == appointment.version
        and event.at == appointment.created_at
        and event.channel is appointment.booked_via
        and not event.changes
    )


def _may_be_summed(claim: CapacityClaim) -> bool:
    """Whether several such claims are met exactly when their sum is within the smallest of their limits."""
    has_room = (claim.limit is None or claim.limit > 0) and (claim.ai_limit is None or claim.ai_limit > 0)
    return has_room and (claim.ai or claim.ai_limit is None)


def _named(org_id: str, commit: Commit, appointment: Appointment, event: Event) -> Booking | None:
    """The booking, if it claims the two names that its appointment has, and no others."""
    name, held_max, reference = None, NO_LIMIT, None
    for claim in commit.unique_claims:
        if claim.holder != appointment.appointment_id:
            return None
        if isinstance(claim.name, DuplicateName) and name is None and claim.limit != 0:
            name, held_max = claim.name, claim.limit or NO_LIMIT
        elif isinstance(claim.name, ReferenceName) and reference is None and claim.limit == 1:
            reference = claim.name.reference
        else:
            return None
    if name is None or reference != appointment.external_reference_id:
        return None
    if name[:3] != (appointment.phone_key, appointment.service_id, appointment.date):
        return None
    return Booking(org_id, commit, appointment, event, name, held_max)


# --- PostgreSQL: all at once ----------------------------------------------------------------------------------------


def is_known(connection: sa.Connection) -> bool:
    """Whether this database has the function; others that speak PostgreSQL's language may do without."""
    found = "SELECT to_regprocedure('booking_book(text, bigint, integer, json, json, json, json, jsonb)') IS NOT NULL"
    return connection.dialect.name == "postgresql" and bool(connection.exec_driver_sql(found).scalar())


def book_together(connection: sa.Connection, group: Sequence[Booking]) -> frozenset[int]:
    """Write all bookings of a group in one call; where that cannot be, none, and the positions that stand against it.

    All are of one organisation, decided on one revision of its catalog, with one ``held_max``; no two share a name.
    """
    first = group[0]
    call = (
        first.org_id,
        first.commit.revision,
        first.held_max,
        _text(_sums(group)),
        _text([each.commit.commit_id for each in group]),
        _text([each.event.actor for each in group]),
        _text([each.name.patient for each in group]),
        f"[{','.join([records.event_body(each.event) for each in group])}]",
    )
    try:
        connection.exec_driver_sql("SELECT booking_book(%s, %s, %s, %s, %s, %s, %s, %s)", call)
    except exc.DBAPIError as fault:
        origin: Any = fault.orig
        if getattr(origin, "sqlstate", None) != _NOT_ALL:
            raise
        return frozenset(json.loads(origin.diag.message_detail))
    return frozenset()


def _sums(group: Sequence[Booking]) -> list[dict[str, Any]]:
    """What the group claims of each key, in the order in which keys are written, and whose positions claim it."""
    sums: dict[TrackingKey, dict[str, Any]] = {}
    for position, each in enumerate(group):
        for key, ai, limit, ai_limit in each.commit.claims:
            found = sums.get(key)
            if found is None:
                found = sums[key] = {
                    "calendar_id": key.calendar_id,
                    "date": key.date.isoformat(),
                    "service_id": key.service_id,
                    "places": 0,
                    "ai_places": 0,
                    "places_max": NO_LIMIT,
                    "ai_places_max": NO_LIMIT,
                    "positions": [],
                }
            found["places"] += 1
            found["positions"].append(position)
            if limit is not None and limit < found["places_max"]:
                found["places_max"] = limit
            if ai:
                found["ai_places"] += 1
                if ai_limit is not None and ai_limit < found["ai_places_max"]:
                    found["ai_places_max"] = ai_limit
    return [sums[key] for key in sorted(sums)]


# --- SQLite: one after the other ------------------------------------------------------------------------------------


def _insert(table: sa.Table) -> str:
    names = [column.name for column in table.c]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 (ours)


_REVISION: Final = "SELECT revision FROM booking_organisations WHERE org_id = ?"
_EVENT: Final = f"{_insert(EVENTS)} ON CONFLICT DO NOTHING"
_PLACE: Final = """
INSERT INTO booking_counters (org_id, date, calendar_id, service_id, filled, ai_filled) VALUES (?1, ?2, ?3, ?4, 1, ?5)
ON CONFLICT (org_id, date, calendar_id, service_id) DO UPDATE SET filled = filled + 1, ai_filled = ai_filled + ?5
WHERE filled < ?6 AND ai_filled < ?7
"""
_NAME: Final = """
INSERT INTO booking_duplicates (org_id, phone_key, service_id, date, patient, held, holders)
VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)
ON CONFLICT (org_id, phone_key, service_id, date, patient) DO UPDATE SET held = held + 1, holders = holders || ?6
WHERE held < ?7
"""
_APPOINTMENT: Final = f"{_insert(APPOINTMENTS)} ON CONFLICT DO NOTHING"
_APPOINTMENT_COLUMNS: Final = tuple(column.name for column in APPOINTMENTS.c)


def book_one(cursor: Any, booking: Booking) -> bool:
    """Write one booking through a driver's cursor; False when it cannot be, with what was written to be rolled back."""
    org_id, commit, a, event, name, held_max = booking
    cursor.execute(_EVENT, tuple(_plainly(records.event_row(event).values())))
    if cursor.rowcount == 0:
        return True  # Its id stands: it was done before.
    cursor.execute(_REVISION, (org_id,))
    if cursor.fetchone() != (commit.revision,):
        return False
    held = (org_id, name.phone_key, name.service_id, name.date.isoformat(), name.patient)
    cursor.execute(_NAME, (*held, f" {a.appointment_id}", held_max))
    if cursor.rowcount == 0:
        return False
    row = records.appointment_row(org_id, a)
    cursor.execute(_APPOINTMENT, tuple(_plainly([row[name] for name in _APPOINTMENT_COLUMNS])))
    if cursor.rowcount == 0:
        return False
    for key, ai, limit, ai_limit in commit.claims:
        most, ai_most = limit or NO_LIMIT, ai_limit or NO_LIMIT
        day = key.date.isoformat()
        cursor.execute(_PLACE, (org_id, day, key.calendar_id, key.service_id, int(ai), most, ai_most))
        if cursor.rowcount == 0:
            return False
    return True


def _plainly(values: Iterable[object]) -> Iterator[object]:
    """The values as the columns' types write them on SQLite."""
    for value in values:
        if isinstance(value, datetime):
            yield value.isoformat(timespec="microseconds")
        elif isinstance(value, date):
            yield value.isoformat()
        else:
            yield value
