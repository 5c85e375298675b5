"""The words that explain a field to who fills it in, a person or a model: one sentence or two, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.shell import Ask

_WORDS: Mapping[str, str] = {
    # Appointments
    "appointment_id": "The id of the appointment, as the booking answered it.",
    "appointment_type": "The service: its id, or its name in any case.",
    "appointment_date": "The start as an instant in ISO 8601, with `Z` or an offset.",
    "patient_name": "The patient's name, in any script.",
    "parent_phone": "The phone of the patient or the parent, in any format; kept as it is given.",
    "branch_id": "The branch. May be left out where there is only one.",
    "session": "The part of the day.",
    "batch": "The label of the group within a session.",
    "assigned_doctor": "The doctor who is to see the patient. The organisation's buffer is kept between two visits.",
    "external_reference_id": "Your own reference. Sent again, it answers the appointment that stands under it.",
    "notes": "Free text with line breaks.",
    "status": "Whether new bookings are taken.",
    # The organisation
    "name": "The name.",
    "timezone": "The IANA name of the zone whose clock the organisation goes by. Needed the first time.",
    "enabled": "Whether anything can be booked.",
    "buffer_time_minutes": "Minutes between two visits to the same doctor.",
    "max_advance_booking_days": "How many local dates after today can be booked.",
    "min_notice_hours": "Hours between the booking and the visit.",
    "allow_reschedule": "Whether appointments can be moved.",
    "allow_cancellation": "Whether appointments can be cancelled.",
    "cancellation_notice_hours": "Hours before the visit until which it can be cancelled.",
    "duplicate_prevention": "Whether one phone may have one appointment for a service and local date only.",
    "reschedule_notice_hours": "Hours before the visit until which it can be moved.",
    "ai_quota": "Whether the places of the AI channel are part of all places, or counted beside them.",
    "capacity_scope": "Whether a window's places are counted for each service, or together.",
    "hold_seconds": "How long a hold lasts.",
    "hold_max_seconds": "How long a hold can last when it is extended.",
    "default_region": "The region, two capital letters, of phones without a country code.",
    "duplicate_includes_patient": "Whether two names under one phone are two patients.",
    "issue_tokens": "Whether each booking gets a queue number.",
    "session_hours": "The hours of windows without times, by session: start and end.",
    "service_id": "The id of the service; made when left out.",
    "duration_minutes": "How long a visit takes; 0 when only its start counts.",
    "retired": "Whether it is out of use: nothing new is booked, what stands stays.",
    # Windows and their dates
    "slot_id": "A slot id in any of its forms: `calendar_id`, `calendar_id||date`, `calendar_id||date||service_id`.",
    "calendar_id": "The id of the window; made when left out.",
    "day": "The weekday.",
    "ai_slots": "How many of the places the AI channel may take; at most `max_slots`.",
    "max_slots": "How many places there are on a date.",
    "start_time": "The start by the local clock, `HH:MM`. Without it: from the start of the day.",
    "end_time": "The end by the local clock, `HH:MM`, after the start; `24:00` is the end of the day.",
    "batch_name": "The label of the group within the session.",
    "appointment_type_id": "The id of the only service that can be booked here. Without it: every service.",
    "valid_from": "The first local date of the window.",
    "valid_until": "The last local date of the window.",
    "interval_weeks": "1 for every week, 2 for every other …, counted from `valid_from`.",
    "closure_id": "The id of the closure.",
    "first_date": "The first local date.",
    "last_date": "The last local date, included.",
    "only": "The dates of the range that are meant.",
    "label": "What the closure is called.",
    # Queries
    "date": "A local date.",
    "until": f"The last local date, included; at most {q.DAYS_MAX} days after `date`.",
    "from_date": f"The first local date of a range of at most {q.DAYS_MAX} days; with `to`, in place of `date`.",
    "to_date": "The last local date of the range, included.",
    "phone": "The phone of the patient or the parent, in any format.",
    "page": "Which page, counted from 1.",
    "limit": "How many appointments a page holds.",
    "subject_id": "The id of the record.",
    "cursor": "The `next_cursor` of the page before, with the same filters; in place of `page`.",
    # Holds, and what to answer
    "holder": "Who holds: one running hold for each.",
    "hold_id": "The id of the hold.",
    "alternatives": "How many other times a refusal is to offer.",
    # Whoever asks
    "if_version": "The version that the record must have.",
    "channel": "Through which door the request comes.",
    "actor": "Who asks, for the history.",
}

_WORDS_OF: Mapping[tuple[type[Ask], str], str] = {
    (c.UpdateAppointment, "appointment_date"): "A new start: an instant in ISO 8601, with `Z` or an offset.",
    (c.UpdateAppointment, "status"): "The new status. `confirmed` also revives what was cancelled.",
    (c.UpdateAppointment, "session"): "The part of the day; narrows the windows that are looked at.",
    (c.UpdateAppointment, "batch"): "The label of the group; narrows the windows that are looked at.",
    (c.UpdateAppointment, "assigned_doctor"): "The doctor who is to see the patient; null for none.",
    (c.UpdateAppointment, "notes"): "Free text with line breaks; null for none.",
    (c.AddBranch, "branch_id"): "The id of the branch; made when left out.",
    (c.CreateWindow, "branch_id"): "The branch whose window it is.",
    (c.CreateWindow, "max_slots"): "How many places there are on a date. Without it: as many as `ai_slots`.",
    (c.UpdateWindow, "start_time"): "The start by the local clock, `HH:MM`; null for the start of the day.",
    (c.UpdateWindow, "end_time"): "The end by the local clock, `HH:MM`, after the start; null for the end of the day.",
    (c.UpdateWindow, "batch_name"): "The label of the group within the session; null for none.",
    (c.UpdateWindow, "valid_from"): "The first local date of the window; null for none.",
    (c.UpdateWindow, "valid_until"): "The last local date of the window; null for none.",
    (c.OverrideTracking, "status"): "Whether new bookings are taken on this date; null for what the window says.",
    (c.OverrideTracking, "max_slots"): "How many places there are on this date; null for what the window says.",
    (c.OverrideTracking, "ai_slots"): "How many of them the AI channel may take; null for what the window says.",
    (c.OverrideTracking, "slot_id"): "`calendar_id||date` for the whole date, `calendar_id||date||service_id` for one.",
    (q.AvailabilityQuery, "branch_id"): "Only this branch.",
    (q.AvailabilityQuery, "appointment_type"): "Only this service, by id or name; rows then count it alone.",
    (q.TrackingQuery, "branch_id"): "Only this branch.",
    (q.TrackingQuery, "appointment_type"): "Only this service, by id or name.",
    (q.AppointmentsQuery, "date"): "Only appointments that start on this day, from midnight to midnight UTC.",
    (q.AppointmentsQuery, "status"): "Only appointments of this status.",
    (q.AppointmentsQuery, "branch_id"): "Only this branch.",
    (q.AppointmentsQuery, "appointment_type"): "Only this service, by id or name.",
    (q.AppointmentsQuery, "external_reference_id"): "Only appointments under this reference.",
}


def words_for(kind: type[Ask], name: str) -> str:
    """What a field of a command or query means; empty for one that nobody has explained yet."""
    return _WORDS_OF.get((kind, name)) or _WORDS.get(name, "")
