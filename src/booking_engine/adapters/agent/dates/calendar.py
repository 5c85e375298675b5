"""Calendar arithmetic of the resolver: days and ranges of days as seen from today; weeks begin on Monday."""

from __future__ import annotations

import calendar
import datetime as dt

from dateutil.relativedelta import relativedelta

from booking_engine.adapters.agent.dates.mention import Days
from booking_engine.domain.localtime import YEAR_MIN

WEEK = dt.timedelta(days=7)
BEGIN, MIDDLE, END = range(3)
SUNDAY = 6


def one(day: dt.date) -> Days:
    """A range of one day."""
    return Days(day, day)


def after(day: dt.date, days: int) -> dt.date:
    """The date so many days later."""
    return day + dt.timedelta(days=days)


def coming(today: dt.date, weekday: int) -> dt.date:
    """The next such weekday after today."""
    return after(today, (weekday - today.weekday() - 1) % 7 + 1)


def week_of(day: dt.date) -> Days:
    """The week, Monday to Sunday, of a day."""
    monday = after(day, -day.weekday())
    return Days(monday, after(monday, 6))


def month_of(year: int, month: int) -> Days:
    """All days of a month."""
    return Days(dt.date(year, month, 1), dt.date(year, month, month_length(year, month)))


def month_after(today: dt.date, months: int) -> Days:
    """The month that is so many months from today's."""
    first = today.replace(day=1) + relativedelta(months=months)
    return month_of(first.year, first.month)


def month_length(year: int, month: int) -> int:
    """How many days a month has."""
    return calendar.monthrange(year, month)[1]


def day_of(year: int, month: int, day: int) -> dt.date | None:
    """The date, or ``None`` where the calendar has no such day; a year beyond all bounds is refused when combining."""
    if not (YEAR_MIN <= year < dt.MAXYEAR and 1 <= month <= 12 and 1 <= day <= month_length(year, month)):
        return None
    return dt.date(year, month, day)


def edge_of(days: Days, edge: int) -> Days:
    """The begin, middle or end of a week or a month: a few days of the week, about a third of the month."""
    if (days.last - days.first).days < 7:
        since, until = ((0, 1), (2, 3), (4, 6))[edge]
        return Days(after(days.first, since), after(days.first, until))
    if edge == END:
        return Days(after(days.last, -6), days.last)
    since, until = ((0, 6), (10, 19))[edge]
    return Days(after(days.first, since), after(days.first, until))


def weekdays_in(days: Days, weekday: int) -> tuple[dt.date, ...]:
    """The days of a range that are such a weekday."""
    first = after(days.first, (weekday - days.first.weekday()) % 7)
    return tuple(after(first, 7 * week) for week in range(((days.last - first).days) // 7 + 1))
