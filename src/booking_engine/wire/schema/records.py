"""The records that are shown, as JSON Schema: the bodies field for field, in their order (SPEC §10).

They are open: a client must bear a field that a later version adds.
"""

from __future__ import annotations

from collections.abc import Mapping

from booking_engine.domain.alternative import AlternativeKind
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.window import Session, Weekday, WindowStatus
from booking_engine.rules.fields import JsonSchema
from booking_engine.wire.schema.parts import (
    COUNT,
    DATE,
    FLAG,
    INSTANT,
    NUMBER,
    TEXT,
    enum_,
    list_,
    object_,
    or_null,
    ref,
    told,
)

_MADE = {"created_at": INSTANT, "updated_at": INSTANT}
_VALID = {"valid_from": or_null(DATE), "valid_until": or_null(DATE), "interval_weeks": NUMBER}
_ETAG = {"etag": told(TEXT, "What `If-Match` takes, so that an edit meets what its editor has seen.")}
_ON_ADATE = {"date": DATE}
_STAFF = {"staff_available_slots": told(COUNT, "How many places staff could still take.")}


def _slot(slot_id: str, service: JsonSchema, count: JsonSchema, max_slots: JsonSchema) -> dict[str, JsonSchema]:
    """The documents' sixteen fields."""
    return {
        "slot_id": told(TEXT, slot_id),
        "calendar_id": TEXT,
        "branch_id": TEXT,
        "day": ref("Weekday"),
        "session": ref("Session"),
        "batch": or_null(TEXT),
        "start_time": told(or_null(TEXT), "`HH:MM` by the local clock; null for the start of the day."),
        "end_time": told(or_null(TEXT), "`HH:MM` by the local clock; null for the end of the day."),
        "appointment_type": told(service, "The id of the only service that can be booked; null for every service."),
        "max_slots": max_slots,
        "ai_slots": COUNT,
        "filled_slots": count,
        "available_slots": count,
        "status": ref("WindowStatus"),
        **_MADE,
    }


RECORDS: Mapping[str, JsonSchema] = {
    "Session": enum_(Session),
    "Weekday": enum_(Weekday),
    "WindowStatus": enum_(WindowStatus),
    "AppointmentStatus": enum_(AppointmentStatus),
    "Channel": enum_(Channel),
    "General": object_(
        "The settings under which the organisation books.",
        {
            "enabled": FLAG,
            "timezone": told(TEXT, "The IANA name of the zone whose clock the organisation goes by."),
            "buffer_time_minutes": COUNT,
            "max_advance_booking_days": COUNT,
            "min_notice_hours": COUNT,
            "allow_reschedule": FLAG,
            "allow_cancellation": FLAG,
            "cancellation_notice_hours": COUNT,
        },
    ),
    "Service": object_("A kind of visit.", {"service_id": TEXT, "name": TEXT}),
    "Branch": object_("A place of visit.", {"branch_id": TEXT, "name": TEXT}),
    "Appointment": object_(
        "A booking.",
        {
            "appointment_id": TEXT,
            "appointment_type": told(TEXT, "The id of the service."),
            "branch_id": TEXT,
            "date": told(DATE, "The local date of the start."),
            "session": ref("Session"),
            "batch": or_null(TEXT),
            "token": told(or_null(NUMBER), "The queue number, where the organisation gives them."),
            "patient_name": TEXT,
            "parent_phone": TEXT,
            "assigned_doctor": or_null(TEXT),
            "status": ref("AppointmentStatus"),
            "external_reference_id": or_null(TEXT),
            **_MADE,
            "appointment_date": told(INSTANT, "The instant of the start."),
            "notes": or_null(TEXT),
        },
    ),
    "Window": object_(
        "A weekly rule. It has no counts; its dates have.",
        {**_slot("The `calendar_id`.", or_null(TEXT), {"type": "null"}, NUMBER), **_VALID, **_ETAG},
    ),
    "AlternativeKind": enum_(AlternativeKind),
    "Alternative": object_(
        "A visit that could be booked: the fields to book it with, and the window-date that it is in.",
        {
            "appointment_date": told(INSTANT, "The instant of the start."),
            "date": told(DATE, "The local date of the start."),
            "branch_id": TEXT,
            "session": ref("Session"),
            "batch": or_null(TEXT),
            "slot_id": told(TEXT, "`calendar_id||date`."),
            "available_slots": COUNT,
            "kind": told(ref("AlternativeKind"), "How it differs from what was wished for."),
        },
    ),
    "AvailabilityRow": object_(
        "An open window on one local date, with the capacity that is in force on it.",
        {**_slot("`calendar_id||date`.", or_null(TEXT), COUNT, COUNT), **_ON_ADATE, **_STAFF},
    ),
    "TrackingRecord": object_(
        "One service of a window on one local date.",
        {
            **_slot("`calendar_id||date||service_id`.", TEXT, COUNT, COUNT),
            **_ON_ADATE,
            "overbooked": told(FLAG, "Whether more is filled than there are places."),
            "overbooked_by": COUNT,
            "ai_filled_slots": told(COUNT, "How many places the AI channel took."),
            **_STAFF,
        },
    ),
    "Event": object_(
        "Something that happened to an appointment.",
        {
            "event_id": TEXT,
            "event": told(TEXT, "What happened, e.g. `appointment.created`."),
            "at": INSTANT,
            "channel": ref("Channel"),
            "actor": told(or_null(TEXT), "Who asked."),
            "version": NUMBER,
            "changes": list_(ref("FieldChange")),
        },
    ),
    "FieldChange": object_(
        "One field, before and after.",
        {
            "field": TEXT,
            "before": {"type": ["string", "integer", "null"]},
            "after": {"type": ["string", "integer", "null"]},
        },
    ),
    "Impact": object_(
        "Whom a change of windows or dates does not fit, by the ids of appointments. They stand all the same.",
        {
            "outside": told(list_(TEXT), "Left without an open window."),
            "over_capacity": told(list_(TEXT), "Beyond the places that there are."),
            "overbooked": list_(ref("Overbooked")),
        },
    ),
    "Overbooked": object_(
        "A window-date, or a service on it, with more filled than there are places.",
        {"slot_id": TEXT, "by": NUMBER},
    ),
    "Counts": object_("Places that are taken.", {"filled_slots": COUNT, "ai_filled_slots": COUNT}),
    "Difference": object_(
        "A key on which the ledger and a recount disagree: a slot id, a reference, or a service and date.",
        {"stored": ref("Held"), "recounted": ref("Held")},
        {"slot_id": TEXT, "external_reference_id": TEXT, "appointment_type": TEXT, "date": DATE},
    ),
    "Held": {"anyOf": [ref("Counts"), list_(TEXT)], "description": "Counts, or the ids of appointments."},
}
"""Every schema of what a body of ``bodies`` or ``reports`` holds, by name."""
