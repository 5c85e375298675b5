"""A clinic for tests: an engine over a memory store whose clock stands still and whose ids are counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from booking_engine import (
    AddBranch,
    AddService,
    Appointment,
    AppointmentStatus,
    AvailabilityRow,
    BookAppointment,
    BookingEngine,
    BookingRejected,
    Channel,
    ConfigureOrganisation,
    CreateWindow,
    Rejection,
    RejectionCode,
    Session,
    TrackingQuery,
    TrackingRecord,
    UpdateAppointment,
    Weekday,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.shell import Ask

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
"""A Monday; the default horizon of 30 days ends on 2026-07-01."""
MONDAY = date(2026, 6, 15)
NEXT_MONDAY = MONDAY + timedelta(days=7)
ALL_DAYS = tuple(Weekday)
CONFIRMED, RESCHEDULED, COMPLETED, CANCELLED = AppointmentStatus


def at(text: str) -> datetime:
    """``2026-06-15T09:00`` as an aware UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def monday(clock: str, day: date = MONDAY) -> datetime:
    """``09:30`` UTC on the Monday that most examples book."""
    return at(f"{day}T{clock}")


@attrs.define
class Clock:
    """Stands still until it is set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


class CountedIds:
    """Ids in the order in which they are asked for, the same in every run."""

    def __init__(self) -> None:
        self._count = 0

    def token(self) -> str:
        """See ``IdFactory``."""
        self._count += 1
        return f"{self._count:026d}"

    def uuid(self) -> str:
        """See ``IdFactory``."""
        self._count += 1
        return f"id-{self._count}"


def window(calendar_id: str = "w", **fields: Any) -> CreateWindow:
    """Monday 09:00-11:00 with one place, unless said otherwise."""
    described: dict[str, Any] = {
        "branch_id": "main",
        "day": Weekday.MONDAY,
        "session": Session.MORNING,
        "start_time": "09:00",
        "end_time": "11:00",
        "ai_slots": 1,
        **fields,
    }
    return CreateWindow(calendar_id=calendar_id, **described)


def request(start: datetime, phone: str = "+911", **fields: Any) -> BookAppointment:
    """An ask for a place, of a person known by the phone."""
    described: dict[str, Any] = {
        "appointment_type": "checkup",
        "patient_name": f"Patient {phone}",
        **fields,
    }
    return BookAppointment(appointment_date=start, parent_phone=phone, **described)


class Clinic:
    """An engine with shorthands for what the tests do all the time."""

    def __init__(self, store: MemoryStore, clock: Clock, **options: Any) -> None:
        self.store = store
        self.clock = clock
        self.engine = BookingEngine(store, clock=clock, **{"ids": CountedIds(), **options})

    def configure(self, **policy: Any) -> None:
        """Change the policy."""
        self.engine.configure(ConfigureOrganisation(**policy))

    def book(self, start: datetime, phone: str = "+911", **fields: Any) -> Appointment:
        """Book one place, which must be granted afresh."""
        booked = self.engine.book(request(start, phone, **fields))
        assert not booked.replayed
        return booked.appointment

    def update(self, appointment: Appointment | str, **changes: Any) -> Appointment:
        """Change an appointment, which must be granted."""
        return self.engine.update(update(appointment, **changes)).appointment

    def cancel(self, appointment: Appointment) -> Appointment:
        """Cancel an appointment, which must be granted."""
        return self.update(appointment, status=CANCELLED)

    def again(self, appointment: Appointment) -> Appointment:
        """The appointment as it is stored now."""
        return self.engine.appointment(appointment.appointment_id)

    def refused(self, ask: Ask) -> Rejection:
        """The refusal that the command must meet."""
        return refusal(self.engine, ask)

    def refused_booking(self, start: datetime, phone: str = "+911", **fields: Any) -> Rejection:
        """The refusal that the booking must meet."""
        return self.refused(request(start, phone, **fields))

    def refused_update(self, appointment: Appointment | str, **changes: Any) -> Rejection:
        """The refusal that the change must meet."""
        return self.refused(update(appointment, **changes))

    def rows(self, day: date = MONDAY, **wanted: Any) -> tuple[AvailabilityRow, ...]:
        """The availability of a local date."""
        return self.engine.availability(day, **wanted)

    def row(self, day: date = MONDAY, **wanted: Any) -> AvailabilityRow:
        """The only row of availability."""
        (row,) = self.rows(day, **wanted)
        return row

    def records(self, day: date = MONDAY, **wanted: Any) -> tuple[TrackingRecord, ...]:
        """The tracking records of a local date."""
        return self.engine.tracking(TrackingQuery(date=day, **wanted))

    def record(self, day: date = MONDAY, **wanted: Any) -> TrackingRecord:
        """The only tracking record."""
        (record,) = self.records(day, **wanted)
        return record

    def snapshot(self) -> LedgerSnapshot:
        """Everything that is stored but the catalog."""
        return self.store.snapshot()

    def appointments(self) -> tuple[Appointment, ...]:
        """All appointments, by id."""
        return tuple(sorted(self.snapshot().appointments, key=lambda each: each.appointment_id))


class Watched(MemoryStore):
    """Remembers what was looked at."""

    def __init__(self) -> None:
        super().__init__("sunrise")
        self.asked: list[LedgerQuery] = []

    def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        self.asked.append(query)
        return super().view(query)


def update(appointment: Appointment | str, **changes: Any) -> UpdateAppointment:
    """An ask for a change."""
    appointment_id = appointment if isinstance(appointment, str) else appointment.appointment_id
    return UpdateAppointment(appointment_id=appointment_id, **changes)


def attempt(engine: BookingEngine, ask: Ask) -> Any:
    """What the command comes to: its answer, or its refusal as a value."""
    try:
        return engine.execute(ask)
    except BookingRejected as refused:
        return refused.rejection


def refusal(engine: BookingEngine, ask: Ask) -> Rejection:
    """The refusal that the command must meet."""
    refused = attempt(engine, ask)
    assert isinstance(refused, Rejection), f"not refused: {refused}"
    return refused


def clinic(
    *windows: CreateWindow,
    now: datetime = NOW,
    branches: Iterable[str] = ("main",),
    services: Iterable[str] = ("checkup",),
    duration_minutes: int = 0,
    store: MemoryStore | None = None,
    options: dict[str, Any] | None = None,
    **policy: Any,
) -> Clinic:
    """A clinic in UTC with one branch, one service and the windows given; names are the ids, capitalised."""
    made = Clinic(store or MemoryStore("sunrise"), Clock(now), **(options or {}))
    made.configure(**{"name": "Sunrise Clinic", "timezone": "UTC", **policy})
    for branch_id in branches:
        made.engine.add_branch(AddBranch(branch_id=branch_id, name=branch_id.title()))
    for service_id in services:
        made.engine.add_service(
            AddService(service_id=service_id, name=service_id.title(), duration_minutes=duration_minutes)
        )
    for each in windows:
        made.engine.create_window(each)
    return made


def why(rejection: Rejection) -> tuple[RejectionCode, str | None]:
    """Code and reason of a refusal."""
    return rejection.code, rejection.reason


AI, STAFF, API = Channel.AI_AGENT, Channel.STAFF, Channel.API
