"""The resolver answers what a caller said of a day and a time: what it means, or the question to ask, never a guess."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from booking_engine.adapters.agent.dates.answer import Assumption, NotUnderstood, Question, QuestionKind, Resolved
from booking_engine.adapters.agent.dates.calendar import after, one
from booking_engine.adapters.agent.dates.combining import Combined, combine
from booking_engine.adapters.agent.dates.grammar import Scene, read
from booking_engine.adapters.agent.dates.lexing import lex
from booking_engine.adapters.agent.dates.mention import (
    ClockMention,
    DayMention,
    Days,
    Mention,
    MomentMention,
    Or,
    PartMention,
    Role,
    Unclear,
)
from booking_engine.domain.localtime import local_date, local_day
from booking_engine.domain.localtime import zone as zone_named

TEXT_LENGTH_MAX = 200
"""What is longer is no answer to "when?"."""

_MINUTE = dt.timedelta(minutes=1)
_HALF_DAY = 12


def resolve(text: str, *, now: dt.datetime, zone: str, lang: str | None = None) -> Resolved | Question | NotUnderstood:
    """What the caller means, in the organisation's zone.

    ``now`` is an aware instant, ``zone`` a known IANA name, ``lang`` the language of the call if it is known: English
    and Hindi, in Devanagari or Latin letters, are both understood in any case. No text raises.

    The rules: a day is never before today and an instant always after now; a weekday is the one to come; what has two
    readings is a question with both, unless only one of them is still ahead; and so is what contradicts itself.
    """
    if len(text) > TEXT_LENGTH_MAX:
        return NotUnderstood()
    scene = Scene(now, local_date(now, zone))
    mentions = read(lex(text, None if lang is None else lang.partition("-")[0].lower()), scene)
    return _Call(zone, scene, _sorted_out(mentions, scene, zone)).answer()


class _Candidate(NamedTuple):
    days: Days | None
    time: dt.time | None
    instants: tuple[dt.datetime, ...] = ()


def _sorted_out(mentions: Sequence[Mention], scene: Scene, zone: str) -> tuple[Mention, ...]:
    """The mentions with instants as a day and a time, with "this evening" as a day, and numbers put in their place."""
    found: list[Mention] = []
    for mention in mentions:
        if isinstance(mention, MomentMention):
            local = mention.instant.astimezone(zone_named(zone))
            clock = local.time().replace(second=0, microsecond=0)
            found += [DayMention((one(local.date()),)), ClockMention((clock,), instant=mention.instant)]
        elif isinstance(mention, PartMention) and mention.today:
            found += [DayMention((one(scene.today),)), mention]
        else:
            found.append(mention)
    days = [mention for mention in found if isinstance(mention, DayMention)]
    timed = any(isinstance(mention, ClockMention) for mention in found)
    return tuple(_placed(mention, days, timed=timed) for mention in found)


def _placed(mention: Mention, days: Sequence[DayMention], *, timed: bool) -> Mention:
    """A number that may be a day or an hour is what is not said otherwise."""
    if not isinstance(mention, DayMention) or mention.hour is None:
        return mention
    if timed:
        return DayMention(mention.readings, QuestionKind.WHICH_MONTH, Role.DAY_OF_MONTH, mention.number)
    return ClockMention((mention.hour,)) if len(days) > 1 else mention


def _sides(mentions: Sequence[Mention]) -> list[list[DayMention]]:
    sides: list[list[DayMention]] = [[]]
    for mention in mentions:
        if isinstance(mention, Or):
            sides.append([])
        elif isinstance(mention, DayMention):
            sides[-1].append(mention)
    return [side for side in sides if side]


class _Call:
    """One text of one call, as far as it was read."""

    def __init__(self, zone: str, scene: Scene, mentions: Sequence[Mention]) -> None:
        self._zone, self._scene = zone, scene
        self._unclear = [mention for mention in mentions if isinstance(mention, Unclear)]
        self._days = [mention for mention in mentions if isinstance(mention, DayMention)]
        self._sides = _sides(mentions)
        self._clocks = [mention for mention in mentions if isinstance(mention, ClockMention)]
        self._parts = [mention.part for mention in mentions if isinstance(mention, PartMention)]

    def answer(self) -> Resolved | Question | NotUnderstood:
        """The answer: first what cannot be made clear, then what is left of the readings."""
        if any(mention.of_day for mention in self._unclear):
            return self._question(QuestionKind.WHICH_DAY)
        if not (self._days or self._clocks or self._parts):
            return NotUnderstood()
        combined = self._combined()
        if self._unclear:
            kind = QuestionKind.WHICH_DAY if self._days or not self._clocks else QuestionKind.WHICH_TIME
            return self._question(kind)
        if combined is not None and combined.asked:
            hours = tuple(mention.hour for mention in self._days if mention.hour is not None)
            return self._question(combined.kind, combined.options, hours)
        times = self._times()
        if isinstance(times, Question):
            return times if combined is None else self._question(times.kind, combined.options, times.times)
        return self._decided(combined, times)

    def _combined(self) -> Combined | None:
        """The days that were said; those on two sides of an "or" are to choose from, unless they are one."""
        sides = [combine(side, self._scene.today) for side in self._sides]
        if len({side.readings for side in sides}) <= 1:
            return sides[0] if sides else None
        return Combined(tuple(days for side in sides for days in side.readings), QuestionKind.WHICH_DAY, asked=True)

    def _question(
        self, kind: QuestionKind, options: tuple[dt.date, ...] = (), times: tuple[dt.time, ...] = ()
    ) -> Question:
        sessions = {part.session for part in self._parts}
        session = next(iter(sessions)) if len(sessions) == 1 else None
        return Question(kind=kind, options=options, times=times, session=session)

    def _times(self) -> tuple[dt.time, ...] | Question:
        """The times of day that were said, within the part of the day that was said; none if no time was."""
        if len({part.session for part in self._parts}) > 1:
            return self._question(QuestionKind.PART_OF_DAY)
        said = [set(clock.readings) for clock in self._clocks]
        every = set[dt.time]().union(*said)
        shared = every.intersection(*said)
        if any(clock.around for clock in self._clocks) or (every and not shared):
            return self._question(QuestionKind.WHICH_TIME, times=tuple(sorted(self._within(every) or every)))
        times = self._within(shared)
        if shared and not times:
            both = {time.replace(hour=(time.hour + half) % 24) for time in shared for half in (0, _HALF_DAY)}
            return self._question(QuestionKind.PART_OF_DAY, times=tuple(sorted(both)))
        return tuple(sorted(times))

    def _within(self, times: set[dt.time]) -> set[dt.time]:
        return {time for time in times if all(part.since <= time < part.until for part in self._parts)}

    def _decided(self, combined: Combined | None, times: tuple[dt.time, ...]) -> Resolved | Question:
        candidates = self._candidates(combined, times)
        ahead = [each for each in candidates if not self._is_over(each)]
        days = tuple(dict.fromkeys(each.days for each in ahead if each.days is not None))
        left = tuple(sorted({each.time for each in ahead if each.time is not None}))
        options = tuple(sorted({each.first for each in days}))
        if not ahead:
            return self._question(QuestionKind.PAST, (after(self._scene.today, 1),), times if len(times) == 1 else ())
        if len(days) > 1:
            assert combined is not None  # There are days.
            return self._question(combined.kind, options, left if len(left) == 1 else ())
        if len(left) > 1:
            return self._question(QuestionKind.PART_OF_DAY, options, left)
        return self._resolved(ahead[0], () if combined is None else combined.assumed)

    def _candidates(self, combined: Combined | None, times: tuple[dt.time, ...]) -> list[_Candidate]:
        readings: Sequence[Days | None] = [None] if combined is None else combined.readings
        return [_Candidate(days, time, self._instants(days, time)) for days in readings for time in (times or (None,))]

    def _instants(self, days: Days | None, time: dt.time | None) -> tuple[dt.datetime, ...]:
        """The instants at which the clock shows that time on that day: two in a repeated hour, none in a skipped."""
        if days is None or days.first != days.last or time is None:
            return ()
        since = dt.timedelta(hours=time.hour, minutes=time.minute)
        found = tuple(span.start for span in local_day(self._zone, days.first).spans(since, since + _MINUTE))
        meant = {clock.instant for clock in self._clocks} & set(found)
        return tuple(each for each in found if each in meant) if meant else found

    def _is_over(self, candidate: _Candidate) -> bool:
        today, now = self._scene.today, self._scene.now
        if candidate.instants:
            return candidate.instants[-1] <= now
        if candidate.days != one(today):
            return False
        local = now.astimezone(zone_named(self._zone)).time()
        return (candidate.time is not None and candidate.time <= local) or any(
            part.until <= local for part in self._parts
        )

    def _resolved(self, candidate: _Candidate, assumed: tuple[Assumption, ...]) -> Resolved | Question:
        days, time = candidate.days, candidate.time
        if days is not None and days.first == days.last:
            if not local_day(self._zone, days.first).spans(*_WHOLE_DAY):
                return self._question(QuestionKind.NO_SUCH_DAY, (after(days.first, 1),))
            if time is not None and not candidate.instants:
                return self._question(QuestionKind.NO_SUCH_TIME, (days.first,), self._after_gap(days.first, time))
        instant = next((each for each in candidate.instants if each > self._scene.now), None)
        noted = [*assumed, *(each for clock in self._clocks for each in clock.assumed)]
        if len(candidate.instants) > 1:
            noted.append(Assumption.EARLIER_HOUR if instant == candidate.instants[0] else Assumption.LATER_HOUR)
        return Resolved(
            first=None if days is None else days.first,
            last=None if days is None else days.last,
            time=time,
            session=self._parts[0].session if self._parts else None,
            instant=instant,
            assumed=tuple(dict.fromkeys(noted)),
        )

    def _after_gap(self, day: dt.date, time: dt.time) -> tuple[dt.time, ...]:
        """The first time that the clocks show after one that they skip."""
        since = dt.timedelta(hours=time.hour, minutes=time.minute)
        spans = local_day(self._zone, day).spans(since, dt.timedelta(days=1))
        return tuple(span.start.astimezone(zone_named(self._zone)).time() for span in spans[:1])


_WHOLE_DAY = (dt.timedelta(), dt.timedelta(days=1))
