"""The command ``demo``: the story of a clinic, decision by decision, and its week at the end."""

from __future__ import annotations

import hashlib
import itertools
import sys
import uuid
from pathlib import Path

import click

from booking_engine import BookingEngine
from booking_engine.adapters.cli.clock import StandingClock
from booking_engine.adapters.cli.ending import with_exit_code
from booking_engine.adapters.cli.in_memory import open_clinic
from booking_engine.adapters.cli.story import BEGIN, WEEK, tell
from booking_engine.adapters.cli.telling import Teller
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.cli.wallclock import moment
from booking_engine.adapters.cli.week import week
from booking_engine.adapters.opening import phones_here
from booking_engine.clinic import Clinic, example_clinic, read_clinic
from booking_engine.domain.appointment import token_of

_FILES = ("examples/clinic.toml", "examples/requests.jsonl")
_STORE = "--store sqlite:///clinic.db"
_SCOPES = "--scope appointments:read --scope appointments:write --scope slots:read"
_NEXT: dict[str, tuple[str, ...]] = {
    "Next, with .venv/bin on the path (. .venv/bin/activate)": (),
    "500 requests, with every kind of refusal in them": (f"replay {' '.join(_FILES)}",),
    "Serve this clinic, its API at /docs (extras server,sql)": (
        f"init {_STORE} {_FILES[0]}",
        f"key create {_STORE} --org sunrise {_SCOPES}",
        f"serve {_STORE}",
    ),
}
"""What to try next, and the commands for it."""


@click.command(short_help="Watch a clinic being booked.")
@with_exit_code
def demo() -> int:
    """Play a few weeks of an example clinic in memory: each request, what was decided, and the week at the end.

    The clock of the story stands still and its ids are counted, so it tells the same every time.
    """
    terminal, ids, phones, clock = Terminal.of(sys.stdout), CountedIds(), phones_here(), StandingClock(BEGIN)
    clinic = read_clinic(example_clinic(), ids.uuid, phones)
    assert isinstance(clinic, Clinic)
    engine = open_clinic(clinic, clock, ids, phones)
    _open(engine, terminal)
    tell(Teller(engine, terminal), engine, clock)
    _close(engine, terminal)
    return 0


class CountedIds:
    """Ids of a story: they look like any others, and are the same every time."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def token(self) -> str:
        """See ``booking_engine.ports.IdFactory``."""
        return token_of(self._digest()[:26])

    def uuid(self) -> str:
        """See ``booking_engine.ports.IdFactory``."""
        return str(uuid.UUID(bytes=self._digest()[:16], version=4))

    def _digest(self) -> bytes:
        return hashlib.sha256(str(next(self._numbers)).encode()).digest()


def _open(engine: BookingEngine, terminal: Terminal) -> None:
    catalog = engine.catalog()
    name, zone_name = catalog.organisation.name, catalog.configuration.timezone
    sizes = ((catalog.branches, "branches"), (catalog.services, "services"), (catalog.windows, "weekly windows"))
    terminal.write()
    terminal.write(terminal.ink(f"  {name}", bold=True) + f"  {zone_name}, {moment(BEGIN, zone_name)}")
    terminal.write("  " + ", ".join(f"{len(records)} {noun}" for records, noun in sizes) + ", in memory")


def _close(engine: BookingEngine, terminal: Terminal) -> None:
    marks, found = terminal.marks, engine.regenerate()
    assert not found.differences
    counted = f"{engine.appointments().total} appointments counted again"
    terminal.write()
    terminal.write(terminal.ink(f"  {marks.rule * (terminal.width - 4)}", dim=True))
    for line in week(engine, WEEK, terminal):
        terminal.write(line)
    terminal.write()
    terminal.write(f"  {terminal.ink(marks.yes, fg='green', bold=True)} {counted}: the ledger agrees.")
    terminal.write()
    for purpose, commands in _NEXT.items():
        terminal.write(f"  {purpose}:")
        for command in commands:
            terminal.write(terminal.ink(f"    booking-engine {command}", bold=True))
    if not all(Path(file).is_file() for file in _FILES):
        terminal.write("  The files are in the project's folder examples/.")
    terminal.write()
