"""SPEC §5, §6.9-11, §8 at their edges: whose room it is, whose doctor, and what a decision looks at."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from properties.support import (
    AI,
    API,
    MONDAY,
    STAFF,
    Clinic,
    Watched,
    at,
    attempt,
    clinic,
    monday,
    request,
    why,
    window,
)

from booking_engine import (
    Appointment,
    Channel,
    OverrideTracking,
    Reason,
    Rejection,
    RejectionCode,
    Session,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from booking_engine.domain.appointment import DoctorDay
from booking_engine.domain.organisation import AiQuota
from booking_engine.domain.tracking import Counts, Limits
from booking_engine.ledger.claims import DuplicateName
from booking_engine.ledger.view import UNSEEN, LedgerQuery
from booking_engine.rules.admission import Place, find_place, ledger_query
from booking_engine.rules.capacity import Rooms, admission, room, rooms
from booking_engine.rules.timing import notice_is_kept
from booking_engine.rules.visit import Visit, match_windows, open_for

BUSY = (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)
NESTED, SEPARATE = AiQuota
TUESDAY = date(2026, 6, 16)


@pytest.mark.parametrize(
    ("quota", "counts", "ai", "staff"),
    [
        (NESTED, Counts(1, 1), 1, 4),
        (NESTED, Counts(2, 0), 0, 3),
        (NESTED, Counts(7, 0), 0, 0),
        (SEPARATE, Counts(3, 1), 1, 2),
        (SEPARATE, Counts(4, 0), 1, 1),
        (SEPARATE, Counts(3, 2), 0, 2),
        (SEPARATE, Counts(7, 4), 0, 0),
    ],
)
def test_c3_c4_room_for_each_side(quota: AiQuota, counts: Counts, ai: int, staff: int) -> None:
    limits = Limits(max_slots=5, ai_slots=2)
    assert rooms(limits, counts, quota) == Rooms(ai, staff)
    assert [room(limits, counts, channel, quota) for channel in (AI, STAFF, API)] == [ai, staff, staff]


@pytest.mark.parametrize(
    ("channel", "quota", "limits"),
    [
        (STAFF, NESTED, (5, None)),
        (API, SEPARATE, (5, None)),
        (AI, NESTED, (2, None)),
        (AI, SEPARATE, (5, 2)),
    ],
)
def test_c3_c4_what_a_claim_is_held_to(channel: Channel, quota: AiQuota, limits: tuple[int, int | None]) -> None:
    assert admission(Limits(max_slots=5, ai_slots=2), channel, quota) == limits


@pytest.mark.parametrize(
    ("hours", "minutes_left", "kept"),
    [(0, -60, True), (0, 0, True), (1, -60, False), (1, 59, False), (1, 60, True), (2, 60, False), (2, 120, True)],
)
def test_t4_no_notice_asks_for_nothing_and_exactly_enough_is_enough(hours: int, minutes_left: int, kept: bool) -> None:
    start = monday("09:00")
    assert notice_is_kept(start, start - timedelta(minutes=minutes_left), hours) is kept


def test_w7_a_booking_is_held_to_the_limit_of_its_service() -> None:
    made = clinic(window(ai_slots=2), services=("checkup", "scan"))
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}||scan", max_slots=0))
    full = made.refused_booking(monday("09:00"), appointment_type="scan")
    assert why(full) == (RejectionCode.SLOT_FULL, Reason.CAPACITY)
    assert made.book(monday("09:00")).service_id == "checkup"


def all_day(**policy: Any) -> Clinic:
    hours = {"start_time": "00:00", "end_time": "24:00", "ai_slots": 5}
    return clinic(
        window("m", **hours),
        window("t", day=Weekday.TUESDAY, **hours),
        **{"duration_minutes": 10, "buffer_time_minutes": 15, **policy},
    )


def busy(made: Clinic, clock: str, day: date = MONDAY) -> bool:
    """Whether another patient is refused for the doctor alone; who is not has come and gone."""
    answer = attempt(made.engine, request(monday(clock, day), "+919", assigned_doctor="dr  RAO"))
    if isinstance(answer, Rejection):
        assert why(answer) == BUSY
        return True
    made.cancel(answer.appointment)
    return False


def test_exactly_the_buffer_apart_is_free_before_and_after() -> None:
    made = all_day()
    made.book(monday("09:00"), assigned_doctor="Dr Rao")
    assert [busy(made, clock) for clock in ("08:35", "08:36", "09:24", "09:25")] == [False, True, True, False]


def test_a_doctor_is_not_free_at_midnight_because_the_date_is_another() -> None:
    made = all_day(duration_minutes=0)
    made.book(monday("23:50"), assigned_doctor="Dr Rao")
    assert [busy(made, clock, TUESDAY) for clock in ("00:04", "00:05")] == [True, False]
    other = all_day(duration_minutes=0)
    other.book(monday("00:10", TUESDAY), assigned_doctor="Dr Rao")
    assert [busy(other, clock) for clock in ("23:55", "23:56")] == [False, True]


def test_nobody_is_in_the_way_of_himself() -> None:
    made = all_day()
    booked = made.book(monday("09:00"), assigned_doctor="Dr Rao")
    moved = made.update(booked, appointment_date=monday("09:05"))
    assert (moved.start, moved.assigned_doctor) == (monday("09:05"), "Dr Rao")


def test_u3_its_own_window_asks_no_doctor_although_staff_could_go_elsewhere() -> None:
    # The narrow window goes first, and has room for staff alone: it is not for this appointment to be sent to.
    made = clinic(window("narrow", ai_slots=0, max_slots=2, end_time="10:00"), window("wide", ai_slots=5))
    booked = made.book(monday("09:00"), "+911", channel=AI, assigned_doctor="Dr Rao")
    made.book(monday("09:20"), "+912", channel=AI, assigned_doctor="Dr Rao")
    made.configure(buffer_time_minutes=60)
    assert made.update(booked, session=Session.MORNING) == booked
    # With room for the agent it is, and then everything is asked.
    made.engine.update_window(UpdateWindow(slot_id="narrow", ai_slots=1))
    assert why(made.refused_update(booked, session=Session.MORNING)) == BUSY


def test_a_booking_looks_at_its_own_candidates_and_days_alone() -> None:
    store = Watched()
    evening = window("e", session=Session.EVENING, ai_slots=5)
    made = clinic(window("b", ai_slots=5), window("a", end_time="10:00"), evening, store=store, buffer_time_minutes=15)
    made.rows()  # the catalog is known now
    store.asked.clear()
    made.book(monday("09:30"), assigned_doctor="Dr  Rao", session=Session.MORNING, external_reference_id="R")
    assert store.asked == [
        LedgerQuery(
            now=made.clock.now,
            reference="R",
            duplicate=DuplicateName("+911", "checkup", MONDAY, ""),
            days=(MONDAY,),
            calendar_ids=("a", "b"),
            doctor_days=(DoctorDay("dr rao", MONDAY),),
        )
    ]


def test_a_change_looks_at_the_appointment_too() -> None:
    store = Watched()
    made = clinic(window(ai_slots=5), store=store)
    booked = made.book(monday("09:00"), external_reference_id="R")
    store.asked.clear()
    made.update(booked, appointment_date=monday("10:00"))
    duplicate = DuplicateName("+911", "checkup", MONDAY, "")
    assert store.asked[-1] == LedgerQuery(
        now=made.clock.now,
        appointment_id=booked.appointment_id,
        duplicate=duplicate,
        days=(MONDAY,),
        calendar_ids=("w",),
    )


def visit(made: Clinic, own: Appointment | None = None, **fields: Any) -> Visit:
    catalog = made.store.catalog()
    service = catalog.services["checkup"]
    start = monday("09:00")
    day, candidates = match_windows(catalog, service, "main", start, 0, None, None)
    taken: dict[str, Any] = {"doctor": None, "channel": STAFF, **fields}
    return Visit(
        catalog=catalog,
        now=made.clock.now,
        service=service,
        branch_id="main",
        start=start,
        date=day,
        duration_minutes=0,
        phone_key="+911",
        patient_name="Aadhi",
        candidates=candidates,
        takers=open_for(service, candidates),
        own=own,
        **taken,
    )


def test_a_place_is_its_own_or_it_is_not() -> None:
    made = clinic(window(ai_slots=1))
    fresh = visit(made)
    (only,) = fresh.candidates
    assert find_place(fresh, UNSEEN) == Place(only, is_own=False)
    booked = made.book(monday("09:00"))
    assert find_place(visit(made, booked), UNSEEN) == Place(only, is_own=True)
    cancelled = made.cancel(booked)
    assert find_place(visit(made, cancelled), UNSEEN) == Place(only, is_own=False)


def test_a_doctor_is_looked_at_on_every_day_that_the_gap_touches() -> None:
    made = clinic(window(ai_slots=1), buffer_time_minutes=10 * 60)
    days = ledger_query(visit(made, doctor="Dr Rao")).doctor_days
    assert days == (DoctorDay("dr rao", date(2026, 6, 14)), DoctorDay("dr rao", MONDAY))
    made.configure(buffer_time_minutes=15 * 60)
    assert ledger_query(visit(made, doctor="Dr Rao")).doctor_days == (*days, DoctorDay("dr rao", TUESDAY))


def test_a_closed_window_is_a_candidate_and_no_taker() -> None:
    made = clinic(window("a", status=WindowStatus.CLOSED), window("b", end_time="12:00"))
    asked = visit(made)
    assert [each.window.calendar_id for each in asked.candidates] == ["a", "b"]
    assert [each.window.calendar_id for each in asked.takers] == ["b"]
    assert asked.end == asked.start
    assert asked._replace(duration_minutes=30).end - asked.start == timedelta(minutes=30)
    assert repr(asked) == f"Visit(service='checkup', branch_id='main', start={at('2026-06-15T09:00')!r})"
