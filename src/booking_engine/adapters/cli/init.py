"""The command ``init``: the organisation of a clinic file, made in a store or brought to what the file says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from booking_engine import BookingEngine
from booking_engine.adapters.cli.differences import visible
from booking_engine.adapters.cli.ending import UNUSABLE, with_exit_code
from booking_engine.adapters.cli.inputs import read_clinic_file
from booking_engine.adapters.cli.steps import counted, left_alone, left_over, told
from booking_engine.adapters.cli.store import store_option
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.opening import open_database, phones_here
from booking_engine.clinic import Clinic, Update, plan_update
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.errors import BookingRejected
from booking_engine.shell import RandomIds

if TYPE_CHECKING:
    import sqlalchemy as sa


@click.command(short_help="Set an organisation up from a clinic file, or update it.")
@store_option
@click.argument("path", metavar="CLINIC.toml")
@with_exit_code
def init(url: str, path: str) -> int:
    """Make the organisation of CLINIC.toml in a store, or bring it to what the file says; twice is the same as once.

    Every change is named. Branches and services are those of the store with the same id, or else the same name; windows
    those with the same id, or else the same branch, day, session, times, batch and service. What the file does not have
    is left alone and named, and no appointment is moved or cancelled. A database without tables gets them. The exit
    code is 0, or 2 when the file or the store cannot be used: then every reason is listed, and nothing was changed.
    """
    phones = phones_here()
    clinic = read_clinic_file(path, RandomIds().uuid, phones)
    if isinstance(clinic, Clinic) and clinic.org_id in clinic.made_ids:
        clinic = (f'{path}: organisation.id is missing; write id = "sunrise", for one: init finds it again by that',)
    if isinstance(clinic, tuple):
        click.echo("\n".join(clinic), err=True)
        return UNUSABLE
    engine = open_database(url, may_be_new=True)
    try:
        return _carry_out(clinic, engine, phones, Terminal.of(sys.stdout), path)
    finally:
        engine.dispose()


def _carry_out(clinic: Clinic, database: sa.Engine, phones: PhoneNormalizer, terminal: Terminal, path: str) -> int:
    from booking_engine.adapters.sql import SqlStore  # noqa: PLC0415 (an extra)

    _make_tables(database, terminal)
    store = SqlStore(database, clinic.org_id)
    update = plan_update(clinic, store.catalog(), phones)
    if update.problems:
        click.echo("\n".join(f"{path}: {visible(problem)}" for problem in update.problems), err=True)
        return UNUSABLE
    try:
        _write(update, BookingEngine(store, phones=phones), terminal)
    except BookingRejected as refusal:
        click.echo(f"Somebody else changed the organisation meanwhile: run init again.\n{refusal}", err=True)
        return UNUSABLE
    terminal.write(f"{visible(clinic.org_id)}: {counted(update)}")
    return 0


def _make_tables(database: sa.Engine, terminal: Terminal) -> None:
    """Make the tables where there are none; older ones are refused, for their processes may be running."""
    from booking_engine.adapters.sql import schema  # noqa: PLC0415 (an extra)

    if not schema.has_tables(database):
        schema.migrate(database)
        terminal.write(f"no tables yet -> {schema.VERSION}")


def _write(update: Update, engine: BookingEngine, terminal: Terminal) -> None:
    """Carry out every step and tell of it, and then of what was left alone."""
    for step in update.steps:
        result = engine.execute(step.command)
        for line in told(step, update.catalog, terminal):
            terminal.write(line)
        for line in left_over(result.impact):
            terminal.write(f"    {line}")
    for record in update.left:
        terminal.write(left_alone(record, update.catalog, terminal))
