"""A doctor's bookings go in groups as others do: a day that moved refuses who saw it before, and nobody else."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from booking_engine import BookAppointment
from booking_engine.adapters.sql import SqlStore, committing, open_engine
from booking_engine.adapters.sql.grouped.plain import plain_booking
from booking_engine.adapters.sql.grouped.postgresql import InOneCall
from booking_engine.adapters.sql.grouped.way import ALONE
from booking_engine.adapters.sql.transactions import Mode, own_transaction
from booking_engine.decisions.decision import Booked
from booking_engine.domain.appointment import DoctorDay
from booking_engine.domain.rejection import Reason, RejectionCode
from booking_engine.ledger.claims import Commit, Done, Outcome, Refused, VersionGuard
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.ports import Store
from booking_engine.testing.conformance.clinic import Answer, answer, booking, kinds
from booking_engine.testing.conformance.racing import PATIENCE_SECONDS, race
from storage import broken

from .conftest import Load
from .databases import Database
from .rush import Rush, engine_over
from .test_grouped_commits import clinic, is_plain, rows, together, written

MONDAY, TUESDAY = date(2026, 6, 15), date(2026, 6, 16)
BOGOTA: dict[str, Any] = {"timezone": "America/Bogota", "buffer_time_minutes": 15}
"""Where the windows are open around midnight in UTC."""
LINES, DOCTORS = 16, 4
RUSH = Rush(places=LINES)
BUSY = (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    made = open_engine(request.getfixturevalue(request.param))
    yield made
    made.dispose()


def at(hour: int, minute: int) -> datetime:
    """An instant of Monday."""
    return datetime(2026, 6, 15, hour, minute, tzinfo=UTC)


def with_doctor(number: int, doctor: str = "Dr. Rao", **changes: Any) -> BookAppointment:
    return booking(number, assigned_doctor=doctor, **changes)


def versions(opened: SqlStore, doctor: str = "dr. rao") -> list[int]:
    """Of Monday and Tuesday."""
    days = tuple(DoctorDay(doctor, day) for day in (MONDAY, TUESDAY))
    return list(opened.view(LedgerQuery(now=at(9, 0), doctor_days=days)).doctor_versions.values())


def the_long_way(engine: sa.Engine, commit: Commit) -> Outcome:
    return own_transaction(engine.connect(), lambda here: committing.commit(here, "clinic", commit), Mode.WRITE)


@pytest.mark.parametrize(
    ("start", "guarded", "grown"),
    [
        (at(23, 55), (MONDAY, TUESDAY), [1, 1]),
        (at(23, 40), (MONDAY, TUESDAY), [1, 0]),
        (at(12, 0), (MONDAY,), [1, 0]),
    ],
    ids=["a visit over midnight", "a gap over midnight", "a visit at noon"],
)
def test_the_days_of_a_visit_are_guarded_and_those_that_it_occupies_grow(
    engine: sa.Engine, start: datetime, guarded: tuple[date, ...], grown: list[int]
) -> None:
    """No day was touched before: each is at version 0, and a day that is only guarded stays there."""
    opened, store = clinic(engine, **BOGOTA), SqlStore(engine, "clinic")
    commit = written(opened, with_doctor(1, appointment_date=start))
    assert commit.guards == tuple(VersionGuard(DoctorDay("dr. rao", day), 0) for day in guarded)
    assert is_plain(commit)
    assert together(engine, [commit]) == [Done()]
    assert versions(store) == grown
    assert len(rows(engine, "clinic")["booking_doctor_days"]) == len(guarded)
    assert opened.verify() == ()


def test_doctors_go_together_and_one_whose_day_has_moved_does_not(engine: sa.Engine) -> None:
    opened, store = clinic(engine, buffer_time_minutes=15), SqlStore(engine, "clinic")
    late, *others = (written(opened, with_doctor(number, f"Dr. {number}")) for number in range(4))
    before = written(opened, with_doctor(9, "DR.  0"))
    assert store.commit(before) == Done()
    moved = Refused(guards=late.guards)
    assert late.guards == (VersionGuard(DoctorDay("dr. 0", MONDAY), 0),)
    alone = ALONE if engine.dialect.name == "postgresql" else moved
    assert together(engine, [others[0], late, *others[1:]]) == [Done(), alone, Done(), Done()]
    assert [store.commit(late), the_long_way(engine, late)] == [moved, moved]
    assert [versions(store, f"dr. {number}")[0] for number in range(4)] == [1, 1, 1, 1]
    assert opened.appointments().total == 4
    assert opened.verify() == ()


def test_all_that_is_refused_is_named_with_the_days(engine: sa.Engine) -> None:
    """The day moved over midnight, the one place is taken, and so is the name."""
    opened, store = clinic(engine, max_slots=1, **BOGOTA), SqlStore(engine, "clinic")
    late = written(opened, with_doctor(1, appointment_date=at(23, 55)))
    opened.book(with_doctor(1, appointment_date=at(23, 40)))
    opened.book(with_doctor(2, appointment_date=at(23, 40) + timedelta(days=1)))
    (name,) = late.unique_claims
    assert versions(store) == [1, 1]
    assert store.commit(late) == the_long_way(engine, late) == Refused((*late.claims, name), late.guards)
    assert opened.verify() == ()


def test_requests_that_share_a_doctors_day_share_no_group(engine: sa.Engine) -> None:
    opened = clinic(engine, **BOGOTA)
    asks = [
        with_doctor(1, appointment_date=at(23, 55)),
        with_doctor(2, "DR. RAO", appointment_date=at(12, 0)),
        with_doctor(3, appointment_date=at(12, 0) + timedelta(days=1)),
        with_doctor(4, "Dr. Sen", appointment_date=at(23, 55)),
        with_doctor(5, appointment_date=at(12, 0) + timedelta(days=2)),
    ]
    found = [plain_booking("clinic", written(opened, ask)) for ask in asks]
    names = [set(InOneCall().names(each)) for each in found if each is not None]
    assert len(names) == len(asks)
    assert [not names[0].isdisjoint(other) for other in names[1:]] == [True, True, False, False]


def test_a_doctors_booking_is_a_view_of_one_statement_and_a_call(engine: sa.Engine) -> None:
    opened, statements = clinic(engine, buffer_time_minutes=15), []
    opened.book(with_doctor(1, "Dr. Sen"))
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2].partition(" (")[0]))
    opened.book(with_doctor(2, external_reference_id="call 2"))
    writing = ["SELECT booking_book"] if engine.dialect.name == "postgresql" else ["BEGIN IMMEDIATE", "COMMIT"]
    assert [each.partition("(")[0].partition(",")[0] for each in statements] == [
        "SELECT booking_organisations.revision",
        *writing,
    ]


# --- Who races ------------------------------------------------------------------------------------------------------


class LooksTogether(broken.Whole):
    """Nobody is shown a doctor's day before everybody has looked once: so all decide on the same."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._everybody = threading.Barrier(LINES)
        self._mine = threading.local()

    def view(self, query: LedgerQuery) -> LedgerView:
        view = super().view(query)
        if query.doctor_days and not hasattr(self._mine, "has_looked"):
            self._mine.has_looked = True
            self._everybody.wait(PATIENCE_SECONDS)
        return view


@pytest.mark.parametrize("awaited", [False, True], ids=["threads", "tasks"])
@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
def test_a_doctor_is_booked_once(url: str, awaited: bool, request: pytest.FixtureRequest, load: Load) -> None:
    """Sixteen callers of one process want four doctors at one instant. ``test_process_races`` has the processes."""
    database = Database(request.getfixturevalue(url), awaited=awaited, synced=False, broken=LooksTogether)
    for answers in rushed(database, load.rush_days):
        assert kinds(answers) == {Booked: DOCTORS, BUSY: LINES - DOCTORS}


def test_over_a_store_that_does_not_touch_days_a_doctor_is_booked_by_everybody(sqlite_url: str) -> None:
    forgetting = Database(sqlite_url, synced=False, broken=lambda store: LooksTogether(broken.ForgetsToTouch(store)))
    (answers,) = rushed(forgetting, 1)
    assert kinds(answers) == {Booked: LINES}


def rushed(database: Database, days: int) -> list[list[Answer]]:
    """What everybody was answered on each of so many days."""
    with database.handles() as handle:
        store = handle("clinic")
        RUSH.open_clinic(store, buffer_time_minutes=15)
        answers = [booked_on(store, day) for day in range(days)]
        assert engine_over(store).verify() == ()
        return answers


def booked_on(store: Store, day: int) -> list[Answer]:
    asks = [RUSH.booking(line, day, assigned_doctor=f"Dr. {line % DOCTORS}") for line in range(LINES)]
    return race([functools.partial(answer, engine_over(store), ask) for ask in asks])
