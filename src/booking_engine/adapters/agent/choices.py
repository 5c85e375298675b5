"""A slot is a choice that a caller can be offered, as a short token that stands for itself: nothing is kept of it.

It names an instant and is bound to the organisation, the window and the service by a digest. Whoever reads it looks for
the window and service for which the digest comes out, so a token that a model made up, or brought from another clinic,
stands for nothing.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import attrs

from booking_engine.domain.catalog import Catalog
from booking_engine.domain.localtime import YEAR_MAX, YEAR_MIN
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.service import Service
from booking_engine.domain.window import CalendarWindow
from booking_engine.rules.fields import described_by

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_DIGITS = {sign: digit for digit, sign in enumerate(_ALPHABET)}
_BITS = 5
_INSTANT_SIGNS, _DIGEST_SIGNS = 6, 7
SLOT_LENGTH = _INSTANT_SIGNS + _DIGEST_SIGNS
_EPOCH = datetime(YEAR_MIN, 1, 1, tzinfo=UTC)  # the signs reach beyond YEAR_MAX
_MINUTE = timedelta(minutes=1)


@attrs.frozen
class Choice:
    """One service at one instant, in one window. ``start`` is aware UTC, at a whole minute."""

    service: Service
    window: CalendarWindow
    start: datetime


def slot_of(catalog: Catalog, choice: Choice) -> str:
    """The token of a choice: the same one whenever it is made."""
    minutes = (choice.start - _EPOCH) // _MINUTE
    return _signs(minutes, _INSTANT_SIGNS) + _digest(catalog, choice)


def choice_of(catalog: Catalog, slot: str) -> Choice | None:
    """What a token stands for in this catalog; None where that is nothing (any more). Says nothing of free places."""
    start = start_of(slot)
    if start is None:
        return None
    day, digest = catalog.local_date(start), slot[_INSTANT_SIGNS:]
    for branch in catalog.active_branches:
        for window_date in catalog.on(branch.branch_id, day):
            for service in catalog.services_of(window_date.window):
                choice = Choice(service, window_date.window, start)
                if _digest(catalog, choice) == digest:
                    return choice
    return None


def start_of(slot: str) -> datetime | None:
    """The instant that a token names, whatever else it says; None for what is no token."""
    if len(slot) != SLOT_LENGTH or not set(slot) <= _DIGITS.keys():
        return None
    minutes = 0
    for sign in slot[:_INSTANT_SIGNS]:
        minutes = (minutes << _BITS) | _DIGITS[sign]
    start = _EPOCH + minutes * _MINUTE
    return start if start.year <= YEAR_MAX else None


@described_by({"type": "string", "pattern": f"^[a-z2-7]{{{SLOT_LENGTH}}}$"})
def slot(value: object) -> object:
    """Check for a slot, as it was given; capital letters and blanks around it are forgiven."""
    if isinstance(value, str):
        clean = value.strip().lower()
        if len(clean) == SLOT_LENGTH and set(clean) <= _DIGITS.keys():
            return clean
    return FieldProblem("", "is not a slot", 'send the "slot" of one of the choices, letter by letter')


def _digest(catalog: Catalog, choice: Choice) -> str:
    bound = (catalog.organisation.org_id, choice.window.calendar_id, choice.service.service_id)
    text = "\0".join((*bound, choice.start.isoformat()))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return _signs(int.from_bytes(digest, "big"), _DIGEST_SIGNS)


def _signs(number: int, count: int) -> str:
    return "".join(_ALPHABET[(number >> (_BITS * place)) & 31] for place in reversed(range(count)))
