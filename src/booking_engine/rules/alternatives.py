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
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import attrs

from booking_engine.domain.alternative import Alternative, AlternativeKind
from booking_engine.domain.appointment import Appointment, DoctorDay, doctor_days
from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.channel import Channel
from booking_engine.domain.localtime import local_day, zone
from booking_engine.domain.rejection import Rejection
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import TrackingKey
from booking_engine.domain.window import Session
from booking_engine.ledger.claims import DuplicateName
from booking_engine.ledger.holdings import duplicate_name
from booking_engine.ledger.view import NO_DAY, LedgerQuery, LedgerView
from booking_engine.rules.availability import Bookable
from booking_engine.rules.nearest import (
    NOTHING_BLOCKED,
    Blocked,
    blocked_by,
    blocks_of_doctor,
    blocks_of_window,
    minute_from,
    minute_of,
    nearest_start,
)
from booking_engine.rules.openings import Opening, Openings, remembered_openings
from booking_engine.rules.timing import dates_between
from booking_engine.rules.visit import has_place_in, match_windows

DAYS_AHEAD_MAX = 30
"""So many local dates after the first are looked at."""

_DAY = timedelta(days=1)
_AHEAD = DAYS_AHEAD_MAX * _DAY
_SAME_DAY, _NEXT_DAYS, _OTHER_BRANCH = AlternativeKind
_Rank: TypeAlias = tuple[bool, timedelta]
"""Of another batch than the wished one; how far from the wished instant."""


class Person(NamedTuple):
    """Who is to come, as duplicates are told (SPEC §6.9)."""

    phone_key: str
    patient_name: str


class Wish(NamedTuple):
    """The visit that was wished for, and how many alternatives to it are wanted.

    Without a ``person`` they are for somebody who was never seen. ``own`` is the appointment that is to be moved: it
    does not count against itself, and stays at its branch.
    """

    catalog: Catalog
    now: datetime
    service: Service
    branch_id: str
    start: datetime
    session: Session | None
    batch: str | None
    doctor: str | None
    channel: Channel
    limit: int
    person: Person | None = None
    own: Appointment | None = None


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

    def widened(self, query: LedgerQuery) -> LedgerQuery:
        """The query, and what is looked at besides: the counts of the dates, the doctor's days, the person's names."""
        return attrs.evolve(
            query,
            days=(*query.days, *[day for day in self.days if day not in query.days]),
            calendar_ids=None,
            doctor_days=tuple(dict.fromkeys((*query.doctor_days, *self._doctor_days()))),
            names=() if self.name is None else tuple([self.name._replace(date=day) for day in self.days]),
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
        self._start = minute_of(search.wish.start)
        self._duration = search.wish.service.duration_minutes
        own = search.wish.own
        self._own_id, self._own_start, self._own_date = own and own.appointment_id, own and own.start, own and own.date
        self._blocked = NOTHING_BLOCKED if search.wish.doctor is None else self._blocked_by_doctor()

    def same_day(self) -> Iterator[Alternative]:
        """On the wished date."""
        day = self._search.date
        if day in self._search.days:
            yield from self._on(day, (self._openings(self._wish.branch_id),), None, _SAME_DAY)

    def next_days(self) -> Iterator[Alternative]:
        """On other dates."""
        branch, session = (self._openings(self._wish.branch_id),), self._session
        for day in self._search.days:
            if day != self._search.date:
                yield from self._on(day, branch, session, _NEXT_DAYS)

    def other_branches(self) -> Iterator[Alternative]:
        """At other branches; none for an appointment that is moved, which stays at its own."""
        active = self._wish.catalog.active_branches if self._own_id is None else ()
        others = [branch.branch_id for branch in active if branch.branch_id != self._wish.branch_id]
        branches = tuple([self._openings(branch_id) for branch_id in others])
        for day in self._search.days if branches else ():
            yield from self._on(day, branches, None if day == self._search.date else self._session, _OTHER_BRANCH)

    def _openings(self, branch_id: str) -> Openings:
        return remembered_openings(self._wish.catalog, branch_id, self._wish.service, self._wish.channel)

    @functools.cached_property
    def _session(self) -> Session | None:
        """The session to keep to on other dates than the wished one."""
        catalog, service, start = self._wish.catalog, self._wish.service, self._wish.start
        if self._wish.session is not None:
            return self._wish.session
        _, around = match_windows(catalog, service, self._wish.branch_id, start, self._duration, None, self._wish.batch)
        return around[0].window.session if around else None

    def _on(
        self, day: date, branches: tuple[Openings, ...], session: Session | None, kind: AlternativeKind
    ) -> list[Alternative]:
        """What the branches offer on a date, of one session or any, nearest first."""
        # A booking that is tried blind is decided on a view that shows no dates, and then on one that does.
        counts, ranked = self._view.days.get(day, NO_DAY), list[tuple[_Rank, Alternative]]()
        for branch in branches:
            openings = branch.on(day, counts)
            if day == self._own_date:
                openings = self._with_own_place(openings)
            if openings:
                ranked += self._ranked(day, openings, session, kind)
        # Equals stay in their order: of branches, then of preference.
        ranked.sort(key=itemgetter(0))
        return [alternative for _, alternative in ranked]

    def _ranked(
        self, day: date, openings: tuple[Opening, ...], session: Session | None, kind: AlternativeKind
    ) -> Iterator[tuple[_Rank, Alternative]]:
        """What the openings of one branch offer on a date."""
        if self._is_expected_on(day):
            return
        wished, batch, earliest = self._wished_on(day), self._wish.batch, self._search.earliest
        for opening in openings:
            window_date, places = opening
            window = window_date.window
            if session is not None and window.session is not session:
                continue
            blocked = self._blocked_for(opening, openings)
            start = nearest_start(window_date, wished, earliest, self._duration, blocked)
            if start is not None and start != self._own_start:
                rank = (batch is not None and window.batch != batch, abs(start - wished))
                yield rank, Alternative(start, day, window, places, kind)

    def _wished_on(self, day: date) -> datetime:
        """The wished instant; on another date, that at which the clock shows the same time."""
        if day == self._search.date:
            return self._start
        return local_day(self._wish.catalog.configuration.timezone, day).at(self._search.time_of_day)

    def _is_expected_on(self, day: date) -> bool:
        """Whether the person is expected for the same on that date already (SPEC §6.9)."""
        name = self._search.name
        holders = () if name is None else self._view.holders.get(name._replace(date=day), ())
        return any(holder != self._own_id for holder in holders)

    def _with_own_place(self, openings: tuple[Opening, ...]) -> tuple[Opening, ...]:
        """With the window-date of the appointment that is moved: its own place is room enough (SPEC U3a)."""
        own, service_id = self._wish.own, self._wish.service.service_id
        assert own is not None
        places = {opening.window_date.window.calendar_id: opening.places for opening in openings}
        return tuple(
            Opening(window_date, places.get(window_date.window.calendar_id, 1))
            for window_date in self._wish.catalog.on(own.branch_id, own.date)
            if window_date.window.calendar_id in places
            or (has_place_in(own, window_date) and window_date.is_open_for(service_id))
        )

    def _blocked_by_doctor(self) -> Blocked:
        """When the doctor who was asked for is not free (SPEC §6.10)."""
        others = [other for other in self._view.on_doctor_days if other.appointment_id != self._own_id]
        buffer_minutes = self._wish.catalog.configuration.buffer_time_minutes
        return blocked_by(blocks_of_doctor(others, self._duration, buffer_minutes))

    def _blocked_for(self, opening: Opening, openings: tuple[Opening, ...]) -> Blocked:
        """When asking with the window's own labels would take no place in it: another is preferred, or no doctor."""
        window, rivals = opening.window_date.window, list[WindowDate]()
        for other in openings:
            if other is opening:
                break
            rival = other.window_date.window
            if rival.session is window.session and window.batch in (None, rival.batch):
                rivals.append(other.window_date)
        if not rivals:
            return self._blocked
        taken = [block for rival in rivals for block in blocks_of_window(rival, self._duration)]
        return blocked_by((*self._blocked.blocks, *taken))


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
