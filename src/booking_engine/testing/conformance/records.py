"""Cases of records: what comes out is what went in, every script, every instant, every field (SPEC I3, T5)."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any

from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import AppointmentRescheduled, FieldChange
from booking_engine.domain.organisation import AiQuota, CapacityScope, Configuration, Organisation
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import DateOverride
from booking_engine.domain.window import Session, Weekday, WindowStatus
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import FIRST, KEY, MAIN, MONDAY, NINE, NOW, following, visit, window
from booking_engine.testing.conformance.picture import records_of

TEXTS = (
    "plain",
    "inner   spaces kept",
    'O\'Brien "Bob" \\ `x` ; -- /* */ :name $1 ? {} %s',
    "100% _ [a-z] *",
    "आरव शर्मा",
    "محمد \u202bعلي\u202c",
    "陳大文",
    "อาทิตย์",
    "Zoë \u00e9 \u0130\u0131 ß ǅ",
    "👩\u200d👧\u200d👦 🦷",
    "\U0001f9d1\U0010fffd",
    "null",
)
"""What a name may contain."""

FULLEST = Configuration(
    timezone="Asia/Kolkata",
    enabled=False,
    buffer_time_minutes=1_440,
    max_advance_booking_days=365,
    min_notice_hours=0,
    allow_reschedule=False,
    allow_cancellation=False,
    cancellation_notice_hours=1,
    duplicate_prevention=False,
    reschedule_notice_hours=3,
    ai_quota=AiQuota.SEPARATE,
    capacity_scope=CapacityScope.SHARED,
    hold_seconds=1,
    hold_max_seconds=2,
    default_region="IN",
    duplicate_includes_patient=True,
    issue_tokens=True,
    session_hours={Session.EVENING: ("17:00", "24:00"), Session.MORNING: ("00:00", "12:00")},
)


class RecordCases(StoreCases):
    """Records come back equal."""

    def test_appointments_come_back_as_they_were_put(self) -> None:
        """All fields set, and all that can be empty empty."""
        desk = self.open_desk()
        full = visit(
            "a",
            duration_minutes=45,
            batch="MA",
            assigned_doctor="Dr Rao",
            notes="first line\nsecond\tline",
            status=AppointmentStatus.RESCHEDULED,
            external_reference_id="ref-1",
            booked_via=Channel.AI_AGENT,
            updated_at=NOW + timedelta(microseconds=1),
            token=7,
            version=3,
        )
        for appointment in (full, visit("b")):
            desk.book(appointment)
            expect(desk.store.appointment(appointment.appointment_id), appointment, "every field as it was put")
            expect(desk.view(appointment_id=appointment.appointment_id).appointment, appointment, "in views too")
        expect(desk.store.appointment("appt_never"), None, "an unknown id is nobody")

    def test_text_is_stored_exactly(self) -> None:
        """Any script, quotes, wildcards, joiners, astral characters; NFC as it came, nothing trimmed or folded."""
        desk = self.open_desk()
        for number, written in enumerate(TEXTS):
            text = unicodedata.normalize("NFC", written)
            values: dict[str, Any] = dict.fromkeys(("patient_name", "parent_phone", "phone_key", "notes"), text)
            values |= {"external_reference_id": f"{number}{text}", "assigned_doctor": text, "batch": text}
            booked = visit(f"n{number}", **values)
            commit = desk.booking(booked)
            desk.done(commit)
            expect(desk.store.appointment(booked.appointment_id), booked, f"the text {text!r} comes back as it was")
            expect(desk.view(reference=f"{number}{text}").referenced, booked, "and is found by it")
            expect(desk.store.history(booked.appointment_id), commit.events, "and told as it was")
        desk.expect_sound()

    def test_long_text_is_stored_whole(self) -> None:
        """As long as SPEC I3 admits, in characters and not in bytes."""
        desk = self.open_desk()
        names: dict[str, Any] = dict.fromkeys(("patient_name", "parent_phone", "phone_key", "batch"), "🦷" * 200)
        booked = visit("a", **names, external_reference_id="é" * 200, assigned_doctor="ß" * 200, notes="🦷" * 2_000)
        desk.book(booked)
        expect(desk.store.appointment(booked.appointment_id), booked, "nothing is cut off")
        desk.expect_sound()

    def test_instants_are_stored_to_the_microsecond(self) -> None:
        """From 2000 to 2199, in aware UTC (SPEC T5)."""
        desk = self.open_desk()
        instants = (
            datetime(2000, 1, 1, tzinfo=UTC),
            datetime(2026, 6, 15, 9, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 6, 15, 9, 0, 0, 999_999, tzinfo=UTC),
            datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
            datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        )
        for number, instant in enumerate(instants):
            booked = visit(
                f"n{number}", start=instant, date=instant.date(), created_at=instant, updated_at=instant, version=1
            )
            desk.book(booked)
            found = desk.store.appointment(booked.appointment_id)
            assert found is not None
            expect(found, booked, "the instant comes back as it was")
            offsets = [each.utcoffset() for each in (found.start, found.created_at, found.updated_at)]
            expect(offsets, [timedelta(0)] * 3, "and is aware, in UTC")
        filled = {instant.date(): desk.counts(KEY._replace(date=instant.date())).filled for instant in instants}
        expect(list(filled.values()), [1, 2, 1, 1], "each date is a key of its own")
        desk.expect_sound()

    def test_the_catalog_comes_back_as_it_was_put(self) -> None:
        """Every kind of record, with all its fields, once new and once replaced."""
        desk = self.open_desk()
        full: tuple[CatalogRecord, ...] = (
            Organisation(org_id=desk.org_id, name="आरव \U0001f9b7 O'Brien", configuration=FULLEST),
            Branch(branch_id="a branch", name="Zweigstelle", retired=True),
            Service(service_id="A-service", name="'; --", duration_minutes=1_440, retired=True),
            window(
                "a window",
                day=Weekday.SUNDAY,
                session=Session.EVENING,
                ai_slots=0,
                max_slots=1_000_000,
                start_time=None,
                end_time="24:00",
                batch="100%",
                service_id="A-service",
                status=WindowStatus.CLOSED,
                valid_from=date(2000, 1, 1),
                valid_until=date(2199, 12, 31),
                interval_weeks=52,
                updated_at=NOW + timedelta(microseconds=1),
            ),
            DateOverride(calendar_id=FIRST.calendar_id, date=MONDAY, status=WindowStatus.CLOSED),
            DateOverride(calendar_id=FIRST.calendar_id, date=MONDAY, service_id="A-service", max_slots=0, ai_slots=0),
            BranchClosure(
                closure_id="closure-1",
                branch_id=MAIN.branch_id,
                first_date=date(2000, 1, 1),
                last_date=date(2199, 12, 31),
                only=(MONDAY, date(2199, 12, 31)),
                label="Ünïcode",
                lifted=True,
            ),
            BranchClosure(closure_id="closure-2", branch_id=MAIN.branch_id, first_date=MONDAY, last_date=MONDAY),
            BranchClosure(closure_id="closure-3", branch_id="a branch", first_date=MONDAY, last_date=MONDAY, only=()),
            DateOverride(calendar_id=FIRST.calendar_id, date=MONDAY),
            window("a window"),
        )
        wanted = desk.store.catalog()
        for record in full:
            commit = desk.setting(record)
            desk.done(commit)
            wanted = wanted.with_records((record,))
            found = desk.store.catalog()
            expect(found.revision, wanted.revision, "one revision for each commit")
            expect(records_of(found), records_of(wanted), f"every record is as it was put: {record!r}")
            expect(desk.store.history(commit.events[0].subject_id)[-1:], commit.events, "and told as it was")

    def test_events_keep_their_kind_and_their_changes(self) -> None:
        """Fields before and after, of every kind of value."""
        desk = self.open_desk()
        before = visit("a")
        later = NINE + timedelta(hours=1, microseconds=1)
        after = following(before, start=later, status=AppointmentStatus.RESCHEDULED, notes="आरव", duration_minutes=5)
        desk.book(before)
        commit = desk.change(before, after)
        told = AppointmentRescheduled(
            event_id=commit.commit_id,
            org_id=desk.org_id,
            subject_id=before.appointment_id,
            version=2,
            at=NOW + timedelta(microseconds=1),
            channel=Channel.AI_AGENT,
            actor=None,
            record=after,
            changes=(
                FieldChange("start", before.start, after.start),
                FieldChange("duration_minutes", 0, 5),
                FieldChange("notes", None, "आरव"),
                FieldChange("status", before.status, after.status),
            ),
        )
        desk.done(desk.change(before, after, events=(told,), commit_id=commit.commit_id))
        (_, found) = desk.store.history(before.appointment_id)
        expect((type(found), found), (type(told), told), "the event is told as it was")
        expect([type(change.before) for change in found.changes], [type(c.before) for c in told.changes], "typed")
