"""Cases of racing commits: exact counts, whoever comes first (store rules 1 and 4)."""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import attrs

from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.channel import Channel
from booking_engine.domain.window import WindowStatus
from booking_engine.ledger.claims import Commit, Done, Outcome, ReferenceName, Refused, VersionGuard
from booking_engine.ports import Store
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.capabilities import needs
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect, expect_that
from booking_engine.testing.conformance.material import (
    FIRST,
    KEY,
    MONDAY,
    SECOND,
    SECOND_KEY,
    SHARED,
    cancelled,
    following,
    visit,
)
from booking_engine.testing.conformance.racing import PATIENCE_SECONDS, race

DAY = DoctorDay("dr rao", MONDAY)


class RaceCases(StoreCases):
    """Of those who race for a place, a name or a version, exactly as many win as there is room for."""

    def _race(self, desk: Desk, commits: Iterable[Commit]) -> list[Outcome]:
        """The outcome of each commit, all of them sent at once."""
        sent = list(commits)
        handles = self.handles(desk.store, desk.org_id, len(sent))
        return race([functools.partial(handle.commit, each) for handle, each in zip(handles, sent, strict=True)])

    def _expect_winners(self, outcomes: Iterable[Outcome], winners: int, losers: int) -> None:
        kinds = Counter(type(outcome) for outcome in outcomes)
        expect(
            kinds, Counter({Done: winners, Refused: losers}) + Counter(), "exactly so many win, the others are refused"
        )

    @needs("concurrent")
    def test_a_limit_admits_exactly_so_many_racers(self) -> None:
        """For limits from one place to room for all."""
        for limit in {1, self.race_width // 2, self.race_width - 1, self.race_width}:
            for _ in range(self.race_rounds):
                desk = self.open_desk()
                commits = [desk.booking(visit(f"n{number}"), limit=limit) for number in range(self.race_width)]
                outcomes = self._race(desk, commits)
                self._expect_winners(outcomes, limit, self.race_width - limit)
                for commit, outcome in zip(commits, outcomes, strict=True):
                    expect_that(outcome in (Done(), Refused(commit.claims)), f"the loser's claim is named: {outcome}")
                desk.expect_filled(limit)

    @needs("concurrent")
    def test_an_ai_limit_admits_exactly_so_many_racers(self) -> None:
        """While staff take other places of the same window."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            channels = [Channel.AI_AGENT if number % 2 else Channel.STAFF for number in range(self.race_width)]
            commits = [
                desk.booking(visit(f"n{number}", booked_via=channel), limit=self.race_width, ai_limit=ai_limit)
                for number, channel in enumerate(channels)
                for ai_limit in (1 if channel is Channel.AI_AGENT else None,)
            ]
            staff = channels.count(Channel.STAFF)
            self._expect_winners(self._race(desk, commits), staff + 1, self.race_width - staff - 1)
            expect(desk.counts(), (staff + 1, 1), "one AI place, and all of staff's")
            desk.expect_sound()

    @needs("concurrent")
    def test_a_reference_is_held_by_exactly_one_racer(self) -> None:
        """However many send it at once."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            names = [f"n{number}" for number in range(self.race_width)]
            commits = [desk.booking(visit(name, external_reference_id="ref-1")) for name in names]
            self._expect_winners(self._race(desk, commits), 1, self.race_width - 1)
            expect(len(desk.holders(ReferenceName("ref-1"))), 1, "one holds the reference")
            desk.expect_filled(1)

    @needs("concurrent")
    def test_a_duplicates_name_is_held_by_exactly_one_racer(self) -> None:
        """Same phone, same service, same date; each in another window if it likes."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            windows = (FIRST.calendar_id, SECOND.calendar_id)
            commits = [
                desk.booking(visit(f"n{number}", phone_key="+91", calendar_id=windows[number % 2]))
                for number in range(self.race_width)
            ]
            self._expect_winners(self._race(desk, commits), 1, self.race_width - 1)
            desk.expect_sound()

    @needs("concurrent")
    def test_one_of_many_changes_of_one_appointment_is_done(self) -> None:
        """The version that all of them saw is there once."""
        for _ in range(self.race_rounds):
            desk, mine = self.open_desk(), visit("a")
            desk.book(mine)
            changes = [desk.change(mine, following(mine, notes=f"note {number}")) for number in range(self.race_width)]
            outcomes = self._race(desk, changes)
            self._expect_winners(outcomes, 1, self.race_width - 1)
            (winner,) = (each for each, outcome in zip(changes, outcomes, strict=True) if outcome == Done())
            expect(desk.store.appointment(mine.appointment_id), winner.appointments[0], "the winner's change stands")
            expect(desk.store.history(mine.appointment_id)[1:], winner.events, "and is told, alone")

    @needs("concurrent")
    def test_one_of_many_who_saw_a_doctors_day_is_done(self) -> None:
        """The others decide again on what it became."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            guards = (VersionGuard(DAY, 0),)
            commits = [
                desk.booking(visit(f"n{number}", assigned_doctor="Dr Rao"), guards=guards)
                for number in range(self.race_width)
            ]
            outcomes = self._race(desk, commits)
            self._expect_winners(outcomes, 1, self.race_width - 1)
            expect_that(all(each in (Done(), Refused(guards=guards)) for each in outcomes), "the guard is named")
            expect(desk.version(DAY), 1, "touched once")
            desk.expect_filled(1)

    @needs("concurrent")
    def test_touches_that_race_are_all_counted(self) -> None:
        """A lost bump would let two decisions on one version pass."""
        desk = self.open_desk()
        commits = [desk.booking(visit(f"n{number}", assigned_doctor="Dr Rao")) for number in range(self.race_width)]
        self._expect_winners(self._race(desk, commits), self.race_width, 0)
        expect(desk.version(DAY), self.race_width, "each touch counts")

    @needs("concurrent")
    def test_one_commit_delivered_many_times_is_done_once(self) -> None:
        """All deliveries hear that it is done."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            booked = visit("a", external_reference_id="ref-1")
            commit = desk.booking(booked, limit=1)
            outcomes = self._race(desk, [commit] * self.race_width)
            expect(outcomes, [Done()] * self.race_width, "every delivery is answered that it is done")
            expect(desk.store.history(booked.appointment_id), commit.events, "it happened once")
            desk.expect_filled(1)

    @needs("concurrent")
    def test_commits_in_opposite_directions_do_not_deadlock(self) -> None:
        """Half of them move from the first window to the second, half back, under ``shared`` with two keys each."""
        for _ in range(self.race_rounds):
            desk = self.open_desk(configuration=SHARED)
            here = [visit(f"a{number}") for number in range(self.race_width // 2)]
            there = [visit(f"b{number}", calendar_id=SECOND.calendar_id) for number in range(self.race_width // 2)]
            desk.book(*here, *there)
            moves = [(each, SECOND.calendar_id) for each in here] + [(each, FIRST.calendar_id) for each in there]
            callers = [functools.partial(_to_and_fro, desk, each, target, 8) for each, target in moves]
            handles = self.handles(desk.store, desk.org_id, len(callers))
            race([functools.partial(caller, handle) for caller, handle in zip(callers, handles, strict=True)])
            total = self.race_width // 2
            for key in (KEY, SECOND_KEY, KEY._replace(service_id=""), SECOND_KEY._replace(service_id="")):
                expect(desk.counts(key), (total, 0), "as many came as went")
            desk.expect_sound()

    @needs("concurrent")
    def test_places_given_back_are_taken_exactly_once(self) -> None:
        """Cancellations and bookings race in a full window."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            limit = self.race_width // 2
            standing = [visit(f"a{number}") for number in range(limit)]
            desk.book(*standing, limit=limit)
            cancels = [desk.change(each, cancelled(each)) for each in standing]
            books = [desk.booking(visit(f"b{number}"), limit=limit) for number in range(limit + 1)]
            outcomes = self._race(desk, [*cancels, *books])
            expect(outcomes[:limit], [Done()] * limit, "whoever cancels is heard")
            booked = outcomes[limit:].count(Done())
            expect_that(booked <= limit, "no more are booked than places were given back")
            desk.expect_filled(booked)

    # --- The catalog against bookings -------------------------------------------------------------------------------

    @needs("concurrent")
    def test_nothing_lands_after_an_edit_on_what_was_before_it(self) -> None:
        """Once the closure is acknowledged, what was decided without it is refused."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            bookings = [desk.booking(visit(f"n{number}")) for number in range(self.race_width * 4)]
            closing = desk.setting(attrs.evolve(FIRST, status=WindowStatus.CLOSED))
            handles = self.handles(desk.store, desk.org_id, self.race_width + 1)
            closed = threading.Event()
            shares = [bookings[number :: self.race_width] for number in range(self.race_width)]
            callers: list[Callable[[], list[tuple[bool, Outcome]]]] = [
                functools.partial(_send, handle, share, closed) for handle, share in zip(handles, shares, strict=False)
            ]
            callers.append(functools.partial(_close, handles[-1], closing, closed))
            *answers, [(_, closing_outcome)] = race(callers)
            expect(closing_outcome, Done(), "the edit is done, whatever is booked meanwhile")
            late = [outcome for answer in answers for was_closed, outcome in answer if was_closed]
            stale = Refused(revision=closing.revision + 1)
            expect(late, [stale] * len(late), "what is sent after the edit was acknowledged is refused")
            landed = sum(outcome == Done() for answer in answers for _, outcome in answer)
            desk.expect_filled(landed)

    @needs("concurrent")
    def test_one_of_many_edits_on_one_revision_is_done(self) -> None:
        """The revision grows by one."""
        for _ in range(self.race_rounds):
            desk = self.open_desk()
            revision = desk.revision
            edits = [desk.setting(attrs.evolve(FIRST, max_slots=30 + number)) for number in range(self.race_width)]
            outcomes = self._race(desk, edits)
            self._expect_winners(outcomes, 1, self.race_width - 1)
            expect(desk.revision, revision + 1, "one edit, one revision")
            (winner,) = (each for each, outcome in zip(edits, outcomes, strict=True) if outcome == Done())
            expect((desk.store.catalog().windows[FIRST.calendar_id],), winner.records, "the winner's record stands")


def _to_and_fro(desk: Desk, appointment: Appointment, target: str, times: int, store: Store) -> None:
    """Move an appointment to the other window and back, so many times."""
    own = Desk(store, desk.org_id, series=1 + int(appointment.appointment_id[-1]) + 10 * (target == FIRST.calendar_id))
    windows = (target, appointment.calendar_id)
    for number in range(times):
        moved = following(appointment, calendar_id=windows[number % 2])
        own.done(own.change(appointment, moved))
        appointment = moved


def _send(store: Store, commits: Sequence[Commit], closed: threading.Event) -> list[tuple[bool, Outcome]]:
    """Each outcome, and whether the closure was acknowledged before its commit was sent: for the last it always was."""
    *racing, late = commits
    outcomes = [(closed.is_set(), store.commit(commit)) for commit in racing]
    expect_that(closed.wait(PATIENCE_SECONDS), "the edit comes back while others book")
    return [*outcomes, (True, store.commit(late))]


def _close(store: Store, closing: Commit, closed: threading.Event) -> list[tuple[bool, Outcome]]:
    try:
        return [(False, store.commit(closing))]
    finally:
        closed.set()
