"""A driver measures one other engine at one size and writes each figure down as soon as it has it.

It runs where that engine is installed and ours is not: the standard library and the workload are all it shares.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple


class Asked(NamedTuple):
    """What a driver is to do: ``seconds`` is what one round of one job may take, ``directory`` where it may write.

    ``database`` is the address of an empty database, for an engine that has a choice; empty for its default.
    """

    size: int
    rounds: int
    seconds: float
    directory: Path
    answer: Path
    database: str = ""


def asked() -> Asked:
    """The command line of a driver."""
    options = argparse.ArgumentParser()
    options.add_argument("--size", type=int, required=True)
    options.add_argument("--rounds", type=int, required=True)
    options.add_argument("--seconds", type=float, required=True)
    options.add_argument("--directory", type=Path, required=True)
    options.add_argument("--answer", type=Path, required=True)
    options.add_argument("--database", default="")
    return Asked(**vars(options.parse_args()))


def report(to: Asked, job: str, rounds_us: list[float], operations: int, note: str = "") -> None:
    """Append one figure to the answer."""
    line = {
        "job": job,
        "median_us": statistics.median(rounds_us),
        "best_us": min(rounds_us),
        "rounds": len(rounds_us),
        "operations": operations,
        "note": note,
    }
    with to.answer.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def timed(work: Callable[[], object], operations: int, seconds: float) -> list[float]:
    """Microseconds of each operation; fewer than asked for, but at least one, when the seconds are over."""
    taken: list[float] = []
    ends = perf_counter() + seconds
    while len(taken) < operations and (not taken or perf_counter() < ends):
        begun = perf_counter()
        work()
        taken.append((perf_counter() - begun) * 1e6)
    return taken
