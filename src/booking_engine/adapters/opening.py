"""Opening is choosing a store by a URL: ``memory:``, ``sqlite:///file.db`` or ``postgresql://user@host/name``.

The SQL stores are imported only when they are asked for, so that their extras are needed only then. Nothing that is
raised here shows a part of the URL that may be a password: from a URL with a mistake in it, that is hard to tell, so
no more than its scheme is repeated, and the name of a file.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.domain.phone import PhoneNormalizer, PlainPhones

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_engine.adapters.sql import AsyncSqlStore, SqlStore

MEMORY = "memory:"
"""The URL of a store that is gone with its process."""

_RIGHT = "write memory:, sqlite:///file.db or postgresql://user@host/name"
_GONE = (
    "memory: is empty when a command begins and gone when it ends: "
    "write sqlite:///file.db or postgresql://user@host/name."
)
_SQL = ("sql", ("sqlalchemy", "alembic", "cattrs", "msgspec"))
_POSTGRES = ("postgres", (*_SQL[1], "psycopg"))
_NEEDS = {"sqlite": _SQL, "postgresql": _POSTGRES, "postgres": _POSTGRES, "postgresql+psycopg": _POSTGRES}
"""The extra of each scheme, and what it brings."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


class CannotOpen(ValueError):
    """Raised for a URL by which no store can be opened here; the text says what would be right, or is missing."""


def open_store(url: str, org_id: str = "default") -> MemoryStore | SqlStore:
    """The store of an organisation; no connection is made yet.

    Whoever opens a database gives it back with ``close``. Raises ``CannotOpen``, for a SQLite file that is not there
    too. Where many organisations are served, ``open_database`` and one ``SqlStore`` each share the connections.
    """
    if url == MEMORY:
        return MemoryStore(org_id)
    checked = _checked(url, may_be_new=False)
    from booking_engine.adapters.sql import SqlStore  # noqa: PLC0415 (its extra is known to be there only now)

    return SqlStore(checked, org_id)


def open_async_store(url: str, org_id: str = "default") -> AsyncMemoryStore | AsyncSqlStore:
    """``open_store`` for an event loop."""
    if url == MEMORY:
        return AsyncMemoryStore(org_id)
    checked = _checked(url, may_be_new=False)
    from booking_engine.adapters.sql import AsyncSqlStore  # noqa: PLC0415 (its extra is known to be there only now)

    return AsyncSqlStore(checked, org_id)


def open_database(url: str, *, may_be_new: bool = False) -> sa.Engine:
    """The database that the stores of many organisations share; no connection is made yet.

    ``may_be_new``: a SQLite file that is not there is made when it is connected to. Raises ``CannotOpen``.
    """
    if url == MEMORY:
        raise CannotOpen(_GONE)
    checked = _checked(url, may_be_new=may_be_new)
    from booking_engine.adapters.sql import open_engine  # noqa: PLC0415 (its extra is known to be there only now)

    return open_engine(checked)


def open_async_database(url: str) -> AsyncEngine | sa.Engine:
    """``open_database`` for an event loop: what an ``AsyncSqlStore`` is made on."""
    if url == MEMORY:
        raise CannotOpen(_GONE)
    checked = _checked(url, may_be_new=False)
    from booking_engine.adapters.sql import open_engine_for_loop  # noqa: PLC0415 (its extra is known to be there only now)

    return open_engine_for_loop(checked)


def phones_here() -> PhoneNormalizer:
    """Phones in E.164 where the extra ``phone`` is installed; by their digits otherwise (SPEC I2)."""
    if importlib.util.find_spec("phonenumbers") is None:
        return PlainPhones()
    from booking_engine.adapters.phone import E164Phones  # noqa: PLC0415 (an extra of its own)

    return E164Phones()


def _checked(url: str, *, may_be_new: bool) -> sa.URL:
    """The URL of a database, read; its scheme is known and what the scheme needs is installed."""
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise CannotOpen(f"That is not the URL of a store: {_RIGHT}.")
    if scheme[1] not in _NEEDS:
        raise CannotOpen(f"There is no store for {scheme[1]}://: {_RIGHT}.")
    _require(scheme[1], *_NEEDS[scheme[1]])
    return _sqlite(_read(url), may_be_new=may_be_new) if scheme[1] == "sqlite" else _postgresql(url)


def _require(scheme: str, extra: str, modules: tuple[str, ...]) -> None:
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:  # Also what psycopg says where it does not find its library.
            raise CannotOpen(f"{scheme}:// needs {module}: pip install 'booking-engine[{extra}]'") from None


def _read(url: str) -> sa.URL:
    from sqlalchemy import exc, make_url  # noqa: PLC0415 (an extra)

    try:
        return make_url(url)
    except (ValueError, exc.ArgumentError):
        # Their texts, and the causes that a traceback shows, may have the password in them.
        raise CannotOpen(f"The URL of the store cannot be read: {_RIGHT}.") from None


def _sqlite(url: sa.URL, *, may_be_new: bool) -> sa.URL:
    if url.host or url.database in (None, "", ":memory:"):
        raise CannotOpen("A SQLite store is a file: write sqlite:///file.db, or sqlite:////folder/file.db.")
    assert url.database is not None
    if "uri" in url.query:
        return url  # What SQLite itself reads as a URI; it says what is wrong with it.
    if url.query:
        raise CannotOpen("A SQLite store has no options: write sqlite:///file.db.")
    if not Path(url.database).parent.is_dir():
        raise CannotOpen(f"There is no folder {Path(url.database).parent}: make it first.")
    if not may_be_new and not Path(url.database).is_file():
        raise CannotOpen(f"There is no file {url.database}: booking-engine migrate --store URL makes it.")
    return url


def _postgresql(url: str) -> sa.URL:
    # With a second @, a part of the password would be taken for the host, and be shown when that is not found.
    if url.count("@") > 1:
        raise CannotOpen("The URL of the store has more than one @: write %40 for each but the one before the host.")
    return _read(url)
