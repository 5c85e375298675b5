"""On PostgreSQL plain bookings go together: any number of them in one call of ``booking_book``, and in one round trip.

The function comes with the migrations. It adds up what all of them claim of each key and takes it if all of it fits,
for whoever fits in a sum fits in any order. Who does not fit for certain goes alone, and so does who saw a doctor's day
that has moved since.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Sequence
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy import exc

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.committing import DONE
from booking_engine.adapters.sql.grouped.plain import Booking, plain_booking
from booking_engine.adapters.sql.grouped.way import ALONE, Answer
from booking_engine.adapters.sql.transactions import LOCK_TIMEOUT, Mode
from booking_engine.adapters.sql.writing import NO_LIMIT, at_most
from booking_engine.domain.tracking import TrackingKey
from booking_engine.ledger.claims import Commit

_NOT_ALL: Final = "BK001"
_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class InOneCall:
    """Plain bookings of one organisation on one catalog, which share no name: one call, one round trip."""

    mode: ClassVar[Mode] = Mode.CALL
    groups_max: ClassVar[int] = 2
    """While one is made durable, another is written."""
    size_max: ClassVar[int] = 200

    def shared_by(self, org_id: str) -> str:
        """See ``Way``: each organisation waits for its own and for no other."""
        return org_id

    def request(self, org_id: str, commit: Commit) -> Booking | None:
        """See ``Way``."""
        return plain_booking(org_id, commit)

    def accepts(self, first: Booking, other: Booking) -> bool:
        """See ``Company``."""
        return (first.commit.revision, first.held_max) == (other.commit.revision, other.held_max)

    def names(self, request: Booking) -> Collection[Hashable]:
        """See ``Company``."""
        return request.names

    def carry_out(self, connection: sa.Connection, group: Sequence[Booking]) -> list[Answer]:
        """Carry out a group, each call a transaction of its own; who stands against it is left to go alone."""
        answers: list[Answer] = [ALONE] * len(group)
        left = list(range(len(group)))
        while left:
            try:
                unmet = _book(connection, [group[position] for position in left])
            except exc.DBAPIError as fault:
                if getattr(fault.orig, "sqlstate", None) != LOCK_TIMEOUT or fault.connection_invalidated:
                    raise
                break  # Somebody holds what they want for long. Who waits alone keeps nobody from going.
            if not unmet:
                for position in left:
                    answers[position] = DONE
                break
            left = [position for number, position in enumerate(left) if number not in unmet]
        return answers


def knows_the_call(connection: sa.Connection) -> bool:
    """Whether this database has the function; others that speak PostgreSQL's language may do without."""
    found = "SELECT to_regprocedure('booking_book(text, bigint, integer, json, json, json, json, json, json, jsonb)')"
    return connection.dialect.name == "postgresql" and connection.exec_driver_sql(found).scalar() is not None


def _book(connection: sa.Connection, group: Sequence[Booking]) -> frozenset[int]:
    """Write all bookings of a group in one call; where that cannot be, none, and the positions that stand against it.

    All are of one organisation, decided on one revision of its catalog, with one ``held_max``; no two share a name.
    """
    first = group[0]
    call = (
        first.org_id,
        first.commit.revision,
        first.held_max,
        _text(_sums(group)),
        _text(days) if (days := _days(group)) else None,
        _text([each.commit.commit_id for each in group]),
        _text([each.event.actor for each in group]),
        _text([each.name.patient for each in group]),
        _text([records.doctor_key_of(each.appointment) for each in group]),
        f"[{','.join([records.event_body(each.event) for each in group])}]",
    )
    try:
        connection.exec_driver_sql("SELECT booking_book(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", call)
    except exc.DBAPIError as fault:
        origin: Any = fault.orig
        if fault.connection_invalidated or getattr(origin, "sqlstate", None) != _NOT_ALL:
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
            found["places_max"] = min(found["places_max"], at_most(limit))
            if ai:
                found["ai_places"] += 1
                found["ai_places_max"] = min(found["ai_places_max"], at_most(ai_limit))
    return [sums[key] for key in sorted(sums)]


def _days(group: Sequence[Booking]) -> list[dict[str, Any]]:
    """The doctors' days that are guarded or touched, each by one of the group."""
    return [
        {
            "doctor_key": day.doctor_key,
            "day": day.day.isoformat(),
            "grows": grows,
            "version": version,
            "position": position,
        }
        for position, each in enumerate(group)
        for day, grows, version in each.days
    ]
