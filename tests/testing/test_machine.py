"""The state machine reaches what it is for, and is fit to be used over other stores."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from booking_engine import Reason, RejectionCode
from booking_engine.adapters.memory import MemoryStore
from booking_engine.commands import BookAppointment, Command, HoldPlace
from booking_engine.domain.hold import Hold
from booking_engine.queries import Query
from booking_engine.testing.machine import Disagreement, booking_machine
from booking_engine.testing.machine.comparing import agree
from booking_engine.testing.machine.scene import ERAS
from booking_engine.testing.model import Answer

EVERYTHING = frozenset(itertools.chain(RejectionCode, Reason))


class Reaching(booking_machine(MemoryStore)):  # type: ignore[misc]  # the class is made for the store
    reached: ClassVar[set[RejectionCode | Reason]] = set()

    def answered(self, ask: Command | Query, answer: Answer) -> None:
        self.reached.update(each for each in (answer.code, answer.reason) if each is not None)


def test_every_code_and_reason_is_reached_in_400_runs_of_50_steps() -> None:
    # Many short searches, always the same ones: the runs of one resemble each other.
    search = settings(
        max_examples=20,
        stateful_step_count=50,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for number in range(20):
        if Reaching.reached != EVERYTHING:
            run_state_machine_as_test(seed(number)(Reaching), settings=search)
    assert Reaching.reached == EVERYTHING


class ClosingStore(MemoryStore):
    closed: ClassVar[int] = 0

    def close(self) -> None:
        type(self).closed += 1


def test_a_store_that_can_be_closed_is_closed_after_each_run() -> None:
    machine = booking_machine(ClosingStore)()
    machine.teardown()
    assert ClosingStore.closed == 1


def test_turning_the_clock_back_lets_no_hold_run_that_has_ended() -> None:
    """Also where the rule of the late revival turns it back, for a reference that somebody has had since before."""

    def at_nine(phone: str) -> BookAppointment:
        nine = datetime(2026, 6, 15, 9, tzinfo=UTC)
        return BookAppointment(
            appointment_type="checkup", appointment_date=nine, patient_name="Aadhi", parent_phone=phone
        )

    machine = booking_machine(MemoryStore)()
    machine.open_clinic(era=ERAS[0], policy={"cancellation_notice_hours": 0}, slots=2, services=1)
    machine.clock.set(datetime(2026, 6, 15, 6, 57, tzinfo=UTC))
    machine.revive_when_another_has_the_reference(at_nine("+1"), at_nine("+2"), late=False)
    held = machine.ask(
        HoldPlace(holder="call", appointment_type="checkup", appointment_date=datetime(2026, 6, 16, 9, tzinfo=UTC))
    ).record
    assert isinstance(held, Hold)
    machine.clock.set(held.ends_at)
    machine.revive_when_another_has_the_reference(at_nine("+3"), at_nine("+4"), late=True)
    assert machine.clock() < held.ends_at
    machine.everything_agrees()


def test_a_disagreement_says_where_it_lies() -> None:
    agree("answer", Answer(total=1), Answer(total=1))
    with pytest.raises(Disagreement) as raised:
        agree("answer", Answer(total=1), Answer(total=2), "how many")
    assert str(raised.value).splitlines() == [
        "engine and model disagree about answer",
        "  asked: how many",
        "  total: engine: 1",
        "  total: model:  2",
    ]
