"""A crowded clinic: a state, and an instant in it, at which any of the rules of SPEC §6 may refuse, alone or together.

The rules that ask the ledger are written here a second time, by looking through the list of all appointments.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from datetime import date as Date  # noqa: N812 (a property is called date)
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

from booking_engine import (
    AiQuota,
    Appointment,
    AppointmentStatus,
    Booked,
    CapacityScope,
    Channel,
    CloseBranch,
    OverrideTracking,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from properties.support import AI, ALL_DAYS, CANCELLED, COMPLETED, CONFIRMED, Clinic, attempt, clinic, request, window

NOW = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)
OPENS, CLOSES = timedelta(hours=6), timedelta(hours=22)
"""The hours of every day, in zones that do not set their clocks in this season."""
TICK, DAY, MINUTE = timedelta(microseconds=1), timedelta(days=1), timedelta(minutes=1)
SERVICES = ("checkup", "scan")


@attrs.frozen
class Standing:
    """An appointment that stands, so far from the instant in question."""

    away: timedelta
    phone: str
    service_id: str
    doctor: str | None
    channel: Channel
    reference: str | None
    status: AppointmentStatus


@attrs.frozen
class Crowd:
    """What the clinic is like when the command comes, and the instant that it is about."""

    tz: ZoneInfo
    instant: datetime
    standing: tuple[Standing, ...]
    duration: timedelta
    max_slots: int
    ai_slots: int
    closing: str
    retired: frozenset[str]
    policy: dict[str, Any]

    @property
    def date(self) -> Date:
        """The local date of the instant."""
        return self.instant.astimezone(self.tz).date()

    def open(self) -> Clinic:
        """The clinic, with everybody in it that its rules let in."""
        made = clinic(
            *(window(day.value, day=day, start_time="06:00", end_time="22:00", ai_slots=50) for day in ALL_DAYS),
            now=min(self.instant, NOW) - 40 * DAY,
            services=SERVICES,
            branches=("main", "north"),
            duration_minutes=self.duration // MINUTE,
            timezone=self.tz.key,
            duplicate_prevention=False,
            max_advance_booking_days=3_650,
            min_notice_hours=0,
            cancellation_notice_hours=0,
        )
        for standing in self.standing:
            self._book(made, standing)
        for day in ALL_DAYS:
            made.engine.update_window(UpdateWindow(slot_id=day.value, max_slots=self.max_slots, ai_slots=self.ai_slots))
        self._close(made)
        made.configure(**self.policy)
        made.clock.now = NOW
        return made

    def _book(self, made: Clinic, standing: Standing) -> None:
        ask = request(
            self.instant + standing.away,
            standing.phone,
            branch_id="main",
            appointment_type=standing.service_id,
            assigned_doctor=standing.doctor,
            channel=standing.channel,
            external_reference_id=standing.reference,
        )
        outcome = attempt(made.engine, ask)
        if isinstance(outcome, Booked) and not outcome.replayed and standing.status is not CONFIRMED:
            made.update(outcome.appointment, status=standing.status)

    def _close(self, made: Clinic) -> None:
        slot_id = f"{Weekday.of(self.date)}||{self.date}"
        match self.closing:
            case "window":
                made.engine.disable_window(slot_id)
            case "date":
                made.engine.override_tracking(OverrideTracking(slot_id=slot_id, status=WindowStatus.CLOSED))
            case "service":
                slot_id = f"{slot_id}||checkup"
                made.engine.override_tracking(OverrideTracking(slot_id=slot_id, status=WindowStatus.CLOSED))
            case "branch":
                made.engine.close_branch(CloseBranch(branch_id="main", first_date=self.date, last_date=self.date))
        for retired in sorted(self.retired):
            if retired in SERVICES:
                made.engine.update_service(UpdateService(service_id=retired, retired=True))
            else:
                made.engine.update_branch(UpdateBranch(branch_id=retired, retired=True))

    def at(self, instant: datetime) -> Moment:
        """What the rules say of a visit at that instant."""
        return Moment(self, instant)


@attrs.frozen
class Moment:
    """SPEC §6.6-11 once more, for a visit at one instant."""

    crowd: Crowd
    start: datetime

    @property
    def date(self) -> Date:
        """The local date."""
        return self.start.astimezone(self.crowd.tz).date()

    @property
    def is_past(self) -> bool:
        """§6.6."""
        return self.start <= NOW

    @property
    def is_without_notice(self) -> bool:
        """§6.7."""
        return self.start - NOW < timedelta(hours=self.crowd.policy["min_notice_hours"])

    @property
    def last_date(self) -> Date:
        """§6.7: the horizon."""
        days: int = self.crowd.policy["max_advance_booking_days"]
        return NOW.astimezone(self.crowd.tz).date() + days * DAY

    @property
    def is_in_hours(self) -> bool:
        """§6.8: whether the visit lies in the window of its date."""
        begins = self.start.astimezone(self.crowd.tz).replace(tzinfo=None) - datetime.combine(self.date, time())
        return begins >= OPENS and begins + max(self.crowd.duration, TICK) <= CLOSES

    def is_closed_for(self, service_id: str) -> bool:
        """§6.8: whether the date takes no bookings of the service."""
        crowd = self.crowd
        if "main" in crowd.retired:
            return True
        if crowd.closing == "window":
            return self.date.weekday() == crowd.date.weekday()
        by_date = crowd.closing in ("date", "branch") or (crowd.closing == "service" and service_id == "checkup")
        return by_date and self.date == crowd.date

    def repeated(self, others: list[Appointment], phone: str, service_id: str) -> set[str]:
        """§6.9: whom a booking would duplicate."""
        if not self.crowd.policy["duplicate_prevention"]:
            return set()
        asked = (phone, service_id, self.date)
        return {
            other.appointment_id
            for other in others
            if other.is_expected and (other.parent_phone, other.service_id, other.date) == asked
        }

    def is_busy(self, others: list[Appointment], doctor: str | None) -> bool:
        """§6.10: whether the doctor's other visits, and the gaps around them, are in the way."""
        gap = timedelta(minutes=self.crowd.policy["buffer_time_minutes"])
        return doctor is not None and any(
            other.is_expected
            and name_of(other.assigned_doctor) == name_of(doctor)
            and self.start < other.end + gap
            and other.start < self.start + self.crowd.duration + gap
            for other in others
        )

    def is_full(self, others: list[Appointment], service_id: str, channel: Channel) -> bool:
        """§6.11, C2-C4: whether no place of that date is left for the channel."""
        crowd, policy = self.crowd, self.crowd.policy
        shared = policy["capacity_scope"] is CapacityScope.SHARED
        taking = [
            other.booked_via
            for other in others
            if other.status is not CANCELLED and other.date == self.date and (shared or other.service_id == service_id)
        ]
        if channel is not AI:
            return len(taking) >= crowd.max_slots
        if policy["ai_quota"] is AiQuota.NESTED:
            return len(taking) >= crowd.ai_slots
        return len(taking) >= crowd.max_slots or taking.count(AI) >= crowd.ai_slots


def name_of(doctor: str | None) -> list[str]:
    """A doctor's name as it is compared."""
    return (doctor or "").lower().split()


phones = st.sampled_from(["+911", "+912", "+913"])
doctors = st.sampled_from([None, "Dr Rao", "  dr  RAO", "Dr Iyer"])
references = st.sampled_from([None, None, "R", "Q"])
aways = st.builds(
    lambda sign, away: sign * away * MINUTE, st.sampled_from([1, -1]), st.sampled_from([0, 10, 15, 30, 45, 60, 24 * 60])
)
standings = st.builds(
    Standing,
    away=aways,
    phone=phones,
    service_id=st.sampled_from(SERVICES),
    doctor=doctors,
    channel=st.sampled_from(Channel),
    reference=references,
    status=st.sampled_from([CONFIRMED, CONFIRMED, CONFIRMED, COMPLETED, CANCELLED]),
)
STEPS = range(12)
"""How many steps of §6 are kept for sure: each of them gets its turn as the first that can refuse."""
SHAPE, REPLAY, DISABLED, TYPE, BRANCH, PAST, NOTICE, HORIZON, WINDOW, DUPLICATE, DOCTOR, CAPACITY = STEPS


@st.composite
def policies(draw: st.DrawFn, kept: int) -> dict[str, Any]:
    """Any policy, but for the steps that are kept."""
    return {
        "enabled": kept > DISABLED or draw(st.booleans()),
        "buffer_time_minutes": draw(st.sampled_from([0, 15])),
        "max_advance_booking_days": 7 if kept > HORIZON else draw(st.sampled_from([0, 1, 7])),
        "min_notice_hours": draw(st.sampled_from([0, 2, 24])),
        "allow_reschedule": draw(st.sampled_from([True, True, True, False])),
        "allow_cancellation": draw(st.sampled_from([True, True, True, False])),
        "cancellation_notice_hours": draw(st.sampled_from([0, 24])),
        "reschedule_notice_hours": draw(st.sampled_from([0, 2, 24])),
        "duplicate_prevention": kept <= DUPLICATE and draw(st.booleans()),
        "ai_quota": draw(st.sampled_from(AiQuota)),
        "capacity_scope": draw(st.sampled_from(CapacityScope)),
    }


@st.composite
def instants(draw: st.DrawFn, tz: ZoneInfo, policy: dict[str, Any], kept: int) -> datetime:
    """At noon of a day that comes, or where one of the rules begins to hold."""
    notice = timedelta(hours=policy["min_notice_hours"])
    today = NOW.astimezone(tz).replace(hour=0, minute=0)
    night = (today + (policy["max_advance_booking_days"] + 1) * DAY).astimezone(UTC)
    noons = [(today + days * DAY).astimezone(UTC) + 12 * 60 * MINUTE for days in range(2, 7)]
    edges = {
        PAST: [NOW - DAY, NOW, NOW + TICK],
        NOTICE: [NOW + notice - TICK, NOW + notice],
        HORIZON: [night - TICK, night, night + OPENS, night - DAY + CLOSES - TICK],
        WINDOW: [noons[0] - 6 * 60 * MINUTE, noons[0] + 10 * 60 * MINUTE, noons[0] + 10 * 60 * MINUTE - TICK],
    }
    choices = noons + [each for step, some in edges.items() if step >= kept for each in some]
    chosen: datetime = draw(st.sampled_from(choices))
    return chosen


@st.composite
def crowds(draw: st.DrawFn, kept: int = SHAPE) -> Crowd:
    """Clinics in which much is in the way, but for the steps that are kept."""
    tz = ZoneInfo(draw(st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"])))
    policy = draw(policies(kept))
    max_slots = draw(st.integers(1, 3))
    retired = [()] if kept > WINDOW else [(), ("north",), ("scan",), ("main",)][: {TYPE: 3, BRANCH: 4}.get(kept, 2)]
    closings = ["open"] if kept > WINDOW else ["open", "open", "window", "date", "service", "branch"]
    return Crowd(
        tz,
        draw(instants(tz, policy, kept)),
        tuple(draw(st.lists(standings, min_size=min(3, kept // 3), max_size=6))),
        draw(st.sampled_from([0 * MINUTE, 30 * MINUTE])),
        max_slots,
        draw(st.integers(0, max_slots)),
        draw(st.sampled_from(closings)),
        frozenset(draw(st.sampled_from(retired))),
        policy,
    )
