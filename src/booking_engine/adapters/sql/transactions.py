"""Transactions: how a piece of work is begun and ended on each database, what is tried again, and what is told.

A connection comes from a pool, or is the caller's with a transaction of the caller's. In the first case this module
begins and ends the transaction; in the second it works inside a savepoint and everything but the answer is the
caller's affair.
"""

from __future__ import annotations

import asyncio
import enum
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine

from booking_engine.errors import OutcomeUnknown, StoreError
from booking_engine.ledger.claims import Commit, Refused

ResultT = TypeVar("ResultT")
Work = Callable[[sa.Connection], ResultT]

SERIALIZATION_FAILURE, DEADLOCK, LOCK_TIMEOUT = "40001", "40P01", "55P03"
_UNIQUE_VIOLATION = "23505"
_TRIED_AGAIN = frozenset({SERIALIZATION_FAILURE, DEADLOCK, LOCK_TIMEOUT})
ATTEMPTS_MAX = 5
"""How often work is tried that lost a race or its connection."""
PATIENCE_SECONDS = 10.0
"""How long a busy SQLite file is waited for, from the first time that it was found so."""
_REFERENCE_INDEX = "_reference"
"""In the name of the index, and in the names that the databases give to it in each partition."""
_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")


class Mode(enum.Enum):
    """What a piece of work does, and so which transaction it needs."""

    READ = enum.auto()
    """Statements that read, each of which may see an instant of its own."""
    SNAPSHOT = enum.auto()
    """Several, and everything they read is of one instant."""
    WRITE = enum.auto()
    """It is kept as a whole, or not at all."""
    CALL = enum.auto()
    """Each statement is a transaction of its own."""


_POSTGRESQL: Final[Mapping[Mode, Mapping[str, Any]]] = {
    Mode.READ: {"isolation_level": "AUTOCOMMIT", "postgresql_readonly": True},
    Mode.SNAPSHOT: {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    Mode.WRITE: {"isolation_level": "READ COMMITTED", "postgresql_readonly": False},
    Mode.CALL: {"isolation_level": "AUTOCOMMIT", "postgresql_readonly": False},
}


def own_transaction(connection: sa.Connection, work: Work[ResultT], mode: Mode) -> ResultT:
    """Do the work in a transaction of its own; one that returns a refusal, or raises, leaves nothing behind."""
    if connection.dialect.name == "sqlite":
        return _on_sqlite(connection, work, mode)
    connection = connection.execution_options(**_POSTGRESQL[mode])
    with connection.begin() as transaction:
        result = work(connection)
        if is_refused(result):
            transaction.rollback()
    return result


def _on_sqlite(connection: sa.Connection, work: Work[ResultT], mode: Mode) -> ResultT:
    # The driver must not begin transactions of its own: one that reads first and then writes fails at once, however
    # long it may wait.
    connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    if mode is Mode.READ:
        return work(connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if mode is Mode.WRITE else "BEGIN")
    try:
        result = work(connection)
        connection.exec_driver_sql("ROLLBACK" if is_refused(result) else "COMMIT")
    except BaseException:
        _roll_back_what_is_open(connection)
        raise
    return result


def _roll_back_what_is_open(connection: sa.Connection) -> None:
    if not connection.invalidated and _is_in_transaction(connection):
        connection.exec_driver_sql("ROLLBACK")


def in_savepoint(connection: sa.Connection, work: Work[ResultT]) -> ResultT:
    """Do the work inside the caller's transaction; a refusal leaves nothing behind, a fault is the caller's."""
    if connection.dialect.name == "sqlite":
        _begin_what_the_driver_did_not(connection)
    with connection.begin_nested() as savepoint:
        result = work(connection)
        if is_refused(result):
            savepoint.rollback()
    return result


def _begin_what_the_driver_did_not(connection: sa.Connection) -> None:
    """See that there is a transaction: this driver begins one only at the first write, and a savepoint is none.

    The release of a savepoint that stands alone is a commit, and the caller's rollback would roll back nothing.
    """
    dbapi: Any = connection.connection.dbapi_connection
    if _is_in_transaction(connection):
        return
    if dbapi.isolation_level is None:
        raise StoreError("A connection in autocommit needs a transaction for a store to work in: send BEGIN IMMEDIATE.")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_in_transaction(connection: sa.Connection) -> bool:
    return bool(getattr(connection.connection.driver_connection, "in_transaction", False))


def is_refused(result: object) -> bool:
    """Whether a commit was refused; other work never is."""
    return isinstance(result, Refused)


# --- What is tried again --------------------------------------------------------------------------------------------


def tried(engine: sa.Engine, work: Work[ResultT], mode: Mode, attempts: Attempts | None = None) -> ResultT:
    """Do the work in a transaction of its own, again where that helps; ``StoreError`` when it does not."""
    attempts = attempts or Attempts()
    while True:
        try:
            with engine.connect() as connection:
                return own_transaction(connection, work, mode)
        except exc.SQLAlchemyError as fault:
            seconds = attempts.after(fault)
        time.sleep(seconds)


async def tried_async(
    engine: AsyncEngine | sa.Engine, work: Work[ResultT], mode: Mode, attempts: Attempts | None = None
) -> ResultT:
    """``tried`` for an event loop; over an ``Engine`` in a thread, to which a whole transaction is one trip."""
    if isinstance(engine, sa.Engine):
        return await asyncio.get_running_loop().run_in_executor(None, tried, engine, work, mode, attempts)
    attempts = attempts or Attempts()
    while True:
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(own_transaction, work, mode)
        except exc.SQLAlchemyError as fault:
            seconds = attempts.after(fault)
        await asyncio.sleep(seconds)


class Attempts:
    """The attempts at one piece of work: which faults call for another one, how long to wait before, and the last word.

    A commit can be sent again at any time, for its id is written with it: whoever comes second finds it done. So a
    connection that is lost, even while the transaction is being committed, is answered by another attempt. From then on
    the commit ``may_stand``. ``is_everybodys``: the last fault was the database's, and not of what was asked.
    """

    def __init__(self, commit: Commit | None = None, *, may_stand: bool = False) -> None:
        self._commit = commit
        self._since: float | None = None
        self._number = 0
        self.may_stand = may_stand
        self.is_everybodys = False

    def after(self, fault: exc.SQLAlchemyError) -> float:
        """Seconds to wait before the next attempt; what is not tried again is raised as a ``StoreError``."""
        self._number += 1
        lost = is_lost(fault)
        self.may_stand = self.may_stand or lost
        busy = is_busy(fault)
        if self._since is None:
            self._since = time.monotonic()
        self.is_everybodys = isinstance(fault, exc.OperationalError | exc.InterfaceError | exc.TimeoutError)
        over = time.monotonic() - self._since >= PATIENCE_SECONDS if busy else self._number >= ATTEMPTS_MAX
        if over or not (lost or busy or is_lost_race(fault)):
            raise self._last_word(fault) from None  # What drivers tell has people's names and phones in it.
        # Jittered: those who met once must not meet again. The first wait for a file is short, for commits are.
        return random.uniform(0, min(0.05, 0.002 * 2**self._number))  # noqa: S311 (no secret)

    def _last_word(self, fault: exc.SQLAlchemyError) -> StoreError:
        if self.may_stand and self._commit is not None:
            return OutcomeUnknown(self._commit.commit_id)
        return StoreError(f"The database could not answer: {told(fault)}")


def told(fault: exc.SQLAlchemyError) -> str:
    """The fault in one line that names no person: neither the statement's parameters nor the database's details."""
    origin = getattr(fault, "orig", None)
    if origin is None:
        return type(fault).__name__
    diagnosed = getattr(getattr(origin, "diag", None), "message_primary", None)
    lines = str(diagnosed or origin).splitlines() or [""]
    return f"{type(origin).__name__}: {lines[0]}"


def is_lost(fault: exc.SQLAlchemyError) -> bool:
    """Whether the connection is gone, so that nobody can say what became of its transaction."""
    return isinstance(fault, exc.PendingRollbackError) or (
        isinstance(fault, exc.DBAPIError) and fault.connection_invalidated
    )


def is_busy(fault: exc.SQLAlchemyError) -> bool:
    """Whether another process holds a SQLite file's lock."""
    name = getattr(getattr(fault, "orig", None), "sqlite_errorname", "") or ""
    return name.startswith(_BUSY)


def is_lost_race(fault: exc.SQLAlchemyError) -> bool:
    """Whether somebody else came first in a way that another attempt will see."""
    origin: Any = getattr(fault, "orig", None)
    state = getattr(origin, "sqlstate", None)
    if state == _UNIQUE_VIOLATION:
        return _REFERENCE_INDEX in (origin.diag.constraint_name or "")
    return state in _TRIED_AGAIN
