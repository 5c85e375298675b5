"""A desk writes commits for one organisation's store, and reads back what they did.

The commits are of the kind that the engine writes: claims come with the appointment that takes them, and every
commit has one event, which bears its id. A store may rely on that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from booking_engine.domain import events
from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import Configuration, Organisation
from booking_engine.domain.service import Service
from booking_engine.domain.slotid import SlotId
from booking_engine.domain.tracking import Counts, DateOverride, TrackingKey
from booking_engine.domain.window import CalendarWindow
from booking_engine.ledger.audit import differences
from booking_engine.ledger.claims import (
    CapacityClaim,
    CapacityRelease,
    Commit,
    Done,
    HoldGuard,
    Name,
    ReferenceName,
    UniqueClaim,
    UniqueRelease,
    VersionGuard,
)
from booking_engine.ledger.holdings import hold_places, holdings, limited_key
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.ports import Store
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import CHECKUP, FIRST, KEY, MAIN, NOW, POLICY, SECOND, VACCINATION
from booking_engine.testing.conformance.picture import Picture, picture_of


class Desk:
    """One organisation's store under test. ``series`` keeps the ids that two desks make apart."""

    def __init__(self, store: Store, org_id: str, series: int = 0) -> None:
        self.store = store
        self.org_id = org_id
        self._series = series
        self._numbers = itertools.count()

    # --- Writing ----------------------------------------------------------------------------------------------------

    def set_up(self, configuration: Configuration = POLICY, *more: CatalogRecord) -> None:
        """Configure the organisation: one branch, two services and two windows, one commit each."""
        organisation = Organisation(org_id=self.org_id, name="Sunrise Clinic", configuration=configuration)
        for record in (organisation, MAIN, CHECKUP, VACCINATION, FIRST, SECOND, *more):
            self.done(self.setting(record))

    def setting(self, *records: CatalogRecord, **changes: Any) -> Commit:
        """The commit that puts these records into the catalog; ``changes`` are fields of the commit."""
        revision, commit_id = self.store.catalog().revision, self.new_id()
        kind, subject_id = _told(records[0])
        event = self._event(kind, commit_id, subject_id, revision + 1, records[0])
        commit = Commit(commit_id=commit_id, revision=revision, at=NOW, records=records, events=(event,))
        return commit._replace(**changes)

    def booking(self, appointment: Appointment, **options: Any) -> Commit:
        """The commit that books; see ``change`` for the options."""
        return self.change(None, appointment, **options)

    def change(
        self,
        before: Appointment | None,
        after: Appointment,
        *,
        limit: int | None = None,
        ai_limit: int | None = None,
        holders_max: int | None = 1,
        guards: Iterable[VersionGuard] = (),
        **changes: Any,
    ) -> Commit:
        """The commit that puts ``after`` in the place of ``before``; ``changes`` are fields of the commit.

        ``limit`` and ``ai_limit`` bind the place that is taken, ``holders_max`` the duplicate's name.
        """
        catalog, commit_id, holder = self.store.catalog(), self.new_id(), after.appointment_id
        wanted = holdings(catalog.configuration, after)
        held = wanted._replace(places=(), names=()) if before is None else holdings(catalog.configuration, before)
        bound = limited_key(catalog.configuration, after.tracking_key)
        own = () if before is None else (VersionGuard(holder, before.version),)
        kind = events.AppointmentBooked if before is None else events.AppointmentUpdated
        commit = Commit(
            commit_id=commit_id,
            revision=catalog.revision,
            at=NOW,
            claims=tuple(
                CapacityClaim(key, wanted.ai, limit, ai_limit) if key == bound else CapacityClaim(key, wanted.ai, None)
                for key in wanted.places
                if key not in held.places
            ),
            releases=tuple(CapacityRelease(key, held.ai) for key in held.places if key not in wanted.places),
            unique_claims=tuple(
                UniqueClaim(name, holder, 1 if isinstance(name, ReferenceName) else holders_max)
                for name in wanted.names
                if name not in held.names
            ),
            unique_releases=tuple(UniqueRelease(name, holder) for name in held.names if name not in wanted.names),
            guards=(*own, *guards),
            touched=after.doctor_days,
            appointments=(after,),
            events=(self._event(kind, commit_id, holder, after.version, after),),
        )
        return commit._replace(**changes)

    def holding(
        self, before: Hold | None, after: Hold, *, at: datetime = NOW, limit: int | None = None, **changes: Any
    ) -> Commit:
        """The commit that takes, moves or extends a hold; ``changes`` are fields of the commit."""
        catalog = self.store.catalog()
        wanted = hold_places(catalog.configuration, after)
        held = () if before is None else hold_places(catalog.configuration, before).places
        bound = limited_key(catalog.configuration, after.tracking_key)
        is_new = before is None or before.hold_id != after.hold_id
        commit = self._of_hold(events.PlaceHeld if is_new else events.HoldExtended, before, after, at)
        return commit._replace(
            claims=tuple(
                CapacityClaim(key, wanted.ai, limit if key == bound else None)
                for key in wanted.places
                if key not in held
            ),
            releases=tuple(CapacityRelease(key, wanted.ai) for key in held if key not in wanted.places),
            holds=(after,),
        )._replace(**changes)

    def releasing(self, hold: Hold, *, at: datetime = NOW) -> Commit:
        """The commit that gives a hold up."""
        held = hold_places(self.store.catalog().configuration, hold)
        ended = attrs.evolve(hold, ends_at=at, version=hold.version + 1)
        releases = tuple(CapacityRelease(key, held.ai) for key in held.places)
        return self._of_hold(events.HoldReleased, hold, ended, at)._replace(releases=releases, unheld=(hold.holder,))

    def confirming(self, hold: Hold, appointment: Appointment, *, at: datetime = NOW) -> Commit:
        """The commit in which an appointment takes over the place of a hold."""
        booking = self.booking(appointment, at=at, claims=(), unheld=(hold.holder,))
        return booking._replace(guards=(_guard_of(hold), *booking.guards))

    def hold(self, *holds: Hold, **options: Any) -> None:
        """Keep these places, one commit each."""
        for hold in holds:
            self.done(self.holding(None, hold, **options))

    def _of_hold(self, kind: type[events.Event], before: Hold | None, after: Hold, at: datetime) -> Commit:
        commit_id = self.new_id()
        return Commit(
            commit_id=commit_id,
            revision=self.revision,
            at=at,
            guards=(HoldGuard(after.holder, None) if before is None else _guard_of(before),),
            events=(self._event(kind, commit_id, after.hold_id, after.version, after),),
        )

    def done(self, commit: Commit) -> None:
        """Commit, and expect that it is done."""
        expect(self.store.commit(commit), Done(), "a commit whose claims and guards are all met is done")

    def book(self, *appointments: Appointment, **options: Any) -> None:
        """Book these appointments, one commit each."""
        for appointment in appointments:
            self.done(self.booking(appointment, **options))

    def new_id(self) -> str:
        """An id of the form that the engine's tokens have: 26 lower-case letters and digits."""
        return f"c{self._series:05}n{next(self._numbers):019}"

    def _event(
        self,
        kind: type[events.Event],
        event_id: str,
        subject_id: str,
        version: int,
        record: Appointment | Hold | CatalogRecord,
    ) -> events.Event:
        return kind(
            event_id=event_id,
            org_id=self.org_id,
            subject_id=subject_id,
            version=version,
            at=NOW,
            channel=Channel.STAFF,
            actor="desk",
            record=record,
        )

    # --- Reading ----------------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The catalog's revision."""
        return self.store.catalog().revision

    def view(self, **query: Any) -> LedgerView:
        """A view of the store, at ``NOW`` unless it says otherwise."""
        return self.store.view(LedgerQuery(**{"now": NOW, **query}))

    def counts(self, key: TrackingKey = KEY, now: datetime = NOW) -> Counts:
        """The counts that a view shows under one key."""
        return self.view(now=now, days=(key.date,), calendar_ids=(key.calendar_id,)).counts(key)

    def version(self, day: DoctorDay) -> int:
        """The version that a view shows of a doctor's day."""
        return self.view(doctor_days=(day,)).doctor_versions[day]

    def holders(self, name: Name) -> frozenset[str]:
        """Who holds the name, in a snapshot."""
        return self.store.snapshot().names.get(name, frozenset())

    def picture(self, *subject_ids: str) -> Picture:
        """The whole state; ``subject_ids`` are records that may not be there."""
        return picture_of(self.store, subject_ids)

    def expect_sound(self) -> None:
        """Expect that the ledger is the recount of the appointments and holds."""
        found = differences(self.store.catalog().configuration, self.store.snapshot())
        expect(found, (), "the ledger equals a recount (SPEC C6)")

    def expect_filled(self, number: int, key: TrackingKey = KEY) -> None:
        """Expect so many places taken under a key, and a sound ledger."""
        expect(self.counts(key).filled, number, f"{key.calendar_id} holds exactly as many places as were taken")
        self.expect_sound()


def _guard_of(hold: Hold) -> HoldGuard:
    return HoldGuard(hold.holder, hold.hold_id, hold.version)


def _told(record: CatalogRecord) -> tuple[type[events.Event], str]:
    """The event that tells of a record of the catalog, and the id under which it does."""
    match record:
        case Organisation():
            return events.OrganisationConfigured, record.org_id
        case Branch():
            return events.BranchAdded, record.branch_id
        case Service():
            return events.ServiceAdded, record.service_id
        case CalendarWindow():
            return events.WindowCreated, record.calendar_id
        case DateOverride():
            return events.TrackingOverridden, str(SlotId(record.calendar_id, record.date, record.service_id))
        case BranchClosure():
            return events.BranchClosed, record.closure_id
