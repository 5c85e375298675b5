"""Histories of eight callers who book, move and cancel at once are linearizable; broken ones are told from them."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from booking_engine import commands as c
from booking_engine.adapters.memory import MemoryStore
from booking_engine.decisions.decision import Booked
from booking_engine.domain.appointment import AppointmentStatus, appointment_id_of
from booking_engine.domain.window import Session, Weekday
from booking_engine.engine import BookingEngine
from booking_engine.errors import BookingRejected, StoreError
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ports import Store
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.racing import race
from booking_engine.testing.ids import SeededIds
from booking_engine.testing.linearizability import (
    Book,
    Cancel,
    ClinicAnswer,
    ClinicAsk,
    Move,
    Recorded,
    SmallClinic,
    Visits,
    linearization,
)

from . import broken
from .conftest import Effort
from .invariants import broken_invariants

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STARTS = {"first": datetime(2026, 6, 15, 9, tzinfo=UTC), "second": datetime(2026, 6, 15, 12, tzinfo=UTC)}
PLACES, CALLERS = 3, 8
CLINIC = SmallClinic(PLACES)
EMPTY: Visits = frozenset()

Entry = Recorded[ClinicAsk, ClinicAnswer]
History = list[Entry]


class Unreliable(broken.Whole):
    """Sometimes does not answer a commit, done or not."""

    def __init__(self, inner: Store, chance: random.Random) -> None:
        super().__init__(inner)
        self._chance = chance

    def commit(self, commit: Commit) -> Outcome:
        if self._chance.random() < 0.03:
            raise StoreError("not done, and the store does not answer")
        outcome = self.inner.commit(commit)
        if self._chance.random() < 0.03:
            raise StoreError("done or refused, and the store does not answer")
        return outcome


@attrs.frozen
class Unheard:
    """An operation whose answer did not arrive."""

    began: int
    ask: ClinicAsk
    event_id: str


class Caller:
    """One of those who book, move and cancel; everybody knows whose appointments there are."""

    def __init__(self, store: Store, number: int, seed: int, known: list[str], clock: Callable[[], int]) -> None:
        self._chance = random.Random(seed * 1_000 + number)
        self._ids = SeededIds(seed * 1_000 + number)
        self._engine = BookingEngine(Unreliable(store, self._chance), clock=FixedClock(NOW), ids=self._ids)
        self._number, self._known, self._tick = number, known, clock
        self.heard: History = []
        self.unheard: list[Unheard] = []

    def work(self, operations: int) -> None:
        """So many commands, one after the other."""
        for number in range(operations):
            make = self._chance.choice((self._book, self._book, self._move, self._cancel))
            make(f"{self._number}-{number}")

    def _book(self, name: str) -> None:
        reference, window = f"ref-{self._chance.randrange(8)}", self._chance.choice(list(STARTS))
        command = c.BookAppointment(
            appointment_type="checkup",
            appointment_date=STARTS[window],
            patient_name="Patient",
            parent_phone=f"+91 {name}",
            external_reference_id=reference,
        )
        self._record(lambda new_id: Book(reference, window, new_id), command)

    def _move(self, name: str) -> None:
        if self._known:
            appointment_id, window = self._chance.choice(self._known[-12:]), self._chance.choice(list(STARTS))
            caller, number = map(int, name.split("-"))
            start = STARTS[window] + timedelta(seconds=1 + caller, microseconds=number)
            command = c.UpdateAppointment(appointment_id=appointment_id, appointment_date=start)
            self._record(lambda _: Move(appointment_id, window), command)

    def _cancel(self, _: str) -> None:
        if self._known:
            appointment_id = self._chance.choice(self._known[-12:])
            command = c.UpdateAppointment(appointment_id=appointment_id, status=AppointmentStatus.CANCELLED)
            self._record(lambda _: Cancel(appointment_id), command)

    def _record(self, ask: Callable[[str], ClinicAsk], command: c.AppointmentCommand) -> None:
        began = self._tick()
        try:
            answer = self._answered(self._engine.execute(command))
        except BookingRejected as refused:
            answer = (str(refused.code), "")
        except StoreError:
            self.unheard.append(Unheard(began, ask(appointment_id_of(self._ids.last)), self._ids.last))
            return
        self.heard.append(Recorded(began, self._tick(), ask(appointment_id_of(self._ids.last)), answer))

    def _answered(self, answer: Any) -> ClinicAnswer:
        appointment_id = answer.appointment.appointment_id
        if not isinstance(answer, Booked):
            return ("changed" if answer.changes else "unchanged", appointment_id)
        self._known.append(appointment_id)
        return ("replayed" if answer.replayed else "booked", appointment_id)


def recorded(store: Store, seed: int, operations: int) -> History:
    """The history of eight callers at once over one store, with what became of the answers that did not arrive."""
    engine = BookingEngine(store, clock=FixedClock(NOW), ids=SeededIds(0))
    engine.configure(
        c.ConfigureOrganisation(
            timezone="UTC", min_notice_hours=0, cancellation_notice_hours=0, duplicate_prevention=False
        )
    )
    engine.add_branch(c.AddBranch(name="Main", branch_id="main"))
    engine.add_service(c.AddService(name="Checkup", service_id="checkup"))
    for calendar_id, start in STARTS.items():
        engine.create_window(
            c.CreateWindow(
                calendar_id=calendar_id,
                branch_id="main",
                day=Weekday.MONDAY,
                session=Session.MORNING,
                start_time=f"{start:%H:%M}",
                end_time=f"{start + timedelta(hours=1):%H:%M}",
                ai_slots=PLACES,
            )
        )
    known: list[str] = []
    tick = functools.partial(next, itertools.count())
    callers = [Caller(store, number, seed, known, tick) for number in range(CALLERS)]
    race([functools.partial(caller.work, operations // CALLERS) for caller in callers])
    heard = [each for caller in callers for each in caller.heard]
    return heard + found_out(store, [each for caller in callers for each in caller.unheard], tick())


def found_out(store: Store, unheard: Sequence[Unheard], now: int) -> History:
    """Those of the unheard operations that happened: their commit's id stands in the history."""
    standing = {
        event.event_id: event.subject_id
        for appointment in store.snapshot().appointments
        for event in store.history(appointment.appointment_id)
    }
    return [
        Recorded(
            each.began,
            now,
            each.ask,
            ("booked" if isinstance(each.ask, Book) else "changed", standing[each.event_id]),
        )
        for each in unheard
        if each.event_id in standing
    ]


def is_linearizable(history: History) -> bool:
    return linearization(history, EMPTY, CLINIC.step) is not None


def test_histories_of_callers_who_race_are_linearizable(effort: Effort) -> None:
    for seed in range(effort.histories):
        store = MemoryStore()
        history = recorded(store, seed, effort.operations)
        order = linearization(history, EMPTY, CLINIC.step)
        assert order is not None
        assert sorted(order, key=id) == sorted(history, key=id)
        answers = {each.answer[0] for each in history}
        assert answers == {"booked", "replayed", "changed", "unchanged", "SLOT_FULL", "INVALID_TRANSITION"}
        assert broken_invariants(store) == []


def test_the_state_that_is_left_is_that_of_the_order() -> None:
    store = MemoryStore()
    order = linearization(recorded(store, 7, 160), EMPTY, CLINIC.step)
    assert order is not None
    visits = functools.reduce(lambda state, each: CLINIC.step(state, each.ask)[0], order, EMPTY)
    standing = [each for each in store.snapshot().appointments if each.holds_place]
    assert {(visit.appointment_id, visit.reference, visit.window) for visit in visits} == {
        (each.appointment_id, each.external_reference_id, each.calendar_id) for each in standing
    }


# --- Histories that are broken --------------------------------------------------------------------------------------


def test_a_history_over_a_store_without_claims_is_rejected() -> None:
    assert not is_linearizable(recorded(broken.AsksForNothing(MemoryStore()), 1, 400))


@pytest.mark.parametrize("was", ["booked", "changed", "SLOT_FULL", "INVALID_TRANSITION"])
def test_a_history_with_one_wrong_answer_is_rejected(was: str) -> None:
    history = recorded(MemoryStore(), 3, 160)
    position = next(n for n, each in enumerate(history) if each.answer[0] == was)
    history[position] = attrs.evolve(history[position], answer=("unchanged", "nobody"))
    assert not is_linearizable(history)


def entry(began: int, ended: int, ask: ClinicAsk, *answer: str) -> Entry:
    return Recorded(began, ended, ask, (answer[0], answer[1] if len(answer) > 1 else ""))


FOUR = [Book(f"ref-{number}", "first", f"appt-{number}") for number in range(4)]
BOOKED = [entry(2 * n, 2 * n + 1, ask, "booked", ask.new_id) for n, ask in enumerate(FOUR)]


def test_places_and_references_are_taken_once() -> None:
    assert is_linearizable(BOOKED[:3])
    assert not is_linearizable(BOOKED)
    assert is_linearizable([*BOOKED[:3], entry(6, 7, FOUR[3], "SLOT_FULL")])
    again = FOUR[0]._replace(new_id="appt-9")
    assert is_linearizable([BOOKED[0], entry(2, 3, again, "replayed", "appt-0")])
    assert not is_linearizable([BOOKED[0], entry(2, 3, again, "booked", "appt-9")])


def test_what_had_ended_stands_before_what_began_later() -> None:
    full = entry(6, 7, FOUR[3], "SLOT_FULL")
    freed = entry(4, 5, Cancel("appt-0"), "changed", "appt-0")
    before = [attrs.evolve(each, began=0, ended=3) for each in BOOKED[:3]]
    assert not is_linearizable([*before, freed, full])
    assert is_linearizable([*before, attrs.evolve(freed, ended=9), full])
    assert is_linearizable([*before, freed, attrs.evolve(full, began=4)])


def test_operations_at_once_may_stand_in_any_order() -> None:
    together = [attrs.evolve(each, began=0, ended=9) for each in BOOKED[:3]]
    freed = entry(0, 9, Cancel("appt-2"), "changed", "appt-2")
    order = linearization([freed, *together, entry(0, 9, FOUR[3], "booked", "appt-3")], EMPTY, CLINIC.step)
    assert order is not None
    asks = [each.ask for each in order]
    assert asks.index(freed.ask) < asks.index(FOUR[3])


def test_what_took_effect_unheard_must_be_in_the_history() -> None:
    heard = [BOOKED[0], BOOKED[1], entry(6, 7, FOUR[3], "SLOT_FULL")]
    assert not is_linearizable(heard)
    assert is_linearizable([*heard, attrs.evolve(BOOKED[2], ended=99)])


def test_an_empty_history_is_linearizable() -> None:
    assert linearization([], EMPTY, CLINIC.step) == ()
