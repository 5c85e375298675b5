"""What is asked of a scene: few people, few places and the same few instants, so that everything collides.

Most of it makes sense where it is asked; about one name in ten is of something that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
from hypothesis import strategies as st

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.window import CalendarWindow, Session, Weekday, WindowStatus
from booking_engine.testing.machine.drawing import Draw, mostly, once_in, one, seldom, some
from booking_engine.testing.machine.scene import DAY, Scene
from booking_engine.testing.strategies import nearly_valid

BRANCHES = ("main", "north")
SERVICES = {"checkup": ("Check-Up", 0), "scan": ("Straße", 30), "long": ("Long visit", 60)}
PEOPLE = ("Aadhi", "Banu")
PHONES = ("+91 98400-11111", "00919840011111", "09840011111", "+919840022222", "+919840XXXXXX")
DOCTORS = ("Dr. Rao", " dr.  rao", "Dr. Lee")
REFERENCES = ("R1", "R2")
BATCHES = ("MA", "MB")
WHO = (None, "reception")

POLICIES: tuple[dict[str, Any], ...] = (
    {},
    {"min_notice_hours": 0, "cancellation_notice_hours": 0, "hold_max_seconds": 400},
    {"buffer_time_minutes": 30, "cancellation_notice_hours": 0},
    {"buffer_time_minutes": 15, "min_notice_hours": 0, "hold_max_seconds": 400},
    {"allow_reschedule": False, "cancellation_notice_hours": 1},
    {"allow_cancellation": False, "reschedule_notice_hours": 24},
    {"ai_quota": AiQuota.SEPARATE, "cancellation_notice_hours": 0, "hold_max_seconds": 400},
    {"capacity_scope": CapacityScope.SHARED, "cancellation_notice_hours": 0, "hold_max_seconds": 400},
    {"duplicate_prevention": False, "buffer_time_minutes": 30, "min_notice_hours": 0, "cancellation_notice_hours": 0},
)
"""The policies to begin with: each lets something happen early that would take a run of changes otherwise."""

_CALENDAR_IDS = ("w2", "w3", "w4", "w5", "w6")
_INDIA = timezone(timedelta(hours=5, minutes=30))
_HOURS: tuple[tuple[str | None, str | None], ...] = (
    *(("09:00", "11:00"), ("09:00", "11:00"), ("09:00", "10:00"), ("10:00", "12:00"), (None, None)),
    *(("00:00", "03:00"), ("01:30", "02:30"), ("23:00", "24:00"), (None, "10:00"), ("10:00", None)),
)
_SETTINGS: dict[str, tuple[Any, ...]] = {
    "enabled": (True, True, True, True, False),
    "buffer_time_minutes": (0, 15, 30),
    "max_advance_booking_days": (30, 30, 30, 0, 1),
    "min_notice_hours": (2, 0, 0, 1, 24),
    "allow_reschedule": (True, True, True, False),
    "allow_cancellation": (True, True, True, False),
    "cancellation_notice_hours": (0, 24, 1),
    "reschedule_notice_hours": (0, 0, 24, 1),
    "duplicate_prevention": (True, True, False),
    "duplicate_includes_patient": (False, True),
    "ai_quota": tuple(AiQuota),
    "capacity_scope": tuple(CapacityScope),
    "default_region": (None, None, "IN", "DE", "ZZ"),
    "hold_seconds": (300, 200, 1_000),
    "hold_max_seconds": (900, 400),
    "session_hours": ({}, {Session.MORNING: ("09:00", "10:30")}, {Session.EVENING: ("00:00", "24:00")}),
    "name": ("Sunrise", "Sunset"),
}


# --- Drawing --------------------------------------------------------------------------------------------------------


def _moment(draw: Draw, scene: Scene, window: CalendarWindow | None) -> datetime:
    """An instant, mostly of the window, under some offset (Inv15)."""
    kind = draw(st.integers(0, 9))
    if kind <= 4 and window is not None:
        instants = scene.inside(window)
    elif kind <= 7 and scene.model.appointments:
        instants = scene.beside_appointments()
    else:
        instants = scene.at_the_edges() if kind == 8 else scene.anywhere()
    return one(draw, instants).astimezone(one(draw, (UTC, _INDIA)))


def _window(draw: Draw, scene: Scene) -> CalendarWindow:
    return one(draw, [*scene.catalog.windows.values()])


def _appointment_id(draw: Draw, scene: Scene, statuses: Sequence[AppointmentStatus] = tuple(AppointmentStatus)) -> str:
    """An appointment, mostly one of these statuses, the latest first."""
    known = [each for each in reversed(scene.model.appointments) if each.status in statuses]
    others = [each.appointment_id for each in scene.model.appointments]
    return mostly(draw, [each.appointment_id for each in known], [*others, "appt_nobody"])


def _service_text(draw: Draw, scene: Scene) -> str:
    known = [text for each in scene.catalog.services.values() for text in (each.service_id, each.name)]
    return mostly(draw, known, ["STRASSE", " check-up ", "unheard of"])


# --- Appointments ---------------------------------------------------------------------------------------------------


@st.composite
def bookings(draw: Draw, scene: Scene) -> c.BookAppointment:
    """Bookings on every channel, with and without reference, labels, doctor and branch."""
    window = _window(draw, scene)
    fitting = [window.service_id] if window.service_id else [*scene.catalog.services]
    return c.BookAppointment(
        appointment_type=_service_text(draw, scene) if once_in(draw, 4) else one(draw, fitting),
        appointment_date=_moment(draw, scene, window),
        patient_name=one(draw, PEOPLE),
        parent_phone=one(draw, PHONES),
        branch_id=mostly(draw, [window.branch_id], [None, "nowhere", *BRANCHES]),
        session=mostly(draw, [None, None, window.session], tuple(Session)),
        batch=mostly(draw, [None, None, None, window.batch], BATCHES),
        assigned_doctor=one(draw, (DOCTORS[0], None, *DOCTORS)),
        external_reference_id=seldom(draw, REFERENCES, 2),
        notes=seldom(draw, ("first\nvisit",)),
        alternatives=seldom(draw, (1, 3)) or 0,
        channel=one(draw, tuple(Channel)),
        actor=one(draw, WHO),
    )


@st.composite
def fresh_bookings(draw: Draw, scene: Scene) -> c.BookAppointment:
    """Bookings that nothing but time and room can refuse."""
    stranger = f"+1{len(scene.model.appointments):09}"
    return attrs.evolve(draw(bookings(scene)), parent_phone=stranger, assigned_doctor=None, external_reference_id=None)


@st.composite
def wishes(draw: Draw, scene: Scene) -> q.AlternativesQuery:
    """Alternatives to a booking that might be asked for."""
    like = draw(bookings(scene))
    return q.AlternativesQuery(
        appointment_type=like.appointment_type,
        appointment_date=like.appointment_date,
        branch_id=like.branch_id,
        session=like.session,
        batch=like.batch,
        assigned_doctor=like.assigned_doctor,
        channel=like.channel,
        limit=one(draw, (3, 1, 10)),
    )


@st.composite
def repetitions(draw: Draw, scene: Scene) -> c.BookAppointment:
    """Bookings that are like one that stands: the same person again, or the same reference."""
    # Above all one whose reference is free again.
    freed = [each for each in scene.model.appointments if each.status is AppointmentStatus.CANCELLED]
    like = mostly(draw, [each for each in freed if each.external_reference_id], scene.model.appointments)
    window = scene.catalog.windows[like.calendar_id]
    return c.BookAppointment(
        appointment_type=like.service_id,
        appointment_date=one(draw, [like.start, like.start, *scene.inside(window)]),
        patient_name=mostly(draw, [like.patient_name], PEOPLE),
        parent_phone=one(draw, [like.parent_phone, *PHONES]),
        branch_id=like.branch_id,
        assigned_doctor=one(draw, [like.assigned_doctor, None]),
        external_reference_id=one(draw, [like.external_reference_id, like.external_reference_id, None, *REFERENCES]),
        channel=like.booked_via,
    )


@st.composite
def updates(draw: Draw, /, scene: Scene, **always: Any) -> c.UpdateAppointment:
    """Changes of one appointment: these fields, values or what draws them, and once in three times others as well."""
    revives = always.get("status") is AppointmentStatus.CONFIRMED
    appointment_id = _appointment_id(draw, scene, _REVIVED if revives else _EXPECTED)
    offered: Mapping[str, Callable[[], Any]] = {
        "appointment_date": lambda: _moment(draw, scene, _window_for(draw, scene, appointment_id)),
        "status": lambda: one(draw, STATUSES),
        "assigned_doctor": lambda: one(draw, (*DOCTORS, None)),
        "notes": lambda: one(draw, ("second\nvisit", None)),
        "session": lambda: one(draw, tuple(Session)),
        "batch": lambda: one(draw, BATCHES),
        "alternatives": lambda: one(draw, (0, 0, 3)),
    }
    also = draw(st.lists(st.sampled_from(sorted(offered)), max_size=2, unique=True)) if once_in(draw, 3) else []
    values: dict[str, Any] = {name: offered[name]() for name in also if name not in always}
    values |= {name: offered[name]() if value is ANY else value for name, value in always.items()}
    version = next((each.version for each in scene.model.appointments if each.appointment_id == appointment_id), 1)
    return c.UpdateAppointment(
        appointment_id=appointment_id,
        if_version=_seen(draw, version),
        channel=one(draw, tuple(Channel)),
        actor=one(draw, WHO),
        **values,
    )


def _seen(draw: Draw, version: int) -> int | Collection[int] | None:
    """Mostly nothing; or what an editor has seen, the version as it is or not."""
    seen: tuple[int | tuple[int, ...], ...] = (version, version + 1, (version, version + 2), ())
    return one(draw, seen) if once_in(draw, 5) else None


def _window_for(draw: Draw, scene: Scene, appointment_id: str) -> CalendarWindow:
    """Half of the time the window that the appointment is in."""
    own = [each.calendar_id for each in scene.model.appointments if each.appointment_id == appointment_id]
    stays: bool = draw(st.booleans())
    return scene.catalog.windows[own[0]] if own and stays else _window(draw, scene)


def changes(scene: Scene) -> st.SearchStrategy[c.UpdateAppointment]:
    """Every kind of change but a new date alone."""
    each_status = [updates(scene, status=status) for status in STATUSES]
    each_field = [updates(scene, **{field: ANY}) for field in ("session", "batch", "assigned_doctor", "notes")]
    if any(each.status is AppointmentStatus.CANCELLED for each in scene.model.appointments):
        each_status += [updates(scene, status=AppointmentStatus.CONFIRMED)] * 3
    return st.one_of(*each_status, *each_field)


ANY = object()
"""Stands for a field of an update that is drawn."""
_EXPECTED = (AppointmentStatus.CONFIRMED, AppointmentStatus.RESCHEDULED)
_REVIVED = (AppointmentStatus.CANCELLED,)
STATUSES = (AppointmentStatus.CONFIRMED, AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED)


# --- Setup ----------------------------------------------------------------------------------------------------------


@st.composite
def configurations(draw: Draw, scene: Scene) -> c.ConfigureOrganisation:
    """Changes of one to three settings."""
    zones = (*[scene.era.zone] * 4, "UTC", "Asia/Kolkata", "Pacific/Kiritimati")
    return c.ConfigureOrganisation(**some(draw, {**_SETTINGS, "timezone": zones}))


@st.composite
def catalog_changes(draw: Draw, scene: Scene) -> c.SetupCommand:
    """Branches and services added, that may be there already, renamed, retired and taken back."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        branch_id = one(draw, BRANCHES)
        return c.AddBranch(name=mostly(draw, [branch_id.title()], ["Main", "North"]), branch_id=branch_id)
    if kind == 1:
        service_id = one(draw, [*SERVICES, "SCAN"])
        name, duration = SERVICES.get(service_id, ("Shouted", 0))
        return c.AddService(service_id=service_id, name=name, duration_minutes=duration)
    if kind == 2:
        changes = some(draw, {"name": ("Main", "main ", "North"), "retired": (False, False, True)}, 2)
        return c.UpdateBranch(branch_id=mostly(draw, [*scene.catalog.branches], ["nowhere"]), **changes)
    offered = {
        "name": ("Check-Up", "Strasse", "scan", "Other"),
        "duration_minutes": (0, 30, 90),
        "retired": (False, False, True),
    }
    service_id = mostly(draw, [*scene.catalog.services], ["unheard of"])
    return c.UpdateService(service_id=service_id, **some(draw, offered, 2))


@st.composite
def new_windows(draw: Draw, scene: Scene) -> c.CreateWindow:
    """Windows of both weekdays that overlap, of every kind."""
    start, end = one(draw, _HOURS)
    first, second = scene.era.days
    # Every second week: those of the dates, or those between.
    schedule = mostly(draw, [(None, 1), (None, 1), (first, 2)], [(first - 7 * DAY, 2), (second, 1), (None, 2)])
    ai_slots, max_slots = mostly(draw, [(1, 1), (1, 2), (0, 1), (2, None)], [(2, 1), (0, None)])
    return c.CreateWindow(
        branch_id=mostly(draw, [*scene.catalog.branches], ["nowhere"]),
        day=one(draw, _weekdays(scene)),
        session=one(draw, tuple(Session)),
        ai_slots=ai_slots,
        max_slots=max_slots,
        start_time=start,
        end_time=end,
        batch_name=seldom(draw, BATCHES, 2),
        appointment_type_id=_service_text(draw, scene) if once_in(draw, 3) else None,
        status=mostly(draw, [WindowStatus.OPEN], [WindowStatus.CLOSED]),
        valid_from=schedule[0],
        valid_until=seldom(draw, (first,), 6),
        interval_weeks=schedule[1],
        calendar_id=mostly(draw, [each for each in _CALENDAR_IDS if each not in scene.catalog.windows], _CALENDAR_IDS),
    )


def _weekdays(scene: Scene) -> list[Weekday]:
    return [Weekday.of(day) for day in scene.era.days]


@st.composite
def window_updates(draw: Draw, scene: Scene) -> c.UpdateWindow:
    """Windows changed, disabled and reopened."""
    first, second = scene.era.days
    changes = some(
        draw,
        {
            "day": _weekdays(scene),
            "session": tuple(Session),
            "start_time": (None, "09:00", "10:00", "02:00"),
            "end_time": (None, "10:00", "11:00", "24:00"),
            "max_slots": (1, 2, 2),
            "ai_slots": (0, 1, 2),
            "batch_name": (None, *BATCHES),
            "status": tuple(WindowStatus),
            "valid_from": (None, first, second),
            "valid_until": (None, first, second),
            "interval_weeks": (1, 1, 2),
        },
    )
    suffix = mostly(draw, [""], [f"||{first}", f"||{first}||checkup"])
    calendar_id = mostly(draw, [*scene.catalog.windows], ["w0"])
    window = scene.catalog.windows.get(calendar_id)
    seen = _seen(draw, window.version if window else 1)
    return c.UpdateWindow(slot_id=calendar_id + suffix, if_version=seen, **changes)


@st.composite
def overrides(draw: Draw, scene: Scene) -> c.OverrideTracking:
    """Capacity and status of one date."""
    window = _window(draw, scene)
    calendar_id = mostly(draw, [window.calendar_id], ["w0"])
    day = mostly(draw, [day for day in scene.era.days if Weekday.of(day) is window.day], scene.era.days)
    services = [f"||{each}" for each in scene.catalog.services]
    service = mostly(draw, ["", *services], ["||unheard of", "||", *services])
    slots = (None, 0, 1, 2)
    changes = some(draw, {"status": (*WindowStatus, None), "max_slots": slots, "ai_slots": slots}, 2)
    return c.OverrideTracking(slot_id=f"{calendar_id}||{day}{service}", **changes)


@st.composite
def closures(draw: Draw, scene: Scene) -> c.CloseBranch:
    """A branch closed on one of the dates or both."""
    first, second = scene.era.days
    days = mostly(draw, [(first, first), (second, second), (first, second)], [(second, first)])
    only: tuple[frozenset[date], ...] = (frozenset({first}), frozenset({second}), frozenset())
    return c.CloseBranch(
        branch_id=mostly(draw, [*scene.catalog.branches], ["nowhere"]),
        first_date=days[0],
        last_date=days[1],
        only=seldom(draw, only),
        label=seldom(draw, ("holiday",)),
    )


@st.composite
def reopenings(draw: Draw, scene: Scene) -> c.ReopenBranch:
    """Closures lifted."""
    return c.ReopenBranch(closure_id=mostly(draw, [*scene.catalog.closures], ["nothing"]))


@st.composite
def new_times(draw: Draw, scene: Scene) -> datetime:
    """Where the clock may be set to."""
    return one(draw, scene.times_to_be())


# --- Reading --------------------------------------------------------------------------------------------------------


@st.composite
def queries(draw: Draw, scene: Scene) -> q.Query:
    """Pages, narrowed and not."""
    first, second = scene.era.days
    narrowed: dict[str, Any] = {
        "branch_id": seldom(draw, (*scene.catalog.branches, "nowhere")),
        "session": seldom(draw, tuple(Session)),
        "appointment_type": _service_text(draw, scene) if once_in(draw, 4) else None,
    }
    if scene.model.cursors and once_in(draw, 2):
        return _next_page(draw, scene)
    kind = draw(st.integers(0, 5 if scene.model.appointments else 4))
    if kind == 0:
        return q.AvailabilityQuery(date=one(draw, (first, second)), **narrowed)
    if kind == 1:
        slot_id = seldom(draw, [f"{calendar_id}||{first}" for calendar_id in scene.catalog.windows])
        return q.TrackingQuery(from_date=first, to_date=one(draw, (first, second)), slot_id=slot_id, **narrowed)
    if kind == 5:
        return q.AppointmentQuery(appointment_id=_appointment_id(draw, scene))
    if kind == 3:
        holds = [hold.hold_id for hold in scene.running_holds()]
        subjects = [scene.catalog.organisation.org_id, *scene.catalog.windows, *scene.catalog.branches, *holds]
        return q.HistoryQuery(subject_id=mostly(draw, subjects, [_appointment_id(draw, scene)]))
    if kind == 2:
        return q.RegenerateTracking()
    return q.AppointmentsQuery(
        date=seldom(draw, (first, second), 2),
        status=seldom(draw, tuple(AppointmentStatus)),
        batch=seldom(draw, BATCHES),
        phone=seldom(draw, PHONES),
        external_reference_id=seldom(draw, REFERENCES),
        page=one(draw, (1, 1, 2)),
        limit=one(draw, (50, 2, 1)),
        **narrowed,
    )


def _next_page(draw: Draw, scene: Scene) -> q.AppointmentsQuery:
    """A list gone on with, a page long or two; once in a while with another filter, or a page number too."""
    cursor = one(draw, [*scene.model.cursors])
    changes: dict[str, Any] = {"page": None, "limit": one(draw, (1, 1, 2))}
    if once_in(draw, 6):
        changes |= some(draw, {"status": tuple(AppointmentStatus), "phone": PHONES, "page": (1,)}, 1)
    return attrs.evolve(scene.model.cursors[cursor], cursor=cursor, **changes)


def reads_and_slips(scene: Scene) -> st.SearchStrategy[c.Command | q.Query]:
    """Pages, and asks with some fields spoilt."""
    asks: list[st.SearchStrategy[c.Command]] = [bookings(scene), new_windows(scene), window_updates(scene)]
    if scene.model.appointments:
        asks.append(updates(scene, notes=ANY))
    return queries(scene) | queries(scene) | nearly_valid(st.one_of(asks))
