"""Callers ask for one booking after the other, all at the same time: in an event loop, in threads, in processes.

Each caller waits for its answer before it asks again. What a booking took is measured around ``engine.book``; a first
short round is not measured, in which connections are made and statements prepared, as ``pgbench`` leaves out its own.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from time import perf_counter
from typing import NamedTuple, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from booking_engine import AsyncBookingEngine, BookAppointment, BookingEngine
from booking_engine.adapters.sql import AsyncSqlStore, SqlStore, dispose, open_engine, open_engine_for_loop
from stored.arrivals import Arrivals

WARM_SECONDS = 0.5
EngineT = TypeVar("EngineT")
Stream: TypeAlias = Iterator[BookAppointment]


class Asked(NamedTuple):
    """So many callers for so long, each booking in one of the organisations in turn.

    ``callers`` of ``of`` are here, from ``first`` on: the others are in other processes. ``normal``: SQLite does not
    wait for the disk.
    """

    arrivals: Arrivals
    callers: int
    seconds: float
    org_ids: tuple[str, ...] = ("default",)
    first: int = 0
    of: int = 0
    normal: bool = False

    def streams(self) -> list[Stream]:
        """What each caller asks for."""
        of = self.of or self.callers
        return [self.arrivals.stream(number, of) for number in range(self.first, self.first + self.callers)]


class Lap(NamedTuple):
    """What was found: bookings acknowledged in all, and of those measured the seconds and each one's milliseconds."""

    acknowledged: int
    seconds: float
    taken_ms: list[float]


def _lap(warm: Sequence[Sequence[float]], measured: Sequence[Sequence[float]], seconds: float) -> Lap:
    taken = [each for of_caller in measured for each in of_caller]
    return Lap(len(taken) + sum(map(len, warm)), seconds, taken)


def _turns(engines: Sequence[EngineT], first: int) -> Iterator[EngineT]:
    """One engine after the other, without end; callers begin at different ones."""
    at = first % len(engines)
    return itertools.cycle([*engines[at:], *engines[:at]])


# --- Threads --------------------------------------------------------------------------------------------------------


def in_threads(url: str, asked: Asked) -> Lap:
    """``BookingEngine`` over ``SqlStore``, a thread for each caller."""
    database = open_engine(url)
    if asked.normal:
        event.listen(database, "connect", _normal)
    engines = [BookingEngine(SqlStore(database, org_id)) for org_id in asked.org_ids]
    streams = asked.streams()
    try:
        with ThreadPoolExecutor(asked.callers) as threads:
            warm, _ = _round_of_threads(threads, engines, streams, WARM_SECONDS)
            measured, seconds = _round_of_threads(threads, engines, streams, asked.seconds)
    finally:
        database.dispose()
    return _lap(warm, measured, seconds)


def _round_of_threads(
    threads: ThreadPoolExecutor, engines: Sequence[BookingEngine], streams: Sequence[Stream], seconds: float
) -> tuple[list[list[float]], float]:
    begun = perf_counter()
    calls = [threads.submit(_call, _turns(engines, at), each, begun + seconds) for at, each in enumerate(streams)]
    return [call.result() for call in calls], perf_counter() - begun


def _call(engines: Iterator[BookingEngine], stream: Stream, ends: float) -> list[float]:
    taken_ms: list[float] = []
    while perf_counter() < ends:
        engine, command = next(engines), next(stream)
        begun = perf_counter()
        booked = engine.book(command)
        taken_ms.append((perf_counter() - begun) * 1_000)
        assert not booked.replayed
    return taken_ms


def _normal(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


# --- An event loop --------------------------------------------------------------------------------------------------


def in_loop(url: str, asked: Asked) -> Lap:
    """``AsyncBookingEngine`` over ``AsyncSqlStore``, a task for each caller, in one process."""
    return asyncio.run(_in_loop(url, asked))


async def _in_loop(url: str, asked: Asked, others: Connection | None = None) -> Lap:
    database = open_engine_for_loop(url)
    engines = [AsyncBookingEngine(AsyncSqlStore(database, org_id)) for org_id in asked.org_ids]
    streams = asked.streams()
    try:
        warm, _ = await _round_of_tasks(engines, streams, WARM_SECONDS)
        if others is not None:
            others.send(None)
            others.recv()
        measured, seconds = await _round_of_tasks(engines, streams, asked.seconds)
    finally:
        await dispose(database)
    return _lap(warm, measured, seconds)


async def _round_of_tasks(
    engines: Sequence[AsyncBookingEngine], streams: Sequence[Stream], seconds: float
) -> tuple[list[list[float]], float]:
    begun = perf_counter()
    tasks = [_await(_turns(engines, at), each, begun + seconds) for at, each in enumerate(streams)]
    measured = await asyncio.gather(*tasks)
    return measured, perf_counter() - begun


async def _await(engines: Iterator[AsyncBookingEngine], stream: Stream, ends: float) -> list[float]:
    taken_ms: list[float] = []
    while perf_counter() < ends:
        engine, command = next(engines), next(stream)
        begun = perf_counter()
        booked = await engine.book(command)
        taken_ms.append((perf_counter() - begun) * 1_000)
        assert not booked.replayed
    return taken_ms


# --- Processes ------------------------------------------------------------------------------------------------------

PROCESSES = 2


def in_processes(url: str, asked: Asked) -> Lap:
    """``in_loop`` in two processes, each with half of the callers; they begin to measure together."""
    spawning, each = multiprocessing.get_context("spawn"), asked.callers // PROCESSES
    started = []
    for number in range(PROCESSES):
        ours, theirs = spawning.Pipe()
        share = asked._replace(callers=each, first=number * each, of=each * PROCESSES)
        process = spawning.Process(target=_work, args=(theirs, url, share), daemon=True)
        process.start()
        theirs.close()  # so that the end of a process that failed is the end of its answers
        started.append((process, ours))
    for _, ours in started:
        ours.recv()
    for _, ours in started:
        ours.send(None)
    laps: list[Lap] = [ours.recv() for _, ours in started]
    for process, _ in started:
        process.join()
    taken = [every for lap in laps for every in lap.taken_ms]
    return Lap(sum(lap.acknowledged for lap in laps), max(lap.seconds for lap in laps), taken)


def _work(told: Connection, url: str, asked: Asked) -> None:
    told.send(asyncio.run(_in_loop(url, asked, told)))
