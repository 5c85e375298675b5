"""The state is everything an organisation has, as plain lists; every question is answered by going through them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

import attrs

from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import AiQuota, CapacityScope, Configuration, Organisation
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import Counts, DateOverride, Limits, TrackingKey
from booking_engine.domain.window import CalendarWindow, WindowStatus
from booking_engine.queries import AppointmentsQuery
from booking_engine.testing.model import wallclock

RecordT = TypeVar("RecordT")

EXPECTED = (AppointmentStatus.CONFIRMED, AppointmentStatus.RESCHEDULED)
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def folded(text: str) -> str:
    """Text as names are compared: casefolded, trimmed, inner spaces folded (SPEC §6.4)."""
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split())


def seen(if_version: int | Collection[int] | None, version: int) -> bool:
    """Whether who edits a record has seen the version that it has, or says nothing about it (SPEC U8)."""
    return if_version is None or if_version == version or (isinstance(if_version, tuple) and version in if_version)


@attrs.frozen
class Page:
    """The page that a cursor was given with: the filters of its list, and the last row."""

    query: AppointmentsQuery = attrs.field(eq=False)
    filters: tuple[object, ...]
    last: Appointment


@attrs.define(kw_only=True)
class State:
    """One organisation. The lists keep the order in which things were added."""

    organisation: Organisation
    phones: PhoneNormalizer
    revision: int = 0
    branches: list[Branch] = attrs.field(factory=list)
    services: list[Service] = attrs.field(factory=list)
    windows: list[CalendarWindow] = attrs.field(factory=list)
    overrides: list[DateOverride] = attrs.field(factory=list)
    closures: list[BranchClosure] = attrs.field(factory=list)
    appointments: list[Appointment] = attrs.field(factory=list)
    holds: list[Hold] = attrs.field(factory=list)
    events: list[Event] = attrs.field(factory=list)
    cursors: dict[str, Page] = attrs.field(factory=dict)
    last_page: Page | None = None

    def copy(self) -> State:
        """A state that changes on its own; the records are frozen and shared."""
        return attrs.evolve(
            self,
            branches=self.branches.copy(),
            services=self.services.copy(),
            windows=self.windows.copy(),
            overrides=self.overrides.copy(),
            closures=self.closures.copy(),
            appointments=self.appointments.copy(),
            holds=self.holds.copy(),
            events=self.events.copy(),
            cursors=self.cursors.copy(),
        )

    @property
    def configuration(self) -> Configuration:
        """The policy."""
        return self.organisation.configuration

    @property
    def is_shared(self) -> bool:
        """Whether services share a window's places (SPEC C2)."""
        return self.configuration.capacity_scope is CapacityScope.SHARED

    # --- Setup ------------------------------------------------------------------------------------------------------

    def branch(self, branch_id: str) -> Branch | None:
        """The branch with that id, retired or not."""
        return next((branch for branch in self.branches if branch.branch_id == branch_id), None)

    def service(self, service_id: str) -> Service:
        """The service with that id, retired or not."""
        return next(service for service in self.services if service.service_id == service_id)

    def active_services(self) -> list[Service]:
        """The services that can be booked."""
        return [service for service in self.services if not service.retired]

    def service_named(self, text: str) -> Service | None:
        """The active service with that id or name, ids first (SPEC §6.4)."""
        active, wanted = self.active_services(), folded(text)
        by_id = [service for service in active if folded(service.service_id) == wanted]
        by_name = [service for service in active if folded(service.name) == wanted]
        return next(iter(by_id + by_name), None)

    def window(self, calendar_id: str) -> CalendarWindow | None:
        """The window with that id."""
        return next((window for window in self.windows if window.calendar_id == calendar_id), None)

    def override(self, calendar_id: str, day: date, service_id: str | None) -> DateOverride | None:
        """What was overridden for a window, or one service in it, on a date."""
        wanted = (calendar_id, day, service_id)
        return next((o for o in self.overrides if (o.calendar_id, o.date, o.service_id) == wanted), None)

    def put(self, record: CatalogRecord, instead_of: CatalogRecord | None) -> None:
        """Add a record of the setup, or put it in the place of its predecessor: the next revision."""
        self.revision += 1
        match record:
            case Organisation():
                self.organisation = record
            case Branch():
                _put(self.branches, record, instead_of)
            case Service():
                _put(self.services, record, instead_of)
            case CalendarWindow():
                _put(self.windows, record, instead_of)
            case DateOverride():
                _put(self.overrides, record, instead_of)
            case BranchClosure():
                _put(self.closures, record, instead_of)

    # --- Windows ----------------------------------------------------------------------------------------------------

    def hours(self, window: CalendarWindow) -> tuple[int, int]:
        """``[start, end)`` of a window in minutes of the local day (SPEC W1)."""
        start, end = window.start_time, window.end_time
        if start is None and end is None:
            start, end = self.configuration.session_hours.get(window.session, (None, None))
        return _minutes(start or "00:00"), _minutes(end or "24:00")

    def covers(self, window: CalendarWindow, day: date) -> bool:
        """Whether the rule has that date (SPEC W8): weeks are counted from the one that ``valid_from`` is in."""
        if window.day != _WEEK[day.weekday()]:
            return False
        if window.valid_until is not None and day > window.valid_until:
            return False
        if window.valid_from is None:
            return True
        monday = window.valid_from - timedelta(days=window.valid_from.weekday())
        while monday + timedelta(days=7) <= day:
            monday += timedelta(weeks=window.interval_weeks)
        return day >= window.valid_from and monday <= day

    def fits(self, window: CalendarWindow, day: date, start: datetime, duration_minutes: int) -> bool:
        """Whether a visit lies in the window on its date (SPEC T1)."""
        zone_name = self.configuration.timezone
        return self.covers(window, day) and wallclock.lies_in(
            zone_name, day, self.hours(window), start, duration_minutes
        )

    def is_open(self, window: CalendarWindow, day: date, service_id: str | None) -> bool:
        """Window, branch on that date, window-date and, where one is named, service are all open (SPEC W7)."""
        branch = self.branch(window.branch_id)
        assert branch is not None
        levels = (self.override(window.calendar_id, day, level) for level in {None, service_id})
        return (
            window.status is WindowStatus.OPEN
            and not branch.retired
            and not any(c.branch_id == window.branch_id and _is_closed(c, day) for c in self.closures)
            and not any(level is not None and level.status is WindowStatus.CLOSED for level in levels)
        )

    def limits(self, window: CalendarWindow, day: date, service_id: str | None) -> Limits:
        """The capacity in force: service before date before window, ``ai = min(ai, max)`` (SPEC W7).

        Under ``shared`` there is one total for the window-date, and no service has a capacity of its own.
        """
        max_slots, ai_slots = window.max_slots, window.ai_slots
        for level in (None,) if service_id is None or self.is_shared else (None, service_id):
            override = self.override(window.calendar_id, day, level)
            if override is not None:
                max_slots = max_slots if override.max_slots is None else override.max_slots
                ai_slots = min(ai_slots if override.ai_slots is None else override.ai_slots, max_slots)
        return Limits(max_slots, ai_slots)

    # --- Appointments -----------------------------------------------------------------------------------------------

    def appointment(self, appointment_id: str) -> Appointment | None:
        """The appointment with that id, of any status."""
        return next((each for each in self.appointments if each.appointment_id == appointment_id), None)

    def put_appointment(self, after: Appointment, before: Appointment | None) -> None:
        """Add an appointment, or put it in the place of what it was."""
        _put(self.appointments, after, before)

    def holder_of(self, reference: str | None) -> Appointment | None:
        """The appointment, not cancelled, that has the reference (SPEC §6.2)."""
        if reference is None:
            return None
        return next((each for each in self.holding() if each.external_reference_id == reference), None)

    def taken(self, calendar_id: str, day: date, service_id: str | None) -> Counts:
        """Places taken on a window-date, of one service or of all (SPEC C1, C4)."""
        here = [
            channel
            for key, channel in self.places()
            if (key.calendar_id, key.date) == (calendar_id, day) and service_id in (None, key.service_id)
        ]
        return Counts(len(here), here.count(Channel.AI_AGENT))

    def places(self) -> list[tuple[TrackingKey, Channel]]:
        """Every place that is taken, by an appointment or by a hold, and through which channel (SPEC C1)."""
        booked = [(each.tracking_key, each.booked_via) for each in self.holding()]
        return booked + [(each.tracking_key, each.channel) for each in self.holds]

    def end_holds(self, now: datetime) -> None:
        """Forget the holds that have ended by then (SPEC H1)."""
        self.holds = [each for each in self.holds if each.ends_at > now]

    def room(self, window: CalendarWindow, day: date, service_id: str, channel: Channel) -> int:
        """How many more bookings of the service the window-date takes from a channel (SPEC C2-C4)."""
        taken = self.taken(window.calendar_id, day, None if self.is_shared else service_id)
        return self.left(self.limits(window, day, service_id), taken, channel)

    def left(self, limits: Limits, taken: Counts, channel: Channel) -> int:
        """What limits leave over counts, for a channel; never below 0."""
        left = limits.max_slots - taken.filled
        if channel is Channel.AI_AGENT:
            nested = self.configuration.ai_quota is AiQuota.NESTED
            left = min(left, limits.ai_slots - (taken.filled if nested else taken.ai_filled))
        return max(0, left)

    def holding(self) -> Iterable[Appointment]:
        """The appointments that hold a place: all but the cancelled (SPEC C1)."""
        return (each for each in self.appointments if each.status is not AppointmentStatus.CANCELLED)


def _put(items: list[RecordT], record: RecordT, instead_of: object) -> None:
    for index, item in enumerate(items):
        if instead_of is not None and item == instead_of:
            items[index] = record
            return
    items.append(record)


def _minutes(time_of_day: str) -> int:
    hour, minute = time_of_day.split(":")
    return int(hour) * 60 + int(minute)


def _is_closed(closure: BranchClosure, day: date) -> bool:
    in_range = closure.first_date <= day <= closure.last_date
    return in_range and not closure.lifted and (closure.only is None or day in closure.only)
