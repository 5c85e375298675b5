"""A cursor is the position behind which a list goes on, as text that its reader need not understand (SPEC P1).

It holds the position of the last appointment that was listed, to the microsecond, and a print of the list's filters, so
that it cannot go on in another list by mistake. It is no secret and no right: whoever makes one up sees no more than
the list shows anyway.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import attrs

from booking_engine.domain.localtime import clean_instant
from booking_engine.domain.text import clean_text
from booking_engine.ledger.page import AppointmentFilter, Position

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PRINT, _INSTANT = 4, 8
_FIXED = 2 * _PRINT + _INSTANT


class Cursor(NamedTuple):
    """What a cursor says; ``filters`` is the print of the list that it belongs to."""

    position: Position
    filters: bytes


def print_of(org_id: str, wanted: AppointmentFilter) -> bytes:
    """A few bytes that other filters, or those of another organisation, do not have but by rare chance."""
    filters = attrs.evolve(wanted, after=None)
    values = [org_id, *(getattr(filters, field.name) for field in attrs.fields(AppointmentFilter))]
    # No text of a filter has a control character (SPEC I3), and no empty one is a filter.
    return _digest("\0".join("" if value is None else str(value) for value in values).encode())


def write_cursor(cursor: Cursor) -> str:
    """The cursor as letters, digits, ``-`` and ``_``."""
    start, appointment_id = cursor.position
    instant = (start - _EPOCH) // _MICROSECOND
    told = cursor.filters + instant.to_bytes(_INSTANT, signed=True) + appointment_id.encode()
    return base64.urlsafe_b64encode(_digest(told) + told).rstrip(b"=").decode()


def read_cursor(text: str) -> Cursor | None:
    """What the text says; None when nobody wrote it."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        appointment_id = raw[_FIXED:].decode()
        start = _EPOCH + int.from_bytes(raw[2 * _PRINT : _FIXED], signed=True) * _MICROSECOND
    except (ValueError, OverflowError):
        return None
    if clean_text(appointment_id) != appointment_id or clean_instant(start) != start:
        return None
    cursor = Cursor(Position(start, appointment_id), raw[_PRINT : 2 * _PRINT])
    return cursor if write_cursor(cursor) == text else None


def _digest(told: bytes) -> bytes:
    import hashlib  # noqa: PLC0415 (slow to import, and wanted for pages alone)

    return hashlib.blake2s(told, digest_size=_PRINT, person=b"cursor").digest()
