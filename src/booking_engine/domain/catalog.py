"""The catalog is what an organisation has set up, at one revision: everything that admission needs but the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeAlias, assert_never

import attrs

from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.localtime import YEAR_MIN, Span, local_day, zone
from booking_engine.domain.organisation import CapacityScope, Configuration, Organisation
from booking_engine.domain.service import Service
from booking_engine.domain.text import fold
from booking_engine.domain.tracking import DateOverride, Limits
from booking_engine.domain.window import CalendarWindow, Weekday, WindowStatus

CatalogRecord: TypeAlias = Organisation | Branch | Service | CalendarWindow | DateOverride | BranchClosure

_DAYS_REMEMBERED_MAX = 4_096
_NEVER = datetime(YEAR_MIN, 1, 1, tzinfo=UTC)
_NO_OVERRIDES: Mapping[str, DateOverride] = {}


class WindowDate(NamedTuple):
    """One window on one local date: when it is, whether it is open, and how much it holds (SPEC W7).

    A tuple with names, because a page of availability makes hundreds. ``opens`` and ``closes`` are where the first of
    its spans starts and the last ends; equal when there is none.
    """

    window: CalendarWindow
    date: date
    spans: tuple[Span, ...]
    opens: datetime
    closes: datetime
    is_open: bool
    limits: Limits
    overrides: Mapping[str, DateOverride]

    def limits_for(self, service_id: str) -> Limits:
        """The capacity in force for a service: service before date before window, ``ai = min(ai, max)``."""
        override = self.overrides.get(service_id)
        return self.limits if override is None else _overridden(self.limits, override)

    def is_open_for(self, service_id: str) -> bool:
        """Whether new bookings of the service are taken: every level must be open."""
        if not self.is_open:
            return False
        override = self.overrides.get(service_id)
        return override is None or override.status is not WindowStatus.CLOSED

    def serves(self, service_id: str) -> bool:
        """Whether the window is unrestricted or restricted to this service."""
        return self.window.service_id is None or self.window.service_id == service_id


def _overridden(limits: Limits, override: DateOverride) -> Limits:
    max_slots = limits.max_slots if override.max_slots is None else override.max_slots
    ai_slots = limits.ai_slots if override.ai_slots is None else override.ai_slots
    return Limits(max_slots, min(ai_slots, max_slots))


class _Rule(NamedTuple):
    """What a window says of every week: its hours since midnight, its capacity, and whether it takes bookings."""

    window: CalendarWindow
    start: timedelta
    end: timedelta
    limits: Limits
    is_open: bool

    @property
    def preference(self) -> tuple[bool, timedelta, timedelta, str]:
        """Sorts the most specific window first (SPEC W6)."""
        return (self.window.service_id is None, self.end - self.start, self.start, self.window.calendar_id)


class Catalog:
    """One organisation's setup at one ``revision``. Immutable; what it works out for a date it remembers."""

    def __init__(
        self,
        *,
        revision: int,
        organisation: Organisation,
        branches: Iterable[Branch] = (),
        services: Iterable[Service] = (),
        windows: Iterable[CalendarWindow] = (),
        overrides: Iterable[DateOverride] = (),
        closures: Iterable[BranchClosure] = (),
    ) -> None:
        self.revision = revision
        self.is_configured = revision > 0
        self.organisation = organisation
        self.configuration: Configuration = organisation.configuration
        self.min_notice = timedelta(hours=self.configuration.min_notice_hours)
        self.horizon = timedelta(days=self.configuration.max_advance_booking_days)
        self.branches: Mapping[str, Branch] = {branch.branch_id: branch for branch in branches}
        self.services: Mapping[str, Service] = {service.service_id: service for service in services}
        self.windows: Mapping[str, CalendarWindow] = {window.calendar_id: window for window in windows}
        self.overrides: Mapping[tuple[str, date, str | None], DateOverride] = {
            (override.calendar_id, override.date, override.service_id): override for override in overrides
        }
        self.closures: Mapping[str, BranchClosure] = {closure.closure_id: closure for closure in closures}
        # What can be booked, in the order in which it was added.
        self.active_branches = tuple(branch for branch in self.branches.values() if not branch.retired)
        self.active_services = tuple(service for service in self.services.values() if not service.retired)
        self._closures_of: dict[str, list[BranchClosure]] = {}
        for closure in self.closures.values():
            self._closures_of.setdefault(closure.branch_id, []).append(closure)
        self._services_by_name = {fold(s.name): s for s in self.active_services}
        self._services_by_id = {fold(s.service_id): s for s in self.active_services}
        self._services_as_written: dict[str, Service] = {}
        # In minutes, of the active services that a window is open to; None without one.
        self.shortest_visits = {
            window.calendar_id: min((s.duration_minutes for s in self.services_of(window)), default=None)
            for window in self.windows.values()
        }
        self._rules = {window.calendar_id: self._rule(window) for window in self.windows.values()}
        self._rules_on: dict[tuple[str, Weekday], list[_Rule]] = {}
        for rule in sorted(self._rules.values(), key=lambda rule: rule.preference):
            self._rules_on.setdefault((rule.window.branch_id, rule.window.day), []).append(rule)
        self._overridden_dates = {override.date for override in self.overrides.values()}
        self._service_overrides: dict[tuple[str, date], dict[str, DateOverride]] = {}
        for (calendar_id, day, service_id), override in self.overrides.items():
            if service_id is not None:
                # Under ``shared`` there is one total: what was set for one service is dormant, but for its status.
                felt = attrs.evolve(override, max_slots=None, ai_slots=None) if self.is_shared else override
                self._service_overrides.setdefault((calendar_id, day), {})[service_id] = felt
        self._days: dict[tuple[str, date], tuple[WindowDate, ...]] = {}
        # Room for what others work out from this catalog alone; it is gone with the revision.
        self.memory: dict[object, object] = {}
        self._zone = zone(self.configuration.timezone) if self.is_configured else None

    @classmethod
    def blank(cls, org_id: str) -> Catalog:
        """The catalog of an organisation before it is configured: nothing can be booked, only configured."""
        return cls(
            revision=0, organisation=Organisation(org_id=org_id, name="", configuration=Configuration(timezone=""))
        )

    @property
    def is_shared(self) -> bool:
        """Whether services share a window's places (SPEC C2)."""
        return self.configuration.capacity_scope is CapacityScope.SHARED

    def local_date(self, instant: datetime) -> date:
        """The date that the organisation's calendar shows at an aware instant."""
        return instant.astimezone(self._zone).date()

    def service_named(self, text: str) -> Service | None:
        """The active service with this id or name, without regard to case (SPEC §6.4); ids go first."""
        service = self._services_as_written.get(text)
        if service is None:
            folded = fold(text)
            service = self._services_by_id.get(folded) or self._services_by_name.get(folded)
            if service is not None and len(self._services_as_written) < _DAYS_REMEMBERED_MAX:
                self._services_as_written[text] = service
        return service

    def services_of(self, window: CalendarWindow) -> tuple[Service, ...]:
        """The active services that the window is open to."""
        if window.service_id is None:
            return self.active_services
        service = self.services[window.service_id]
        return () if service.retired else (service,)

    def on(self, branch_id: str, day: date) -> tuple[WindowDate, ...]:
        """The branch's windows on a local date, open or not, in the order of preference (SPEC W6)."""
        key = (branch_id, day)
        found = self._days.get(key)
        if found is None:
            rules = self._rules_on.get((branch_id, Weekday.of(day)), ())
            covering = [rule for rule in rules if rule.window.covers(day)]
            found = self._window_dates(covering, branch_id, day)
            if len(self._days) >= _DAYS_REMEMBERED_MAX:
                self._days.clear()
            self._days[key] = found
        return found

    def window_date(self, window: CalendarWindow, day: date) -> WindowDate:
        """The window on a local date, whether the rule covers it or not."""
        (found,) = self._window_dates([self._rules[window.calendar_id]], window.branch_id, day)
        return found

    def _window_dates(self, rules: Iterable[_Rule], branch_id: str, day: date) -> tuple[WindowDate, ...]:
        instants, is_closed = local_day(self.configuration.timezone, day), self.is_closed(branch_id, day)
        made = []
        for window, start, end, limits, is_open in rules:
            spans = instants.spans(start, end)
            opens, closes = (spans[0].start, spans[-1].end) if spans else (_NEVER, _NEVER)
            made.append(WindowDate(window, day, spans, opens, closes, is_open and not is_closed, limits, _NO_OVERRIDES))
        if day in self._overridden_dates:
            made = [self._with_overrides(window_date) for window_date in made]
        return tuple(made)

    def _with_overrides(self, window_date: WindowDate) -> WindowDate:
        calendar_id, day = window_date.window.calendar_id, window_date.date
        override = self.overrides.get((calendar_id, day, None))
        if override is not None:
            is_open = window_date.is_open and override.status is not WindowStatus.CLOSED
            window_date = window_date._replace(is_open=is_open, limits=_overridden(window_date.limits, override))
        return window_date._replace(overrides=self._service_overrides.get((calendar_id, day), _NO_OVERRIDES))

    def is_closed(self, branch_id: str, day: date) -> bool:
        """Whether a closure of the branch covers the local date."""
        return any(closure.covers(day) for closure in self._closures_of.get(branch_id, ()))

    def with_records(self, records: Iterable[CatalogRecord]) -> Catalog:
        """The next revision, with these records added or put in the place of their predecessors."""
        organisation = self.organisation
        branches, services = dict(self.branches), dict(self.services)
        windows, overrides, closures = dict(self.windows), dict(self.overrides), dict(self.closures)
        for record in records:
            match record:
                case Organisation():
                    organisation = record
                case Branch():
                    branches[record.branch_id] = record
                case Service():
                    services[record.service_id] = record
                case CalendarWindow():
                    windows[record.calendar_id] = record
                case DateOverride():
                    overrides[record.calendar_id, record.date, record.service_id] = record
                case BranchClosure():
                    closures[record.closure_id] = record
                case _ as never:
                    assert_never(never)
        return Catalog(
            revision=self.revision + 1,
            organisation=organisation,
            branches=branches.values(),
            services=services.values(),
            windows=windows.values(),
            overrides=overrides.values(),
            closures=closures.values(),
        )

    def _rule(self, window: CalendarWindow) -> _Rule:
        start, end = window.hours(self.configuration.session_hours)
        is_open = window.status is WindowStatus.OPEN and not self.branches[window.branch_id].retired
        return _Rule(window, start, end, Limits(window.max_slots, window.ai_slots), is_open)
