"""What an engine answered, brought into the form that the model answers in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from booking_engine.decisions.decision import (
    Accepted,
    Answered,
    Booked,
    Changed,
    Decision,
    Held,
    Overridden,
    Regenerated,
    Released,
    Updated,
)
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.phone import PlainPhones
from booking_engine.domain.rejection import Rejection
from booking_engine.domain.tracking import AvailabilityRow, TrackingRecord
from booking_engine.ledger.page import AppointmentPage
from booking_engine.rules.impact import Impact
from booking_engine.testing.model import Answer, Left
from booking_engine.testing.model.phones import COUNTRIES


class RegionalPhones(PlainPhones):
    """The engine's side of the model's phones: national numbers of two regions are read as international ones."""

    def key(self, phone: str, default_region: str | None) -> str:
        """The key of ``phone``, as ``PhoneNormalizer.key``."""
        key = super().key(phone, default_region)
        if default_region is None or not key.isdecimal():
            return key
        return COUNTRIES[default_region] + key.removeprefix("0")

    def knows_region(self, region: str) -> bool:
        """Whether ``region`` can be configured."""
        return region in COUNTRIES


def answer_of(result: object, told: Iterable[Event] = ()) -> Answer:
    """The answer that a result stands for, with the events that observers were told meanwhile."""
    events = tuple(told)
    match result:
        case Rejection():
            return _refusal(result, events)
        case Booked(appointment, replayed, differences):
            return Answer(record=appointment, replayed=replayed, differences=differences, events=events)
        case Held(hold) | Released(hold):
            return Answer(record=hold, replayed=isinstance(result, Held) and result.replayed, events=events)
        case Updated(appointment, changes):
            return Answer(record=appointment, changes=changes, events=events)
        case Overridden(record, changes, impact, records):
            return Answer(record=record, changes=changes, left=_left(impact), rows=records, events=events)
        case Changed(record, changes, impact):
            return Answer(record=record, changes=changes, left=_left(impact), events=events)
        case Appointment():
            return Answer(record=result, events=events)
        case AppointmentPage():
            goes_on = result.next_cursor is not None
            return Answer(rows=result.items, total=result.total, goes_on=goes_on, events=events)
        case Regenerated():
            return Answer(total=result.records, events=events)
        case Catalog():
            return Answer(events=events)
        case tuple():
            history = tuple(each for each in result if isinstance(each, Event))
            return Answer(rows=tuple(each for each in result if not isinstance(each, Event)), events=history + events)
        case _:
            raise TypeError(f"an engine does not answer with {type(result).__name__}")


def answer_of_decision(decision: Decision[Any]) -> Answer:
    """What a preview foretells: the refusal or what an edit leaves behind; records have ids of their own."""
    if isinstance(decision, Accepted | Answered):
        return foretold(answer_of(decision.result))
    return answer_of(decision.rejection)


def foretold(answer: Answer) -> Answer:
    """The part of an answer that a preview must show as well (SPEC W5)."""
    return attrs.evolve(answer, record=None, changes=(), rows=(), events=())


def in_order(answer: Answer) -> Answer:
    """The answer with the rows of availability and tracking in one order: theirs is not prescribed."""
    if not all(isinstance(row, AvailabilityRow | TrackingRecord) for row in answer.rows):
        return answer
    return attrs.evolve(answer, rows=tuple(sorted(answer.rows, key=_place)))


def _place(row: object) -> tuple[str, ...]:
    if isinstance(row, TrackingRecord):
        return (row.key.date.isoformat(), row.key.calendar_id, row.key.service_id)
    assert isinstance(row, AvailabilityRow)
    return (row.date.isoformat(), row.window.calendar_id)


def _refusal(rejection: Rejection, events: tuple[Event, ...]) -> Answer:
    return Answer(
        code=rejection.code,
        reason=rejection.reason,
        fields=frozenset(problem.field for problem in rejection.fields),
        existing_appointment_id=rejection.existing_appointment_id,
        earliest=rejection.earliest,
        latest=rejection.latest,
        alternatives=rejection.alternatives,
        events=events,
    )


def _left(impact: Impact) -> Left:
    return Left(
        outside=frozenset(each.appointment_id for each in impact.outside),
        over_capacity=frozenset(each.appointment_id for each in impact.over_capacity),
        overbooked=frozenset(impact.overbooked),
    )
