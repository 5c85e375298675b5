"""Processes that are started alike, without a connection or thread of anybody's, and that can begin at one instant."""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

ResultT = TypeVar("ResultT")

PATIENCE_SECONDS = 120
_POLL_SECONDS = 0.001
# What that second goes into. The server that forks has imported it, has no threads and opens nothing.
_PRELOADED = [
    "aiosqlite",
    "booking_engine.adapters.sql",
    "booking_engine.testing.conformance",
    "booking_engine.testing.postgres",
    "psycopg",
    "pytest",
    "sqlalchemy.dialects.postgresql.psycopg",
]


@functools.cache
def context() -> ForkServerContext | SpawnContext:
    """How processes are started here: by a fork server where there is one, for a new interpreter takes a second."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(_PRELOADED)
    return forking


def in_processes(calls: Sequence[Callable[[], ResultT]]) -> list[ResultT]:
    """The result of each call, each in a process of its own, where ``meet`` lets all go on together."""
    number, forking = len(calls), context()
    everybody = forking.Barrier(number)
    with ProcessPoolExecutor(number, forking, initializer=_join, initargs=(everybody,)) as pool:
        futures = [pool.submit(_alone, call) for call in calls]
        faults = [fault for future in futures if (fault := future.exception(PATIENCE_SECONDS)) is not None]
        if faults:
            raise min(faults, key=lambda fault: isinstance(fault, BrokenBarrierError))  # the cause of the others'
        return [future.result() for future in futures]


def meet() -> None:
    """Wait until every process of the race has come here."""
    cast(Barrier, _everybody).wait(PATIENCE_SECONDS)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds; ``AssertionError`` when it takes too long."""
    give_up = monotonic() + PATIENCE_SECONDS
    while not condition():
        assert monotonic() < give_up, f"waited in vain: {what}"
        sleep(_POLL_SECONDS)


_everybody: Barrier | None = None


def _join(everybody: Barrier) -> None:
    global _everybody  # noqa: PLW0603 (a process of the pool is in one race, and nothing else is told to its calls)
    _everybody = everybody


def _alone(call: Callable[[], ResultT]) -> ResultT:
    meet()  # Nobody begins a second call before everybody has one.
    try:
        return call()
    except BaseException:
        cast(Barrier, _everybody).abort()  # Nobody waits for who will not come.
        raise
