"""Alternatives are those of a model that tries every minute, and each of them can be booked (SPEC H2, C7, I8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from hypothesis import given
from hypothesis import strategies as st

from booking_engine import (
    AddBranch,
    AddService,
    AiQuota,
    Alternative,
    AlternativesQuery,
    BookAppointment,
    Booked,
    BookingEngine,
    CapacityScope,
    Channel,
    CloseBranch,
    ConfigureOrganisation,
    CreateWindow,
    OverrideTracking,
    Rejection,
    Session,
    UpdateAppointment,
    UpdateBranch,
    Updated,
    Weekday,
    WindowStatus,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.domain.localtime import local_date
from booking_engine.shell import Ask
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds
from booking_engine.testing.machine.scene import ERAS, Era
from booking_engine.testing.model import NaiveModel
from properties.support import AI, API, STAFF, attempt
from properties.worlds import Choices

BRANCHES, SERVICES, DOCTORS = ("main", "north", "south"), ("checkup", "scan"), (None, "Dr Rao", "dr  rao")
DAY = timedelta(days=1)
HOURS: tuple[tuple[str | None, str | None], ...] = (
    *(("09:00", "10:00"), ("09:30", "11:00"), ("09:00", "12:00"), ("14:00", "14:30")),
    *(("00:00", "03:00"), ("01:30", "02:30"), ("23:00", "24:00"), (None, None)),
)
CLOCKS = ("09:00", "09:30", "09:45", "10:30", "14:10", "01:45", "02:15", "23:30")


class Twins:
    """An engine and the model, told the same."""

    def __init__(self, era: Era) -> None:
        self.clock, self.ids, self.store = FixedClock(era.eve - 8 * DAY), SeededIds(), MemoryStore("twins")
        self.engine = BookingEngine(self.store, clock=self.clock, ids=self.ids)
        self.model = NaiveModel("twins")

    def tell(self, ask: Ask) -> Any:
        """The engine's answer; the model only listens, as other tests compare those."""
        outcome = attempt(self.engine, ask)
        self.model.execute(ask, now=self.clock(), new_id=self.ids.last)
        return outcome

    def foretold(self, ask: Ask) -> tuple[Alternative, ...]:
        """The alternatives that the model has for an ask."""
        answer = self.model.copy().execute(ask, now=self.clock(), new_id="x" * 26)
        return answer.alternatives if isinstance(ask, BookAppointment | UpdateAppointment) else answer.rows  # type: ignore[return-value]  # of a query for them


@attrs.frozen
class World:
    """A setup and whoever books in it, then a wish at some moment."""

    era: Era
    policy: dict[str, Any]
    commands: tuple[Ask, ...]
    closures: tuple[Ask, ...]
    now: datetime
    wish: dict[str, Any]

    def build(self) -> Twins:
        twins = Twins(self.era)
        easy = {"min_notice_hours": 0, "max_advance_booking_days": 90, "enabled": True}
        twins.tell(ConfigureOrganisation(name="Sunrise", timezone=self.era.zone, **{**self.policy, **easy}))
        for command in self.commands:
            twins.tell(command)
        for command in self.closures:
            twins.tell(command)
        twins.clock.set(self.now)
        twins.tell(ConfigureOrganisation(**self.policy))
        return twins


def moment(era: Era, drawn: Choices) -> datetime:
    """An instant of the era's dates, or a week or more on; mostly at a whole minute."""
    day = era.first + drawn.of(0, 1, 0, 1, 2, 7, 14, 40) * DAY
    local = datetime.combine(day, time.fromisoformat(drawn.of(*CLOCKS)), ZoneInfo(era.zone))
    odd = drawn.rarely(timedelta(seconds=17, microseconds=5), timedelta(0))
    return local.replace(fold=drawn.of(0, 1)).astimezone(UTC) + odd


def a_window(number: int, era: Era, drawn: Choices) -> Ask:
    start, end = drawn.of(*HOURS)
    max_slots = drawn.of(1, 1, 2)
    return CreateWindow(
        calendar_id=f"w{number}",
        branch_id=drawn.of("main", "main", "north", "south"),
        day=Weekday.of(era.first + drawn.of(0, 1, 2) * DAY),
        session=drawn.of(Session.MORNING, Session.MORNING, Session.EVENING),
        start_time=start,
        end_time=end,
        max_slots=max_slots,
        ai_slots=drawn.of(max_slots, max_slots, 0, 1),
        batch_name=drawn.of(None, "A", "B"),
        appointment_type_id=drawn.of(None, None, *SERVICES),
    )


def a_booking(number: int, era: Era, drawn: Choices) -> BookAppointment:
    return BookAppointment(
        appointment_type=drawn.of(*SERVICES),
        appointment_date=moment(era, drawn),
        patient_name="Somebody",
        parent_phone=f"+91{drawn.of(number, number, 99)}",
        branch_id=drawn.of("main", "main", "north", "south"),
        assigned_doctor=drawn.of(*DOCTORS),
        channel=drawn.of(*Channel),
    )


def an_edit(windows: int, era: Era, drawn: Choices) -> Ask:
    slot_id = f"w{drawn.of(*range(windows))}||{era.first + drawn.of(0, 1, 2, 7) * DAY}"
    kinds: tuple[Ask, ...] = (
        OverrideTracking(slot_id=slot_id, max_slots=drawn.of(0, 1)),
        OverrideTracking(slot_id=f"{slot_id}||{drawn.of(*SERVICES)}", status=WindowStatus.CLOSED),
        CloseBranch(branch_id=drawn.of(*BRANCHES), first_date=era.first, last_date=era.first + drawn.of(0, 7) * DAY),
        UpdateBranch(branch_id="south", retired=True),
    )
    return drawn.of(*kinds)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Clinics of three branches around a change of the clock, mostly half full."""

    def choices() -> Choices:
        return Choices(draw(st.binary(min_size=16, max_size=16)))

    drawn, era = choices(), draw(st.sampled_from(ERAS))
    policy: dict[str, Any] = {
        "ai_quota": drawn.of(*AiQuota),
        "capacity_scope": drawn.of(*CapacityScope),
        "session_hours": drawn.of({}, {Session.MORNING: ("08:30", "11:00")}),
        "buffer_time_minutes": drawn.of(0, 15, 45),
        "enabled": drawn.rarely(False, True),
        "min_notice_hours": drawn.of(0, 0, 1, 30),
        "max_advance_booking_days": drawn.of(30, 60, 1, 0),
        "duplicate_prevention": drawn.of(True, False),
        "cancellation_notice_hours": 0,
    }
    setup: list[Ask] = [AddBranch(name=name, branch_id=name) for name in BRANCHES]
    setup += [
        AddService(name="checkup", service_id="checkup", duration_minutes=drawn.of(0, 20)),
        AddService(name="scan", service_id="scan", duration_minutes=drawn.of(30, 75)),
    ]
    number = drawn.of(3, 2, 5, 7)
    setup += [a_window(each, era, choices()) for each in range(number)]
    setup += [a_booking(each, era, choices()) for each in range(drawn.of(*range(9)))]
    edits = tuple(an_edit(number, era, choices()) for _ in range(drawn.of(0, 0, 1, 2)))
    wished = choices()
    wish = {
        "appointment_type": wished.of(*SERVICES),
        "appointment_date": moment(era, wished),
        "branch_id": wished.of("main", "main", "north"),
        "session": wished.of(None, None, Session.MORNING, Session.EVENING),
        "batch": wished.of(None, None, "A"),
        "assigned_doctor": wished.of(*DOCTORS),
        "channel": wished.of(AI, STAFF, API),
    }
    now = era.eve + drawn.of(0, 0, 18, 22, 40) * timedelta(hours=1)
    return World(era, policy, tuple(setup), edits, now, wish)


def instead(offered: Alternative) -> dict[str, Any]:
    """The fields to ask for an alternative with."""
    window = offered.window
    return {"appointment_date": offered.start, "session": window.session, "batch": window.batch}


def keep_to_the_calendar(offered: tuple[Alternative, ...], world: World, *, enabled: bool) -> None:
    """Nothing that is past or beyond the horizon, each window-date once, each on its date."""
    today = local_date(world.now, world.era.zone)
    notice = timedelta(hours=world.policy["min_notice_hours"])
    assert enabled or not offered
    assert len({(each.window.calendar_id, each.date) for each in offered}) == len(offered)
    for each in offered:
        assert each.start > world.now
        assert each.start - world.now >= notice
        assert each.start.second == each.start.microsecond == 0
        assert local_date(each.start, world.era.zone) == each.date
        assert each.date <= today + world.policy["max_advance_booking_days"] * DAY
        assert each.available_slots > 0


@given(world=worlds(), limit=st.integers(1, 10))
def test_alternatives_are_those_of_the_model_and_each_can_be_booked(world: World, limit: int) -> None:
    twins = world.build()
    query = AlternativesQuery(**world.wish, limit=limit)
    offered = twins.engine.execute(query)
    assert offered == twins.foretold(query)
    keep_to_the_calendar(offered, world, enabled=world.policy["enabled"])
    for each in offered:
        asked = {**world.wish, **instead(each), "branch_id": each.window.branch_id}
        fresh = BookAppointment(**asked, patient_name="Fresh", parent_phone="+fresh")
        commit = twins.engine.check(fresh)
        assert commit.result.appointment.calendar_id == each.window.calendar_id  # type: ignore[union-attr]  # accepted


@given(world=worlds(), limit=st.integers(1, 10), phone=st.sampled_from(["+fresh", "+9199"]))
def test_a_refused_booking_tells_what_the_same_person_can_book(world: World, limit: int, phone: str) -> None:
    twins = world.build()
    ask = BookAppointment(**world.wish, patient_name="Somebody", parent_phone=phone, alternatives=limit)
    foretold = twins.foretold(ask)
    refused = attempt(twins.engine, ask)
    if isinstance(refused, Booked):
        assert foretold == ()
        return
    assert refused.alternatives == foretold
    assert attempt(twins.engine, attrs.evolve(ask, alternatives=0)) == attrs.evolve(refused, alternatives=())
    keep_to_the_calendar(refused.alternatives, world, enabled=world.policy["enabled"])
    for each in refused.alternatives:
        again = attrs.evolve(ask, **instead(each), branch_id=each.window.branch_id)
        assert isinstance(attempt(twins.engine, again), Booked)
        break


@given(world=worlds(), limit=st.integers(1, 10), number=st.integers(0, 8))
def test_a_refused_reschedule_tells_where_the_appointment_can_go(world: World, limit: int, number: int) -> None:
    twins = world.build()
    standing = twins.store.snapshot().appointments
    if not standing:
        return
    own = standing[number % len(standing)]
    ask = UpdateAppointment(
        appointment_id=own.appointment_id,
        appointment_date=world.wish["appointment_date"],
        **({"assigned_doctor": world.wish["assigned_doctor"]} if number % 2 else {}),
        alternatives=limit,
    )
    foretold = twins.foretold(ask)
    refused = attempt(twins.engine, ask)
    if not isinstance(refused, Rejection):
        assert foretold == ()
        return
    assert refused.alternatives == foretold
    keep_to_the_calendar(refused.alternatives, world, enabled=True)
    for each in refused.alternatives:
        assert each.window.branch_id == own.branch_id
        moved = attempt(twins.engine, attrs.evolve(ask, **asked_of_a_move(each)))
        assert isinstance(moved, Updated)
        assert moved.appointment.calendar_id == each.window.calendar_id
        break


def asked_of_a_move(offered: Alternative) -> dict[str, Any]:
    """As of a booking; a batch can be named, but not be asked to be none."""
    return {name: value for name, value in instead(offered).items() if value is not None}


def test_the_days_that_are_looked_at_are_bounded() -> None:
    """Thirty days after the wished one are looked at, and no more."""
    era = Era("UTC", date(2026, 6, 15))
    twins = Twins(era)
    twins.tell(ConfigureOrganisation(name="Sunrise", timezone="UTC", max_advance_booking_days=365))
    twins.tell(AddBranch(name="main", branch_id="main"))
    twins.tell(AddService(name="checkup"))
    for number, days in enumerate((30, 31)):
        day = era.first + days * DAY
        twins.tell(
            CreateWindow(
                calendar_id=f"w{number}",
                branch_id="main",
                day=Weekday.of(day),
                session=Session.MORNING,
                ai_slots=1,
                valid_from=day,
            )
        )
    wished = datetime(2026, 6, 15, 9, tzinfo=UTC)
    query = AlternativesQuery(appointment_type="checkup", appointment_date=wished, limit=10)
    offered = twins.engine.execute(query)
    assert [each.date for each in offered] == [era.first + 30 * DAY]
    assert offered == twins.foretold(query)
