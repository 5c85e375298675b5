"""What an accepted command about a hold commits and tells: every claim, guard and field of the event (SPEC H1, H4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
from properties.support import AI, MONDAY, NOW, STAFF, Clinic, Watched, clinic, monday, window

from booking_engine import Accepted, ConfirmHold, ExtendHold, Hold, HoldPlace, ReleaseHold, Session
from booking_engine.domain import events
from booking_engine.domain.appointment import DoctorDay
from booking_engine.domain.events import FieldChange
from booking_engine.domain.organisation import CapacityScope
from booking_engine.domain.tracking import ALL_SERVICES, TrackingKey
from booking_engine.ledger.claims import (
    CapacityClaim,
    CapacityRelease,
    Commit,
    DuplicateName,
    HoldGuard,
    ReferenceName,
    UniqueClaim,
    VersionGuard,
)
from booking_engine.ledger.view import LedgerQuery

KEY = TrackingKey("w", MONDAY, "checkup")
TOTAL = KEY._replace(service_id=ALL_SERVICES)
NINE = monday("09:00")
BY_DESK: dict[str, Any] = {"channel": STAFF, "actor": "desk"}
WISH = HoldPlace(holder="call-1", appointment_type="checkup", appointment_date=NINE)


def commit_of(made: Clinic, ask: Any) -> Commit:
    decision = made.engine.check(ask)
    assert isinstance(decision, Accepted)
    assert decision.commit.revision == made.store.catalog().revision
    return decision.commit


def held(made: Clinic, **fields: Any) -> Hold:
    return made.engine.hold(attrs.evolve(WISH, **fields)).hold


def test_a_hold_claims_its_place_and_guards_that_there_is_none() -> None:
    made = clinic(window(ai_slots=2, max_slots=5))
    commit = commit_of(made, attrs.evolve(WISH, channel=AI, actor="agent", parent_phone="+911", assigned_doctor="Dr R"))
    (hold,), (event,) = commit.holds, commit.events
    assert commit == Commit(
        commit_id=event.event_id,
        revision=made.store.catalog().revision,
        at=NOW,
        claims=(CapacityClaim(KEY, True, 2),),
        guards=(HoldGuard("call-1", None, 0),),
        events=(event,),
        holds=(hold,),
    )
    assert event == events.PlaceHeld(
        event_id=hold.hold_id.removeprefix("hold_"),
        org_id="sunrise",
        subject_id=hold.hold_id,
        version=1,
        at=NOW,
        channel=AI,
        actor="agent",
        record=hold,
    )


def test_under_shared_the_total_alone_has_a_limit() -> None:
    made = clinic(window(ai_slots=2, max_slots=5), capacity_scope=CapacityScope.SHARED, ai_quota="separate")
    commit = commit_of(made, attrs.evolve(WISH, channel=AI))
    assert commit.claims == (CapacityClaim(TOTAL, True, 5, 2), CapacityClaim(KEY, True, None))


def test_a_move_releases_and_claims_and_tells_from_where() -> None:
    evening = window("e", ai_slots=5, session=Session.EVENING, start_time="17:00", end_time="18:00")
    made = clinic(window(ai_slots=5), evening)
    before = held(made, channel=AI)
    commit = commit_of(made, attrs.evolve(WISH, appointment_date=monday("17:00"), **BY_DESK))
    (after,), (event,) = commit.holds, commit.events
    assert commit.claims == (CapacityClaim(KEY._replace(calendar_id="e"), True, 5),)
    assert commit.releases == (CapacityRelease(KEY, True),)
    assert (commit.guards, commit.unheld) == ((HoldGuard("call-1", before.hold_id, 1),), ())
    assert (type(event), event.subject_id, event.version) == (events.PlaceHeld, after.hold_id, 1)
    assert event.changes == (
        FieldChange("hold_id", before.hold_id, after.hold_id),
        FieldChange("calendar_id", "w", "e"),
        FieldChange("start", NINE, monday("17:00")),
        FieldChange("session", Session.MORNING, Session.EVENING),
    )


def test_a_move_to_another_service_of_a_shared_window_claims_the_service_alone() -> None:
    made = clinic(window(ai_slots=1), services=("checkup", "scan"), capacity_scope=CapacityScope.SHARED)
    held(made)
    commit = commit_of(made, attrs.evolve(WISH, appointment_type="scan"))
    assert commit.claims == (CapacityClaim(KEY._replace(service_id="scan"), False, None),)
    assert commit.releases == (CapacityRelease(KEY, False),)


def test_a_move_within_its_window_date_and_service_claims_nothing() -> None:
    made = clinic(window(ai_slots=1))
    held(made)
    commit = commit_of(made, attrs.evolve(WISH, appointment_date=monday("10:00")))
    assert (commit.claims, commit.releases) == ((), ())


def test_an_extension_puts_the_next_version() -> None:
    made = clinic(window(ai_slots=1))
    before = held(made)
    made.clock.now += timedelta(seconds=10)
    commit = commit_of(made, ExtendHold(hold_id=before.hold_id, **BY_DESK))
    (after,), (event,) = commit.holds, commit.events
    assert after == attrs.evolve(before, ends_at=NOW + timedelta(seconds=310), version=2)
    assert commit == Commit(
        commit_id=event.event_id,
        revision=made.store.catalog().revision,
        at=made.clock.now,
        guards=(HoldGuard("call-1", before.hold_id, 1),),
        events=(event,),
        holds=(after,),
    )
    assert event == events.HoldExtended(
        event_id=event.event_id,
        org_id="sunrise",
        subject_id=before.hold_id,
        version=2,
        at=made.clock.now,
        **BY_DESK,
        record=after,
        changes=(FieldChange("ends_at", before.ends_at, after.ends_at),),
    )


def test_a_release_gives_every_place_back() -> None:
    made = clinic(window(ai_slots=1), capacity_scope=CapacityScope.SHARED)
    before = held(made, channel=AI)
    made.clock.now += timedelta(seconds=10)
    commit = commit_of(made, ReleaseHold(hold_id=before.hold_id, **BY_DESK))
    (event,) = commit.events
    assert commit == Commit(
        commit_id=event.event_id,
        revision=made.store.catalog().revision,
        at=made.clock.now,
        releases=(CapacityRelease(TOTAL, True), CapacityRelease(KEY, True)),
        guards=(HoldGuard("call-1", before.hold_id, 1),),
        events=(event,),
        unheld=("call-1",),
    )
    assert event == events.HoldReleased(
        event_id=event.event_id,
        org_id="sunrise",
        subject_id=before.hold_id,
        version=2,
        at=made.clock.now,
        **BY_DESK,
        record=attrs.evolve(before, ends_at=made.clock.now, version=2),
        changes=(FieldChange("ends_at", before.ends_at, made.clock.now),),
    )


def test_a_confirmation_takes_the_place_over_and_claims_names() -> None:
    made = clinic(window(ai_slots=1), duplicate_prevention=False)
    hold = held(made, channel=AI)
    fields: dict[str, Any] = {
        "patient_name": "P",
        "parent_phone": "+911",
        "assigned_doctor": "Dr Rao",
        "external_reference_id": "R",
    }
    commit = commit_of(made, ConfirmHold(hold_id=hold.hold_id, **fields, **BY_DESK))
    (appointment,), (event,) = commit.appointments, commit.events
    day, holder = DoctorDay("dr rao", MONDAY), appointment.appointment_id
    assert commit == Commit(
        commit_id=event.event_id,
        revision=made.store.catalog().revision,
        at=NOW,
        unique_claims=(
            UniqueClaim(ReferenceName("R"), holder, 1),
            UniqueClaim(DuplicateName("+911", "checkup", MONDAY, ""), holder, None),
        ),
        guards=(HoldGuard("call-1", hold.hold_id, 1), VersionGuard(day, 0)),
        touched=(day,),
        appointments=(appointment,),
        events=(event,),
        unheld=("call-1",),
    )
    assert event == events.AppointmentBooked(
        event_id=event.event_id, org_id="sunrise", subject_id=holder, version=1, at=NOW, **BY_DESK, record=appointment
    )
    assert len(made.engine.history(hold.hold_id)) == 1


def test_a_hold_looks_at_its_own_candidates_and_at_nobody_who_is_not_named() -> None:
    store = Watched()
    made = clinic(
        window(ai_slots=1), window("e", session=Session.EVENING, start_time="17:00", end_time="18:00"), store=store
    )
    made.rows()  # the catalog is known now
    store.asked.clear()
    held(made)
    made.refused(attrs.evolve(WISH, appointment_type="nothing"))
    assert store.asked == [
        LedgerQuery(now=NOW, days=(MONDAY,), calendar_ids=("w",), holder="call-1"),
        LedgerQuery(now=NOW, holder="call-1"),
    ]


def test_a_confirmation_looks_at_no_counts() -> None:
    store = Watched()
    made = clinic(window(ai_slots=1), store=store)
    hold = held(made)
    store.asked.clear()
    made.engine.confirm_hold(ConfirmHold(hold_id=hold.hold_id, patient_name="P", parent_phone="+911"))
    first = LedgerQuery(now=NOW, hold_id=hold.hold_id)
    assert store.asked == [first, attrs.evolve(first, duplicate=DuplicateName("+911", "checkup", MONDAY, ""))]
