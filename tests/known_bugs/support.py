"""Races that really happen: every contender has decided before the first of them commits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from properties.support import Clinic, Clock

from booking_engine import BookAppointment, BookingEngine, BookingRejected, Rejection
from booking_engine.adapters.memory import MemoryStore
from booking_engine.ledger.claims import Commit, Outcome

ResultT = TypeVar("ResultT")
PATIENCE_SECONDS = 30


class RacingStore(MemoryStore):
    """A memory store that lets nobody commit before all ``contenders`` have come to their first commit."""

    def __init__(self) -> None:
        super().__init__("sunrise")
        self._line = threading.Barrier(1)
        self._thread = threading.local()
        self.outcomes: list[Outcome] = []

    def expect(self, contenders: int) -> None:
        """Let the next race begin when so many are at the line."""
        self._line = threading.Barrier(contenders)
        self._thread = threading.local()
        self.outcomes = []

    def commit(self, commit: Commit) -> Outcome:
        """Commit once everybody has something to commit."""
        if not getattr(self._thread, "is_past_the_line", False):
            self._thread.is_past_the_line = True
            self._line.wait(PATIENCE_SECONDS)
        outcome = super().commit(commit)
        self.outcomes.append(outcome)
        return outcome


def race(actions: Sequence[Callable[[], ResultT]]) -> list[ResultT | Rejection]:
    """What each action came to, run all at the same time, in the order of the actions."""
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result(PATIENCE_SECONDS) for future in [pool.submit(_outcome, action) for action in actions]]


def _outcome(action: Callable[[], ResultT]) -> ResultT | Rejection:
    try:
        return action()
    except BookingRejected as refused:
        return refused.rejection


def engines(store: MemoryStore, clock: Clock, number: int) -> list[BookingEngine]:
    """So many engines over one store, as so many processes would have them; each draws random ids."""
    return [BookingEngine(store, clock=clock) for _ in range(number)]


def race_to_book(clinic: Clinic, *requests: BookAppointment) -> list[object]:
    """The appointment or the refusal that each request comes to, all of them at once and each in its own engine."""
    assert isinstance(clinic.store, RacingStore)
    clinic.store.expect(len(requests))
    contenders = zip(engines(clinic.store, clinic.clock, len(requests)), requests, strict=True)
    return list(race([partial(engine.book, ask) for engine, ask in contenders]))
