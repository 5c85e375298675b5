"""J1 in a database: bookings by callers in a fresh copy of a seed, and the proof afterwards that each is there."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import TypeAlias

from measuring import progress
from others import pgbench, sqlite_single

from booking_engine import AppointmentsQuery, BookingEngine
from booking_engine.adapters.sql import SqlStore, open_engine
from stored import callers
from stored.arrivals import Scattered, WithDoctors, starts
from stored.callers import Asked, Lap
from stored.found import (
    DOCTOR,
    GROWTH,
    HOT,
    LOAD,
    LOOP,
    NORMAL,
    ONE_CALLER,
    PGBENCH,
    PROCESSES,
    REFERENCE,
    SINGLE,
    SPREAD,
    THREADS,
    Found,
    Key,
    Round,
)
from stored.places import POSTGRESQL, SQLITE, OnPostgres, OnSqlite, Place, name_in
from stored.scale import APPOINTMENTS, ORGANISATION_SIZE, ORGANISATIONS, WINDOWS, Scale, org_ids, seed_name

Work: TypeAlias = Callable[[str, Asked], Lap]
WORK: Mapping[str, Work] = {
    LOOP: callers.in_loop,
    THREADS: callers.in_threads,
    NORMAL: callers.in_threads,
    PROCESSES: callers.in_processes,
}
_ORGANISATIONS_BOOKED_MAX = 20
_MONDAY = (0,)


class Jobs:
    """J1 with one scale, into one record of what was found."""

    def __init__(self, scale: Scale, found: Found) -> None:
        self._scale, self._found = scale, found

    # --- Side by side with the baselines ----------------------------------------------------------------------------

    def load_postgres(self, place: OnPostgres) -> None:
        """One round: pgbench and ours in turn, with the same number of callers."""
        ours = self._scale.callers[POSTGRESQL]
        for case in (HOT, SPREAD):
            for number in sorted({*self._scale.clients, *(each for numbers in ours.values() for each in numbers)}):
                if number in self._scale.clients:
                    self._pgbench(place, case, number)
                self._load(place, case, number, [how for how, numbers in ours.items() if number in numbers])

    def _pgbench(self, place: OnPostgres, case: str, number: int) -> None:
        progress(f"{place.name}, {case}, {PGBENCH}, {number} clients")
        with place.empty() as url:
            found = pgbench.run(place.server, name_in(url), case, number, self._scale.seconds)
        measured = Round(found.per_second, found.p50_ms, found.p99_ms, found.bookings)
        self._found.add(Key(LOAD, place.name, case, PGBENCH, number), measured)

    def load_sqlite(self, place: OnSqlite) -> None:
        """One round: single commits, and ours with each number of callers."""
        ours = self._scale.callers[SQLITE]
        for case in (HOT, SPREAD):
            progress(f"{place.name}, {case}, {SINGLE}")
            with place.file() as file:
                measured = Round.of(*sqlite_single.run(file, case, self._scale.seconds))
            self._found.add(Key(LOAD, place.name, case, SINGLE, 1), measured)
            for number in sorted({each for numbers in ours.values() for each in numbers}):
                self._load(place, case, number, [how for how, numbers in ours.items() if number in numbers])

    def _load(self, place: Place, case: str, number: int, ways: list[str]) -> None:
        chosen = starts()[:1] if case == HOT else starts()
        for how in ways:
            asked = Asked(Scattered(chosen), number, self._scale.seconds)
            self._book(place, Key(LOAD, place.name, case, how, number), seed_name(APPOINTMENTS, 0), 0, asked)

    # --- One caller, and growth -------------------------------------------------------------------------------------

    def one_caller(self, place: Place) -> None:
        """One round of what django-appointment is held against. On SQLite nothing waits for the disk."""
        how = NORMAL if place.name == SQLITE else THREADS
        for size in self._scale.sizes:
            for case, arrivals in ((REFERENCE, Scattered(starts())), (DOCTOR, WithDoctors(size))):
                asked = Asked(arrivals, 1, self._scale.seconds, normal=how == NORMAL)
                key = Key(ONE_CALLER, place.name, case, how, 1, size)
                self._book(place, key, seed_name(APPOINTMENTS, size), size, asked)

    def growth(self, place: Place) -> None:
        """One round of J1 as appointments, windows and organisations grow, by one caller and by many."""
        everywhere = Scattered(starts())
        for number in self._scale.sizes:
            self._grown(place, APPOINTMENTS, number, number, Asked(everywhere, 1, self._scale.seconds))
        # The first five windows are those of Monday: they are booked, whatever else the catalog holds.
        mondays = Scattered(starts(_MONDAY))
        for number in self._scale.windows:
            self._grown(place, WINDOWS, number, 0, Asked(mondays, 1, self._scale.seconds))
        for number in self._scale.organisations:
            every = max(1, number // _ORGANISATIONS_BOOKED_MAX)
            booked = tuple(org_ids(number)[::every])
            asked = Asked(everywhere, 1, self._scale.seconds, booked)
            self._grown(place, ORGANISATIONS, number, ORGANISATION_SIZE * len(booked), asked)

    def _grown(self, place: Place, what: str, number: int, existing: int, asked: Asked) -> None:
        for many in self._scale.growing_callers:
            how = THREADS if place.name == SQLITE or many == 1 else LOOP
            key = Key(GROWTH, place.name, what, how, many, number)
            self._book(place, key, seed_name(what, number), existing, asked._replace(callers=many))

    # --- One run ----------------------------------------------------------------------------------------------------

    def _book(self, place: Place, key: Key, seed: str, existing: int, asked: Asked) -> None:
        """One run, and the proof; ``existing`` are the appointments of the organisations that are booked in."""
        size = f", {key.size:,}" if key.size else ""
        progress(f"{place.name}, {key.part}, {key.case}{size}, {key.how}, {key.callers} callers")
        with place.copy(seed) as url:
            gc.collect()  # what the proof of the run before left is not collected while this one is timed
            lap = WORK[key.how](url, asked)
            prove(url, asked.org_ids, existing + lap.acknowledged)
        self._found.add(key, Round.of(lap.seconds, lap.taken_ms))


def prove(url: str, ids: tuple[str, ...], expected: int) -> None:
    """An ``AssertionError`` unless every ledger equals its recount, and what was acknowledged is there, no more."""
    database = open_engine(url)
    try:
        engines = [BookingEngine(SqlStore(database, org_id)) for org_id in ids]
        for engine in engines:
            assert engine.verify() == (), "the ledger differs from a recount"
        there = sum(engine.appointments(AppointmentsQuery(limit=1)).total for engine in engines)
    finally:
        database.dispose()
    assert there == expected, f"{there:,} appointments, {expected:,} acknowledged"
