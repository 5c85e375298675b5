"""The state machine finds planted faults: this is how it is seen to fail. Each fault is one rule, read wrong once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import attrs
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from booking_engine.adapters.memory import MemoryStore
from booking_engine.decisions import effects, holding
from booking_engine.decisions.booking import BookingPlan
from booking_engine.decisions.confirming import ConfirmationPlan
from booking_engine.decisions.decision import Decision, Rejected
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.rejection import Rejection, RejectionCode
from booking_engine.errors import ContentionError
from booking_engine.ledger import audit
from booking_engine.ledger.claims import Commit, DuplicateName, Outcome
from booking_engine.ledger.holdings import Holdings, holdings
from booking_engine.ledger.view import LedgerView
from booking_engine.ports import Store
from booking_engine.rules import admission, capacity
from booking_engine.rules.visit import Visit
from booking_engine.testing.machine import Disagreement, booking_machine

Plant: TypeAlias = Callable[[pytest.MonkeyPatch], None]

# The first disagreement is enough: it need not be made short. Runs of one search resemble each other, so there are
# many short searches, and always the same ones.
SEARCH = settings(
    max_examples=25,
    stateful_step_count=50,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SEARCHES = range(100, 140)


def search(open_store: Callable[[], Store]) -> None:
    """Run the state machine until it finds something."""
    for number in SEARCHES:
        machine = seed(number)(booking_machine(open_store))
        run_state_machine_as_test(machine, settings=SEARCH)


FAULTS: list[Plant] = []


def fault(plant: Plant) -> Plant:
    FAULTS.append(plant)
    return plant


def _instead_of(monkeypatch: pytest.MonkeyPatch, rule: Callable[..., Any], faulty: Callable[..., Any]) -> None:
    """Put a faulty rule where the lists of rules have the right one."""
    for name in ("TIMING_RULES", "WINDOW_RULES"):
        rules = tuple(faulty if each is rule else each for each in getattr(admission, name))
        monkeypatch.setattr(admission, name, rules)


@fault
def notice_is_exclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    right = admission.refuse_short_notice

    def wrong(visit: Visit) -> Rejection | None:
        return right(visit._replace(start=visit.start - timedelta(microseconds=1)))

    _instead_of(monkeypatch, right, wrong)


@fault
def the_horizon_is_told_by_utc_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    right = admission.refuse_beyond_horizon

    def wrong(visit: Visit) -> Rejection | None:
        late = visit.start.date() - visit.now.date() > visit.catalog.horizon
        return right(visit) if late else None

    _instead_of(monkeypatch, right, wrong)


@fault
def what_starts_now_is_not_past(monkeypatch: pytest.MonkeyPatch) -> None:
    right = admission.refuse_past
    _instead_of(monkeypatch, right, lambda visit: None if visit.start == visit.now else right(visit))


@fault
def the_own_place_is_not_credited(monkeypatch: pytest.MonkeyPatch) -> None:
    right = admission.find_place
    monkeypatch.setattr(admission, "find_place", lambda visit, view: right(visit._replace(own=None), view))


@fault
def the_own_appointment_is_a_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    right = admission.refuse_duplicate
    monkeypatch.setattr(admission, "refuse_duplicate", lambda visit, view: right(visit._replace(own=None), view))


@fault
def duplicates_are_told_by_utc_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(configuration: Any, appointment: Any) -> Holdings:
        held, day = holdings(configuration, appointment), appointment.start.date()
        return held._replace(
            names=tuple(n._replace(date=day) if isinstance(n, DuplicateName) else n for n in held.names)
        )

    right = admission.name_of
    monkeypatch.setattr(admission, "name_of", lambda visit: right(visit)._replace(date=visit.start.date()))
    for module in (effects, audit):
        monkeypatch.setattr(module, "holdings", wrong)


@fault
def a_doctor_needs_more_than_the_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    right = admission.refuse_busy_doctor

    def wrong(visit: Visit, view: LedgerView) -> Rejection | None:
        minute = timedelta(minutes=1)
        return right(visit, view) or right(visit._replace(start=visit.start - minute), view)

    monkeypatch.setattr(admission, "refuse_busy_doctor", wrong)


@fault
def the_agent_has_no_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_staff(rule: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: rule(*[Channel.STAFF if isinstance(each, Channel) else each for each in args])

    monkeypatch.setattr(Visit, "room_in", as_staff(Visit.room_in))
    monkeypatch.setattr("booking_engine.decisions.effects.admission", as_staff(capacity.admission))


@fault
def cancelling_frees_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    right = effects.appointment_commit
    monkeypatch.setattr(
        "booking_engine.decisions.updating.appointment_commit", lambda *args: right(*args)._replace(releases=())
    )


@fault
def a_rescheduled_booking_is_not_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = BookingPlan.decide

    def wrong(plan: BookingPlan, view: LedgerView) -> Decision[Any]:
        standing = view.referenced
        if standing is not None and standing.status is AppointmentStatus.RESCHEDULED:
            return Rejected(Rejection(code=RejectionCode.DUPLICATE_BOOKING, message=""))
        return right(plan, view)

    monkeypatch.setattr(BookingPlan, "decide", wrong)


@fault
def a_service_closed_on_a_date_is_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WindowDate, "is_open_for", lambda window_date, _: window_date.is_open)


@fault
def a_closed_branch_is_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalog, "is_closed", lambda *_: False)


@fault
def a_revival_asks_for_no_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    right = admission.first_refusal

    def wrong(visit: Visit, rules: Any) -> Rejection | None:
        revives = visit.own is not None and visit.own.status is AppointmentStatus.CANCELLED
        return right(visit, admission.WINDOW_RULES if revives else rules)

    monkeypatch.setattr(admission, "first_refusal", wrong)


@fault
def availability_forgets_the_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_engine.rules.availability.earliest_start", lambda _, now: now)


def _with_events(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    right = effects.appointment_commit

    def wrong(*args: Any) -> Commit:
        commit = right(*args)
        return commit._replace(events=commit.events * number)

    monkeypatch.setattr("booking_engine.decisions.booking.appointment_commit", wrong)


@fault
def a_booking_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_events(0, monkeypatch)


@fault
def a_booking_is_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_events(2, monkeypatch)


@fault
def a_hold_runs_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hold, "is_running", lambda hold, now: now <= hold.ends_at)


@fault
def the_place_that_is_held_is_not_credited(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Visit.is_own
    monkeypatch.setattr(Visit, "is_own", lambda visit, window_date: right(visit._replace(held=None), window_date))


@fault
def a_hold_is_confirmed_through_the_callers_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ConfirmationPlan._appointment
    monkeypatch.setattr(
        ConfirmationPlan,
        "_appointment",
        lambda plan, hold: attrs.evolve(right(plan, hold), booked_via=plan.command.channel),
    )


@fault
def a_hold_is_extended_beyond_its_utmost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "min", lambda wanted, _: wanted, raising=False)


@fault
def a_released_place_is_not_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    right = effects.release_commit
    monkeypatch.setattr(holding, "release_commit", lambda *args: right(*args)._replace(releases=()))


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_fault_in_the_engine_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(Disagreement):
        search(MemoryStore)


class StoreThatForgetsReleases(MemoryStore):
    """Gives no name back."""

    def commit(self, commit: Commit) -> Outcome:
        return super().commit(commit._replace(unique_releases=()))


class StoreThatEndsNoHolds(MemoryStore):
    """Ends holds for whoever looks, and not for whoever commits."""

    def commit(self, commit: Commit) -> Outcome:
        return super().commit(commit._replace(at=datetime.min.replace(tzinfo=UTC)))


@pytest.mark.parametrize("store", [StoreThatForgetsReleases, StoreThatEndsNoHolds])
def test_a_fault_in_the_store_is_found(store: type[MemoryStore]) -> None:
    with pytest.raises((Disagreement, ContentionError)):
        search(store)
