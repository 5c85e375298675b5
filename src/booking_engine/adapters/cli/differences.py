"""A difference is told in one line: where it is, what the ledger has stored, what was recounted (SPEC C6).

Patients are named by their appointments' ids alone: a duplicate's name without the phone number in it.
"""

from __future__ import annotations

from typing import assert_never

from booking_engine.domain.tracking import Counts, TrackingKey
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.claims import DuplicateName, ReferenceName
from booking_engine.wire import reports


def told(found: Difference) -> str:
    """One key, with both of its values."""
    return visible(f"{_subject(found)}: stored {_held(found.stored)}, recounted {_held(found.recounted)}")


def visible(text: str) -> str:
    """Text from a database, without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _subject(found: Difference) -> str:
    match found.key:
        case TrackingKey():
            return f"places of {reports.difference(found)['slot_id']}"
        case ReferenceName(reference):
            return f"appointment with reference {reference}"
        case DuplicateName() as name:
            return f"appointments of somebody for {name.service_id} on {name.date}"
        case _ as never:
            assert_never(never)


def _held(value: Counts | frozenset[str]) -> str:
    if isinstance(value, Counts):
        return f"{value.filled} ({value.ai_filled} by the AI agent)"
    return " ".join(sorted(value)) or "none"
