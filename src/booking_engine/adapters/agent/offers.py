"""Offers are the choices that a caller is given: near a wish, spread over a day, or in the place of a lost slot."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from booking_engine.adapters.agent.choices import Choice, choice_of, start_of
from booking_engine.adapters.agent.desk import AI, CHOICES_MAX, Desk, choices_of
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction
from booking_engine.domain.catalog import WindowDate
from booking_engine.domain.localtime import local_day
from booking_engine.domain.window import Session
from booking_engine.rules.timing import fits

SPREAD_MAX = 3
"""So many times of one window are offered to somebody who named a day and no time."""
STEP_MINUTES = 30
USUAL_HOURS: Mapping[Session, tuple[timedelta, timedelta]] = {
    Session.MORNING: (timedelta(hours=9), timedelta(hours=12)),
    Session.AFTERNOON: (timedelta(hours=13), timedelta(hours=17)),
    Session.EVENING: (timedelta(hours=17), timedelta(hours=20)),
}
"""When visits of windows are offered that begin at midnight, as those without times do: nobody is asked in for then."""
_ROUND = timedelta(minutes=5)


async def near(
    desk: Desk, choice: Choice, doctor: str | None = None, session: Session | None = None
) -> tuple[Choice, ...]:
    """What can be booked near a choice, which is itself the first if it can."""
    found = await desk.engine.alternatives(
        choice.service.service_id,
        choice.start,
        branch_id=choice.window.branch_id,
        session=session,
        assigned_doctor=doctor,
        channel=AI,
        limit=CHOICES_MAX,
    )
    return choices_of(choice.service, found)


def at_usual_hours(desk: Desk, choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """The choices of somebody who named no time: in windows that begin at midnight, at the usual hours of the session.

    They are as bookable there: see ``spread``. Where those hours are over, there is no choice.
    """
    return tuple([each for choice in choices for each in _at_usual_hours(desk, choice)])


def _at_usual_hours(desk: Desk, choice: Choice) -> tuple[Choice, ...]:
    if not _begins_at_midnight(desk, choice):
        return (choice,)
    day = local_day(desk.zone, desk.catalog.local_date(choice.start))
    opens, closes = (day.at(each) for each in USUAL_HOURS[choice.window.session])
    if choice.start >= closes:
        return ()
    for window_date in _window_dates(desk, choice):
        if opens > choice.start and fits(window_date, opens, choice.service.duration_minutes):
            return (Choice(choice.service, choice.window, opens),)
    return (choice,)


def _begins_at_midnight(desk: Desk, choice: Choice) -> bool:
    opens, _ = choice.window.hours(desk.catalog.configuration.session_hours)
    return not opens


def _window_dates(desk: Desk, choice: Choice) -> Iterator[WindowDate]:
    """The choice's window on its date; none where it was set up since, and the present setup is looked at next."""
    for window_date in desk.catalog.on(choice.window.branch_id, desk.catalog.local_date(choice.start)):
        if window_date.window.calendar_id == choice.window.calendar_id:
            yield window_date


def spread(desk: Desk, choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Each window's choice, and later ones in the same window: the first, one in the middle, and the last.

    Where one instant of a window can be booked, all later ones can that fit into it, for places are the window's and
    not the instant's (SPEC C7); a doctor would have to be asked, so choices of a doctor are not spread.
    """
    return tuple([each for choice in choices for each in _spread(desk, choice)])


def _spread(desk: Desk, choice: Choice) -> tuple[Choice, ...]:
    starts = [start for window_date in _window_dates(desk, choice) for start in _grid(window_date, choice)]
    if _begins_at_midnight(desk, choice):
        _, usual = USUAL_HOURS[choice.window.session]
        ends = local_day(desk.zone, desk.catalog.local_date(choice.start)).at(usual)
        starts = [each for each in starts if each < ends]
    starts = starts or [choice.start]
    picked = starts if len(starts) <= SPREAD_MAX else [starts[0], starts[len(starts) // 2], starts[-1]]
    return tuple([Choice(choice.service, choice.window, start) for start in picked])


def _grid(window_date: WindowDate, choice: Choice) -> list[datetime]:
    """The starts from a choice to the end of its window, at round times, a visit or half an hour apart."""
    length = timedelta(minutes=choice.service.duration_minutes or 1)
    step = timedelta(minutes=max(choice.service.duration_minutes, STEP_MINUTES))
    starts = []
    for span in window_date.spans:
        start = max(choice.start, span.start)
        start += (span.start - start) % _ROUND
        while start + length <= span.end:
            starts.append(start)
            start += step
    return starts


def one_of_each_time(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """The first of those that begin at the same instant: to a caller they are one."""
    found: dict[datetime, Choice] = {}
    for each in choices:
        found.setdefault(each.start, each)
    return tuple(found.values())


async def lost(desk: Desk, slot: str) -> Answer:
    """The answer to a slot that stands for nothing: what can be booked near it, of what the call was offered."""
    return await _offered_again(desk, AnswerCode.UNKNOWN_SLOT, "lost_choice", start_of(slot))


async def no_hold(desk: Desk) -> Answer:
    """The answer to who wants to book what the call holds, where it holds nothing."""
    return await _offered_again(desk, AnswerCode.NO_HOLD, "hold_ended", None)


async def _offered_again(desk: Desk, code: AnswerCode, key: str, start: datetime | None) -> Answer:
    offered = await _last_offered(desk)
    choices: tuple[Choice, ...] = ()
    if offered is not None:
        wished = offered if start is None or start <= desk.now else Choice(offered.service, offered.window, start)
        choices = await near(desk, wished)
    return Answer(
        code=code,
        next_action=NextAction.OFFER_TIMES if choices else NextAction.ASK_DATE,
        say=desk.speech.say(key),
        data={"choices": desk.choices_data(choices)} if choices else {},
    )


async def _last_offered(desk: Desk) -> Choice | None:
    """The best of what this call was offered last that still stands for something."""
    for record in reversed(await desk.answers.of_call(desk.call.call_id)):
        if record.answer is not None:
            for each in json.loads(record.answer)["data"].get("choices", ()):
                choice = choice_of(desk.catalog, each["slot"])
                if choice is not None:
                    return choice
    return None
