"""Cases of holds: places that are kept until an instant, and are free from that instant on (SPEC H1; store rule 10)."""

from __future__ import annotations

from datetime import timedelta

import attrs

from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.ledger.audit import counts_at, recount
from booking_engine.ledger.claims import CapacityClaim, Done, HoldGuard, Refused, VersionGuard
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.capabilities import needs
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import (
    FIRST,
    KEY,
    MAIN,
    MONDAY,
    NOW,
    POLICY,
    SECOND,
    SECOND_KEY,
    SHARED,
    VACCINATION,
    held,
    same_hold,
    visit,
)
from booking_engine.testing.conformance.picture import picture_of
from booking_engine.testing.conformance.rekeying import AsItWas, rekeying

AI = Channel.AI_AGENT
ENDS, TICK = held("").ends_at, timedelta(microseconds=1)
TOTAL = KEY._replace(service_id="")
TOMORROW = KEY._replace(date=MONDAY + timedelta(days=1))


def day_later(hold: Hold) -> Hold:
    """Files a hold a local date later, as another time zone may."""
    return attrs.evolve(hold, date=hold.date + timedelta(days=1), version=hold.version + 1)


def moved(hold: Hold, name: str = "moved") -> Hold:
    """The next hold of the same holder, in the second window."""
    return attrs.evolve(hold, hold_id=f"hold_{name:0>26}", calendar_id=SECOND.calendar_id)


def extended(hold: Hold) -> Hold:
    """The hold, a minute longer."""
    return attrs.evolve(hold, ends_at=hold.ends_at + timedelta(minutes=1), version=hold.version + 1)


class HoldCases(StoreCases):
    """A hold counts like an appointment until it ends, whoever looks."""

    # --- Taking -----------------------------------------------------------------------------------------------------

    @needs("holds")
    def test_a_hold_takes_places_and_is_found(self) -> None:
        """Places and AI places, the record by its holder and by its id, its event under its id."""
        desk = self.open_desk()
        mine = held("a", channel=AI, batch="MB", duration_minutes=15)
        commit = desk.holding(None, mine, limit=1)
        desk.done(commit)
        desk.hold(held("b"))
        expect(desk.counts(), (2, 1), "two places, one of them the AI agent's")
        expect(desk.view(holder=mine.holder).hold, mine, "found by its holder")
        expect(desk.view(hold_id=mine.hold_id).hold, mine, "found by its id")
        for query in ({}, {"holder": "call-never"}, {"hold_id": "hold_never"}):
            expect(desk.view(**query).hold, None, "nobody else has it")
        expect(desk.store.history(mine.hold_id), commit.events, "what happened is told under its id")
        expect(sorted(each.holder for each in desk.store.snapshot().holds), ["call-a", "call-b"], "in the snapshot")
        desk.expect_sound()

    @needs("holds")
    def test_a_hold_is_refused_where_there_is_no_room(self) -> None:
        """Its claims are like any others, and nothing of it stays."""
        desk = self.open_desk()
        desk.book(visit("a"))
        before = desk.picture(held("b").hold_id)
        commit = desk.holding(None, held("b"), limit=1)
        expect(desk.store.commit(commit), Refused((CapacityClaim(KEY, False, 1),)), "the claim is named")
        expect(desk.picture(held("b").hold_id), before, "and nothing is changed")
        desk.done(commit._replace(claims=(CapacityClaim(KEY, False, 2),)))
        full = desk.booking(visit("c"), limit=2)
        expect(desk.store.commit(full), Refused(full.claims), "a held place is taken for bookings")
        desk.expect_filled(2)

    @needs("holds")
    def test_a_hold_has_every_value_that_it_was_given(self) -> None:
        """To the microsecond, to the character."""
        desk = self.open_desk()
        odd = held(
            "a",
            holder="Anruf Nr. 7 \U0001f4de %_'\"",
            batch="Ä",
            ends_at=ENDS + 7 * TICK,
            created_at=NOW + 3 * TICK,
            start=held("a").start + 9 * TICK,
        )
        desk.hold(odd)
        found = desk.view(holder=odd.holder).hold
        expect(found, odd, "the record is as it was put")
        expect(repr(found), repr(odd), "and every value has the type that it had")
        expect(desk.view(holder=odd.holder.casefold()).hold, None, "a holder is compared as it is written")
        expect(desk.view(holder=odd.holder.replace("7", "_")).hold, None, "and not as a pattern")

    # --- Ending -----------------------------------------------------------------------------------------------------

    @needs("holds")
    def test_a_hold_ends_at_its_instant_without_a_sweeper(self) -> None:
        """In views at once, for commits at once; the instant before it is whole."""
        desk = self.open_desk()
        mine = held("a", channel=AI)
        desk.hold(mine)
        expect(desk.counts(now=ENDS - TICK), (1, 1), "it runs until the very instant")
        expect(desk.view(now=ENDS - TICK, holder=mine.holder).hold, mine, "and is found")
        expect(desk.counts(now=ENDS), (0, 0), "at the instant its place is free")
        expect(desk.view(now=ENDS, holder=mine.holder).hold, None, "and it is not found, by its holder")
        expect(desk.view(now=ENDS, hold_id=mine.hold_id).hold, None, "nor by its id")
        early = desk.booking(visit("b"), limit=1, at=ENDS - TICK)
        expect(desk.store.commit(early), Refused(early.claims), "a tick before its end the place is taken")
        desk.done(desk.booking(visit("b"), limit=1, at=ENDS))
        expect(desk.counts(now=ENDS), (1, 0), "the next one has the place")
        expect(desk.store.snapshot().holds, (), "and the hold is gone")
        desk.expect_sound()

    @needs("holds")
    def test_a_look_changes_nothing(self) -> None:
        """Who is first to see that a hold has ended does not end it for those whose clock is behind."""
        desk = self.open_desk()
        desk.hold(held("a"))
        before = desk.picture()
        desk.counts(now=ENDS)
        desk.view(now=ENDS, holder="call-a", days=(MONDAY,))
        expect(desk.picture(), before, "a view changes nothing")
        expect(desk.counts(now=ENDS - TICK), (1, 0), "and for whom it runs, it runs")

    @needs("holds")
    def test_ended_holds_are_counted_until_they_are_removed(self) -> None:
        """Counters are the sum over appointments and stored holds, at every moment (SPEC C6)."""
        desk = self.open_desk(configuration=SHARED)
        desk.hold(held("a", channel=AI), held("b", service_id=VACCINATION.service_id))
        desk.book(visit("c"))
        snapshot = desk.store.snapshot()
        counts, _ = recount(SHARED, snapshot.appointments, snapshot.holds)
        expect(dict(snapshot.counts), counts, "the snapshot's counts are the recount, ended holds included")
        expect(counts[TOTAL], (3, 1), "three in all")
        expect(counts_at(SHARED, snapshot, ENDS)[TOTAL], desk.counts(TOTAL, ENDS), "and a view leaves out what ended")
        expect(desk.counts(TOTAL, ENDS), (1, 0), "one is left")

    @needs("holds")
    def test_under_shared_an_ended_hold_of_another_service_gives_its_place_back(self) -> None:
        """The total is asked for, and it has places of every service."""
        desk = self.open_desk(configuration=SHARED)
        desk.hold(held("a", service_id=VACCINATION.service_id, channel=AI), held("b"), limit=2)
        expect((desk.counts(TOTAL), desk.counts(TOTAL, ENDS)), ((2, 1), (0, 0)), "both end at once")
        desk.done(desk.booking(visit("c"), limit=1, at=ENDS))
        expect(desk.counts(TOTAL, ENDS), (1, 0), "one place in all")
        desk.expect_sound()

    @needs("holds")
    def test_many_ended_holds_go_at_once(self) -> None:
        """Running ones of the same window-date stay."""
        desk = self.open_desk()
        desk.hold(*(held(f"n{number}", channel=AI if number % 2 else Channel.STAFF) for number in range(12)))
        running = held("r", ends_at=ENDS + TICK)
        desk.hold(running)
        desk.done(desk.booking(visit("z"), limit=2, at=ENDS))
        expect(desk.counts(now=ENDS), (2, 0), "one booked, one held")
        expect(desk.view(now=ENDS, holder="call-r").hold, running, "who runs, stays")
        desk.expect_sound()

    @needs("holds")
    def test_a_cancellation_finds_ended_holds_gone(self) -> None:
        """Releases touch a window-date as claims do."""
        desk = self.open_desk()
        mine = visit("a")
        desk.hold(held("b"))
        desk.book(mine)
        gone = attrs.evolve(mine, status=type(mine.status).CANCELLED, version=2)
        desk.done(desk.change(mine, gone, at=ENDS))
        expect(desk.store.snapshot().holds, (), "what ended in that window-date is removed with it")
        expect(desk.counts(now=ENDS), (0, 0), "nobody is there any more")
        desk.expect_sound()

    # --- Of one holder ----------------------------------------------------------------------------------------------

    @needs("holds")
    def test_a_holder_has_one_running_hold(self) -> None:
        """Who believes to have none is told; once it ended there is none, wherever it was."""
        desk = self.open_desk()
        mine = held("a")
        desk.hold(mine)
        second = desk.holding(None, moved(mine), limit=1)
        expect(desk.store.commit(second), Refused(guards=(HoldGuard("call-a", None),)), "the guard is named")
        desk.done(second._replace(at=ENDS, holds=(attrs.evolve(moved(mine), ends_at=ENDS + TICK),)))
        expect((desk.counts(now=ENDS), desk.counts(SECOND_KEY, ENDS)), ((0, 0), (1, 0)), "the ended one is gone")
        expect(len(desk.store.snapshot().holds), 1, "and there is one")
        desk.expect_sound()

    @needs("holds")
    def test_a_move_gives_back_and_takes_in_one(self) -> None:
        """Done as a whole; refused, it leaves the hold where it was."""
        desk = self.open_desk()
        mine, there = held("a", channel=AI), moved(held("a", channel=AI))
        desk.hold(mine)
        desk.book(visit("b", calendar_id=SECOND.calendar_id))
        before = desk.picture(there.hold_id)
        commit = desk.holding(mine, there, limit=1)
        expect(desk.store.commit(commit), Refused(commit.claims), "there is no room where it should go")
        expect(desk.picture(there.hold_id), before, "and it stays where it is")
        desk.done(desk.holding(mine, there, limit=2))
        expect((desk.counts(), desk.counts(SECOND_KEY)), ((0, 0), (2, 1)), "its place went along")
        expect((desk.view(holder="call-a").hold, desk.view(hold_id=mine.hold_id).hold), (there, None), "one hold")
        desk.expect_sound()

    @needs("holds")
    def test_a_move_within_a_key_asks_for_no_room(self) -> None:
        """Its commit has neither claim nor release there."""
        desk = self.open_desk(configuration=SHARED)
        mine = held("a")
        other = attrs.evolve(moved(mine), calendar_id=FIRST.calendar_id, service_id=VACCINATION.service_id)
        desk.hold(mine, limit=1)
        commit = desk.holding(mine, other, limit=1)
        expect([change.key for change in commit.claims], [other.tracking_key], "the total is not asked")
        desk.done(commit)
        expect((desk.counts(TOTAL), desk.counts(), desk.counts(other.tracking_key)), ((1, 0), (0, 0), (1, 0)), "net")
        desk.expect_sound()

    @needs("holds")
    def test_an_extended_hold_runs_until_its_new_end(self) -> None:
        """One version later; who saw the one before is refused."""
        desk = self.open_desk()
        mine = held("a")
        longer = extended(mine)
        desk.hold(mine)
        desk.done(desk.holding(mine, longer))
        expect(desk.view(now=ENDS, holder="call-a").hold, longer, "it runs")
        expect((desk.counts(now=ENDS), desk.counts(now=longer.ends_at)), ((1, 0), (0, 0)), "until its new end")
        late = desk.holding(mine, extended(mine))
        expect(desk.store.commit(late), Refused(guards=(HoldGuard("call-a", mine.hold_id, 1),)), "another version")
        expect([event.version for event in desk.store.history(mine.hold_id)], [1, 2], "both are told")
        ended = desk.holding(longer, extended(longer), at=longer.ends_at)
        expect(desk.store.commit(ended), Refused(guards=(HoldGuard("call-a", mine.hold_id, 2),)), "it ended")

    @needs("holds")
    def test_a_released_place_is_free(self) -> None:
        """The hold is gone with it, once."""
        desk = self.open_desk()
        mine = held("a", channel=AI)
        desk.hold(mine)
        first, second = desk.releasing(mine), desk.releasing(mine)
        desk.done(first)
        expect((desk.counts(), desk.view(holder="call-a").hold), ((0, 0), None), "the place is free")
        unmet = (HoldGuard("call-a", mine.hold_id, 1),)
        expect(desk.store.commit(second), Refused(guards=unmet), "what is gone is not given back twice")
        expect(desk.store.commit(first), Done(), "and what stands, stands")
        expect([event.name for event in desk.store.history(mine.hold_id)], ["hold.created", "hold.released"], "told")
        desk.done(desk.holding(None, moved(mine)))
        desk.expect_sound()

    # --- Confirming -------------------------------------------------------------------------------------------------

    @needs("holds")
    def test_a_confirmed_hold_keeps_its_place(self) -> None:
        """Though the window is full, and its limit lower meanwhile."""
        desk = self.open_desk(configuration=SHARED)
        mine = held("a", channel=AI)
        desk.hold(mine)
        desk.book(visit("b"))
        booked = visit("c", booked_via=AI, external_reference_id="ref-1", assigned_doctor="Dr Rao")
        commit = desk.confirming(mine, booked)
        desk.done(commit)
        expect((desk.counts(TOTAL), desk.counts()), ((2, 1), (2, 1)), "net, nothing was taken")
        expect(desk.store.appointment(booked.appointment_id), booked, "the appointment stands")
        expect((desk.view(holder="call-a").hold, desk.store.snapshot().holds), (None, ()), "the hold is gone")
        expect(desk.counts(now=ENDS), (2, 1), "and nothing ends any more")
        expect(desk.store.commit(commit), Done(), "delivered again, it is done")
        again = desk.confirming(mine, visit("d", booked_via=AI))
        expect(
            desk.store.commit(again), Refused(guards=(HoldGuard("call-a", mine.hold_id, 1),)), "it is confirmed once"
        )
        desk.expect_sound()

    @needs("holds")
    def test_confirming_and_ending_do_not_both_win(self) -> None:
        """At the instant of its end it has ended; whom a commit at the end saw gone, stays gone."""
        desk = self.open_desk()
        mine = held("a")
        desk.hold(mine)
        unmet = Refused(guards=(HoldGuard("call-a", mine.hold_id, 1),))
        expect(desk.store.commit(desk.confirming(mine, visit("b"), at=ENDS)), unmet, "at its end it has ended")
        desk.done(desk.booking(visit("c"), limit=1, at=ENDS))
        late = desk.confirming(mine, visit("b"), at=ENDS - TICK)
        expect(desk.store.commit(late), unmet, "somebody has had the place since")
        expect(desk.store.appointment(visit("b").appointment_id), None, "nothing of it is there")
        expect(desk.counts(now=ENDS), (1, 0), "one place, one appointment")
        desk.expect_sound()

    @needs("holds")
    def test_a_confirmation_that_is_refused_leaves_the_hold(self) -> None:
        """Everything unmet is named, and the hold may be confirmed otherwise."""
        desk = self.open_desk()
        mine, standing = held("a"), visit("b", external_reference_id="ref-1")
        desk.hold(mine)
        desk.book(standing)
        before = desk.picture()
        stranger = VersionGuard("appt_never", 3)
        commit = desk.confirming(mine, visit("c", external_reference_id="ref-1"))
        wrong = HoldGuard("call-a", mine.hold_id, 2)
        guards = (wrong, HoldGuard("call-b", "hold_never", 1), HoldGuard("call-a", None), stranger)
        outcome = desk.store.commit(commit._replace(guards=guards, revision=commit.revision + 1))
        names = tuple(claim for claim in commit.unique_claims if claim.limit == 1 and claim.name[0] == "ref-1")
        expect(outcome, Refused(names, guards, commit.revision), "every claim and guard that is not met")
        expect(desk.picture(), before, "and nothing is changed")
        desk.done(desk.confirming(mine, visit("c")))
        desk.expect_filled(2)

    # --- Setup ------------------------------------------------------------------------------------------------------

    @needs("holds")
    def test_a_rekeying_counts_holds_too(self) -> None:
        """Refiled, in the total as long as there is one; what ended is gone."""
        desk = self.open_desk()
        mine = held("a", channel=AI)
        desk.hold(mine, held("b", service_id=VACCINATION.service_id))
        desk.book(visit("c"))
        desk.done(rekeying(desk, SHARED))
        expect((desk.counts(TOTAL), desk.counts()), ((3, 1), (2, 1)), "the total has holds as well")
        desk.expect_sound()
        desk.done(rekeying(desk, attrs.evolve(SHARED, timezone="Pacific/Kiritimati"), refile_hold=day_later))
        expect(desk.view(holder="call-a").hold, day_later(mine), "the record is filed anew")
        expect((desk.counts(TOTAL), desk.counts(TOMORROW)), ((1, 0), (1, 1)), "its place went along")
        desk.expect_sound()
        late = rekeying(desk, POLICY, AsItWas(), same_hold)._replace(at=ENDS)
        desk.done(late)
        expect(desk.store.snapshot().holds, (), "what ended is not counted anew")
        expect(desk.store.snapshot().counts.get(TOMORROW, (0, 0)), (0, 0), "and has no place")
        desk.expect_sound()

    @needs("holds")
    def test_holds_of_tenants_never_meet(self) -> None:
        """The same holder, the same id."""
        mine, yours = self.open_desk("sunrise"), self.open_desk("sunset")
        mine.hold(held("a"), limit=1)
        expect((yours.view(holder="call-a").hold, yours.counts()), (None, (0, 0)), "not in another organisation")
        yours.hold(held("a"), limit=1)
        yours.done(yours.releasing(held("a")))
        expect(mine.view(hold_id=held("a").hold_id).hold, held("a"), "and what goes there, stays here")
        yours.done(yours.booking(visit("b"), limit=1, at=ENDS))
        expect(len(mine.store.snapshot().holds), 1, "nothing is removed elsewhere")
        for desk in (mine, yours):
            desk.expect_sound()

    @needs("holds")
    def test_a_view_of_holds_does_not_change_afterwards(self) -> None:
        """Nothing in it is shared with what commits change."""
        desk = self.open_desk()
        mine = held("a")
        desk.hold(mine, held("b"))
        view, snapshot = desk.view(holder="call-a", days=(MONDAY,)), desk.store.snapshot()
        seen = repr((view, snapshot.holds, sorted(snapshot.counts.items())))
        desk.done(desk.releasing(held("b")))
        desk.done(desk.confirming(mine, visit("c")))
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        expect(repr((view, snapshot.holds, sorted(snapshot.counts.items()))), seen, "what was read stays")

    @needs("holds", "shared_database")
    def test_handles_see_each_others_holds_at_once(self) -> None:
        """And end them for each other."""
        desk = self.open_desk()
        other = Desk(self.another_handle(desk.org_id), desk.org_id, series=1)
        desk.hold(held("a"), limit=1)
        expect((other.view(holder="call-a").hold, other.counts()), (held("a"), (1, 0)), "another handle shows it")
        other.done(other.booking(visit("b"), limit=1, at=ENDS))
        late = desk.confirming(held("a"), visit("c"), at=ENDS - TICK)
        expect(desk.store.commit(late), Refused(guards=late.guards), "and what one removed, the other has not")
        expect(picture_of(other.store), desk.picture(), "both show the same state")
        desk.expect_sound()
