"""Histories over the SQL stores are linearizable: of eight threads, of eight tasks, and of threads in four processes.

Nothing crashes here, so that a SQLite file need not wait for the disk.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence

import attrs
import pytest

from booking_engine.ports import Store
from booking_engine.testing.conformance.racing import race
from storage import broken
from storage.invariants import broken_invariants
from storage.test_linearizability import CALLERS, Caller, History, Unheard, found_out, is_linearizable, recorded

from .conftest import Load
from .databases import Database
from .processes import in_processes, meet

PROCESSES = 4
CLINICS_A_CALL = 10
ANSWERS = {"booked", "replayed", "changed", "unchanged", "SLOT_FULL", "INVALID_TRANSITION"}


def clinic(seed: int) -> str:
    return f"clinic-{seed}"


# --- Callers in one process -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("callers", ["threads", "tasks"])
@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
def test_callers_in_one_process(callers: str, url: str, request: pytest.FixtureRequest, load: Load) -> None:
    database = Database(request.getfixturevalue(url), awaited=callers == "tasks", synced=False)
    with database.handles() as handle:
        for seed in range(load.histories[callers]):
            store = handle(clinic(seed))
            expect_linearizable(store, recorded(store, seed, load.operations))


def test_callers_over_a_store_without_claims_are_found_out(sqlite_url: str) -> None:
    with Database(sqlite_url, synced=False, broken=broken.AsksForNothing).handles() as handle:
        assert not is_linearizable(recorded(handle(clinic(1)), 1, 200))


def expect_linearizable(store: Store, history: History) -> None:
    assert {each.answer[0] for each in history} == ANSWERS
    assert is_linearizable(history)
    assert broken_invariants(store) == []


# --- Callers in several processes -----------------------------------------------------------------------------------


@attrs.frozen
class Told:
    """What the callers of one process were told in one clinic, and what they asked without being told."""

    heard: History
    unheard: list[Unheard]


@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
def test_callers_in_several_processes(url: str, request: pytest.FixtureRequest, load: Load) -> None:
    database, number = Database(request.getfixturevalue(url), synced=False), load.histories["processes"]
    for first in range(0, number, CLINICS_A_CALL):
        seeds = range(first, min(first + CLINICS_A_CALL, number))
        for store, history in of_processes(database, seeds, load.operations):
            expect_linearizable(store, history)


def test_processes_over_a_store_without_claims_are_found_out(sqlite_url: str) -> None:
    database = Database(sqlite_url, synced=False, broken=broken.AsksForNothing)
    ((_, history),) = of_processes(database, range(1), 200)
    assert not is_linearizable(history)


def of_processes(database: Database, seeds: range, operations: int) -> Iterator[tuple[Store, History]]:
    """The store and the history of each clinic, whose callers are threads of four processes."""
    each = CALLERS // PROCESSES
    seats = [range(first, first + each) for first in range(0, CALLERS, each)]
    with database.handles() as handle:
        for seed in seeds:
            assert recorded(handle(clinic(seed)), seed, operations=0) == []  # but the clinic is set up
        told = in_processes([functools.partial(call, database, those, seeds, operations) for those in seats])
        for seed, parts in zip(seeds, zip(*told, strict=True), strict=True):
            yield handle(clinic(seed)), put_together(handle(clinic(seed)), parts)


def call(database: Database, seats: range, seeds: range, operations: int) -> list[Told]:
    """What this process is told in one clinic after the other, while the others call there too."""
    with database.handles() as handle:
        return [_told(handle(clinic(seed)), seats, seed, operations // CALLERS) for seed in seeds]


def _told(store: Store, seats: range, seed: int, operations: int) -> Told:
    known: list[str] = []  # The others' appointments become known by their references.
    # One clock for all: CLOCK_MONOTONIC is the machine's and not the process's.
    callers = [Caller(store, seat, seed, known, time.monotonic_ns) for seat in seats]
    meet()
    race([functools.partial(caller.work, operations) for caller in callers])
    return Told(
        [each for caller in callers for each in caller.heard], [each for caller in callers for each in caller.unheard]
    )


def put_together(store: Store, parts: Sequence[Told]) -> History:
    heard = [each for part in parts for each in part.heard]
    return heard + found_out(store, [each for part in parts for each in part.unheard], time.monotonic_ns())
