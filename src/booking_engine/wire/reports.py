"""A report tells what happened to records: their history, what an edit left behind, what an audit found.

Patients are named by their appointments' ids here, but for the history, which shows an appointment's own fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from booking_engine.domain.events import Event
from booking_engine.domain.slotid import SlotId
from booking_engine.domain.tracking import Counts, TrackingKey
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.claims import DuplicateName, ReferenceName
from booking_engine.rules.impact import Impact
from booking_engine.wire.answer import Body
from booking_engine.wire.values import plain, timestamp

_TOLD: Mapping[str, str] = {
    "service_id": "appointment_type",
    "branch_id": "branch_id",
    "calendar_id": "calendar_id",
    "start": "appointment_date",
    "duration_minutes": "duration_minutes",
    "date": "date",
    "session": "session",
    "batch": "batch",
    "patient_name": "patient_name",
    "parent_phone": "parent_phone",
    "assigned_doctor": "assigned_doctor",
    "notes": "notes",
    "status": "status",
    "external_reference_id": "external_reference_id",
    "token": "token",
}
"""The fields of an appointment whose changes are shown, and their names on the wire."""


def event(record: Event) -> Body:
    """One thing that happened to an appointment: when, through which door, by whom, and what it changed (SPEC U6)."""
    return {
        "event_id": record.event_id,
        "event": record.name,
        "at": timestamp(record.at),
        "channel": record.channel.value,
        "actor": record.actor,
        "version": record.version,
        "changes": [
            {"field": _TOLD[change.field], "before": plain(change.before), "after": plain(change.after)}
            for change in record.changes
            if change.field in _TOLD
        ],
    }


def impact(left: Impact) -> Body:
    """Whom an edit of the setup does not fit (SPEC W5): ids only. Empty when it fits everybody."""
    if left == Impact():
        return {}
    return {
        "impact": {
            "outside": [each.appointment_id for each in left.outside],
            "over_capacity": [each.appointment_id for each in left.over_capacity],
            "overbooked": [{"slot_id": _slot_id(key), "by": by} for key, by in left.overbooked],
        }
    }


def difference(found: Difference) -> Body:
    """One key on which the ledger and the recount disagree (SPEC C6)."""
    match found.key:
        case TrackingKey() as key:
            subject: Body = {"slot_id": _slot_id(key)}
        case ReferenceName(reference):
            subject = {"external_reference_id": reference}
        case DuplicateName() as name:
            subject = {"appointment_type": name.service_id, "date": name.date.isoformat()}
        case _ as never:
            assert_never(never)
    return {**subject, "stored": _held(found.stored), "recounted": _held(found.recounted)}


def _slot_id(key: TrackingKey) -> str:
    """The total of a window-date (SPEC C2 ``shared``) has the id of the window-date."""
    return str(SlotId(key.calendar_id, key.date, key.service_id or None))


def _held(value: Counts | frozenset[str]) -> Body | list[str]:
    if isinstance(value, Counts):
        return {"filled_slots": value.filled, "ai_filled_slots": value.ai_filled}
    return sorted(value)
