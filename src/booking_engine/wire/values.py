"""A value on the wire is plain JSON: instants ``YYYY-MM-DDTHH:MM:SS.mmmZ``, dates ``YYYY-MM-DD``, enums their text."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta

_ALMOST_A_MILLISECOND = timedelta(microseconds=999)


def timestamp(instant: datetime) -> str:
    """An aware instant in UTC, cut to milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timestamp_from(instant: datetime) -> str:
    """The first full millisecond that is not before ``instant``: a bound that is cut would not keep itself."""
    return timestamp(instant + _ALMOST_A_MILLISECOND)


def plain(value: object) -> object:
    """A value of a record as JSON has it."""
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, enum.Enum) else value
