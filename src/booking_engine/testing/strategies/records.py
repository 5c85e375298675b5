"""Records: everything that an organisation has, valid by itself, and whole catalogs whose parts fit together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from booking_engine.domain import events
from booking_engine.domain.alternative import Alternative, AlternativeKind
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.localtime import Span, local_date
from booking_engine.domain.organisation import AiQuota, CapacityScope, Configuration, Organisation
from booking_engine.domain.phone import phone_key
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.domain.service import Service
from booking_engine.domain.slotid import SlotId
from booking_engine.domain.text import fold
from booking_engine.domain.tracking import AvailabilityRow, Counts, DateOverride, TrackingKey, TrackingRecord
from booking_engine.domain.window import CalendarWindow, Session, WindowStatus
from booking_engine.testing.strategies import values

NamedT = TypeVar("NamedT", Branch, Service)

_NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
_TODAY = _NOW.date()


def configurations(zone_names: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Configuration]:
    """Any policy (SPEC §2), without a region: that takes a phone normaliser which knows it."""
    return st.builds(
        Configuration,
        timezone=values.zones() if zone_names is None else zone_names,
        enabled=st.booleans(),
        buffer_time_minutes=st.integers(0, 1_440),
        max_advance_booking_days=st.integers(0, 3_650),
        min_notice_hours=st.integers(0, 8_760),
        allow_reschedule=st.booleans(),
        allow_cancellation=st.booleans(),
        cancellation_notice_hours=st.integers(0, 8_760),
        duplicate_prevention=st.booleans(),
        reschedule_notice_hours=st.integers(0, 8_760),
        ai_quota=st.sampled_from(AiQuota),
        capacity_scope=st.sampled_from(CapacityScope),
        hold_seconds=st.integers(1, 300),
        hold_max_seconds=st.integers(300, 86_400),
        duplicate_includes_patient=st.booleans(),
        issue_tokens=st.booleans(),
        session_hours=session_hours(),
    )


def session_hours() -> st.SearchStrategy[dict[Session, tuple[str, str]]]:
    """The hours of windows without times."""
    both = values.hours().map(lambda pair: (pair[0] or "00:00", pair[1] or "24:00"))
    return st.dictionaries(values.sessions(), both, max_size=3)


def organisations() -> st.SearchStrategy[Organisation]:
    """Tenants."""
    return st.builds(Organisation, org_id=values.record_ids(), name=values.names(), configuration=configurations())


def branches() -> st.SearchStrategy[Branch]:
    """Places of visit, some retired."""
    return st.builds(Branch, branch_id=values.record_ids(), name=values.names(), retired=st.booleans())


def services() -> st.SearchStrategy[Service]:
    """Kinds of visit, with and without a duration, some retired."""
    return st.builds(
        Service,
        service_id=values.record_ids(),
        name=values.names(),
        duration_minutes=values.durations(),
        retired=st.booleans(),
    )


@st.composite
def calendar_windows(
    draw: st.DrawFn,
    *,
    branch_ids: st.SearchStrategy[str] | None = None,
    service_ids: st.SearchStrategy[str] | None = None,
    around: date = _TODAY,
    slots_max: int = 1_000_000,
) -> CalendarWindow:
    """Weekly rules: restricted or not, with a batch or none, with times or none, of some weeks only (SPEC W1, W8)."""
    limits = draw(values.limits(slots_max))
    start, end = draw(values.hours())
    valid_from = draw(st.none() | values.local_dates(around - timedelta(days=30), around + timedelta(days=30)))
    until = st.integers(0, 90).map(lambda days: (valid_from or around) + timedelta(days=days))
    return CalendarWindow(
        calendar_id=draw(values.record_ids()),
        branch_id=draw(values.record_ids() if branch_ids is None else branch_ids),
        day=draw(values.weekdays()),
        session=draw(values.sessions()),
        ai_slots=limits.ai_slots,
        max_slots=limits.max_slots,
        created_at=_NOW,
        updated_at=_NOW,
        start_time=start,
        end_time=end,
        batch=draw(st.none() | st.sampled_from(["MA", "MB"]) | values.names()),
        service_id=draw(st.none() | (values.record_ids() if service_ids is None else service_ids)),
        status=draw(st.sampled_from(WindowStatus)),
        valid_from=valid_from,
        valid_until=draw(st.none() | until),
        interval_weeks=1 if valid_from is None else draw(st.integers(1, 4)),
        version=draw(st.integers(1, 100)),
    )


@st.composite
def date_overrides(
    draw: st.DrawFn,
    *,
    calendar_ids: st.SearchStrategy[str] | None = None,
    days: st.SearchStrategy[date] | None = None,
    service_ids: st.SearchStrategy[str | None] | None = None,
    slots_max: int = 1_000_000,
) -> DateOverride:
    """What differs on one date: status, capacity, or nothing; 0 places are allowed here (SPEC W7)."""
    max_slots = draw(st.none() | st.integers(0, slots_max))
    return DateOverride(
        calendar_id=draw(values.record_ids() if calendar_ids is None else calendar_ids),
        date=draw(values.local_dates() if days is None else days),
        service_id=draw(st.none() | values.record_ids() if service_ids is None else service_ids),
        status=draw(st.none() | st.sampled_from(WindowStatus)),
        max_slots=max_slots,
        ai_slots=draw(st.none() | st.integers(0, slots_max if max_slots is None else max_slots)),
    )


@st.composite
def branch_closures(
    draw: st.DrawFn,
    *,
    branch_ids: st.SearchStrategy[str] | None = None,
    ranges: st.SearchStrategy[tuple[date, date]] | None = None,
) -> BranchClosure:
    """Ranges of dates on which a branch is closed, or only some dates of them; some lifted again."""
    first, last = draw(values.date_ranges(14) if ranges is None else ranges)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return BranchClosure(
        closure_id=draw(values.record_ids()),
        branch_id=draw(values.record_ids() if branch_ids is None else branch_ids),
        first_date=first,
        last_date=last,
        only=draw(st.none() | st.lists(st.sampled_from(days), unique=True).map(sorted).map(tuple)),
        label=draw(st.none() | values.names()),
        lifted=draw(st.booleans()),
    )


@st.composite
def catalogs(draw: st.DrawFn, *, around: date = _TODAY, slots_max: int = 3) -> Catalog:
    """A whole setup: 1-2 branches, 1-3 services, 1-5 windows that overlap, overrides and closures near ``around``."""
    its_branches = draw(_distinct(branches(), 2))
    its_services = draw(_distinct(services(), 3))
    branch_ids = st.sampled_from([branch.branch_id for branch in its_branches])
    service_ids = st.sampled_from([service.service_id for service in its_services])
    windows = draw(
        st.lists(
            calendar_windows(branch_ids=branch_ids, service_ids=service_ids, around=around, slots_max=slots_max),
            min_size=1,
            max_size=5,
            unique_by=lambda window: window.calendar_id,
        )
    )
    week = values.local_dates(around, around + timedelta(days=6))
    calendar_ids = st.sampled_from([window.calendar_id for window in windows])
    overrides = date_overrides(
        calendar_ids=calendar_ids, days=week, service_ids=st.none() | service_ids, slots_max=slots_max
    )
    ranges = st.tuples(week, st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + timedelta(days=pair[1])))
    return Catalog(
        revision=draw(st.integers(1, 1_000)),
        organisation=draw(organisations()),
        branches=its_branches,
        services=its_services,
        windows=windows,
        overrides=draw(st.lists(overrides, max_size=4)),
        closures=draw(st.lists(branch_closures(branch_ids=branch_ids, ranges=ranges), max_size=2)),
    )


def _distinct(records: st.SearchStrategy[NamedT], size_max: int) -> st.SearchStrategy[list[NamedT]]:
    return st.lists(records, min_size=1, max_size=size_max, unique_by=lambda record: fold(record.name))


@st.composite
def appointments(draw: st.DrawFn, *, zone_names: st.SearchStrategy[str] | None = None) -> Appointment:
    """Bookings of any status, filed under the local date and the phone key that they must have (Inv11)."""
    start = draw(values.instants(datetime(2000, 1, 2, tzinfo=UTC), datetime(2199, 12, 30, tzinfo=UTC)))
    created_at = draw(values.instants(latest=start))
    phone = draw(values.phones())
    return Appointment(
        appointment_id=draw(values.appointment_ids()),
        service_id=draw(values.record_ids()),
        branch_id=draw(values.record_ids()),
        calendar_id=draw(values.record_ids()),
        start=start,
        duration_minutes=draw(values.durations()),
        date=local_date(start, draw(values.zones() if zone_names is None else zone_names)),
        session=draw(values.sessions()),
        batch=draw(st.none() | values.names()),
        patient_name=draw(values.names()),
        parent_phone=phone,
        phone_key=phone_key(phone),
        assigned_doctor=draw(st.none() | values.names()),
        notes=draw(st.none() | values.notes()),
        status=draw(st.sampled_from(AppointmentStatus)),
        external_reference_id=draw(st.none() | values.references()),
        booked_via=draw(values.channels()),
        created_at=created_at,
        updated_at=draw(values.instants(earliest=created_at)),
        version=draw(st.integers(1, 100)),
    )


@st.composite
def appointment_events(draw: st.DrawFn) -> Event:
    """Events about an appointment."""
    kinds: Iterable[type[Event]] = (
        events.AppointmentBooked,
        events.AppointmentUpdated,
        events.AppointmentRescheduled,
        events.AppointmentConfirmed,
        events.AppointmentCompleted,
        events.AppointmentCancelled,
        events.AppointmentRevived,
    )
    record = draw(appointments())
    return draw(st.sampled_from(list(kinds)))(
        event_id=draw(values.appointment_ids()).removeprefix("appt_"),
        org_id=draw(values.record_ids()),
        subject_id=record.appointment_id,
        version=record.version,
        at=record.updated_at,
        channel=draw(values.channels()),
        actor=draw(st.none() | values.names()),
        record=record,
    )


@st.composite
def holds(draw: st.DrawFn) -> Hold:
    """Places kept, filed under the local date that they must have (Inv11)."""
    start = draw(values.instants(datetime(2000, 1, 2, tzinfo=UTC), datetime(2199, 12, 30, tzinfo=UTC)))
    created_at = draw(values.instants(latest=start))
    return Hold(
        hold_id=draw(values.hold_ids()),
        holder=draw(values.references()),
        service_id=draw(values.record_ids()),
        branch_id=draw(values.record_ids()),
        calendar_id=draw(values.record_ids()),
        start=start,
        duration_minutes=draw(values.durations()),
        date=local_date(start, draw(values.zones())),
        session=draw(values.sessions()),
        batch=draw(st.none() | values.names()),
        channel=draw(values.channels()),
        created_at=created_at,
        ends_at=created_at + timedelta(seconds=draw(st.integers(1, 86_400))),
        version=draw(st.integers(1, 100)),
    )


def tracking_keys() -> st.SearchStrategy[TrackingKey]:
    """Where places are counted."""
    return st.builds(TrackingKey, values.record_ids(), values.local_dates(), values.record_ids())


def counts() -> st.SearchStrategy[Counts]:
    """Places taken, and how many of them by the AI channel."""
    return st.integers(0, 1_000_000).flatmap(lambda filled: st.builds(Counts, st.just(filled), st.integers(0, filled)))


def availability_rows() -> st.SearchStrategy[AvailabilityRow]:
    """Rows of availability; their numbers are unrelated."""
    number = st.integers(0, 1_000_000)
    service_id = st.none() | values.record_ids()
    return st.builds(
        AvailabilityRow, calendar_windows(), values.local_dates(), service_id, values.limits(), number, number, number
    )


def tracking_records() -> st.SearchStrategy[TrackingRecord]:
    """Tracking records; their numbers are unrelated."""
    number = st.integers(0, 1_000_000)
    status = st.sampled_from(WindowStatus)
    return st.builds(
        TrackingRecord, tracking_keys(), calendar_windows(), values.limits(), counts(), number, number, status, number
    )


def slot_ids() -> st.SearchStrategy[SlotId]:
    """The three documented forms (SPEC W2)."""
    calendar_id, day, service_id = values.record_ids(), values.local_dates(), values.record_ids()
    return st.one_of(
        st.builds(SlotId, calendar_id, st.none(), st.none()),
        st.builds(SlotId, calendar_id, day, st.none()),
        st.builds(SlotId, calendar_id, day, service_id),
    )


def spans() -> st.SearchStrategy[Span]:
    """Half-open stretches of up to a day."""
    length = st.integers(1, 1_440).map(lambda minutes: timedelta(minutes=minutes))
    return st.tuples(values.instants(latest=datetime(2199, 12, 30, tzinfo=UTC)), length).map(
        lambda pair: Span(pair[0], pair[0] + pair[1])
    )


def field_problems() -> st.SearchStrategy[FieldProblem]:
    """One bad field."""
    return st.builds(FieldProblem, values.references(), values.names(), values.names())


def rejections() -> st.SearchStrategy[Rejection]:
    """Refusals of every code and reason; their details are unrelated."""
    return st.builds(
        Rejection,
        code=st.sampled_from(RejectionCode),
        message=values.names(),
        reason=st.none() | st.sampled_from(Reason),
        fields=st.lists(field_problems(), max_size=3).map(tuple),
        existing_appointment_id=st.none() | values.appointment_ids(),
        earliest=st.none() | values.instants(),
        latest=st.one_of(st.none(), values.instants(), values.local_dates()),
        alternatives=st.lists(alternatives(), max_size=3).map(tuple),
    )


def alternatives() -> st.SearchStrategy[Alternative]:
    """Visits that could be booked; instant, date and window are unrelated."""
    return st.builds(
        Alternative,
        values.instants().map(lambda instant: instant.replace(second=0, microsecond=0)),
        values.local_dates(),
        calendar_windows(),
        st.integers(1, 1_000_000),
        st.sampled_from(AlternativeKind),
    )
