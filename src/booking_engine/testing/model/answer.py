"""An answer is what an ask led to, in a form in which an engine and the model are compared field by field."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeAlias

import attrs

from booking_engine.domain.alternative import Alternative
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.events import Event, FieldChange
from booking_engine.domain.hold import Hold
from booking_engine.domain.rejection import Reason, RejectionCode
from booking_engine.domain.tracking import AvailabilityRow, TrackingKey, TrackingRecord

Row: TypeAlias = AvailabilityRow | TrackingRecord | Appointment | Alternative


@attrs.frozen(kw_only=True)
class Left:
    """What an edit of the setup leaves behind, by appointment id (SPEC W5)."""

    outside: frozenset[str] = frozenset()
    over_capacity: frozenset[str] = frozenset()
    overbooked: frozenset[tuple[TrackingKey, int]] = frozenset()


@attrs.frozen(kw_only=True)
class Answer:
    """A refusal has a ``code``; a change has its ``events``; what has neither changed nothing.

    ``fields`` are the names of bad fields. ``record`` is the appointment, hold or record of the setup as it is now;
    ``differences`` are those of a replayed booking. ``rows`` are what a query shows, of ``total`` where it has pages;
    with ``goes_on`` there are more behind them.
    Messages and hints are wording, not behaviour, and not compared.
    """

    code: RejectionCode | None = None
    reason: Reason | None = None
    fields: frozenset[str] = frozenset()
    existing_appointment_id: str | None = None
    earliest: datetime | None = None
    latest: datetime | date | None = None
    alternatives: tuple[Alternative, ...] = ()
    record: Appointment | Hold | CatalogRecord | None = None
    changes: tuple[FieldChange, ...] = ()
    replayed: bool = False
    differences: tuple[str, ...] = ()
    left: Left = Left()
    rows: tuple[Row, ...] = ()
    total: int | None = None
    goes_on: bool = False
    events: tuple[Event, ...] = ()


def refused(
    code: RejectionCode,
    reason: Reason | None = None,
    *fields: str,
    existing: str | None = None,
    earliest: datetime | None = None,
    latest: datetime | date | None = None,
) -> Answer:
    """The answer that something was refused."""
    return Answer(
        code=code,
        reason=reason,
        fields=frozenset(fields),
        existing_appointment_id=existing,
        earliest=earliest,
        latest=latest,
    )


def invalid(*fields: str) -> Answer:
    """The answer that fields are wrong."""
    return refused(RejectionCode.VALIDATION_ERROR, None, *fields)
