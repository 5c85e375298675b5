"""The memory store keeps one organisation in this process: exact under threads, gone with the process."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from booking_engine.adapters.memory.holds import StoredHolds
from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.tracking import EMPTY, Counts, TrackingKey
from booking_engine.ledger.audit import LedgerSnapshot, recount
from booking_engine.ledger.claims import (
    CapacityClaim,
    Commit,
    Done,
    DuplicateName,
    Guard,
    HoldGuard,
    Name,
    Outcome,
    ReferenceName,
    Refused,
    Rekeying,
    UniqueClaim,
)
from booking_engine.ledger.holdings import hold_places
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import DayCounts, LedgerQuery, LedgerView, Standing

_DONE = Done()
_NO_DAY: DayCounts = {}
_NOBODY: tuple[str, ...] = ()


class MemoryStore:
    """A ``Store`` of one organisation. Safe to share between threads."""

    def __init__(self, org_id: str = "default") -> None:
        self._lock = threading.Lock()
        self._catalog = Catalog.blank(org_id)
        self._appointments: dict[str, Appointment] = {}
        self._by_utc_date: defaultdict[date, set[str]] = defaultdict(set)
        self._by_calendar: defaultdict[str, set[str]] = defaultdict(set)
        self._by_doctor_day: defaultdict[DoctorDay, set[str]] = defaultdict(set)
        self._doctor_versions: dict[DoctorDay, int] = {}
        # Counts are replaced and never changed, day by day: a view may keep what it was given.
        self._days: dict[date, DayCounts] = {}
        self._holds = StoredHolds()
        # What grows with every booking is kept in plain tuples of atoms: the garbage collector stops tracking those,
        # and a full collection of a hundred thousand bookings costs a fraction. A name equals its plain tuple.
        self._names: dict[tuple[object, ...], tuple[str, ...]] = {}
        self._log: list[Event] = []
        self._positions: dict[str, tuple[int, ...]] = {}
        self._commit_ids: set[str] = set()

    def close(self) -> None:
        """Nothing has to be given back; stores that are opened by a URL are all closed alike."""

    # --- Reading ----------------------------------------------------------------------------------------------------

    def catalog(self) -> Catalog:
        """See ``CatalogRepository``."""
        return self._catalog

    def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return self._appointments.get(appointment_id)

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        with self._lock:
            revision, candidates = self._catalog.revision, self._candidates(wanted)
        return wanted.page(candidates, offset, limit, revision)

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        with self._lock:
            return tuple([self._log[position] for position in self._positions.get(subject_id, ())])

    def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        with self._lock:
            days = {day: self._days.get(day, _NO_DAY) for day in query.days}
            if self._holds:
                days = {day: self._without_ended(day, counts, query.now) for day, counts in days.items()}
            return LedgerView(
                revision=self._catalog.revision,
                appointment=None if query.appointment_id is None else self._appointments.get(query.appointment_id),
                referenced=None if query.reference is None else self._referenced(query.reference),
                duplicates=() if query.duplicate is None else tuple(sorted(self._names.get(query.duplicate, ()))),
                days=days,
                doctor_versions={day: self._doctor_versions.get(day, 0) for day in query.doctor_days},
                on_doctor_days=self._on_doctor_days(query.doctor_days) if query.doctor_days else (),
                standing=() if query.standing is None else self._standing(query.standing),
                hold=self._holds.asked_for(query),
                holders={name: self._names[name] for name in query.names if name in self._names},
            )

    def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        with self._lock:
            return LedgerSnapshot(
                revision=self._catalog.revision,
                counts={
                    TrackingKey(calendar_id, day, service_id): counts
                    for day, windows in self._days.items()
                    for calendar_id, services in windows.items()
                    for service_id, counts in services.items()
                },
                names={_name(key): frozenset(holders) for key, holders in self._names.items()},
                appointments=tuple(self._appointments.values()),
                holds=self._holds.all(),
            )

    def _without_ended(self, day: date, counts: DayCounts, now: datetime) -> DayCounts:
        for hold in self._holds.ended_on(day, now):
            held = hold_places(self._catalog.configuration, hold)
            for key in held.places:
                counts = _counted(counts, key, -1, held.ai)
        return counts

    def _referenced(self, reference: str) -> Appointment | None:
        for holder in self._names.get(ReferenceName(reference), ()):
            return self._appointments[holder]
        return None

    def _on_doctor_days(self, days: Iterable[DoctorDay]) -> tuple[Appointment, ...]:
        ids = {appointment_id for day in days for appointment_id in self._by_doctor_day.get(day, ())}
        return tuple(self._appointments[appointment_id] for appointment_id in sorted(ids))

    def _standing(self, standing: Standing) -> tuple[Appointment, ...]:
        ids = (each for calendar_id in standing.calendar_ids for each in sorted(self._by_calendar.get(calendar_id, ())))
        found = (self._appointments[appointment_id] for appointment_id in ids)
        return tuple(each for each in found if each.holds_place and each.date >= standing.first_date)

    def _candidates(self, wanted: AppointmentFilter) -> list[Appointment]:
        if wanted.utc_date is None:
            return list(self._appointments.values())
        return [self._appointments[each] for each in self._by_utc_date.get(wanted.utc_date, ())]

    # --- Writing ----------------------------------------------------------------------------------------------------

    def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        with self._lock:
            if commit.commit_id in self._commit_ids:
                return _DONE
            if self._holds:
                self._remove(self._holds.ended_for(commit))
            refused = self._refusal(commit)
            if refused is not None:
                return refused
            self._apply(commit)
            return _DONE

    def _remove(self, ended: Iterable[Hold]) -> None:
        """Take away holds that ended, with their places (SPEC H1)."""
        for hold in ended:
            held = hold_places(self._catalog.configuration, hold)
            for key in held.places:
                self._count(key, -1, held.ai)
            self._holds.remove(hold.holder)

    def _refusal(self, commit: Commit) -> Refused | None:
        """Everything that the commit could not meet, or None."""
        revision = self._catalog.revision
        claims = [claim for claim in commit.claims if not self._has_room(claim)]
        names = [claim for claim in commit.unique_claims if not self._is_free(claim)]
        guards = [guard for guard in commit.guards if not self._is_met(guard)]
        if not claims and not names and not guards and revision == commit.revision:
            return None
        return Refused((*claims, *names), tuple(guards), None if revision == commit.revision else revision)

    def _has_room(self, claim: CapacityClaim) -> bool:
        calendar_id, day, service_id = claim.key
        filled, ai_filled = self._days.get(day, _NO_DAY).get(calendar_id, {}).get(service_id, EMPTY)
        if claim.limit is not None and filled >= claim.limit:
            return False
        return claim.ai_limit is None or ai_filled < claim.ai_limit

    def _is_free(self, claim: UniqueClaim) -> bool:
        return claim.limit is None or len(self._names.get(claim.name, ())) < claim.limit

    def _is_met(self, guard: Guard) -> bool:
        if isinstance(guard, HoldGuard):
            return self._holds.is_met(guard)
        if isinstance(guard.subject, DoctorDay):
            return self._doctor_versions.get(guard.subject, 0) == guard.version
        appointment = self._appointments.get(guard.subject)
        return guard.version == (0 if appointment is None else appointment.version)

    def _apply(self, commit: Commit) -> None:
        # What can fail, the caller's refiling, is done before anything is changed.
        catalog = self._catalog.with_records(commit.records) if commit.records else self._catalog
        refiled = None if commit.rekeying is None else self._refiled(commit.rekeying)
        for release in commit.releases:
            self._count(release.key, -1, release.ai)
        for claim in commit.claims:
            self._count(claim.key, 1, claim.ai)
        for freed in commit.unique_releases:
            self._hold(freed.name, tuple([each for each in self._names[freed.name] if each != freed.holder]))
        for taken in commit.unique_claims:
            self._hold(taken.name, (*self._names.get(taken.name, _NOBODY), taken.holder))
        for day in commit.touched:
            self._doctor_versions[day] = self._doctor_versions.get(day, 0) + 1
        for appointment in commit.appointments:
            self._put(appointment)
        for hold in commit.holds:
            self._holds.put(hold)
        for holder in commit.unheld:
            self._holds.remove(holder)
        self._catalog = catalog
        if refiled is not None:
            self._rekey(*refiled)
        for event in commit.events:
            self._positions[event.subject_id] = (*self._positions.get(event.subject_id, ()), len(self._log))
            self._log.append(event)
        self._commit_ids.add(commit.commit_id)

    def _count(self, key: TrackingKey, places: int, ai: bool) -> None:
        self._days[key.date] = _counted(self._days.get(key.date, _NO_DAY), key, places, ai)

    def _hold(self, name: Name, holders: tuple[str, ...]) -> None:
        if holders:
            self._names[tuple(name)] = holders
        else:
            del self._names[name]

    def _put(self, appointment: Appointment) -> None:
        appointment_id = appointment.appointment_id
        before = self._appointments.get(appointment_id)
        if before is not None:
            self._by_utc_date[before.start.date()].discard(appointment_id)
            self._by_calendar[before.calendar_id].discard(appointment_id)
            for day in before.doctor_days:
                self._by_doctor_day[day].discard(appointment_id)
        self._appointments[appointment_id] = appointment
        self._by_utc_date[appointment.start.date()].add(appointment_id)
        self._by_calendar[appointment.calendar_id].add(appointment_id)
        for day in appointment.doctor_days:
            self._by_doctor_day[day].add(appointment_id)

    def _refiled(self, rekeying: Rekeying) -> tuple[Rekeying, list[Appointment], StoredHolds]:
        appointments = [rekeying.refile(each) for each in self._appointments.values()]
        return rekeying, appointments, self._holds.changed(rekeying.refile_hold)

    def _rekey(self, rekeying: Rekeying, appointments: list[Appointment], holds: StoredHolds) -> None:
        for appointment in appointments:
            self._put(appointment)
        self._holds = holds
        counts, names = recount(rekeying.configuration, appointments, holds.all())
        self._names = {tuple(name): tuple(sorted(holders)) for name, holders in names.items()}
        days: dict[date, dict[str, dict[str, Counts]]] = {}
        for (calendar_id, day, service_id), number in counts.items():
            days.setdefault(day, {}).setdefault(calendar_id, {})[service_id] = number
        self._days = dict(days)


def _counted(counts: DayCounts, key: TrackingKey, places: int, ai: bool) -> DayCounts:
    """The counts of a date with so many places more under a key."""
    services = dict(counts.get(key.calendar_id, {}))
    filled, ai_filled = services.get(key.service_id, EMPTY)
    services[key.service_id] = Counts(filled + places, ai_filled + places if ai else ai_filled)
    return {**counts, key.calendar_id: services}


def _name(key: tuple[Any, ...]) -> Name:
    return ReferenceName(*key) if len(key) == 1 else DuplicateName(*key)


class AsyncMemoryStore:
    """``MemoryStore`` for an event loop: nothing in it waits, so each method answers at once."""

    def __init__(self, org_id: str = "default") -> None:
        self._store = MemoryStore(org_id)

    async def close(self) -> None:
        """See ``MemoryStore``."""

    async def catalog(self) -> Catalog:
        """See ``CatalogRepository``."""
        return self._store.catalog()

    async def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return self._store.appointment(appointment_id)

    async def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return self._store.appointments(wanted, offset, limit)

    async def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return self._store.history(subject_id)

    async def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return self._store.view(query)

    async def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        return self._store.commit(commit)

    async def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return self._store.snapshot()
