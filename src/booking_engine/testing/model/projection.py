"""What pages show: availability, tracking and appointments, counted anew for every row (SPEC C5-C7, §10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from booking_engine import queries as q
from booking_engine.domain.channel import Channel
from booking_engine.domain.rejection import RejectionCode
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import AvailabilityRow, TrackingKey, TrackingRecord
from booking_engine.domain.window import CalendarWindow, Session, WindowStatus
from booking_engine.testing.model import wallclock
from booking_engine.testing.model.answer import Answer, invalid, refused
from booking_engine.testing.model.state import Page, State
from booking_engine.testing.model.visit import last_date


def availability(state: State, query: q.AvailabilityQuery, now: datetime) -> Answer:
    """The open windows of each date (SPEC C5, C7)."""
    asked_for = _filters(state, query)
    if isinstance(asked_for, Answer):
        return asked_for
    (service,) = asked_for
    days = _days(query.date, query.until or query.date)
    return Answer(
        rows=tuple(
            _availability_row(state, window, day, service, now)
            for day in days
            for window in state.windows
            if state.covers(window, day)
            and _shown(window, query.branch_id, query.session, service)
            and state.is_open(window, day, service.service_id if service else None)
        )
    )


def _availability_row(
    state: State, window: CalendarWindow, day: date, service: Service | None, now: datetime
) -> AvailabilityRow:
    service_id = service.service_id if service else None
    limits, taken = state.limits(window, day, service_id), state.taken(window.calendar_id, day, service_id)
    if service is not None:
        ai, staff = _rooms(state, window, day, service, now)
    else:
        best = [_rooms(state, window, day, each, now) for each in _open_to(state, window)]
        ai = min(state.left(limits, taken, Channel.AI_AGENT), max([rooms[0] for rooms in best], default=0))
        staff = min(state.left(limits, taken, Channel.STAFF), max([rooms[1] for rooms in best], default=0))
    return AvailabilityRow(window, day, service_id, limits, taken.filled, ai, staff)


def _rooms(state: State, window: CalendarWindow, day: date, service: Service, now: datetime) -> tuple[int, int]:
    """Room for the AI channel and for staff, as fresh bookings would find it (SPEC C7)."""
    service_id, hours = service.service_id, state.hours(window)
    latest = wallclock.latest_start(state.configuration.timezone, day, hours, service.duration_minutes)
    notice = timedelta(hours=state.configuration.min_notice_hours)
    bookable = (
        state.configuration.enabled
        and service in _open_to(state, window)
        and state.covers(window, day)
        and state.is_open(window, day, service_id)
        and day <= last_date(state, now)
        and latest is not None
        and latest > now
        and latest - now >= notice
    )
    if not bookable:
        return 0, 0
    return tuple(state.room(window, day, service_id, each) for each in (Channel.AI_AGENT, Channel.STAFF))  # type: ignore[return-value]  # two


def _open_to(state: State, window: CalendarWindow) -> list[Service]:
    """The active services that a window takes."""
    return [each for each in state.active_services() if window.service_id in (None, each.service_id)]


def tracking(state: State, query: q.TrackingQuery, now: datetime) -> Answer:
    """The records of each date (SPEC C6)."""
    asked_for = _filters(state, query)
    if isinstance(asked_for, Answer):
        return asked_for
    (service,) = asked_for
    first, last = (query.date, query.date) if query.date else (query.from_date, query.to_date)
    assert first is not None
    assert last is not None
    calendar_id = query.slot_id.split("||")[0] if query.slot_id else None
    return Answer(
        rows=tuple(
            record
            for day in _days(first, last)
            for record in tracking_of(state, day, now, calendar_id=calendar_id)
            if _shown(record.window, query.branch_id, query.session, service)
            and (service is None or record.key.service_id == service.service_id)
        )
    )


def tracking_of(state: State, day: date, now: datetime, *, calendar_id: str | None = None) -> list[TrackingRecord]:
    """The record of every window and service of a date, and of whatever else holds places there (SPEC W3, C6)."""
    return [
        _tracking_record(state, window, day, service, now)
        for window in state.windows
        for service in state.services
        if calendar_id in (None, window.calendar_id) and _is_tracked(state, window, day, service)
    ]


def _is_tracked(state: State, window: CalendarWindow, day: date, service: Service) -> bool:
    projected = state.covers(window, day) and service in _open_to(state, window)
    return projected or state.taken(window.calendar_id, day, service.service_id).filled > 0


def _tracking_record(
    state: State, window: CalendarWindow, day: date, service: Service, now: datetime
) -> TrackingRecord:
    service_id = service.service_id
    limits = state.limits(window, day, service_id)
    limited = state.taken(window.calendar_id, day, None if state.is_shared else service_id)
    is_open = state.covers(window, day) and state.is_open(window, day, service_id)
    return TrackingRecord(
        TrackingKey(window.calendar_id, day, service_id),
        window,
        limits,
        state.taken(window.calendar_id, day, service_id),
        *_rooms(state, window, day, service, now),
        WindowStatus.OPEN if is_open else WindowStatus.CLOSED,
        max(0, limited.filled - limits.max_slots),
    )


def count_records(state: State, now: datetime) -> Answer:
    """How many tracking records there are from today to the horizon (SPEC C6)."""
    days = _days(wallclock.local_date(now, state.configuration.timezone), last_date(state, now))
    tracked = [
        1
        for day in days
        for window in state.windows
        for service in state.services
        if _is_tracked(state, window, day, service)
    ]
    return Answer(total=len(tracked))


def appointments(state: State, query: q.AppointmentsQuery) -> Answer:
    """A page of appointments by start, then id (SPEC §10)."""
    asked_for = _filters(state, query)
    if isinstance(asked_for, Answer):
        return asked_for
    (service,) = asked_for
    phone_key = query.phone and state.phones.key(query.phone, state.configuration.default_region)
    filters = (
        *(query.date, query.status, service and service.service_id, query.branch_id, query.session, query.batch),
        *(phone_key, query.external_reference_id),
    )
    before = None if query.cursor is None else state.cursors.get(query.cursor)
    if query.cursor is not None and (before is None or before.filters != filters):
        return invalid("cursor")
    matching = [
        each
        for each in state.appointments
        if query.date in (None, each.start.date())
        and query.status in (None, each.status)
        and (service is None or each.service_id == service.service_id)
        and query.branch_id in (None, each.branch_id)
        and query.session in (None, each.session)
        and query.batch in (None, each.batch)
        and phone_key in (None, each.phone_key)
        and query.external_reference_id in (None, each.external_reference_id)
    ]
    matching.sort(key=lambda each: (each.start, each.appointment_id))
    behind = matching[((query.page or 1) - 1) * query.limit :]
    if before is not None:
        last = (before.last.start, before.last.appointment_id)
        behind = [each for each in matching if (each.start, each.appointment_id) > last]
    rows = tuple(behind[: query.limit])
    state.last_page = Page(query, filters, rows[-1]) if rows else None
    return Answer(rows=rows, total=len(matching), goes_on=len(behind) > query.limit)


def _filters(
    state: State, query: q.AvailabilityQuery | q.TrackingQuery | q.AppointmentsQuery
) -> tuple[Service | None] | Answer:
    """The service that is asked for; an unknown service or branch is refused."""
    service = None if query.appointment_type is None else state.service_named(query.appointment_type)
    if query.appointment_type is not None and service is None:
        return refused(RejectionCode.INVALID_APPOINTMENT_TYPE)
    if query.branch_id is not None and state.branch(query.branch_id) is None:
        return invalid("branch_id")
    return (service,)


def _shown(window: CalendarWindow, branch_id: str | None, session: Session | None, service: Service | None) -> bool:
    return (
        branch_id in (None, window.branch_id)
        and session in (None, window.session)
        and (service is None or window.service_id in (None, service.service_id))
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
