"""SPEC §4 by examples: windows, overrides of a date, closures, and what an edit leaves behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from properties.support import MONDAY, NEXT_MONDAY, Clinic, clinic, monday, why, window

from booking_engine import (
    Accepted,
    CapacityScope,
    CloseBranch,
    CreateWindow,
    OverrideTracking,
    Reason,
    RejectionCode,
    ReopenBranch,
    Session,
    TrackingQuery,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
    Weekday,
    WindowStatus,
)

OPEN, CLOSED = WindowStatus
FULL = (RejectionCode.SLOT_FULL, Reason.CAPACITY)
INACTIVE = (RejectionCode.SLOT_INACTIVE, None)
NO_WINDOW = (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)


def override(made: Clinic, slot_id: str = f"w||{MONDAY}", **changes: Any) -> Any:
    return made.engine.override_tracking(OverrideTracking(slot_id=slot_id, **changes))


def bad_fields(made: Clinic, ask: Any) -> list[str]:
    refused = made.refused(ask)
    assert refused.code is RejectionCode.VALIDATION_ERROR
    return [problem.field for problem in refused.fields]


# --- W1-W4 ----------------------------------------------------------------------------------------------------------


def test_w1_max_slots_defaults_to_ai_slots() -> None:
    assert clinic(window(ai_slots=7)).engine.catalog().windows["w"].max_slots == 7


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"ai_slots": 3, "max_slots": 2}, ["ai_slots"]),
        ({"ai_slots": 0}, ["max_slots"]),
        ({"max_slots": 0, "ai_slots": 0}, ["max_slots"]),
        ({"max_slots": 1_000_001}, ["max_slots"]),
        ({"start_time": "11:00", "end_time": "11:00"}, ["end_time"]),
        ({"start_time": "24:00"}, ["start_time"]),
        ({"valid_from": MONDAY, "valid_until": MONDAY - timedelta(days=1)}, ["valid_until"]),
        ({"interval_weeks": 2}, ["valid_from"]),
        ({"interval_weeks": 53, "valid_from": MONDAY}, ["interval_weeks"]),
        ({"branch_id": "south"}, ["branch_id"]),
        ({"appointment_type_id": "x-ray"}, ["appointment_type_id"]),
        ({"branch_id": "south", "appointment_type_id": "x-ray"}, ["branch_id", "appointment_type_id"]),
        ({"calendar_id": "a||b"}, ["calendar_id"]),
    ],
)
def test_w1_a_window_that_makes_no_sense_is_refused(fields: dict[str, Any], bad: list[str]) -> None:
    assert bad_fields(clinic(), window(**fields)) == bad


def test_w1_a_window_id_is_given_once() -> None:
    assert bad_fields(clinic(window()), window()) == ["calendar_id"]


def test_w1_a_window_of_a_session_has_its_hours() -> None:
    made = clinic(window(start_time=None, end_time=None), session_hours={Session.MORNING: ("08:00", "10:00")})
    assert why(made.refused_booking(monday("10:00"))) == NO_WINDOW
    assert made.book(monday("08:00")).calendar_id == "w"


def test_w1_a_window_may_end_at_midnight() -> None:
    made = clinic(window(start_time="23:00", end_time="24:00"))
    assert made.book(monday("23:59")).date == MONDAY


@pytest.mark.parametrize("slot_id", ["w", f"w||{MONDAY}", f"w||{MONDAY}||checkup"])
def test_w2_any_slot_id_names_its_window(slot_id: str) -> None:
    made = clinic(window())
    assert made.engine.disable_window(slot_id).record.status is CLOSED


def test_w3_an_edit_is_checked_as_a_whole() -> None:
    made = clinic(window(ai_slots=3))
    assert bad_fields(made, UpdateWindow(slot_id="w", max_slots=2)) == ["ai_slots"]
    assert bad_fields(made, UpdateWindow(slot_id="w", start_time="12:00")) == ["end_time"]
    assert bad_fields(made, UpdateWindow(slot_id="w")) == ["body"]


def test_w3_an_edit_moves_nobody_and_tells_who_is_outside() -> None:
    made = clinic(window(ai_slots=2))
    booked = made.book(monday("09:00"))
    changed = made.engine.update_window(UpdateWindow(slot_id="w", start_time="10:00", batch_name="B"))
    assert changed.impact.outside == (booked,)
    assert made.again(booked) == booked


def test_w3_tracking_lists_fills_that_the_rule_no_longer_covers() -> None:
    made = clinic(window(ai_slots=2))
    made.book(monday("09:00"))
    made.engine.update_window(UpdateWindow(slot_id="w", day=Weekday.TUESDAY))
    record = made.record()
    assert (record.counts.filled, record.status, record.staff_available) == (1, CLOSED, 0)
    assert made.rows() == ()


def test_w3_the_same_again_changes_nothing() -> None:
    made = clinic(window())
    revision = made.engine.catalog().revision
    assert made.engine.update_window(UpdateWindow(slot_id="w", ai_slots=1)).changes == ()
    assert made.engine.catalog().revision == revision


def test_w4_closing_twice_is_no_error_and_open_reopens() -> None:
    made = clinic(window())
    made.engine.disable_window("w")
    assert made.engine.disable_window("w", actor="desk").changes == ()
    assert why(made.refused_booking(monday("09:00"))) == INACTIVE
    made.engine.update_window(UpdateWindow(slot_id="w", status=OPEN))
    assert made.book(monday("09:00")).calendar_id == "w"


def test_w4_an_unknown_window_is_not_found() -> None:
    assert clinic().refused(UpdateWindow(slot_id="w", status=OPEN)).code is RejectionCode.NOT_FOUND


def test_w5_an_edit_can_be_previewed_and_commits_nothing() -> None:
    made = clinic(window(ai_slots=2))
    first, second = (made.book(monday("09:00"), phone) for phone in ("+911", "+912"))
    before = made.engine.catalog().revision
    decisions = [
        made.engine.check(UpdateWindow(slot_id="w", max_slots=1, ai_slots=1)),
        made.engine.check(CloseBranch(branch_id="main", first_date=MONDAY, last_date=MONDAY)),
        made.engine.check(OverrideTracking(slot_id=f"w||{MONDAY}", max_slots=1, ai_slots=0)),
    ]
    impacts = [decision.result.impact for decision in decisions if isinstance(decision, Accepted)]
    assert [len(each.outside) for each in impacts] == [0, 2, 0]
    assert [each.over_capacity for each in impacts] == [(second,), (), (second,)]
    assert (made.engine.catalog().revision, made.again(first)) == (before, first)


# --- W6 -------------------------------------------------------------------------------------------------------------


def test_w6_restricted_before_shorter_before_earlier_before_id() -> None:
    made = clinic(
        window("long", start_time="09:00", end_time="12:00"),
        window("late", start_time="09:30"),
        window("b", start_time="09:00", end_time="10:30"),
        window("a", start_time="09:00", end_time="10:30"),
        window("own", start_time="08:00", end_time="13:00", appointment_type_id="checkup"),
    )
    taken = [made.book(monday("10:00"), f"+91{number}").calendar_id for number in range(5)]
    assert taken == ["own", "a", "b", "late", "long"]
    assert why(made.refused_booking(monday("10:00"), "+919")) == FULL


def test_w6_a_closed_candidate_is_passed_over() -> None:
    made = clinic(window("a", status=CLOSED), window("b"))
    assert made.book(monday("10:00")).calendar_id == "b"


def test_w6_labels_narrow_the_match() -> None:
    made = clinic(window("a", batch_name="A"), window("b", batch_name="B", session=Session.EVENING))
    assert made.book(monday("10:00"), "+911", batch="B").session is Session.EVENING
    assert made.book(monday("10:00"), "+912", session=Session.MORNING).batch == "A"
    assert why(made.refused_booking(monday("10:00"), "+913", batch="C")) == NO_WINDOW


# --- W7 -------------------------------------------------------------------------------------------------------------


def test_w7_an_open_override_does_not_reopen_a_closed_window() -> None:
    made = clinic(window(status=CLOSED))
    override(made, status=OPEN)
    assert why(made.refused_booking(monday("09:00"))) == INACTIVE


def test_w7_an_open_override_undoes_a_closed_one() -> None:
    made = clinic(window())
    override(made, status=CLOSED)
    assert why(made.refused_booking(monday("09:00"))) == INACTIVE
    override(made, status=OPEN)
    assert made.book(monday("09:00")).date == MONDAY


def test_w7_a_service_can_be_closed_alone() -> None:
    made = clinic(window(), services=("checkup", "scan"))
    shown = override(made, f"w||{MONDAY}||scan", status=CLOSED).records
    assert [(record.key.service_id, record.status) for record in shown] == [("scan", CLOSED)]
    assert why(made.refused_booking(monday("09:00"), appointment_type="scan")) == INACTIVE
    assert made.book(monday("09:00")).service_id == "checkup"


def test_w7_an_override_is_taken_back_by_none() -> None:
    made = clinic(window())
    override(made, max_slots=0)
    assert why(made.refused_booking(monday("09:00"))) == FULL
    answer = override(made, max_slots=None)
    assert [record.limits for record in answer.records] == [(1, 1)]
    assert override(made, max_slots=None).changes == ()


@pytest.mark.parametrize(
    ("slot_id", "bad"),
    [
        ("w", ["slot_id"]),
        ("w||tomorrow", ["slot_id"]),
        (f"w||{MONDAY + timedelta(days=1)}", ["slot_id"]),
        (f"own||{MONDAY}||scan", ["slot_id"]),
    ],
)
def test_w7_an_override_names_a_date_of_the_window(slot_id: str, bad: list[str]) -> None:
    made = clinic(window(), window("own", appointment_type_id="checkup"), services=("checkup", "scan"))
    assert bad_fields(made, OverrideTracking(slot_id=slot_id, status=CLOSED)) == bad


@pytest.mark.parametrize("slot_id", [f"v||{MONDAY}", f"w||{MONDAY}||x-ray"])
def test_w7_an_override_of_nothing_known_is_not_found(slot_id: str) -> None:
    refused = clinic(window()).refused(OverrideTracking(slot_id=slot_id, status=CLOSED))
    assert refused.code is RejectionCode.NOT_FOUND


def test_w7_an_override_asks_for_no_more_than_it_gives_and_merges_with_what_was_said_before() -> None:
    made, slot_id = clinic(window()), f"w||{MONDAY}"
    assert bad_fields(made, OverrideTracking(slot_id=slot_id, ai_slots=3, max_slots=2)) == ["ai_slots"]
    assert bad_fields(made, OverrideTracking(slot_id=slot_id)) == ["body"]
    override(made, max_slots=2)
    assert [record.limits for record in override(made, ai_slots=3).records] == [(2, 2)]


def test_w7_a_shared_capacity_is_not_given_for_one_service() -> None:
    made = clinic(window(), capacity_scope=CapacityScope.SHARED)
    slot_id = f"w||{MONDAY}||checkup"
    assert bad_fields(made, OverrideTracking(slot_id=slot_id, max_slots=1, ai_slots=1)) == ["max_slots", "ai_slots"]
    override(made, slot_id, status=CLOSED)
    assert why(made.refused_booking(monday("09:00"))) == INACTIVE


# --- Closures -------------------------------------------------------------------------------------------------------


def closure(**fields: Any) -> CloseBranch:
    return CloseBranch(**{"branch_id": "main", "first_date": MONDAY, "last_date": MONDAY, **fields})


def test_w7_a_closure_closes_every_window_of_its_branch_and_can_be_lifted() -> None:
    made = clinic(window("a"), window("b"))
    closed = made.engine.close_branch(closure(label="Holi")).record
    assert why(made.refused_booking(monday("09:00"))) == INACTIVE
    assert made.engine.close_branch(closure(label="Holi")).record == closed
    lift = ReopenBranch(closure_id=closed.closure_id)
    assert made.engine.reopen_branch(lift).record.lifted
    assert made.engine.reopen_branch(lift).changes == ()
    assert made.book(monday("09:00")).date == MONDAY


def test_w7_another_closure_of_the_same_dates_stands_beside_the_first() -> None:
    made = clinic(window())
    ids = [made.engine.close_branch(closure(label=label)).record.closure_id for label in ("Holi", "Repairs", "Holi")]
    assert ids[0] == ids[2]
    assert list(made.engine.catalog().closures) == ids[:2]


def test_w7_a_closure_can_be_narrowed_to_some_dates() -> None:
    made = clinic(window(ai_slots=3))
    made.engine.close_branch(closure(last_date=NEXT_MONDAY, only={NEXT_MONDAY, date(2026, 12, 25)}))
    assert made.book(monday("09:00")).date == MONDAY
    assert why(made.refused_booking(monday("09:00", NEXT_MONDAY))) == INACTIVE


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"last_date": MONDAY - timedelta(days=1)}, ["last_date"]),
        ({"last_date": MONDAY + timedelta(days=3_660)}, ["last_date"]),
        ({"only": "2026-06-15"}, ["only"]),
        ({"only": {NEXT_MONDAY}}, ["only"]),
    ],
)
def test_w7_a_closure_that_makes_no_sense_is_refused(fields: dict[str, Any], bad: list[str]) -> None:
    assert bad_fields(clinic(), closure(**fields)) == bad


def test_w7_a_closure_of_nothing_known_is_not_found() -> None:
    made = clinic()
    assert made.refused(closure(branch_id="south")).code is RejectionCode.NOT_FOUND
    assert made.refused(ReopenBranch(closure_id="none")).code is RejectionCode.NOT_FOUND


@pytest.mark.parametrize(
    "ask",
    [
        closure(branch_id="\0"),
        ReopenBranch(closure_id=""),
        CreateWindow(branch_id="", day=Weekday.MONDAY, session=Session.MORNING, ai_slots=1),
        OverrideTracking(slot_id="", status=OPEN),
    ],
)
def test_shapes_are_checked_first(ask: Any) -> None:
    assert clinic().refused(ask).code is RejectionCode.VALIDATION_ERROR


# --- W8 and retirement ----------------------------------------------------------------------------------------------


def test_w8_a_window_of_every_other_week() -> None:
    made = clinic(window(ai_slots=9, valid_from=MONDAY, valid_until=MONDAY + timedelta(days=14), interval_weeks=2))
    days = [row.date for row in made.rows(MONDAY - timedelta(days=7), until=MONDAY + timedelta(days=35))]
    assert days == [MONDAY, MONDAY + timedelta(days=14)]
    assert why(made.refused_booking(monday("09:00", NEXT_MONDAY))) == NO_WINDOW


def test_a_retired_branch_counts_as_closed() -> None:
    made = clinic(window(), window("n", branch_id="north"), branches=("main", "north"))
    made.engine.update_branch(UpdateBranch(branch_id="north", retired=True))
    assert [row.window.calendar_id for row in made.rows()] == ["w"]


def test_a_window_of_a_retired_service_is_shown_empty() -> None:
    made = clinic(window(ai_slots=3, appointment_type_id="scan"), services=("checkup", "scan"))
    booked = made.book(monday("09:00"), appointment_type="scan")
    made.engine.update_service(UpdateService(service_id="scan", retired=True))
    assert (made.row().available_slots, made.row().filled_slots) == (0, 1)
    assert made.record().counts.filled == 1
    moved = made.update(booked, appointment_date=monday("10:00"))
    assert moved.start == monday("10:00")


def test_w1_tracking_can_be_asked_by_slot_session_and_service() -> None:
    made = clinic(window("a"), window("b", session=Session.EVENING), services=("checkup", "scan"))
    made.book(monday("09:00"), session=Session.EVENING)
    wanted = [
        TrackingQuery(date=MONDAY, slot_id=f"b||{MONDAY}||checkup"),
        TrackingQuery(date=MONDAY, session=Session.MORNING, appointment_type="SCAN"),
        TrackingQuery(from_date=MONDAY, to_date=NEXT_MONDAY, branch_id="main", session=Session.EVENING),
    ]
    found = [
        [str(record.key.calendar_id + record.key.service_id) for record in made.engine.tracking(q)] for q in wanted
    ]
    assert found == [["bcheckup", "bscan"], ["ascan"], ["bcheckup", "bscan"] * 2]


def test_uncovered_fills_obey_the_filters_too() -> None:
    made = clinic(window("a", ai_slots=2), window("b", session=Session.EVENING), services=("checkup", "scan"))
    made.book(monday("09:00"), session=Session.MORNING)
    made.engine.update_window(UpdateWindow(slot_id="a", day=Weekday.FRIDAY))
    assert made.records(session=Session.MORNING)[0].counts.filled == 1
    assert made.records(session=Session.MORNING, appointment_type="scan") == ()
    assert [record.key.calendar_id for record in made.records(session=Session.EVENING)] == ["b", "b"]
