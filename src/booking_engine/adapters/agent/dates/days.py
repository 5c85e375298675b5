"""How each way to name days by weekdays and weeks is read: a function of one phrase's tokens and today's date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeAlias

from dateutil.relativedelta import relativedelta

from booking_engine.adapters.agent.dates.answer import Assumption, QuestionKind
from booking_engine.adapters.agent.dates.calendar import (
    SUNDAY,
    WEEK,
    after,
    coming,
    edge_of,
    one,
    week_of,
)
from booking_engine.adapters.agent.dates.mention import DayMention, Days, Role
from booking_engine.adapters.agent.dates.token import Token
from booking_engine.domain.localtime import YEAR_MAX

Tokens: TypeAlias = Sequence[Token]
DayRule: TypeAlias = Callable[[Tokens, dt.date], DayMention | None]

_QUESTION = QuestionKind.WHICH_WEEK
_AHEAD = frozenset({"kal", "kl", "कल", "परसों", "परसो", "parson", "parso", "parsoon"})


def value(tokens: Tokens, kinds: str, default: int = 0) -> int:
    """The number of the first token of one of the kinds."""
    return next((token.value for token in tokens if token.kind in kinds), default)


def has(tokens: Tokens, kind: str) -> bool:
    """Whether a token of the kind is among them."""
    return any(token.kind == kind for token in tokens)


def spans(*readings: Days, kind: QuestionKind = QuestionKind.WHICH_DAY) -> DayMention:
    """Days that are named by themselves."""
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
    return None if day is None else spans(one(day))


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
    return DayMention(readings, _QUESTION, Role.WEEKDAY, number)


def coming_weekday(tokens: Tokens, today: dt.date) -> DayMention:
    """The coming Tuesday: never today."""
    number = value(tokens, "w")
    return DayMention((one(coming(today, number)),), _QUESTION, Role.WEEKDAY, number)


def next_weekday(tokens: Tokens, today: dt.date) -> DayMention:
    """Next Tuesday: asked while this week still has one, on Sundays too, for some begin the week with it."""
    number = value(tokens, "w")
    near = coming(today, number)
    in_doubt = near <= week_of(today).last or today.weekday() == SUNDAY
    sure = today.weekday() == number
    readings = (one(near), one(near + WEEK)) if in_doubt and not sure else (one(near),)
    return DayMention(readings, _QUESTION, Role.WEEKDAY, number)


def weekday_after_next(tokens: Tokens, today: dt.date) -> DayMention:
    """Tuesday after next: a week after next Tuesday, whichever that is."""
    mention = next_weekday(tokens, today)
    readings = tuple(one(days.first + WEEK) for days in mention.readings)
    return DayMention(readings, _QUESTION, Role.SPAN)


def last_weekday(tokens: Tokens, today: dt.date) -> DayMention:
    """Last Tuesday, last week: over."""
    return over(today)


def over(today: dt.date) -> DayMention:
    """Days that are over, whichever they are."""
    return spans(one(after(today, -1)))


def ahead_of(tokens: Tokens) -> int:
    """How many weeks or months ahead: this, the next, the one after the next."""
    return 2 if has(tokens, "A") or has(tokens, "P") else 1 if has(tokens, "N") else 0


def week(tokens: Tokens, today: dt.date) -> DayMention:
    """This week, next week, the week after next; on Sundays it is asked which week is the next."""
    ahead = ahead_of(tokens)
    days = week_of(after(today, 7 * ahead))
    readings = [days] if today.weekday() != SUNDAY else [days, Days(days.first + WEEK, days.last + WEEK)]
    return spans(*(edged(each, tokens) for each in readings), kind=_QUESTION)


def edged(days: Days, tokens: Tokens) -> Days:
    """The begin, middle or end of days where that was said, else all of them."""
    return edge_of(days, value(tokens, "e")) if has(tokens, "e") else days


def weekend(tokens: Tokens, today: dt.date) -> DayMention:
    """The weekend, this one or the next."""
    this = Days(after(week_of(today).first, 5), week_of(today).last)
    next_one = Days(this.first + WEEK, this.last + WEEK)
    if not has(tokens, "N"):
        return spans(this)
    return spans(next_one) if today >= this.first else spans(this, next_one, kind=_QUESTION)
