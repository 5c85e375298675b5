"""SPEC C6: an audit names each key of the ledger that is not what the appointments add up to, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
from properties.support import AI, MONDAY, Clinic, clinic, monday, window

from booking_engine import HoldPlace
from booking_engine.domain.tracking import EMPTY, Counts, TrackingKey
from booking_engine.ledger.audit import Difference, LedgerSnapshot, counts_at, differences
from booking_engine.ledger.claims import DuplicateName, Name, ReferenceName

KEY = TrackingKey("w", MONDAY, "checkup")
LATER = TrackingKey("w", date(2026, 6, 22), "checkup")


def booked() -> Clinic:
    made = clinic(window(ai_slots=5))
    made.book(monday("09:00"), "+911", external_reference_id="#1")
    made.book(monday("10:00"), "+912", external_reference_id="#2", channel=AI)
    return made


def found(made: Clinic, **stored: Any) -> tuple[Difference, ...]:
    snapshot: LedgerSnapshot = attrs.evolve(made.snapshot(), **stored)
    return differences(made.store.catalog().configuration, snapshot)


def test_c6_a_ledger_that_adds_up_has_no_difference() -> None:
    made = booked()
    assert made.snapshot().counts == {KEY: Counts(2, 1)}
    assert found(made) == ()


def test_c6_holds_are_counted_until_they_are_removed_and_shown_until_they_end() -> None:
    made = booked()
    wish = HoldPlace(holder="call-1", appointment_type="checkup", appointment_date=monday("09:00"), channel=AI)
    hold = made.engine.hold(wish).hold
    configuration, snapshot = made.store.catalog().configuration, made.snapshot()
    assert snapshot.counts == {KEY: Counts(3, 2)}
    assert found(made) == ()
    assert found(made, holds=()) == (Difference(KEY, Counts(3, 2), Counts(2, 1)),)
    assert counts_at(configuration, snapshot, hold.created_at) == {KEY: Counts(3, 2)}
    assert counts_at(configuration, snapshot, hold.ends_at) == {KEY: Counts(2, 1)}
    broken = attrs.evolve(snapshot, counts={})
    assert counts_at(configuration, broken, hold.ends_at) == {KEY: Counts(-1, -1)}, "it is told, not stumbled over"


def test_c6_wrong_counts_are_named_in_the_order_of_their_keys() -> None:
    assert found(booked(), counts={LATER: Counts(1, 1), KEY: Counts(2, 0)}) == (
        Difference(KEY, Counts(2, 0), Counts(2, 1)),
        Difference(LATER, Counts(1, 1), EMPTY),
    )


def test_c6_counts_that_are_not_stored_count_as_nothing() -> None:
    assert found(booked(), counts={}) == (Difference(KEY, EMPTY, Counts(2, 1)),)
    assert found(booked(), counts={KEY: Counts(2, 1), LATER: EMPTY}) == ()


def test_c6_names_are_held_by_those_to_whom_they_are_due() -> None:
    made = booked()
    held = made.snapshot().names
    (first,) = held[ReferenceName("#1")]
    (second,) = held[ReferenceName("#2")]
    due = frozenset({first})
    missing: dict[Name, frozenset[str]] = {name: ids for name, ids in held.items() if ids != due}
    duplicate = DuplicateName("+911", "checkup", MONDAY, "")
    nobody: frozenset[str] = frozenset()
    # Kinds of names have no order among them: they are told by how they are written, not by what is in them.
    assert found(made, names=missing) == (
        Difference(duplicate, nobody, due),
        Difference(ReferenceName("#1"), nobody, due),
    )
    stray = {**held, ReferenceName("#2"): due, ReferenceName("#3"): due, ReferenceName("#4"): nobody}
    assert found(made, names=stray) == (
        Difference(ReferenceName("#2"), due, frozenset({second})),
        Difference(ReferenceName("#3"), due, nobody),
    )


def test_c6_counts_are_named_before_names() -> None:
    made = booked()
    keys = [difference.key for difference in found(made, counts={}, names={})]
    assert keys[0] == KEY
    assert len(keys) == 1 + len(made.snapshot().names)
