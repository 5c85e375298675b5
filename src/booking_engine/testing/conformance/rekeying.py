"""Cases of rekeying: the ledger counted anew inside a commit, without asking limits (SPEC §2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs

from booking_engine.domain.appointment import Appointment, AppointmentStatus, DoctorDay
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import Configuration
from booking_engine.ledger.claims import Commit, DuplicateName, Refused, Rekeying
from booking_engine.ledger.page import AppointmentFilter
from booking_engine.ledger.view import Standing
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import (
    FIRST,
    KEY,
    MONDAY,
    NINE,
    POLICY,
    SECOND_KEY,
    SHARED,
    VACCINATION,
    cancelled,
    following,
    same_hold,
    visit,
    week_later,
)

TOTAL = KEY._replace(service_id="")
AI = Channel.AI_AGENT


@attrs.frozen
class DayLater:
    """Files every appointment that is not cancelled a local date later, as another time zone may."""

    def __call__(self, appointment: Appointment) -> Appointment:
        """The next version, or the same appointment."""
        if not appointment.holds_place:
            return appointment
        day, key = appointment.date + timedelta(days=1), appointment.phone_key + "0"
        return following(appointment, date=day, phone_key=key)


@attrs.frozen
class AsItWas:
    """Files every appointment as it was."""

    def __call__(self, appointment: Appointment) -> Appointment:
        """The same appointment."""
        return appointment


def rekeying(
    desk: Desk,
    configuration: Configuration,
    refile: Callable[[Appointment], Appointment] = AsItWas(),
    refile_hold: Callable[[Hold], Hold] = same_hold,
) -> Commit:
    """The commit that changes the configuration and has the ledger counted anew."""
    organisation = attrs.evolve(desk.store.catalog().organisation, configuration=configuration)
    anew = Rekeying(configuration=configuration, refile=refile, refile_hold=refile_hold)
    return desk.setting(organisation, rekeying=anew)


class RekeyingCases(StoreCases):
    """After a rekeying the ledger is exactly what the appointments add up to."""

    def _populated(self, configuration: Configuration = POLICY) -> Desk:
        desk = self.open_desk(configuration=configuration)
        gone, done = visit("d", external_reference_id="ref-d"), visit("e")
        desk.book(
            visit("a", external_reference_id="ref-a", assigned_doctor="Dr Rao"),
            visit("b", booked_via=AI),
            visit("c", service_id=VACCINATION.service_id, booked_via=AI),
            gone,
            done,
            week_later("f"),
        )
        desk.done(desk.change(gone, cancelled(gone)))
        desk.done(desk.change(done, following(done, status=AppointmentStatus.COMPLETED)))
        desk.expect_sound()
        return desk

    def test_totals_appear_and_disappear_with_the_scope(self) -> None:
        """``shared`` counts a total beside each service; ``per_service`` has none."""
        desk = self._populated()
        desk.done(rekeying(desk, SHARED))
        expect((desk.counts(TOTAL), desk.counts()), ((4, 2), (3, 1)), "the total of all services, and this one's")
        desk.expect_sound()
        desk.done(rekeying(desk, POLICY))
        expect((desk.counts(TOTAL), desk.counts()), ((0, 0), (3, 1)), "no total, and this service's as before")
        desk.expect_sound()

    def test_appointments_are_filed_anew(self) -> None:
        """Record, place, name and every way to find them follow; ended ones and their history stay."""
        desk = self._populated()
        mine = visit("a", external_reference_id="ref-a", assigned_doctor="Dr Rao")
        history = desk.store.history(mine.appointment_id)
        desk.done(rekeying(desk, attrs.evolve(POLICY, timezone="Pacific/Kiritimati"), DayLater()))
        refiled = DayLater()(mine)
        tomorrow = KEY._replace(date=MONDAY + timedelta(days=1))
        expect(desk.store.appointment(mine.appointment_id), refiled, "the record is filed anew")
        expect((desk.counts(), desk.counts(tomorrow)), ((0, 0), (3, 1)), "its place went along")
        name = DuplicateName(refiled.phone_key, KEY.service_id, refiled.date, "")
        view = desk.view(reference="ref-a", duplicate=name, doctor_days=(DoctorDay("dr rao", MONDAY),))
        expect((view.referenced, view.duplicates), (refiled, (mine.appointment_id,)), "its names went along")
        expect(view.on_doctor_days, (refiled,), "its instant stayed, and so does its doctor's day")
        standing = desk.view(standing=Standing((FIRST.calendar_id,), MONDAY)).standing
        expect({each.date.day for each in standing}, {16, 23}, "and it stands on its new date")
        expect(desk.store.appointments(AppointmentFilter(phone_key=refiled.phone_key), 0, 9).items, (refiled,), "found")
        expect(
            desk.store.appointment(visit("d").appointment_id),
            cancelled(visit("d", external_reference_id="ref-d")),
            "as it was",
        )
        expect(desk.store.history(mine.appointment_id), history, "the appointment itself has no new event")
        desk.expect_sound()

    def test_limits_are_not_asked(self) -> None:
        """Nothing is cancelled, whatever the new keys hold; what comes next is asked."""
        desk = self._populated()
        desk.done(rekeying(desk, SHARED))
        commit = desk.booking(visit("z"), limit=2)
        unmet = tuple(claim for claim in commit.claims if claim.key == TOTAL)
        expect(desk.store.commit(commit), Refused(unmet), "four places of two are taken, and stay")
        desk.expect_sound()

    def test_duplicates_become_holders_of_one_name(self) -> None:
        """A name that is prevented from now on may have several holders already."""
        strict = attrs.evolve(POLICY, duplicate_includes_patient=True)
        desk = self.open_desk(configuration=strict)
        phone = visit("a").phone_key
        desk.book(visit("a"), visit("b", phone_key=phone))
        desk.done(rekeying(desk, POLICY))
        name = DuplicateName(phone, KEY.service_id, MONDAY, "")
        expect(desk.view(duplicate=name).duplicates, (visit("a").appointment_id, visit("b").appointment_id), "both")
        desk.expect_sound()

    def test_a_rekeying_that_is_refused_changes_nothing(self) -> None:
        """It is a commit like any other."""
        desk = self._populated()
        late = rekeying(desk, SHARED, DayLater())
        desk.done(desk.setting(attrs.evolve(FIRST, max_slots=30)))
        before = desk.picture()
        expect(desk.store.commit(late), Refused(revision=desk.revision), "decided on another revision")
        expect(desk.picture(), before, "and nothing is changed")

    def test_what_is_booked_afterwards_is_counted_on(self) -> None:
        """Counts and names go on from the recount."""
        desk = self._populated()
        desk.done(rekeying(desk, SHARED))
        mine = visit("b", booked_via=AI)
        moved = following(mine, start=NINE + timedelta(hours=1), calendar_id=SECOND_KEY.calendar_id)
        desk.done(desk.change(mine, moved))
        desk.book(visit("z"), limit=5)
        expect(desk.counts(TOTAL), (4, 1), "one went, one came")
        desk.expect_sound()

    def test_many_appointments_are_counted_exactly(self) -> None:
        """More than fit into one statement's parameters."""
        desk = self.open_desk()
        options: tuple[dict[str, Any], ...] = ({}, {"booked_via": AI}, {"calendar_id": SECOND_KEY.calendar_id})
        desk.book(*(visit(f"n{number}", **options[number % 3]) for number in range(300)))
        desk.done(rekeying(desk, SHARED, DayLater()))
        tomorrow = MONDAY + timedelta(days=1)
        found = [desk.counts(key._replace(date=tomorrow)) for key in (KEY, TOTAL, SECOND_KEY)]
        expect(found, [(200, 100), (200, 100), (100, 0)], "every place once")
        desk.expect_sound()
