"""Where a store's connections come from, and what is told when they fail."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import create_async_engine

from booking_engine.adapters.sql import AsyncSqlStore, SqlStore, open_engine, open_engine_for_loop, transactions
from booking_engine.adapters.sql.grouped import ALONE, BROKEN_OFF, told_each
from booking_engine.adapters.sql.grouped.sqlite import InOneTransaction
from booking_engine.domain.channel import Channel
from booking_engine.errors import OutcomeUnknown, StoreError
from booking_engine.ledger.claims import Commit, Done, Refused
from booking_engine.ledger.page import AppointmentFilter
from booking_engine.ledger.view import REVISION_ONLY
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.material import NOW, visit, week_later
from booking_engine.testing.postgres import PostgresServer

COMMIT = Commit("c0", 1, NOW)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    made = open_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def desk(engine: sa.Engine) -> Desk:
    made = Desk(SqlStore(engine, "clinic"), "clinic")
    made.set_up()
    return made


def begun(engine: sa.Engine) -> sa.Connection:
    """A connection in a transaction of the application's own."""
    connection = engine.connect()
    if engine.dialect.name == "sqlite":
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    return connection


def end(connection: sa.Connection, how: str) -> None:
    connection.exec_driver_sql(how)
    connection.close()


@pytest.mark.parametrize(("how", "filled"), [("COMMIT", 1), ("ROLLBACK", 0)])
def test_a_booking_in_the_callers_transaction_stands_when_that_does(
    engine: sa.Engine, desk: Desk, how: str, filled: int
) -> None:
    first, second = desk.booking(visit("a"), limit=1), desk.booking(visit("b"), limit=1)
    connection = begun(engine)
    store = SqlStore(connection, "clinic")
    assert store.commit(first) == Done()
    assert store.commit(second) == Refused(second.claims)
    assert store.commit(first) == Done()
    assert store.appointment(visit("a").appointment_id) == visit("a")
    end(connection, how)
    desk.expect_filled(filled)


def _awaited(url: str) -> sa.URL:
    known = sa.make_url(url)
    return known.set(drivername="sqlite+aiosqlite" if known.get_backend_name() == "sqlite" else "postgresql+psycopg")


def test_every_method_of_the_asynchronous_store(url: str, desk: Desk) -> None:
    commit = desk.booking(visit("a"))

    async def asked() -> None:
        engine = create_async_engine(_awaited(url))  # an application's own
        store = AsyncSqlStore(engine, "clinic")
        assert await store.commit(commit) == Done()
        assert (await store.catalog()).revision == desk.revision
        assert await store.appointment(visit("a").appointment_id) == visit("a")
        assert (await store.appointments(AppointmentFilter(), 0, 9)).items == (visit("a"),)
        assert await store.history(visit("a").appointment_id) == commit.events
        assert (await store.view(REVISION_ONLY)).revision == desk.revision
        assert (await store.snapshot()).appointments == (visit("a"),)
        async with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            mine = AsyncSqlStore(connection, "clinic")
            assert await mine.commit(desk_commit) == Done()
            assert await mine.appointment(visit("b").appointment_id) == visit("b")
            await connection.exec_driver_sql("ROLLBACK")
        await engine.dispose()

    desk_commit = desk.booking(visit("b"))
    asyncio.run(asked())
    desk.expect_filled(1)


def test_a_store_that_was_opened_by_its_url_gives_its_connections_back(url: str, desk: Desk) -> None:
    store = SqlStore(url, "clinic")
    assert store.catalog().revision == desk.revision
    store.close()
    SqlStore(open_engine(url)).close()  # somebody else's: left alone

    async def opened() -> int:
        awaited = AsyncSqlStore(url, "clinic")
        revision = (await awaited.catalog()).revision
        await awaited.close()
        return revision

    assert asyncio.run(opened()) == desk.revision


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/clinic"])
@pytest.mark.parametrize("opened", [open_engine, open_engine_for_loop])
def test_what_cannot_keep_a_clinic_is_refused_with_what_can(url: str, opened: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match=r"name a file, or use MemoryStore|use sqlite:///file\.db or postgresql://"):
        opened(url)


# --- Faults ---------------------------------------------------------------------------------------------------------


def test_a_file_that_stays_busy_is_a_fault_and_changes_nothing(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(sqlite_url)
    desk = Desk(SqlStore(engine, "clinic"), "clinic")
    desk.set_up()
    commit = desk.booking(visit("a"))
    monkeypatch.setattr(transactions, "PATIENCE_SECONDS", 0.01)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="The database could not answer: OperationalError: database is locked"):
        desk.store.commit(commit)
    assert desk.store.appointment(visit("a").appointment_id) is None  # readers do not wait for writers
    other.execute("ROLLBACK")
    other.close()
    desk.done(commit)
    engine.dispose()


def test_a_server_that_was_restarted_is_asked_again(postgres: PostgresServer, postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    desk = Desk(SqlStore(engine, "clinic"), "clinic")
    desk.set_up()
    commit = desk.booking(visit("a"))
    postgres.restart("fast")
    desk.done(commit)
    postgres.restart("fast")
    desk.done(commit)
    desk.expect_filled(1)
    engine.dispose()


def lost() -> exc.DBAPIError:
    return exc.OperationalError("COMMIT", {}, OSError("gone"), connection_invalidated=True)


def test_a_connection_lost_for_good_leaves_the_outcome_unknown() -> None:
    attempts = transactions.Attempts(COMMIT)
    for _ in range(transactions.ATTEMPTS_MAX - 1):
        assert 0 <= attempts.after(lost()) <= 0.05
    with pytest.raises(OutcomeUnknown) as raised:
        attempts.after(lost())
    assert raised.value.commit_id == "c0"


def test_what_is_read_over_a_lost_connection_is_a_plain_fault() -> None:
    attempts = transactions.Attempts()
    for _ in range(transactions.ATTEMPTS_MAX - 1):
        attempts.after(lost())
    with pytest.raises(StoreError, match="The database could not answer: OSError: gone") as raised:
        attempts.after(lost())
    assert not isinstance(raised.value, OutcomeUnknown)


def test_a_fault_of_another_kind_is_not_tried_again() -> None:
    with pytest.raises(StoreError, match="The database could not answer: TimeoutError"):
        transactions.Attempts(COMMIT).after(exc.TimeoutError("no connection is free"))


@pytest.mark.parametrize("kept", [True, False], ids=["committed", "rolled back"])
def test_a_transaction_that_only_a_store_writes_in_is_the_callers(engine: sa.Engine, desk: Desk, kept: bool) -> None:
    """SQLite's driver begins none before a first write of the caller's own."""
    with engine.connect() as connection:
        transaction = connection.begin()
        assert SqlStore(connection, "clinic").commit(desk.booking(visit("a"))) == Done()
        if kept:
            transaction.commit()
        else:
            transaction.rollback()
    desk.expect_filled(int(kept))


def test_a_store_on_a_connection_serves_one_transaction(engine: sa.Engine, desk: Desk) -> None:
    """What it saw in one that was rolled back must not be taken for what stands."""
    with engine.connect() as connection:
        store = SqlStore(connection, "clinic")
        with connection.begin():
            store.commit(desk.booking(visit("a")))
            assert store.catalog().revision == desk.revision
        with connection.begin(), pytest.raises(StoreError, match="serves one transaction"):
            store.catalog()


def test_a_connection_in_autocommit_is_refused_without_a_transaction(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    made = Desk(SqlStore(engine, "clinic"), "clinic")
    made.set_up()
    with (
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(StoreError, match="send BEGIN IMMEDIATE"),
    ):
        SqlStore(connection, "clinic").commit(made.booking(visit("a")))
    made.expect_filled(0)
    engine.dispose()


def test_a_busy_file_is_waited_for_no_longer_than_told(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the driver of an application's own engine waits by itself, each time."""
    engine = open_engine(sqlite_url)
    made = Desk(SqlStore(engine, "clinic"), "clinic")
    made.set_up()
    own = sa.create_engine(sqlite_url, connect_args={"timeout": 0.3})
    monkeypatch.setattr(transactions, "PATIENCE_SECONDS", 0.1)
    with begun(engine) as holder:
        before = time.monotonic()
        with pytest.raises(StoreError, match="locked"):
            SqlStore(own, "clinic").commit(made.booking(visit("a")))
        assert time.monotonic() - before < 2
        holder.exec_driver_sql("ROLLBACK")
    own.dispose()
    engine.dispose()


def test_no_persons_data_is_in_what_a_fault_shows(url: str, desk: Desk) -> None:
    """Neither in its text nor in a cause that a traceback prints, on an engine of the application's own."""
    own = sa.create_engine(open_engine(url).url)
    with own.begin() as connection:
        connection.exec_driver_sql("DROP TABLE booking_duplicates")
    with pytest.raises(StoreError) as raised:
        SqlStore(own, "clinic").commit(desk.booking(visit("a", assigned_doctor="Dr. Rao")))
    shown = "".join(traceback.format_exception(raised.value))
    assert "booking_duplicates" in shown
    assert "Patient a" not in shown
    assert "+91" not in shown
    own.dispose()


@pytest.mark.parametrize(
    "wrong", ["bookings.db", "mysql://host/db", "postgresql+asyncpg://user:secret@host/db", "sqlite://"]
)
def test_a_url_that_cannot_be_opened_says_what_would_be_right(wrong: str) -> None:
    for opening in (open_engine, open_engine_for_loop, SqlStore, AsyncSqlStore):
        with pytest.raises(ValueError, match=r"use sqlite:///file\.db or postgresql://|name a file") as raised:
            opening(wrong)
        assert "secret" not in str(raised.value)


def test_one_engine_in_several_loops(postgres_url: str) -> None:
    """Each has groups of its own; the connections are not kept over them."""
    engine = create_async_engine(open_engine(postgres_url).url, poolclass=sa.NullPool)
    sync_engine = open_engine(postgres_url)
    made = Desk(SqlStore(sync_engine, "clinic"), "clinic")
    made.set_up()
    commits = [made.booking(visit(f"n{number}")) for number in range(6)]
    store = AsyncSqlStore(engine, "clinic")

    async def committed(some: list[Commit]) -> list[object]:
        return list(await asyncio.gather(*map(store.commit, some)))

    assert asyncio.run(committed(commits[:3])) == [Done()] * 3
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(asyncio.run, committed(some)) for some in (commits[:4], commits[2:])]
        assert [each.result(30) for each in both] == [[Done()] * 4, [Done()] * 4]
    made.expect_filled(6)
    sync_engine.dispose()


def test_a_loop_has_its_own_groups_though_another_thread_asks_for_its_own_at_that_moment(sqlite_url: str) -> None:
    """Who waited in another loop's groups would be woken by that loop's thread, and perhaps never."""
    engine = open_engine(sqlite_url)
    of_loops: list[object] = []

    class Overtaken(AsyncSqlStore):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "_found" and value is not None and threading.current_thread() is threading.main_thread():
                thread = threading.Thread(target=asyncio.run, args=(asked(),))
                thread.start()
                thread.join()

    store = Overtaken(engine, "clinic")

    async def asked() -> None:
        of_loops.append(store._groups(engine, InOneTransaction()))

    asyncio.run(asked())
    assert len(set(of_loops)) == 2
    engine.dispose()


def test_a_full_disk_is_a_fault_and_leaves_nothing_half_written(sqlite_url: str) -> None:
    """For everybody in the group that met it; once there is room again, everything goes on."""
    engine = open_engine(sqlite_url)
    made = Desk(SqlStore(engine, "clinic"), "clinic")
    made.set_up()
    commits = [made.booking(visit(f"n{number}", notes="x" * 500)) for number in range(200)]
    pages = sa.text("PRAGMA page_count")
    full = open_engine(sqlite_url)
    with engine.connect() as connection:
        pages_max = connection.scalar(pages) + 20
    sa.event.listen(full, "connect", lambda dbapi, _: dbapi.execute(f"PRAGMA max_page_count = {pages_max}"))
    store = SqlStore(full, "clinic")

    def answered(commit: Commit) -> object:
        try:
            return store.commit(commit)
        except StoreError as fault:
            return str(fault)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answered, commits))
    done = answers.count(Done())
    assert 0 < done < len(commits)
    assert set(answers) - {Done()} == {"The database could not answer: OperationalError: database or disk is full"}
    made.expect_filled(done)
    assert [made.store.commit(commit) for commit in commits] == [Done()] * len(commits)
    made.expect_filled(len(commits))
    full.dispose()
    engine.dispose()


def test_a_file_that_is_only_to_be_read_is_a_fault(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    made = Desk(SqlStore(engine, "clinic"), "clinic")
    made.set_up()
    path = sqlite_url.removeprefix("sqlite:///")
    read_only = sa.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    store = SqlStore(read_only, "clinic")
    with pytest.raises(StoreError, match="readonly database"):
        store.commit(made.booking(visit("a")))
    assert store.catalog().revision == made.revision
    made.expect_filled(0)
    read_only.dispose()
    engine.dispose()


def test_what_a_savepoint_took_back_is_not_remembered(engine: sa.Engine, desk: Desk) -> None:
    with engine.connect() as connection, connection.begin():
        store = SqlStore(connection, "clinic")
        assert store.catalog().revision == desk.revision
        with connection.begin_nested(), pytest.raises(StoreError, match="serves one transaction"):
            store.catalog()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"poolclass": sa.StaticPool}, "One connection for all threads is not supported"),
        ({"execution_options": {"schema_translate_map": {None: "main"}}}, "schema_translate_map is not supported"),
    ],
)
def test_an_engine_that_no_store_is_exact_on_is_refused(sqlite_url: str, options: dict[str, Any], told: str) -> None:
    own = sa.create_engine(sqlite_url, **options)
    with pytest.raises(StoreError, match=told):
        SqlStore(own).catalog()
    own.dispose()


def test_who_waits_for_an_application_keeps_nobody_else_from_going(postgres_url: str) -> None:
    """An open transaction holds one counter; bookings of other days and other organisations do not wait for it.

    By staff, as the desk's events say: only so are they plain bookings, which go together.
    """
    engine = open_engine(postgres_url)
    made, others = Desk(SqlStore(engine, "clinic"), "clinic"), Desk(SqlStore(engine, "other"), "other", 1)
    made.set_up()
    others.set_up()
    held, *waiting = [made.booking(visit(f"n{number}", booked_via=Channel.STAFF)) for number in range(4)]
    with engine.connect() as connection, ThreadPoolExecutor(5) as pool:
        transaction = connection.begin()
        assert SqlStore(connection, "clinic").commit(held) == Done()
        stuck = [pool.submit(made.store.commit, commit) for commit in waiting]
        free = [
            pool.submit(made.store.commit, made.booking(week_later("b", booked_via=Channel.STAFF))),
            pool.submit(others.store.commit, others.booking(visit("a", booked_via=Channel.STAFF))),
        ]
        assert [future.result(10) for future in free] == [Done(), Done()]
        assert not any(future.done() for future in stuck)
        transaction.commit()
        assert [future.result(10) for future in stuck] == [Done()] * 3
    made.expect_filled(4)
    engine.dispose()


class Fell(exc.SQLAlchemyError):
    """A fault that is nobody's in particular."""


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (exc.OperationalError(None, None, sqlite3.OperationalError("disk I/O error")), "everybody"),
        (exc.TimeoutError("no connection"), "everybody"),
        (exc.DataError(None, None, sqlite3.DataError("not text")), "who asked"),
        (Fell("one of them"), "who asked"),
    ],
)
def test_a_fault_of_one_is_told_to_nobody_else_of_its_group(fault: exc.SQLAlchemyError, told: str) -> None:
    attempts = transactions.Attempts()
    with pytest.raises(StoreError) as raised:
        attempts.after(fault)
    alone = told_each(raised.value, ["one"], attempts)
    together = told_each(raised.value, ["one", "another"], attempts)
    assert alone == [raised.value]
    assert together == ([raised.value] * 2 if told == "everybody" else [ALONE] * 2)
    assert told_each(ValueError("a person's name"), ["one", "another"], attempts) == [ALONE] * 2


def test_a_refusal_after_a_lost_answer_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent first may still arrive, and be met."""
    first, second = (desk.booking(visit(name, booked_via=Channel.STAFF), limit=1) for name in "ab")
    desk.done(first)

    def lost_once(*_: object) -> list[object]:
        return [BROKEN_OFF]

    store = SqlStore(desk.store._bind, "clinic")  # type: ignore[attr-defined]
    store.catalog()
    assert store._way is not None
    monkeypatch.setattr(type(store._way), "carry_out", lost_once)
    with pytest.raises(OutcomeUnknown) as raised:
        store.commit(second)
    assert raised.value.commit_id == second.commit_id
    assert store.commit(first) == Done()


FORKING = """
import os, sys
from booking_engine import BookingEngine, CatalogQuery
from booking_engine.adapters.sql import SqlStore, open_engine, store
from booking_engine.adapters.sql.grouped.queue import Waiting
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.material import visit

engine = open_engine(sys.argv[1])
desk = Desk(SqlStore(engine, "clinic"), "clinic")
desk.set_up()
commit = desk.booking(visit("a"))
((groups,),) = (of_engine.values() for of_engine in store._in_threads.values())
groups._queue._places.add(Waiting(None, None, print))  # as when another thread is in the middle of a commit
engine.dispose()
child = os.fork()
if child == 0:
    done = desk.store.commit(commit)
    engine.dispose()
    os._exit(0 if type(done).__name__ == "Done" else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_waits_for_nobody_of_its_parent(sqlite_url: str) -> None:
    command = [sys.executable, "-c", FORKING, sqlite_url]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0  # noqa: S603 (ours)
