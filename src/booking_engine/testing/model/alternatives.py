"""Alternatives the slow way: every window, date and minute is looked at, and booked in the mind (SPEC H2, I8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

import attrs

from booking_engine.domain.alternative import Alternative, AlternativeKind
from booking_engine.domain.rejection import RejectionCode
from booking_engine.domain.window import CalendarWindow
from booking_engine.queries import AlternativesQuery
from booking_engine.testing.model import wallclock
from booking_engine.testing.model.answer import Answer, refused
from booking_engine.testing.model.state import State
from booking_engine.testing.model.visit import (
    Visit,
    admit,
    candidates,
    day_of,
    find_branch,
    is_own,
    last_date,
    refuse_disabled,
    refuse_time,
)

DAYS_AHEAD = 30
_NOBODY = ""


def answer(state: State, query: AlternativesQuery, now: datetime) -> Answer:
    """What somebody who was never seen could book."""
    service = state.service_named(query.appointment_type)
    if service is None:
        return refused(RejectionCode.INVALID_APPOINTMENT_TYPE)
    branch_id = find_branch(state, query.branch_id)
    if isinstance(branch_id, Answer):
        return branch_id
    visit = Visit(
        service=service,
        branch_id=branch_id,
        start=query.appointment_date,
        duration_minutes=service.duration_minutes,
        session=query.session,
        batch=query.batch,
        doctor=query.assigned_doctor,
        channel=query.channel,
        phone_key=_NOBODY,
        patient_name=_NOBODY,
    )
    return Answer(rows=alternatives_to(state, visit, query.limit, now))


def alternatives_to(state: State, wished: Visit, limit: int, now: datetime) -> tuple[Alternative, ...]:
    """The best of each kind, then the second of each, and so on."""
    if not limit or (wished.own is None and refuse_disabled(state)):
        return ()
    first = [each for each in candidates(state, attrs.evolve(wished, session=None)) if wished.session is None]
    session = first[0].session if first else wished.session
    on_day = attrs.evolve(wished, session=None)
    other_days = attrs.evolve(wished, session=session)
    kinds = []
    for kind in AlternativeKind:
        offered = []
        for number, day in enumerate(_days(state, wished, now)):
            is_wished = day == day_of(state, wished)
            if kind is AlternativeKind.OTHER_BRANCH or is_wished is (kind is AlternativeKind.SAME_DAY):
                visit = on_day if is_wished else other_days
                offered += [(number, *ranked) for ranked in _on(state, visit, day, kind, now)]
        kinds.append([alternative for *_, alternative in sorted(offered, key=lambda each: each[:-1])])
    in_turn = [each for places in zip_longest(*kinds) for each in places if each is not None]
    return tuple(in_turn[:limit])


def _days(state: State, wished: Visit, now: datetime) -> list[date]:
    """The wished date, or the first that can be booked, and thirty more; backwards for a wish beyond the horizon."""
    notice = timedelta(hours=state.configuration.min_notice_hours) or wallclock.TICK
    today, last = wallclock.local_date(now + notice, state.configuration.timezone), last_date(state, now)
    wish = day_of(state, wished)
    days = [today + timedelta(days=n) for n in range((last - today).days + 1)]
    if wish > last:
        return days[::-1][: DAYS_AHEAD + 1]
    return [day for day in days if day >= wish][: DAYS_AHEAD + 1]


def _on(
    state: State, wished: Visit, day: date, kind: AlternativeKind, now: datetime
) -> Iterator[tuple[bool, timedelta, int, bool, int, int, str, Alternative]]:
    """Each window of a date at its nearest minute, with its rank among those of the date."""
    instant = _instant(state, wished, day)
    for branch_number, branch in enumerate(state.branches):
        elsewhere = branch.branch_id != wished.branch_id
        if elsewhere is not (kind is AlternativeKind.OTHER_BRANCH) or (elsewhere and wished.own is not None):
            continue
        for window in state.windows:
            if window.branch_id != branch.branch_id or wished.session not in (None, window.session):
                continue
            start = _nearest(state, wished, window, day, instant, now)
            if start is not None:
                opens, closes = state.hours(window)
                preference = (window.service_id is None, closes - opens, opens, window.calendar_id)
                places = state.room(window, day, wished.service.service_id, wished.channel)
                offer = Alternative(start, day, window, max(1, places), kind)
                other_batch = wished.batch is not None and window.batch != wished.batch
                yield other_batch, abs(start - instant), branch_number, *preference, offer


def _instant(state: State, wished: Visit, day: date) -> datetime:
    """The wished minute; on another date, the one at which the clock shows the same."""
    clock = wished.start.astimezone(ZoneInfo(state.configuration.timezone))
    if clock.date() == day:
        return wished.start.replace(second=0, microsecond=0)
    return datetime.combine(day, time(clock.hour, clock.minute), clock.tzinfo).astimezone(UTC)


def _nearest(
    state: State, wished: Visit, window: CalendarWindow, day: date, instant: datetime, now: datetime
) -> datetime | None:
    """The minute nearest to the instant at which the visit would be admitted to that very window."""
    service, zone_name = wished.service, state.configuration.timezone
    visit = attrs.evolve(wished, branch_id=window.branch_id, session=window.session, batch=window.batch)
    minutes = wallclock.minutes_in(zone_name, day, state.hours(window), service.duration_minutes)
    if (
        not state.covers(window, day)
        or not state.is_open(window, day, service.service_id)
        or not minutes
        or not (
            state.room(window, day, service.service_id, visit.channel)
            or is_own(state, attrs.evolve(visit, start=minutes[0]), window)
        )
    ):
        return None
    for minute in sorted(minutes, key=lambda minute: abs(minute - instant)):  # of two as near, the earlier one
        there = attrs.evolve(visit, start=minute)
        if refuse_time(state, minute, now) is None and admit(state, there) == window:
            stays = wished.own is not None and minute == wished.own.start
            return None if stays else minute
    return None
