"""A result becomes an answer: one function for each kind of result, named in the table of the endpoints (SPEC §10).

Each is given the ask too, because a page says which page it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from booking_engine.decisions.decision import Booked, Changed, Overridden, Regenerated, Updated
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.rejection import not_found
from booking_engine.domain.tracking import AvailabilityRow, TrackingRecord
from booking_engine.domain.window import CalendarWindow
from booking_engine.ledger.page import AppointmentPage
from booking_engine.queries import AppointmentsQuery, AvailabilityQuery
from booking_engine.shell import Ask
from booking_engine.wire import bodies, reports
from booking_engine.wire.answer import Answer, Body
from booking_engine.wire.errors import rejected
from booking_engine.wire.headers import etag


def _one(body: Body, status: int = 200, tag: str | None = None) -> Answer:
    return Answer(status, {"success": True, "data": body}, tag)


def _all(rows: Iterable[Body]) -> Answer:
    return Answer(200, {"success": True, "data": list(rows)})


# --- What is set up -------------------------------------------------------------------------------------------------


def config(catalog: Catalog, _: Ask) -> Answer:
    """The general settings."""
    return _one({"general": bodies.general(catalog.configuration)})


def services(catalog: Catalog, _: Ask) -> Answer:
    """The services that can be booked."""
    return _all(map(bodies.service, catalog.active_services))


def branches(catalog: Catalog, _: Ask) -> Answer:
    """The branches that can be booked."""
    return _all(map(bodies.branch, catalog.active_branches))


def windows(catalog: Catalog, _: Ask) -> Answer:
    """Every calendar window, open or not."""
    return _all(map(bodies.window, catalog.windows.values()))


# --- Appointments ---------------------------------------------------------------------------------------------------


def booked(result: Booked, _: Ask) -> Answer:
    """201, or 200 and ``idempotent`` for what stood before under the same reference (SPEC §6.2)."""
    record = bodies.appointment(result.appointment)
    body: Body = {"success": True}
    if result.replayed:
        body["idempotent"] = True
    body |= {"appointment_id": record["appointment_id"], "token": record["token"], "data": record}
    if result.differences:
        body["differences"] = list(result.differences)
    return Answer(200 if result.replayed else 201, body, _tag(result.appointment))


def updated(result: Updated, ask: Ask) -> Answer:
    """The appointment as it is now."""
    return appointment(result.appointment, ask)


def appointment(result: Appointment, _: Ask) -> Answer:
    """One appointment."""
    return _one(bodies.appointment(result), tag=_tag(result))


def _tag(record: Appointment) -> str:
    return etag(record.appointment_id, record.version)


def appointments(page: AppointmentPage, ask: AppointmentsQuery) -> Answer:
    """One page, how many there are on all of them, and how the list goes on; behind a cursor, pages have no number."""
    rows = [bodies.appointment(each) for each in page.items]
    number = (ask.page or 1) if ask.cursor is None else None
    size = {"page": number, "limit": ask.limit, "total": page.total}
    return Answer(200, {"success": True, "data": rows, **size, "next_cursor": page.next_cursor})


def history(events: tuple[Event, ...], _: Ask) -> Answer:
    """What happened to an appointment; the history of anything else is not found under this path."""
    if not events or not isinstance(events[0].record, Appointment):
        return rejected(not_found("Appointment"))
    return _all(map(reports.event, events))


# --- Windows and their dates ----------------------------------------------------------------------------------------


def window_created(result: Changed[CalendarWindow], _: Ask) -> Answer:
    """201 and the new window."""
    body = bodies.window(result.record)
    return _one(body, 201, body["etag"])


def window_changed(result: Changed[CalendarWindow], _: Ask) -> Answer:
    """The window as it is now; whom the edit does not fit, if anybody (SPEC W3)."""
    body = bodies.window(result.record)
    return Answer(200, {"success": True, "data": body, **reports.impact(result.impact)}, body["etag"])


def availability(rows: tuple[AvailabilityRow, ...], ask: AvailabilityQuery) -> Answer:
    """The open windows of the date that was asked for."""
    until = {} if ask.until is None else {"until": ask.until.isoformat()}
    slots = [bodies.availability_row(row) for row in rows]
    return Answer(200, {"success": True, "date": ask.date.isoformat(), "slots": slots, **until})


def tracking(records: tuple[TrackingRecord, ...], _: Ask) -> Answer:
    """One record for each window, date and service."""
    return _all(map(bodies.tracking_record, records))


def overridden(result: Overridden, _: Ask) -> Answer:
    """The records that the override is about: all of a window-date, or the one of a service (SPEC W7)."""
    records = [bodies.tracking_record(record) for record in result.records]
    data: object = records
    if result.record.service_id is not None:
        (data,) = records
    return Answer(200, {"success": True, "data": data, **reports.impact(result.impact)})


def regenerated(result: Regenerated, _: Ask) -> Answer:
    """How many tracking records there are, and what differed from a recount (SPEC C6)."""
    found = [reports.difference(each) for each in result.differences]
    return _one({"records": result.records, "differences": found})
