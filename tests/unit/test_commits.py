"""What an accepted command commits and tells: every claim, every guard and every field of the event (SPEC U6, H4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from properties.support import (
    AI,
    API,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    MONDAY,
    NEXT_MONDAY,
    NOW,
    RESCHEDULED,
    STAFF,
    Clinic,
    clinic,
    monday,
    request,
    update,
    window,
)

from booking_engine import (
    Accepted,
    AddBranch,
    AddService,
    Answered,
    Appointment,
    Branch,
    CalendarWindow,
    Changed,
    CloseBranch,
    ConfigureOrganisation,
    Overridden,
    OverrideTracking,
    Reason,
    ReopenBranch,
    Service,
    Session,
    UpdateBranch,
    Updated,
    UpdateService,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from booking_engine.decisions.decision import Circumstances
from booking_engine.decisions.updating import UpdatePlan, plan_update
from booking_engine.domain import events
from booking_engine.domain.appointment import DoctorDay, appointment_id_of
from booking_engine.domain.branch import BranchClosure
from booking_engine.domain.events import FieldChange
from booking_engine.domain.phone import PlainPhones
from booking_engine.domain.tracking import ALL_SERVICES, Counts, DateOverride, TrackingKey
from booking_engine.ledger.claims import (
    CapacityClaim,
    CapacityRelease,
    Commit,
    DuplicateName,
    ReferenceName,
    Rekeying,
    UniqueClaim,
    UniqueRelease,
    VersionGuard,
)
from booking_engine.ledger.view import LedgerView
from booking_engine.rules.visit import Visit

KEY = TrackingKey("w", MONDAY, "checkup")
NEXT = TrackingKey("w", NEXT_MONDAY, "checkup")
BY_DESK: dict[str, Any] = {"channel": STAFF, "actor": "desk"}


def commit_of(made: Clinic, ask: Any) -> Commit:
    decision = made.engine.check(ask)
    assert isinstance(decision, Accepted)
    return decision.commit


def roomy(**policy: Any) -> Clinic:
    return clinic(window(ai_slots=2, max_slots=5, batch_name="A"), **policy)


# --- Appointments ---------------------------------------------------------------------------------------------------


def test_a_booking() -> None:
    made = roomy(duration_minutes=30)
    commit = commit_of(
        made,
        request(
            monday("09:00"),
            appointment_type="checkup",
            assigned_doctor="Dr Rao",
            external_reference_id="R",
            notes="n",
            channel=AI,
            actor="voice",
        ),
    )
    booked = Appointment(
        appointment_id=appointment_id_of(commit.commit_id),
        service_id="checkup",
        branch_id="main",
        calendar_id="w",
        start=monday("09:00"),
        duration_minutes=30,
        date=MONDAY,
        session=Session.MORNING,
        batch="A",
        patient_name="Patient +911",
        parent_phone="+911",
        phone_key="+911",
        assigned_doctor="Dr Rao",
        notes="n",
        status=CONFIRMED,
        external_reference_id="R",
        booked_via=AI,
        created_at=NOW,
        updated_at=NOW,
    )
    told = events.AppointmentBooked(commit.commit_id, "sunrise", booked.appointment_id, 1, NOW, AI, "voice", booked)
    holder, day = booked.appointment_id, DoctorDay("dr rao", MONDAY)
    assert commit == Commit(
        commit_id=commit.commit_id,
        revision=made.engine.catalog().revision,
        at=NOW,
        claims=(CapacityClaim(KEY, True, 2),),
        unique_claims=(
            UniqueClaim(ReferenceName("R"), holder, 1),
            UniqueClaim(DuplicateName("+911", "checkup", MONDAY, ""), holder, 1),
        ),
        guards=(VersionGuard(day, 0),),
        touched=(day,),
        appointments=(booked,),
        events=(told,),
    )


def test_a_booking_under_the_other_policies() -> None:
    policy = {"ai_quota": "separate", "duplicate_prevention": False, "duplicate_includes_patient": True}
    made = roomy(capacity_scope="shared", **policy)
    commit = commit_of(made, request(monday("09:00"), patient_name=" AADHI", channel=AI))
    total = TrackingKey("w", MONDAY, ALL_SERVICES)
    assert commit.claims == (CapacityClaim(total, True, 5, 2), CapacityClaim(KEY, True, None))
    (holder,) = [appointment.appointment_id for appointment in commit.appointments]
    assert commit.unique_claims == (UniqueClaim(DuplicateName("+911", "checkup", MONDAY, "aadhi"), holder, None),)
    assert (commit.guards, commit.touched) == ((), ())
    staff = commit_of(made, request(monday("09:00"), **BY_DESK))
    assert staff.claims == (CapacityClaim(total, False, 5), CapacityClaim(KEY, False, None))


def test_a_booking_is_held_to_the_limits_of_its_service_on_the_date() -> None:
    made = roomy()
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}||checkup", max_slots=4))
    assert commit_of(made, request(monday("09:00"))).claims == (CapacityClaim(KEY, False, 4),)


def test_a_reference_has_one_holder_also_where_duplicates_are_not_prevented() -> None:
    made = roomy(duplicate_prevention=False)
    commit = commit_of(made, request(monday("09:00"), external_reference_id="R"))
    assert [(claim.name, claim.limit) for claim in commit.unique_claims] == [
        (ReferenceName("R"), 1),
        (DuplicateName("+911", "checkup", MONDAY, ""), None),
    ]


def changed(made: Clinic, before: Appointment, event: type[events.Event], **changes: Any) -> tuple[Commit, Appointment]:
    """The commit of a change by the desk an hour later, and the record after it; its event is what it must be."""
    made.clock.now = NOW + timedelta(hours=1)
    decision = made.engine.check(update(before, **changes, **BY_DESK))
    assert isinstance(decision, Accepted)
    commit = decision.commit
    (after,) = commit.appointments
    told = tuple(
        FieldChange(field.name, getattr(before, field.name), getattr(after, field.name))
        for field in attrs.fields(Appointment)
        if field.name not in ("updated_at", "version") and getattr(before, field.name) != getattr(after, field.name)
    )
    assert decision.result == Updated(after, told)
    assert (after.version, after.updated_at) == (before.version + 1, made.clock.now)
    assert commit.events == (
        event(
            event_id=commit.commit_id,
            org_id="sunrise",
            subject_id=before.appointment_id,
            version=after.version,
            at=made.clock.now,
            channel=STAFF,
            actor="desk",
            record=after,
            changes=told,
        ),
    )
    assert (commit.revision, commit.at) == (made.engine.catalog().revision, made.clock.now)
    return commit, after


def names(day: date = MONDAY) -> tuple[ReferenceName, DuplicateName]:
    return ReferenceName("R"), DuplicateName("+911", "checkup", day, "")


def test_a_move_to_another_date() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), external_reference_id="R", assigned_doctor="Dr Rao", channel=AI)
    start = monday("10:00", NEXT_MONDAY)
    commit, after = changed(made, booked, events.AppointmentRescheduled, appointment_date=start)
    assert after == attrs.evolve(
        booked, start=start, date=NEXT_MONDAY, status=RESCHEDULED, version=2, updated_at=made.clock.now
    )
    holder, day = booked.appointment_id, DoctorDay("dr rao", NEXT_MONDAY)
    assert commit.claims == (CapacityClaim(NEXT, True, 2),)
    assert commit.releases == (CapacityRelease(KEY, True),)
    assert commit.unique_claims == (UniqueClaim(names(NEXT_MONDAY)[1], holder, 1),)
    assert commit.unique_releases == (UniqueRelease(names()[1], holder),)
    assert commit.guards == (VersionGuard(holder, 1), VersionGuard(day, 0))
    assert commit.touched == (day,)


def test_a_move_within_its_window_date_asks_for_nothing_but_the_doctor() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), assigned_doctor="Dr Rao")
    commit, _ = changed(made, booked, events.AppointmentRescheduled, appointment_date=monday("10:00"))
    assert (commit.claims, commit.releases, commit.unique_claims, commit.unique_releases) == ((), (), (), ())
    day = DoctorDay("dr rao", MONDAY)
    assert commit.guards == (VersionGuard(booked.appointment_id, 1), VersionGuard(day, 1))
    assert commit.touched == (day,)


def test_a_move_is_held_to_the_limits_of_its_service_on_the_new_date() -> None:
    made = roomy(duplicate_includes_patient=True)
    booked = made.book(monday("09:00"), patient_name="Aadhi")
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{NEXT_MONDAY}||checkup", max_slots=4))
    start = monday("09:00", NEXT_MONDAY)
    commit, _ = changed(made, booked, events.AppointmentRescheduled, appointment_date=start)
    assert commit.claims == (CapacityClaim(NEXT, False, 4),)
    (claimed,) = commit.unique_claims
    assert claimed.name == DuplicateName("+911", "checkup", NEXT_MONDAY, "aadhi")


def test_another_doctor_changes_nothing_else_whatever_became_of_the_window() -> None:
    made = roomy(duration_minutes=30)
    booked = made.book(monday("09:00"))
    made.engine.update_window(UpdateWindow(slot_id="w", batch_name="B", session=Session.EVENING))
    made.engine.update_service(UpdateService(service_id="checkup", duration_minutes=45))
    commit, after = changed(made, booked, events.AppointmentUpdated, assigned_doctor="Dr Rao")
    assert after == attrs.evolve(booked, assigned_doctor="Dr Rao", version=2, updated_at=made.clock.now)
    day = DoctorDay("dr rao", MONDAY)
    assert (commit.guards, commit.touched) == ((VersionGuard(booked.appointment_id, 1), VersionGuard(day, 0)), (day,))


def test_a_move_must_end_with_its_window() -> None:
    made = roomy(duration_minutes=30)
    booked = made.book(monday("09:00"))
    changed(made, booked, events.AppointmentRescheduled, appointment_date=monday("10:30"))
    refused = made.refused_update(booked, appointment_date=monday("10:31"))
    assert refused.reason is Reason.NO_WINDOW


def test_the_visit_of_a_change_is_that_of_the_appointment() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), channel=AI, assigned_doctor="Dr Rao")
    circumstances = Circumstances(NOW, "new", PlainPhones(), booked)
    start = monday("10:00")
    plan = plan_update(update(booked, appointment_date=start), made.store.catalog(), circumstances)
    assert isinstance(plan, UpdatePlan)
    visit = plan.visit
    assert isinstance(visit, Visit)
    assert (visit.branch_id, visit.start, visit.date, visit.doctor) == ("main", start, MONDAY, "Dr Rao")
    assert (visit.channel, visit.phone_key, visit.patient_name) == (AI, "+911", "Patient +911")
    assert (visit.own, visit.now, visit.relabels) == (booked, NOW, False)


def test_notes_touch_nobody() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), assigned_doctor="Dr Rao", notes="a")
    commit, after = changed(made, booked, events.AppointmentUpdated, notes="b")
    assert after == attrs.evolve(booked, notes="b", version=2, updated_at=made.clock.now)
    assert (commit.claims, commit.releases, commit.unique_claims, commit.unique_releases) == ((), (), (), ())
    assert (commit.guards, commit.touched) == ((VersionGuard(booked.appointment_id, 1),), ())


def test_a_cancellation_and_a_revival() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), external_reference_id="R", channel=API)
    holder = booked.appointment_id
    commit, after = changed(made, booked, events.AppointmentCancelled, status=CANCELLED)
    assert after == attrs.evolve(booked, status=CANCELLED, version=2, updated_at=made.clock.now)
    assert (commit.claims, commit.releases) == ((), (CapacityRelease(KEY, False),))
    assert (commit.unique_claims, commit.unique_releases) == (
        (),
        tuple(UniqueRelease(name, holder) for name in names()),
    )
    made.clock.now = NOW
    cancelled = made.cancel(booked)
    commit, after = changed(made, cancelled, events.AppointmentRevived, status=CONFIRMED)
    assert after.status is CONFIRMED
    assert (commit.claims, commit.releases) == ((CapacityClaim(KEY, False, 5),), ())
    assert commit.unique_claims == tuple(UniqueClaim(name, holder, 1) for name in names())
    assert commit.unique_releases == ()


def test_a_completion_keeps_its_place_and_reference() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), external_reference_id="R", assigned_doctor="Dr Rao")
    commit, _ = changed(made, booked, events.AppointmentCompleted, status=COMPLETED)
    assert (commit.claims, commit.releases, commit.unique_claims) == ((), (), ())
    assert commit.unique_releases == (UniqueRelease(names()[1], booked.appointment_id),)
    assert commit.touched == ()


def test_a_confirmation() -> None:
    made = roomy()
    booked = made.book(monday("09:00"))
    moved = made.update(booked, appointment_date=monday("10:00"))
    _, after = changed(made, moved, events.AppointmentConfirmed, status=CONFIRMED)
    assert after.status is CONFIRMED


# --- The setup ------------------------------------------------------------------------------------------------------

SCAN = Service(service_id="scan", name="Scan", duration_minutes=20)
DAY = timedelta(days=1)
TUESDAY = MONDAY + DAY


def setup() -> Clinic:
    return clinic(window(ai_slots=1, max_slots=2))


@pytest.mark.parametrize(
    ("ask", "kind", "record", "changes"),
    [
        (
            AddBranch(branch_id="n", name="North", **BY_DESK),
            events.BranchAdded,
            Branch(branch_id="n", name="North"),
            (),
        ),
        (
            UpdateBranch(branch_id="main", name="Centre", retired=True, **BY_DESK),
            events.BranchChanged,
            Branch(branch_id="main", name="Centre", retired=True),
            (FieldChange("name", "Main", "Centre"), FieldChange("retired", False, True)),
        ),
        (AddService(service_id="scan", name="Scan", duration_minutes=20, **BY_DESK), events.ServiceAdded, SCAN, ()),
        (
            UpdateService(service_id="checkup", name="Visit", duration_minutes=20, retired=True, **BY_DESK),
            events.ServiceChanged,
            Service(service_id="checkup", name="Visit", duration_minutes=20, retired=True),
            (
                FieldChange("name", "Checkup", "Visit"),
                FieldChange("duration_minutes", 0, 20),
                FieldChange("retired", False, True),
            ),
        ),
        (
            OverrideTracking(slot_id="w||2026-06-15||checkup", max_slots=3, **BY_DESK),
            events.TrackingOverridden,
            DateOverride(calendar_id="w", date=MONDAY, service_id="checkup", max_slots=3),
            (FieldChange("max_slots", None, 3),),
        ),
    ],
)
def test_an_edit_of_the_setup(
    ask: Any, kind: type[events.Event], record: Any, changes: tuple[FieldChange, ...]
) -> None:
    subject_ids = {Branch: "branch_id", Service: "service_id"}
    subject_id = getattr(record, subject_ids[type(record)]) if type(record) in subject_ids else ask.slot_id
    assert_setup(setup(), ask, kind, subject_id, record, changes)


def assert_setup(
    made: Clinic, ask: Any, kind: type[events.Event], subject_id: str, record: Any, changes: tuple[FieldChange, ...]
) -> Commit:
    """The commit puts that record in place, and tells of it as the desk's doing."""
    decision = made.engine.check(ask)
    assert isinstance(decision, Accepted)
    commit, revision = decision.commit, made.engine.catalog().revision
    told = kind(
        event_id=commit.commit_id,
        org_id="sunrise",
        subject_id=subject_id,
        version=revision + 1,
        at=made.clock.now,
        channel=STAFF,
        actor="desk",
        record=record,
        changes=changes,
    )
    assert commit._replace(rekeying=None) == Commit(
        commit_id=commit.commit_id, revision=revision, at=made.clock.now, records=(record,), events=(told,)
    )
    assert (decision.result.record, decision.result.changes) == (record, changes)
    return commit


def test_ids_that_nobody_chose_are_new() -> None:
    made = setup()
    for ask in (AddBranch(name="North"), AddService(name="Scan"), attrs.evolve(window(), calendar_id=None)):
        commit = commit_of(made, ask)
        (told,) = commit.events
        assert told.subject_id == commit.commit_id


def test_a_new_window() -> None:
    made = clinic(services=("checkup", "scan"))
    described: dict[str, Any] = {
        "start_time": "09:00",
        "end_time": "11:00",
        "valid_from": MONDAY,
        "valid_until": NEXT_MONDAY,
        "interval_weeks": 2,
        "status": WindowStatus.CLOSED,
        "ai_slots": 1,
    }
    ask = window("x", batch_name="A", appointment_type_id="SCAN", max_slots=3, **described, **BY_DESK)
    record = CalendarWindow(
        calendar_id="x",
        branch_id="main",
        day=Weekday.MONDAY,
        session=Session.MORNING,
        batch="A",
        service_id="scan",
        max_slots=3,
        created_at=NOW,
        updated_at=NOW,
        **described,
    )
    assert_setup(made, ask, events.WindowCreated, "x", record, ())


def test_a_window_that_is_changed_in_everything() -> None:
    made = setup()
    before = made.engine.catalog().windows["w"]
    made.clock.now = NOW + timedelta(hours=1)
    values: dict[str, Any] = {
        "day": Weekday.TUESDAY,
        "session": Session.EVENING,
        "ai_slots": 3,
        "max_slots": 4,
        "start_time": "17:00",
        "end_time": None,
        "status": WindowStatus.CLOSED,
        "valid_from": TUESDAY,
        "valid_until": NEXT_MONDAY,
        "interval_weeks": 3,
    }
    ask = UpdateWindow(slot_id="w||2026-06-15", batch_name="B", **values, **BY_DESK)
    after = attrs.evolve(before, batch="B", updated_at=made.clock.now, version=2, **values)
    changes = tuple(
        FieldChange(field.name, getattr(before, field.name), getattr(after, field.name))
        for field in attrs.fields(CalendarWindow)
        if field.name in {*values, "batch"}
    )
    assert_setup(made, ask, events.WindowUpdated, "w", after, changes)
    made.clock.now = NOW - timedelta(hours=1)
    turned_back = commit_of(made, ask).records[0]
    assert isinstance(turned_back, CalendarWindow)
    assert turned_back.updated_at == NOW


def test_a_closure_and_its_end() -> None:
    made = setup()
    ask = CloseBranch(
        branch_id="main", first_date=MONDAY, last_date=NEXT_MONDAY, only={TUESDAY}, label="Holi", **BY_DESK
    )
    commit = commit_of(made, ask)
    closure = BranchClosure(
        closure_id=commit.commit_id,
        branch_id="main",
        first_date=MONDAY,
        last_date=NEXT_MONDAY,
        only=(TUESDAY,),
        label="Holi",
    )
    (told,) = commit.events
    assert told == events.BranchClosed(
        told.event_id, "sunrise", closure.closure_id, commit.revision + 1, NOW, STAFF, "desk", closure
    )
    closed = made.engine.close_branch(ask).record
    lifted = attrs.evolve(closed, lifted=True)
    lift = ReopenBranch(closure_id=closed.closure_id, **BY_DESK)
    changes = (FieldChange("lifted", False, True),)
    assert_setup(made, lift, events.BranchReopened, closed.closure_id, lifted, changes)
    assert made.engine.check(ask) == Answered(Changed(closed))


@pytest.mark.parametrize(
    ("day", "is_closed"), [(MONDAY, True), (NEXT_MONDAY, True), (MONDAY - DAY, False), (NEXT_MONDAY + DAY, False)]
)
def test_a_closure_has_the_dates_of_its_range_both_ends_included(day: date, is_closed: bool) -> None:
    made = setup()
    ask = CloseBranch(branch_id="main", first_date=MONDAY, last_date=NEXT_MONDAY, only={day})
    decision = made.engine.check(ask)
    assert isinstance(decision, Accepted) is is_closed


def test_an_override_is_answered_with_what_stands_after_it() -> None:
    made = setup()
    made.engine.create_window(window("x"))
    ask = OverrideTracking(slot_id="w||2026-06-15", max_slots=1, ai_slots=1)
    decision = made.engine.check(ask)
    assert isinstance(decision, Accepted)
    assert [record.key for record in decision.result.records] == [KEY]
    assert [record.counts.filled for record in decision.result.records] == [0]
    # Somebody books between the first look and the commit; the answer is from the second look.
    first, second = (made.book(monday("09:00"), phone) for phone in ("+911", "+912"))
    assert {first.calendar_id, second.calendar_id} == {"w"}
    assert decision.look_again is not None
    days = {MONDAY: {"w": {"checkup": Counts(2, 0)}}}
    again = decision.look_again(LedgerView(revision=0, days=days, standing=(first, second)))
    assert isinstance(again, Overridden)
    assert [(record.key, record.counts.filled, record.overbooked_by) for record in again.records] == [(KEY, 2, 1)]
    assert again.impact.over_capacity == (second,)
    assert again.record == decision.result.record
    made.engine.override_tracking(ask)
    same = made.engine.check(ask)
    assert isinstance(same, Answered)
    assert (same.result.record, same.result.changes) == (again.record, ())


def test_a_policy_that_moves_keys() -> None:
    made = setup()
    before = made.engine.catalog().organisation
    zone = "Pacific/Kiritimati"
    configuration = attrs.evolve(before.configuration, timezone=zone)
    after = attrs.evolve(before, name="Sunset", configuration=configuration)
    changes = (
        FieldChange("name", "Sunrise Clinic", "Sunset"),
        FieldChange("configuration", before.configuration, configuration),
    )
    ask = ConfigureOrganisation(name="Sunset", timezone=zone, **BY_DESK)
    commit = assert_setup(made, ask, events.OrganisationConfigured, "sunrise", after, changes)
    assert isinstance(commit.rekeying, Rekeying)
    assert commit.rekeying.configuration == configuration
    booked = made.book(monday("10:30"))
    made.clock.now = NOW + timedelta(hours=1)
    refile = commit.rekeying.refile
    older = attrs.evolve(booked, updated_at=NOW - timedelta(hours=1))
    assert refile(older) == attrs.evolve(booked, date=TUESDAY, version=2, updated_at=NOW)
    assert refile(attrs.evolve(booked, date=TUESDAY)) == attrs.evolve(booked, date=TUESDAY)
    later = attrs.evolve(booked, updated_at=NOW + timedelta(days=1))
    assert refile(later).updated_at == later.updated_at
    assert commit_of(made, ConfigureOrganisation(min_notice_hours=5)).rekeying is None
