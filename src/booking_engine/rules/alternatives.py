"""Alternatives are what could be booked in the place of a wished visit, best first (SPEC H2, C7, I8).

There are three kinds. *Same day*: the windows of the wished branch on the wished local date. *Next days*: those of its
windows on the following dates that are of the wished session, day by day. *Other branch*: the windows of the other
branches, on the wished date and then, of that session, on the following ones. Offered is the best of each kind, then
the second of each, and so on.

- The wished session is the one asked for; else that of the first window that the wished instant lies in; else any.
- A window-date is offered once, at the bookable instant that is **nearest to the wished one**: on another date to the
  instant at which the clock shows the wished time of day. That is the wished instant itself where the visit fits
  there, else the closest edge of what fits and is left by now, the notice, the doctor, and windows that would be
  preferred. Instants are whole minutes; of two that are equally near the earlier is taken. Where that is the time that
  an appointment to be moved has already, its window-date is not offered.
- Windows of one date go by this distance, those of the wished batch before all others; between equals the order of
  branches, then the order of preference decides (SPEC W6).
- Each can be booked as it stands, by the same admission as every booking: asking for its instant, branch, session and
  batch takes a place in its very window. Where a person is known, dates on which that person would be refused as a
  duplicate are left out.

The search is bounded: it looks at the wished date, or the first that can still be booked, and ``DAYS_AHEAD_MAX`` dates
after it, none beyond the horizon; it stops when enough is found. A wish beyond the horizon is answered from the last
date backwards.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from operator import itemgetter
from typing import TypeAlias

import attrs

from booking_engine.domain.alternative import Alternative, AlternativeKind
from booking_engine.domain.appointment import Appointment, DoctorDay, doctor_days
from booking_engine.domain.catalog import WindowDate
from booking_engine.domain.localtime import local_day, zone
from booking_engine.domain.rejection import Rejection
from booking_engine.domain.tracking import TrackingKey
from booking_engine.domain.window import Session
from booking_engine.ledger.claims import DuplicateName
from booking_engine.ledger.holdings import duplicate_name
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.rules.availability import Bookable
from booking_engine.rules.nearest import (
    NOTHING_BLOCKED,
    Blocked,
    blocked_by,
    blocks_of_doctor,
    blocks_of_window,
    least_length,
    minute_from,
    minute_of,
    nearest_start,
)
from booking_engine.rules.openings import Opening, Openings, remembered_openings
from booking_engine.rules.timing import dates_between
from booking_engine.rules.visit import has_place_in, match_windows
from booking_engine.rules.wish import Wish

DAYS_AHEAD_MAX = 30
"""So many local dates after the first are looked at."""

_DAY = timedelta(days=1)
_AHEAD = DAYS_AHEAD_MAX * _DAY
_SAME_DAY, _NEXT_DAYS, _OTHER_BRANCH = AlternativeKind
_Ranked: TypeAlias = tuple[tuple[bool, timedelta], datetime, Opening]
"""Of another batch than the wished one, how far from the wished instant; the start; where."""


class Search:
    """The search for alternatives to a wish: where it looks, and what it has to see."""

    def __init__(self, wish: Wish) -> None:
        catalog, bookable = wish.catalog, Bookable.at(wish.catalog, wish.now)
        local = wish.start.astimezone(zone(catalog.configuration.timezone))
        self.wish = wish
        self.date, self.time_of_day = local.date(), timedelta(hours=local.hour, minutes=local.minute)
        self.earliest = minute_from(bookable.earliest)
        # What stands may be moved while new bookings are switched off (SPEC U2).
        self.days = self._days(bookable) if bookable.enabled or wish.own is not None else ()
        self.name = self._name()

    def _days(self, bookable: Bookable) -> tuple[date, ...]:
        """The dates that are looked at, in this order."""
        today, last = self.wish.catalog.local_date(bookable.earliest), bookable.last_date
        if self.date > last:
            return dates_between(max(today, last - _AHEAD), last)[::-1]
        first = max(self.date, today)
        return dates_between(first, min(last, first + _AHEAD))

    def _name(self) -> DuplicateName | None:
        """Whom the visit would repeat on the wished date; None where that is nobody."""
        catalog, person = self.wish.catalog, self.wish.person
        if person is None or not catalog.configuration.duplicate_prevention:
            return None
        key = TrackingKey("", self.date, self.wish.service.service_id)
        return duplicate_name(catalog.configuration, person.phone_key, key, person.patient_name)

    @property
    def query(self) -> LedgerQuery:
        """What it has to see: the counts of its dates, the doctor's days, whom the person's names stand for."""
        names = () if self.name is None else tuple([self.name._replace(date=day) for day in self.days])
        return LedgerQuery(now=self.wish.now, days=self.days, doctor_days=self._doctor_days(), names=names)

    def widened(self, query: LedgerQuery) -> LedgerQuery:
        """Another query with what the search has to see besides."""
        own = self.query
        days, doctor_days = (*query.days, *own.days), (*query.doctor_days, *own.doctor_days)
        return attrs.evolve(
            query,
            days=tuple(dict.fromkeys(days)),
            calendar_ids=None,
            doctor_days=tuple(dict.fromkeys(doctor_days)),
            names=own.names,
        )

    def _doctor_days(self) -> tuple[DoctorDay, ...]:
        wish, days = self.wish, self.days
        if wish.doctor is None or not days:
            return ()
        configuration = wish.catalog.configuration
        reach = timedelta(minutes=configuration.buffer_time_minutes + wish.service.duration_minutes)
        first = local_day(configuration.timezone, min(days)).at(timedelta())
        end = local_day(configuration.timezone, max(days)).at(_DAY)
        return doctor_days(wish.doctor, first - reach, end + reach)

    def found(self, view: LedgerView) -> tuple[Alternative, ...]:
        """The best alternatives that the view shows, at most as many as are wanted."""
        look = _Look(self, view)
        kinds = [look.same_day(), look.next_days(), look.other_branches()]
        return tuple(islice(_in_turn(kinds), self.wish.limit))


class _Look:
    """What a search finds in one view, kind by kind, best first."""

    def __init__(self, search: Search, view: LedgerView) -> None:
        self._search, self._wish, self._view = search, search.wish, view
        self._wished_date = search.days[:1] if search.days[:1] == (search.date,) else ()
        self._other_dates = search.days[len(self._wished_date) :]
        self._length = least_length(search.wish.service.duration_minutes)
        own = search.wish.own
        self._own_id, self._own_start = own and own.appointment_id, own and own.start
        self._blocked = NOTHING_BLOCKED if search.wish.doctor is None else self._blocked_by_doctor()

    def same_day(self) -> Iterator[Alternative]:
        """On the wished date."""
        for day, openings in self._at_branch(self._wished_date):
            yield from _in_order(self._ranked(day, openings, None), _SAME_DAY)

    def next_days(self) -> Iterator[Alternative]:
        """On other dates."""
        for day, openings in self._at_branch(self._other_dates):
            yield from _in_order(self._ranked(day, openings, self._session), _NEXT_DAYS)

    def other_branches(self) -> Iterator[Alternative]:
        """At other branches; none for an appointment that is moved, which stays at its own."""
        active = self._wish.catalog.active_branches if self._own_id is None else ()
        branches = [self._openings(each.branch_id) for each in active if each.branch_id != self._wish.branch_id]
        for day in self._search.days if branches else ():
            session = None if day == self._search.date else self._session
            found = [each.on(day, self._view.days) for each in branches]
            ranked = [each for openings in found if openings for each in self._ranked(day, openings, session)]
            yield from _in_order(ranked, _OTHER_BRANCH)

    def _openings(self, branch_id: str) -> Openings:
        return remembered_openings(self._wish.catalog, branch_id, self._wish.service, self._wish.channel)

    def _at_branch(self, days: Iterable[date]) -> Iterator[tuple[date, tuple[Opening, ...]]]:
        """The dates on which the wished branch has openings, with those."""
        openings, own = self._openings(self._wish.branch_id), self._wish.own
        if own is None:
            return openings.among(days, self._view.days)
        return self._with_own_place(own, openings, days)

    def _with_own_place(
        self, own: Appointment, openings: Openings, days: Iterable[date]
    ) -> Iterator[tuple[date, tuple[Opening, ...]]]:
        """The same, and the window-date of the appointment that is moved: its own place is room enough (SPEC U3a)."""
        for day in days:
            found = openings.on(day, self._view.days)
            if day == own.date:
                places = {each.window_date.window.calendar_id: each.places for each in found}
                found = tuple(
                    Opening(each, places.get(each.window.calendar_id, 1))
                    for each in self._wish.catalog.on(own.branch_id, day)
                    if each.window.calendar_id in places
                    or (has_place_in(own, each) and each.is_open_for(own.service_id))
                )
            if found:
                yield day, found

    @functools.cached_property
    def _session(self) -> Session | None:
        """The session to keep to on other dates than the wished one."""
        catalog, service, start = self._wish.catalog, self._wish.service, self._wish.start
        if self._wish.session is not None:
            return self._wish.session
        branch_id, duration, batch = self._wish.branch_id, service.duration_minutes, self._wish.batch
        _, around = match_windows(catalog, service, branch_id, start, duration, None, batch)
        return around[0].window.session if around else None

    def _ranked(self, day: date, openings: tuple[Opening, ...], session: Session | None) -> list[_Ranked]:
        """What the openings of one branch offer on a date, of one session or any."""
        if self._is_expected_on(day):
            return []
        wished, batch, ranked = self._wished_on(day), self._wish.batch, list[_Ranked]()
        for number, opening in enumerate(openings):
            window_date, window = opening.window_date, opening.window_date.window
            if session is not None and window.session is not session:
                continue
            blocked = self._blocked_for(window_date, openings[:number])
            start = nearest_start(window_date, wished, self._search.earliest, self._length, blocked)
            if start is not None and start != self._own_start:
                other_batch = batch is not None and window.batch != batch
                ranked.append(((other_batch, abs(start - wished)), start, opening))
        return ranked

    def _wished_on(self, day: date) -> datetime:
        """The wished minute; on another date, that at which the clock shows the same time."""
        if day == self._search.date:
            return minute_of(self._wish.start)
        return local_day(self._wish.catalog.configuration.timezone, day).at(self._search.time_of_day)

    def _is_expected_on(self, day: date) -> bool:
        """Whether the person is expected for the same on that date already (SPEC §6.9)."""
        if self._search.name is None:
            return False
        holders = self._view.holders.get(self._search.name._replace(date=day), ())
        return any(holder != self._own_id for holder in holders)

    def _blocked_by_doctor(self) -> Blocked:
        """When the doctor who was asked for is not free (SPEC §6.10)."""
        others = [other for other in self._view.on_doctor_days if other.appointment_id != self._own_id]
        buffer_minutes = self._wish.catalog.configuration.buffer_time_minutes
        return blocked_by(blocks_of_doctor(others, self._wish.service.duration_minutes, buffer_minutes))

    def _blocked_for(self, window_date: WindowDate, preferred: tuple[Opening, ...]) -> Blocked:
        """When asking with the window's own labels would take no place in it: another is preferred, or no doctor."""
        rivals = [
            other
            for other, _ in preferred
            if other.opens < window_date.closes and window_date.opens < other.closes and _has_labels(other, window_date)
        ]
        if not rivals:
            return self._blocked
        taken = [block for rival in rivals for block in blocks_of_window(rival, self._length)]
        return blocked_by((*self._blocked.blocks, *taken))


def _has_labels(rival: WindowDate, window_date: WindowDate) -> bool:
    """Whether asking with the labels of a window matches another one, too (SPEC W6)."""
    window = window_date.window
    return rival.window.session is window.session and window.batch in (None, rival.window.batch)


def _in_order(ranked: list[_Ranked], kind: AlternativeKind) -> Iterator[Alternative]:
    """The nearest first; equals stay in their order: of branches, then of preference."""
    for _, start, (window_date, places) in sorted(ranked, key=itemgetter(0)):
        yield Alternative(start, window_date.date, window_date.window, places, kind)


def _in_turn(kinds: list[Iterator[Alternative]]) -> Iterator[Alternative]:
    """The first of each, then the second of each, until none has any left."""
    while kinds:
        for kind in tuple(kinds):
            found = next(kind, None)
            if found is None:
                kinds.remove(kind)
            else:
                yield found


def with_alternatives(rejection: Rejection, search: Search | None, view: LedgerView) -> Rejection:
    """The rejection, and what could be booked instead where that was asked for."""
    return rejection if search is None else attrs.evolve(rejection, alternatives=search.found(view))
