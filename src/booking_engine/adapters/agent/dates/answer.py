"""An answer of the resolver: what the caller meant, the question that has to be asked, or that nothing was heard."""

from __future__ import annotations

import datetime as dt
import enum

import attrs

from booking_engine.domain.window import Session


class QuestionKind(enum.StrEnum):
    """Why it has to be asked."""

    WHICH_WEEK = "WHICH_WEEK"
    """This week's or next week's: "next Tuesday" said on a Monday, "Monday" said on a Monday."""
    WHICH_MONTH = "WHICH_MONTH"
    """This month's or next month's, this year's or next year's: "the 15th" said on the 15th, "next June"."""
    DAY_OR_MONTH_FIRST = "DAY_OR_MONTH_FIRST"
    """The fifth of June or the sixth of May: "5/6"."""
    CONTRADICTION = "CONTRADICTION"
    """What was said of the day does not agree: "Tuesday the 16th" where that is a Wednesday."""
    NO_SUCH_DAY = "NO_SUCH_DAY"
    """The calendar has no such day, or the zone skipped it: "the 31st of June"."""
    WHICH_DAY = "WHICH_DAY"
    """Several days, or one that the words only go around: "Monday or Tuesday", "after Friday", "not Tuesday"."""
    DAY_OR_TIME = "DAY_OR_TIME"
    """A number that may be either: "15"."""
    PART_OF_DAY = "PART_OF_DAY"
    """In the morning or in the evening: "at 9"."""
    WHICH_TIME = "WHICH_TIME"
    """Several times, or one that the words only go around: "9 or 10", "after 3"."""
    NO_SUCH_TIME = "NO_SUCH_TIME"
    """The clocks skip that time on that day."""
    PAST = "PAST"
    """It is over: "yesterday", "this morning" said at noon."""


class Assumption(enum.StrEnum):
    """What was taken for granted, for somebody who wants to say so."""

    KAL_AHEAD = "KAL_AHEAD"
    """Hindi *kal* and *parson* look both ways; who books looks ahead."""
    NEXT_YEAR = "NEXT_YEAR"
    """The day is over this year."""
    TWELVE_IS_NOON = "TWELVE_IS_NOON"
    """Twelve without a part of the day is noon."""
    EARLIER_HOUR = "EARLIER_HOUR"
    """The clocks show that time twice; the first is meant."""
    LATER_HOUR = "LATER_HOUR"
    """The clocks show that time twice, and the first is over."""


@attrs.frozen(kw_only=True)
class Resolved:
    """What the caller meant, as far as they said it.

    ``first`` and ``last`` are local dates, both included and none before today; ``None`` when no day was said.
    ``time`` is the local time of day. ``instant``, aware UTC, is there when one day and a time were said, and is after
    now.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    time: dt.time | None = None
    session: Session | None = None
    instant: dt.datetime | None = None
    assumed: tuple[Assumption, ...] = ()

    @property
    def date(self) -> dt.date | None:
        """The one day that was said; ``None`` for a range of days, or when no day was said."""
        return self.first if self.first == self.last else None


@attrs.frozen(kw_only=True)
class Question:
    """What has to be asked before anything is looked up or booked.

    ``options`` are the dates to choose from, none before today; ``times`` the times of day to choose from. Of what is
    not in question the one reading is given: one option, or one time.
    """

    kind: QuestionKind
    options: tuple[dt.date, ...] = ()
    times: tuple[dt.time, ...] = ()
    session: Session | None = None


@attrs.frozen(kw_only=True)
class NotUnderstood:
    """Nothing was said of a day or a time, or the text is too long to be an answer."""
