"""A body shows one record with the documents' fields in the documents' order, then the additions (SPEC §10).

Each field is named here by hand: a field that a record gets tomorrow is not shown until somebody decides so.
"""

from __future__ import annotations

from datetime import date

from booking_engine.domain.alternative import Alternative
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.branch import Branch
from booking_engine.domain.organisation import Configuration
from booking_engine.domain.service import Service
from booking_engine.domain.slotid import SlotId
from booking_engine.domain.tracking import AvailabilityRow, TrackingRecord
from booking_engine.domain.window import CalendarWindow, WindowStatus
from booking_engine.wire.answer import Body
from booking_engine.wire.headers import etag
from booking_engine.wire.values import timestamp


def general(configuration: Configuration) -> Body:
    """Exactly the eight documented settings (SPEC §2)."""
    return {
        "enabled": configuration.enabled,
        "timezone": configuration.timezone,
        "buffer_time_minutes": configuration.buffer_time_minutes,
        "max_advance_booking_days": configuration.max_advance_booking_days,
        "min_notice_hours": configuration.min_notice_hours,
        "allow_reschedule": configuration.allow_reschedule,
        "allow_cancellation": configuration.allow_cancellation,
        "cancellation_notice_hours": configuration.cancellation_notice_hours,
    }


def service(record: Service) -> Body:
    """A kind of visit."""
    return {"service_id": record.service_id, "name": record.name}


def branch(record: Branch) -> Body:
    """A place of visit."""
    return {"branch_id": record.branch_id, "name": record.name}


def appointment(record: Appointment) -> Body:
    """A booking; ``date`` is local, ``appointment_date`` the instant of the start."""
    return {
        "appointment_id": record.appointment_id,
        "appointment_type": record.service_id,
        "branch_id": record.branch_id,
        "date": record.date.isoformat(),
        "session": record.session.value,
        "batch": record.batch,
        "token": record.token,
        "patient_name": record.patient_name,
        "parent_phone": record.parent_phone,
        "assigned_doctor": record.assigned_doctor,
        "status": record.status.value,
        "external_reference_id": record.external_reference_id,
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
        "appointment_date": timestamp(record.start),
        "notes": record.notes,
    }


def window(record: CalendarWindow) -> Body:
    """A weekly rule; it has no counts, its dates have. No path shows one alone: its ETag stands in the body too."""
    return {
        **_slot(
            record,
            SlotId(record.calendar_id),
            record.service_id,
            (record.max_slots, record.ai_slots, None, None),
            record.status,
        ),
        "valid_from": _date(record.valid_from),
        "valid_until": _date(record.valid_until),
        "interval_weeks": record.interval_weeks,
        "etag": etag(record.calendar_id, record.version),
    }


def availability_row(row: AvailabilityRow) -> Body:
    """An open window on one local date, with the capacity that is in force on it (SPEC C5)."""
    return {
        **_slot(
            row.window,
            SlotId(row.window.calendar_id, row.date),
            row.window.service_id,
            (row.limits.max_slots, row.limits.ai_slots, row.filled_slots, row.available_slots),
            WindowStatus.OPEN,
        ),
        "date": row.date.isoformat(),
        "staff_available_slots": row.staff_available,
    }


def alternative(record: Alternative) -> Body:
    """A visit that could be booked: the fields to book it with, and the window-date that it is in (SPEC H2)."""
    return {
        "appointment_date": timestamp(record.start),
        "date": record.date.isoformat(),
        "branch_id": record.window.branch_id,
        "session": record.window.session.value,
        "batch": record.window.batch,
        "slot_id": str(SlotId(record.window.calendar_id, record.date)),
        "available_slots": record.available_slots,
        "kind": record.kind.value,
    }


def tracking_record(record: TrackingRecord) -> Body:
    """One service of a window on one local date; ``status`` is that of the date (SPEC C6)."""
    return {
        **_slot(
            record.window,
            SlotId(*record.key),
            record.key.service_id,
            (record.limits.max_slots, record.limits.ai_slots, record.counts.filled, record.available_slots),
            record.status,
        ),
        "date": record.key.date.isoformat(),
        "overbooked": record.overbooked,
        "overbooked_by": record.overbooked_by,
        "ai_filled_slots": record.counts.ai_filled,
        "staff_available_slots": record.staff_available,
    }


def _slot(
    record: CalendarWindow,
    slot_id: SlotId,
    service_id: str | None,
    sizes: tuple[int, int, int | None, int | None],
    status: WindowStatus,
) -> Body:
    """The documents' sixteen fields of a window, of its date, or of one service on it."""
    max_slots, ai_slots, filled_slots, available_slots = sizes
    return {
        "slot_id": str(slot_id),
        "calendar_id": record.calendar_id,
        "branch_id": record.branch_id,
        "day": record.day.value,
        "session": record.session.value,
        "batch": record.batch,
        "start_time": record.start_time,
        "end_time": record.end_time,
        "appointment_type": service_id,
        "max_slots": max_slots,
        "ai_slots": ai_slots,
        "filled_slots": filled_slots,
        "available_slots": available_slots,
        "status": status.value,
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
    }


def _date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
