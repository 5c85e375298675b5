"""Say how many mutants the tests killed, and fail below 95 in a hundred."""

import json
import sys
from pathlib import Path

KILLED_MIN = 0.95


def main(path: str) -> None:
    """Read the statistics of a run."""
    stats = json.loads(Path(path).read_text(encoding="utf-8"))
    killed, total = stats["killed"] + stats["timeout"], stats["total"] - stats["skipped"]
    print(f"mutants: {killed:,} of {total:,} killed, {killed / total:.1%}; at least {KILLED_MIN:.0%} must be")
    sys.exit(0 if killed >= KILLED_MIN * total else 1)


main(sys.argv[1])
