"""Measure our engine and others side by side, in one run, on the same requests.

``python benchmarks/compare.py [--sizes 1000 10000 100000] [--limit 240] [--cache DIRECTORY] [--json FILE]``

The other engines are installed on the first run, into an environment of their own under ``--cache``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import jobs
from measuring import FSYNC_LIMIT_MS, Figure, fsync_ms, machine, print_table, progress, save, written
from memory import SIZES
from others import engines
from others.engines import Cell, Limits

OURS = {"J1": "reference and doctor", "J2": "cold"}
"""The case of ours that each job of the others is held against: the one with the most work."""
OTHERS: Mapping[str, Callable[[Path, int, Limits], Cell]] = {
    "slotify-scheduling": partial(engines.in_python, "slotify_scheduling"),
    "django-appointment": partial(engines.in_python, "django_appointment"),
    "cal.com": engines.calcom,
}
ABSENT = {("J1", "cal.com")}
"""What an engine cannot do without its database."""


def main() -> None:
    chosen = _options().parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    limits = Limits(chosen.limit, chosen.rounds)
    ours: list[Figure] = []
    cells: list[Cell] = []
    probes = [fsync_ms(chosen.cache)]
    for size in chosen.sizes:
        ours += jobs.measured([size], [OURS["J1"]], chosen.rounds)
        for name in chosen.engines:
            progress(f"{name}, {size:,} appointments")
            cells.append(OTHERS[name](chosen.cache, size, limits))
        probes.append(fsync_ms(chosen.cache))
    host = machine()
    print("; ".join(f"{name}: {value}" for name, value in host.items()))
    print_probe(probes)
    print_cells(ours, cells)
    if chosen.json is not None:
        figures = [each._asdict() for each in [*ours, *(figure for cell in cells for figure in cell.figures)]]
        missing = {f"{cell.engine}, {cell.size}": cell.missing for cell in cells if cell.missing}
        save(chosen.json, {"machine": host, "fsync_ms": probes, "figures": figures, "missing": missing})


def print_probe(probes: list[float]) -> None:
    """What a durable write costs, before the run and after each size."""
    busy = max(probes) > FSYNC_LIMIT_MS
    print(
        f"fsync: {', '.join(f'{each:.2f} ms' for each in probes)}"
        + (f": ABOVE {FSYNC_LIMIT_MS} ms, figures of engines that write to disk say little" if busy else "")
        + "\n"
    )


def print_cells(ours: list[Figure], cells: list[Cell]) -> None:
    """One line for each job, engine and size, with how many of ours go into one of theirs."""
    by_key = {(each.job, each.case, each.size): each for each in ours}
    rows = [
        [job, cell.engine, f"{cell.size:,}", *_against(by_key[job, OURS[job], cell.size], cell)]
        for job in engines.JOBS
        for cell in sorted(cells, key=lambda cell: cell.engine)
        if (job, cell.engine) not in ABSENT
    ]
    print_table(["job", "engine", "appointments", "median", "ours", "theirs / ours", "remarks"], rows)
    print(f"\nOurs: J1 {OURS['J1']}, J2 {OURS['J2']}. Our pages when something is remembered:\n")
    warm = [each for each in ours if each.job == "J2" and each.case != OURS["J2"]]
    print_table(["job", "case", "appointments", "median"], [_warm(each) for each in warm])


def _against(reference: Figure, cell: Cell) -> list[str]:
    theirs = next((each for each in cell.figures if each.job == reference.job), None)
    own = written(reference.median_us)
    if theirs is None:
        return ["–", own, "–", cell.missing]
    times = theirs.median_us / reference.median_us
    remarks = (f"{theirs.rounds} × {theirs.operations:,}", theirs.note)
    return [written(theirs.median_us), own, f"{times:,.0f}×", "; ".join(each for each in remarks if each)]


def _warm(each: Figure) -> list[str]:
    return [each.job, each.case, f"{each.size:,}", written(each.median_us)]


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="existing appointments")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--limit", type=float, default=240, help="seconds that one engine at one size may take")
    options.add_argument("--engines", nargs="+", choices=list(OTHERS), default=list(OTHERS))
    options.add_argument("--json", type=Path, metavar="FILE", help="write the run down as JSON")
    options.add_argument(
        "--cache",
        type=Path,
        metavar="DIRECTORY",
        default=Path(tempfile.gettempdir()) / "booking-engine-benchmarks",
        help="where the others are installed and write their databases, on a real disk (default: %(default)s)",
    )
    return options


if __name__ == "__main__":
    main()
