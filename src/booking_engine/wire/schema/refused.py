"""What an endpoint may refuse, by the codes of the engine, in the order in which they are decided (SPEC §6, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from booking_engine.domain.rejection import RejectionCode

Codes: TypeAlias = tuple[RejectionCode, ...]

_SHAPE: Codes = (RejectionCode.VALIDATION_ERROR,)
_FOUND: Codes = (*_SHAPE, RejectionCode.NOT_FOUND)
_FILTERED: Codes = (*_SHAPE, RejectionCode.INVALID_APPOINTMENT_TYPE)
_EDITED: Codes = (*_FOUND, RejectionCode.PRECONDITION_FAILED)
_CHANGED: Codes = (
    RejectionCode.INVALID_TRANSITION,
    RejectionCode.CANCELLATION_NOT_ALLOWED,
    RejectionCode.RESCHEDULE_NOT_ALLOWED,
)
_ADMITTED: Codes = tuple(RejectionCode)[tuple(RejectionCode).index(RejectionCode.BOOKING_DISABLED) :]

REFUSED: Mapping[str, Codes] = {
    "config": _SHAPE,
    "services": _SHAPE,
    "branches": _SHAPE,
    "book": (*_SHAPE, *_ADMITTED),
    "update": (*_EDITED, *_CHANGED, *_ADMITTED),
    "appointment": _FOUND,
    "history": _FOUND,
    "appointments": _FILTERED,
    "windows": _SHAPE,
    "availability": _FILTERED,
    "tracking": _FILTERED,
    "create_window": _SHAPE,
    "update_window": _EDITED,
    "disable_window": _EDITED,
    "override_tracking": _FOUND,
    "regenerate": _SHAPE,
}
"""By the name of the endpoint."""
