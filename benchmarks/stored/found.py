"""What is found is kept by round, and read as the median of the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from measuring import percentile

LOAD, ONE_CALLER, GROWTH = "load", "one caller", "growth"
"""The parts of J1: side by side with the baselines, side by side with django-appointment, and by what grows."""
HOT, SPREAD = "hot", "spread"
REFERENCE, DOCTOR = "reference", "reference and doctor"
PGBENCH, SINGLE = "pgbench", "single commits"
LOOP, THREADS, PROCESSES = "event loop", "threads", "event loops in 2 processes"
NORMAL = "threads, synchronous NORMAL"
AFTER_A_BOOKING, UNCHANGED = "after a booking", "unchanged"


class Key(NamedTuple):
    """What was measured. ``size`` is of what the case names in growth, and the existing appointments elsewhere."""

    part: str
    database: str
    case: str
    how: str
    callers: int
    size: int = 0


class Round(NamedTuple):
    """One run."""

    per_second: float
    p50_ms: float
    p99_ms: float
    bookings: int

    @classmethod
    def of(cls, seconds: float, taken_ms: Sequence[float]) -> Round:
        """The round in which bookings took so long each, and all of them so many seconds."""
        ordered = sorted(taken_ms)
        return cls(len(ordered) / seconds, percentile(ordered, 0.50), percentile(ordered, 0.99), len(ordered))


class Rate(NamedTuple):
    """The medians of the rounds, and how many bookings they had in all."""

    part: str
    database: str
    case: str
    how: str
    callers: int
    size: int
    rounds: int
    per_second: float
    p50_ms: float
    p99_ms: float
    bookings: int

    @property
    def us_a_booking(self) -> float:
        """Microseconds of one booking, by one caller."""
        return 1e6 * self.callers / self.per_second


class Page(NamedTuple):
    """J2: what thirty days of availability took, and the most queries that one page needed."""

    database: str
    case: str
    size: int
    rounds: int
    pages: int
    median_us: float
    best_us: float
    queries: int


class Other(NamedTuple):
    """What another engine took for one job in one database; ``note`` also says why there is no figure."""

    engine: str
    database: str
    job: str
    size: int
    median_us: float | None
    note: str


class Found:
    """Everything that a run found."""

    def __init__(self) -> None:
        self._rounds: dict[Key, list[Round]] = {}
        self._laps: dict[tuple[str, str, int], list[tuple[list[float], int]]] = {}
        self.others: list[Other] = []
        self.fsync_ms: list[float] = []

    def add(self, key: Key, measured: Round) -> None:
        """One round of J1."""
        self._rounds.setdefault(key, []).append(measured)

    def add_pages(self, database: str, case: str, size: int, taken_us: list[float], queries: int) -> None:
        """One round of J2."""
        self._laps.setdefault((database, case, size), []).append((taken_us, queries))

    def rate(self, key: Key) -> Rate | None:
        """The medians; None for what was not measured."""
        rounds = self._rounds.get(key)
        if rounds is None:
            return None
        rates, middles, tails, bookings = zip(*rounds, strict=True)
        per_second, p50_ms, p99_ms = map(statistics.median, (rates, middles, tails))
        return Rate(*key, len(rounds), per_second, p50_ms, p99_ms, sum(bookings))

    def rates(self, part: str, database: str) -> Iterator[Rate]:
        """All of one part in one database, in the order in which they were first measured."""
        for key in self._rounds:
            rate = self.rate(key)
            if rate is not None and (key.part, key.database) == (part, database):
                yield rate

    def pages(self) -> Iterator[Page]:
        """All of J2."""
        for (database, case, size), laps in self._laps.items():
            medians = [statistics.median(taken) for taken, _ in laps]
            pages, queries = sum(len(taken) for taken, _ in laps), max(queries for _, queries in laps)
            yield Page(database, case, size, len(laps), pages, statistics.median(medians), min(medians), queries)

    def as_json(self) -> dict[str, object]:
        """Every figure, with the rounds of J1 that its medians come from."""
        rates = [self.rate(key) for key in self._rounds]
        return {
            "fsync_ms": self.fsync_ms,
            "bookings": [
                {**rate._asdict(), "each_round": [each._asdict() for each in rounds]}
                for rate, rounds in zip(rates, self._rounds.values(), strict=True)
                if rate is not None
            ],
            "pages": [page._asdict() for page in self.pages()],
            "others": [other._asdict() for other in self.others],
        }
