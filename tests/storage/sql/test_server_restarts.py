"""A server that stops at once in the midst of a rush loses nothing that was acknowledged.

Callers hear of their booking, or of a fault, and then ask again under the same reference until they are answered. A
fault other than ``OutcomeUnknown`` says that nothing was changed: who asks again is not told of an earlier booking.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import pytest

from booking_engine.adapters.sql import migrate, open_engine
from booking_engine.engine import BookingEngine
from booking_engine.errors import OutcomeUnknown, StoreError
from booking_engine.ledger.claims import Commit, Done, Outcome
from booking_engine.testing.postgres import PostgresServer, PostgresSkipped
from storage import broken

from .conftest import Load
from .databases import Database
from .processes import PATIENCE_SECONDS, wait_for
from .rush import FULL, Acknowledged, Rush, engine_over

CALLERS = 8
RESTARTS_A_CLINIC = 50
RUSH = Rush(places=6)  # of eight callers two are refused every day
PAUSE_SECONDS = 0.02


class Caller:
    """One who asks for a day after the other, and for each until there is an answer."""

    def __init__(self, engine: BookingEngine, line: int, over: threading.Event) -> None:
        self._engine, self._line, self._over = engine, line, over
        self.acknowledged: list[Acknowledged] = []
        self.faults = 0

    def call(self) -> None:
        """Until it is over, and the last answer is there."""
        while not self._over.is_set():
            self._ask(len(self.acknowledged))

    def _ask(self, number: int) -> None:
        unknown, give_up = False, monotonic() + PATIENCE_SECONDS
        while True:
            try:
                booked = RUSH.ask(self._engine, self._line, number)
                break
            except OutcomeUnknown:
                unknown = True
            except StoreError:
                pass
            self.faults += 1
            assert monotonic() < give_up, "there is no answer any more"
            self._over.wait(PAUSE_SECONDS)
        assert unknown or booked is None or not booked.replayed, "a plain fault changes nothing"
        answer = FULL if booked is None else booked.appointment.appointment_id
        self.acknowledged.append(Acknowledged(f"{self._line}-{number}", answer))


class TakesSilenceForDone(broken.Whole):
    """A store to which a fault of a commit is none."""

    def commit(self, commit: Commit) -> Outcome:
        try:
            return self.inner.commit(commit)
        except StoreError:
            return Done()


def wrongs_after(restarts: int, server: PostgresServer, database: Database, org_id: str, seed: int) -> list[str]:
    """What is wrong in a clinic after so many restarts."""
    chance, over = random.Random(seed), threading.Event()
    with database.handles() as handle, ThreadPoolExecutor(CALLERS) as pool:
        store = handle(org_id)
        RUSH.open_clinic(store)
        callers = [Caller(engine_over(store), line, over) for line in range(CALLERS)]
        calls = [pool.submit(caller.call) for caller in callers]
        try:
            for _ in range(restarts):
                _wait(callers, calls, chance.randrange(20, 100))
                server.restart("immediate")
            _wait(callers, calls, 40)
        finally:
            over.set()
        for call in calls:
            call.result()
        acknowledged = {each for caller in callers for each in caller.acknowledged}
        wrongs = RUSH.wrongs(store, acknowledged)
        if not any(caller.faults for caller in callers):
            wrongs.append("nobody noticed a restart")
        if {each.answer == FULL for each in acknowledged} != {True, False}:
            wrongs.append("nobody was refused, or everybody")
        return wrongs


def _wait(callers: list[Caller], calls: list[Future[None]], answers: int) -> None:
    """Until so many more were acknowledged."""

    def known() -> int:
        return sum(len(caller.acknowledged) for caller in callers)

    goal = known() + answers
    wait_for(lambda: known() >= goal or any(call.done() for call in calls), "answers")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server that syncs, and that may be restarted at any time."""
    try:
        made = PostgresServer({"fsync": "on"})
    except PostgresSkipped as why:
        pytest.skip(str(why))
    with made:
        engine = open_engine(made.create_database("clinics"))
        migrate(engine)
        engine.dispose()
        yield made


@pytest.mark.parametrize("awaited", [False, True], ids=["threads", "tasks"])
def test_nothing_acknowledged_is_lost(server: PostgresServer, awaited: bool, load: Load) -> None:
    database = Database(server.url("clinics"), awaited=awaited)
    for number in range(0, load.restarts, RESTARTS_A_CLINIC):
        restarts = min(load.restarts - number, RESTARTS_A_CLINIC)
        assert wrongs_after(restarts, server, database, f"clinic-{number}-{awaited}", seed=number) == []


def test_what_was_taken_for_done_is_missed(server: PostgresServer) -> None:
    database = Database(server.url("clinics"), broken=TakesSilenceForDone)
    wrongs = wrongs_after(1, server, database, "clinic-silent", seed=1)
    assert any("was acknowledged and is not there" in each for each in wrongs)
