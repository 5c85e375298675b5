"""What is no refusal: faults of a store, a clock, a configuration, and what the engine makes of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

import attrs
import pytest

from booking_engine import (
    Accepted,
    AddBranch,
    AddService,
    Appointment,
    AppointmentQuery,
    AppointmentsQuery,
    AppointmentStatus,
    AsyncBookingEngine,
    AvailabilityQuery,
    BookAppointment,
    BookingEngine,
    BookingRejected,
    CatalogQuery,
    Changed,
    CloseBranch,
    ConfigureOrganisation,
    ContentionError,
    CreateWindow,
    Event,
    HistoryQuery,
    OrganisationNotConfigured,
    OutcomeUnknown,
    RegenerateTracking,
    RejectionCode,
    ReopenBranch,
    Session,
    StoreError,
    TrackingQuery,
    UnknownRegionError,
    UpdateAppointment,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.adapters.phone import E164Phones
from booking_engine.domain.localtime import clean_date, clean_instant, zone
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.text import clean_text
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Outcome, Refused
from booking_engine.ledger.page import AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.rules.shape import UNKNOWN_NAMED_MAX, parsed
from booking_engine.testing.model import NaiveModel

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
WINDOW = CreateWindow(
    branch_id="main", day=Weekday.MONDAY, session=Session.MORNING, ai_slots=1, max_slots=2, calendar_id="w"
)
SETUP = (
    ConfigureOrganisation(name="Sunrise", timezone="UTC", min_notice_hours=0),
    AddBranch(name="Main", branch_id="main"),
    AddService(name="General Checkup", service_id="checkup"),
    WINDOW,
)


def visit(phone: str = "+91 98400 12345", **fields: Any) -> BookAppointment:
    usual: dict[str, Any] = {"appointment_type": "checkup", "appointment_date": datetime(2026, 6, 8, 9, tzinfo=UTC)}
    return BookAppointment(**usual | {"patient_name": "A", "parent_phone": phone} | fields)


def clinic(store: MemoryStore | None = None, **options: Any) -> BookingEngine:
    engine = BookingEngine(store or MemoryStore(), **{"clock": lambda: NOW} | options)
    for command in SETUP:
        engine.execute(command)
    return engine


class BlindAfterEdits(MemoryStore):
    """Commits, and cannot be read right after an edit."""

    away = False

    def view(self, query: LedgerQuery) -> LedgerView:
        if self.away and query.standing is not None:
            raise StoreError("away")
        return super().view(query)

    def commit(self, commit: Any) -> Any:
        outcome = super().commit(commit)
        self.away = bool(commit.records)
        return outcome


class AsyncBlindAfterEdits(AsyncMemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self._store = BlindAfterEdits()


def test_an_edit_that_stands_is_told_although_its_impact_cannot_be_read_again() -> None:
    told: list[Event] = []
    store = BlindAfterEdits()
    engine = clinic(store, observers=[told.append])
    store.away = False

    changed: Changed[Any] = engine.update_window(UpdateWindow(slot_id="w", status=WindowStatus.CLOSED))

    assert changed.record.status is WindowStatus.CLOSED
    assert [type(event).__name__ for event in told][-1] == "WindowUpdated"


def test_the_same_on_an_event_loop() -> None:
    async def run() -> Changed[Any]:
        store = AsyncBlindAfterEdits()
        engine = AsyncBookingEngine(store, clock=lambda: NOW)
        for command in SETUP:
            await engine.execute(command)
        store._store.away = False  # type: ignore[attr-defined]  # the stub's own switch
        return await engine.update_window(UpdateWindow(slot_id="w", status=WindowStatus.CLOSED))

    assert asyncio.run(run()).record.status is WindowStatus.CLOSED


def test_attempts_are_at_least_two() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        BookingEngine(MemoryStore(), attempts_max=1)


def test_a_clock_without_a_zone_is_a_fault() -> None:
    engine = clinic()
    naive = BookingEngine(engine._store, clock=lambda: datetime(2026, 6, 1, 8))  # noqa: DTZ001 (the fault itself)
    with pytest.raises(ValueError, match="aware"):
        naive.book(visit())


def test_a_clock_of_another_zone_tells_the_same_instant() -> None:
    engine = clinic(clock=lambda: NOW.astimezone(timezone(timedelta(hours=-4))))
    booked = engine.book(visit()).appointment
    assert (booked.created_at, booked.created_at.tzinfo) == (NOW, UTC)


NEEDS_SETUP: tuple[Any, ...] = (
    CatalogQuery(),
    AppointmentsQuery(),
    AvailabilityQuery(date=NOW.date()),
    TrackingQuery(date=NOW.date()),
    RegenerateTracking(),
    visit(),
    UpdateAppointment(appointment_id="appt_x", notes="late"),
    *SETUP[1:],
)


@pytest.mark.parametrize("ask", NEEDS_SETUP, ids=lambda ask: type(ask).__name__)
def test_what_needs_the_setup_is_a_fault_before_the_organisation_is_configured(ask: Any) -> None:
    with pytest.raises(OrganisationNotConfigured, match="nobody"):
        BookingEngine(MemoryStore("nobody"), clock=lambda: NOW).execute(ask)
    with pytest.raises(OrganisationNotConfigured, match="nobody"):
        asyncio.run(AsyncBookingEngine(AsyncMemoryStore("nobody"), clock=lambda: NOW).execute(ask))
    with pytest.raises(OrganisationNotConfigured, match="nobody"):
        NaiveModel("nobody").execute(ask, now=NOW)


def test_before_the_organisation_is_configured_nothing_is_found_and_nothing_has_happened() -> None:
    one, history = AppointmentQuery(appointment_id="appt_x"), HistoryQuery(subject_id="nobody")
    engine = BookingEngine(MemoryStore("nobody"))
    with pytest.raises(BookingRejected) as caught:
        engine.execute(one)
    assert (caught.value.code, engine.execute(history)) == (RejectionCode.NOT_FOUND, ())

    async def awaited() -> object:
        twin = AsyncBookingEngine(AsyncMemoryStore("nobody"))
        with pytest.raises(BookingRejected) as caught:
            await twin.execute(one)
        return caught.value.code, await twin.execute(history)

    assert asyncio.run(awaited()) == (RejectionCode.NOT_FOUND, ())
    model = NaiveModel("nobody")
    assert model.execute(one, now=NOW).code is RejectionCode.NOT_FOUND
    assert model.execute(history, now=NOW).events == ()


def test_an_unknown_outcome_names_the_commit() -> None:
    assert OutcomeUnknown("abc").commit_id == "abc"
    assert "abc" in str(OutcomeUnknown("abc"))


def test_a_region_that_the_normaliser_does_not_know_is_a_fault_and_not_a_second_person() -> None:
    store = MemoryStore()
    engine = clinic(store, phones=E164Phones())
    engine.configure(ConfigureOrganisation(default_region="IN"))
    engine.book(visit("+91 98400 12345"))
    with pytest.raises(BookingRejected, match="DUPLICATE_BOOKING"):
        engine.book(visit("098400 12345"))

    plain = BookingEngine(store, clock=lambda: NOW)
    with pytest.raises(UnknownRegionError, match="IN") as raised:
        plain.book(visit("098400 12345"))
    assert raised.value.region == "IN"
    assert plain.configure(ConfigureOrganisation(enabled=False)).record.configuration.enabled is False
    with pytest.raises(BookingRejected) as refused:
        plain.configure(ConfigureOrganisation(timezone="Asia/Kolkata"))
    assert [problem.field for problem in refused.value.fields] == ["default_region"]


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("098400 12345", "+919840012345"),
        ("+91 98400-12345", "+919840012345"),
        ("+919840XXXXXX", "+919840xxxxxx"),
        ("12", "12"),
        ("+", "+"),
        ("*#", "*#"),
    ],
)
def test_i2_e164_where_a_number_is_possible_and_the_plain_key_where_not(phone: str, key: str) -> None:
    assert E164Phones().key(phone, "IN") == key
    assert E164Phones().knows_region("IN")
    assert not E164Phones().knows_region("XX")


class Refusing:
    """A container that cannot be asked."""

    def __contains__(self, day: object) -> bool:
        raise ArithmeticError


@pytest.mark.parametrize("only", [Refusing(), bytearray(b"x"), set])
def test_a_container_that_cannot_be_asked_for_dates_is_a_bad_field(only: Any) -> None:
    engine = clinic()
    with pytest.raises(BookingRejected) as refused:
        engine.close_branch(
            CloseBranch(branch_id="main", first_date=date(2026, 6, 8), last_date=date(2026, 6, 8), only=only)
        )
    assert [problem.field for problem in refused.value.fields] == ["only"]


class Broken(tzinfo):
    """A zone that answers nothing."""


class Moment(datetime):
    """More than an instant."""


def test_an_instant_of_any_make_is_a_plain_one_or_a_bad_field() -> None:
    clean = clean_instant(Moment(2026, 6, 8, 9, tzinfo=UTC))
    assert type(clean) is datetime
    assert clean == datetime(2026, 6, 8, 9, tzinfo=UTC)
    assert isinstance(clean_instant(datetime(2026, 6, 8, tzinfo=Broken())), FieldProblem)  # type: ignore[abstract]  # that is what is wrong with it
    assert type(clean_date(type("Day", (date,), {})(2026, 6, 8))) is date


def test_i3_text_that_nobody_can_see_is_empty() -> None:
    problem = clean_text("\u200e\u200b\u3000")
    assert isinstance(problem, FieldProblem)
    assert problem.problem == "is empty"


def test_a_flood_of_unknown_fields_is_answered_in_short() -> None:
    body = {f"field{n}": n for n in range(1_000)}
    problems = parsed(BookAppointment, body)
    assert isinstance(problems, tuple)
    unknown = [problem for problem in problems if problem.problem == "is not a field of this request"]
    assert len(unknown) == UNKNOWN_NAMED_MAX
    assert [problem.problem for problem in problems if problem.field == "body"] == ["has 980 more such fields"]


def test_6_4_one_text_never_means_two_services() -> None:
    engine = clinic()
    with pytest.raises(BookingRejected, match="name or id of another service"):
        engine.add_service(AddService(name="CHECKUP", service_id="other"))
    with pytest.raises(BookingRejected, match="is the name of another service"):
        engine.add_service(AddService(name="Other", service_id="general checkup"))
    engine.update_service(UpdateService(service_id="checkup", retired=True))
    assert engine.add_service(AddService(name="Checkup", service_id="other")).record.service_id == "other"


def test_t5_a_zone_is_looked_up_by_a_known_name_only() -> None:
    with pytest.raises(KeyError):
        zone("../../etc/localtime")


def test_6_10_two_races_for_one_doctor_within_a_day_cannot_both_win() -> None:
    store = MemoryStore()
    engine = clinic(store)
    first = engine.book(visit("1", assigned_doctor="Dr. Rao")).appointment
    ten = first.start.replace(hour=10)
    engine.configure(ConfigureOrganisation(buffer_time_minutes=15))
    move = engine.check(UpdateAppointment(appointment_id=first.appointment_id, appointment_date=ten))
    other = engine.check(visit("2", assigned_doctor="dr. rao", appointment_date=ten))
    assert isinstance(move, Accepted)
    assert isinstance(other, Accepted)
    outcomes = [type(store.commit(decision.commit)).__name__ for decision in (move, other)]
    assert outcomes == ["Done", "Refused"]


class AlwaysBehind(AsyncMemoryStore):
    """Every answer is of a revision that the catalog has left behind, or has not reached."""

    async def view(self, query: LedgerQuery) -> LedgerView:
        return attrs.evolve(await super().view(query), revision=99)

    async def appointments(self, wanted: Any, offset: int, limit: int) -> AppointmentPage:
        return attrs.evolve(await super().appointments(wanted, offset, limit), revision=99)

    async def snapshot(self) -> LedgerSnapshot:
        return attrs.evolve(await super().snapshot(), revision=99)


def test_who_never_gets_an_answer_of_one_revision_is_told_so() -> None:
    async def run() -> None:
        store = AlwaysBehind()
        engine = AsyncBookingEngine(store, clock=lambda: NOW, attempts_max=2)
        store._store = clinic()._store  # type: ignore[assignment]  # configured by a store that keeps up
        for ask in (lambda: engine.availability(date(2026, 6, 8)), engine.appointments, engine.regenerate):
            with pytest.raises(ContentionError, match="2 times in a row"):
                await ask()

    asyncio.run(run())


class Overtaken(AsyncMemoryStore):
    """Refuses so many commits, as if somebody had been quicker each time."""

    refusals = 0

    async def commit(self, commit: Commit) -> Outcome:
        if self.refusals:
            self.refusals -= 1
            return Refused()
        return await super().commit(commit)


def test_who_was_overtaken_looks_again_and_is_told_of_once() -> None:
    async def run() -> None:
        store, told = Overtaken(), list[Event]()
        engine = AsyncBookingEngine(store, clock=lambda: NOW, observers=[told.append])
        store._store = clinic()._store  # type: ignore[assignment]  # configured already
        booked: list[Appointment] = []
        for store.refusals in range(3):  # the blind attempt, then the one that has looked
            at = datetime(2026, 6, 8, 9, tzinfo=UTC) + timedelta(weeks=len(booked))
            booked.append((await engine.book(visit(appointment_date=at))).appointment)
            assert store.refusals == 0
        assert [event.record for event in told] == booked
        assert (await engine.verify(), (await engine.appointments()).items) == ((), tuple(booked))

    asyncio.run(run())


def test_6_2_a_retry_after_the_service_was_retired_differs_in_nothing_or_in_what_it_names() -> None:
    engine = clinic()
    engine.book(visit(external_reference_id="r"))
    engine.update_service(UpdateService(service_id="checkup", retired=True))
    assert engine.book(visit(external_reference_id="r", appointment_type="general CHECKUP")).differences == ()
    assert engine.book(visit(external_reference_id="r", appointment_type="x")).differences == ("appointment_type",)


def test_u4_a_revival_is_asked_of_organisation_service_and_branch_in_that_order() -> None:
    engine = clinic()
    booked = engine.book(visit()).appointment
    engine.configure(ConfigureOrganisation(cancellation_notice_hours=0, enabled=False))
    engine.cancel(booked.appointment_id)
    engine.update_service(UpdateService(service_id="checkup", retired=True))
    engine.add_branch(AddBranch(name="Second", branch_id="second"))
    engine.update_branch(UpdateBranch(branch_id="main", retired=True))
    revival = UpdateAppointment(appointment_id=booked.appointment_id, status=AppointmentStatus.CONFIRMED)

    codes = []
    for undo in (
        lambda: engine.configure(ConfigureOrganisation(enabled=True)),
        lambda: engine.update_service(UpdateService(service_id="checkup", retired=False)),
        lambda: engine.update_branch(UpdateBranch(branch_id="main", retired=False)),
    ):
        with pytest.raises(BookingRejected) as refused:
            engine.update(revival)
        codes.append(refused.value.code.value)
        undo()

    assert codes == ["BOOKING_DISABLED", "INVALID_APPOINTMENT_TYPE", "VALIDATION_ERROR"]
    assert engine.update(revival).appointment.status is AppointmentStatus.CONFIRMED


def test_what_is_remembered_is_bounded_and_right_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_engine.domain.catalog._DAYS_REMEMBERED_MAX", 2)
    monkeypatch.setattr("booking_engine.rules.remembering._DAYS_REMEMBERED_MAX", 2)
    monkeypatch.setattr("booking_engine.rules.remembering._WANTED_REMEMBERED_MAX", 2)
    engine = clinic()
    mondays = [date(2026, 6, 1) + timedelta(weeks=n) for n in range(1, 4)]
    for _ in range(2):
        for session in (None, *Session):
            rows = [engine.availability(day, session=session) for day in mondays]
            shown = session in (None, Session.MORNING)
            assert [[row.staff_available for row in page] for page in rows] == [[2] if shown else []] * 3


def test_a_closure_is_lifted_on_an_event_loop() -> None:
    async def run() -> tuple[int, int]:
        engine = AsyncBookingEngine(AsyncMemoryStore(), clock=lambda: NOW)
        for command in SETUP:
            await engine.execute(command)
        day = date(2026, 6, 8)
        closed = await engine.close_branch(CloseBranch(branch_id="main", first_date=day, last_date=day))
        during = len(await engine.availability(day))
        await engine.reopen_branch(ReopenBranch(closure_id=closed.record.closure_id))
        return during, len(await engine.availability(day))

    assert asyncio.run(run()) == (0, 1)
