"""The jobs are what is timed of our engine in memory: J1 books, J2 shows thirty days of rows, J3 finds alternatives."""

from __future__ import annotations

import gc
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TypeAlias

import clinic
import workload
from measuring import Figure, figure, progress

from booking_engine import BookingEngine, UpdateWindow
from booking_engine.adapters.memory import MemoryStore
from booking_engine.rules.alternatives import DAYS_AHEAD_MAX

BOOKINGS_A_ROUND = 30_000
"""More than a quarter of the largest clinic: so much must grow before Python makes a full collection, and a round that
is shorter would leave the largest part of the collector's cost out."""
PAGES_A_ROUND = 25
SEARCHES_A_ROUND = 2_000
AFTER_A_CHANGE = "after a change"
DATES_LOOKED_AT = DAYS_AHEAD_MAX + 1
Timer: TypeAlias = Callable[[], float]


def measured(
    sizes: Sequence[int],
    cases: Sequence[str],
    rounds: int,
    *,
    timer: Timer = perf_counter,
) -> list[Figure]:
    """All jobs at every size. A round goes through all sizes, so that what slows the machine meets each of them."""
    laps: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
    full_collections: Counter[tuple[str, str, int]] = Counter()
    for number in range(1, rounds + 1):
        for size in sizes:
            progress(f"ours, {size:,} appointments, round {number} of {rounds}")
            for case in cases:
                microseconds, full = book(size, case, BOOKINGS_A_ROUND, timer)
                laps["J1", case, size].append(microseconds)
                full_collections["J1", case, size] += full
            for case, microseconds in show(size, PAGES_A_ROUND, timer).items():
                laps["J2", case, size].append(microseconds)
            for case, microseconds in search(size, SEARCHES_A_ROUND, timer).items():
                laps["J3", case, size].append(microseconds)
    return [figure(*key, taken, _operations(*key), _note(full_collections[key])) for key, taken in laps.items()]


def _operations(job: str, case: str, _size: int) -> int:
    """How many of the job a round holds."""
    if job == "J3" and case.endswith(AFTER_A_CHANGE):
        return PAGES_A_ROUND
    return {"J1": BOOKINGS_A_ROUND, "J2": PAGES_A_ROUND, "J3": SEARCHES_A_ROUND}[job]


def _note(full_collections: int) -> str:
    return f"{full_collections} full collections" if full_collections else ""


def book(size: int, case: str, bookings: int, timer: Timer) -> tuple[float, int]:
    """J1: microseconds a booking, every rule, the command made in the timed region, the garbage collector on.

    A small clinic is made anew when it has doubled, so that a thousand stays about a thousand. The second number
    counts the full collections in the timed region.
    """
    seconds, collections, left = 0.0, 0, bookings
    while left:
        count = min(left, max(size, 1_000))
        lap, full = _timed_bookings(size, case, count, timer)
        seconds, collections, left = seconds + lap, collections + full, left - count
    return seconds / bookings * 1e6, collections


def _timed_bookings(size: int, case: str, count: int, timer: Timer) -> tuple[float, int]:
    """Seconds, and full collections, that ``count`` bookings take in a fresh clinic of ``size`` appointments."""
    engine, command = clinic.with_appointments(size, MemoryStore()), clinic.CASES[case]
    requests = [workload.request(number) for number in range(size, size + count)]
    gc.collect()
    full_before = gc.get_stats()[2]["collections"]
    begun = timer()
    for asked in requests:
        engine.book(command(asked))
    seconds = timer() - begun
    return seconds, gc.get_stats()[2]["collections"] - full_before


def show(size: int, pages: int, timer: Timer) -> dict[str, float]:
    """J2: microseconds a page of thirty days of five windows, in the four conditions that the caches can be in."""
    store = MemoryStore()
    engine = clinic.with_appointments(size, store)
    assert len(clinic.page(engine)) == clinic.PAGE_ROWS
    numbers = iter(range(size, workload.PLACES))
    first_window = next(iter(engine.catalog().windows))
    edits = iter(range(sys.maxsize))

    def unchanged() -> BookingEngine:
        return engine

    def booked() -> BookingEngine:
        """One booking on one day of the page."""
        asked = next(each for each in map(workload.request, numbers) if each.date <= workload.PAGE_LAST_DATE)
        engine.book(clinic.plain(asked))
        return engine

    def edited() -> BookingEngine:
        """A change of the setup makes a new catalog, that remembers nothing yet, and a new engine asks it."""
        engine.update_window(UpdateWindow(slot_id=first_window, ai_slots=workload.AI_SLOTS - next(edits) % 2))
        return BookingEngine(store, clock=clinic.clock)

    def cold() -> BookingEngine:
        """Nothing is remembered, the offsets of the time zone neither."""
        fresh = edited()
        forget()
        return fresh

    conditions = {"cold": cold, "after an edit": edited, "after a booking": booked, "unchanged": unchanged}
    return {case: _timed_pages(prepare, pages, timer) for case, prepare in conditions.items()}


def search(size: int, searches: int, timer: Timer) -> dict[str, float]:
    """J3: microseconds until the next three are found, and until there is nothing on any date that is looked at."""
    taken = {}
    for case, full_dates in (("window full", 1), ("all full", DATES_LOOKED_AT)):
        engine = clinic.with_full_windows(size, full_dates, MemoryStore())
        assert len(clinic.alternatives(engine)) == (3 if full_dates == 1 else 0)
        taken[case] = _timed_searches(engine, searches, timer)
        # One place is taken and given back between two looks: the counts of that date are new each time.
        taken[f"{case}, {AFTER_A_CHANGE}"] = _timed_after_changes(engine, PAGES_A_ROUND, timer)
    return taken


def _timed_searches(engine: BookingEngine, searches: int, timer: Timer) -> float:
    begun = timer()
    for _ in range(searches):
        clinic.alternatives(engine)
    return (timer() - begun) / searches * 1e6


def _timed_after_changes(engine: BookingEngine, searches: int, timer: Timer) -> float:
    """The median microseconds of a search right after a booking on the wished date was made and cancelled."""
    taken = []
    for number in range(searches):
        booked = engine.book(clinic.elsewhere_on_the_first_date(number)).appointment
        engine.cancel(booked.appointment_id)
        begun = timer()
        clinic.alternatives(engine)
        taken.append(timer() - begun)
    return statistics.median(taken) * 1e6


def _timed_pages(prepare: Callable[[], BookingEngine], pages: int, timer: Timer) -> float:
    """The median microseconds of a page, prepared anew each time."""
    taken = []
    for _ in range(pages):
        engine = prepare()
        begun = timer()
        rows = clinic.page(engine)
        taken.append(timer() - begun)
        assert len(rows) == clinic.PAGE_ROWS
    return statistics.median(taken) * 1e6


_PROCESS_WIDE = frozenset({"known_zones", "zone"})
"""What Python itself remembers too: the machine's time zone files are read once a process."""


def forget() -> None:
    """Empty every cache of a function in the library."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("booking_engine."):
            for attribute, value in vars(module).items():
                if attribute not in _PROCESS_WIDE and hasattr(value, "cache_clear"):
                    value.cache_clear()
