"""An fsync probe is what one durable write costs in a folder: the floor under a commit that waits for the disk.

``python benchmarks/others/fsync_probe.py [FOLDER]``
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path
from time import perf_counter

TIMES = 200
BLOCK = b"\0" * 8_192
"""As much as PostgreSQL writes at least, at a place that the file already has, as it does in its log."""


def probe_ms(folder: Path, times: int = TIMES) -> float:
    """The median milliseconds of a write and ``fdatasync``."""
    sync = getattr(os, "fdatasync", os.fsync)  # some systems know the whole one alone
    taken = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(BLOCK)
        os.fsync(file.fileno())
        for _ in range(times):
            begun = perf_counter()
            file.seek(0)
            file.write(BLOCK)
            sync(file.fileno())
            taken.append((perf_counter() - begun) * 1_000)
    return statistics.median(taken)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?", default=Path(tempfile.gettempdir()))
    print(f"{probe_ms(options.parse_args().folder):.3f} ms")


if __name__ == "__main__":
    main()
