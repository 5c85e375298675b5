"""How each way to say a time of day is read; every function is given the tokens of one phrase."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeAlias

from booking_engine.adapters.agent.dates.answer import Assumption
from booking_engine.adapters.agent.dates.mention import ClockMention
from booking_engine.adapters.agent.dates.token import Token

Tokens: TypeAlias = Sequence[Token]
ClockRule: TypeAlias = Callable[[Tokens], ClockMention | None]

_NOON = 12 * 60
_DAY = 24 * 60
_MINUTES_TO = frozenset({5, 10, 20, 25})
"""Minutes that are said before "to" without the word. "9 to 5" goes from nine to five; "10 to 5" is either."""


def _numbers(tokens: Tokens) -> list[int]:
    return [token.value for token in tokens if token.kind == "n"]


def _read(hour: int, minute: int, tokens: Tokens, *, exact: bool = False) -> ClockMention | None:
    """The readings of an hour from 0 to 24 and minutes, which may be negative ("quarter to")."""
    half = next((token.value for token in tokens if token.kind == "x"), None)
    if not (0 <= hour <= 23 and -59 <= minute <= 59):
        return None
    if half is not None:
        # "15:30 pm" is heard and clear; "15:30 am" is not. "Quarter to one pm" is after noon, as it is said.
        if hour == 0 or (hour > 12 and half == 0):
            return None
        return _clock([(hour % 12 * 60 + minute) % _NOON + half * _NOON])
    if exact or hour > 12 or hour == 0:
        return _clock([hour * 60 + minute])
    said = (hour % 12) * 60 + minute
    if said % _NOON // 60 == 0:
        return _clock([said % _NOON + _NOON], Assumption.TWELVE_IS_NOON)
    return _clock([said % _NOON, said % _NOON + _NOON])


def _clock(minutes: list[int], *assumed: Assumption) -> ClockMention:
    return ClockMention(tuple(dt.time(*divmod(each % _DAY, 60)) for each in minutes), assumed=assumed)


def in_digits(tokens: Tokens) -> ClockMention | None:
    """9:30, 09:30, 21:30, 9.30 pm."""
    token = next(token for token in tokens if token.kind == "q")
    hour, minute = token.digits
    return _read(hour, minute, tokens, exact=token.value == 24)


def hour_alone(tokens: Tokens) -> ClockMention | None:
    """Nine, nine o'clock, 9 am; 930 is half past nine."""
    [number] = _numbers(tokens)
    if number == 0:
        return None
    if number >= 100:
        return _read(number // 100, number % 100, tokens) if not 2000 <= number <= 2199 else None
    return _read(number, 0, tokens)


def hour_and_minute(tokens: Tokens) -> ClockMention | None:
    """Nine thirty, nine oh five, Hindi "nau bajkar das minute"."""
    numbers = _numbers(tokens)
    hour, minute = numbers if len(numbers) == 2 else (numbers[0], 30)
    said_as_digits = any(token.kind in "Zj" or token.word[:1] == "0" for token in tokens)
    return _read(hour, minute, tokens) if said_as_digits or 10 <= minute <= 59 else None


def past_hour(tokens: Tokens) -> ClockMention | None:
    """Half past nine, half nine, quarter past nine, ten past nine."""
    return _beside(tokens, 1)


def to_hour(tokens: Tokens) -> ClockMention | None:
    """Quarter to five, ten minutes to five."""
    numbers = _numbers(tokens)
    mention = _beside(tokens, -1)
    if mention is None or len(numbers) == 1 or any(token.kind == "i" for token in tokens) or numbers[0] > 12:
        return mention
    since = _read(numbers[0], 0, tokens)
    if numbers[0] not in _MINUTES_TO or since is None:
        return None
    return ClockMention((*since.readings, *mention.readings), around=True)


def about_to_strike(tokens: Tokens) -> ClockMention | None:
    """Hindi "nau bajne mein das minute": ten to nine."""
    hour, minute = _numbers(tokens)
    return _read(hour, -minute, tokens)


def _beside(tokens: Tokens, sign: int) -> ClockMention | None:
    numbers = _numbers(tokens)
    minute = numbers[0] if len(numbers) == 2 else 30 if any(token.kind == "H" for token in tokens) else 15
    hour = numbers[-1]
    return _read(hour, sign * minute, tokens) if 1 <= hour <= 24 and minute < 60 else None


def fraction(tokens: Tokens) -> ClockMention | None:
    """Hindi "saadhe nau", half past nine; "paune das", quarter to ten."""
    offset = next(token.value for token in tokens if token.kind == "f")
    [hour] = _numbers(tokens)
    return _read(hour, offset, tokens) if 1 <= hour <= 12 else None


def hour_and_a_half(tokens: Tokens) -> ClockMention | None:
    """Hindi "dedh baje", half past one; "dhai baje", half past two."""
    hour, minute = divmod(next(token.value for token in tokens if token.kind == "D"), 60)
    return _read(hour, minute, tokens)


def noon(tokens: Tokens) -> ClockMention:
    """Noon; midnight has a day before and a day after it and is asked for."""
    hour = next(token.value for token in tokens if token.kind == "V")
    return ClockMention((dt.time(hour),), around=hour == 0)


def several(tokens: Tokens) -> ClockMention | None:
    """Between 9 and 11, from 9 to 11: which of them has to be asked."""
    readings = [hour_alone([token]) for token in tokens if token.kind == "n"]
    times = tuple(time for each in readings if each is not None for time in each.readings)
    return ClockMention(times, around=True) if times else None
