"""Cases of places: limits, AI limits, releases, moves that ask for no more than they take (store rules 2, 6 and 7)."""

from __future__ import annotations

from booking_engine.domain.channel import Channel
from booking_engine.domain.tracking import Counts
from booking_engine.ledger.claims import Refused
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import (
    KEY,
    MONDAY,
    NEXT_MONDAY,
    NINE,
    SECOND,
    SECOND_KEY,
    SHARED,
    VACCINATION,
    cancelled,
    following,
    visit,
    week_later,
)

AI = Channel.AI_AGENT


class CapacityCases(StoreCases):
    """Places are counted under their key, and refused at the limit that the claim brings along."""

    def test_a_key_that_was_never_touched_is_empty(self) -> None:
        """Nothing is generated ahead."""
        expect(self.open_desk().counts(), Counts(0, 0), "nothing is taken where nothing was booked")

    def test_a_limit_admits_exactly_so_many(self) -> None:
        """The claim after the last place is refused, and a higher limit admits it."""
        desk = self.open_desk()
        desk.book(visit("a"), visit("b"), limit=2)
        commit = desk.booking(visit("c"), limit=2)
        expect(desk.store.commit(commit), Refused(commit.claims), "the third of two places is refused")
        desk.book(visit("c"), limit=3)
        desk.expect_filled(3)

    def test_a_limit_of_none_left_admits_nobody(self) -> None:
        """An override may say 0."""
        desk = self.open_desk()
        commit = desk.booking(visit("a"), limit=0)
        expect(desk.store.commit(commit), Refused(commit.claims), "a limit of 0 refuses the first")

    def test_a_lowered_limit_refuses_and_takes_nothing_back(self) -> None:
        """Fills above a limit stand, and do not grow (Inv2)."""
        desk = self.open_desk()
        desk.book(visit("a"), visit("b"), visit("c"), limit=3)
        commit = desk.booking(visit("d"), limit=1)
        expect(desk.store.commit(commit), Refused(commit.claims), "above the limit is refused like at the limit")
        desk.expect_filled(3)

    def test_a_claim_without_limit_is_counted_and_never_refused(self) -> None:
        """Places are counted always, whatever the configuration asks of them."""
        desk = self.open_desk()
        desk.book(*(visit(f"n{number}") for number in range(30)))
        desk.expect_filled(30)

    def test_ai_places_are_counted_among_all_places(self) -> None:
        """Both counts, always."""
        desk = self.open_desk()
        desk.book(visit("a"), visit("b", booked_via=AI), visit("c", booked_via=Channel.STAFF))
        expect(desk.counts(), Counts(3, 1), "three places, one of them the AI agent's")

    def test_an_ai_limit_is_asked_of_ai_places_alone(self) -> None:
        """``separate``: staff's bookings leave the AI places alone."""
        desk = self.open_desk()
        desk.book(visit("a"), visit("b"), limit=4)
        desk.book(visit("c", booked_via=AI), limit=4, ai_limit=1)
        commit = desk.booking(visit("d", booked_via=AI), limit=4, ai_limit=1)
        expect(desk.store.commit(commit), Refused(commit.claims), "the second of one AI place is refused")
        desk.book(visit("e"), limit=4)
        commit = desk.booking(visit("d", booked_via=AI), limit=4, ai_limit=2)
        expect(desk.store.commit(commit), Refused(commit.claims), "an AI place is refused when all places are taken")
        expect(desk.counts(), Counts(4, 1), "refused claims are not counted")

    def test_an_ai_limit_without_limit_is_still_asked(self) -> None:
        """The two limits are independent."""
        desk = self.open_desk()
        desk.book(visit("a", booked_via=AI), ai_limit=1)
        commit = desk.booking(visit("b", booked_via=AI), ai_limit=1)
        expect(desk.store.commit(commit), Refused(commit.claims), "the AI limit alone refuses")

    def test_a_release_gives_back_exactly_what_was_taken(self) -> None:
        """One place, and the AI place of who had one."""
        desk = self.open_desk()
        mine, yours = visit("a", booked_via=AI), visit("b")
        desk.book(mine, yours, visit("c", booked_via=AI))
        desk.done(desk.change(mine, cancelled(mine)))
        expect(desk.counts(), Counts(2, 1), "an AI place given back is a place given back")
        desk.done(desk.change(yours, cancelled(yours)))
        expect(desk.counts(), Counts(1, 1), "another's place leaves the AI places alone")
        desk.book(visit("d"), limit=2)
        desk.expect_filled(2)

    def test_the_last_release_leaves_nothing(self) -> None:
        """Empty again is as good as new."""
        desk = self.open_desk()
        desk.book(visit("a"), limit=1)
        desk.done(desk.change(visit("a"), cancelled(visit("a"))))
        expect(desk.counts(), Counts(0, 0), "nothing is taken")
        desk.book(visit("b"), limit=1)
        desk.expect_filled(1)

    def test_a_move_gives_back_and_takes_in_one_commit(self) -> None:
        """Never zero places, never two (Inv7)."""
        desk = self.open_desk()
        mine = visit("a")
        desk.book(mine, limit=1)
        moved = following(mine, calendar_id=SECOND.calendar_id, batch=SECOND.batch)
        desk.done(desk.change(mine, moved, limit=1))
        expect((desk.counts(), desk.counts(SECOND_KEY)), ((0, 0), (1, 0)), "the place went along")
        desk.expect_sound()

    def test_a_move_that_is_refused_leaves_the_old_place(self) -> None:
        """Also of the AI agent's places."""
        desk = self.open_desk()
        mine = visit("a", booked_via=AI)
        desk.book(mine, visit("b", calendar_id=SECOND.calendar_id))
        before = desk.picture()
        commit = desk.change(mine, following(mine, calendar_id=SECOND.calendar_id), limit=1)
        expect(desk.store.commit(commit), Refused(commit.claims), "the target is full")
        expect(desk.picture(), before, "and everything is as it was")

    def test_a_move_inside_a_full_window_asks_for_no_place(self) -> None:
        """The net change of a key counts: here there is none."""
        desk = self.open_desk(configuration=SHARED)
        mine = visit("a")
        desk.book(mine, limit=1)
        later = following(mine, start=NINE.replace(hour=10))
        desk.done(desk.change(mine, later, limit=1))
        desk.expect_filled(1, KEY._replace(service_id=""))

    def test_keys_are_apart(self) -> None:
        """By window, by date and by service."""
        desk = self.open_desk()
        desk.book(
            visit("a"),
            visit("b", calendar_id=SECOND.calendar_id),
            visit("c", service_id=VACCINATION.service_id),
            week_later("d"),
            limit=1,
        )
        for key in (KEY, SECOND_KEY, KEY._replace(service_id=VACCINATION.service_id), KEY._replace(date=NEXT_MONDAY)):
            expect(desk.counts(key), Counts(1, 0), "one place under each key")
        expect(desk.counts(KEY._replace(date=MONDAY.replace(day=29))), Counts(0, 0), "and none under another")

    def test_shared_places_are_counted_by_service_and_in_total(self) -> None:
        """The total is refused at its limit, whoever of the services asks (SPEC C2)."""
        desk = self.open_desk(configuration=SHARED)
        total = KEY._replace(service_id="")
        desk.book(visit("a"), visit("b", service_id=VACCINATION.service_id), limit=2)
        commit = desk.booking(visit("c"), limit=2)
        unmet = tuple(claim for claim in commit.claims if claim.key == total)
        expect(desk.store.commit(commit), Refused(unmet), "the total is full, the service's own count has no limit")
        expect((desk.counts(total), desk.counts()), ((2, 0), (1, 0)), "two in total, one of them this service's")
        desk.expect_sound()
