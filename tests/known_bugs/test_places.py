"""Cases of places: every path asks for one, a change credits its own, and what is given back is free."""

from __future__ import annotations

from collections import Counter

import pytest
from properties.support import (
    AI,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    MONDAY,
    NEXT_MONDAY,
    RESCHEDULED,
    STAFF,
    clinic,
    monday,
    request,
    update,
    why,
    window,
)

from booking_engine import (
    Accepted,
    AvailabilityQuery,
    Channel,
    OverrideTracking,
    Reason,
    RejectionCode,
    StoreError,
    UpdateWindow,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.ledger.claims import CapacityRelease, Commit, Outcome

FULL = (RejectionCode.SLOT_FULL, Reason.CAPACITY)


def test_bug_011() -> None:
    made = clinic(window())
    ended = made.cancel(made.book(monday("09:00"), "+910"))
    made.book(monday("09:00"), "+911")
    elsewhere = made.book(monday("09:00", NEXT_MONDAY), "+912")
    for channel in Channel:
        assert why(made.refused_booking(monday("09:30"), "+913", channel=channel)) == FULL
    assert why(made.refused_update(elsewhere, appointment_date=monday("09:30"))) == FULL
    assert why(made.refused_update(ended, status=CONFIRMED)) == FULL
    made.engine.regenerate()
    assert made.record().counts.filled == 1


def test_bug_012() -> None:
    made = clinic(window())
    made.book(monday("09:00"), "+911")
    assert why(made.refused_booking(monday("09:30"), "+912", channel=STAFF)) == FULL


def test_bug_021() -> None:
    made = clinic(window(ai_slots=5))
    first = made.book(monday("09:00"), "+911", patient_name="Asha", external_reference_id="R")
    before = made.snapshot()
    retry = request(monday("09:30"), "+912", patient_name="Asha", external_reference_id="R")
    replayed = made.engine.book(retry)
    assert replayed.appointment == first
    assert (replayed.replayed, replayed.differences) == (True, ("appointment_date", "parent_phone"))
    assert made.snapshot() == before


def test_bug_030() -> None:
    made = clinic(window())
    booked = made.book(monday("09:30"))
    refused = made.refused_update(booked, appointment_date=monday("11:30"))
    assert why(refused) == (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)
    assert made.again(booked) == booked
    assert made.record().counts.filled == 1


def test_bug_031() -> None:
    made = clinic(window())
    moving = made.book(monday("09:30"), "+911")
    made.update(moving, appointment_date=monday("09:30", NEXT_MONDAY))
    assert made.book(monday("09:30"), "+912").status is CONFIRMED


def test_bug_032() -> None:
    # SPEC U4 is the single rule: a new date for a cancelled appointment is refused, never a revival.
    made = clinic(window())
    cancelled = made.cancel(made.book(monday("09:30")))
    before = made.snapshot()
    refused = made.refused_update(cancelled, appointment_date=monday("09:30", NEXT_MONDAY))
    assert refused.code is RejectionCode.INVALID_TRANSITION
    assert made.snapshot() == before


def test_bug_034() -> None:
    made = clinic(window())
    booked = made.book(monday("09:00"))
    moved = made.update(booked, appointment_date=monday("09:30"))
    assert (moved.start, moved.status) == (monday("09:30"), RESCHEDULED)
    assert made.record().counts.filled == 1


def test_bug_038() -> None:
    made = clinic(window())
    booked = made.book(monday("09:00"), "+911")
    assert made.row().available_slots == 0
    made.cancel(booked)
    assert made.row().available_slots == 1
    assert made.book(monday("09:00"), "+912").status is CONFIRMED


class DyingStore(MemoryStore):
    """A memory store whose machine can be switched off before the next commit."""

    is_dead = False

    def commit(self, commit: Commit) -> Outcome:
        """Commit while the power is on."""
        if self.is_dead:
            raise StoreError("The power is off.")
        return super().commit(commit)


def test_bug_041() -> None:
    store = DyingStore("sunrise")
    made = clinic(window(), store=store)
    booked = made.book(monday("09:00"))
    before = made.snapshot()
    store.is_dead = True
    with pytest.raises(StoreError):
        made.cancel(booked)
    assert made.snapshot() == before
    assert made.engine.verify() == ()
    store.is_dead = False
    # There is nothing between the record and its place: one commit carries both.
    decision = made.engine.check(update(booked, status=CANCELLED))
    assert isinstance(decision, Accepted)
    assert [each.status for each in decision.commit.appointments] == [CANCELLED]
    assert decision.commit.releases == (CapacityRelease(booked.tracking_key, ai=False),)


class WatchedStore(MemoryStore):
    """A memory store that remembers the counts after every commit."""

    def __init__(self) -> None:
        super().__init__("sunrise")
        self.filled: list[tuple[int, ...]] = []

    def commit(self, commit: Commit) -> Outcome:
        """Commit, and look."""
        outcome = super().commit(commit)
        self.filled.append(tuple(counts.filled for counts in self.snapshot().counts.values()))
        return outcome


def test_bug_044() -> None:
    store = WatchedStore()
    made = clinic(window(ai_slots=2), store=store)
    first, second = (made.book(monday("09:00"), phone) for phone in ("+911", "+912"))
    store.filled.clear()
    made.update(first, appointment_date=monday("10:00"))
    made.update(second, appointment_date=monday("10:30"))
    assert store.filled == [(2,), (2,)]
    assert made.record().limits.max_slots == 2
    assert made.engine.catalog().windows["w"].max_slots == 2


def test_bug_045() -> None:
    made = clinic(window(ai_slots=4))
    booked = [made.book(monday("09:00"), f"+91{number}") for number in range(4)]
    made.cancel(booked[0])
    made.update(booked[1], status=COMPLETED)
    made.update(booked[2], appointment_date=monday("10:00"))
    counted = Counter(each.tracking_key for each in made.appointments() if each.status is not CANCELLED)
    assert made.record().counts.filled == counted[booked[0].tracking_key] == 3
    assert made.engine.verify() == ()


def test_bug_046() -> None:
    made = clinic(window())
    booked = made.book(monday("09:00"), "+911")
    made.cancel(booked)
    made.book(monday("09:00"), "+912")
    made.clock.now = monday("12:00", NEXT_MONDAY)
    assert made.again(booked).status is CANCELLED
    assert made.engine.appointments().total == 2


def test_bug_048() -> None:
    made = clinic(window(ai_slots=2))
    for phone in ("+911", "+912"):
        made.book(monday("09:00"), phone)
    changed = made.engine.update_window(UpdateWindow(slot_id="w", max_slots=1, ai_slots=1))
    record = made.record()
    assert changed.impact.overbooked == ((record.key, 1),)
    assert (record.overbooked, record.overbooked_by) == (True, 1)
    assert made.engine.verify() == ()


def test_bug_050() -> None:
    made = clinic(window(ai_slots=2))
    first = made.book(monday("09:00"), "+911", channel=AI)
    second = made.book(monday("09:00"), "+912", channel=STAFF)
    changed = made.engine.update_window(UpdateWindow(slot_id="w", max_slots=1, ai_slots=1))
    assert made.appointments() == (first, second)
    # Who came last is over capacity; it is told, and that is all.
    assert changed.impact.over_capacity == (second,)


def test_bug_051() -> None:
    made = clinic(window())
    made.book(monday("09:00"), "+911")
    assert why(made.refused_booking(monday("09:00"), "+912")) == FULL
    # SPEC W1: a window has room for one at least; W7: an override may say 0.
    refused = made.refused(UpdateWindow(slot_id="w", max_slots=0))
    assert [problem.field for problem in refused.fields] == ["max_slots"]
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{NEXT_MONDAY}", max_slots=0))
    assert why(made.refused_booking(monday("09:00", NEXT_MONDAY), "+912")) == FULL


def test_bug_055() -> None:
    made = clinic(window("w1"), window("w2", start_time="11:00", end_time="13:00"))
    made.book(monday("09:00"), "+911")
    shown = made.engine.execute(AvailabilityQuery(date=MONDAY))
    assert [(row.window.calendar_id, row.available_slots) for row in shown] == [("w1", 0), ("w2", 1)]
    assert made.book(monday("11:00"), "+912").calendar_id == "w2"
