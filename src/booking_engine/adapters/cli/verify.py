"""The command ``verify``: every ledger of a store held against a recount of its appointments (SPEC C6)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, NamedTuple

import click

from booking_engine import BookingEngine
from booking_engine.adapters.cli.differences import told, visible
from booking_engine.adapters.cli.ending import DIFFERENT, UNUSABLE, with_exit_code
from booking_engine.adapters.cli.progress import Progress
from booking_engine.adapters.cli.showing import plural
from booking_engine.adapters.cli.store import store_option
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.opening import open_database
from booking_engine.errors import BookingEngineError, OrganisationNotConfigured, StoreError
from booking_engine.ledger.audit import Difference
from booking_engine.wire import reports
from booking_engine.wire.reading import to_json

if TYPE_CHECKING:
    import sqlalchemy as sa

_log = logging.getLogger(__name__)


class Audit(NamedTuple):
    """What was found in one organisation."""

    org_id: str
    differences: tuple[Difference, ...]


@click.command(short_help="Count the bookings of a store again.")
@store_option
@click.option("--org", "org_id", metavar="ID", help="The only organisation to look at. Default: every one.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Answer in JSON: one object an organisation and line, with org_id, ok and differences.",
)
@with_exit_code
def verify(url: str, org_id: str | None, as_json: bool) -> int:
    """Count the appointments of every organisation again, and name each key under which the ledger has other numbers.

    Nothing is changed, and bookings go on meanwhile. The exit code is 0 when all is well, 1 when there is a
    difference, or 2 when the store cannot be asked.
    """
    engine = open_database(url)
    try:
        org_ids = _organisations(engine) if org_id is None else (org_id,)
        progress = Progress(sys.stderr, len(org_ids), noun="organisations")
        write = _write_json if as_json else _write_text
        return DIFFERENT if write(_audits(engine, org_ids, progress), progress) else 0
    except OrganisationNotConfigured:
        click.echo(f"There is no organisation {visible(org_id or '')} in the store.", err=True)
        return UNUSABLE
    finally:
        engine.dispose()


def _organisations(engine: sa.Engine) -> tuple[str, ...]:
    from booking_engine.adapters.sql.organisations import organisations  # noqa: PLC0415 (an extra)

    return organisations(engine)


def _audits(engine: sa.Engine, org_ids: Sequence[str], progress: Progress) -> Iterator[Audit]:
    """One organisation after the other, with progress shown while the caller waits for the next."""
    try:
        for number, org_id in enumerate(org_ids, 1):
            yield _audit(engine, org_id)
            progress.show(number, number)
    finally:
        progress.clear()


def _audit(engine: sa.Engine, org_id: str) -> Audit:
    from booking_engine.adapters.sql import SqlStore  # noqa: PLC0415 (an extra)

    try:
        return Audit(org_id, BookingEngine(SqlStore(engine, org_id)).verify())
    except BookingEngineError:
        raise
    except Exception as fault:
        # Rows that no commit wrote: must not pass for a difference, which the interpreter's own exit code would be.
        _log.exception("The rows of organisation %s are not what they must be.", visible(org_id))
        raise StoreError(f"Organisation {visible(org_id)} cannot be read.") from fault


def _make_room(progress: Progress) -> None:
    """Take the progress away where it would stand in the same place as what is written next."""
    if sys.stdout.isatty():
        progress.clear()


def _write_json(audits: Iterator[Audit], progress: Progress) -> int:
    """Every organisation, one a line; how many have a difference."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the terminal
    different = 0
    for audit in audits:
        different += bool(audit.differences)
        _make_room(progress)
        differences = [reports.difference(each) for each in audit.differences]
        sys.stdout.write(to_json({"org_id": audit.org_id, "ok": not differences, "differences": differences}) + "\n")
        sys.stdout.flush()
    return different


def _write_text(audits: Iterator[Audit], progress: Progress) -> int:
    """Those that have a difference, and how many do; of the others there is nothing to say."""
    terminal, number, different = Terminal.of(sys.stdout), 0, 0
    for number, audit in enumerate(audits, 1):  # noqa: B007 (the last one)
        if audit.differences:
            different += 1
            _make_room(progress)
            mark = terminal.ink(f"{terminal.marks.no} {visible(audit.org_id)}", fg="red", bold=True)
            terminal.write(f"{mark}  {plural(len(audit.differences), 'difference')}")
            for each in audit.differences:
                terminal.write(f"    {told(each)}")
    counted = f"{plural(number, 'organisation')} counted again"
    if different:
        terminal.write(f"{counted}: {different:,} with a difference.")
    elif number:
        terminal.write(f"{terminal.ink(terminal.marks.yes, fg='green', bold=True)} {counted}: the ledger agrees.")
    else:
        terminal.write("The store has no organisation yet: there is nothing to count.")
    return different
