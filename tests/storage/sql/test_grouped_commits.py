"""Plain bookings: written by their own statements exactly as by those for any commit, alone and together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from booking_engine import BookAppointment, BookingEngine, Channel
from booking_engine import commands as c
from booking_engine.adapters.sql import SqlStore, committing, open_engine
from booking_engine.adapters.sql.grouped.plain import plain_booking
from booking_engine.adapters.sql.grouped.postgresql import InOneCall
from booking_engine.adapters.sql.grouped.sqlite import Asked, InOneTransaction
from booking_engine.adapters.sql.grouped.way import ALONE, Answer
from booking_engine.adapters.sql.tables import METADATA
from booking_engine.adapters.sql.transactions import own_transaction
from booking_engine.decisions.decision import Accepted
from booking_engine.domain.organisation import CapacityScope
from booking_engine.domain.window import Session, Weekday
from booking_engine.ledger.claims import CapacityRelease, Commit, Done, DuplicateName, VersionGuard
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.clinic import booking
from booking_engine.testing.conformance.material import NINE, NOW


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    made = open_engine(request.getfixturevalue(request.param))
    yield made
    made.dispose()


def clinic(engine: sa.Engine, org_id: str = "clinic", *, max_slots: int = 9, **policy: Any) -> BookingEngine:
    opened = BookingEngine(SqlStore(engine, org_id), clock=FixedClock(NOW))
    asks: tuple[c.Command, ...] = (
        c.ConfigureOrganisation(**{"timezone": "Asia/Kolkata", "min_notice_hours": 0, **policy}),
        c.AddBranch(name="Main", branch_id="main"),
        c.AddService(name="Checkup", service_id="checkup", duration_minutes=15),
        *(
            c.CreateWindow(
                calendar_id=f"every {day.value}",
                branch_id="main",
                day=day,
                session=Session.MORNING,
                start_time="06:00",
                end_time="22:00",
                max_slots=max_slots,
                ai_slots=min(max_slots, 5),
            )
            for day in Weekday
        ),
    )
    for ask in asks:
        opened.execute(ask)
    return opened


def written(opened: BookingEngine, ask: BookAppointment) -> Commit:
    """The commit that a booking would be."""
    decision = opened.check(ask)
    assert isinstance(decision, Accepted)
    return decision.commit


def is_plain(commit: Commit, org_id: str = "clinic") -> bool:
    return plain_booking(org_id, commit) is not None


def together(engine: sa.Engine, commits: Sequence[Commit], org_id: str = "clinic") -> list[Answer]:
    """The answers to a group of bookings."""
    way: InOneTransaction | InOneCall = InOneTransaction() if engine.dialect.name == "sqlite" else InOneCall()
    group: Any = [way.request(org_id, each) for each in commits]
    with engine.connect() as connection:
        return own_transaction(connection, lambda here: way.carry_out(here, group), way.mode)


def rows(engine: sa.Engine, org_id: str) -> dict[str, list[dict[str, Any]]]:
    """Everything that is stored of an organisation, but for its name."""
    with engine.connect() as connection:
        found = {
            table.name: [
                {name: value for name, value in row.items() if name != "org_id"}
                for row in connection.execute(
                    sa.select(table).where(table.c.org_id == org_id).order_by(*table.primary_key)
                ).mappings()
            ]
            for table in METADATA.sorted_tables
        }
    del found["booking_catalog_records"]
    found["booking_events"] = [
        {**row, "body": json.loads(row["body"])} for row in found["booking_events"] if row["name"].startswith("app")
    ]
    return found


KINDS: dict[str, dict[str, Any]] = {
    "least": {},
    "reference": {"external_reference_id": "call 1"},
    "agent": {"channel": Channel.AI_AGENT, "actor": "voice"},
    "doctor": {"assigned_doctor": "Dr.  ÜNÏ"},
    "words": {"patient_name": 'Ünïcode "O\'Neil" \\ हिन्दी', "notes": "two\nlines", "external_reference_id": "%s {} ::"},
}


@pytest.mark.parametrize("policy", [{}, {"capacity_scope": CapacityScope.SHARED, "duplicate_includes_patient": True}])
@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_booking_is_written_as_any_commit_is(engine: sa.Engine, kind: str, policy: dict[str, Any]) -> None:
    one, other = clinic(engine, "one", **policy), clinic(engine, "other", **policy)
    commit = written(one, booking(1, **KINDS[kind]))
    (event,) = commit.events
    assert is_plain(commit, "one")
    assert SqlStore(engine, "one").commit(commit) == Done()
    with engine.begin() as connection:
        told = commit._replace(events=(type(event)(*(*_values(event)[:1], "other", *_values(event)[2:])),))
        assert committing.commit(connection, "other", told) == Done()
    assert rows(engine, "one") == rows(engine, "other")
    assert len(rows(engine, "one")["booking_appointments"]) == 1
    assert [one.verify(), other.verify()] == [(), ()]


def _values(event: Any) -> tuple[Any, ...]:
    return tuple(getattr(event, field.name) for field in type(event).__attrs_attrs__)


def test_what_is_not_a_plain_booking(engine: sa.Engine) -> None:
    opened = clinic(engine)
    stands = opened.book(booking(1, external_reference_id="ref"))
    doctor = written(opened, booking(2, assigned_doctor="Dr. Rao"))
    update = opened.check(c.UpdateAppointment(appointment_id=stands.appointment.appointment_id, notes="new"))
    setup = opened.check(c.AddBranch(name="Second"))
    plain = written(opened, booking(3, external_reference_id="third"))
    assert is_plain(plain)
    assert not is_plain(plain, "another organisation")
    assert is_plain(doctor)
    for decision in (update, setup):
        assert isinstance(decision, Accepted)
        assert not is_plain(decision.commit)
    (claim,), (a,) = plain.claims, plain.appointments
    reference, name = plain.unique_claims
    for odd in (
        plain._replace(claims=()),
        plain._replace(claims=(claim._replace(limit=0),)),
        plain._replace(claims=(claim._replace(ai=False, ai_limit=3),)),
        plain._replace(unique_claims=(reference,)),
        plain._replace(unique_claims=(name,)),
        plain._replace(unique_claims=(name, name, reference)),
        plain._replace(unique_claims=(name._replace(limit=0), reference)),
        plain._replace(unique_claims=(name._replace(holder="somebody else"), reference)),
        plain._replace(unique_claims=(name._replace(name=DuplicateName("+1", "checkup", a.date, "")), reference)),
        plain._replace(events=()),
        plain._replace(appointments=(a, a)),
        plain._replace(commit_id="another"),
        plain._replace(guards=(VersionGuard(stands.appointment.appointment_id, 1),)),
        doctor._replace(guards=doctor.guards * 2),
    ):
        assert not is_plain(odd)


def test_a_group_of_bookings_is_done(engine: sa.Engine) -> None:
    opened = clinic(engine)
    asks = [booking(number, external_reference_id=f"ref {number}") for number in range(8)]
    asks[5:] = [
        booking(number, channel=Channel.AI_AGENT, appointment_date=NINE + timedelta(days=number))
        for number in (5, 6, 7)
    ]
    assert together(engine, [written(opened, ask) for ask in asks]) == [Done()] * 8
    assert opened.appointments().total == 8
    assert opened.verify() == ()


@pytest.mark.parametrize(
    ("asks", "stand"),
    [
        ([booking(1), booking(2), booking(3, appointment_date=NINE + timedelta(days=1))], [2]),
        ([booking(0), booking(2, appointment_date=NINE + timedelta(days=1))], [1]),
        ([booking(5, external_reference_id="r", appointment_date=NINE + timedelta(days=1)), booking(1)], [1]),
    ],
    ids=["more than there is room", "a name that is held", "a reference that is held"],
)
def test_who_cannot_be_written_stands_in_nobodys_way(
    engine: sa.Engine, asks: list[BookAppointment], stand: list[int]
) -> None:
    """One place is left on Monday. On PostgreSQL who cannot be written for certain is left to go alone."""
    opened = clinic(engine, max_slots=2)
    commits = [written(opened, ask) for ask in asks]
    opened.book(booking(0, external_reference_id="r"))
    answers = together(engine, commits)
    if engine.dialect.name == "postgresql":
        assert answers == [Done() if number in stand else ALONE for number in range(len(asks))]
        alone = [SqlStore(engine, "clinic").commit(each) for each in commits]
    else:
        alone = answers  # type: ignore[assignment]
    done = sum(answer == Done() for answer in alone)
    assert done == len(asks) - 1
    assert opened.appointments().total == 1 + done
    assert opened.verify() == ()


def test_a_group_that_was_done_before_is_done_once(engine: sa.Engine) -> None:
    opened = clinic(engine)
    commits = [written(opened, booking(number)) for number in range(3)]
    assert together(engine, commits[:2]) == [Done()] * 2
    assert together(engine, commits) == ([Done()] * 3 if engine.dialect.name == "sqlite" else [ALONE, ALONE, Done()])
    assert [SqlStore(engine, "clinic").commit(each) for each in commits] == [Done()] * 3
    assert opened.appointments().total == 3
    assert opened.verify() == ()


def test_nothing_of_a_group_lands_on_another_catalog(engine: sa.Engine) -> None:
    opened = clinic(engine)
    commits = [written(opened, booking(number)) for number in range(3)]
    opened.add_branch(c.AddBranch(name="Second"))
    assert Done() not in together(engine, commits)
    assert {SqlStore(engine, "clinic").commit(each) for each in commits} != {Done()}
    assert opened.appointments().total == 0
    assert opened.verify() == ()


def test_one_that_fails_on_sqlite_leaves_the_others_of_its_group(sqlite_url: str) -> None:
    """A release of a place that nobody holds is a fault, of that commit alone."""
    engine = open_engine(sqlite_url)
    opened = clinic(engine)
    first, second = (written(opened, booking(number)) for number in range(2))
    (claim,) = first.claims
    gives_back = CapacityRelease(claim.key, claim.ai)
    broken = first._replace(commit_id="broken", events=(), claims=(), releases=(gives_back,), unique_claims=())
    with engine.connect() as connection:
        way = InOneTransaction()
        group = [Asked("clinic", each) for each in (broken, second)]
        answers = own_transaction(connection, lambda here: way.carry_out(here, group), way.mode)
    assert [type(answer).__name__ for answer in answers] == ["StoreError", "Done"]
    assert opened.appointments().total == 1
    assert opened.verify() == ()
    engine.dispose()
