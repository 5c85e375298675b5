"""Measure what an agent's tools take during a call: to find times, to hold one, to book it; and alternatives (J3).

``python benchmarks/agent_tools.py [--quick] [--appointments 100000] [--rounds 3] [--calls 500] [--stores …]
[--json FILE]``

Blocking tools in this process, one caller after the other, by the wall clock. The machine should have nothing else to
do.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import clinic
import workload
from measuring import fsync_ms, machine, percentile, print_table, progress, save, written
from stored import seeds
from stored.places import POSTGRESQL, SQLITE, OnPostgres, OnSqlite

from booking_engine import BookingEngine
from booking_engine.adapters.agent import AnswerCode, Toolset
from booking_engine.adapters.memory import MemoryAnswers, MemoryStore
from booking_engine.adapters.sql import SqlAnswers, SqlStore, open_engine
from booking_engine.testing.postgres import PostgresServer

MEMORY = "memory"
STORES = (MEMORY, SQLITE, POSTGRESQL)
FIND, HOLD, BOOK, SEARCH = "find_times", "hold_time", "book", "alternatives"
TURN_MS = 1_000
"""What a caller takes for a pause, and not for a line that is dead: the turn in which the agent has to answer."""
MEMORY_US, DATABASE_US = 10, 400
"""G10, of alternatives: in memory, and in the one query of a database."""
_SEED = "appointments"
_FIRST_DAY, _DAYS = 2, 25  # after tomorrow, whose first window is full for the search
_WARM_UP = 20


class Open(NamedTuple):
    """A clinic with its appointments, its tools, and how many calls it has had."""

    store: str
    engine: BookingEngine
    tools: Toolset
    numbers: Iterator[int]


class Taken(NamedTuple):
    """What one kind of tool call took on one store, in microseconds, in ascending order."""

    store: str
    what: str
    microseconds: Sequence[float]

    @property
    def row(self) -> dict[str, Any]:
        """The figures; ``share`` is the part of a turn that the slowest of a hundred takes."""
        p50, p99 = (percentile(self.microseconds, share) for share in (0.5, 0.99))
        return {
            "store": self.store,
            "what": self.what,
            "p50_us": round(p50, 1),
            "p99_us": round(p99, 1),
            "share": round(p99 / (TURN_MS * 1_000), 5),
            "times": len(self.microseconds),
        }


def main() -> None:
    """Measure and print."""
    chosen = _options().parse_args()
    if chosen.quick:
        chosen.appointments, chosen.rounds, chosen.calls = 1_000, 1, 20
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        probe_ms = fsync_ms(directory)
        found = _measured(list(_opened(stack, directory, chosen)), chosen.rounds, chosen.calls)
    print(f"{chosen.appointments:,} appointments; fsync probe: {probe_ms:.2f} ms\n")
    _show(found)
    if chosen.json:
        save(chosen.json, {"machine": machine(), "fsync_ms": probe_ms, "found": [each.row for each in found]})


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="as little as shows that it runs")
    options.add_argument("--appointments", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--calls", type=int, default=500, help="on each store in each round")
    options.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    options.add_argument("--json", type=Path)
    return options


# --- The clinic on each store ---------------------------------------------------------------------------------------


def _opened(stack: contextlib.ExitStack, directory: Path, chosen: argparse.Namespace) -> Iterator[Open]:
    progress(f"making {chosen.appointments:,} appointments")
    if MEMORY in chosen.stores:
        engine = clinic.with_appointments(chosen.appointments, MemoryStore(), **seeds.ROOMY)
        yield _open(MEMORY, engine, Toolset(engine, MemoryAnswers()))
    databases = [name for name in chosen.stores if name != MEMORY]
    seed = seeds.booked(chosen.appointments) if databases else None
    for name in databases:
        assert seed is not None
        progress(f"{name}: planting them")
        place = OnSqlite(directory) if name == SQLITE else OnPostgres(stack.enter_context(PostgresServer()))
        place.keep(_SEED, [seed.rows("default")])
        database = open_engine(stack.enter_context(place.copy(_SEED)))
        stack.callback(database.dispose)
        engine = BookingEngine(SqlStore(database), clock=clinic.clock)
        yield _open(name, engine, Toolset(engine, SqlAnswers(database)))


def _open(store: str, engine: BookingEngine, tools: Toolset) -> Open:
    clinic.fill(engine)
    return Open(store, engine, tools, itertools.count(workload.PLACES))


# --- What is timed --------------------------------------------------------------------------------------------------


def _measured(clinics: Sequence[Open], rounds: int, calls: int) -> list[Taken]:
    """Every round goes through all stores, so that what slows the machine meets each of them."""
    laps: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for each in clinics:
        _calls(each, _WARM_UP, defaultdict(list))
    for number in range(1, rounds + 1):
        for each in clinics:
            progress(f"{each.store}, round {number} of {rounds}")
            _calls(each, calls, laps)
    for each in clinics:
        assert each.engine.verify() == (), each.store
    return [Taken(store, what, sorted(taken)) for (store, what), taken in laps.items()]


def _calls(on: Open, calls: int, laps: defaultdict[tuple[str, str], list[float]]) -> None:
    """One call after the other: the caller asks for times, picks the first, and says a name and a phone."""
    for number in itertools.islice(on.numbers, calls):

        def asked(tool: str, code: AnswerCode, number: int = number, **arguments: object) -> dict[str, Any]:
            def call() -> Any:
                return on.tools.call(tool, arguments, call_id=f"call-{number}", tool_call_id=tool)

            result = _timed(laps[on.store, tool], call)
            assert result.code == code, result.text
            return dict(result.data)

        when = f"in {_FIRST_DAY + number % _DAYS} days"
        found = asked(FIND, AnswerCode.TIMES_FOUND, service=workload.SERVICES[number % 4], when=when)
        asked(HOLD, AnswerCode.HELD, slot=found["choices"][0]["slot"])
        asked(BOOK, AnswerCode.BOOKED, patient_name=f"Patient {number}", parent_phone=f"+9197{number:08d}")
        searched = _timed(laps[on.store, SEARCH], lambda: clinic.alternatives(on.engine))
        assert len(searched) == 3


def _timed(lap: list[float], call: Callable[[], Any]) -> Any:
    begun = perf_counter()
    result = call()
    lap.append((perf_counter() - begun) * 1e6)
    return result


def _show(found: Sequence[Taken]) -> None:
    titles = ("store", "what", "p50", "p99", "p99 of a turn", "times")
    rows = [
        (row["store"], row["what"], written(row["p50_us"]), written(row["p99_us"]), f"{row['share']:.2%}", row["times"])
        for row in (each.row for each in found)
    ]
    print_table(titles, [[str(cell) for cell in row] for row in rows])
    print(f"\nA turn is {TURN_MS:,} ms: what a caller takes for a pause.")
    print(f"G10: alternatives in {MEMORY_US} µs in memory, {DATABASE_US} µs in the one query of a database.")


if __name__ == "__main__":
    main()
