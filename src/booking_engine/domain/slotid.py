"""A slot id names a window, a window-date or a tracking record, in the documents' three forms (SPEC W2)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from booking_engine.domain.localtime import clean_date
from booking_engine.domain.problem import FieldProblem

SEPARATOR = "||"


class SlotId(NamedTuple):
    """``calendar_id``, ``calendar_id||date`` or ``calendar_id||date||service_id``."""

    calendar_id: str
    date: date | None = None
    service_id: str | None = None

    def __str__(self) -> str:
        return SEPARATOR.join(str(part) for part in self if part is not None)


def calendar_id_of(text: str) -> str:
    """The first segment, which is all that counts where a window is meant."""
    return text.partition(SEPARATOR)[0]


def parse_slot_id(text: str) -> SlotId | FieldProblem:
    """All segments, or what is wrong with them."""
    calendar_id, *rest = text.split(SEPARATOR)
    if not rest:
        return SlotId(calendar_id)
    day = clean_date(rest[0])
    if isinstance(day, FieldProblem) or len(rest) > 2 or not all(rest):
        return FieldProblem(
            "slot_id",
            "has a segment that means nothing",
            "send calendar_id||YYYY-MM-DD, or with ||service_id",
        )
    return SlotId(calendar_id, day, rest[1] if len(rest) == 2 else None)
