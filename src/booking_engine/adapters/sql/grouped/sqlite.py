"""On SQLite any commits go together: in one transaction, each in a savepoint of its own after the one before.

So each outcome is exactly what it would be alone, and the disk is waited for once. A plain booking is four statements,
and one for each day of its doctor, that go to the driver as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, ClassVar, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.committing import DONE, commit
from booking_engine.adapters.sql.grouped.plain import Booking, plain_booking
from booking_engine.adapters.sql.grouped.way import Answer
from booking_engine.adapters.sql.tables import APPOINTMENTS, EVENTS
from booking_engine.adapters.sql.transactions import Mode, is_refused
from booking_engine.adapters.sql.writing import at_most
from booking_engine.errors import StoreError
from booking_engine.ledger.claims import Commit


class Asked(NamedTuple):
    """A commit of one organisation."""

    org_id: str
    commit: Commit


class InOneTransaction:
    """Any commits of any organisations: each is carried out after the one before, and all are made durable at once."""

    mode: ClassVar[Mode] = Mode.WRITE
    groups_max: ClassVar[int] = 1
    size_max: ClassVar[int] = 100
    """Bounds how long the first of a group waits for the last, and other processes for the file."""

    def shared_by(self, org_id: str) -> str:
        """See ``Way``: all organisations are in one file, which one connection at a time may write."""
        return ""

    def request(self, org_id: str, commit: Commit) -> Asked | None:
        """See ``Way``. A rekeying runs what the caller gave it, and takes its time: that is nobody else's affair."""
        return None if commit.rekeying is not None else Asked(org_id, commit)

    def accepts(self, first: Asked, other: Asked) -> bool:
        """See ``Company``."""
        return True

    def names(self, request: Asked) -> Collection[Hashable]:
        """See ``Company``."""
        return ()

    def carry_out(self, connection: sa.Connection, group: Sequence[Asked]) -> list[Answer]:
        """Carry out a group inside one transaction, which is kept."""
        return [_one_of_the_group(connection, *asked) for asked in group]


def _one_of_the_group(connection: sa.Connection, org_id: str, asked: Commit) -> Answer:
    with _cursor(connection) as cursor:
        cursor.execute("SAVEPOINT one")
        booking = plain_booking(org_id, asked)
        if booking is not None and _book(cursor, booking):
            cursor.execute("RELEASE one")
            return DONE
        cursor.execute("ROLLBACK TO one")
    answer: Answer
    try:
        answer = commit(connection, org_id, asked)
    except StoreError as fault:
        answer = fault
    with _cursor(connection) as cursor:
        if is_refused(answer) or isinstance(answer, StoreError):
            cursor.execute("ROLLBACK TO one")
        cursor.execute("RELEASE one")
    return answer


@contextmanager
def _cursor(connection: sa.Connection) -> Iterator[Any]:
    """A cursor of the driver's own, a fraction of the cost of a statement through SQLAlchemy; with the same faults."""
    driver: Any = connection.dialect.dbapi
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except driver.Error as fault:
        raise exc.DBAPIError.instance(None, None, fault, driver.Error, dialect=connection.dialect) from fault
    finally:
        cursor.close()


# --- A plain booking ------------------------------------------------------------------------------------------------


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
_DAY: Final = """
INSERT INTO booking_doctor_days (org_id, doctor_key, day, version) VALUES (?, ?, ?, ?)
ON CONFLICT (org_id, doctor_key, day) DO UPDATE SET version = version + excluded.version
RETURNING version
"""
_NAME: Final = """
INSERT INTO booking_duplicates (org_id, phone_key, service_id, date, patient, held, holders)
VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)
ON CONFLICT (org_id, phone_key, service_id, date, patient) DO UPDATE SET held = held + 1, holders = holders || ?6
WHERE held < ?7
"""
_APPOINTMENT: Final = f"{_insert(APPOINTMENTS)} ON CONFLICT DO NOTHING"
_APPOINTMENT_COLUMNS: Final = tuple(column.name for column in APPOINTMENTS.c)


def _book(cursor: Any, booking: Booking) -> bool:
    """Write one booking through a driver's cursor; False when it cannot be, with what was written to be rolled back."""
    org_id, commit, a, event, name, held_max, days = booking
    cursor.execute(_EVENT, tuple(_plainly(records.event_row(event).values())))
    if cursor.rowcount == 0:
        return True  # Its id stands: it was done before.
    cursor.execute(_REVISION, (org_id,))
    if cursor.fetchone() != (commit.revision,):
        return False
    for (doctor_key, of), grows, version in days:
        cursor.execute(_DAY, (org_id, doctor_key, of.isoformat(), grows))
        (found,) = cursor.fetchone()
        if version is not None and found != version + grows:
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
        most, ai_most = at_most(limit), at_most(ai_limit)
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
