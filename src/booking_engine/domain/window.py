"""A calendar window is a weekly rule: on this weekday, in this session, so many may be booked (SPEC §4)."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

import attrs

from booking_engine.domain.localtime import since_midnight

SLOTS_MAX = 1_000_000
INTERVAL_WEEKS_MAX = 52


class Session(enum.StrEnum):
    """The part of the day."""

    MORNING = "Morning"
    AFTERNOON = "Afternoon"
    EVENING = "Evening"


class Weekday(enum.StrEnum):
    """The days in the order of ``date.weekday()``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @classmethod
    def of(cls, day: date) -> Weekday:
        """The weekday of a local date."""
        return _WEEK[day.weekday()]


_WEEK = tuple(Weekday)


class WindowStatus(enum.StrEnum):
    """Whether new bookings are taken."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


@attrs.frozen(kw_only=True)
class CalendarWindow:
    """A weekly availability rule of one branch.

    ``start_time`` and ``end_time`` are wall-clock ``HH:MM`` in the organisation's zone, ``[start, end)``;
    ``valid_from`` and ``valid_until`` are local dates, both included; ``service_id`` restricts the window
    to one service. ``max_slots`` bounds everybody, ``ai_slots`` the AI channel (SPEC C3, C4). ``version`` grows by one
    with each change of the rule; what differs on single dates is none.

    The window's slot id is its ``calendar_id``; on one date it is ``calendar_id||date``, and for one service there
    ``calendar_id||date||service_id`` (SPEC W2).
    """

    calendar_id: str
    branch_id: str
    day: Weekday
    session: Session
    ai_slots: int
    max_slots: int
    created_at: datetime
    updated_at: datetime
    start_time: str | None = None
    end_time: str | None = None
    batch: str | None = None
    service_id: str | None = None
    status: WindowStatus = WindowStatus.OPEN
    valid_from: date | None = None
    valid_until: date | None = None
    interval_weeks: int = 1
    version: int = 1

    def hours(self, session_hours: Mapping[Session, tuple[str, str]]) -> tuple[timedelta, timedelta]:
        """``[start, end)`` since local midnight by the wall clock, with the defaults of SPEC W1 filled in."""
        if self.start_time is None and self.end_time is None and self.session in session_hours:
            start, end = session_hours[self.session]
        else:
            start, end = self.start_time or "00:00", self.end_time or "24:00"
        return since_midnight(start), since_midnight(end)

    def covers(self, day: date) -> bool:
        """Whether ``day`` is one of the window's dates (SPEC W8)."""
        if _WEEK[day.weekday()] is not self.day:
            return False
        if self.valid_from is not None and day < self.valid_from:
            return False
        if self.valid_until is not None and day > self.valid_until:
            return False
        if self.interval_weeks == 1:
            return True
        # A rule of every n weeks has a valid_from; its weeks begin on Monday, as rrule's do.
        assert self.valid_from is not None
        first_monday = self.valid_from - timedelta(days=self.valid_from.weekday())
        return (day - first_monday).days // 7 % self.interval_weeks == 0

    def dates(self, first: date, last: date) -> Iterator[date]:
        """The window's dates from ``first`` to ``last``, both included, made one at a time."""
        from dateutil.rrule import WEEKLY, rrule, weekday  # noqa: PLC0415 (slow to import, and seldom wanted)

        anchor = first if self.valid_from is None else self.valid_from
        until = last if self.valid_until is None else min(last, self.valid_until)
        rule = rrule(
            WEEKLY,
            interval=self.interval_weeks,
            byweekday=weekday(_WEEK.index(self.day)),
            wkst=weekday(0),
            dtstart=_midnight(anchor),
            until=_midnight(until),
        )
        for moment in rule.xafter(_midnight(first), inc=True):
            yield moment.date()


def _midnight(day: date) -> datetime:
    # rrule counts in naive date-times; here they stand for local dates alone.
    return datetime.combine(day, time())
