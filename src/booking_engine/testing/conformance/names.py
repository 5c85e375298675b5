"""Cases of names: references and duplicates, held by so many as the claim admits (store rule 6)."""

from __future__ import annotations

import attrs

from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.ledger.claims import DuplicateName, ReferenceName, Refused, UniqueClaim
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import KEY, MONDAY, POLICY, cancelled, following, visit, week_later

REFERENCE = ReferenceName("ref-1")
TWINS = attrs.evolve(POLICY, duplicate_prevention=False)


def repeated(name: str) -> DuplicateName:
    """The name under which a second visit like ``visit(name)`` is a duplicate."""
    return DuplicateName(visit(name).phone_key, KEY.service_id, MONDAY, "")


class NameCases(StoreCases):
    """A name has as many holders as were admitted, and a release names its holder."""

    def test_a_reference_has_one_holder(self) -> None:
        """The second claim is refused and named."""
        desk = self.open_desk()
        desk.book(visit("a", external_reference_id="ref-1"))
        commit = desk.booking(visit("b", external_reference_id="ref-1"))
        unmet = (UniqueClaim(REFERENCE, visit("b").appointment_id),)
        expect(desk.store.commit(commit), Refused(unmet), "the reference is held")
        expect(desk.holders(REFERENCE), {visit("a").appointment_id}, "by the first")

    def test_a_released_name_is_free(self) -> None:
        """Cancelling frees the key (SPEC §6.2)."""
        desk = self.open_desk()
        mine = visit("a", external_reference_id="ref-1")
        desk.book(mine)
        desk.done(desk.change(mine, cancelled(mine)))
        expect(desk.holders(REFERENCE), frozenset(), "nobody holds it")
        desk.book(visit("b", external_reference_id="ref-1"))
        expect(desk.holders(REFERENCE), {visit("b").appointment_id}, "the second holds it now")
        desk.expect_sound()

    def test_a_duplicate_is_refused_at_limit_one(self) -> None:
        """Same phone, same service, same date."""
        desk = self.open_desk()
        desk.book(visit("a"))
        commit = desk.booking(visit("b", phone_key=visit("a").phone_key))
        expect(desk.store.commit(commit), Refused(commit.unique_claims), "the duplicate's name is held")

    def test_a_duplicate_without_limit_is_counted_and_never_refused(self) -> None:
        """So that duplicates can be prevented from some day on."""
        desk = self.open_desk(configuration=TWINS)
        twins = [visit(name, phone_key=visit("a").phone_key) for name in ("c", "a", "b")]
        desk.book(*twins, holders_max=None)
        expect(desk.holders(repeated("a")), {twin.appointment_id for twin in twins}, "all three hold the name")
        desk.done(desk.change(twins[0], cancelled(twins[0])))
        expect(desk.holders(repeated("a")), {twin.appointment_id for twin in twins[1:]}, "a release names its holder")
        desk.expect_sound()

    def test_a_limit_counts_holders_that_were_admitted_without(self) -> None:
        """One or three, the name is taken."""
        desk = self.open_desk(configuration=TWINS)
        desk.book(*(visit(name, phone_key=visit("a").phone_key) for name in ("a", "b")), holders_max=None)
        commit = desk.booking(visit("c", phone_key=visit("a").phone_key), holders_max=1)
        expect(desk.store.commit(commit), Refused(commit.unique_claims), "two holders are more than one")

    def test_names_that_differ_anywhere_are_apart(self) -> None:
        """Date, service, patient, phone: each makes another name."""
        desk = self.open_desk(configuration=attrs.evolve(POLICY, duplicate_includes_patient=True))
        phone = visit("a").phone_key
        desk.book(
            visit("a"),
            visit("b", phone_key=phone, patient_name="Sibling"),
            visit("c", phone_key=phone, patient_name="Patient a", service_id="service-vaccination"),
            week_later("d", phone_key=phone, patient_name="Patient a"),
            visit("e", phone_key=phone + "0", patient_name="Patient a"),
        )
        commit = desk.booking(visit("f", phone_key=phone, patient_name="PATIENT  A"))
        expect(desk.store.commit(commit), Refused(commit.unique_claims), "the same patient folded is the same name")

    def test_references_are_compared_as_they_are_written(self) -> None:
        """No collation: case, accents, spaces, wildcards and look-alikes make other references."""
        desk = self.open_desk()
        references = ["ref", "REF", "r\u00e9f", "ref 1", "ref  1", "ref%", "ref_", "re\u200df", "\uff52\uff45\uff46"]
        references += ["p", "\u0440", "ss", "\u00df", "I", "i", "\u0131", "'; --", '"ref"', "ref\\"]
        for number, reference in enumerate(references):
            desk.book(visit(f"n{number}", external_reference_id=reference))
        for number, reference in enumerate(references):
            found = desk.view(reference=reference).referenced
            expect(found, visit(f"n{number}", external_reference_id=reference), "a reference finds its own booking")

    def test_completing_keeps_the_reference_and_frees_the_duplicate(self) -> None:
        """Only who is still expected repeats anybody (SPEC §6.9)."""
        desk = self.open_desk()
        mine = visit("a", external_reference_id="ref-1")
        desk.book(mine)
        desk.done(desk.change(mine, following(mine, status=AppointmentStatus.COMPLETED)))
        expect(desk.holders(REFERENCE), {mine.appointment_id}, "the reference stays")
        expect(desk.holders(repeated("a")), frozenset(), "the duplicate's name is free")
        desk.expect_filled(1)
