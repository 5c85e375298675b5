"""The races that are walked through order by order: a small clinic, and the commands that meet in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import attrs

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.adapters.memory import MemoryStore
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.window import Session, Weekday, WindowStatus
from booking_engine.engine import BookingEngine
from booking_engine.ports import Store
from booking_engine.shell import Ask
from booking_engine.testing.interleavings import Scenario

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
NINE = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)
WEEK = timedelta(days=7)
MONDAY = NINE.date()

Commands: TypeAlias = Callable[["Clinic"], Sequence[Ask]]


class Clinic:
    """A clinic that is being arranged: windows ``first`` from nine and ``noon`` from twelve, every Monday."""

    def __init__(self, engine: BookingEngine, first: int, noon: int, ai: int | None, policy: dict[str, Any]) -> None:
        self.engine = engine
        values = {"timezone": "UTC", "min_notice_hours": 0, "cancellation_notice_hours": 0, **policy}
        engine.configure(c.ConfigureOrganisation(**values))
        engine.add_branch(c.AddBranch(name="Main", branch_id="main"))
        engine.add_service(c.AddService(name="Checkup", service_id="checkup"))
        engine.add_service(c.AddService(name="Vaccination", service_id="vaccination"))
        for calendar_id, start, end, places in (("first", "09:00", "11:00", first), ("noon", "12:00", "13:00", noon)):
            engine.create_window(
                c.CreateWindow(
                    calendar_id=calendar_id,
                    branch_id="main",
                    day=Weekday.MONDAY,
                    session=Session.MORNING,
                    start_time=start,
                    end_time=end,
                    max_slots=places,
                    ai_slots=places if ai is None else ai,
                )
            )

    def booked(self, number: int, start: datetime = NINE, **changes: Any) -> str:
        """Book patient ``number``; the id."""
        return self.engine.book(book(number, start, **changes)).appointment.appointment_id

    def cancelled(self, number: int, start: datetime = NINE, **changes: Any) -> str:
        """Book patient ``number`` and cancel; the id."""
        appointment_id = self.booked(number, start, **changes)
        self.engine.cancel(appointment_id)
        return appointment_id

    def held(self, holder: str = "call", start: datetime = NINE, **changes: Any) -> str:
        """Keep a place; the hold's id."""
        return self.engine.hold(wish(holder, start, **changes)).hold.hold_id


def wish(holder: str = "call", start: datetime = NINE, **changes: Any) -> c.HoldPlace:
    """A place to be kept."""
    return c.HoldPlace(holder=holder, appointment_type="checkup", appointment_date=start, **changes)


def confirm(hold_id: str, number: int = 1, **changes: Any) -> c.ConfirmHold:
    """A hold confirmed for patient ``number``."""
    phone = f"+9198400{number:05}"
    return c.ConfirmHold(hold_id=hold_id, patient_name=f"Patient {number}", parent_phone=phone, **changes)


def release(hold_id: str) -> c.ReleaseHold:
    """A hold given up."""
    return c.ReleaseHold(hold_id=hold_id)


def book(number: int, start: datetime = NINE, **changes: Any) -> c.BookAppointment:
    """A booking of patient ``number`` for Monday at nine."""
    values: dict[str, Any] = {"appointment_type": "checkup", "patient_name": f"Patient {number}"}
    values |= {"parent_phone": f"+9198400{number:05}", "appointment_date": start}
    return c.BookAppointment(**{**values, **changes})


def update(appointment_id: str, **changes: Any) -> c.UpdateAppointment:
    """A change of one appointment."""
    return c.UpdateAppointment(appointment_id=appointment_id, **changes)


def move(appointment_id: str, start: datetime, **changes: Any) -> c.UpdateAppointment:
    """A reschedule."""
    return update(appointment_id, appointment_date=start, **changes)


def cancel(appointment_id: str) -> c.UpdateAppointment:
    """A cancellation."""
    return update(appointment_id, status=AppointmentStatus.CANCELLED)


def revive(appointment_id: str) -> c.UpdateAppointment:
    """A revival."""
    return update(appointment_id, status=AppointmentStatus.CONFIRMED)


def complete(appointment_id: str) -> c.UpdateAppointment:
    """The visit took place."""
    return update(appointment_id, status=AppointmentStatus.COMPLETED)


def close(slot_id: str = "first") -> c.UpdateWindow:
    """The closure of a window."""
    return c.UpdateWindow(slot_id=slot_id, status=WindowStatus.CLOSED)


@attrs.frozen(kw_only=True)
class Case:
    """A scenario; ``lowers_limits`` says that more may be taken than the limit allows in the end."""

    commands: Commands
    first: int = 1
    noon: int = 1
    ai: int | None = None
    policy: dict[str, Any] = attrs.field(factory=dict)
    lowers_limits: bool = False
    store: Callable[[], Store] = MemoryStore

    @property
    def scenario(self) -> Scenario:
        """The scenario over new stores."""
        return Scenario(open_store=self.store, arrange=self._arrange, now=NOW)

    def _arrange(self, engine: BookingEngine) -> Sequence[Ask]:
        return self.commands(Clinic(engine, self.first, self.noon, self.ai, self.policy))


def _held(commands: Callable[[str], Sequence[Ask]]) -> Commands:
    """Commands about a hold of the holder ``call``."""
    return lambda clinic: commands(clinic.held())


def _to_each_other(clinic: Clinic) -> Sequence[Ask]:
    clinic.held("a")
    clinic.held("b", NOON)
    return [wish("a", NOON), wish("b", NINE)]


def _with(count: int, commands: Callable[..., Sequence[Ask]], **booked: Any) -> Commands:
    """Commands about so many appointments that were booked before, each of another patient."""
    return lambda clinic: commands(*(clinic.booked(50 + number, **booked) for number in range(count)))


RAO: dict[str, Any] = {"assigned_doctor": "Dr Rao"}
REF: dict[str, Any] = {"external_reference_id": "ref-1"}
AI: dict[str, Any] = {"channel": Channel.AI_AGENT}
GAP: dict[str, Any] = {"buffer_time_minutes": 15}
LATER = NINE + timedelta(minutes=30)

CASES: dict[str, Case] = {
    # Places
    "book, book: the last place": Case(commands=lambda _: [book(1), book(2)]),
    "book, book: room for both": Case(first=2, commands=lambda _: [book(1), book(2)]),
    "book, cancel: the place given back": Case(commands=_with(1, lambda a: [book(1), cancel(a)])),
    "book, complete: the place kept": Case(commands=_with(1, lambda a: [book(1), complete(a)])),
    "move, move: opposite directions, both full": Case(
        commands=lambda clinic: [move(clinic.booked(1), NOON), move(clinic.booked(2, NOON), NINE)]
    ),
    "move, move: opposite directions, one place": Case(
        noon=2, commands=lambda clinic: [move(clinic.booked(1), NOON), move(clinic.booked(2, NOON), NINE)]
    ),
    "move, move: to the last place": Case(first=2, commands=_with(2, lambda a, b: [move(a, NOON), move(b, NOON)])),
    "move, book: the place left behind": Case(commands=_with(1, lambda a: [move(a, NOON), book(1)])),
    "move, book: the place aimed at": Case(commands=_with(1, lambda a: [move(a, NOON), book(1, NOON)])),
    "move, cancel: the place aimed at": Case(
        commands=lambda clinic: [move(clinic.booked(1), NOON), cancel(clinic.booked(2, NOON))]
    ),
    "revive, revive: one place": Case(
        commands=lambda clinic: [revive(clinic.cancelled(1)), revive(clinic.cancelled(2))]
    ),
    "revive, book: one place": Case(commands=lambda clinic: [revive(clinic.cancelled(1)), book(2)]),
    "book, book: shared by two services": Case(
        policy={"capacity_scope": CapacityScope.SHARED},
        commands=lambda _: [book(1), book(2, appointment_type="vaccination")],
    ),
    "book, book: nested quota": Case(
        first=2, ai=1, policy={"ai_quota": AiQuota.NESTED}, commands=lambda _: [book(1, **AI), book(2)]
    ),
    "book, book: separate quota": Case(
        first=2, ai=1, policy={"ai_quota": AiQuota.SEPARATE}, commands=lambda _: [book(1, **AI), book(2, **AI)]
    ),
    # Names
    "book, book: the same command twice": Case(first=5, commands=lambda _: [book(1, **REF)] * 2),
    "book, book: one reference, two patients": Case(first=5, commands=lambda _: [book(1, **REF), book(2, **REF)]),
    "book, book: one reference, one place, two dates": Case(
        commands=lambda _: [book(1, **REF), book(1, NINE + WEEK, **REF)]
    ),
    "book, book: a duplicate": Case(first=5, commands=lambda _: [book(1), book(1)]),
    "book, cancel: a duplicate of what is cancelled": Case(
        first=5, commands=lambda clinic: [book(1), cancel(clinic.booked(1))]
    ),
    "book, cancel: the reference of what is cancelled": Case(
        first=5, commands=lambda clinic: [book(1, **REF), cancel(clinic.booked(1, **REF))]
    ),
    "revive, book: one reference": Case(
        first=5, commands=lambda clinic: [revive(clinic.cancelled(1, **REF)), book(2, **REF)]
    ),
    "revive, revive: one reference": Case(
        first=5, commands=lambda clinic: [revive(clinic.cancelled(1, **REF)), revive(clinic.cancelled(2, **REF))]
    ),
    "move, book: the same patient on the same date": Case(
        first=5, commands=lambda clinic: [move(clinic.booked(1, NINE + WEEK), NINE), book(1)]
    ),
    # Doctors
    "book, book: one doctor": Case(first=5, policy=GAP, commands=lambda _: [book(1, **RAO), book(2, **RAO)]),
    "move, book: one doctor, within the day": Case(
        first=5, policy=GAP, commands=_with(1, lambda a: [move(a, LATER), book(1, LATER, **RAO)], **RAO)
    ),
    "move, move: one doctor, to one time": Case(
        first=5,
        policy=GAP,
        commands=lambda clinic: [
            move(clinic.booked(1, **RAO), LATER),
            move(clinic.booked(2, NINE + timedelta(hours=1), **RAO), LATER),
        ],
    ),
    "assign, book: one doctor": Case(
        first=5, policy=GAP, commands=_with(1, lambda a: [update(a, **RAO), book(1, assigned_doctor="DR RAO")])
    ),
    "revive, move: one doctor": Case(
        first=5,
        policy=GAP,
        commands=lambda clinic: [revive(clinic.cancelled(1, **RAO)), move(clinic.booked(2, NOON, **RAO), NINE)],
    ),
    "book, book: one doctor, around midnight": Case(
        policy={**GAP, "timezone": "Pacific/Kiritimati"},  # Nine to eleven on Monday is 19:00 to 21:00Z on Sunday.
        first=5,
        commands=lambda _: [
            book(1, datetime(2026, 6, 14, 22, 59, tzinfo=UTC), **RAO),
            book(2, datetime(2026, 6, 14, 22, 50, tzinfo=UTC), **RAO),
        ],
    ),
    # One appointment
    "update, update: two fields": Case(
        first=2, commands=_with(1, lambda a: [update(a, notes="noted"), update(a, **RAO)])
    ),
    "update, update: one field": Case(commands=_with(1, lambda a: [update(a, notes="x"), update(a, notes="y")])),
    "move, move: one appointment": Case(first=2, commands=_with(1, lambda a: [move(a, NOON), move(a, NINE + WEEK)])),
    "move, move: one appointment to one time": Case(commands=_with(1, lambda a: [move(a, NOON), move(a, NOON)])),
    "cancel, cancel: one appointment": Case(commands=_with(1, lambda a: [cancel(a), cancel(a)])),
    "cancel, move: one appointment": Case(commands=_with(1, lambda a: [cancel(a), move(a, NOON)])),
    "cancel, complete: one appointment": Case(commands=_with(1, lambda a: [cancel(a), complete(a)])),
    "revive, revive: one appointment": Case(commands=lambda clinic: [revive(clinic.cancelled(1))] * 2),
    "revive, cancel: one appointment": Case(
        commands=lambda clinic: [revive(appointment_id := clinic.cancelled(1)), cancel(appointment_id)]
    ),
    # Holds
    "hold, book: the last place": Case(commands=lambda _: [wish(), book(1)]),
    "hold, hold: the last place": Case(commands=lambda _: [wish("a"), wish("b")]),
    "hold, hold: the same command twice": Case(first=5, commands=lambda _: [wish(), wish()]),
    "hold, hold: one holder, two places": Case(commands=lambda _: [wish(), wish(start=NOON)]),
    "hold, hold: one holder moves to two places": Case(
        first=2, commands=_held(lambda _: [wish(start=NOON), wish(start=NINE + WEEK)])
    ),
    "hold, hold: opposite directions, one place": Case(noon=2, commands=_to_each_other),
    "hold, close": Case(commands=lambda _: [wish(), close()]),
    "hold, availability": Case(first=2, commands=lambda _: [wish(), q.AvailabilityQuery(date=MONDAY)]),
    "release, book: the place given back": Case(commands=_held(lambda hold: [release(hold), book(1)])),
    "release, release: one hold": Case(commands=_held(lambda hold: [release(hold), release(hold)])),
    "confirm, confirm: one hold": Case(commands=_held(lambda hold: [confirm(hold, 1), confirm(hold, 2)])),
    "confirm, confirm: the same command twice": Case(commands=_held(lambda hold: [confirm(hold, 1, **REF)] * 2)),
    "confirm, release: one hold": Case(commands=_held(lambda hold: [confirm(hold), release(hold)])),
    "confirm, hold: one holder goes elsewhere": Case(commands=_held(lambda hold: [confirm(hold), wish(start=NOON)])),
    "confirm, hold: the same wish again": Case(first=2, commands=_held(lambda hold: [confirm(hold), wish()])),
    "confirm, book: a duplicate": Case(first=5, commands=_held(lambda hold: [confirm(hold), book(1)])),
    "confirm, book: one reference": Case(first=5, commands=_held(lambda hold: [confirm(hold, **REF), book(2, **REF)])),
    "confirm, book: one doctor": Case(
        first=5, policy=GAP, commands=_held(lambda hold: [confirm(hold, **RAO), book(2, **RAO)])
    ),
    "confirm, book: the place that is held": Case(commands=_held(lambda hold: [confirm(hold), book(2)])),
    "confirm, close": Case(commands=_held(lambda hold: [confirm(hold), close()])),
    "confirm, lower the limit": Case(
        first=2,
        lowers_limits=True,
        commands=_held(lambda hold: [confirm(hold), c.UpdateWindow(slot_id="first", max_slots=1, ai_slots=0)]),
    ),
    "confirm, rekey by scope": Case(
        commands=_held(lambda hold: [confirm(hold), c.ConfigureOrganisation(capacity_scope=CapacityScope.SHARED)])
    ),
    "hold, rekey by time zone": Case(
        first=5, commands=_held(lambda _: [wish(start=NOON), c.ConfigureOrganisation(timezone="Pacific/Kiritimati")])
    ),
    # The catalog
    "book, close": Case(commands=lambda _: [book(1), close()]),
    "move, close": Case(commands=_with(1, lambda a: [move(a, NOON), close("noon")])),
    "cancel, close": Case(commands=_with(1, lambda a: [cancel(a), close()])),
    "revive, close": Case(commands=lambda clinic: [revive(clinic.cancelled(1)), close()]),
    "book, lower the limit": Case(
        first=2,
        lowers_limits=True,
        commands=_with(1, lambda _: [book(1), c.UpdateWindow(slot_id="first", max_slots=1, ai_slots=1)]),
    ),
    "book, raise the limit": Case(
        commands=_with(1, lambda _: [book(1), c.UpdateWindow(slot_id="first", max_slots=2, ai_slots=2)])
    ),
    "book, override the date": Case(
        commands=lambda _: [book(1), c.OverrideTracking(slot_id=f"first||{MONDAY}", status=WindowStatus.CLOSED)]
    ),
    "book, raise the limit of the date": Case(
        commands=_with(1, lambda _: [book(1), c.OverrideTracking(slot_id=f"first||{MONDAY}", max_slots=2, ai_slots=2)])
    ),
    "book, close the branch": Case(
        commands=lambda _: [book(1), c.CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY)]
    ),
    "book, retire the service": Case(commands=lambda _: [book(1), c.UpdateService(service_id="checkup", retired=True)]),
    "book, switch booking off": Case(commands=lambda _: [book(1), c.ConfigureOrganisation(enabled=False)]),
    "book, rekey by scope": Case(
        first=5, commands=_with(1, lambda _: [book(1), c.ConfigureOrganisation(capacity_scope=CapacityScope.SHARED)])
    ),
    "book, rekey by time zone": Case(
        first=5, commands=_with(1, lambda _: [book(1), c.ConfigureOrganisation(timezone="Pacific/Kiritimati")])
    ),
    "move, rekey by time zone": Case(
        first=5, commands=_with(1, lambda a: [move(a, NOON), c.ConfigureOrganisation(timezone="Pacific/Kiritimati")])
    ),
    "cancel, rekey by time zone": Case(
        first=5, commands=_with(1, lambda a: [cancel(a), c.ConfigureOrganisation(timezone="Pacific/Kiritimati")])
    ),
    "book, rekey by patient": Case(
        first=5,
        commands=lambda clinic: [
            book(1, patient_name="Sibling"),
            c.ConfigureOrganisation(duplicate_includes_patient=bool(clinic.booked(1))),
        ],
    ),
    "edit, edit: one window": Case(
        commands=lambda _: [
            c.UpdateWindow(slot_id="first", max_slots=7),
            c.UpdateWindow(slot_id="first", start_time="10:00"),
        ]
    ),
    "edit, edit: one name": Case(commands=lambda _: [c.AddService(name="Scan"), c.AddService(name="SCAN")]),
    "close, close": Case(commands=lambda _: [close(), close()]),
    # Reads
    "book, availability": Case(first=2, commands=lambda _: [book(1), q.AvailabilityQuery(date=MONDAY)]),
    "close, availability": Case(commands=lambda _: [close(), q.AvailabilityQuery(date=MONDAY)]),
    "move, page": Case(commands=_with(1, lambda a: [move(a, NOON), q.AppointmentsQuery(date=MONDAY)])),
    "rekey, tracking": Case(
        commands=_with(
            1,
            lambda _: [
                c.ConfigureOrganisation(capacity_scope=CapacityScope.SHARED),
                q.TrackingQuery(date=MONDAY),
            ],
        )
    ),
}
"""Every race of two commands that the store must settle."""


def three_of_many(clinic: Clinic) -> Sequence[Ask]:
    """What may meet in the clinic: three of these race in each sample."""
    mine, other, gone = clinic.booked(50, **REF), clinic.booked(51, NOON, **RAO), clinic.cancelled(52, **RAO)
    hold = clinic.held("kept", NINE + WEEK)
    return [
        book(1),
        book(1, external_reference_id="ref-2"),
        book(2, NOON, external_reference_id="ref-2"),
        book(3, NOON + timedelta(minutes=5), **RAO),
        book(4, **AI),
        move(mine, NOON),
        move(other, NINE, **RAO),
        move(mine, NINE + timedelta(minutes=10)),
        cancel(mine),
        cancel(other),
        wish("kept", NOON),
        wish(),
        confirm(hold, 5),
        release(hold),
        revive(gone),
        complete(other),
        update(mine, **RAO),
        close(),
        c.UpdateWindow(slot_id="noon", max_slots=3, ai_slots=3),
        c.ConfigureOrganisation(capacity_scope=CapacityScope.SHARED),
        c.ConfigureOrganisation(timezone="Asia/Kolkata"),
        q.AvailabilityQuery(date=MONDAY),
    ]
