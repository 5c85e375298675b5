"""Combining makes one set of days of all that was said of days: a weekday checks a date, a week holds a weekday."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import attrs

from booking_engine.adapters.agent.dates.answer import Assumption, QuestionKind
from booking_engine.adapters.agent.dates.calendar import after, coming, one, weekdays_in
from booking_engine.adapters.agent.dates.mention import DayMention, Days, Role
from booking_engine.domain.localtime import YEAR_MAX

_LAST = dt.date(YEAR_MAX, 12, 31)


@attrs.frozen
class Combined:
    """The readings that are left, none before today, and the question if it is not one; ``asked``: in any case."""

    readings: tuple[Days, ...]
    kind: QuestionKind
    asked: bool = False
    assumed: tuple[Assumption, ...] = ()

    @property
    def options(self) -> tuple[dt.date, ...]:
        """The days to choose from: of a range its first."""
        return tuple(sorted({days.first for days in self.readings}))


def combine(mentions: Sequence[DayMention], today: dt.date) -> Combined:
    """What all mentions of days mean together; at least one is given."""
    asked = next((mention for mention in mentions if mention.must_be_asked), None)
    if asked is not None:
        return _ahead(asked.readings, asked.kind, today, asked=True)
    by_role = {role: _agreed([each for each in mentions if each.role is role]) for role in Role}
    for agreed in by_role.values():
        if agreed is not None and agreed.asked:
            return _ahead(agreed.readings, agreed.kind, today, asked=True)
    combined = _on_day_of_month(by_role[Role.SPAN], by_role[Role.DAY_OF_MONTH], mentions)
    combined = _on_weekday(combined, by_role[Role.WEEKDAY], mentions, today)
    assumed = tuple(dict.fromkeys(each for mention in mentions for each in mention.assumed))
    ahead = _ahead(combined.readings, combined.kind, today, asked=combined.asked)
    return attrs.evolve(_with_another_week(ahead, mentions, today), assumed=assumed)


def _agreed(mentions: Sequence[DayMention]) -> Combined | None:
    """The readings that all mentions of one kind share; if there are none, each is one to choose from."""
    if not mentions:
        return None
    readings = mentions[0].readings
    for mention in mentions[1:]:
        shared = tuple(both for a in readings for b in mention.readings if (both := _shared(a, b)) is not None)
        if not shared:
            every = tuple(days for each in mentions for days in each.readings)
            return Combined(every, QuestionKind.WHICH_DAY, asked=True)
        readings = shared
    several = (mention.kind for mention in mentions if len(mention.readings) > 1)
    return Combined(readings, next(several, QuestionKind.WHICH_DAY))


def _shared(a: Days, b: Days) -> Days | None:
    first, last = max(a.first, b.first), min(a.last, b.last)
    return Days(first, last) if first <= last else None


def _number(mentions: Iterable[DayMention], role: Role) -> int:
    return next(each.number for each in mentions if each.role is role)


def _on_day_of_month(spans: Combined | None, dates: Combined | None, mentions: Sequence[DayMention]) -> Combined | None:
    """The 15th of the days that are named beside it."""
    if spans is None or dates is None:
        return dates if spans is None else spans
    number = _number(mentions, Role.DAY_OF_MONTH)
    found = tuple(
        one(day)
        for days in spans.readings
        for ahead in range(min((days.last - days.first).days, 366) + 1)
        if (day := after(days.first, ahead)).day == number
    )
    if not found:
        return Combined(spans.readings + dates.readings, QuestionKind.CONTRADICTION, asked=True)
    return Combined(found, QuestionKind.WHICH_DAY if spans.kind is QuestionKind.WHICH_DAY else spans.kind)


def _on_weekday(
    days: Combined | None, weekdays: Combined | None, mentions: Sequence[DayMention], today: dt.date
) -> Combined:
    """The days that are such a weekday; where none is, the weekday nearest to them stands beside them."""
    if days is None or weekdays is None or days.asked:
        both = days if days is not None else weekdays
        assert both is not None  # One of them was mentioned.
        return both
    number = _number(mentions, Role.WEEKDAY)
    found = tuple(one(day) for each in days.readings for day in weekdays_in(each, number))
    if found:
        several = len(found) > len(days.readings)
        return Combined(found, QuestionKind.WHICH_DAY if several else days.kind)
    near = tuple(one(_nearest(each.first, number, today)) for each in days.readings)
    return Combined(days.readings + near, QuestionKind.CONTRADICTION, asked=True)


def _nearest(day: dt.date, weekday: int, today: dt.date) -> dt.date:
    following = coming(day, weekday)
    before = after(following, -7)
    return before if before >= today and (day - before) < (following - day) else max(following, coming(today, weekday))


def _ahead(readings: Sequence[Days], kind: QuestionKind, today: dt.date, *, asked: bool = False) -> Combined:
    if readings and all(days.first > _LAST for days in readings):
        return Combined((), QuestionKind.NO_SUCH_DAY, asked=True)
    left = tuple(
        Days(max(days.first, today), min(days.last, _LAST))
        for days in dict.fromkeys(readings)
        if today <= days.last and days.first <= _LAST
    )
    if readings and not left:
        return Combined((), QuestionKind.PAST, asked=True)
    return Combined(left, kind, asked)


def _with_another_week(combined: Combined, mentions: Sequence[DayMention], today: dt.date) -> Combined:
    """Where a weekday is over, the one to come stands to be chosen."""
    weekday = next((each for each in mentions if each.role is Role.WEEKDAY), None)
    if combined.kind is not QuestionKind.PAST or weekday is None:
        return combined
    return attrs.evolve(combined, readings=(one(coming(today, weekday.number)),))
