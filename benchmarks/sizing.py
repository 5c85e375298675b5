"""How much a machine does: a sizing table computed from a run of ``databases.py``.

``python benchmarks/sizing.py RUN.json`` prints it as the page on operating shows it. Two assumptions turn bookings a
second into clinics: the busiest hour of a day has a fifth of its bookings, and half of what was measured is kept free.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from measuring import print_table
from stored.found import HOT, LOAD, LOOP, SPREAD, THREADS
from stored.places import POSTGRESQL, SQLITE

BUSIEST_HOUR = 1 / 5
"""The share of a day's bookings that comes in one hour."""
KEPT_FREE = 1 / 2
BOOKINGS_A_DAY = (50, 500)
"""Of a small clinic, and of a large one."""
_WAYS = ((SQLITE, THREADS), (POSTGRESQL, THREADS), (POSTGRESQL, LOOP))
_CASES = {SPREAD: "many windows", HOT: "one window"}


def rows(run: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """One row for each database, way to call, case and number of callers that was measured under load."""
    for database, how in _WAYS:
        for found in run["bookings"]:
            if (found["part"], found["database"], found["how"]) != (LOAD, database, how):
                continue
            yield [
                database,
                how,
                _CASES[found["case"]],
                str(found["callers"]),
                f"{found['per_second']:,.0f}",
                f"{found['p99_ms']:.0f} ms",
                *(f"{clinics(found['per_second'], bookings):,}" for bookings in BOOKINGS_A_DAY),
            ]


def clinics(per_second: float, bookings_a_day: int) -> int:
    """How many clinics of that size are served in their busiest hour, rounded down to two digits."""
    number = int(per_second * (1 - KEPT_FREE) * 3_600 / (bookings_a_day * BUSIEST_HOUR))
    digits: int = 10 ** max(0, len(str(number)) - 2)
    return number // digits * digits


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("run", type=Path, metavar="RUN.json")
    run = json.loads(options.parse_args().run.read_text(encoding="utf-8"))
    sizes = [f"clinics of {number} a day" for number in BOOKINGS_A_DAY]
    print_table(["database", "callers are", "bookings go to", "callers", "bookings/s", "p99", *sizes], list(rows(run)))


if __name__ == "__main__":
    main()
