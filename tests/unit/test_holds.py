"""SPEC H1, C1 by examples: taking, moving, extending, giving up, confirming and ending a hold."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import attrs
import pytest
from properties.support import (
    AI,
    MONDAY,
    NEXT_MONDAY,
    NOW,
    STAFF,
    Clinic,
    Clock,
    clinic,
    monday,
    request,
    why,
    window,
)

from booking_engine import (
    Accepted,
    AddBranch,
    AddService,
    Answered,
    Appointment,
    AsyncBookingEngine,
    Booked,
    CloseBranch,
    ConfigureOrganisation,
    ConfirmHold,
    ExtendHold,
    Held,
    Hold,
    HoldPlace,
    OverrideTracking,
    Reason,
    RejectionCode,
    Released,
    ReleaseHold,
    ReopenBranch,
    Session,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
    WindowStatus,
)
from booking_engine.adapters.memory import AsyncMemoryStore
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.tracking import ALL_SERVICES, Counts, TrackingKey

FULL = (RejectionCode.SLOT_FULL, Reason.CAPACITY)
ENDED = (RejectionCode.HOLD_ENDED, None)
BUSY = (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)
NINE, TEN = monday("09:00"), monday("10:00")
KEY = TrackingKey("w", MONDAY, "checkup")
TOTAL = KEY._replace(service_id=ALL_SERVICES)
GIVEN_BACK = Counts(0, 0)


def wish(start: Any = NINE, holder: str = "call-1", **fields: Any) -> HoldPlace:
    return HoldPlace(**{"holder": holder, "appointment_type": "checkup", "appointment_date": start, **fields})


def held(made: Clinic, start: Any = NINE, holder: str = "call-1", **fields: Any) -> Hold:
    """A hold that is granted afresh."""
    answer = made.engine.hold(wish(start, holder, **fields))
    assert not answer.replayed
    return answer.hold


def confirmation(hold: Hold | str, phone: str = "+911", **fields: Any) -> ConfirmHold:
    hold_id = hold if isinstance(hold, str) else hold.hold_id
    return ConfirmHold(**{"hold_id": hold_id, "patient_name": f"Patient {phone}", "parent_phone": phone, **fields})


def confirmed(made: Clinic, hold: Hold, phone: str = "+911", **fields: Any) -> Appointment:
    answer = made.engine.confirm_hold(confirmation(hold, phone, **fields))
    assert not answer.replayed
    return answer.appointment


def two_windows(**fields: Any) -> Clinic:
    """A window in the morning, and one with one place at five."""
    evening = window("e", ai_slots=1, session=Session.EVENING, start_time="17:00", end_time="18:00")
    return clinic(window(**{"ai_slots": 1, **fields}), evening)


def later(made: Clinic, by: timedelta) -> None:
    made.clock.now += by


def counts(made: Clinic, key: TrackingKey = KEY) -> Counts:
    """What is stored, ended holds included."""
    assert made.engine.verify() == ()
    return made.snapshot().counts.get(key, GIVEN_BACK)


# --- Taking a place -------------------------------------------------------------------------------------------------


def test_h1_a_hold_is_a_place_in_a_window_until_it_ends() -> None:
    made = clinic(window(ai_slots=5, batch_name="A"), duration_minutes=20)
    assert held(made, channel=AI) == Hold(
        hold_id="hold_00000000000000000000000005",
        holder="call-1",
        service_id="checkup",
        branch_id="main",
        calendar_id="w",
        start=NINE,
        duration_minutes=20,
        date=MONDAY,
        session=Session.MORNING,
        batch="A",
        channel=AI,
        created_at=NOW,
        ends_at=NOW + timedelta(seconds=300),
        version=1,
    )
    assert counts(made) == (1, 1)


def test_c1_a_held_place_is_taken_for_everybody_else() -> None:
    made = clinic(window(ai_slots=1))
    held(made)
    assert (made.row().filled_slots, made.row().available_slots) == (1, 0)
    assert made.record().counts == (1, 0)
    assert why(made.refused_booking(TEN)) == FULL
    assert why(made.refused(wish(TEN, "call-2"))) == FULL
    assert made.appointments() == ()


def test_h1_it_ends_at_its_instant_without_any_sweeper() -> None:
    made = clinic(window(ai_slots=1))
    hold = held(made)
    made.clock.now = hold.ends_at - TICK
    assert made.row().available_slots == 0
    assert why(made.refused_booking(NINE)) == FULL
    made.clock.now = hold.ends_at
    assert (made.row().filled_slots, made.row().available_slots) == (0, 1)
    assert made.record().counts == (0, 0)
    assert counts(made) == (1, 0), "it is still stored, and nobody sees it"
    assert made.engine.regenerate().records == made.engine.regenerate().records
    made.book(NINE)
    assert counts(made) == (1, 0)
    assert made.snapshot().holds == ()


def test_h1_ended_holds_make_no_tracking_record() -> None:
    made = clinic(window(ai_slots=1))
    held(made)
    made.engine.update_window(UpdateWindow(slot_id="w", valid_from=NEXT_MONDAY))
    records = made.engine.regenerate().records
    assert [record.counts for record in made.records()] == [(1, 0)], "the rule has the date no more, the hold has"
    later(made, timedelta(minutes=5))
    assert made.records() == ()
    assert made.engine.regenerate().records == records - 1


def test_h1_the_configuration_says_how_long() -> None:
    made = clinic(window(ai_slots=1), hold_seconds=7)
    assert held(made).ends_at == NOW + 7 * SECOND


def test_h1_what_a_booking_is_refused_for_a_hold_is_refused_for() -> None:
    made = clinic(window(ai_slots=1), branches=("main", "other"))
    main: dict[str, Any] = {"branch_id": "main"}
    refused = [problem.field for problem in made.refused(wish(None, "", session="Noon")).fields]
    assert refused == ["holder", "appointment_date", "session"]
    assert why(made.refused(wish(appointment_type="nothing"))) == (RejectionCode.INVALID_APPOINTMENT_TYPE, None)
    assert [problem.field for problem in made.refused(wish()).fields] == ["branch_id"]
    assert why(made.refused(wish(NOW, **main))) == (RejectionCode.PAST_APPOINTMENT, None)
    soon = made.refused(wish(NOW + timedelta(hours=1), **main))
    assert why(soon) == (RejectionCode.OUTSIDE_AVAILABILITY, Reason.MIN_NOTICE)
    outside = (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)
    assert why(made.refused(wish(monday("11:00"), **main))) == outside
    assert why(made.refused(wish(batch="B", **main))) == outside
    made.engine.disable_window("w")
    assert why(made.refused(wish(**main))) == (RejectionCode.SLOT_INACTIVE, None)
    made.configure(enabled=False)
    assert why(made.refused(wish(**main))) == (RejectionCode.BOOKING_DISABLED, None)
    assert made.snapshot().holds == ()


def test_h1_duplicates_are_looked_for_when_a_phone_is_given() -> None:
    made = clinic(window(ai_slots=5))
    booked = made.book(NINE)
    refused = made.refused(wish(TEN, parent_phone="+91 1"))
    assert (refused.code, refused.existing_appointment_id) == (
        RejectionCode.DUPLICATE_BOOKING,
        booked.appointment_id,
    )
    assert held(made, TEN).holder == "call-1"
    assert held(made, TEN, "call-2", parent_phone="+912").holder == "call-2"


def test_h1_where_siblings_count_apart_duplicates_are_looked_for_by_name_too() -> None:
    made = clinic(window(ai_slots=5), duplicate_includes_patient=True)
    made.book(NINE)
    assert held(made, parent_phone="+911").version == 1
    named = wish(TEN, "call-2", parent_phone="+911", patient_name="patient  +911")
    assert made.refused(named).code is RejectionCode.DUPLICATE_BOOKING


def test_h1_a_doctor_is_asked_for_and_not_occupied() -> None:
    made = clinic(window(ai_slots=5), buffer_time_minutes=15)
    made.book(NINE, assigned_doctor="Dr Rao")
    assert why(made.refused(wish(monday("09:10"), assigned_doctor="dr rao"))) == BUSY
    hold = held(made, TEN, assigned_doctor="Dr Rao")
    made.book(monday("10:05"), "+912", assigned_doctor="Dr Rao")
    assert why(made.refused(confirmation(hold, "+913", assigned_doctor="Dr Rao"))) == BUSY
    assert confirmed(made, hold, "+913", assigned_doctor="Dr Sen").assigned_doctor == "Dr Sen"


@pytest.mark.parametrize(("quota", "third"), [(AiQuota.NESTED, None), (AiQuota.SEPARATE, AI)])
def test_c4_a_hold_counts_against_its_channels_quota(quota: AiQuota, third: Any) -> None:
    made = clinic(window(ai_slots=2, max_slots=3), ai_quota=quota)
    held(made, holder="call-1", channel=AI)
    held(made, holder="call-2", channel=STAFF)
    granted = [third] if third else []
    for channel in granted:
        held(made, holder="call-3", channel=channel)
    refused = made.refused(wish(holder="call-4", channel=AI))
    assert why(refused) == (RejectionCode.SLOT_FULL, Reason.CAPACITY if granted else Reason.AI_QUOTA)
    assert counts(made) == (2 + len(granted), 1 + len(granted))


def test_c2_under_shared_it_is_counted_in_the_total_too() -> None:
    made = clinic(window(ai_slots=2), services=("checkup", "vaccination"), capacity_scope=CapacityScope.SHARED)
    held(made, channel=AI)
    held(made, holder="call-2", appointment_type="vaccination")
    assert (counts(made, TOTAL), counts(made)) == ((2, 1), (1, 1))
    assert why(made.refused(wish(holder="call-3"))) == FULL
    later(made, timedelta(minutes=5))
    made.book(NINE, channel=AI)
    assert (counts(made, TOTAL), counts(made)) == ((1, 1), (1, 1))
    assert counts(made, KEY._replace(service_id="vaccination")) == GIVEN_BACK


# --- The same wish again, and another -------------------------------------------------------------------------------


def test_h1_the_same_wish_is_answered_with_what_stands() -> None:
    made = clinic(window(ai_slots=1), branches=("main", "other"))
    hold = held(made, branch_id="main")
    later(made, 10 * SECOND)
    for again in (
        wish(branch_id="main"),
        wish(),
        wish(appointment_type=" CHECKUP "),
        wish(session=Session.MORNING, channel=AI),
    ):
        assert made.engine.hold(again) == Held(hold, True), "never extended, and nothing else is asked"
    made.engine.disable_window("w")
    made.configure(enabled=False)
    assert made.engine.hold(wish()) == Held(hold, True)
    made.engine.update_service(UpdateService(service_id="checkup", retired=True))
    assert made.engine.hold(wish()) == Held(hold, True)
    assert why(made.refused(wish(appointment_type="other"))) == (RejectionCode.BOOKING_DISABLED, None)
    assert len(made.engine.history(hold.hold_id)) == 1


def test_h1_another_branch_session_or_batch_is_another_wish() -> None:
    windows = (
        window("a", ai_slots=5, batch_name="A"),
        window("b", ai_slots=5, batch_name="B"),
        window("c", ai_slots=5, session=Session.EVENING),
        window("d", ai_slots=5, branch_id="other"),
    )
    made = clinic(*windows, branches=("main", "other"))
    main: dict[str, Any] = {"branch_id": "main"}
    assert held(made, **main, batch="A").calendar_id == "a"
    assert held(made, **main, batch="B").calendar_id == "b"
    assert made.engine.hold(wish(batch="B", session=Session.MORNING)).replayed
    assert held(made, **main, session=Session.EVENING).calendar_id == "c"
    assert held(made, branch_id="other").calendar_id == "d"
    assert len(made.snapshot().holds) == 1


def test_h1_once_it_ended_the_same_wish_is_a_new_hold() -> None:
    made = clinic(window(ai_slots=1))
    first = held(made)
    made.clock.now = first.ends_at
    second = held(made)
    assert (second.hold_id != first.hold_id, second.created_at) == (True, first.ends_at)
    assert made.snapshot().holds == (second,)
    assert counts(made) == (1, 0)


def test_h1_another_wish_moves_the_hold_in_one_commit() -> None:
    made = two_windows()
    first = held(made)
    later(made, SECOND)
    second = held(made, monday("17:00"))
    assert (second.hold_id != first.hold_id, second.calendar_id) == (True, "e")
    assert second.ends_at == NOW + 301 * SECOND
    assert (counts(made), counts(made, KEY._replace(calendar_id="e"))) == (GIVEN_BACK, (1, 0))
    assert made.snapshot().holds == (second,)
    assert why(made.refused(confirmation(first))) == ENDED


def test_h1_a_move_that_is_refused_leaves_the_hold_where_it_is() -> None:
    made = two_windows()
    hold = held(made)
    made.book(monday("17:00"))
    assert why(made.refused(wish(monday("17:30")))) == FULL
    assert why(made.refused(wish(monday("12:00")))) == (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)
    assert made.snapshot().holds == (hold,)
    assert made.engine.hold(wish()) == Held(hold, True)


def test_h1_a_move_within_a_full_window_asks_for_no_place() -> None:
    made = clinic(window(ai_slots=2))
    held(made)
    made.book(TEN, "+912")
    made.engine.update_window(UpdateWindow(slot_id="w", max_slots=1, ai_slots=1))
    assert held(made, monday("10:30")).start == monday("10:30")
    assert counts(made) == (2, 0)


def test_h1_a_move_to_another_service_asks_for_its_place() -> None:
    made = clinic(window(ai_slots=1), services=("checkup", "vaccination"))
    held(made)
    made.book(NINE, appointment_type="vaccination")
    assert why(made.refused(wish(appointment_type="vaccination"))) == FULL


def test_c2_under_shared_a_move_to_another_service_stays_in_the_total() -> None:
    made = clinic(window(ai_slots=1), services=("checkup", "vaccination"), capacity_scope=CapacityScope.SHARED)
    held(made)
    moved = held(made, appointment_type="vaccination")
    vaccination = KEY._replace(service_id="vaccination")
    assert (counts(made, TOTAL), counts(made), counts(made, vaccination)) == ((1, 0), GIVEN_BACK, (1, 0))
    assert made.snapshot().holds == (moved,)


def test_c4_a_move_is_admitted_through_the_channel_that_holds() -> None:
    made = two_windows(ai_slots=0, max_slots=2)
    made.engine.update_window(UpdateWindow(slot_id="e", ai_slots=0))
    held(made, channel=STAFF)
    moved = held(made, monday("17:00"), channel=AI)
    assert (moved.channel, counts(made, KEY._replace(calendar_id="e"))) == (STAFF, (1, 0))


def test_h1_a_hold_of_another_holder_is_nobodys_own() -> None:
    made = clinic(window(ai_slots=1))
    held(made, holder="call-1")
    assert why(made.refused(wish(monday("09:30"), "call-2"))) == FULL


# --- Extending ------------------------------------------------------------------------------------------------------


def test_h1_extending_counts_from_now_up_to_the_utmost() -> None:
    made = clinic(window(ai_slots=1), hold_seconds=300, hold_max_seconds=700)
    hold = held(made)
    later(made, 200 * SECOND)
    extended = made.engine.extend_hold(hold.hold_id, channel=STAFF, actor="desk")
    assert extended == Held(attrs.evolve(hold, ends_at=NOW + 500 * SECOND, version=2))
    later(made, 250 * SECOND)
    utmost = attrs.evolve(hold, ends_at=NOW + 700 * SECOND, version=3)
    assert made.engine.extend_hold(hold.hold_id) == Held(utmost)
    later(made, 249 * SECOND)
    assert made.engine.extend_hold(hold.hold_id) == Held(utmost, True), "left as it is"
    made.clock.now = utmost.ends_at
    assert why(made.refused(ExtendHold(hold_id=hold.hold_id))) == ENDED
    assert counts(made) == (1, 0)


def test_h1_extending_never_shortens() -> None:
    made = clinic(window(ai_slots=1))
    hold = held(made)
    made.configure(hold_seconds=10, hold_max_seconds=20)
    later(made, SECOND)
    assert made.engine.extend_hold(hold.hold_id) == Held(hold, True)


def test_h1_an_extended_hold_runs_until_its_new_end() -> None:
    made = clinic(window(ai_slots=1))
    hold = held(made)
    made.clock.now = hold.ends_at - TICK
    later_end = made.engine.extend_hold(hold.hold_id).hold.ends_at
    made.clock.now = later_end - TICK
    assert why(made.refused_booking(NINE)) == FULL
    made.clock.now = later_end
    made.book(NINE)


def test_h1_what_does_not_run_cannot_be_extended() -> None:
    made = clinic(window(ai_slots=1))
    assert why(made.refused(ExtendHold(hold_id="hold_never"))) == ENDED
    assert not made.refused(ExtendHold(hold_id="hold_never")).transient
    assert [problem.field for problem in made.refused(ExtendHold(hold_id="")).fields] == ["hold_id"]


# --- Giving up ------------------------------------------------------------------------------------------------------


def test_h1_a_released_place_is_free_in_the_same_commit() -> None:
    made = clinic(window(ai_slots=1))
    hold = held(made, channel=AI)
    later(made, SECOND)
    released = attrs.evolve(hold, ends_at=NOW + SECOND, version=2)
    assert made.engine.release_hold(hold.hold_id, channel=STAFF, actor="desk") == Released(released)
    assert (counts(made), made.snapshot().holds) == (GIVEN_BACK, ())
    assert made.engine.release_hold(hold.hold_id) == Released(None)
    assert made.engine.release_hold("hold_never") == Released(None)
    assert why(made.refused(confirmation(hold))) == ENDED
    assert len(made.engine.history(hold.hold_id)) == 2
    assert [problem.field for problem in made.refused(ReleaseHold(hold_id="")).fields] == ["hold_id"]


def test_h1_releasing_what_ended_changes_nothing() -> None:
    made = clinic(window(ai_slots=1))
    hold = held(made)
    made.clock.now = hold.ends_at
    assert made.engine.release_hold(hold.hold_id) == Released(None)
    assert len(made.engine.history(hold.hold_id)) == 1


# --- Confirming -----------------------------------------------------------------------------------------------------


def test_h1_confirming_books_the_place_that_is_held() -> None:
    made = clinic(window(ai_slots=1, batch_name="A"), duration_minutes=20)
    hold = held(made, channel=AI)
    later(made, SECOND)
    fields = {"assigned_doctor": "Dr Rao", "external_reference_id": "R", "notes": "n"}
    assert made.engine.confirm_hold(confirmation(hold, **fields, channel=STAFF)) == Booked(
        Appointment(
            appointment_id="appt_00000000000000000000000006",
            service_id="checkup",
            branch_id="main",
            calendar_id="w",
            start=NINE,
            duration_minutes=20,
            date=MONDAY,
            session=Session.MORNING,
            batch="A",
            patient_name="Patient +911",
            parent_phone="+911",
            phone_key="+911",
            assigned_doctor="Dr Rao",
            notes="n",
            status=made.appointments()[0].status,
            external_reference_id="R",
            booked_via=AI,
            created_at=NOW + SECOND,
            updated_at=NOW + SECOND,
        )
    )
    assert (counts(made), made.snapshot().holds) == ((1, 1), ())
    assert why(made.refused(confirmation(hold, "+912"))) == ENDED, "it is confirmed once"


def test_h1_at_its_end_it_cannot_be_confirmed() -> None:
    made = clinic(window(ai_slots=1))
    hold = held(made)
    made.clock.now = hold.ends_at
    refused = made.refused(confirmation(hold))
    assert (why(refused), refused.transient) == (ENDED, False)
    made.clock.now = hold.ends_at - TICK
    assert confirmed(made, hold).start == NINE, "nobody has taken the place meanwhile"


def test_h1_once_somebody_saw_it_ended_it_cannot_be_confirmed() -> None:
    made = clinic(window(ai_slots=2))
    hold = held(made)
    made.clock.now = hold.ends_at
    made.book(NINE, "+912")
    made.clock.now = hold.ends_at - TICK
    assert why(made.refused(confirmation(hold))) == ENDED
    assert counts(made) == (1, 0)


def test_h1_windows_notice_and_limits_are_not_asked_again() -> None:
    made = clinic(window(ai_slots=2))
    first, second = held(made, holder="call-1"), held(made, holder="call-2")
    made.engine.update_window(UpdateWindow(slot_id="w", max_slots=1, ai_slots=0))
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}", max_slots=0, ai_slots=0))
    made.engine.disable_window("w")
    made.engine.close_branch(CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY))
    made.configure(min_notice_hours=8_760, max_advance_booking_days=0)
    assert confirmed(made, first).status == confirmed(made, second, "+912").status
    assert counts(made) == (2, 0)


def test_h1_what_is_asked_again_is_asked_in_order() -> None:
    made = clinic(window(ai_slots=5), branches=("main", "other"), buffer_time_minutes=15)
    standing = made.book(NINE, branch_id="main", assigned_doctor="Dr Rao")
    hold = held(made, branch_id="main")
    asked = confirmation(hold, assigned_doctor="Dr Rao")
    assert [problem.field for problem in made.refused(attrs.evolve(asked, hold_id="", parent_phone="")).fields] == [
        "hold_id",
        "parent_phone",
    ]
    made.configure(enabled=False, hold_seconds=86_400, hold_max_seconds=86_400)
    made.engine.update_service(UpdateService(service_id="checkup", retired=True))
    made.engine.update_branch(UpdateBranch(branch_id="main", retired=True))
    assert why(made.refused(asked)) == (RejectionCode.BOOKING_DISABLED, None)
    made.configure(enabled=True)
    assert why(made.refused(asked)) == (RejectionCode.INVALID_APPOINTMENT_TYPE, None)
    made.engine.update_service(UpdateService(service_id="checkup", retired=False))
    assert [problem.field for problem in made.refused(asked).fields] == ["branch_id"]
    made.engine.update_branch(UpdateBranch(branch_id="main", retired=False))
    refused = made.refused(asked)
    assert (refused.code, refused.existing_appointment_id) == (
        RejectionCode.DUPLICATE_BOOKING,
        standing.appointment_id,
    )
    assert why(made.refused(attrs.evolve(asked, parent_phone="+912"))) == BUSY
    assert made.snapshot().holds == (hold,), "a refusal leaves it"


def test_h1_what_is_past_is_not_confirmed() -> None:
    made = clinic(window(ai_slots=1), min_notice_hours=0)
    made.clock.now = NINE - SECOND
    hold = held(made)
    later(made, SECOND)
    assert why(made.refused(confirmation(hold))) == (RejectionCode.PAST_APPOINTMENT, None)


def test_h1_a_reference_replays_before_the_hold_is_asked_for() -> None:
    there = window("d", ai_slots=2, branch_id="other")
    made = clinic(window(ai_slots=2), there, branches=("main", "other"), services=("checkup", "scan"))
    hold = held(made, branch_id="main")
    booked = confirmed(made, hold, external_reference_id="R")
    again = confirmation(hold, external_reference_id="R")
    assert made.engine.confirm_hold(again) == Booked(booked, True)
    made.clock.now = hold.ends_at
    assert made.engine.confirm_hold(attrs.evolve(again, notes="n")) == Booked(booked, True, ("notes",))
    other = held(made, TEN, branch_id="main")
    retry = confirmation(other, "+912", external_reference_id="R", assigned_doctor="Dr Rao")
    names = ("appointment_date", "patient_name", "parent_phone", "assigned_doctor")
    assert made.engine.confirm_hold(retry) == Booked(booked, True, names)
    assert made.snapshot().holds == (other,), "and the other hold is left"
    elsewhere = held(made, TEN, branch_id="other", appointment_type="scan")
    retry = confirmation(elsewhere, external_reference_id="R")
    places = ("appointment_type", "appointment_date", "branch_id")
    assert made.engine.confirm_hold(retry) == Booked(booked, True, places)
    assert made.engine.check(retry) == Answered(Booked(booked, True, places))


def test_h1_a_confirmed_appointment_holds_its_names() -> None:
    made = clinic(window(ai_slots=5))
    booked = confirmed(made, held(made), external_reference_id="R")
    assert made.refused_booking(TEN).existing_appointment_id == booked.appointment_id
    assert made.engine.book(request(TEN, "+919", external_reference_id="R")).replayed
    made.cancel(booked)
    assert counts(made) == GIVEN_BACK


def test_h1_without_duplicate_prevention_the_name_is_not_asked_for() -> None:
    made = clinic(window(ai_slots=5), duplicate_prevention=False)
    made.book(NINE)
    assert confirmed(made, held(made, parent_phone="+911")).phone_key == "+911"


# --- Beside holds ---------------------------------------------------------------------------------------------------


def test_h1_a_preview_decides_and_commits_nothing() -> None:
    made = clinic(window(ai_slots=1))
    assert isinstance(made.engine.check(wish()), Accepted)
    assert made.snapshot().holds == ()
    hold = held(made)
    for ask in (ExtendHold(hold_id=hold.hold_id), ReleaseHold(hold_id=hold.hold_id), confirmation(hold)):
        later(made, SECOND)
        assert isinstance(made.engine.check(ask), Accepted)
    assert made.snapshot().holds == (hold,)


def test_w5_an_impact_lists_appointments_alone() -> None:
    made = clinic(window(ai_slots=5))
    held(made)
    booked = made.book(NINE)
    changed = made.engine.disable_window("w")
    assert [each.appointment_id for each in changed.impact.outside] == [booked.appointment_id]


def test_c6_a_change_of_keys_counts_holds_anew() -> None:
    made = clinic(window(ai_slots=5, start_time="00:00", end_time="24:00"))
    early = held(made, monday("01:00"), channel=AI)
    late = held(made, monday("20:00"), "call-2")
    made.configure(timezone="America/New_York", capacity_scope=CapacityScope.SHARED)
    sunday = KEY._replace(date=MONDAY - timedelta(days=1))
    filed = {hold.holder: hold for hold in made.snapshot().holds}
    assert filed == {"call-1": attrs.evolve(early, date=sunday.date, version=2), "call-2": late}
    assert (counts(made, sunday), counts(made)) == ((1, 1), (1, 0))
    assert (counts(made, sunday._replace(service_id=ALL_SERVICES)), counts(made, TOTAL)) == ((1, 1), (1, 0))
    assert why(made.refused(wish(monday("01:00"), "call-3"))) == (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)
    assert confirmed(made, early).date == sunday.date
    made.configure(timezone="UTC", capacity_scope=CapacityScope.PER_SERVICE)
    assert (counts(made, sunday), counts(made), counts(made, TOTAL)) == (GIVEN_BACK, (2, 1), GIVEN_BACK)


def test_reopening_needs_no_hold() -> None:
    made = clinic(window(ai_slots=1))
    closed = made.engine.close_branch(CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY))
    assert why(made.refused(wish())) == (RejectionCode.SLOT_INACTIVE, None)
    made.engine.reopen_branch(ReopenBranch(closure_id=closed.record.closure_id))
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}", status=WindowStatus.CLOSED))
    assert why(made.refused(wish())) == (RejectionCode.SLOT_INACTIVE, None)


def test_both_engines_hold() -> None:
    async def called() -> None:
        clock = Clock()
        engine = AsyncBookingEngine(AsyncMemoryStore("sunrise"), clock=clock)
        await engine.configure(ConfigureOrganisation(name="Sunrise", timezone="UTC"))
        await engine.add_branch(AddBranch(branch_id="main", name="Main"))
        await engine.add_service(AddService(service_id="checkup", name="Checkup"))
        await engine.create_window(window(ai_slots=1))
        first = await engine.hold(wish())
        clock.now += SECOND
        assert (await engine.extend_hold(first.hold.hold_id)).hold.ends_at == NOW + 301 * SECOND
        moved = await engine.hold(wish(TEN))
        assert (await engine.confirm_hold(confirmation(moved.hold))).appointment.start == TEN
        assert await engine.release_hold(moved.hold.hold_id) == Released(None)

    asyncio.run(called())
