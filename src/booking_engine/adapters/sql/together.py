"""Going together: what a group of commits is on each database, and how it is carried out.

On SQLite any commits make a group: one transaction, in which each is carried out after the other in a savepoint of its
own. On PostgreSQL plain bookings of one organisation make a group: one call. Each answer is exactly what it would have
been alone; a commit for which the group cannot tell goes alone.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeAlias

import sqlalchemy as sa
from sqlalchemy import exc

from booking_engine.adapters.sql import bookings
from booking_engine.adapters.sql.bookings import Booking
from booking_engine.adapters.sql.committing import DONE, commit
from booking_engine.adapters.sql.grouping import Company
from booking_engine.adapters.sql.transactions import Mode, is_refused
from booking_engine.errors import StoreError
from booking_engine.ledger.claims import Commit, Outcome


class Alone(NamedTuple):
    """The group could not tell. ``may_stand``: whether what it wrote may stand all the same."""

    may_stand: bool


ALONE: Final = Alone(may_stand=False)
BROKEN_OFF: Final = Alone(may_stand=True)
Answer: TypeAlias = Outcome | StoreError | Alone


def way_of(connection: sa.Connection) -> Way | None:
    """The way in which commits go together on this database; None where each goes alone."""
    if connection.dialect.name == "sqlite":
        return InOneTransaction()
    return InOneCall() if bookings.is_known(connection) else None


class Way(Company[Any], Protocol):
    """How commits go together: which requests they are, and what is done with a group of them."""

    mode: ClassVar[Mode]

    def request(self, org_id: str, commit: Commit) -> Any | None:
        """The commit as a request; None if it cannot go with others."""
        ...

    def carry_out(self, connection: sa.Connection, group: Sequence[Any]) -> list[Answer]:
        """The answers to a group, in order."""
        ...


# --- SQLite ---------------------------------------------------------------------------------------------------------


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

    def request(self, org_id: str, commit: Commit) -> Asked:
        """See ``Way``."""
        return Asked(org_id, commit)

    def accepts(self, first: Asked, other: Asked) -> bool:
        """See ``Company``."""
        return True

    def names(self, request: Asked) -> Collection[Hashable]:
        """See ``Company``."""
        return ()

    def carry_out(self, connection: sa.Connection, group: Sequence[Asked]) -> list[Answer]:
        """Carry out a group inside one transaction, which is kept."""
        return [_in_savepoint(connection, *asked) for asked in group]


def _in_savepoint(connection: sa.Connection, org_id: str, asked: Commit) -> Answer:
    with _cursor(connection) as cursor:
        cursor.execute("SAVEPOINT one")
        booking = bookings.plain(org_id, asked)
        if booking is not None and bookings.book_one(cursor, booking):
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


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


class InOneCall:
    """Plain bookings of one organisation on one catalog, which share no name: one call, one round trip."""

    mode: ClassVar[Mode] = Mode.CALL
    groups_max: ClassVar[int] = 2
    """While one is made durable, another is written."""
    size_max: ClassVar[int] = 200

    def request(self, org_id: str, commit: Commit) -> Booking | None:
        """See ``Way``."""
        return bookings.plain(org_id, commit)

    def accepts(self, first: Booking, other: Booking) -> bool:
        """See ``Company``."""
        mine = first.org_id, first.commit.revision, first.held_max
        return mine == (other.org_id, other.commit.revision, other.held_max)

    def names(self, request: Booking) -> Collection[Hashable]:
        """See ``Company``."""
        return request.names

    def carry_out(self, connection: sa.Connection, group: Sequence[Booking]) -> list[Answer]:
        """Carry out a group, each call a transaction of its own; who stands against it is left to go alone."""
        answers: list[Answer] = [ALONE] * len(group)
        left = list(range(len(group)))
        while left:
            unmet = bookings.book_together(connection, [group[position] for position in left])
            if not unmet:
                for position in left:
                    answers[position] = DONE
                break
            left = [position for number, position in enumerate(left) if number not in unmet]
        return answers
