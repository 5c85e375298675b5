"""A visit is who is to come, where and when: the subject of the rules of admission."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import TrackingKey
from booking_engine.domain.window import Session
from booking_engine.ledger.holdings import limited_key
from booking_engine.ledger.view import LedgerView
from booking_engine.rules.capacity import room
from booking_engine.rules.timing import fits


class Visit(NamedTuple):
    """One visit that is asked for. A tuple with names, because every booking makes one.

    ``candidates`` are the windows that match, in order of preference (SPEC W6); ``takers`` those of them that take
    bookings. ``own`` is the appointment that is being changed and does not count against itself, ``held`` the hold that
    is being moved. ``relabels`` is True when only session or batch were asked to change, at the same instant (SPEC U3).
    """

    catalog: Catalog
    now: datetime
    service: Service
    branch_id: str
    start: datetime
    date: date
    duration_minutes: int
    doctor: str | None
    channel: Channel
    phone_key: str
    patient_name: str
    candidates: tuple[WindowDate, ...]
    takers: tuple[WindowDate, ...]
    own: Appointment | None = None
    relabels: bool = False
    held: Hold | None = None

    def __repr__(self) -> str:
        return f"Visit(service={self.service.service_id!r}, branch_id={self.branch_id!r}, start={self.start!r})"

    @property
    def end(self) -> datetime:
        """The instant at which the visit is over."""
        return self.start + timedelta(minutes=self.duration_minutes)

    def is_own(self, window_date: WindowDate) -> bool:
        """Whether the appointment or the hold has its place there already: staying asks for none (SPEC U3a)."""
        if self.own is not None:
            return has_place_in(self.own, window_date)
        if self.held is None:
            return False
        configuration = self.catalog.configuration
        key = TrackingKey(window_date.window.calendar_id, window_date.date, self.service.service_id)
        # Under ``shared`` a hold of another service has its place there too (SPEC C2).
        return limited_key(configuration, self.held.tracking_key) == limited_key(configuration, key)

    def room_in(self, window_date: WindowDate, view: LedgerView, channel: Channel) -> int:
        """The places that are left there for a channel."""
        configuration, service_id = self.catalog.configuration, self.service.service_id
        key = TrackingKey(window_date.window.calendar_id, window_date.date, service_id)
        counts = view.counts(limited_key(configuration, key))
        return room(window_date.limits_for(service_id), counts, channel, configuration.ai_quota)


def has_place_in(appointment: Appointment, window_date: WindowDate) -> bool:
    """Whether the appointment holds its place in that window-date."""
    return (
        appointment.holds_place
        and appointment.calendar_id == window_date.window.calendar_id
        and appointment.date == window_date.date
    )


def match_windows(
    catalog: Catalog,
    service: Service,
    branch_id: str,
    start: datetime,
    duration_minutes: int,
    session: Session | None,
    batch: str | None,
) -> tuple[date, tuple[WindowDate, ...]]:
    """The local date of ``start`` and the windows that match, open or not, in order of preference (SPEC W6)."""
    day, service_id = catalog.local_date(start), service.service_id
    matching = []
    for window_date in catalog.on(branch_id, day):
        window = window_date.window
        if (
            window_date.opens <= start < window_date.closes
            and (session is None or window.session is session)
            and (batch is None or window.batch == batch)
            and (window.service_id is None or window.service_id == service_id)
            and fits(window_date, start, duration_minutes)
        ):
            matching.append(window_date)
    return day, tuple(matching)


def open_for(service: Service, candidates: tuple[WindowDate, ...]) -> tuple[WindowDate, ...]:
    """Those of the candidates that take bookings of the service."""
    return tuple([window_date for window_date in candidates if window_date.is_open_for(service.service_id)])
