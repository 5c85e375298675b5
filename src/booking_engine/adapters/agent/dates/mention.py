"""A mention is one thing that the caller said of a day or a time, with every reading that it has."""

from __future__ import annotations

import datetime as dt
import enum
from typing import NamedTuple, TypeAlias

import attrs

from booking_engine.adapters.agent.dates.answer import Assumption, QuestionKind
from booking_engine.domain.window import Session


class Days(NamedTuple):
    """A range of local dates, both included."""

    first: dt.date
    last: dt.date


class Role(enum.Enum):
    """What a mention does beside others: it names days, or says which of the days that others name."""

    SPAN = enum.auto()
    WEEKDAY = enum.auto()
    DAY_OF_MONTH = enum.auto()


@attrs.frozen
class DayMention:
    """Days: ``readings`` are what it means alone, ``kind`` the question if there are several.

    ``number`` is the weekday or the day of the month, which is all that it says beside a mention of other days.
    ``hour`` is the hour that the same number could be; ``either``: the readings were said with an "or" between them.
    """

    readings: tuple[Days, ...]
    kind: QuestionKind = QuestionKind.WHICH_DAY
    role: Role = Role.SPAN
    number: int = 0
    assumed: tuple[Assumption, ...] = ()
    hour: dt.time | None = None
    either: bool = False

    @property
    def must_be_asked(self) -> bool:
        """Whether nothing that is said beside it makes it clear."""
        return self.either or self.kind in {QuestionKind.NO_SUCH_DAY, QuestionKind.DAY_OR_TIME}


@attrs.frozen
class ClockMention:
    """A time of day; ``around``: the words go around it, as in "after 3"; ``instant`` where it was said as one."""

    readings: tuple[dt.time, ...]
    around: bool = False
    assumed: tuple[Assumption, ...] = ()
    instant: dt.datetime | None = None


class Part(NamedTuple):
    """A part of the day: the times of day that callers call so, ``[since, until)``, and the session that it is."""

    session: Session
    since: dt.time
    until: dt.time


PARTS = (
    Part(Session.MORNING, dt.time(0), dt.time(12)),
    Part(Session.AFTERNOON, dt.time(12), dt.time(19)),
    Part(Session.EVENING, dt.time(15), dt.time.max),
    Part(Session.EVENING, dt.time(18), dt.time.max),
)
"""Morning, afternoon, evening, night. Four o'clock is said to be in the afternoon as well as in the evening."""


@attrs.frozen
class PartMention:
    """A part of the day; with ``today``, the one of today ("this evening")."""

    part: Part
    today: bool = False


@attrs.frozen
class MomentMention:
    """An instant: "in two hours"."""

    instant: dt.datetime


@attrs.frozen
class Unclear:
    """Words that turn around what is said beside them: "not", "after", "every"; ``of_day``: they say so of days."""

    of_day: bool = False


@attrs.frozen
class Or:
    """What was said on two sides of an "or" or an "and" is not to be put together."""


Mention: TypeAlias = DayMention | ClockMention | PartMention | MomentMention | Unclear | Or
