"""Committing over a connection: claims become conditional writes, in one order for everybody.

The order is event, catalog, holds, appointments guarded, doctors' days, names, appointments, counters, and within each
by key: two commits that meet wait for each other and never in a circle. Counters, which everybody wants, are last and
so locked for the shortest time. Every write is conditional on what it finds under its lock; a commit that is refused
has gone through all of them, so that it can name everything unmet, and is then rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from booking_engine.adapters.sql import reading, records, writing
from booking_engine.adapters.sql.holding import GivenBack, Met
from booking_engine.adapters.sql.holding import refiled as refiled_holds
from booking_engine.adapters.sql.tables import COUNTERS, DUPLICATES
from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.tracking import TrackingKey
from booking_engine.errors import StoreError
from booking_engine.ledger.audit import recount
from booking_engine.ledger.claims import (
    CapacityClaim,
    CapacityRelease,
    Commit,
    Done,
    DuplicateName,
    Guard,
    Outcome,
    Refused,
    Rekeying,
    UniqueClaim,
    UniqueRelease,
    VersionGuard,
)

DONE: Final = Done()
_RECORDS_A_REVISION_MAX = 100_000
_ROWS_A_STATEMENT = 500


def commit(connection: sa.Connection, org_id: str, asked: Commit) -> Outcome:
    """Carry out a commit inside a transaction, which the caller ends: kept when ``Done``, rolled back when refused."""
    for event in asked.events:
        if not _tell(connection, records.event_row(event)):
            return DONE  # Its id stands: it was done before.
    revision = _locked_revision(connection, org_id, changes=bool(asked.records))
    holds = Met(connection, org_id, asked)
    guards: list[Guard] = [
        *holds.moved(),
        *_moved_appointments(connection, org_id, asked),
        *_moved_doctor_days(connection, org_id, asked),
    ]
    if guards or revision != asked.revision:
        # It is refused already: what it would give back may not be there any more, and what its appointment holds may
        # be another's by now. Only its claims are tried.
        asked = asked._replace(releases=(), unique_releases=(), appointments=())
    claims: list[CapacityClaim | UniqueClaim] = list(_names_held(connection, org_id, asked))
    if asked.appointments and not claims:
        _put(connection, org_id, *asked.appointments)
    if not guards:
        guards += holds.put()
    claims += _without_room(connection, org_id, asked, holds.given_back)
    if guards or claims or revision != asked.revision:
        return Refused(
            _in_order(asked.claims + asked.unique_claims, claims),
            _in_order(asked.guards, guards),
            None if revision == asked.revision else revision,
        )
    if asked.records:
        _set(connection, org_id, asked.records, revision)
    if asked.rekeying is not None:
        _rekey(connection, org_id, asked.rekeying, asked.at)
    return DONE


def _in_order(asked: Iterable[Any], unmet: list[Any]) -> tuple[Any, ...]:
    return tuple(each for each in asked if each in unmet)


def _upserts(connection: sa.Connection) -> writing.Upserts:
    return writing.upserts(connection.dialect.name)


def _wrote(connection: sa.Connection, statement: Any, row: Mapping[str, Any]) -> bool:
    """Whether an upsert wrote its row; of those that return one, not every driver tells the number of rows."""
    return connection.execute(statement, row).first() is not None


# --- Event and catalog ----------------------------------------------------------------------------------------------


def _tell(connection: sa.Connection, row: dict[str, Any]) -> bool:
    """Write the event down; False if its id stands. Who is writing the same id at this moment is waited for."""
    return _wrote(connection, _upserts(connection).event, row)


def _locked_revision(connection: sa.Connection, org_id: str, *, changes: bool) -> int:
    """The catalog's revision, which stays so until this transaction ends."""
    statement, of = writing.REVISION_LOCKED if changes else writing.REVISION_SHARED, {"org_id": org_id}
    found: int | None = connection.scalar(statement, of)
    if found is None:
        connection.execute(_upserts(connection).organisation, {**of, "revision": 0})
        found = connection.scalar(statement, of)
    assert found is not None
    return found


def _set(connection: sa.Connection, org_id: str, changed: tuple[CatalogRecord, ...], revision: int) -> None:
    """Put records into the catalog; each keeps the position at which it was first added."""
    position = (revision + 1) * _RECORDS_A_REVISION_MAX
    rows = [records.catalog_row(org_id, record, position + number) for number, record in enumerate(changed)]
    connection.execute(_upserts(connection).catalog_record, rows)
    connection.execute(writing.NEXT_REVISION, {"at_org_id": org_id})


# --- Guards ---------------------------------------------------------------------------------------------------------


def _versions(asked: Commit) -> Iterable[VersionGuard]:
    return (guard for guard in asked.guards if isinstance(guard, VersionGuard))


def _moved_appointments(connection: sa.Connection, org_id: str, asked: Commit) -> Iterator[VersionGuard]:
    """The guards of appointments that have another version."""
    guards = [guard for guard in _versions(asked) if not isinstance(guard.subject, DoctorDay)]
    for guard in sorted(guards, key=lambda guard: str(guard.subject)):
        of = {"org_id": org_id, "appointment_id": guard.subject}
        if (connection.scalar(writing.VERSION_LOCKED, of) or 0) != guard.version:
            yield guard


def _moved_doctor_days(connection: sa.Connection, org_id: str, asked: Commit) -> Iterator[VersionGuard]:
    """The guards of doctors' days that have another version; the touched days get their next one.

    A day that is guarded and not touched is written too, with the version it has: only so is a day that was never
    touched locked as well.
    """
    guards = {guard.subject: guard for guard in _versions(asked) if isinstance(guard.subject, DoctorDay)}
    for day in sorted({*guards, *asked.touched}):
        grows = int(day in asked.touched)
        row = {"org_id": org_id, "doctor_key": day.doctor_key, "day": day.day, "version": grows}
        found = connection.scalar(_upserts(connection).doctor_day, row)
        if day in guards and found - grows != guards[day].version:
            yield guards[day]


# --- Places ---------------------------------------------------------------------------------------------------------


def _without_room(
    connection: sa.Connection, org_id: str, asked: Commit, given_back: Iterable[GivenBack]
) -> Iterator[CapacityClaim]:
    """Give back and take places, key by key; the claims for which there is none."""
    changes: list[CapacityClaim | CapacityRelease | GivenBack] = [*given_back, *asked.releases, *asked.claims]
    for change in sorted(changes, key=lambda change: change.key):  # stable: under one key, what is given back is first
        if not isinstance(change, CapacityClaim):
            _give_back(connection, org_id, change)
        elif not _take(connection, org_id, change):
            yield change


def _take(connection: sa.Connection, org_id: str, claim: CapacityClaim) -> bool:
    most, ai_most = writing.at_most(claim.limit), writing.at_most(claim.ai_limit)
    if most <= 0 or ai_most <= 0:
        return False
    row = {**_key(org_id, claim.key), "ai_filled": int(claim.ai), "most": most, "ai_most": ai_most}
    return _wrote(connection, _upserts(connection).place, row)


def _give_back(connection: sa.Connection, org_id: str, change: CapacityRelease | GivenBack) -> None:
    row: dict[str, Any] = {f"at_{name}": value for name, value in _key(org_id, change.key).items()}
    if isinstance(change, GivenBack):
        row |= {"places": change.places, "ai_places": change.ai_places}
    else:
        row |= {"places": 1, "ai_places": int(change.ai)}
    found = connection.execute(writing.GIVE_BACK, row).rowcount
    if found != 1 and not (isinstance(change, GivenBack) and change.may_be_missing):
        raise StoreError(f"There is no counter under {change.key}, where a place is to be given back.")


def _key(org_id: str, key: TrackingKey) -> dict[str, Any]:
    return {"org_id": org_id, "date": key.date, "calendar_id": key.calendar_id, "service_id": key.service_id}


# --- Names ----------------------------------------------------------------------------------------------------------


def _names_held(connection: sa.Connection, org_id: str, asked: Commit) -> Iterator[UniqueClaim]:
    """Give back and take names; the claims on those that are held. An appointment's row is what holds its reference."""
    changes: list[UniqueClaim | UniqueRelease] = [*asked.unique_claims, *asked.unique_releases]
    for change in sorted(changes, key=lambda change: change.name):
        if not isinstance(change.name, DuplicateName):
            continue
        if not isinstance(change, UniqueClaim):
            _let_go(connection, org_id, change.name, change.holder)
        elif not _hold(connection, org_id, change, change.name):
            yield change
    for claim in asked.unique_claims:
        if not isinstance(claim.name, DuplicateName):
            of = {"org_id": org_id, "reference": claim.name.reference}
            if connection.execute(writing.REFERENCE_HOLDER, of).first() is not None:
                yield claim


def _hold(connection: sa.Connection, org_id: str, claim: UniqueClaim, name: DuplicateName) -> bool:
    most = writing.at_most(claim.limit)
    row = {"org_id": org_id, **name._asdict(), "holders": f" {claim.holder}", "most": most}
    return most > 0 and _wrote(connection, _upserts(connection).name, row)


def _let_go(connection: sa.Connection, org_id: str, name: DuplicateName, holder: str) -> None:
    of = {"at_org_id": org_id, **{f"at_{field}": value for field, value in name._asdict().items()}}
    if connection.execute(writing.LET_GO, {**of, "holder": f" {holder}"}).rowcount != 1:
        raise StoreError(f"Nobody holds {name}, which is to be given back.")
    connection.execute(writing.FORGET, of)


# --- Appointments ---------------------------------------------------------------------------------------------------


def _put(connection: sa.Connection, org_id: str, *appointments: Appointment) -> None:
    rows = [records.appointment_row(org_id, each) for each in appointments]
    connection.execute(_upserts(connection).appointment, rows)


def _rekey(connection: sa.Connection, org_id: str, rekeying: Rekeying, at: datetime) -> None:
    """Count the ledger anew. The lock on the catalog keeps every other commit out meanwhile."""
    before = reading.all_appointments(connection, org_id)
    refiled = [rekeying.refile(each) for each in before]
    changed = [after for after, was in zip(refiled, before, strict=True) if after != was]
    if changed:
        _put(connection, org_id, *changed)
    holds = refiled_holds(connection, org_id, rekeying.refile_hold, at)
    counts, names = recount(rekeying.configuration, refiled, holds)
    for table in (COUNTERS, DUPLICATES):
        connection.execute(sa.delete(table).where(table.c.org_id == org_id))
    counters = [
        {**_key(org_id, key), "filled": number.filled, "ai_filled": number.ai_filled} for key, number in counts.items()
    ]
    duplicates = [
        {"org_id": org_id, **name._asdict(), "held": len(holders), "holders": "".join(f" {h}" for h in sorted(holders))}
        for name, holders in names.items()
        if isinstance(name, DuplicateName)
    ]
    for table, rows in ((COUNTERS, counters), (DUPLICATES, duplicates)):
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            connection.execute(sa.insert(table), rows[start : start + _ROWS_A_STATEMENT])
