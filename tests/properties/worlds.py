"""A world is a list of commands that makes an organisation and fills it: run twice, it is the same world twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

from booking_engine import (
    AiQuota,
    CapacityScope,
    Channel,
    CloseBranch,
    OverrideTracking,
    Session,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from booking_engine.commands import Command
from properties.support import MONDAY, Clinic, attempt, clinic, request, window

T = TypeVar("T")
SERVICES, BRANCHES = ("checkup", "scan"), ("main", "north")
HALF_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
CLOCKS = [f"{half_hours // 2:02d}:{half_hours % 2 * 30:02d}" for half_hours in range(16, 27)]


def midnight(tz: ZoneInfo, day: date = MONDAY) -> datetime:
    """When the local date begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)


@attrs.frozen
class World:
    """A policy, then commands at leisure (refusals change nothing), then the time at which it is looked at."""

    policy: dict[str, Any]
    scan_minutes: int
    commands: tuple[Command, ...]
    now: datetime

    @property
    def tz(self) -> ZoneInfo:
        """The organisation's zone."""
        return ZoneInfo(self.policy["timezone"])

    @property
    def earliest(self) -> datetime:
        """The first instant with notice, but for those that are past."""
        return self.now + timedelta(hours=self.policy["min_notice_hours"])

    def build(self) -> Clinic:
        """The world from its beginning, a fortnight before it is looked at."""
        easy = {"min_notice_hours": 0, "max_advance_booking_days": 60, "enabled": True}
        now = midnight(self.tz) - 14 * DAY
        made = clinic(now=now, services=SERVICES, branches=BRANCHES, **{**self.policy, **easy})
        made.engine.update_service(UpdateService(service_id="scan", duration_minutes=self.scan_minutes))
        for command in self.commands:
            attempt(made.engine, command)
        made.clock.now = self.now
        made.configure(**self.policy)
        return made


class Choices:
    """Choices read from bytes, one a byte: drawn at a blow, and smaller bytes mean earlier options."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = iter(drawn)

    def of(self, *options: T) -> T:
        """One of the options."""
        return options[next(self._drawn) % len(options)]

    def rarely(self, option: T, usual: T) -> T:
        """The option one time in six."""
        return self.of(usual, usual, usual, usual, usual, option)


choices = st.binary(min_size=16, max_size=16).map(Choices)


def a_window(number: int, drawn: Choices) -> Command:
    """A window with a batch of its own, on Monday or the day after."""
    start = drawn.of(*range(8))
    length = drawn.of(*range(10, 0, -1))
    timed = drawn.rarely(False, True)
    max_slots = drawn.of(2, 1, 3)
    return window(
        f"w{number}",
        batch_name=f"B{number}",
        start_time=CLOCKS[start] if timed else None,
        end_time=CLOCKS[min(start + length, len(CLOCKS) - 1)] if timed else None,
        max_slots=max_slots,
        ai_slots=drawn.of(*range(max_slots, -1, -1)),
        branch_id=drawn.of("main", "main", "north"),
        day=drawn.rarely(Weekday.TUESDAY, Weekday.MONDAY),
        session=drawn.of(Session.MORNING, Session.MORNING, Session.EVENING),
        appointment_type_id=drawn.of(None, None, "checkup", "scan"),
        status=drawn.rarely(WindowStatus.CLOSED, WindowStatus.OPEN),
    )


def a_booking(number: int, tz: ZoneInfo, drawn: Choices) -> Command:
    """Some person's booking on Monday, wherever there is a place."""
    return request(
        midnight(tz) + timedelta(hours=8) + drawn.of(*range(10)) * HALF_HOUR,
        f"+91{number}",
        branch_id=drawn.of("main", "main", "north"),
        appointment_type=drawn.of(*SERVICES),
        channel=drawn.of(*Channel),
    )


def an_edit(number_of_windows: int, drawn: Choices) -> Command:
    """Something that is changed afterwards, whomever it leaves behind."""
    calendar_id, service_id = f"w{drawn.of(*range(number_of_windows))}", drawn.of(*SERVICES)
    slot_id, max_slots, status = f"{calendar_id}||{MONDAY}", drawn.of(1, 2, 3, 0), drawn.of(*WindowStatus)
    kinds: tuple[Command, ...] = (
        OverrideTracking(slot_id=slot_id, max_slots=max_slots, ai_slots=drawn.of(*range(max_slots + 1))),
        OverrideTracking(slot_id=slot_id, status=status),
        OverrideTracking(slot_id=f"{slot_id}||{service_id}", max_slots=max_slots),
        OverrideTracking(slot_id=f"{slot_id}||{service_id}", status=status),
        UpdateWindow(slot_id=calendar_id, max_slots=max(1, max_slots), ai_slots=0),
        UpdateWindow(slot_id=calendar_id, status=status),
        CloseBranch(branch_id="north", first_date=MONDAY - DAY, last_date=MONDAY + DAY),
        UpdateService(service_id=service_id, retired=drawn.of(False, True)),
        UpdateBranch(branch_id="north", retired=drawn.of(False, True)),
    )
    return drawn.of(*kinds)


@st.composite
def worlds(draw: st.DrawFn, *, busy: bool = False) -> World:
    """Worlds in which something is going on, on one Monday; in busy ones nothing hinders a booking in general."""
    drawn = draw(choices)
    policy: dict[str, Any] = {
        "timezone": drawn.of("UTC", "Asia/Kolkata", "America/New_York"),
        "ai_quota": drawn.of(*AiQuota),
        "capacity_scope": drawn.of(*CapacityScope),
        "session_hours": drawn.of({}, {Session.MORNING: ("08:30", "11:00")}),
        "enabled": busy or drawn.rarely(False, True),
        "min_notice_hours": 0 if busy else drawn.of(0, 1, 24),
        "max_advance_booking_days": 30 if busy else drawn.of(30, 7, 1),
    }
    tz, number, scan_minutes = ZoneInfo(policy["timezone"]), drawn.of(1, 2, 3, 4), drawn.of(0, 30, 60)
    looks = [-2 * DAY] if busy else [-2 * DAY, -DAY, timedelta(hours=8), timedelta(hours=9, minutes=30)]
    made = [a_window(each, draw(choices)) for each in range(number)]
    booked = [a_booking(each, tz, draw(choices)) for each in range(drawn.of(*range(8)))]
    edited = [an_edit(number, draw(choices)) for _ in range(drawn.of(0, 0, 1) if busy else drawn.of(*range(4)))]
    return World(policy, scan_minutes, (*made, *booked, *edited), midnight(tz) + drawn.of(*looks))
