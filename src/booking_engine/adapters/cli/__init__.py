"""The ``booking-engine`` command (extra ``cli``): a demo, a replay of requests, and the care of a store."""

from __future__ import annotations

import importlib.util
import sys


def main() -> None:
    """Run the command line; click is looked for here, so that importing this package needs no extra."""
    if importlib.util.find_spec("click") is None:
        sys.stderr.write("booking-engine needs click: pip install 'booking-engine[cli]'\n")
        sys.exit(2)
    from booking_engine.adapters.cli.app import cli  # noqa: PLC0415 (only once click is known to be there)

    cli(prog_name="booking-engine")
