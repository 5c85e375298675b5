"""Cases of racing holds: one place, one holder, one end; whoever comes first has it, and nobody else (SPEC H1)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs

from booking_engine import commands as c
from booking_engine.domain.hold import Hold
from booking_engine.domain.window import WindowStatus
from booking_engine.errors import BookingRejected
from booking_engine.ledger.claims import Commit, Done, Outcome, Refused
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.base import Engine, StoreCases
from booking_engine.testing.conformance.capabilities import needs
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect, expect_that
from booking_engine.testing.conformance.holds import ENDS, TICK, extended, moved
from booking_engine.testing.conformance.material import (
    CHECKUP,
    FIRST,
    NINE,
    NOW,
    SECOND,
    SECOND_KEY,
    held,
    visit,
)
from booking_engine.testing.conformance.racing import race


class HoldRaceCases(StoreCases):
    """Of those who race for a held place, exactly as many win as there are places."""

    def _sent(self, desk: Desk, *commits: Commit) -> list[Outcome]:
        """The outcome of each commit, all of them sent at once."""
        handles = self.handles(desk.store, desk.org_id, len(commits))
        return race([functools.partial(handle.commit, each) for handle, each in zip(handles, commits, strict=True)])

    @needs("holds", "concurrent")
    def test_the_last_place_is_held_or_booked(self) -> None:
        """Holds and bookings want it at once; one of them all has it."""
        for limit in (1, self.race_width // 2):
            for _ in range(self.race_rounds):
                desk = self.open_desk()
                wanted = [
                    desk.holding(None, held(f"n{number}"), limit=limit)
                    if number % 2
                    else desk.booking(visit(f"n{number}"), limit=limit)
                    for number in range(self.race_width)
                ]
                outcomes = self._sent(desk, *wanted)
                expect(outcomes.count(Done()), limit, "as many win as there are places")
                desk.expect_filled(limit)

    @needs("holds", "concurrent")
    def test_one_of_many_holds_of_one_holder_is_done(self) -> None:
        """A holder who asks from everywhere at once has one hold."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            mine = [attrs.evolve(held(f"n{number}"), holder="call") for number in range(self.race_width)]
            wanted = [moved(hold, f"n{n}") if n % 2 else hold for n, hold in enumerate(mine)]
            outcomes = self._sent(desk, *(desk.holding(None, hold) for hold in wanted))
            expect(outcomes.count(Done()), 1, "one is done, the others are told that there is one")
            (stored,) = desk.store.snapshot().holds
            expect(stored, wanted[outcomes.index(Done())], "and it is the winner's")
            expect(desk.counts().filled + desk.counts(SECOND_KEY).filled, 1, "it has one place")
            desk.expect_sound()

    @needs("holds", "concurrent")
    def test_of_many_confirmations_of_one_hold_one_is_done(self) -> None:
        """The place becomes one appointment's."""
        for _ in range(self.race_rounds):
            desk, mine = self.open_desk(), held("a")
            desk.hold(mine)
            commits = [desk.confirming(mine, visit(f"n{number}")) for number in range(self.race_width)]
            outcomes = self._sent(desk, *commits)
            expect(outcomes.count(Done()), 1, "one is done")
            expect(
                [each.appointment_id for each in desk.store.snapshot().appointments],
                [commits[outcomes.index(Done())].appointments[0].appointment_id],
                "and stands alone",
            )
            desk.expect_filled(1)

    @needs("holds", "concurrent")
    def test_a_confirmation_races_the_end_and_one_of_them_wins(self) -> None:
        """A tick before the end it is confirmed, at the end others want the place: it is taken once."""
        for _ in range(self.race_rounds * 4):
            desk, mine = self.open_desk(), held("a")
            desk.hold(mine, limit=1)
            confirming = desk.confirming(mine, visit("a"), at=ENDS - TICK)
            others = [desk.booking(visit(f"n{n}"), limit=1, at=ENDS) for n in range(self.race_width - 1)]
            first, *rest = self._sent(desk, confirming, *others)
            taken = rest.count(Done())
            expect((first == Done()) + taken, 1, "the place is taken once")
            expect_that(first in (Done(), Refused(guards=confirming.guards)), "refused, for the hold is gone")
            expect(desk.store.snapshot().holds, (), "and nobody holds it")
            expect(desk.counts(now=ENDS), (1, 0), "one place, one appointment")
            desk.expect_sound()

    @needs("holds", "concurrent")
    def test_one_of_extending_moving_releasing_and_confirming_is_done(self) -> None:
        """They all saw one version."""
        for _ in range(self.race_rounds):
            desk, mine = self.open_desk(), held("a")
            desk.hold(mine)
            outcomes = self._sent(
                desk,
                desk.holding(mine, extended(mine)),
                desk.holding(mine, moved(mine)),
                desk.releasing(mine),
                desk.confirming(mine, visit("a")),
            )
            expect(outcomes.count(Done()), 1, "one is done")
            winner = outcomes.index(Done())
            expect(desk.counts().filled, (1, 0, 0, 1)[winner], "its place is where the winner has it")
            expect(desk.counts(SECOND_KEY).filled, (0, 1, 0, 0)[winner], "or gone with it")
            expect(len(desk.store.snapshot().holds), (1, 1, 0, 0)[winner], "and the hold likewise")
            desk.expect_sound()

    @needs("holds", "concurrent")
    def test_moves_in_opposite_directions_do_not_deadlock(self) -> None:
        """Half of the holders start in the first window, half in the second, and each goes there and back again."""
        desk = self.open_desk()
        here = [held(f"n{number}") for number in range(self.race_width // 2)]
        there = [moved(held(f"m{number}"), f"m{number}") for number in range(self.race_width // 2)]
        desk.hold(*here, *there)
        handles = self.handles(desk.store, desk.org_id, len(here + there))
        race(
            [
                functools.partial(_to_and_fro, Desk(handle, desk.org_id, series=1 + number), hold)
                for number, (handle, hold) in enumerate(zip(handles, here + there, strict=True))
            ]
        )
        half = self.race_width // 2
        expect((desk.counts().filled, desk.counts(SECOND_KEY).filled), (half, half), "everybody is where they began")
        desk.expect_sound()

    @needs("holds", "concurrent")
    def test_callers_who_hold_confirm_and_hang_up_leave_no_place(self) -> None:
        """Through the engine: what is left, once all has ended, is what was confirmed."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            small, closed = (
                attrs.evolve(FIRST, max_slots=4, ai_slots=4),
                attrs.evolve(SECOND, status=WindowStatus.CLOSED),
            )
            desk.done(desk.setting(small, closed))
            handles = self.handles(desk.store, desk.org_id, self.race_width)
            calls: list[Callable[[], int]] = [
                functools.partial(_call, self.open_engine(handle), number) for number, handle in enumerate(handles, 3)
            ]
            # By chance alone, nobody who hangs up may come by a place.
            expect(_call(self.open_engine(desk.store), 2), 0, "who hangs up has booked nothing")
            booked = sum(race(calls))
            clock = FixedClock(NOW + timedelta(hours=1))
            engine = self.open_engine(desk.store, clock=clock)
            expect_that(booked <= 3, "no more than were left")
            expect(desk.counts(now=clock()).filled, booked, "and none is lost by hanging up")
            for number in range(4 - booked):
                engine.execute(_booking(100 + number))
            desk.expect_sound()
            expect(desk.counts(now=clock()), (4, 0), "the others can all be booked")


def _to_and_fro(desk: Desk, hold: Hold) -> None:
    other = SECOND if hold.calendar_id == FIRST.calendar_id else FIRST
    windows = (other.calendar_id, hold.calendar_id)
    for number in range(8):
        after = attrs.evolve(hold, hold_id=f"hold_{desk.new_id()}", calendar_id=windows[number % 2])
        desk.done(desk.holding(hold, after))
        hold = after


def _booking(number: int) -> c.BookAppointment:
    return c.BookAppointment(
        appointment_type=CHECKUP.name,
        appointment_date=NINE,
        patient_name="Patient",
        parent_phone=f"+91{number:010}",
        batch=None,
    )


def _call(engine: Engine, number: int) -> int:
    """A caller: holds, asks again, moves within the window, and then confirms, gives up, or hangs up."""
    wish = c.HoldPlace(holder=f"call-{number}", appointment_type=CHECKUP.name, appointment_date=NINE)
    later = attrs.evolve(wish, appointment_date=NINE + timedelta(minutes=30))
    try:
        hold: Any = [engine.execute(each).hold for each in (wish, wish, later)][-1]
    except BookingRejected:
        return 0
    match number % 3:
        case 0:
            confirmation = c.ConfirmHold(hold_id=hold.hold_id, patient_name="P", parent_phone=f"+92{number:010}")
            return len([engine.execute(confirmation).appointment])
        case 1:
            engine.execute(c.ReleaseHold(hold_id=hold.hold_id))
    return 0
