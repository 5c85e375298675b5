"""A scene is where a run plays: two neighbouring dates of one zone, few people, few places, so that things collide.

What is drawn depends on what has happened: appointments that stand, windows that exist, the edges of notice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.window import CalendarWindow, Session, Weekday, WindowStatus
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.model import NaiveModel

ValueT = TypeVar("ValueT")
Draw = st.DrawFn

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)


@attrs.frozen
class Era:
    """A zone and the first of two dates; on one of them the zone's clock may change."""

    zone: str
    first: date

    @property
    def days(self) -> tuple[date, date]:
        """The two dates."""
        return self.first, self.first + DAY

    @property
    def eve(self) -> datetime:
        """Noon of the day before, UTC: all of both dates is still to come."""
        return datetime.combine(self.first - DAY, time(12), UTC)


ERAS = (
    Era("UTC", date(2026, 6, 15)),
    Era("Asia/Kolkata", date(2026, 6, 15)),
    Era("Europe/Berlin", date(2026, 10, 24)),  # an hour repeated on the second date
    Era("America/New_York", date(2026, 3, 7)),  # an hour skipped
    Era("Australia/Lord_Howe", date(2026, 10, 3)),  # half an hour skipped
    Era("Pacific/Apia", date(2011, 12, 29)),  # the second date skipped as a whole
    Era("America/Havana", date(2026, 10, 31)),  # midnight repeated
    Era("America/Sao_Paulo", date(2018, 11, 3)),  # midnight skipped
)

BRANCHES = ("main", "north")
SERVICES = {"checkup": ("Check-Up", 0), "scan": ("Straße", 30), "long": ("Long visit", 60)}
PEOPLE = ("Aadhi", "Banu")
PHONES = ("+91 98400-11111", "00919840011111", "09840011111", "+919840022222", "+919840XXXXXX")
DOCTORS = ("Dr. Rao", " dr.  rao", "Dr. Lee")
REFERENCES = ("R1", "R2")
BATCHES = ("MA", "MB")
WHO = (None, "reception")

_TIMES = ("09:00", "09:30", "10:00", "10:30", "11:00", "00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:30")
_HOURS: tuple[tuple[str | None, str | None], ...] = (
    *(("09:00", "11:00"), ("09:00", "11:00"), ("09:00", "10:00"), ("10:00", "12:00"), (None, None)),
    *(("00:00", "03:00"), ("01:30", "02:30"), ("23:00", "24:00"), (None, "10:00"), ("10:00", None)),
)
_SETTINGS: dict[str, tuple[Any, ...]] = {
    "enabled": (True, True, True, False),
    "buffer_time_minutes": (0, 15, 30),
    "max_advance_booking_days": (30, 30, 0, 1),
    "min_notice_hours": (2, 0, 1, 24),
    "allow_reschedule": (True, True, True, False),
    "allow_cancellation": (True, True, True, False),
    "cancellation_notice_hours": (0, 24, 1),
    "reschedule_notice_hours": (0, 0, 24, 1),
    "duplicate_prevention": (True, True, False),
    "duplicate_includes_patient": (False, True),
    "ai_quota": tuple(AiQuota),
    "capacity_scope": tuple(CapacityScope),
    "default_region": (None, "IN", "DE", "ZZ"),
    "hold_seconds": (300, 1_000),
    "session_hours": ({}, {Session.MORNING: ("09:00", "10:30")}, {Session.EVENING: ("00:00", "24:00")}),
    "name": ("Sunrise", "Sunset"),
}


@attrs.frozen
class Scene:
    """What may be asked for at this moment of a run."""

    era: Era
    clock: FixedClock
    model: NaiveModel

    # --- What there is ----------------------------------------------------------------------------------------------

    @property
    def catalog(self) -> Catalog:
        """What is set up."""
        return self.model.catalog

    def appointment_ids(self) -> list[str]:
        """The appointments that can be changed, the latest first, and one that does not exist."""
        known = [each.appointment_id for each in reversed(self.model.appointments)]
        return known * 4 + ["appt_nobody"]

    def local(self, day: date, time_of_day: str, fold: int = 0) -> datetime:
        """The instant of a time on the clock; ``fold`` 1 is the second one of a repeated hour."""
        wall = datetime.combine(day, time.fromisoformat(time_of_day), ZoneInfo(self.era.zone))
        return wall.replace(fold=fold).astimezone(UTC)

    def moments(self) -> list[datetime]:
        """Instants worth booking: of both dates, at the edges of windows and of what the policy allows."""
        now, configuration = self.clock(), self.catalog.configuration
        notice = now + timedelta(hours=configuration.min_notice_hours)
        often = [self.local(day, at) for day in self.era.days for at in _TIMES[:3]]
        seldom = [self.local(day, at, fold) for day in self.era.days for at in _TIMES for fold in (0, 1)]
        edges = [now, now + TICK, notice, notice - TICK, self.local(self.era.first, "11:00") - TICK]
        beyond = [self.local(self.era.first + timedelta(days=days), "09:00") for days in (7, 14, 31)]
        return often * 8 + seldom + edges + beyond + self._beside_appointments()

    def _beside_appointments(self) -> list[datetime]:
        """Starts at which the buffer to an appointment is just kept, and just not."""
        gap = timedelta(minutes=self.catalog.configuration.buffer_time_minutes)
        return [
            moment
            for each in self.model.appointments[-2:]
            for moment in (each.start, each.end + gap, each.end + gap - TICK, each.start - gap)
        ]

    def times_to_be(self) -> list[datetime]:
        """Instants to set the clock to: where notice, horizon and the past begin, and back to the eve."""
        configuration = self.catalog.configuration
        hours = {
            configuration.min_notice_hours,
            configuration.cancellation_notice_hours,
            configuration.reschedule_notice_hours,
        }
        edges = [
            each.start - timedelta(hours=number) + nudge
            for each in self.model.appointments[-3:]
            for number in hours | {0}
            for nudge in (timedelta(0), TICK)
        ]
        days = timedelta(days=configuration.max_advance_booking_days)
        horizon = [self.local(self.era.first, "00:00") - days, self.local(self.era.first, "00:00") - days - TICK]
        return [self.era.eve] * (2 + len(edges) // 2) + [self.clock() + timedelta(hours=1)] + horizon + edges

    # --- Strategies -------------------------------------------------------------------------------------------------

    def new_times(self) -> st.SearchStrategy[datetime]:
        """Where the clock may be set to."""
        return st.sampled_from(self.times_to_be())

    def bookings(self) -> st.SearchStrategy[c.BookAppointment]:
        """Bookings on every channel, with and without reference, labels, doctor and branch."""
        return _asked(self, _booking)

    def repetitions(self) -> st.SearchStrategy[c.BookAppointment]:
        """Bookings that are like one that stands: the same person again, or the same reference."""
        return _asked(self, _repetition)

    def fresh_bookings(self) -> st.SearchStrategy[c.BookAppointment]:
        """Bookings that nothing but time and room can refuse."""
        return _asked(self, _fresh_booking)

    def updates(self, *fields: str) -> st.SearchStrategy[c.UpdateAppointment]:
        """Changes of these fields of one appointment, now and then of others as well."""
        return _asked(self, lambda draw, scene: _update(draw, scene, fields))

    def configurations(self) -> st.SearchStrategy[c.ConfigureOrganisation]:
        """Changes of one to three settings."""
        return _asked(self, _configuration)

    def catalog_changes(self) -> st.SearchStrategy[c.SetupCommand]:
        """Branches and services added, that may be there already, renamed, retired and taken back."""
        return _asked(self, _catalog_change)

    def new_windows(self) -> st.SearchStrategy[c.CreateWindow]:
        """Windows of both weekdays that overlap, of every kind."""
        return _asked(self, _window)

    def window_updates(self) -> st.SearchStrategy[c.UpdateWindow]:
        """Windows changed, disabled and reopened."""
        return _asked(self, _window_update)

    def overrides(self) -> st.SearchStrategy[c.OverrideTracking]:
        """Capacity and status of one date."""
        return _asked(self, _override)

    def closures(self) -> st.SearchStrategy[c.CloseBranch]:
        """A branch closed on one of the dates or both."""
        return _asked(self, _closure)

    def reopenings(self) -> st.SearchStrategy[c.ReopenBranch]:
        """Closures lifted."""
        return st.sampled_from([*self.catalog.closures, "nothing"]).map(lambda each: c.ReopenBranch(closure_id=each))

    def queries(self) -> st.SearchStrategy[q.Query]:
        """Pages, narrowed and not."""
        return _asked(self, _query)


def _asked(scene: Scene, ask: Callable[[Draw, Scene], ValueT]) -> st.SearchStrategy[ValueT]:
    @st.composite
    def composed(draw: Draw) -> ValueT:
        return ask(draw, scene)

    return composed()


def _one(draw: Draw, values: Sequence[ValueT]) -> ValueT:
    return draw(st.sampled_from(values))


def _seldom(draw: Draw, values: Sequence[ValueT], of: int = 4) -> ValueT | None:
    return _one(draw, values) if draw(st.integers(1, of)) == of else None


def _some(draw: Draw, offered: Mapping[str, Sequence[Any]], most: int = 3) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(offered)), min_size=1, max_size=most, unique=True))
    return {name: _one(draw, offered[name]) for name in names}


def _moment(draw: Draw, scene: Scene) -> datetime:
    """An instant, written under some offset (I15)."""
    return _written(draw, _one(draw, scene.moments()))


def _written(draw: Draw, instant: datetime) -> datetime:
    return instant.astimezone(_one(draw, (UTC, timezone(timedelta(hours=5, minutes=30)))))


def _moment_in(draw: Draw, scene: Scene, window: CalendarWindow) -> datetime:
    """An instant at which the window is, if its hours and the dates allow."""
    day = _one(draw, [day for day in scene.era.days if Weekday.of(day) is window.day])
    start = window.start_time or "09:00"
    hour, minute = start.split(":")
    half_past = f"{hour}:30" if minute == "00" else f"{int(hour) + 1:02}:00"
    return _written(draw, scene.local(day, _one(draw, (start, start, half_past)), draw(st.integers(0, 1))))


def _service_texts(scene: Scene) -> list[str]:
    known = [text for each in scene.catalog.services.values() for text in (each.service_id, each.name)]
    return [*known, *known, "STRASSE", " check-up ", "unheard of"]


def _booking(draw: Draw, scene: Scene) -> c.BookAppointment:
    """Three of four aim at a window."""
    windows = [*scene.catalog.windows.values()]
    window = _one(draw, windows) if draw(st.integers(0, 3)) else None
    branches = [*scene.catalog.branches]
    somewhere = [*branches, "nowhere", None] if len(branches) > 1 else [None, *branches]
    service_ids = [*scene.catalog.services]
    return c.BookAppointment(
        appointment_type=_one(draw, service_ids if window else _service_texts(scene)),
        appointment_date=_moment_in(draw, scene, window) if window else _moment(draw, scene),
        patient_name=_one(draw, PEOPLE),
        parent_phone=_one(draw, PHONES),
        branch_id=window.branch_id if window else _one(draw, somewhere),
        session=_seldom(draw, [window.session] if window else tuple(Session)),
        batch=_seldom(draw, BATCHES, 8),
        assigned_doctor=_seldom(draw, DOCTORS, 2),
        external_reference_id=_seldom(draw, REFERENCES, 3),
        notes=_seldom(draw, ("first\nvisit",)),
        channel=_one(draw, tuple(Channel)),
        actor=_one(draw, WHO),
    )


def _fresh_booking(draw: Draw, scene: Scene) -> c.BookAppointment:
    stranger = f"+1{len(scene.model.appointments):09}"
    return attrs.evolve(_booking(draw, scene), parent_phone=stranger, assigned_doctor=None, external_reference_id=None)


def _repetition(draw: Draw, scene: Scene) -> c.BookAppointment:
    like = draw(st.sampled_from(scene.model.appointments))
    return c.BookAppointment(
        appointment_type=like.service_id,
        appointment_date=_one(draw, [like.start, like.start, *scene.moments()]),
        patient_name=_one(draw, [like.patient_name, *PEOPLE]),
        parent_phone=_one(draw, [like.parent_phone, like.parent_phone, *PHONES]),
        branch_id=like.branch_id,
        assigned_doctor=_one(draw, [like.assigned_doctor, None]),
        external_reference_id=_one(draw, [like.external_reference_id, None, *REFERENCES]),
        channel=like.booked_via,
    )


def _update(draw: Draw, scene: Scene, fields: tuple[str, ...]) -> c.UpdateAppointment:
    offered: dict[str, Callable[[], Any]] = {
        "appointment_date": lambda: _new_moment(draw, scene),
        "status": lambda: _one(
            draw, (AppointmentStatus.CONFIRMED, AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED)
        ),
        "assigned_doctor": lambda: _one(draw, (*DOCTORS, None)),
        "notes": lambda: _one(draw, ("second\nvisit", None)),
        "session": lambda: _one(draw, tuple(Session)),
        "batch": lambda: _one(draw, BATCHES),
    }
    statuses = {str(status): status for status in AppointmentStatus}
    given = {"status" if field in statuses else field for field in fields}
    also = draw(st.lists(st.sampled_from(sorted(offered)), max_size=2, unique=True)) if _chance(draw) else []
    values = {name: offered[name]() for name in sorted({*given, *also})}
    for field in fields:
        if field in statuses:
            values["status"] = statuses[field]
    return c.UpdateAppointment(
        appointment_id=_one(draw, scene.appointment_ids()),
        channel=_one(draw, tuple(Channel)),
        actor=_one(draw, WHO),
        **values,
    )


def _new_moment(draw: Draw, scene: Scene) -> datetime:
    windows = [*scene.catalog.windows.values()]
    return _moment_in(draw, scene, _one(draw, windows)) if draw(st.booleans()) else _moment(draw, scene)


def _chance(draw: Draw) -> bool:
    return draw(st.integers(0, 2)) == 2


def _configuration(draw: Draw, scene: Scene) -> c.ConfigureOrganisation:
    zones = (scene.era.zone, scene.era.zone, "UTC", "Asia/Kolkata", "Pacific/Kiritimati")
    return c.ConfigureOrganisation(**_some(draw, {**_SETTINGS, "timezone": zones}))


def _catalog_change(draw: Draw, scene: Scene) -> c.SetupCommand:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return c.AddBranch(name=_one(draw, ("Main", "North")), branch_id=_one(draw, BRANCHES))
    if kind == 1:
        service_id = _one(draw, sorted(SERVICES))
        name, duration = SERVICES[service_id]
        return c.AddService(service_id=service_id, name=name, duration_minutes=duration)
    if kind == 2:
        changes = _some(draw, {"name": ("Main", "main ", "North"), "retired": (False, False, True)}, 2)
        return c.UpdateBranch(branch_id=_one(draw, (*scene.catalog.branches, "nowhere")), **changes)
    offered = {
        "name": ("Check-Up", "Strasse", "scan", "Other"),
        "duration_minutes": (0, 30, 90),
        "retired": (False, False, True),
    }
    return c.UpdateService(service_id=_one(draw, (*scene.catalog.services, "unheard of")), **_some(draw, offered, 2))


def _weekdays(scene: Scene) -> list[Weekday]:
    return [Weekday.of(day) for day in scene.era.days]


def _window(draw: Draw, scene: Scene) -> c.CreateWindow:
    start, end = _one(draw, _HOURS)
    first, second = scene.era.days
    # Every second week: those of the dates, or those between.
    valid_from, weeks = _one(
        draw, [(None, 1), (None, 1), (None, 1), (first, 2), (first - 7 * DAY, 2), (second, 1), (None, 2)]
    )
    return c.CreateWindow(
        branch_id=_one(draw, [*scene.catalog.branches, *scene.catalog.branches, "nowhere"]),
        day=_one(draw, _weekdays(scene)),
        session=_one(draw, tuple(Session)),
        ai_slots=_one(draw, (0, 1, 2)),
        max_slots=_one(draw, (1, 2, None)),
        start_time=start,
        end_time=end,
        batch_name=_seldom(draw, BATCHES, 2),
        appointment_type_id=_seldom(draw, _service_texts(scene), 3),
        status=_one(draw, (WindowStatus.OPEN, WindowStatus.OPEN, WindowStatus.CLOSED)),
        valid_from=valid_from,
        valid_until=_one(draw, (None, None, None, first)),
        interval_weeks=weeks,
        calendar_id=_one(draw, ("w1", "w2", "w3", "w4", "w5")),
    )


def _window_update(draw: Draw, scene: Scene) -> c.UpdateWindow:
    first, second = scene.era.days
    changes = _some(
        draw,
        {
            "day": _weekdays(scene),
            "session": tuple(Session),
            "start_time": (None, "09:00", "10:00", "02:00"),
            "end_time": (None, "10:00", "11:00", "24:00"),
            "max_slots": (1, 1, 2),
            "ai_slots": (0, 1, 2),
            "batch_name": (None, *BATCHES),
            "status": tuple(WindowStatus),
            "valid_from": (None, first, second),
            "valid_until": (None, first, second),
            "interval_weeks": (1, 2),
        },
    )
    suffix = _one(draw, ("", f"||{first}", f"||{first}||checkup"))
    return c.UpdateWindow(slot_id=_one(draw, [*scene.catalog.windows, "w0"]) + suffix, **changes)


def _override(draw: Draw, scene: Scene) -> c.OverrideTracking:
    calendar_id = _one(draw, [*scene.catalog.windows, *scene.catalog.windows, "w0"])
    day = _one(draw, scene.era.days)
    service = _one(draw, ("", "", *[f"||{each}" for each in scene.catalog.services], "||unheard of"))
    slots = (None, 0, 1, 2)
    changes = _some(draw, {"status": (*WindowStatus, None), "max_slots": slots, "ai_slots": slots}, 2)
    return c.OverrideTracking(slot_id=f"{calendar_id}||{day}{service}", **changes)


def _closure(draw: Draw, scene: Scene) -> c.CloseBranch:
    first = _one(draw, scene.era.days)
    only: tuple[frozenset[date] | None, ...] = (None, None, frozenset({scene.era.days[1]}), frozenset())
    return c.CloseBranch(
        branch_id=_one(draw, (*scene.catalog.branches, "nowhere")),
        first_date=first,
        last_date=_one(draw, scene.era.days),
        only=_one(draw, only),
        label=_seldom(draw, ("holiday",)),
    )


def _query(draw: Draw, scene: Scene) -> q.Query:
    first, second = scene.era.days
    narrowed: dict[str, Any] = {
        "branch_id": _seldom(draw, (*scene.catalog.branches, "nowhere")),
        "session": _seldom(draw, tuple(Session)),
        "appointment_type": _seldom(draw, _service_texts(scene)),
    }
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return q.AvailabilityQuery(date=_one(draw, (first, second)), **narrowed)
    if kind == 1:
        return q.TrackingQuery(from_date=first, to_date=_one(draw, (first, second)), **narrowed)
    if kind == 2:
        return q.AppointmentQuery(appointment_id=_one(draw, scene.appointment_ids()))
    if kind == 3:
        return q.HistoryQuery(subject_id=_one(draw, [*scene.appointment_ids(), *scene.catalog.windows, "main"]))
    if kind == 4:
        return q.RegenerateTracking()
    return q.AppointmentsQuery(
        date=_seldom(draw, (first, second), 2),
        status=_seldom(draw, tuple(AppointmentStatus)),
        batch=_seldom(draw, BATCHES),
        phone=_seldom(draw, PHONES),
        external_reference_id=_seldom(draw, REFERENCES),
        page=_one(draw, (1, 1, 2)),
        limit=_one(draw, (50, 2, 1)),
        **narrowed,
    )
