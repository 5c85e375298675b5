"""A figure is what several rounds of the same work took, as a median and as the best of them, in microseconds.

Nothing here asserts a time: figures are read side by side, in one run.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

FSYNC_LIMIT_MS = 0.5
"""Above this a machine is busy with something else, and figures of durable writes say little."""


class Figure(NamedTuple):
    """What one operation took, over ``rounds`` rounds of ``operations`` operations."""

    job: str
    case: str
    size: int
    median_us: float
    best_us: float
    rounds: int
    operations: int
    note: str = ""


def figure(job: str, case: str, size: int, rounds_us: Sequence[float], operations: int, note: str = "") -> Figure:
    """The figure of rounds, each given in microseconds an operation."""
    return Figure(job, case, size, statistics.median(rounds_us), min(rounds_us), len(rounds_us), operations, note)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    return ordered[math.ceil(share * len(ordered)) - 1]


def fsync_ms(directory: Path, times: int = 50) -> float:
    """The median milliseconds that one small durable write takes in a directory."""
    taken = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(times):
            begun = perf_counter()
            file.write(b"x" * 4_096)
            file.flush()
            os.fsync(file.fileno())
            taken.append((perf_counter() - begun) * 1_000)
    return statistics.median(taken)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def written(microseconds: float) -> str:
    """A duration as a person reads it."""
    if microseconds < 1_000:
        return f"{microseconds:.1f} µs"
    if microseconds < 1_000_000:
        return f"{microseconds / 1_000:.1f} ms"
    return f"{microseconds / 1_000_000:.1f} s"


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in Markdown, aligned: the first two columns to the left, the others to the right but for the last."""
    lines = [list(titles), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    left = {0, 1, len(titles) - 1}
    for number, line in enumerate(lines):
        cells = [f"{cell:{'<' if at in left else '>'}{widths[at]}}" for at, cell in enumerate(line)]
        print(f"| {' | '.join(cells)} |")
        if number == 0:
            rules = ["-" * width if at in left else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
            print(f"| {' | '.join(rules)} |")


def save(path: Path, content: dict[str, Any]) -> None:
    """Write a run down as JSON."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def progress(text: str) -> None:
    """Say what is being measured, on standard error: the table stays clean."""
    print(text, file=sys.stderr, flush=True)
