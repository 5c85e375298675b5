"""Cases of guards: the catalog's revision, versions of appointments and of doctors' days (store rules 3 and 8)."""

from __future__ import annotations

from datetime import timedelta

import attrs

from booking_engine.domain.appointment import DoctorDay
from booking_engine.ledger.claims import Done, Refused, VersionGuard
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import (
    CHECKUP,
    MAIN,
    MONDAY,
    NINE,
    VACCINATION,
    cancelled,
    following,
    visit,
)

DAY = DoctorDay("dr rao", MONDAY)
NEXT_DAY = DoctorDay("dr rao", MONDAY + timedelta(days=1))
OTHER = DoctorDay("dr sen", MONDAY)


class GuardCases(StoreCases):
    """What was decided on must still be so."""

    # --- The catalog ------------------------------------------------------------------------------------------------

    def test_a_blank_organisation_has_revision_zero(self) -> None:
        """Before it is configured nothing is there but its id."""
        catalog = self.open_store("sunrise").catalog()
        expect((catalog.revision, catalog.is_configured), (0, False), "nothing was configured yet")
        expect(catalog.organisation.org_id, "sunrise", "the handle is this organisation's")

    def test_another_revision_is_refused(self) -> None:
        """An older one, and one that is yet to come."""
        desk = self.open_desk()
        now = desk.revision
        for revision in (0, now - 1, now + 1):
            commit = desk.booking(visit("a"), revision=revision)
            expect(desk.store.commit(commit), Refused(revision=now), "only what was decided on this revision is done")
        for revision in (0, now - 1, now + 1):
            edit = desk.setting(attrs.evolve(MAIN, name="Renamed"), revision=revision)
            expect(desk.store.commit(edit), Refused(revision=now), "edits like bookings")
        expect(desk.revision, now, "refused edits make no revision")

    def test_what_was_given_back_meanwhile_is_refused_and_no_fault(self) -> None:
        """Two cancel one appointment, and the second finds nothing that it could give back."""
        desk = self.open_desk()
        mine = visit("a", external_reference_id="ref-1")
        desk.book(mine)
        first, second = (desk.change(mine, cancelled(mine)) for _ in range(2))
        desk.done(first)
        refused = Refused(guards=(VersionGuard(mine.appointment_id, mine.version),))
        expect(desk.store.commit(second), refused, "the guard is named, and nothing is a fault")
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        late = Refused(guards=refused.guards, revision=desk.revision)
        expect(desk.store.commit(second), late, "with the revision, when that has moved as well")
        desk.expect_filled(0)

    def test_what_was_taken_over_meanwhile_is_refused_and_no_fault(self) -> None:
        """A change of what was cancelled since, and whose reference is another's by now."""
        desk = self.open_desk()
        mine, heir = visit("a", external_reference_id="ref-1"), visit("b", external_reference_id="ref-1")
        desk.book(mine)
        late = desk.change(mine, following(mine, notes="late"))
        desk.done(desk.change(mine, cancelled(mine)))
        desk.book(heir)
        expect(desk.store.commit(late), Refused(guards=late.guards), "the version has moved, and nothing is a fault")
        expect(desk.store.appointment(heir.appointment_id), heir, "the heir's is as it was")
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        refused = Refused(guards=late.guards, revision=desk.revision)
        expect(desk.store.commit(late), refused, "with the revision, when that has moved as well")
        desk.expect_filled(1)

    def test_records_make_one_revision_and_bookings_none(self) -> None:
        """However many records a commit has."""
        desk = self.open_desk()
        before = desk.revision
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed"), attrs.evolve(CHECKUP, duration_minutes=5)))
        expect(desk.revision, before + 1, "a commit with records makes one revision")
        desk.book(visit("a"), visit("b"))
        expect(desk.revision, before + 1, "bookings make none")
        catalog = desk.store.catalog()
        expect(catalog.branches[MAIN.branch_id].name, "Renamed", "the record took the place of the one before")
        expect(tuple(catalog.services), (CHECKUP.service_id, VACCINATION.service_id), "services keep their order")

    # --- Appointments -----------------------------------------------------------------------------------------------

    def test_an_appointment_must_have_the_version_that_was_seen(self) -> None:
        """Of two changes decided on one version, one is done."""
        desk = self.open_desk()
        mine = visit("a")
        desk.book(mine)
        mine_first = desk.change(mine, following(mine, notes="first"))
        mine_second = desk.change(mine, following(mine, notes="second"))
        desk.done(mine_first)
        expect(desk.store.commit(mine_second), Refused(guards=mine_second.guards), "the version has moved")
        expect(desk.store.appointment(mine.appointment_id), following(mine, notes="first"), "no update is lost")

    def test_an_appointment_that_is_not_there_has_version_zero(self) -> None:
        """And one that is there has not."""
        desk = self.open_desk()
        absent = VersionGuard(visit("b").appointment_id, 0)
        desk.book(visit("a"), guards=(absent,))
        desk.book(visit("b"))
        commit = desk.booking(visit("c"), guards=(absent,))
        expect(desk.store.commit(commit), Refused(guards=(absent,)), "it is there now")

    # --- Doctors' days ----------------------------------------------------------------------------------------------

    def test_a_day_that_was_never_touched_has_version_zero(self) -> None:
        """In views and in guards."""
        desk = self.open_desk()
        expect(desk.version(DAY), 0, "nobody touched it")
        desk.book(visit("a", assigned_doctor="Dr Rao"), guards=(VersionGuard(DAY, 0), VersionGuard(NEXT_DAY, 0)))

    def test_touching_bumps_that_day_by_one(self) -> None:
        """Each day of ``touched``, each time, and no other."""
        desk = self.open_desk()
        for number in range(1, 4):
            desk.book(visit(f"n{number}", assigned_doctor="Dr Rao"), touched=(DAY, NEXT_DAY) if number == 2 else (DAY,))
            expect(desk.version(DAY), number, "each commit that touches the day bumps it once")
        expect((desk.version(NEXT_DAY), desk.version(OTHER)), (1, 0), "other days are left alone")

    def test_a_refused_commit_touches_nothing(self) -> None:
        """The version would tell of what did not happen."""
        desk = self.open_desk()
        commit = desk.booking(visit("a", assigned_doctor="Dr Rao"), limit=0)
        expect(desk.store.commit(commit), Refused(commit.claims), "there is no place")
        expect(desk.version(DAY), 0, "and the day is untouched")

    def test_of_two_decided_on_one_day_one_is_done(self) -> None:
        """The gap between a doctor's appointments is kept by this alone."""
        desk = self.open_desk()
        guard = VersionGuard(DAY, 0)
        one = desk.booking(visit("a", assigned_doctor="Dr Rao"), guards=(guard,))
        two = desk.booking(visit("b", assigned_doctor="DR RAO"), guards=(guard,))
        expect(desk.store.commit(one), Done(), "the first is done")
        expect(desk.store.commit(two), Refused(guards=(guard,)), "the second was decided on a day that has changed")

    def test_a_visit_over_midnight_touches_both_days(self) -> None:
        """Days of doctors are UTC days."""
        desk = self.open_desk()
        late = NINE.replace(hour=23, minute=50)
        desk.book(visit("a", assigned_doctor="Dr Rao", start=late, duration_minutes=20))
        expect((desk.version(DAY), desk.version(NEXT_DAY)), (1, 1), "it occupies both")
        for day in (DAY, NEXT_DAY):
            found = desk.view(doctor_days=(day,)).on_doctor_days
            expect([each.appointment_id for each in found], [visit("a").appointment_id], "and is shown on both")
