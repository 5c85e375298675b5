"""The engines by examples: observers, ids, faults, contention, and the same answers with and without an event loop."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from properties.support import (
    CANCELLED,
    MONDAY,
    NEXT_MONDAY,
    Clock,
    CountedIds,
    clinic,
    monday,
    request,
    update,
    window,
)

from booking_engine import (
    Accepted,
    AddBranch,
    AddService,
    AppointmentQuery,
    AppointmentsQuery,
    AsyncBookingEngine,
    AvailabilityQuery,
    BookingEngine,
    BookingRejected,
    CatalogQuery,
    CloseBranch,
    ConfigureOrganisation,
    ContentionError,
    Event,
    HistoryQuery,
    OrganisationNotConfigured,
    OutcomeUnknown,
    OverrideTracking,
    RegenerateTracking,
    Rejection,
    RejectionCode,
    ReopenBranch,
    TrackingQuery,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
)
from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.commands import UNSET
from booking_engine.domain.rejection import Reason
from booking_engine.ledger.claims import Commit, Done, Outcome, Refused
from booking_engine.shell import system_clock


def test_observers_are_told_after_the_commit_and_their_faults_stay_theirs(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Event] = []

    def fail(event: Event) -> None:
        raise RuntimeError("The line is down.")

    made = clinic(window(), options={"observers": [fail, told.append]})
    told.clear()
    with caplog.at_level(logging.ERROR):
        booked = made.book(monday("09:00"))
    assert [(event.name, event.subject_id) for event in told] == [("appointment.created", booked.appointment_id)]
    assert "An observer failed" in caplog.text


def test_an_observer_that_asks_for_a_change_lets_the_next_hear_of_it_first() -> None:
    told: list[tuple[str, int]] = []
    asking: list[BookingEngine] = []

    def cancel(event: Event) -> None:
        if event.name == "appointment.created":
            asking[0].cancel(event.subject_id)

    made = clinic(window(), options={"observers": [cancel, lambda event: told.append((event.name, event.version))]})
    asking.append(made.engine)
    told.clear()
    booked = made.book(monday("09:00"))
    assert told == [("appointment.cancelled", 2), ("appointment.created", 1)]
    history = made.engine.history(booked.appointment_id)
    assert [(event.name, event.version) for event in history] == told[::-1]


def test_i1_ids_have_26_lower_case_letters_and_digits() -> None:
    made = clinic(window(ai_slots=9), options={"ids": None})
    ids = [made.book(monday("09:00"), f"+91{number}").appointment_id for number in range(9)]
    assert len(set(ids)) == 9
    for each in ids:
        token = each.removeprefix("appt_")
        assert (len(token), token.isalnum(), token.islower() or token.isdigit()) == (26, True, True)
    branch = made.engine.add_branch(AddBranch(name="North")).record
    assert str(uuid.UUID(branch.branch_id)) == branch.branch_id


def test_the_system_clock_tells_utc() -> None:
    offset = system_clock().utcoffset()
    assert offset is not None
    assert offset.total_seconds() == 0


@pytest.mark.parametrize(
    "ask",
    [request(monday("09:00")), AddBranch(name="Main"), AvailabilityQuery(date=MONDAY), TrackingQuery(date=MONDAY)],
)
def test_nothing_goes_before_the_first_configuration(ask: Any) -> None:
    with pytest.raises(OrganisationNotConfigured, match="'default' is not configured"):
        BookingEngine(MemoryStore()).execute(ask)


COMMANDS = (
    "BookAppointment, UpdateAppointment, HoldPlace, ExtendHold, ReleaseHold, ConfirmHold, ConfigureOrganisation, "
    "AddBranch, UpdateBranch, AddService, UpdateService, CreateWindow, UpdateWindow, OverrideTracking, "
    "CloseBranch, ReopenBranch"
)
QUERIES = (
    "AvailabilityQuery, TrackingQuery, AlternativesQuery, AppointmentsQuery, AppointmentQuery, HistoryQuery, "
    "CatalogQuery, RegenerateTracking"
)
NO_ASK = f"neither a command nor a query. There are {COMMANDS}, {QUERIES}."
DECIDED = f"{COMMANDS}, AvailabilityQuery, TrackingQuery, AlternativesQuery"
ELSEWHERE = f"cannot be asked here: give it to execute. What check takes is {DECIDED}."


class OddBranch(AddBranch):
    """A command of nobody's."""


@pytest.mark.parametrize(
    ("method", "ask", "told"),
    [
        ("execute", "x", f"str is {NO_ASK}"),
        ("execute", None, f"NoneType is {NO_ASK}"),
        ("execute", str, f"type is {NO_ASK}"),
        ("execute", OddBranch(name="Main"), f"OddBranch is {NO_ASK}"),
        ("execute", AddBranch, "AddBranch is a class: give an instance of it."),
        ("check", {"name": "Main"}, f"dict is {NO_ASK}"),
        ("check", CatalogQuery(), f"CatalogQuery {ELSEWHERE}"),
        ("check", AppointmentQuery(appointment_id="appt_x"), f"AppointmentQuery {ELSEWHERE}"),
        ("check", RegenerateTracking, "RegenerateTracking is a class: give an instance of it."),
        ("book", "x", f"str is {NO_ASK}"),
        ("appointments", "x", f"str is {NO_ASK}"),
        ("appointments", "", f"str is {NO_ASK}"),
        ("appointments", TrackingQuery(date=MONDAY), f"TrackingQuery {ELSEWHERE}"),
        ("appointments", AddBranch(name="Main"), f"AddBranch {ELSEWHERE}"),
    ],
)
def test_what_is_no_ask_is_told_so_with_what_there_is(method: str, ask: Any, told: str) -> None:
    for engine in (BookingEngine(MemoryStore()), clinic().engine):
        with pytest.raises(TypeError) as caught:
            getattr(engine, method)(ask)
        assert str(caught.value) == told
    with pytest.raises(TypeError) as caught:
        asyncio.run(getattr(AsyncBookingEngine(AsyncMemoryStore()), method)(ask))
    assert str(caught.value) == told


class CrowdedStore(MemoryStore):
    """A memory store in which others always get first."""

    crowded = False

    def commit(self, commit: Commit) -> Outcome:
        """Refuse while it is crowded."""
        return Refused() if self.crowded else super().commit(commit)


def test_contention_ends_after_so_many_attempts() -> None:
    store = CrowdedStore("sunrise")
    made = clinic(window(), store=store, options={"attempts_max": 3})
    store.crowded = True
    with pytest.raises(ContentionError, match="3 times in a row"):
        made.book(monday("09:00"))


class RestlessStore(MemoryStore):
    """A memory store whose revision is never the one that was read."""

    restless = False

    def catalog(self) -> Any:
        """The catalog of a moment ago."""
        found = super().catalog()
        return found.with_records(()) if self.restless else found


@pytest.mark.parametrize("read", ["appointments", "regenerate"])
def test_contention_of_reads(read: str) -> None:
    store = RestlessStore("sunrise")
    made = clinic(store=store, options={"attempts_max": 2})
    store.restless = True
    made.engine.catalog()
    with pytest.raises(ContentionError):
        getattr(made.engine, read)()


def test_another_engine_sees_an_edit_at_once() -> None:
    made = clinic(window())
    other = BookingEngine(made.store, clock=made.clock)
    assert other.appointments().total == 0
    made.engine.disable_window("w")
    assert other.availability(MONDAY) == ()
    made.engine.add_branch(AddBranch(name="North"))
    assert other.appointments().total == 0
    with pytest.raises(BookingRejected) as caught:
        other.book(request(monday("09:00"), branch_id="main"))
    assert caught.value.code is RejectionCode.SLOT_INACTIVE


def test_a_commit_is_made_once() -> None:
    made = clinic(window(ai_slots=2))
    decision = made.engine.check(request(monday("09:00")))
    assert isinstance(decision, Accepted)
    assert [made.store.commit(decision.commit) for _ in range(2)] == [Done(), Done()]
    assert made.record().counts.filled == 1


def test_a_refusal_says_everything_at_once() -> None:
    made = clinic(window())
    first = made.book(monday("09:00"))
    with pytest.raises(BookingRejected) as caught:
        made.engine.book(request(monday("09:30")))
    raised = caught.value
    assert (raised.code, raised.reason, raised.transient) == (RejectionCode.DUPLICATE_BOOKING, None, True)
    assert (raised.existing_appointment_id, raised.fields) == (first.appointment_id, ())
    stands = f"existing_appointment_id is {first.appointment_id}"
    assert str(raised) == f"DUPLICATE_BOOKING: {raised.message}\n  {stands}"
    bare = Rejection(code=RejectionCode.SLOT_FULL, reason=Reason.CAPACITY, message="Full.")
    assert str(BookingRejected(bare)) == "SLOT_FULL (CAPACITY): Full."
    assert not Rejection(code=RejectionCode.NOT_FOUND, message="").transient


def test_an_unknown_outcome_names_its_commit() -> None:
    fault = OutcomeUnknown("c1")
    assert (fault.commit_id, str(fault)) == ("c1", "It is not known whether commit c1 stands.")


def test_unset_reads_as_its_name_and_is_false() -> None:
    assert (repr(UNSET), bool(UNSET)) == ("UNSET", False)


# --- Parity ---------------------------------------------------------------------------------------------------------

Call = tuple[str, Callable[[Any], Any]]
CALLS: tuple[Call, ...] = (
    ("not configured", lambda engine: engine.book(request(monday("09:00")))),
    ("configure", lambda engine: engine.configure(ConfigureOrganisation(timezone="UTC", cancellation_notice_hours=0))),
    ("branch", lambda engine: engine.add_branch(AddBranch(name="Main", branch_id="main"))),
    ("service", lambda engine: engine.add_service(AddService(name="Checkup", service_id="checkup"))),
    ("window", lambda engine: engine.create_window(window(ai_slots=2))),
    ("book", lambda engine: engine.book(request(monday("09:00"), external_reference_id="R"))),
    ("check", lambda engine: engine.check(request(monday("09:00"), "+912"))),
    ("replay", lambda engine: engine.book(request(monday("09:00"), external_reference_id="R"))),
    ("refused", lambda engine: engine.book(request(monday("08:00"), "+912"))),
    ("doctor", lambda engine: engine.book(request(monday("09:00"), "+913", assigned_doctor="Dr Rao"))),
    ("all", lambda engine: engine.appointments()),
    ("some", lambda engine: engine.appointments(AppointmentsQuery(status=CANCELLED))),
    ("bad page", lambda engine: engine.appointments(AppointmentsQuery(page=0))),
    ("bad filter", lambda engine: engine.appointments(AppointmentsQuery(branch_id="south"))),
    ("one", lambda engine: engine.appointment(engine.known)),
    ("none", lambda engine: engine.appointment("appt_x")),
    ("update", lambda engine: engine.update(update(engine.known, notes="late"))),
    ("move", lambda engine: engine.reschedule(engine.known, monday("09:00", NEXT_MONDAY))),
    ("cancel", lambda engine: engine.cancel(engine.known)),
    ("complete", lambda engine: engine.complete(engine.known)),
    ("history", lambda engine: engine.history(engine.known)),
    ("update branch", lambda engine: engine.update_branch(UpdateBranch(branch_id="main", name="Centre"))),
    ("update service", lambda engine: engine.update_service(UpdateService(service_id="checkup", name="Check-up"))),
    ("update window", lambda engine: engine.update_window(UpdateWindow(slot_id="w", ai_slots=1))),
    ("override", lambda engine: engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}", max_slots=1))),
    ("close", lambda engine: engine.close_branch(CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY))),
    ("reopen", lambda engine: engine.reopen_branch(ReopenBranch(closure_id="none"))),
    ("availability", lambda engine: engine.availability(NEXT_MONDAY)),
    ("alternatives", lambda engine: engine.alternatives("checkup", monday("09:00", NEXT_MONDAY), limit=2)),
    ("tracking", lambda engine: engine.tracking(TrackingQuery(date=MONDAY))),
    ("disable", lambda engine: engine.disable_window("w")),
    ("regenerate", lambda engine: engine.regenerate()),
    ("verify", lambda engine: engine.verify()),
    ("execute one", lambda engine: engine.execute(AppointmentQuery(appointment_id=engine.known))),
    ("execute page", lambda engine: engine.execute(AppointmentsQuery())),
    ("execute history", lambda engine: engine.execute(HistoryQuery(subject_id=engine.known))),
    ("execute regenerate", lambda engine: engine.execute(RegenerateTracking())),
    ("execute command", lambda engine: engine.execute(update(engine.known, notes="again"))),
)


class Known:
    """Remembers the appointment that was booked first."""

    known = "appt_x"


class SyncEngine(BookingEngine, Known):
    """An engine that knows its first appointment."""


class AsyncEngine(AsyncBookingEngine, Known):
    """The same for an event loop."""


def noted(engine: Known, name: str, answer: Any) -> Any:
    if name == "book":
        engine.known = answer.appointment.appointment_id
    return answer


def failure(fault: Exception) -> Any:
    return fault.rejection if isinstance(fault, BookingRejected) else type(fault)


def comparable(answer: Any) -> Any:
    # A decision carries a function that looks again; what it decided is comparable.
    return (answer.commit, answer.result) if isinstance(answer, Accepted) else answer


def sync_answers() -> dict[str, Any]:
    engine, answers = SyncEngine(MemoryStore(), clock=Clock(), ids=CountedIds()), {}
    for name, call in CALLS:
        try:
            answers[name] = comparable(noted(engine, name, call(engine)))
        except (BookingRejected, OrganisationNotConfigured) as fault:
            answers[name] = failure(fault)
    answers["catalog"] = engine.execute(CatalogQuery()).revision
    return answers


async def async_answers() -> dict[str, Any]:
    engine, answers = AsyncEngine(AsyncMemoryStore(), clock=Clock(), ids=CountedIds()), {}
    for name, call in CALLS:
        try:
            answers[name] = comparable(noted(engine, name, await call(engine)))
        except (BookingRejected, OrganisationNotConfigured) as fault:
            answers[name] = failure(fault)
    answers["catalog"] = (await engine.execute(CatalogQuery())).revision
    return answers


def test_both_engines_answer_the_same() -> None:
    expected = sync_answers()
    assert asyncio.run(async_answers()) == expected
    assert expected["not configured"] is OrganisationNotConfigured
    refused = {name for name, answer in expected.items() if isinstance(answer, Rejection)}
    assert refused == {"refused", "bad page", "bad filter", "none", "complete", "reopen"}
