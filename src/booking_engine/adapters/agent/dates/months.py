"""How each way to name days by months is read; every function is given the tokens of one phrase and today's date."""

from __future__ import annotations

import datetime as dt

from booking_engine.adapters.agent.dates.answer import Assumption, QuestionKind
from booking_engine.adapters.agent.dates.calendar import (
    END,
    after,
    day_of,
    edge_of,
    month_after,
    month_length,
    month_of,
    one,
    week_of,
    weekdays_in,
)
from booking_engine.adapters.agent.dates.days import Tokens, ahead_of, edged, has, over, spans, value
from booking_engine.adapters.agent.dates.mention import DayMention, Days, Role
from booking_engine.domain.localtime import YEAR_MAX, YEAR_MIN

_QUESTION = QuestionKind.WHICH_MONTH


def week_around(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The week of the 15th."""
    mention = (month_day if has(tokens, "M") else day_of_month)(tokens[1:], today)
    if mention is None or mention.must_be_asked:
        return mention
    return DayMention(tuple(week_of(days.first) for days in mention.readings), mention.kind, assumed=mention.assumed)


def month(tokens: Tokens, today: dt.date) -> DayMention:
    """This month, next month, the end of the month: when that is over, the next month's."""
    ahead = ahead_of(tokens)
    days = edged(month_after(today, ahead), tokens)
    if days.last < today and not has(tokens, "T"):
        days = edged(month_after(today, 1), tokens)
    return spans(days)


def year(tokens: Tokens, today: dt.date) -> DayMention | None:
    """Next year, this year."""
    number = today.year + has(tokens, "N")
    return spans(Days(dt.date(number, 1, 1), dt.date(number, 12, 31))) if number <= YEAR_MAX else None


def _year_said(tokens: Tokens, today: dt.date) -> int | None:
    """The year after a month: 2027, twenty twenty seven, next year."""
    if has(tokens, "y"):
        return today.year + has(tokens, "N")
    numbers = [token.value for token in tokens if token.kind == "n"]
    if numbers and 1900 <= numbers[-1] <= YEAR_MAX:
        return numbers[-1]
    if len(numbers) > 1 and numbers[-2] in {20, 21}:
        return numbers[-2] * 100 + numbers[-1]
    return None


def month_named(tokens: Tokens, today: dt.date) -> DayMention | None:
    """In June, the end of June, June 2027, next June."""
    number, said = value(tokens, "M"), _year_said(tokens, today)
    if said is None and has(tokens, "n"):
        return None
    if said is not None:
        if said < today.year:
            return over(today)
        return spans(edged(month_of(said, number), tokens)) if said <= YEAR_MAX else None
    this_year = edged(month_of(today.year, number), tokens)
    next_year = edged(month_of(today.year + 1, number), tokens)
    if this_year.last < today:
        return DayMention((next_year,), assumed=(Assumption.NEXT_YEAR,))
    if has(tokens, "N"):
        return spans(this_year, next_year, kind=_QUESTION)
    return spans(this_year)


def part_of_month(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The first week of June, the second Tuesday of next month, the last Friday of the month."""
    named = month_named if has(tokens, "M") else month
    of = [token for token in tokens if token.kind in "MmNT"]
    mention = named(of, today)
    within = () if mention is None else mention.readings
    known = [days for days in (_nth(each, tokens) for each in within) if days is not None]
    if known and known[0].last < today and not has(tokens, "M") and not has(tokens, "T"):
        known = [days for days in (_nth(month_after(today, 1), tokens),) if days is not None]
    return spans(*known, kind=_QUESTION if known else QuestionKind.NO_SUCH_DAY)


def _nth(days: Days, tokens: Tokens) -> Days | None:
    nth = value(tokens, "o") - 1
    if has(tokens, "d"):
        return one(days.last)
    if has(tokens, "k"):
        if has(tokens, "L"):
            return edge_of(days, END)
        first = after(days.first, 7 * nth)
        return Days(first, min(after(first, 6), days.last)) if first <= days.last else None
    found = weekdays_in(days, value(tokens, "w"))
    if has(tokens, "L"):
        return one(found[-1])
    return one(found[nth]) if nth < len(found) else None


def month_day(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The 15th of June, June 15, June the fifteenth 2027."""
    at = next(place for place, token in enumerate(tokens) if token.kind == "M")
    number, place = next((token.value, place) for place, token in enumerate(tokens) if token.kind in "on")
    if not 1 <= number <= 31:
        return DayMention((), QuestionKind.NO_SUCH_DAY) if number < 100 else None
    rest = [token for token in tokens[max(at, place) + 1 :] if token.kind in "nyNT"]
    said = _year_said(rest, today)
    if rest and said is None:
        return None
    return _dated(tokens[at].value, number, said, today)


def one_or_other(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The 15th or 16th of June, the 15th or the 16th: which is asked."""
    named = [token for token in tokens if token.kind == "M"]
    days = [token for token in tokens if token.kind in "on"]
    found = [month_day([*named, day], today) if named else day_of_month([day], today) for day in days]
    readings = tuple(reading for mention in found if mention is not None for reading in mention.readings)
    return DayMention(readings, either=True) if None not in found else None


def _dated(month_number: int, number: int, said: int | None, today: dt.date) -> DayMention:
    if said is not None:
        if said < today.year:
            return over(today)
        day = day_of(said, month_number, number)
        return _no_such_day(said, month_number) if day is None else spans(one(day))
    day = day_of(today.year, month_number, number)
    if day is not None and day >= today:
        return spans(one(day))
    later = today.year + 1 if day is not None or month_number < today.month else today.year
    day = day_of(later, month_number, number)
    return (
        _no_such_day(later, month_number) if day is None else DayMention((one(day),), assumed=(Assumption.NEXT_YEAR,))
    )


def _no_such_day(year_number: int, month_number: int) -> DayMention:
    if not 1 <= month_number <= 12:
        return DayMention((), QuestionKind.NO_SUCH_DAY)
    last = dt.date(year_number, month_number, month_length(year_number, month_number))
    return spans(one(last), one(after(last, 1)), kind=QuestionKind.NO_SUCH_DAY)


def day_of_month(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The 15th: of this month, of the next when it is over; said on a 15th it may be today, which is asked."""
    number = value(tokens, "on")
    if not 1 <= number <= 31:
        return None
    this = day_of(today.year, today.month, number)
    following = next(day for ahead in range(1, 3) if (day := _in_month(month_after(today, ahead), number)) is not None)
    missing = this is None or (this < today and _in_month(month_after(today, 1), number) is None)
    readings: tuple[Days, ...] = (one(following),)
    kind = _QUESTION
    if missing:
        month_days = month_after(today, 0 if this is None else 1)
        readings, kind = (one(month_days.last), one(following)), QuestionKind.NO_SUCH_DAY
    elif this == today:
        readings = (one(today), one(following))
    elif this is not None and this > today:
        readings = (one(this),)
    return DayMention(readings, kind, Role.DAY_OF_MONTH, number)


def _in_month(days: Days, number: int) -> dt.date | None:
    return day_of(days.first.year, days.first.month, number)


def day_or_hour(tokens: Tokens, today: dt.date) -> DayMention | None:
    """A bare number from 13: from 24 on it is a day, below that it may be an hour as well."""
    mention = day_of_month(tokens, today)
    number = value(tokens, "n")
    if mention is None or number >= 24:
        return mention
    return DayMention(mention.readings, QuestionKind.DAY_OR_TIME, Role.DAY_OF_MONTH, number, hour=dt.time(number))


def in_digits(tokens: Tokens, today: dt.date) -> DayMention:
    """15/6, 15/6/2026: asked which is the month, unless only one can be."""
    first, second, *rest = tokens[0].digits
    said = None if not rest else rest[0] if rest[0] >= 100 else 2000 + rest[0]
    found = [
        _dated(month_number, number, said, today)
        for number, month_number in dict.fromkeys(((first, second), (second, first)))
        if 1 <= month_number <= 12
    ]
    sure = [mention for mention in found if mention.kind is not QuestionKind.NO_SUCH_DAY]
    if not sure:
        return found[0] if found else DayMention((), QuestionKind.NO_SUCH_DAY)
    readings = tuple(days for mention in sure for days in mention.readings)
    assumed = sure[0].assumed if len(sure) == 1 else ()
    return DayMention(readings, QuestionKind.DAY_OR_MONTH_FIRST, assumed=assumed)


def iso(tokens: Tokens, today: dt.date) -> DayMention:
    """2026-06-15."""
    year_number, month_number, number = tokens[0].digits
    day = day_of(year_number, month_number, number)
    if day is None:
        known = YEAR_MIN <= year_number <= YEAR_MAX
        return _no_such_day(year_number, month_number) if known else DayMention((), QuestionKind.NO_SUCH_DAY)
    return spans(one(day))
