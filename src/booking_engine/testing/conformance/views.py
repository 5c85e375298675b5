"""Cases of views: everything that a decision asks for, from one snapshot that stays as it was (store rule 3)."""

from __future__ import annotations

from typing import Any

import attrs

from booking_engine.domain.appointment import AppointmentStatus, DoctorDay
from booking_engine.domain.tracking import Counts
from booking_engine.ledger.claims import DuplicateName
from booking_engine.ledger.page import AppointmentFilter
from booking_engine.ledger.view import LedgerQuery, LedgerView, Standing
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import (
    FIRST,
    KEY,
    MAIN,
    MONDAY,
    NEXT_MONDAY,
    NINE,
    NOW,
    POLICY,
    SECOND,
    SECOND_KEY,
    VACCINATION,
    cancelled,
    following,
    visit,
    week_later,
)

DAY = DoctorDay("dr rao", MONDAY)
NAME = DuplicateName(visit("a").phone_key, KEY.service_id, MONDAY, "")
TWINS = attrs.evolve(POLICY, duplicate_prevention=False)


def ids(appointments: tuple[Any, ...]) -> list[str]:
    """The ids of appointments, sorted."""
    return sorted(appointment.appointment_id for appointment in appointments)


class ViewCases(StoreCases):
    """A view answers what was asked, and nothing that happens later."""

    def test_an_empty_query_tells_the_revision(self) -> None:
        """That much is in every view."""
        desk = self.open_desk()
        expect(desk.view(), LedgerView(revision=desk.revision), "nothing was asked but the revision")

    def test_what_is_not_there_is_told_as_such(self) -> None:
        """None, nobody and nothing; dates that were asked for are there, without counts."""
        desk = self.open_desk()
        view = desk.view(
            appointment_id="appt_never",
            reference="never",
            duplicate=NAME,
            days=(MONDAY, NEXT_MONDAY),
            doctor_days=(DAY,),
            standing=Standing((FIRST.calendar_id,), MONDAY),
        )
        expect((view.appointment, view.referenced, view.duplicates), (None, None, ()), "nobody is there")
        expect((view.on_doctor_days, view.standing), ((), ()), "nobody is expected")
        expect(view.doctor_versions, {DAY: 0}, "every day that was asked for has a version")
        expect(sorted(view.days), [MONDAY, NEXT_MONDAY], "every date that was asked for is there")
        expect(view.counts(KEY), Counts(0, 0), "and nothing is taken")

    def test_a_view_shows_all_that_was_asked_for(self) -> None:
        """An appointment, a reference, counts of several dates, in one answer."""
        desk = self.open_desk()
        mine = visit("a", external_reference_id="ref-1", assigned_doctor="Dr Rao")
        desk.book(mine, visit("b", calendar_id=SECOND.calendar_id), week_later("c"))
        view = desk.view(
            appointment_id=visit("b").appointment_id,
            reference="ref-1",
            duplicate=NAME,
            days=(MONDAY, NEXT_MONDAY),
            doctor_days=(DAY,),
        )
        expect(view.appointment, visit("b", calendar_id=SECOND.calendar_id), "the appointment")
        expect(view.referenced, mine, "whom the reference stands for")
        expect(view.duplicates, (mine.appointment_id,), "who holds the duplicate's name")
        keys = (KEY, SECOND_KEY, KEY._replace(date=NEXT_MONDAY), SECOND_KEY._replace(date=NEXT_MONDAY))
        expect([view.counts(key).filled for key in keys], [1, 1, 1, 0], "the counts of both dates")
        expect((view.doctor_versions, view.on_doctor_days), ({DAY: 1}, (mine,)), "the doctor's day")

    def test_counts_of_the_windows_asked_for_are_shown(self) -> None:
        """A store may show more; it must not show less."""
        desk = self.open_desk()
        desk.book(visit("a"), visit("b", calendar_id=SECOND.calendar_id))
        view = desk.view(days=(MONDAY,), calendar_ids=(SECOND.calendar_id,))
        expect(view.counts(SECOND_KEY), Counts(1, 0), "the window that was asked for")
        both = desk.view(days=(MONDAY,))
        expect((both.counts(KEY), both.counts(SECOND_KEY)), ((1, 0), (1, 0)), "without windows named: all of them")

    def test_cancelled_appointments_are_found_by_id_alone(self) -> None:
        """Their names are free and their doctor is too."""
        desk = self.open_desk()
        mine = visit("a", external_reference_id="ref-1", assigned_doctor="Dr Rao")
        desk.book(mine)
        desk.done(desk.change(mine, cancelled(mine)))
        view = desk.view(appointment_id=mine.appointment_id, reference="ref-1", duplicate=NAME, doctor_days=(DAY,))
        expect(view.appointment, cancelled(mine), "by its id")
        expect((view.referenced, view.duplicates, view.on_doctor_days), (None, (), ()), "and in no other way")

    def test_duplicates_are_sorted(self) -> None:
        """So that the same refusal names the same appointment everywhere (Inv10)."""
        desk = self.open_desk(configuration=TWINS)
        names = ("m", "b", "z", "a", "k9", "k10")
        desk.book(*(visit(name, phone_key=visit("a").phone_key) for name in names), holders_max=None)
        wanted = tuple(sorted(visit(name).appointment_id for name in names))
        expect(desk.view(duplicate=NAME).duplicates, wanted, "by id")

    def test_whoever_holds_one_of_many_names_is_told(self) -> None:
        """Each name that somebody holds, with all who do; a name that nobody holds any more is left out."""
        desk = self.open_desk(configuration=TWINS)
        gone = visit("c", service_id=VACCINATION.service_id)
        phone = {"phone_key": visit("a").phone_key}
        twins = (visit("m", **phone), visit("b", **phone))
        desk.book(*twins, week_later("e", **phone), gone, holders_max=None)
        desk.done(desk.change(gone, cancelled(gone)))
        later, freed = NAME._replace(date=NEXT_MONDAY), NAME._replace(service_id=VACCINATION.service_id)
        never = NAME._replace(patient="somebody")
        view = desk.view(names=(NAME, later, freed, never))
        found = {name: sorted(holders) for name, holders in view.holders.items()}
        expect(found, {NAME: sorted(each.appointment_id for each in twins), later: ids((week_later("e"),))}, "holders")
        expect(desk.view(duplicate=NAME).holders, {}, "and none without asking")

    def test_expected_appointments_are_shown_on_their_doctors_days(self) -> None:
        """Each once, of this doctor, and only while they are expected."""
        desk = self.open_desk()
        done = visit("c", assigned_doctor="Dr Rao")
        late = {"start": NINE.replace(hour=23, minute=50), "duration_minutes": 20}
        desk.book(
            visit("a", assigned_doctor="Dr Rao"),
            visit("b", assigned_doctor="  dr  RAO ", status=AppointmentStatus.RESCHEDULED, **late),
            done,
            visit("d", assigned_doctor="Dr Sen"),
            visit("e"),
            week_later("f", assigned_doctor="Dr Rao"),
        )
        desk.done(desk.change(done, following(done, status=AppointmentStatus.COMPLETED)))
        days = (DAY, DoctorDay("dr rao", MONDAY.replace(day=MONDAY.day + 1)))
        found = ids(desk.view(doctor_days=days).on_doctor_days)
        expect(found, ids((visit("a"), visit("b"))), "who is expected on one of the days, each once")

    def test_a_moved_appointment_leaves_its_doctors_day(self) -> None:
        """Another day, another doctor, none."""
        desk = self.open_desk()
        mine = visit("a", assigned_doctor="Dr Rao")
        moved = following(week_later("a", assigned_doctor="Dr Rao"))
        freed = following(moved, assigned_doctor=None)
        next_day = DoctorDay("dr rao", NEXT_MONDAY)
        desk.book(mine)
        desk.done(desk.change(mine, moved))
        expect(desk.view(doctor_days=(DAY,)).on_doctor_days, (), "it is gone from its old day")
        expect(desk.view(doctor_days=(next_day,)).on_doctor_days, (moved,), "and on its new one")
        desk.done(desk.change(moved, freed))
        expect(desk.view(doctor_days=(next_day,)).on_doctor_days, (), "without a doctor it is on none")

    def test_standing_appointments_are_those_of_the_windows_from_a_date_on(self) -> None:
        """Completed ones stand, cancelled ones do not."""
        desk = self.open_desk()
        gone, done = visit("c"), visit("d", service_id=VACCINATION.service_id)
        later = week_later("e")
        desk.book(visit("a"), visit("b", calendar_id=SECOND.calendar_id), gone, done, later)
        desk.done(desk.change(gone, cancelled(gone)))
        desk.done(desk.change(done, following(done, status=AppointmentStatus.COMPLETED)))

        def standing(*calendar_ids: str, first: Any = MONDAY) -> list[str]:
            return ids(desk.view(standing=Standing(calendar_ids, first)).standing)

        expect(standing(FIRST.calendar_id), ids((visit("a"), done, later)), "of one window")
        both = standing(FIRST.calendar_id, SECOND.calendar_id)
        expect(both, ids((visit("a"), visit("b"), done, later)), "of two")
        expect(standing(FIRST.calendar_id, first=NEXT_MONDAY), ids((later,)), "from a date on, that date included")
        expect((standing("window-unknown"), standing()), ([], []), "of no window: nobody")

    # --- One snapshot, for good -------------------------------------------------------------------------------------

    def test_a_view_does_not_change_afterwards(self) -> None:
        """Nothing in it is shared with what commits change."""
        desk = self.open_desk()
        mine = visit("a", external_reference_id="ref-1", assigned_doctor="Dr Rao")
        desk.book(mine)
        query = LedgerQuery(
            now=NOW,
            appointment_id=mine.appointment_id,
            reference="ref-1",
            duplicate=NAME,
            days=(MONDAY, NEXT_MONDAY),
            doctor_days=(DAY,),
            standing=Standing((FIRST.calendar_id,), MONDAY),
            names=(NAME,),
        )
        view, snapshot, history = desk.store.view(query), desk.store.snapshot(), desk.store.history(mine.appointment_id)
        page = desk.store.appointments(AppointmentFilter(), 0, 50)
        seen = repr((view, sorted(snapshot.counts.items()), snapshot.names, snapshot.appointments, history, page))
        desk.book(visit("b"), week_later("c"), visit("d", assigned_doctor="Dr Rao"))
        desk.done(desk.change(mine, cancelled(mine)))
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        after = repr((view, sorted(snapshot.counts.items()), snapshot.names, snapshot.appointments, history, page))
        expect(after, seen, "what was read is not changed by what is committed later")

    def test_a_catalog_does_not_change_afterwards(self) -> None:
        """An engine keeps it until it learns of another revision."""
        desk = self.open_desk()
        catalog = desk.store.catalog()
        desk.done(desk.setting(attrs.evolve(MAIN, name="Renamed")))
        expect(catalog.branches[MAIN.branch_id], MAIN, "the catalog that was read stays")
        expect(desk.store.catalog().revision, catalog.revision + 1, "the next one is another")
