"""Measure our engine in SQLite and PostgreSQL, side by side with the least that they can do and with another engine.

``python benchmarks/databases.py [--quick] [--rounds 3] [--seconds 3] [--parts load growth …] [--databases …]
[--cache DIRECTORY] [--json FILE] [--plot FILE.svg]``

The machine should have nothing else to do. django-appointment is installed on the first run, under ``--cache``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import plotting
from measuring import machine, progress, save
from others import engines, pgbench
from others.fsync_probe import probe_ms
from stored import paging
from stored.booking import Jobs
from stored.found import LOOP, PROCESSES, THREADS, Found, Other
from stored.goals import goals
from stored.places import POSTGRESQL, SQLITE, OnPostgres, OnSqlite, Place
from stored.planting import plant
from stored.printing import print_found, print_goals, print_probe
from stored.scale import Scale

from booking_engine.testing.postgres import PostgresServer
from booking_engine.testing.postgres_programs import VARIABLE

DATABASES = (POSTGRESQL, SQLITE)
PARTS = ("load", "one-caller", "growth", "pages", "others")
FULL = Scale(
    rounds=3,
    seconds=3,
    clients=pgbench.CLIENTS,
    callers={
        POSTGRESQL: {LOOP: (1, 8, 32, 128), THREADS: (1, 8, 32), PROCESSES: (8, 32, 128)},
        SQLITE: {THREADS: (1, 8, 32), LOOP: (32,)},
    },
    growing_callers=(1, 32),
    sizes=(1_000, 10_000, 100_000),
    windows=(5, 50, 500),
    organisations=(1, 100, 1_000),
    pages=100,
)
QUICK = Scale(
    rounds=1,
    seconds=1,
    clients=(1, 8),
    callers={POSTGRESQL: {LOOP: (1, 8), THREADS: (1, 8), PROCESSES: (8,)}, SQLITE: {THREADS: (1, 8), LOOP: (8,)}},
    growing_callers=(1, 8),
    sizes=(100, 1_000),
    windows=(5, 50),
    organisations=(1, 10),
    pages=5,
)
"""As little as shows that everything runs; its figures say nothing."""


def main() -> None:
    chosen = _options().parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    scale, found = _scale(chosen), Found()
    found.fsync_ms.append(probe_ms(chosen.cache))
    print_probe(found.fsync_ms)
    finished = False
    try:
        with ExitStack() as stack:
            places = [stack.enter_context(_place(name, chosen)) for name in chosen.databases]
            _measure(places, scale, chosen, found)
        finished = True
    finally:  # what was found until somebody stopped the run, or a proof failed, is told too
        _tell(found, chosen, finished=finished)


def _tell(found: Found, chosen: argparse.Namespace, *, finished: bool) -> None:
    """Print what was found, write it down and draw it."""
    host, reached = machine(), goals(found)
    print("; ".join(f"{name}: {value}" for name, value in host.items()))
    print_probe(found.fsync_ms)
    print_found(found)
    print_goals(reached)
    if not finished:
        print("STOPPED before the end: these are the figures so far")
    verdicts = [{**each._asdict(), "verdict": each.verdict} for each in reached]
    run = {"machine": host, "finished": finished, **found.as_json(), "goals": verdicts}
    if chosen.json is not None:
        save(chosen.json, run)
    panels = plotting.panels_of(run)
    if chosen.plot is not None and panels:
        chosen.plot.write_text(plotting.plot(panels), encoding="utf-8")


def _measure(places: list[Place], scale: Scale, chosen: argparse.Namespace, found: Found) -> None:
    """Every round goes through everything, so that what slows the machine meets all of it."""
    jobs = Jobs(scale, found)
    plant(places, scale, growth="growth" in chosen.parts)
    for number in range(1, scale.rounds + 1):
        progress(f"round {number} of {scale.rounds}")
        for place in places:
            _measure_round(jobs, place, scale, chosen.parts, found)
        if number == 1 and "others" in chosen.parts:  # its own rounds come in one go, for it is slow to fill
            _measure_others(places, scale, chosen, found)
        found.fsync_ms.append(probe_ms(chosen.cache))


def _measure_round(jobs: Jobs, place: Place, scale: Scale, parts: list[str], found: Found) -> None:
    if "load" in parts:
        match place:
            case OnPostgres():
                jobs.load_postgres(place)
            case OnSqlite():
                jobs.load_sqlite(place)
    if "one-caller" in parts:
        jobs.one_caller(place)
    if "growth" in parts:
        jobs.growth(place)
    if "pages" in parts:
        for size in scale.sizes:
            paging.show(place, size, scale.pages, found)


def _measure_others(places: list[Place], scale: Scale, chosen: argparse.Namespace, found: Found) -> None:
    """django-appointment in the same databases, as many rounds as ours."""
    limits = engines.Limits(chosen.limit, scale.rounds)
    for place in places:
        for size in scale.sizes:
            progress(f"{place.name}, django-appointment, {size:,} appointments")
            with place.empty() as url:
                cell = engines.in_python("django_appointment", chosen.cache, size, limits, database=url)
            measured = {figure.job: figure for figure in cell.figures}
            for job in engines.JOBS:
                figure = measured.get(job)
                median, note = (figure.median_us, figure.note) if figure else (None, cell.missing)
                found.others.append(Other("django-appointment", place.name, job, size, median, note))


@contextmanager
def _place(name: str, chosen: argparse.Namespace) -> Iterator[Place]:
    """Where one of the databases is made, and everything in it removed in the end."""
    if name == POSTGRESQL:
        with PostgresServer(pgbench.SERVER_SETTINGS, directory=chosen.cache, choice=chosen.choice) as server:
            pgbench.require(server)
            yield OnPostgres(server)
    else:
        with tempfile.TemporaryDirectory(dir=chosen.cache) as folder:
            yield OnSqlite(Path(folder))


def _scale(chosen: argparse.Namespace) -> Scale:
    scale = QUICK if chosen.quick else FULL
    return scale._replace(
        rounds=chosen.rounds or scale.rounds,
        seconds=chosen.seconds or scale.seconds,
        sizes=tuple(chosen.sizes or scale.sizes),
        callers={name: _those(ways, chosen.callers) for name, ways in scale.callers.items()},
    )


def _those(ways: Mapping[str, tuple[int, ...]], callers: list[int] | None) -> Mapping[str, tuple[int, ...]]:
    """The numbers of callers that were chosen; all when none was."""
    return {how: tuple(each for each in numbers if not callers or each in callers) for how, numbers in ways.items()}


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="a few minutes that show that everything runs")
    options.add_argument("--rounds", type=int, help=f"default: {FULL.rounds}")
    options.add_argument("--seconds", type=int, help=f"what one run of J1 takes, default: {FULL.seconds}")
    options.add_argument("--sizes", type=int, nargs="+", help=f"existing appointments, default: {FULL.sizes}")
    options.add_argument(
        "--callers", type=int, nargs="+", help="ours beside the baselines, default: all numbers of them"
    )
    options.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    options.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    options.add_argument("--limit", type=float, default=240, help="seconds that another engine at one size may take")
    options.add_argument("--choice", help=f"which PostgreSQL; goes before {VARIABLE}")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the run down as JSON")
    options.add_argument("--plot", type=Path, metavar="FILE", help="draw J1 on PostgreSQL as SVG")
    options.add_argument(
        "--cache",
        type=Path,
        metavar="DIRECTORY",
        default=Path(tempfile.gettempdir()) / "booking-engine-benchmarks",
        help="where the databases lie and the other engine is installed, on a real disk (default: %(default)s)",
    )
    return options


if __name__ == "__main__":
    main()
