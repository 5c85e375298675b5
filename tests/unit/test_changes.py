"""SPEC §8 by examples: moving, labelling, assigning, completing, cancelling and reviving an appointment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from properties.support import (
    AI,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    NEXT_MONDAY,
    RESCHEDULED,
    Clinic,
    clinic,
    monday,
    update,
    why,
    window,
)

from booking_engine import UNSET, Reason, RejectionCode, Session, UpdateService, UpdateWindow, WindowStatus

INVALID = (RejectionCode.INVALID_TRANSITION, None)
FULL = (RejectionCode.SLOT_FULL, Reason.CAPACITY)
BUSY = (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)


def roomy(**policy: Any) -> Clinic:
    morning = window("m", ai_slots=5, batch_name="A", end_time="12:00")
    evening = window("e", ai_slots=5, session=Session.EVENING, end_time="13:00")
    return clinic(morning, evening, **policy)


def test_u1_at_least_one_field_and_null_only_where_it_clears() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), notes="n", assigned_doctor="Dr Rao")
    assert [problem.field for problem in made.refused_update(booked).fields] == ["body"]
    asked = {"appointment_date": None, "status": None, "session": None, "batch": None}
    assert [problem.field for problem in made.refused_update(booked, **asked).fields] == list(asked)
    cleared = made.update(booked, notes=None, assigned_doctor=None)
    assert (cleared.notes, cleared.assigned_doctor) == (None, None)


def test_u1_rescheduled_is_a_consequence_and_never_asked_for() -> None:
    made = roomy()
    refused = made.refused_update(made.book(monday("09:00")), status=RESCHEDULED)
    assert [problem.field for problem in refused.fields] == ["status"]


def test_u2_a_move_keeps_id_and_reference_and_becomes_rescheduled() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), external_reference_id="R")
    moved = made.engine.reschedule(booked.appointment_id, monday("10:00"), actor="desk").appointment
    assert (moved.appointment_id, moved.external_reference_id) == (booked.appointment_id, "R")
    assert moved.status is RESCHEDULED
    assert made.update(booked, appointment_date=monday("11:00"), status=CONFIRMED).status is CONFIRMED


def test_u2_the_same_date_is_no_reschedule() -> None:
    made = roomy(allow_reschedule=False)
    booked = made.book(monday("09:00"))
    assert made.update(booked, appointment_date=booked.start) == booked
    refused = made.refused_update(booked, appointment_date=monday("10:00"))
    assert why(refused) == (RejectionCode.RESCHEDULE_NOT_ALLOWED, Reason.DISABLED)


def test_u2_a_reschedule_needs_its_notice() -> None:
    made = roomy(reschedule_notice_hours=24)
    booked = made.book(monday("09:00"))
    made.clock.now = booked.start - timedelta(hours=24) + timedelta(microseconds=1)
    refused = made.refused_update(booked, appointment_date=monday("10:00", NEXT_MONDAY))
    assert why(refused) == (RejectionCode.RESCHEDULE_NOT_ALLOWED, Reason.NOTICE)
    assert refused.latest == booked.start - timedelta(hours=24)
    made.clock.now = booked.start - timedelta(hours=24)
    assert made.update(booked, appointment_date=monday("10:00", NEXT_MONDAY)).date == NEXT_MONDAY


def test_u2_a_move_inside_a_closed_window_is_refused() -> None:
    made = clinic(window())
    booked = made.book(monday("09:00"))
    made.engine.disable_window("w")
    assert made.refused_update(booked, appointment_date=monday("10:00")).code is RejectionCode.SLOT_INACTIVE


def test_u2_a_move_takes_the_present_duration_and_a_relabel_keeps_the_old() -> None:
    made = roomy(duration_minutes=30)
    booked = made.book(monday("09:00"))
    made.engine.update_service(UpdateService(service_id="checkup", duration_minutes=60))
    assert made.update(booked, session=Session.EVENING).duration_minutes == 30
    assert made.update(booked, appointment_date=monday("10:00")).duration_minutes == 60


def test_u3_labels_alone_find_another_window_at_the_same_instant() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), batch="A")
    moved = made.update(booked, session=Session.EVENING)
    assert (moved.calendar_id, moved.batch, moved.status, moved.start) == ("e", None, CONFIRMED, booked.start)
    assert [record.counts.filled for record in made.records()] == [0, 1]
    back = made.update(booked, batch="A")
    assert (back.calendar_id, back.session) == ("m", Session.MORNING)


def test_u3_its_own_window_asks_nothing_closed_or_full() -> None:
    made = clinic(window(batch_name="A"))
    booked = made.book(monday("09:00"))
    made.engine.update_window(UpdateWindow(slot_id="w", session=Session.EVENING, status=WindowStatus.CLOSED))
    assert made.update(booked, batch="A").session is Session.EVENING
    assert made.update(booked, batch="A").version == 2


def test_u3_a_better_window_with_room_takes_the_relabelled() -> None:
    made = clinic(window("small", end_time="10:00"), window("large", ai_slots=2))
    first, second = made.book(monday("09:00"), "+911"), made.book(monday("09:00"), "+912")
    assert [first.calendar_id, second.calendar_id] == ["small", "large"]
    assert made.update(second, session=Session.MORNING).calendar_id == "large"
    made.update(first, appointment_date=monday("09:00", NEXT_MONDAY))
    assert made.update(second, session=Session.MORNING).calendar_id == "small"


def test_u3_no_window_for_the_labels() -> None:
    made = roomy()
    refused = made.refused_update(made.book(monday("09:00")), batch="Z")
    assert why(refused) == (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)


def test_u3a_a_change_is_admitted_through_the_channel_that_booked() -> None:
    made = clinic(window("a", ai_slots=1, max_slots=2), window("b", ai_slots=0, max_slots=2, session=Session.EVENING))
    booked = made.book(monday("09:00"), channel=AI)
    refused = made.refused_update(booked, session=Session.EVENING)
    assert why(refused) == (RejectionCode.SLOT_FULL, Reason.AI_QUOTA)


def test_u3_another_doctor_must_be_free() -> None:
    made = roomy(buffer_time_minutes=15)
    made.book(monday("09:00"), "+911", assigned_doctor="Dr Rao")
    other = made.book(monday("09:10"), "+912")
    assert why(made.refused_update(other, assigned_doctor=" dr  RAO")) == BUSY
    assert why(made.refused_update(other, assigned_doctor="dr rao", session=Session.MORNING)) == BUSY
    assert made.update(other, assigned_doctor="Dr Iyer").assigned_doctor == "Dr Iyer"
    assert made.update(other, assigned_doctor="DR IYER").assigned_doctor == "DR IYER"


def test_u3_other_labels_and_a_free_doctor_at_once() -> None:
    made = roomy()
    booked = made.book(monday("09:00"))
    changed = made.update(booked, assigned_doctor="Dr Rao", session=booked.session)
    assert (changed.assigned_doctor, changed.calendar_id) == ("Dr Rao", booked.calendar_id)


@pytest.mark.parametrize("status", [COMPLETED, CANCELLED])
def test_u4_what_has_ended_is_neither_moved_nor_labelled_anew(status: Any) -> None:
    made = roomy()
    ended = made.update(made.book(monday("09:00"), session=Session.MORNING), status=status)
    assert why(made.refused_update(ended, appointment_date=monday("10:00"))) == INVALID
    assert why(made.refused_update(ended, session=Session.EVENING)) == INVALID
    assert made.update(ended, session=Session.MORNING) == ended
    noted = made.update(ended, notes="late", assigned_doctor="Dr Rao")
    assert (noted.notes, noted.assigned_doctor, noted.status) == ("late", "Dr Rao", status)


def test_u4_completed_stays_completed() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), external_reference_id="R")
    done = made.engine.complete(booked.appointment_id, session=Session.EVENING).appointment
    assert (done.status, done.calendar_id) == (COMPLETED, "e")
    for status in (CONFIRMED, CANCELLED):
        assert why(made.refused_update(done, status=status)) == INVALID
    assert made.update(done, status=COMPLETED) == done
    assert made.book(monday("10:00")).external_reference_id is None


def test_u4_confirming_a_rescheduled_one() -> None:
    made = roomy()
    booked = made.book(monday("09:00"))
    made.update(booked, appointment_date=monday("10:00"))
    assert made.update(booked, status=CONFIRMED).status is CONFIRMED


def test_u4_a_revival_is_a_fresh_admission() -> None:
    made = clinic(window(), window("e", session=Session.EVENING, start_time="08:00", end_time="13:00"))
    first = made.cancel(made.book(monday("09:00"), "+911", external_reference_id="R"))
    made.book(monday("09:00"), "+912", external_reference_id="R")
    refused = made.refused_update(first, status=CONFIRMED)
    assert why(refused) == (RejectionCode.DUPLICATE_BOOKING, Reason.REFERENCE)
    other = made.cancel(made.book(monday("09:00"), "+913"))
    revived = made.update(other, status=CONFIRMED)
    assert (revived.status, revived.calendar_id) == (CONFIRMED, "e")
    last = made.cancel(revived)
    assert why(made.refused_update(last, status=CONFIRMED, session=Session.MORNING)) == FULL


def test_u5_cancelling_twice_is_cancelling_once_before_any_policy() -> None:
    made = roomy()
    cancelled = made.engine.cancel(made.book(monday("09:00")).appointment_id).appointment
    made.configure(allow_cancellation=False)
    assert made.update(cancelled, status=CANCELLED, notes="ignored") == cancelled


def test_u5_a_cancellation_needs_permission_and_notice() -> None:
    made = roomy()
    booked = made.book(monday("09:00"))
    made.clock.now = booked.start - timedelta(hours=23)
    refused = made.refused_update(booked, status=CANCELLED)
    assert why(refused) == (RejectionCode.CANCELLATION_NOT_ALLOWED, Reason.NOTICE)
    assert refused.latest == booked.start - timedelta(hours=24)
    made.configure(allow_cancellation=False)
    refused = made.refused_update(booked, status=CANCELLED)
    assert why(refused) == (RejectionCode.CANCELLATION_NOT_ALLOWED, Reason.DISABLED)


def test_u5_other_fields_may_change_with_a_cancellation() -> None:
    made = roomy()
    booked = made.book(monday("09:00"))
    cancelled = made.update(booked, status=CANCELLED, notes="moved away", session=Session.EVENING)
    assert (cancelled.notes, cancelled.session, cancelled.calendar_id) == ("moved away", Session.EVENING, "e")
    assert [record.counts.filled for record in made.records()] == [0, 0]


def test_u6_history_tells_who_when_and_what() -> None:
    made = roomy()
    booked = made.book(monday("09:00"), actor="web", channel=AI)
    made.clock.now += timedelta(hours=1)
    made.update(booked, notes="x", actor="desk")
    made.clock.now += timedelta(hours=1)
    made.update(booked, appointment_date=monday("10:00"))
    made.update(booked, status=CONFIRMED)
    made.cancel(booked)
    made.update(booked, status=CONFIRMED)
    made.update(booked, status=COMPLETED)
    history = made.engine.history(booked.appointment_id)
    assert [event.name.removeprefix("appointment.") for event in history] == [
        "created", "updated", "rescheduled", "confirmed", "cancelled", "revived", "completed"
    ]  # fmt: skip
    assert [event.actor for event in history[:3]] == ["web", "desk", None]
    assert [change.field for change in history[2].changes] == ["start", "status"]
    assert [event.version for event in history] == list(range(1, 8))
    assert made.again(booked).created_at == booked.created_at


def test_u6_updated_at_never_goes_back() -> None:
    made = roomy()
    booked = made.book(monday("09:00"))
    made.clock.now -= timedelta(hours=1)
    assert made.update(booked, notes="x").updated_at == booked.updated_at


def test_an_unknown_appointment_is_not_found() -> None:
    made = roomy()
    assert made.refused(update("appt_x", status=CANCELLED)).code is RejectionCode.NOT_FOUND
    assert made.refused(update("", notes=UNSET, status=CANCELLED)).code is RejectionCode.VALIDATION_ERROR
