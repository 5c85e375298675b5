"""The machine's timezone, locale and hash seed change no answer (Inv18)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HOSTS = (
    {"TZ": "UTC", "PYTHONHASHSEED": "0", "LC_ALL": "C"},
    {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"},
    {"TZ": "America/New_York", "PYTHONHASHSEED": "77", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
    {"TZ": "Etc/GMT+12", "PYTHONHASHSEED": "4242", "LC_ALL": "POSIX", "LANG": "de_DE.ISO-8859-1"},
)


def printed_on(host: dict[str, str]) -> str:
    command = [sys.executable, "-m", "properties.scenario"]
    tests = Path(__file__).parents[1]
    run = subprocess.run(  # noqa: S603 (our own module)
        command, cwd=tests, env={**os.environ, **host}, capture_output=True, text=True, check=True, timeout=60
    )
    return run.stdout


def test_inv18_every_host_prints_the_same() -> None:
    first, *others = (printed_on(host) for host in HOSTS)
    assert len(first) > 10_000
    for part in ("Booked", "Updated", "Overridden", "AppointmentBooked", "SLOT_FULL", "NO_WINDOW", "VALIDATION_ERROR"):
        assert part in first
    assert others == [first] * len(others)
