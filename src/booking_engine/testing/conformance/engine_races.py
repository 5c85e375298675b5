"""Cases of racing commands: the engine over this store, and the races that other booking systems have lost."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.decisions.decision import Booked, Changed, Updated
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.rejection import Rejection, RejectionCode
from booking_engine.domain.window import WindowStatus
from booking_engine.shell import Ask
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.capabilities import needs
from booking_engine.testing.conformance.clinic import AI_FULL, FULL, Clinic, answer, booking, change, kinds
from booking_engine.testing.conformance.expectation import expect, expect_that
from booking_engine.testing.conformance.material import NINE


class EngineRaceCases(StoreCases):
    """Commands that race answer as if one had come after the other."""

    @needs("concurrent")
    def test_of_ten_bookings_for_one_place_one_is_booked(self) -> None:
        """One ``Booked``, nine ``SLOT_FULL``."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self)
            answers = clinic.race([booking(number) for number in range(10)])
            expect(kinds(answers), {Booked: 1, FULL: 9}, "one of ten is booked")
            clinic.expect_filled(1)
            clinic.expect_told("appointment.created")

    @needs("concurrent")
    def test_no_more_are_booked_than_there_are_places(self) -> None:
        """Of four who saw two places, two are booked."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=2)
            expect(kinds(clinic.race([booking(number) for number in range(4)])), {Booked: 2, FULL: 2}, "two of four")
            clinic.expect_filled(2)

    @needs("concurrent")
    def test_one_reference_sent_twice_is_one_booking(self) -> None:
        """One is booked, the other is answered with it; never an error, never a second appointment."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=5)
            answers = clinic.race([booking(1, external_reference_id="ref-1")] * 2)
            expect(kinds(answers), {Booked: 2}, "both callers are told of a booking")
            expect(sorted(each.replayed for each in answers), [False, True], "one of them as a replay")
            expect(answers[0].appointment, answers[1].appointment, "and it is the same appointment")
            clinic.expect_filled(1)
            clinic.expect_told("appointment.created")

    @needs("concurrent")
    def test_one_phone_books_one_service_once_a_day(self) -> None:
        """The losers are told whom they would repeat."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=5)
            answers = clinic.race([booking(1, patient_name=f"Child {number}") for number in range(4)])
            expect(kinds(answers), {Booked: 1, (RejectionCode.DUPLICATE_BOOKING, None): 3}, "one of four")
            (winner,) = (each for each in answers if isinstance(each, Booked))
            named = {each.existing_appointment_id for each in answers if isinstance(each, Rejection)}
            expect(named, {winner.appointment.appointment_id}, "the refusals name the winner")
            clinic.expect_filled(1)

    @needs("concurrent")
    def test_of_two_revivals_for_one_place_one_is_admitted(self) -> None:
        """A revival is a fresh admission (SPEC U4)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=2)
            ids = clinic.book(booking(1), booking(2))
            for appointment_id in ids:
                clinic.engine.execute(change(appointment_id, status=AppointmentStatus.CANCELLED))
            clinic.engine.execute(c.UpdateWindow(slot_id="first", max_slots=1, ai_slots=1))
            answers = clinic.race([change(each, status=AppointmentStatus.CONFIRMED) for each in ids])
            expect(kinds(answers), {Updated: 1, FULL: 1}, "one of two is revived")
            clinic.expect_filled(1)

    @needs("concurrent")
    def test_a_nested_ai_quota_is_kept_against_staff(self) -> None:
        """All channels count against the AI agent's limit (SPEC C4)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=7, ai_slots=2, ai_quota=AiQuota.NESTED)
            channels = [Channel.AI_AGENT if number % 2 else Channel.STAFF for number in range(8)]
            answers = clinic.race([booking(number, channel=channel) for number, channel in enumerate(channels)])
            by_ai, by_staff = kinds(answers[1::2]), kinds(answers[::2])
            expect(by_staff, {Booked: 4}, "staff have room for all of theirs")
            expect_that(by_ai[Booked] <= 2, "no more AI bookings than the quota")
            expect(by_ai[Booked] + by_ai[AI_FULL], 4, "the others hear that staff could still book")
            clinic.expect_filled(4 + by_ai[Booked])

    @needs("concurrent")
    def test_a_separate_ai_quota_is_kept_against_staff(self) -> None:
        """AI bookings count against it alone; staff take what is left (SPEC C4)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=7, ai_slots=2, ai_quota=AiQuota.SEPARATE)
            channels = [Channel.AI_AGENT if number % 2 else Channel.STAFF for number in range(8)]
            answers = clinic.race([booking(number, channel=channel) for number, channel in enumerate(channels)])
            expect(kinds(answers[::2]), {Booked: 4}, "staff have room for all of theirs")
            expect(kinds(answers[1::2]), {Booked: 2, AI_FULL: 2}, "and the AI agent for two, whoever came first")
            clinic.expect_filled(6)

    @needs("concurrent")
    def test_reschedules_in_opposite_directions_keep_every_place(self) -> None:
        """No deadlock reaches a caller, and nobody is on two dates or on none."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=8)
            week = timedelta(days=7)
            here = clinic.book(*(booking(number) for number in range(4)))
            there = clinic.book(*(booking(10 + number, appointment_date=NINE + week) for number in range(4)))
            moves = [change(each, appointment_date=NINE + week) for each in here]
            moves += [change(each, appointment_date=NINE) for each in there]
            expect(kinds(clinic.race(moves)), {Updated: 8}, "every move is made")
            clinic.expect_filled(4)

    @needs("concurrent")
    def test_moves_to_one_place_leave_the_losers_where_they_were(self) -> None:
        """Refused leaves everything as it was (Inv7)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=4)
            clinic.add_window("noon", 1, 1, "12:00", "13:00")
            ids = clinic.book(*(booking(number) for number in range(4)))
            noon = NINE + timedelta(hours=3)
            answers = clinic.race([change(each, appointment_date=noon) for each in ids])
            expect(kinds(answers), {Updated: 1, FULL: 3}, "one of four is moved")
            clinic.expect_filled(3)
            clinic.expect_filled(1, "noon")

    @needs("concurrent")
    def test_one_doctor_is_not_booked_twice(self) -> None:
        """By new bookings and by moves within the day (SPEC §6.10)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=9, buffer_time_minutes=15)
            later = NINE + timedelta(hours=1)
            mine, other = clinic.book(booking(1, assigned_doctor="Dr Rao"), booking(2))
            moves: list[Ask] = [
                change(mine, appointment_date=later),
                change(other, appointment_date=later, assigned_doctor="DR RAO"),
                *(
                    booking(3 + n, appointment_date=later + timedelta(minutes=n), assigned_doctor="dr rao")
                    for n in range(4)
                ),
            ]
            clinic.race(moves)
            expect(_too_near(clinic, timedelta(minutes=15)), [], "a doctor's appointments keep their gap")
            clinic.expect_filled(len(_items(clinic)))

    @needs("concurrent")
    def test_shared_places_are_shared_by_racers(self) -> None:
        """One total for all services (SPEC C2)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=3, capacity_scope=CapacityScope.SHARED)
            services = ("checkup", "vaccination")
            asks = [booking(number, appointment_type=services[number % 2]) for number in range(8)]
            expect(kinds(clinic.race(asks)), {Booked: 3, FULL: 5}, "three of eight, whatever their service")
            clinic.expect_filled(3)

    @needs("concurrent")
    def test_nothing_is_booked_into_a_closed_window(self) -> None:
        """Whoever was booked was booked before the closure, and the ledger says so."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=20)
            closing = c.UpdateWindow(slot_id="first", status=WindowStatus.CLOSED)
            answers = clinic.race([*(booking(number) for number in range(8)), closing])
            booked = kinds(answers[:-1])
            closed = booked[RejectionCode.SLOT_INACTIVE, None]
            expect(booked[Booked] + closed, 8, "booked, or told that the window is closed")
            clinic.expect_filled(booked[Booked])
            expect(kinds([answer(clinic.engine, booking(99))]), {(RejectionCode.SLOT_INACTIVE, None): 1}, "closed")

    @needs("concurrent")
    def test_a_rekeying_counts_those_who_race_with_it(self) -> None:
        """Before it or after it, never between (SPEC §2)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=20)
            asks: list[Ask] = [booking(number) for number in range(6)]
            asks += [
                c.ConfigureOrganisation(capacity_scope=CapacityScope.SHARED),
                c.ConfigureOrganisation(timezone="Pacific/Kiritimati", enabled=True),
            ]
            answers = clinic.race(asks)
            booked = kinds(answers)[Booked]
            items = _items(clinic)
            expect(len(items), booked, "everybody who was told so is booked")
            expect(clinic.engine.execute(q.RegenerateTracking()).differences, (), "the ledger equals a recount")

    @needs("concurrent")
    def test_no_change_of_an_appointment_is_lost(self) -> None:
        """Each decides again on what the others made of it (SPEC U7)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=5)
            (mine,) = clinic.book(booking(1))
            changes = [
                change(mine, notes="noted"),
                change(mine, assigned_doctor="Dr Rao"),
                change(mine, appointment_date=NINE + timedelta(hours=1)),
                change(mine, status=AppointmentStatus.COMPLETED),
            ]
            answers = clinic.race(changes)
            done = [type(each) for each in answers].count(Updated)
            found = clinic.engine.execute(q.AppointmentQuery(appointment_id=mine))
            expect((found.notes, found.assigned_doctor), ("noted", "Dr Rao"), "no change is lost")
            expect(found.status, AppointmentStatus.COMPLETED, "the visit is done")
            expect(found.version, 1 + done, "one version for each change")
            history = clinic.engine.execute(q.HistoryQuery(subject_id=mine))
            expect([event.version for event in history], list(range(1, 2 + done)), "and one event, in order")
            clinic.expect_filled(1)

    @needs("concurrent")
    def test_of_many_who_saw_one_version_one_edits(self) -> None:
        """The others hear that it is another by now, and what the winner wrote stands (SPEC U8)."""
        for _ in range(self.race_rounds):
            clinic = Clinic(self, max_slots=9)
            (mine,) = clinic.book(booking(1))
            told = kinds(clinic.race([change(mine, notes=f"note {number}", if_version=1) for number in range(4)]))
            expect(told, {Updated: 1, STALE: 3}, "one of four changes the appointment")
            expect(clinic.engine.execute(q.AppointmentQuery(appointment_id=mine)).version, 2, "and once")
            edits = [c.UpdateWindow(slot_id="first", ai_slots=number, if_version=1) for number in range(4)]
            expect(kinds(clinic.race(edits)), {Changed: 1, STALE: 3}, "one of four edits the window")
            expect(clinic.engine.execute(q.CatalogQuery()).windows["first"].version, 2, "and once")


STALE = (RejectionCode.PRECONDITION_FAILED, None)


def _items(clinic: Clinic) -> Any:
    return clinic.engine.execute(q.AppointmentsQuery(limit=200)).items


def _too_near(clinic: Clinic, gap: timedelta) -> list[tuple[datetime, datetime]]:
    starts = [each.start for each in _items(clinic) if each.assigned_doctor is not None]
    return [(one, next_one) for one, next_one in itertools.pairwise(starts) if next_one - one < gap]
