"""Cases of what outlives a handle: what others see of it, in other processes too, and what is read of it later."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
from collections.abc import Callable, Sequence

import attrs

from booking_engine.ledger.claims import Commit, Done
from booking_engine.ports import Store
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.capabilities import needs
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import MAIN, cancelled, visit
from booking_engine.testing.conformance.picture import Picture, picture_of
from booking_engine.testing.conformance.racing import PATIENCE_SECONDS

PROCESSES = 3


class OutlivingCases(StoreCases):
    """What is committed is there for every handle, in every process, and afterwards."""

    def reopen_store(self, org_id: str) -> Store:
        """The organisation's store, opened anew after every handle on it was given up; needed with ``durable``."""
        raise NotImplementedError(f"{type(self).__name__} declares durable and must define reopen_store")

    def process_opener(self, org_id: str) -> Callable[[], Store]:
        """What opens a handle on the organisation's store in another process; needed with ``processes``.

        It is pickled on its way there.
        """
        raise NotImplementedError(f"{type(self).__name__} declares processes and must define process_opener")

    @needs("shared_database")
    def test_handles_see_each_others_commits_at_once(self) -> None:
        """Bookings, settings and refusals."""
        desk = self.open_desk()
        other = self.another_handle(desk.org_id)
        desk.book(visit("a"), limit=1)
        expect(picture_of(other), desk.picture(), "another handle shows the same state")
        commit = desk.booking(visit("b"), limit=2)
        expect(other.commit(commit), Done(), "and commits to it")
        expect(desk.store.commit(commit), Done(), "a commit that stands by one handle stands by the other")
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        expect(other.catalog().revision, desk.revision, "the catalog of every handle is the present one")
        expect(picture_of(other), desk.picture(), "another handle shows the same state")
        desk.expect_filled(2)

    @needs("durable")
    def test_what_was_committed_is_there_later(self) -> None:
        """All of it, with the ids of the commits."""
        desk = self.open_desk()
        mine = visit("a", external_reference_id="ref-1", assigned_doctor="Dr Rao")
        commit = desk.booking(mine, limit=1)
        desk.done(commit)
        desk.book(visit("b"))
        desk.done(desk.change(visit("b"), cancelled(visit("b"))))
        before = desk.picture()
        reopened = self.reopen_store(desk.org_id)
        after = picture_of(reopened)
        expect(after, before, "the state is as it was")
        # A word equals the member of an enumeration that is written so, and is not that member.
        expect(_written(after), _written(before), "every value has the type that it had")
        expect(reopened.commit(commit), Done(), "and a commit that stands is known")
        expect(picture_of(reopened), before, "which changes nothing")

    @needs("processes")
    def test_processes_that_race_keep_the_limit(self) -> None:
        """Exactly so many win as there are places, over all processes."""
        desk = self.open_desk()
        limit, each = 20, 15
        commits = [desk.booking(visit(f"n{number}"), limit=limit) for number in range(PROCESSES * each)]
        opener = self.process_opener(desk.org_id)
        with concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
            futures = [
                pool.submit(_done_of, opener, commits[number * each : (number + 1) * each])
                for number in range(PROCESSES)
            ]
            done = sum(future.result(PATIENCE_SECONDS) for future in futures)
        expect(done, limit, "exactly so many commits are done, over all processes")
        desk.expect_filled(limit)


def _written(picture: Picture) -> str:
    return repr((picture.records, picture.appointments, picture.history))


def _done_of(opener: Callable[[], Store], commits: Sequence[Commit]) -> int:
    """How many of these commits are done, by a handle of this process."""
    store = opener()
    return sum(store.commit(commit) == Done() for commit in commits)
