"""A goal is a ratio, or a time, that was set before it was measured; what was found says whether it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stored.found import (
    AFTER_A_BOOKING,
    DOCTOR,
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
    Other,
    Page,
    Rate,
)
from stored.places import POSTGRESQL, SQLITE

MISSED, REACHED, STRETCHED, UNKNOWN = "missed", "reached", "stretch reached", "not measured"


class Goal(NamedTuple):
    """``found`` must be at least ``least``, or at most where ``at_most`` says so; ``stretch`` is what is wanted."""

    name: str
    says: str
    found: float | None
    least: float
    stretch: float | None = None
    unit: str = "×"
    at_most: bool = False

    @property
    def verdict(self) -> str:
        """How it went."""
        if self.found is None:
            return UNKNOWN
        if self.stretch is not None and self._meets(self.found, self.stretch):
            return STRETCHED
        return REACHED if self._meets(self.found, self.least) else MISSED

    def _meets(self, found: float, bound: float) -> bool:
        return found <= bound if self.at_most else found >= bound


def goals(found: Found) -> list[Goal]:
    """All of them, in order."""
    return [*_under_load(found), *_of_one_caller(found), *_on_sqlite(found), *_of_pages(found)]


# --- G1 to G3: many callers on PostgreSQL ---------------------------------------------------------------------------


def _under_load(found: Found) -> Iterator[Goal]:
    for how, aside in ((LOOP, ""), (PROCESSES, f", {PROCESSES}")):
        yield Goal("G1", f"hot, 128 callers / best pgbench{aside}", against_best(found, HOT, how, 128), 5, 8)
        yield Goal("G1", f"p99 of pgbench, 32 clients / ours, hot, 128 callers{aside}", _p99(found, how), 5)
        yield Goal("G2", f"spread, 128 callers / best pgbench{aside}", against_best(found, SPREAD, how, 128), 1.4, 2)
        yield Goal("G3", f"hot, 32 callers / best pgbench{aside}", against_best(found, HOT, how, 32), 4, 6.5)
        yield Goal("G3", f"spread, 32 callers / best pgbench{aside}", against_best(found, SPREAD, how, 32), 1.2, 1.6)


def best_pgbench(found: Found, case: str) -> Rate | None:
    """The number of clients with which pgbench books most."""
    rates = [each for each in found.rates(LOAD, POSTGRESQL) if (each.case, each.how) == (case, PGBENCH)]
    return max(rates, key=lambda each: each.per_second, default=None)


def against_best(found: Found, case: str, how: str, callers: int) -> float | None:
    """Ours against the best of pgbench."""
    ours = found.rate(Key(LOAD, POSTGRESQL, case, how, callers))
    return _more(ours, best_pgbench(found, case))


def _p99(found: Found, how: str) -> float | None:
    ours = found.rate(Key(LOAD, POSTGRESQL, HOT, how, 128))
    theirs = found.rate(Key(LOAD, POSTGRESQL, HOT, PGBENCH, 32))
    return theirs.p99_ms / ours.p99_ms if ours and theirs else None


def _more(ours: Rate | None, theirs: Rate | None) -> float | None:
    return ours.per_second / theirs.per_second if ours and theirs else None


# --- G4: one caller on PostgreSQL -----------------------------------------------------------------------------------


def _of_one_caller(found: Found) -> Iterator[Goal]:
    for case in (HOT, SPREAD):
        for how in (THREADS, LOOP):
            ours = found.rate(Key(LOAD, POSTGRESQL, case, how, 1))
            theirs = found.rate(Key(LOAD, POSTGRESQL, case, PGBENCH, 1))
            named = "one thread" if how == THREADS else how
            yield Goal("G4", f"{case}, one caller, {named} / pgbench, one client", _more(ours, theirs), 0.5, 0.75)
    for case in (REFERENCE, DOCTOR):
        yield Goal("G4", _faster(case), _times_django(found, POSTGRESQL, THREADS, case), 5, 10)


def _faster(case: str) -> str:
    return f"django-appointment / ours, one booking with {case}"


def _times_django(found: Found, database: str, how: str, case: str) -> float | None:
    """How many of our bookings go into one of theirs, with the most appointments that both were measured with."""
    theirs = largest(found, database, "J1")
    if theirs is None or theirs.median_us is None:
        return None
    ours = found.rate(Key(ONE_CALLER, database, case, how, 1, theirs.size))
    return theirs.median_us / (ours.p50_ms * 1_000) if ours else None


def largest(found: Found, database: str, job: str) -> Other | None:
    """The figure of django-appointment with the most appointments."""
    there = [
        each for each in found.others if (each.database, each.job) == (database, job) and each.median_us is not None
    ]
    return max(there, key=lambda each: each.size, default=None)


# --- G6: SQLite -----------------------------------------------------------------------------------------------------


def _on_sqlite(found: Found) -> Iterator[Goal]:
    for case in (HOT, SPREAD):
        ours = found.rate(Key(LOAD, SQLITE, case, THREADS, 32))
        theirs = found.rate(Key(LOAD, SQLITE, case, SINGLE, 1))
        yield Goal("G6", f"{case}, 32 threads, FULL / single commits", _more(ours, theirs), 3, 4)
    for case in (REFERENCE, DOCTOR):
        yield Goal("G6", f"{_faster(case)}, NORMAL", _times_django(found, SQLITE, NORMAL, case), 8, 15)


# --- G9: pages ------------------------------------------------------------------------------------------------------


def _of_pages(found: Found) -> Iterator[Goal]:
    for database, ms, stretch_ms in ((SQLITE, 0.6, 0.3), (POSTGRESQL, 0.8, 0.45)):
        page = _largest_page(found, database)
        size = f"{page.size:,}" if page else "100,000"
        taken, queries = (page.median_us / 1_000, page.queries) if page else (None, None)
        yield Goal("G9", f"{database}, queries of a page", queries, 1, unit="", at_most=True)
        yield Goal("G9", f"{database}, a page at {size}", taken, ms, stretch_ms, " ms", at_most=True)
        theirs = largest(found, database, "J2")
        same = theirs is not None and page is not None and theirs.size == page.size
        times = theirs.median_us / page.median_us if same and theirs and page and theirs.median_us else None
        yield Goal("G9", f"{database}, django-appointment / ours, a page at {size}", times, 400)


def _largest_page(found: Found, database: str) -> Page | None:
    there = [page for page in found.pages() if (page.database, page.case) == (database, AFTER_A_BOOKING)]
    return max(there, key=lambda page: page.size, default=None)
