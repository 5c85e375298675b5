"""How each way to name days is read; every function is given the tokens of one phrase and today's local date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeAlias

from dateutil.relativedelta import relativedelta

from booking_engine.adapters.agent.dates.answer import Assumption, QuestionKind
from booking_engine.adapters.agent.dates.calendar import (
    END,
    SUNDAY,
    WEEK,
    after,
    coming,
    day_of,
    edge_of,
    month_after,
    month_length,
    month_of,
    one,
    week_of,
    weekdays_in,
)
from booking_engine.adapters.agent.dates.mention import DayMention, Days, Role
from booking_engine.adapters.agent.dates.token import Token
from booking_engine.domain.localtime import YEAR_MAX, YEAR_MIN

Tokens: TypeAlias = Sequence[Token]
DayRule: TypeAlias = Callable[[Tokens, dt.date], DayMention | None]

_WEEK_QUESTION, _MONTH_QUESTION = QuestionKind.WHICH_WEEK, QuestionKind.WHICH_MONTH
_AHEAD = frozenset({"kal", "kl", "कल", "परसों", "परसो", "parson", "parso", "parsoon"})


def value(tokens: Tokens, kinds: str, default: int = 0) -> int:
    """The number of the first token of one of the kinds."""
    return next((token.value for token in tokens if token.kind in kinds), default)


def has(tokens: Tokens, kind: str) -> bool:
    """Whether a token of the kind is among them."""
    return any(token.kind == kind for token in tokens)


def _spans(*readings: Days, kind: QuestionKind = QuestionKind.WHICH_DAY) -> DayMention:
    return DayMention(readings, kind)


def relative(tokens: Tokens, today: dt.date) -> DayMention:
    """Today, tomorrow, the day after."""
    day = one(after(today, tokens[0].value))
    return DayMention((day,), assumed=(Assumption.KAL_AHEAD,) if tokens[0].word in _AHEAD else ())


def shift(tokens: Tokens, today: dt.date) -> DayMention | None:
    """In two weeks; a month from now; not "two weeks after", for nobody said after what."""
    if tokens[-1].word == "after":
        return None
    count = value(tokens, "n", 1)
    unit = next(token for token in tokens if token.kind in "dkmy")
    day = _moved(today, count, unit)
    return None if day is None else _spans(one(day))


def _moved(day: dt.date, count: int, unit: Token) -> dt.date | None:
    if count > 999:
        return None
    moved = day + {
        "d": relativedelta(days=count),
        "k": relativedelta(days=count * unit.value),
        "m": relativedelta(months=count),
        "y": relativedelta(years=count),
    }.get(unit.kind, relativedelta())
    return moved if moved.year <= YEAR_MAX else None


def shift_from(tokens: Tokens, today: dt.date) -> DayMention | None:
    """A week from Monday, Monday week, a week tomorrow."""
    unit = next((token for token in tokens if token.kind in "dk"), Token("k", 7))
    base = next(token for token in tokens if token.kind in "wr")
    mention = relative([base], today) if base.kind == "r" else weekday([base], today)
    moved = [_moved(days.first, value(tokens, "n", 1), unit) for days in mention.readings]
    readings = tuple(one(day) for day in moved if day is not None)
    return DayMention(readings, mention.kind, assumed=mention.assumed) if readings else None


def weekday(tokens: Tokens, today: dt.date) -> DayMention:
    """Tuesday: the one to come. Said on a Tuesday it may be today, which is asked."""
    number = value(tokens, "w")
    near = coming(today, number)
    readings = (one(today), one(near)) if today.weekday() == number else (one(near),)
    return DayMention(readings, _WEEK_QUESTION, Role.WEEKDAY, number)


def coming_weekday(tokens: Tokens, today: dt.date) -> DayMention:
    """The coming Tuesday: never today."""
    number = value(tokens, "w")
    return DayMention((one(coming(today, number)),), _WEEK_QUESTION, Role.WEEKDAY, number)


def next_weekday(tokens: Tokens, today: dt.date) -> DayMention:
    """Next Tuesday: asked while this week still has one, on Sundays too, for some begin the week with it."""
    number = value(tokens, "w")
    near = coming(today, number)
    in_doubt = near <= week_of(today).last or today.weekday() == SUNDAY
    sure = today.weekday() == number
    readings = (one(near), one(near + WEEK)) if in_doubt and not sure else (one(near),)
    return DayMention(readings, _WEEK_QUESTION, Role.WEEKDAY, number)


def weekday_after_next(tokens: Tokens, today: dt.date) -> DayMention:
    """Tuesday after next: a week after next Tuesday, whichever that is."""
    mention = next_weekday(tokens, today)
    readings = tuple(one(days.first + WEEK) for days in mention.readings)
    return DayMention(readings, _WEEK_QUESTION, Role.SPAN)


def last_weekday(tokens: Tokens, today: dt.date) -> DayMention:
    """Last Tuesday, last week: over."""
    return _over(today)


def _over(today: dt.date) -> DayMention:
    return _spans(one(after(today, -1)))


def _ahead(tokens: Tokens) -> int:
    return 2 if has(tokens, "A") or has(tokens, "P") else 1 if has(tokens, "N") else 0


def week_around(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The week of the 15th."""
    mention = (month_day if has(tokens, "M") else day_of_month)(tokens[1:], today)
    if mention is None or mention.must_be_asked:
        return mention
    return DayMention(tuple(week_of(days.first) for days in mention.readings), mention.kind, assumed=mention.assumed)


def week(tokens: Tokens, today: dt.date) -> DayMention:
    """This week, next week, the week after next; on Sundays it is asked which week is the next."""
    ahead = _ahead(tokens)
    days = week_of(after(today, 7 * ahead))
    readings = [days] if today.weekday() != SUNDAY else [days, Days(days.first + WEEK, days.last + WEEK)]
    return _spans(*(_edged(each, tokens) for each in readings), kind=_WEEK_QUESTION)


def _edged(days: Days, tokens: Tokens) -> Days:
    return edge_of(days, value(tokens, "e")) if has(tokens, "e") else days


def weekend(tokens: Tokens, today: dt.date) -> DayMention:
    """The weekend, this one or the next."""
    this = Days(after(week_of(today).first, 5), week_of(today).last)
    next_one = Days(this.first + WEEK, this.last + WEEK)
    if not has(tokens, "N"):
        return _spans(this)
    return _spans(next_one) if today >= this.first else _spans(this, next_one, kind=_WEEK_QUESTION)


def month(tokens: Tokens, today: dt.date) -> DayMention:
    """This month, next month, the end of the month: when that is over, the next month's."""
    ahead = _ahead(tokens)
    days = _edged(month_after(today, ahead), tokens)
    if days.last < today and not has(tokens, "T"):
        days = _edged(month_after(today, 1), tokens)
    return _spans(days)


def year(tokens: Tokens, today: dt.date) -> DayMention | None:
    """Next year, this year."""
    number = today.year + has(tokens, "N")
    return _spans(Days(dt.date(number, 1, 1), dt.date(number, 12, 31))) if number <= YEAR_MAX else None


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
            return _over(today)
        return _spans(_edged(month_of(said, number), tokens)) if said <= YEAR_MAX else None
    this_year = _edged(month_of(today.year, number), tokens)
    next_year = _edged(month_of(today.year + 1, number), tokens)
    if this_year.last < today:
        return DayMention((next_year,), assumed=(Assumption.NEXT_YEAR,))
    if has(tokens, "N"):
        return _spans(this_year, next_year, kind=_MONTH_QUESTION)
    return _spans(this_year)


def part_of_month(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The first week of June, the second Tuesday of next month, the last Friday of the month."""
    named = month_named if has(tokens, "M") else month
    of = [token for token in tokens if token.kind in "MmNT"]
    mention = named(of, today)
    spans = () if mention is None else mention.readings
    known = [days for days in (_nth(each, tokens) for each in spans) if days is not None]
    if known and known[0].last < today and not has(tokens, "M") and not has(tokens, "T"):
        known = [days for days in (_nth(month_after(today, 1), tokens),) if days is not None]
    return _spans(*known, kind=_MONTH_QUESTION if known else QuestionKind.NO_SUCH_DAY)


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
            return _over(today)
        day = day_of(said, month_number, number)
        return _no_such_day(said, month_number) if day is None else _spans(one(day))
    day = day_of(today.year, month_number, number)
    if day is not None and day >= today:
        return _spans(one(day))
    later = today.year + 1 if day is not None or month_number < today.month else today.year
    day = day_of(later, month_number, number)
    return (
        _no_such_day(later, month_number) if day is None else DayMention((one(day),), assumed=(Assumption.NEXT_YEAR,))
    )


def _no_such_day(year_number: int, month_number: int) -> DayMention:
    if not 1 <= month_number <= 12:
        return DayMention((), QuestionKind.NO_SUCH_DAY)
    last = dt.date(year_number, month_number, month_length(year_number, month_number))
    return _spans(one(last), one(after(last, 1)), kind=QuestionKind.NO_SUCH_DAY)


def day_of_month(tokens: Tokens, today: dt.date) -> DayMention | None:
    """The 15th: of this month, of the next when it is over; said on a 15th it may be today, which is asked."""
    number = value(tokens, "on")
    if not 1 <= number <= 31:
        return None
    this = day_of(today.year, today.month, number)
    following = next(day for ahead in range(1, 3) if (day := _in_month(month_after(today, ahead), number)) is not None)
    missing = this is None or (this < today and _in_month(month_after(today, 1), number) is None)
    readings: tuple[Days, ...] = (one(following),)
    kind = _MONTH_QUESTION
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
    return _spans(one(day))
