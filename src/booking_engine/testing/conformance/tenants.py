"""Cases of tenants: the same ids in two organisations never meet (Inv12)."""

from __future__ import annotations

import attrs

from booking_engine.domain.appointment import DoctorDay
from booking_engine.domain.branch import Branch
from booking_engine.ledger.claims import DuplicateName, ReferenceName, VersionGuard
from booking_engine.ledger.page import AppointmentFilter
from booking_engine.ledger.view import Standing
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import FIRST, KEY, MAIN, MONDAY, cancelled, visit

DAY = DoctorDay("dr rao", MONDAY)
MINE = visit("a", external_reference_id="ref-1", assigned_doctor="Dr Rao")
SIMILAR = ("sunrise", "SUNRISE", "sunrise%", "sunris_", "sunrise ", "'; --", "sünrise")


class TenantCases(StoreCases):
    """A handle reaches its own organisation and no other."""

    def _two(self) -> tuple[Desk, Desk]:
        """Two organisations with the same setup; the desks make the same ids too."""
        return self.open_desk("sunrise"), self.open_desk("sunset")

    def test_what_one_tenant_books_another_does_not_see(self) -> None:
        """By no way of reading."""
        mine, yours = self._two()
        empty = yours.picture(MINE.appointment_id)
        mine.book(MINE)
        expect(yours.picture(MINE.appointment_id), empty, "nothing of it is in another organisation")
        expect(yours.store.appointment(MINE.appointment_id), None, "not by its id")
        expect(yours.store.appointments(AppointmentFilter(), 0, 50).items, (), "not on a page")
        view = yours.view(
            appointment_id=MINE.appointment_id,
            reference="ref-1",
            duplicate=DuplicateName(MINE.phone_key, KEY.service_id, MONDAY, ""),
            days=(MONDAY,),
            doctor_days=(DAY,),
            standing=Standing((FIRST.calendar_id,), MONDAY),
        )
        expect((view.appointment, view.referenced, view.duplicates), (None, None, ()), "not in a view")
        expect((view.counts(KEY), view.doctor_versions[DAY]), ((0, 0), 0), "neither counts nor versions")
        expect((view.on_doctor_days, view.standing), ((), ()), "and nobody who is expected")

    def test_the_same_commit_is_done_in_two_organisations(self) -> None:
        """Same commit id, same appointment id, same names, last place of each."""
        mine, yours = self._two()
        for desk in (mine, yours):
            desk.book(MINE, limit=1, guards=(VersionGuard(DAY, 0),))
        first, second = mine.picture(), yours.picture()
        expect(first.appointments, second.appointments, "each has the appointment")
        expect((first.counts, first.names), (second.counts, second.names), "each has its place and names")
        expect(mine.store.history(MINE.appointment_id)[0].org_id, "sunrise", "each has its own history")
        expect(yours.store.history(MINE.appointment_id)[0].org_id, "sunset", "each has its own history")

    def test_a_change_in_one_organisation_leaves_the_other_alone(self) -> None:
        """Cancellations, releases, settings and revisions."""
        mine, yours = self._two()
        for desk in (mine, yours):
            desk.book(MINE)
        before = yours.picture()
        mine.done(mine.change(MINE, cancelled(MINE)))
        mine.done(mine.setting(attrs.evolve(MAIN, name="Renamed")))
        expect(yours.picture(), before, "the other organisation is as it was")
        expect(yours.holders(ReferenceName("ref-1")), {MINE.appointment_id}, "its names are held")
        mine.expect_sound()
        yours.expect_sound()

    def test_organisations_whose_ids_look_alike_are_apart(self) -> None:
        """Ids are compared as they are written."""
        desks = [Desk(self.open_store(org_id), org_id) for org_id in SIMILAR]
        for number, desk in enumerate(desks):
            desk.set_up()
            desk.done(desk.setting(Branch(branch_id=f"branch-{number}", name=f"Branch {number}")))
            desk.book(*(visit(f"n{each}") for each in range(number + 1)))
        for number, desk in enumerate(desks):
            catalog = desk.store.catalog()
            expect(catalog.organisation.org_id, SIMILAR[number], "the handle is this organisation's")
            expect(list(catalog.branches), [MAIN.branch_id, f"branch-{number}"], "its catalog is its own")
            desk.expect_filled(number + 1)
