"""What an endpoint answers, as JSON Schema: what stands around the records, and errors (SPEC §10)."""

from __future__ import annotations

from collections.abc import Mapping

from booking_engine.domain.rejection import Reason, RejectionCode
from booking_engine.rules.fields import JsonSchema
from booking_engine.wire.errors import TransportCode
from booking_engine.wire.schema.parts import (
    COUNT,
    DATE,
    FLAG,
    INSTANT,
    NUMBER,
    TEXT,
    TRUE,
    enum_,
    list_,
    object_,
    or_null,
    ref,
    told,
)


def _success(description: str, data: JsonSchema, optional: Mapping[str, JsonSchema] | None = None) -> JsonSchema:
    return object_(description, {"success": TRUE, "data": data}, optional)


_IMPACT = {"impact": told(ref("Impact"), "Whom the change does not fit; left out when it fits everybody.")}

ANSWERS: Mapping[str, JsonSchema] = {
    "ConfigAnswer": _success("The settings.", object_("The settings by section.", {"general": ref("General")})),
    "ServicesAnswer": _success("The services that can be booked.", list_(ref("Service"))),
    "BranchesAnswer": _success("The branches that can be booked.", list_(ref("Branch"))),
    "BookedAnswer": object_(
        "What was booked, now or before under the same reference.",
        {
            "success": TRUE,
            "appointment_id": TEXT,
            "token": or_null(NUMBER),
            "data": ref("Appointment"),
        },
        {
            "idempotent": told(TRUE, "It was booked before, by a request with the same reference."),
            "differences": told(list_(TEXT), "The fields in which this request differs from the one that was booked."),
        },
    ),
    "AppointmentAnswer": _success("The appointment as it is now.", ref("Appointment")),
    "HistoryAnswer": _success("What happened to the appointment, the oldest first.", list_(ref("Event"))),
    "AppointmentsAnswer": object_(
        "A page of appointments, by start.",
        {
            "success": TRUE,
            "data": list_(ref("Appointment")),
            "page": told(or_null(NUMBER), "Null behind a cursor."),
            "limit": NUMBER,
            "total": told(COUNT, "How many there are on all pages."),
            "next_cursor": told(or_null(TEXT), "What `cursor` takes to go on; null on the last page."),
        },
    ),
    "WindowsAnswer": _success("Every window, open or not.", list_(ref("Window"))),
    "WindowAnswer": _success("The window as it is now.", ref("Window"), _IMPACT),
    "AvailabilityAnswer": object_(
        "The open windows of the dates that were asked for.",
        {"success": TRUE, "date": DATE, "slots": list_(ref("AvailabilityRow"))},
        {"until": DATE},
    ),
    "TrackingAnswer": _success("The tracking records.", list_(ref("TrackingRecord"))),
    "OverrideAnswer": _success(
        "All records of a window-date, or the one of a service.",
        {"anyOf": [ref("TrackingRecord"), list_(ref("TrackingRecord"))]},
        _IMPACT,
    ),
    "RegeneratedAnswer": _success(
        "What a recount found.",
        object_("Nothing is changed by it.", {"records": COUNT, "differences": list_(ref("Difference"))}),
    ),
    "ErrorCode": enum_(RejectionCode, TransportCode),
    "ErrorReason": enum_(Reason),
    "FieldProblem": object_(
        "What is wrong with one field, and what would be right.", {"field": TEXT, "problem": TEXT, "hint": TEXT}
    ),
    "Error": object_(
        "Why nothing was changed.",
        {
            "code": ref("ErrorCode"),
            "message": told(TEXT, "One sentence for a developer. It may change; the code does not."),
            "transient": told(FLAG, "Whether the same request may succeed later."),
        },
        {
            "reason": told(ref("ErrorReason"), "Which of the cases behind the code it is."),
            "fields": told(list_(ref("FieldProblem")), "Every bad field of a `VALIDATION_ERROR`."),
            "earliest": told(INSTANT, "The first instant that would do."),
            "latest": told(TEXT, "The last local date, or the last instant, that would do."),
            "existing_appointment_id": told(TEXT, "The appointment that stands in the way."),
            "alternatives": told(list_(ref("Alternative")), "What could be booked in its place, the best first."),
        },
    ),
    "ErrorAnswer": object_(
        "A refusal.",
        {"success": {"type": "boolean", "const": False}, "error": ref("Error")},
        {"existing_appointment_id": TEXT},
    ),
}
"""Every schema of a body, by name."""

ANSWER_OF: Mapping[str, str] = {
    "config": "ConfigAnswer",
    "services": "ServicesAnswer",
    "branches": "BranchesAnswer",
    "book": "BookedAnswer",
    "update": "AppointmentAnswer",
    "appointment": "AppointmentAnswer",
    "history": "HistoryAnswer",
    "appointments": "AppointmentsAnswer",
    "windows": "WindowsAnswer",
    "availability": "AvailabilityAnswer",
    "tracking": "TrackingAnswer",
    "create_window": "WindowAnswer",
    "update_window": "WindowAnswer",
    "disable_window": "WindowAnswer",
    "override_tracking": "OverrideAnswer",
    "regenerate": "RegeneratedAnswer",
}
"""What each endpoint answers when it does not refuse."""
