"""Racing lets several callers go at the same instant, switches between them often, and collects what each came to."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from booking_engine.testing.conformance.expectation import expect_that

ResultT = TypeVar("ResultT")

SWITCH_SECONDS = 1e-6
PATIENCE_SECONDS = 120


class _Racer(threading.Thread, Generic[ResultT]):
    def __init__(self, call: Callable[[], ResultT], start_together: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self._call, self._start_together = call, start_together
        self.results: list[ResultT] = []
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            self._start_together.wait(PATIENCE_SECONDS)
            self.results.append(self._call())
        except BaseException as fault:
            self.fault = fault  # Raised by the thread that waits.


def race(calls: Sequence[Callable[[], ResultT]]) -> list[ResultT]:
    """The result of each call, all of them made at once; what one of them raises is raised.

    Callers that have not come back after two minutes wait for each other, and fail the race.
    """
    barrier = threading.Barrier(len(calls))
    racers = [_Racer(call, barrier) for call in calls]
    with switching_often():
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(PATIENCE_SECONDS)
            expect_that(not racer.is_alive(), "callers that race do not wait for each other for ever")
    for racer in racers:
        if racer.fault is not None:
            raise racer.fault
    return [racer.results[0] for racer in racers]


@contextlib.contextmanager
def switching_often() -> Iterator[None]:
    """Threads take turns after a microsecond instead of five thousand."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
