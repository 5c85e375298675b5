"""The command ``migrate``: the tables of a store, made or brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from booking_engine.adapters.cli.ending import with_exit_code
from booking_engine.adapters.cli.store import store_option
from booking_engine.adapters.opening import MEMORY, open_database

if TYPE_CHECKING:
    import sqlalchemy as sa


@click.command(short_help="Make the tables of a store, or update them.")
@store_option
@with_exit_code
def migrate(url: str) -> int:
    """Bring the tables of a store to the version of this booking-engine, and say from which.

    Twice is the same as once, and stopped halfway it leaves the tables as they were. Tables of a newer version are
    refused. The exit code is 0, or 2 when the tables are not of this version afterwards.
    """
    if url == MEMORY:
        click.echo("memory: has no tables: nothing to migrate")
        return 0
    engine = open_database(url, may_be_new=True)
    try:
        before, now = _migrated(engine)
    finally:
        engine.dispose()
    click.echo(f"already {now}" if before == now else f"{before or 'no tables yet'} -> {now}")
    return 0


def _migrated(engine: sa.Engine) -> tuple[str | None, str]:
    """The version before, and the one now."""
    from booking_engine.adapters.sql import schema  # noqa: PLC0415 (an extra)

    return schema.migrate(engine), schema.VERSION
