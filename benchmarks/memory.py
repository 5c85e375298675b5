"""Measure our engine in memory as appointments grow: J1, one booking, J2, thirty days of rows, J3, alternatives.

``python benchmarks/memory.py [--sizes 1000 10000 100000] [--rounds 3] [--clock cpu] [--json FILE]``
"""

from __future__ import annotations

import argparse
import time
import timeit
from pathlib import Path

import attrs
import clinic
import jobs
from measuring import Figure, machine, print_table, save, written

SIZES = (1_000, 10_000, 100_000)
TIMERS = {"wall": time.perf_counter, "cpu": time.process_time}
"""The processor's time leaves out what a busy machine gave to others; in memory nothing else is waited for."""


def main() -> None:
    chosen = _options().parse_args()
    records = [record_ns()]
    figures = jobs.measured(chosen.sizes, list(clinic.CASES), chosen.rounds, timer=TIMERS[chosen.clock])
    records.append(record_ns())
    host = machine() | {
        "clock": chosen.clock,
        "a record of 15 fields": " to ".join(f"{each:.0f} ns" for each in records),
    }
    print("; ".join(f"{name}: {value}" for name, value in host.items()) + "\n")
    print_figures(figures)
    if chosen.json is not None:
        growth = {" ".join(key): value for key, value in growth_of(figures).items()}
        save(chosen.json, {"machine": host, "figures": [each._asdict() for each in figures], "growth": growth})


def print_figures(figures: list[Figure]) -> None:
    """One line a case, one column a size: the median of the rounds, and the best of them."""
    sizes = sorted({each.size for each in figures})
    by_key = {(each.job, each.case, each.size): each for each in figures}
    rows = []
    for (job, case), growth in sorted(growth_of(figures).items()):
        cells = [by_key[job, case, size] for size in sizes]
        values = [f"{written(each.median_us)} ({written(each.best_us)})" for each in cells]
        remarks = [f"{cells[0].rounds} × {cells[0].operations:,}", cells[-1].note]
        rows.append([job, case, *values, f"{growth:.2f}×", ", ".join(each for each in remarks if each)])
    print_table(["job", "case", *[f"{size:,}" for size in sizes], "growth", "rounds × operations"], rows)


def growth_of(figures: list[Figure]) -> dict[tuple[str, str], float]:
    """What each job costs with the most appointments against the fewest, by the medians."""
    medians: dict[tuple[str, str], dict[int, float]] = {}
    for each in figures:
        medians.setdefault((each.job, each.case), {})[each.size] = each.median_us
    return {key: by_size[max(by_size)] / by_size[min(by_size)] for key, by_size in medians.items()}


def record_ns() -> float:
    """Nanoseconds of one frozen record of 15 fields: a yardstick, since interpreters of one version differ twofold."""
    names = [f"field_{number}" for number in range(15)]
    record = attrs.make_class("Record", names, frozen=True, slots=True)
    laps = timeit.repeat(lambda: record(*names), number=10_000, repeat=7)
    return min(laps) / 10_000 * 1e9


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="existing appointments")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--clock", choices=list(TIMERS), default="wall")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the run down as JSON")
    return options


if __name__ == "__main__":
    main()
