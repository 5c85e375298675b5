"""The schema of a database has a version: an older one is brought up to date, a newer one is refused."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from booking_engine.adapters.sql.transactions import Mode, tried
from booking_engine.errors import SchemaError, StoreError

VERSION = "0006"
"""The version that this library works with: its last migration."""
VERSION_TABLE = "booking_engine_version"

_MIGRATE = "run booking-engine migrate --store URL, or booking_engine.adapters.sql.migrate(engine)"
_MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(engine: sa.Engine) -> str | None:
    """Bring the tables to ``VERSION``, in one transaction; the version that they had before, None for no tables.

    Twice is the same as once. Raises ``SchemaError`` on a database of a newer version, and changes nothing there.
    """
    try:
        return tried(engine, _upgrade, Mode.WRITE)
    except SchemaError:
        raise
    except StoreError:
        # Two that begin at the same moment on an empty database: one of them is refused, and finds the tables made.
        found = tried(engine, version_of, Mode.READ)
        if found != VERSION:
            raise
        return found


def version_of(connection: sa.Connection) -> str | None:
    """The version of the tables; None where there are none."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def has_tables(engine: sa.Engine) -> bool:
    """Whether the database has tables of ours, of whatever version."""
    return tried(engine, version_of, Mode.READ) is not None


def require(connection: sa.Connection) -> None:
    """Raise ``SchemaError`` unless the tables are those of this version."""
    found = version_of(connection)
    if found is None:
        raise SchemaError(f"The database has no tables of booking-engine yet: {_MIGRATE}.")
    if found != VERSION:
        known = {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
        raise _older(found) if found in known else _newer(found)


def _older(found: str) -> SchemaError:
    return SchemaError(f"The database's tables have version {found}, older than {VERSION}: {_MIGRATE}.")


def _newer(found: str) -> SchemaError:
    return SchemaError(
        f"The database's tables have version {found}, newer than {VERSION}: install a newer booking-engine."
    )


def _upgrade(connection: sa.Connection) -> str | None:
    before = version_of(connection)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before is not None and before not in known:
        raise _newer(before)
    command.upgrade(config, "head")
    return before
