"""Cases of the commit: all or nothing, every unmet claim named, done once for each id (store rules 1 and 5)."""

from __future__ import annotations

from typing import Any

import attrs

from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.ledger.claims import (
    CapacityClaim,
    Commit,
    Done,
    DuplicateName,
    ReferenceName,
    Refused,
    Rekeying,
    UniqueClaim,
    VersionGuard,
)
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect, expect_that
from booking_engine.testing.conformance.material import KEY, MAIN, MONDAY, POLICY, SHARED, cancelled, same_hold, visit

DAY = DoctorDay("dr rao", MONDAY)
FULL: dict[str, Any] = {"assigned_doctor": "Dr Rao", "external_reference_id": "ref-1", "notes": "new"}


class CommitCases(StoreCases):
    """A commit is applied wholly or not at all."""

    def test_a_commit_changes_everything_it_names(self) -> None:
        """Record, counts, names, versions and history, all in one commit."""
        desk = self.open_desk()
        booked = visit("a", **FULL)
        commit = desk.booking(booked, limit=1, guards=(VersionGuard(DAY, 0),))
        desk.done(commit)
        picture = desk.picture()
        expect(picture.appointments, (booked,), "the appointment stands as it was committed")
        expect(picture.counts, {KEY: (1, 0)}, "one place is taken")
        names = {DuplicateName(booked.phone_key, KEY.service_id, MONDAY, ""), ReferenceName("ref-1")}
        expect(picture.names, {name: {booked.appointment_id} for name in names}, "both names are held")
        expect(picture.doctor_versions, {DAY: 1}, "the doctor's day is touched once")
        expect(picture.history[booked.appointment_id], commit.events, "the history tells of it")

    def test_one_unmet_claim_among_many_changes_nothing(self) -> None:
        """Whichever of its claims and guards is unmet, nothing of the commit is there."""
        desk = self.open_desk()
        desk.book(visit("a", **FULL))
        newcomer = visit("b", assigned_doctor="Dr Rao", external_reference_id="ref-2", notes="another")
        before = desk.picture(newcomer.appointment_id)
        for unmet in self._spoiled(desk, newcomer):
            outcome = desk.store.commit(unmet)
            expect_that(isinstance(outcome, Refused), f"a commit with an unmet claim or guard is refused: {unmet}")
            expect(desk.picture(newcomer.appointment_id), before, "a refused commit changes nothing at all")

    def _spoiled(self, desk: Desk, newcomer: Appointment) -> list[Commit]:
        """Commits of the newcomer that can be met but for one thing."""
        good = desk.booking(newcomer, guards=(VersionGuard(DAY, 1),))
        (claim,) = good.claims
        taken = (UniqueClaim(ReferenceName("ref-1"), newcomer.appointment_id),)
        return [
            good._replace(claims=(claim._replace(limit=1),)),
            good._replace(unique_claims=(*good.unique_claims, *taken)),
            good._replace(guards=(VersionGuard(DAY, 0),)),
            good._replace(guards=(*good.guards, VersionGuard(visit("a").appointment_id, 2))),
            good._replace(revision=good.revision - 1),
            good._replace(records=(attrs.evolve(MAIN, name="Moved"),), guards=(VersionGuard(DAY, 7),)),
        ]

    def test_every_unmet_claim_and_guard_is_named(self) -> None:
        """All of them at once, none that could be met, and the revision as it is now."""
        desk = self.open_desk(configuration=SHARED)
        standing = visit("a", **FULL)
        desk.book(standing)
        newcomer = visit("b", phone_key=standing.phone_key, assigned_doctor="Dr Rao", external_reference_id="ref-1")
        total = KEY._replace(service_id="")
        guards = (VersionGuard(DAY, 0), VersionGuard(standing.appointment_id, 9), VersionGuard("appt_never", 0))
        full = (CapacityClaim(total, False, 1), CapacityClaim(KEY, False, 1))
        roomy = CapacityClaim(KEY._replace(calendar_id="window-second"), False, 1)
        commit = desk.booking(newcomer, guards=guards, claims=(*full, roomy))
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        refused = desk.store.commit(commit)
        assert isinstance(refused, Refused), refused
        unmet = {*full, *commit.unique_claims}
        expect((set(refused.claims), len(refused.claims)), (unmet, len(unmet)), "each unmet claim is named, once")
        expect((set(refused.guards), len(refused.guards)), (set(guards[:2]), 2), "each unmet guard is named, once")
        expect(refused.revision, desk.revision, "a refusal for the revision tells the present one")

    def test_a_refusal_for_other_reasons_names_no_revision(self) -> None:
        """The revision is named only when it moved."""
        desk = self.open_desk()
        desk.book(visit("a"))
        commit = desk.booking(visit("b"), limit=1)
        expect(desk.store.commit(commit), Refused(commit.claims), "the claim is named and nothing else")

    # --- The commit's own id ----------------------------------------------------------------------------------------

    def test_a_repeated_commit_is_done_and_changes_nothing(self) -> None:
        """A lost answer is recovered by sending the same commit again, whatever happened meanwhile."""
        desk = self.open_desk()
        commit = desk.booking(visit("a", **FULL), limit=1)
        desk.done(commit)
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        desk.done(desk.change(visit("a", **FULL), cancelled(visit("a", **FULL))))
        desk.book(visit("b"), limit=1)
        before = desk.picture()
        for _ in range(2):
            expect(desk.store.commit(commit), Done(), "a commit whose id stands is done, also when it could not be met")
            expect(desk.picture(), before, "and it changes nothing")

    def test_a_refused_commit_leaves_its_id_free(self) -> None:
        """The engine decides again under the same id, so a refusal must not use it up."""
        desk = self.open_desk()
        desk.book(visit("a"))
        commit = desk.booking(visit("b"), limit=1)
        expect(desk.store.commit(commit), Refused(commit.claims), "the window is full")
        desk.done(desk.change(visit("a"), cancelled(visit("a"))))
        expect(desk.store.commit(commit), Done(), "the same commit is done once there is room")
        desk.expect_filled(1)

    def test_a_repeated_setting_makes_one_revision(self) -> None:
        """Commits of the setup have ids too."""
        desk = self.open_desk()
        commit = desk.setting(attrs.evolve(MAIN, name="Renamed"))
        desk.done(commit)
        before = desk.picture()
        expect(desk.store.commit(commit), Done(), "a commit whose id stands is done")
        expect(desk.picture(), before, "and it changes nothing")

    def test_a_fault_in_the_middle_of_a_commit_changes_nothing(self) -> None:
        """What the engine hands in may fail, as the refiling of an appointment; nothing of the commit may stay."""
        desk = self.open_desk()
        desk.book(visit("a", **FULL), visit("b"))
        before = desk.picture()
        fails = _Fails(visit("b").appointment_id)
        broken = Rekeying(configuration=POLICY, refile=fails, refile_hold=same_hold)
        commit = desk.setting(attrs.evolve(MAIN, name="Renamed"), rekeying=broken)
        try:
            desk.store.commit(commit)
        except Exception:  # Whichever way the store tells of it.
            expect(desk.picture(), before, "a commit that failed changes nothing at all")
        else:
            expect_that(False, "a commit that failed is not answered")


@attrs.frozen
class _Fails:
    """Refiles every appointment but one."""

    appointment_id: str

    def __call__(self, appointment: Appointment) -> Appointment:
        if appointment.appointment_id == self.appointment_id:
            raise ArithmeticError(self.appointment_id)
        return appointment
