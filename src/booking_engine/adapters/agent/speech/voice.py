"""A voice says days, times, choices and digits in one language, so that the resolver understands them again."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import Protocol

HALF_YEAR = dt.timedelta(days=182)


class Voice(Protocol):
    """What differs between languages beside their sentences."""

    def day(self, day: dt.date, today: dt.date) -> str:
        """A local date as seen from today: ``tomorrow, Tuesday the 16th``; the month when it is not the present one."""
        ...

    def full_day(self, day: dt.date, *, year: bool = False) -> str:
        """A local date with its month, whenever it is heard: ``Monday the 15th of June``."""
        ...

    def time(self, time: dt.time) -> str:
        """A local time of day, to the minute, and never to be taken for another: ``half past nine in the morning``."""
        ...

    def when(self, day: str, time: str) -> str:
        """A day and a time, each as it is said."""
        ...

    def choices(self, choices: Sequence[str]) -> str:
        """Things to choose from, one at least: ``a, b or c``."""
        ...

    def minutes(self, minutes: int) -> str:
        """So many minutes; a moment for none."""
        ...

    def digits(self, text: str) -> str:
        """A number or a reference, to be read back."""
        ...


def names_year(day: dt.date, today: dt.date) -> bool:
    """Whether the year has to be said: of what is far ahead or past, if it is another one."""
    return day.year != today.year and not dt.timedelta() <= day - today < HALF_YEAR


def grouped(text: str, plus: str) -> str:
    """Digits in groups of two, a last one of three; other signs one by one, spaces and punctuation as a pause."""
    spoken: list[str] = []
    for run in _runs(unicodedata.normalize("NFKC", text)):
        if run[0].isdecimal():
            digits = "".join(str(unicodedata.decimal(digit)) for digit in run)
            pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
            if len(pairs) > 1 and len(pairs[-1]) == 1:
                pairs[-2:] = [pairs[-2] + pairs[-1]]
            spoken += pairs
        elif run == "+":
            spoken.append(plus)
        elif run[0].isalpha():
            spoken += run.upper()
    return " ".join(spoken)


def _runs(text: str) -> list[str]:
    runs: list[str] = []
    kind = ""
    for character in text:
        now = "digit" if character.isdecimal() else "letter" if character.isalpha() else "other"
        if runs and now == kind and now != "other":
            runs[-1] += character
        else:
            runs.append(character)
        kind = now
    return runs
