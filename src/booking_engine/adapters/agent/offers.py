"""Offers are the choices that a caller is given: near a wish, spread over a day, or in the place of a lost slot."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from booking_engine.adapters.agent.choices import Choice, choice_of, start_of
from booking_engine.adapters.agent.desk import AI, CHOICES_MAX, Desk, choices_of
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction
from booking_engine.domain.catalog import WindowDate
from booking_engine.domain.window import Session

SPREAD_MAX = 3
"""So many times of one window are offered to somebody who named a day and no time."""
STEP_MINUTES = 30
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


def spread(desk: Desk, choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Each window's choice, and later ones in the same window: the first, one in the middle, and the last.

    Where one instant of a window can be booked, all later ones can that fit into it, for places are the window's and
    not the instant's (SPEC C7); a doctor would have to be asked, so choices of a doctor are not spread.
    """
    return tuple([each for choice in choices for each in _spread(desk, choice)])


def _spread(desk: Desk, choice: Choice) -> tuple[Choice, ...]:
    window = choice.window
    for window_date in desk.catalog.on(window.branch_id, desk.catalog.local_date(choice.start)):
        if window_date.window.calendar_id == window.calendar_id:
            starts = _grid(window_date, choice)
            picked = starts if len(starts) <= SPREAD_MAX else [starts[0], starts[len(starts) // 2], starts[-1]]
            return tuple([Choice(choice.service, window, start) for start in picked])
    return (choice,)


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
    return starts or [choice.start]


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
