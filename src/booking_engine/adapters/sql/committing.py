"""Committing over a connection: claims become conditional writes, in one order for everybody.

The order is event, catalog, appointments guarded, doctors' days, counters, names, and within each by key: two commits
that meet wait for each other and never in a circle. Every write is conditional on what it finds under its lock; a
commit that is refused has gone through all of them, so that it can name everything unmet, and is then rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from booking_engine.adapters.sql import reading, records
from booking_engine.adapters.sql.bookings import NO_LIMIT
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
    guards = [*_moved_appointments(connection, org_id, asked), *_moved_doctor_days(connection, org_id, asked)]
    claims = [*_without_room(connection, org_id, asked), *_names_held(connection, org_id, asked)]
    if guards or claims or revision != asked.revision:
        return Refused(
            _in_order(asked.claims + asked.unique_claims, claims),
            _in_order(asked.guards, guards),
            None if revision == asked.revision else revision,
        )
    for appointment in asked.appointments:
        _put(connection, org_id, appointment)
    if asked.records:
        _set(connection, org_id, asked.records, revision)
    if asked.rekeying is not None:
        _rekey(connection, org_id, asked.rekeying)
    return DONE


def _in_order(asked: Iterable[Any], unmet: list[Any]) -> tuple[Any, ...]:
    return tuple(each for each in asked if each in unmet)


def insert(connection: sa.Connection, table: sa.Table) -> Any:
    """The INSERT of this database that knows ``ON CONFLICT``."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _wrote(connection: sa.Connection, statement: Any) -> bool:
    """Whether an INSERT that may meet a conflict wrote its row; the number of rows is not told by every driver."""
    return connection.execute(statement.returning(statement.table.c.org_id)).first() is not None


# --- Event and catalog ----------------------------------------------------------------------------------------------


def _tell(connection: sa.Connection, row: dict[str, Any]) -> bool:
    """Write the event down; False if its id stands. Who is writing the same id at this moment is waited for."""
    statement = insert(connection, EVENTS).values(row).on_conflict_do_nothing(index_elements=EVENTS.primary_key)
    return _wrote(connection, statement)


def _locked_revision(connection: sa.Connection, org_id: str, *, changes: bool) -> int:
    """The catalog's revision, which stays so until this transaction ends."""
    o = ORGANISATIONS.c
    statement = sa.select(o.revision).where(o.org_id == org_id).with_for_update(read=not changes)
    found: int | None = connection.scalar(statement)
    if found is None:
        blank = insert(connection, ORGANISATIONS).values(org_id=org_id, revision=0)
        connection.execute(blank.on_conflict_do_nothing(index_elements=ORGANISATIONS.primary_key))
        found = connection.scalar(statement)
    assert found is not None
    return found


def _set(connection: sa.Connection, org_id: str, changed: tuple[CatalogRecord, ...], revision: int) -> None:
    """Put records into the catalog; each keeps the position at which it was first added."""
    position = (revision + 1) * _RECORDS_A_REVISION_MAX
    rows = [records.catalog_row(org_id, record, position + number) for number, record in enumerate(changed)]
    statement = insert(connection, CATALOG_RECORDS)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=CATALOG_RECORDS.primary_key, set_={"body": statement.excluded.body}
        ),
        rows,
    )
    o = ORGANISATIONS.c
    connection.execute(sa.update(ORGANISATIONS).where(o.org_id == org_id).values(revision=revision + 1))


# --- Guards ---------------------------------------------------------------------------------------------------------


def _moved_appointments(connection: sa.Connection, org_id: str, asked: Commit) -> Iterator[VersionGuard]:
    """The guards of appointments that have another version."""
    guards = [guard for guard in asked.guards if not isinstance(guard.subject, DoctorDay)]
    a = APPOINTMENTS.c
    for guard in sorted(guards, key=lambda guard: str(guard.subject)):
        mine = sa.select(a.version).where(a.org_id == org_id, a.appointment_id == guard.subject)
        if (connection.scalar(mine.with_for_update()) or 0) != guard.version:
            yield guard


def _moved_doctor_days(connection: sa.Connection, org_id: str, asked: Commit) -> Iterator[VersionGuard]:
    """The guards of doctors' days that have another version; the touched days get their next one.

    A day that is guarded and not touched is written too, with the version it has: only so is a day that was never
    touched locked as well.
    """
    guards = {guard.subject: guard for guard in asked.guards if isinstance(guard.subject, DoctorDay)}
    for day in sorted({*guards, *asked.touched}):
        grows = int(day in asked.touched)
        statement = insert(connection, DOCTOR_DAYS).values(
            org_id=org_id, doctor_key=day.doctor_key, day=day.day, version=grows
        )
        upsert = statement.on_conflict_do_update(
            index_elements=DOCTOR_DAYS.primary_key, set_={"version": DOCTOR_DAYS.c.version + grows}
        )
        found = connection.scalar(upsert.returning(DOCTOR_DAYS.c.version))
        if day in guards and found - grows != guards[day].version:
            yield guards[day]


# --- Places ---------------------------------------------------------------------------------------------------------


def _without_room(connection: sa.Connection, org_id: str, asked: Commit) -> Iterator[CapacityClaim]:
    """Give back and take places, key by key; the claims for which there is none."""
    changes: list[CapacityClaim | CapacityRelease] = [*asked.claims, *asked.releases]
    for change in sorted(changes, key=lambda change: change.key):
        if not isinstance(change, CapacityClaim):
            _give_back(connection, org_id, change.key, int(change.ai))
        elif not _take(connection, org_id, change):
            yield change


def _take(connection: sa.Connection, org_id: str, claim: CapacityClaim) -> bool:
    limit = NO_LIMIT if claim.limit is None else claim.limit
    ai_limit = NO_LIMIT if claim.ai_limit is None else claim.ai_limit
    if limit <= 0 or ai_limit <= 0:
        return False
    c, ai = COUNTERS.c, int(claim.ai)
    statement = insert(connection, COUNTERS).values(**_key(org_id, claim.key), filled=1, ai_filled=ai)
    upsert = statement.on_conflict_do_update(
        index_elements=COUNTERS.primary_key,
        set_={"filled": c.filled + 1, "ai_filled": c.ai_filled + ai},
        where=sa.and_(c.filled < limit, c.ai_filled < ai_limit),
    )
    return _wrote(connection, upsert)


def _give_back(connection: sa.Connection, org_id: str, key: TrackingKey, ai: int) -> None:
    c = COUNTERS.c
    here = [c[name] == value for name, value in _key(org_id, key).items()]
    statement = sa.update(COUNTERS).where(*here).values(filled=c.filled - 1, ai_filled=c.ai_filled - ai)
    if connection.execute(statement).rowcount != 1:
        raise StoreError(f"There is no counter under {key}, where a place is to be given back.")


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
    a = APPOINTMENTS.c
    for claim in asked.unique_claims:
        if not isinstance(claim.name, DuplicateName):
            others = sa.select(a.appointment_id).where(
                a.org_id == org_id,
                a.external_reference_id == claim.name.reference,
                a.status != AppointmentStatus.CANCELLED.value,
            )
            if connection.execute(others).first() is not None:
                yield claim


def _hold(connection: sa.Connection, org_id: str, claim: UniqueClaim, name: DuplicateName) -> bool:
    limit = NO_LIMIT if claim.limit is None else claim.limit
    if limit <= 0:
        return False
    d, holder = DUPLICATES.c, f" {claim.holder}"
    statement = insert(connection, DUPLICATES).values(org_id=org_id, **name._asdict(), held=1, holders=holder)
    upsert = statement.on_conflict_do_update(
        index_elements=DUPLICATES.primary_key,
        set_={"held": d.held + 1, "holders": d.holders + holder},
        where=d.held < limit,
    )
    return _wrote(connection, upsert)


def _let_go(connection: sa.Connection, org_id: str, name: DuplicateName, holder: str) -> None:
    d, here = DUPLICATES.c, reading.has_name(org_id, name)
    without = sa.func.rtrim(sa.func.replace(d.holders + " ", f" {holder} ", " "))
    if connection.execute(sa.update(DUPLICATES).where(*here).values(held=d.held - 1, holders=without)).rowcount != 1:
        raise StoreError(f"Nobody holds {name}, which is to be given back.")
    connection.execute(sa.delete(DUPLICATES).where(*here, d.held == 0))


# --- Appointments ---------------------------------------------------------------------------------------------------


def _put(connection: sa.Connection, org_id: str, *appointments: Appointment) -> None:
    statement = insert(connection, APPOINTMENTS)
    upsert = statement.on_conflict_do_update(
        index_elements=APPOINTMENTS.primary_key,
        set_={c.name: statement.excluded[c.name] for c in APPOINTMENTS.c if not c.primary_key},
    )
    connection.execute(upsert, [records.appointment_row(org_id, each) for each in appointments])


def _rekey(connection: sa.Connection, org_id: str, rekeying: Rekeying) -> None:
    """Count the ledger anew. The lock on the catalog keeps every other commit out meanwhile."""
    before = reading.all_appointments(connection, org_id)
    refiled = [rekeying.refile(each) for each in before]
    changed = [after for after, was in zip(refiled, before, strict=True) if after != was]
    if changed:
        _put(connection, org_id, *changed)
    counts, names = recount(rekeying.configuration, refiled)
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
