"""The answer to a command is the first rule that refuses it, in the order of SPEC §6; nothing else (Inv9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from booking_engine import (
    Appointment,
    AppointmentStatus,
    BookAppointment,
    Booked,
    Channel,
    Reason,
    Rejection,
    RejectionCode,
    Session,
    UpdateAppointment,
    Updated,
)
from properties.crowded import (
    BRANCH,
    DOCTOR,
    NOW,
    REPLAY,
    SERVICES,
    SHAPE,
    STEPS,
    TYPE,
    WINDOW,
    Crowd,
    Moment,
    crowds,
    doctors,
    name_of,
    phones,
)
from properties.support import CANCELLED, COMPLETED, CONFIRMED, RESCHEDULED, STAFF, attempt, request, update, why

T = TypeVar("T")
Why = tuple[RejectionCode, Reason | None]


BAD_NAME: dict[str, object] = {"message": "Invalid: patient_name."}
BAD_BRANCH: dict[str, object] = {"message": "Invalid: branch_id."}
BAD_DATE: dict[str, object] = {"message": "Invalid: appointment_date."}


class Rule(NamedTuple):
    """One rule of the list: what it answers, whether it refuses here, and what else its refusal says."""

    answer: Why
    refuses: bool
    details: Mapping[str, object] = MappingProxyType({})


def first(rules: Iterator[Rule]) -> Rule | None:
    return next((rule for rule in rules if rule.refuses), None)


def assert_is(outcome: object, rule: Rule) -> None:
    assert isinstance(outcome, Rejection), (rule, outcome)
    assert why(outcome) == rule.answer
    for name, value in rule.details.items():
        found = getattr(outcome, name)
        assert found in value if isinstance(value, set) else found == value


# --- The list -------------------------------------------------------------------------------------------------------


def rules_of_time(moment: Moment) -> Iterator[Rule]:
    """SPEC §6.6-7."""
    outside, last_date = RejectionCode.OUTSIDE_AVAILABILITY, moment.last_date
    earliest = NOW + timedelta(hours=moment.crowd.policy["min_notice_hours"])
    yield Rule((RejectionCode.PAST_APPOINTMENT, None), moment.is_past)
    yield Rule((outside, Reason.MIN_NOTICE), moment.is_without_notice, {"earliest": earliest})
    yield Rule((outside, Reason.BEYOND_HORIZON), moment.date > last_date, {"latest": last_date})


class Asking(NamedTuple):
    """Who asks for a place; ``matches``: the branch and the labels fit; ``stays``: the place is its own already."""

    phone: str
    service_id: str
    doctor: str | None
    channel: Channel
    matches: bool = True
    stays: bool = False


def rules_of_place(moment: Moment, others: list[Appointment], who: Asking) -> Iterator[Rule]:
    """SPEC §6.8-11."""
    no_window = not (who.matches and moment.is_in_hours)
    yield Rule((RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW), no_window)
    yield Rule((RejectionCode.SLOT_INACTIVE, None), moment.is_closed_for(who.service_id))
    repeated = moment.repeated(others, who.phone, who.service_id)
    yield Rule((RejectionCode.DUPLICATE_BOOKING, None), bool(repeated), {"existing_appointment_id": repeated})
    yield Rule((RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY), moment.is_busy(others, who.doctor))
    is_full = not who.stays and moment.is_full(others, who.service_id, who.channel)
    staff_could = not moment.is_full(others, who.service_id, STAFF)
    yield Rule((RejectionCode.SLOT_FULL, Reason.AI_QUOTA), is_full and staff_could)
    yield Rule((RejectionCode.SLOT_FULL, Reason.CAPACITY), is_full)


# --- Booking --------------------------------------------------------------------------------------------------------


def service_of(text: str, crowd: Crowd) -> str | None:
    service_id = " ".join(text.lower().split())
    return service_id if service_id in SERVICES and service_id not in crowd.retired else None


def branches_of(command: BookAppointment, crowd: Crowd) -> list[str]:
    """The branches that the command can mean; only one will do."""
    active = [branch for branch in ("main", "north") if branch not in crowd.retired]
    return active if command.branch_id is None else [branch for branch in active if branch == command.branch_id]


def rules_of_booking(command: BookAppointment, crowd: Crowd, others: list[Appointment]) -> Iterator[Rule]:
    yield Rule((RejectionCode.VALIDATION_ERROR, None), not command.patient_name.strip(), BAD_NAME)
    yield Rule((RejectionCode.BOOKING_DISABLED, None), not crowd.policy["enabled"])
    service_id, branches = service_of(command.appointment_type, crowd), branches_of(command, crowd)
    yield Rule((RejectionCode.INVALID_APPOINTMENT_TYPE, None), service_id is None)
    assert service_id is not None
    yield Rule((RejectionCode.VALIDATION_ERROR, None), len(branches) != 1, BAD_BRANCH)
    moment = crowd.at(command.appointment_date)
    yield from rules_of_time(moment)
    matches = branches == ["main"] and command.session is not Session.EVENING
    who = Asking(command.parent_phone, service_id, command.assigned_doctor, command.channel, matches)
    yield from rules_of_place(moment, others, who)


def holder_of(reference: str | None, others: list[Appointment]) -> Appointment | None:
    if reference is None:
        return None
    holders = [each for each in others if each.external_reference_id == reference and each.status is not CANCELLED]
    assert len(holders) <= 1  # Inv4
    return holders[0] if holders else None


@st.composite
def bookings(draw: st.DrawFn) -> tuple[Crowd, BookAppointment]:
    """A booking that may break each rule from some step on."""
    kept = draw(st.sampled_from(STEPS))
    crowd = draw(crowds(kept))

    def may_break(step: int, usual: T, *others: T) -> T:
        return usual if kept > step else draw(st.sampled_from([usual, *others]))

    return crowd, request(
        crowd.instant,
        draw(phones),
        patient_name=may_break(SHAPE, "Asha", " "),
        appointment_type=may_break(TYPE, draw(st.sampled_from(["checkup", " Checkup", "SCAN"])), "x-ray"),
        branch_id=may_break(BRANCH, "main", "south", None) if kept <= BRANCH else may_break(WINDOW, "main", "north"),
        session=may_break(WINDOW, draw(st.sampled_from([None, Session.MORNING])), Session.EVENING),
        assigned_doctor=None if kept > DOCTOR else draw(doctors),
        external_reference_id=may_break(REPLAY, None, "R", "Q"),
        channel=draw(st.sampled_from(Channel)),
    )


@given(case=bookings())
def test_inv9_a_booking_is_refused_by_the_first_rule_that_refuses(case: tuple[Crowd, BookAppointment]) -> None:
    crowd, command = case
    made = crowd.open()
    before = made.snapshot()
    others = list(before.appointments)
    replayed = holder_of(command.external_reference_id, others)
    rule = first(rules_of_booking(command, crowd, others))
    outcome = attempt(made.engine, command)
    if replayed is not None and (rule is None or rule.details is not BAD_NAME):
        assert outcome == Booked(replayed, True, outcome.differences)
        assert made.snapshot() == before
    elif rule is not None:
        assert_is(outcome, rule)
        assert made.snapshot() == before
    else:
        assert isinstance(outcome, Booked)
        booked = outcome.appointment
        assert not outcome.replayed
        assert (booked.start, booked.date, booked.status) == (crowd.instant, crowd.date, CONFIRMED)


# --- Changing -------------------------------------------------------------------------------------------------------

TABLE = {
    CONFIRMED: {CONFIRMED, COMPLETED, CANCELLED},
    RESCHEDULED: {CONFIRMED, COMPLETED, CANCELLED},
    COMPLETED: {COMPLETED},
    CANCELLED: {CONFIRMED, CANCELLED},
}


@attrs.frozen
class Change:
    """An update that may move, set a status and assign a doctor, all at once."""

    start: datetime | None
    status: AppointmentStatus | None
    doctor: str | None

    def of(self, appointment_id: str) -> UpdateAppointment:
        """The command."""
        asked = {"appointment_date": self.start, "status": self.status, "assigned_doctor": self.doctor}
        return update(appointment_id, **{field: value for field, value in asked.items() if value is not None})


def rules_of_policy(code: RejectionCode, verb: str, crowd: Crowd, subject: Appointment) -> Iterator[Rule]:
    """SPEC U2, U5: switched off, or too late; no hours of notice ask for nothing."""
    verbs = {"cancel": "cancellation", "reschedule": "reschedule"}
    hours = crowd.policy[f"{verbs[verb]}_notice_hours"]
    latest = subject.start - timedelta(hours=hours)
    yield Rule((code, Reason.DISABLED), not crowd.policy[f"allow_{verbs[verb]}"])
    yield Rule((code, Reason.NOTICE), hours > 0 and latest < NOW, {"latest": latest})


def rules_of_change(change: Change, crowd: Crowd, subject: Appointment, others: list[Appointment]) -> Iterator[Rule]:
    """SPEC §8: the shape, the status table, the policy, then §6 for what has to be admitted afresh."""
    was, becomes = subject.status, change.status
    start = subject.start if change.start is None else change.start
    moves, revives = start != subject.start, was is CANCELLED and becomes is CONFIRMED
    ends = becomes in (COMPLETED, CANCELLED)
    yield Rule((RejectionCode.VALIDATION_ERROR, None), ends and change.start is not None, BAD_DATE)
    impossible = becomes is not None and becomes not in TABLE[was]
    yield Rule((RejectionCode.INVALID_TRANSITION, None), impossible or (moves and not subject.is_expected))
    if becomes is CANCELLED:
        yield from rules_of_policy(RejectionCode.CANCELLATION_NOT_ALLOWED, "cancel", crowd, subject)
    if moves:
        yield from rules_of_policy(RejectionCode.RESCHEDULE_NOT_ALLOWED, "reschedule", crowd, subject)
    if revives:
        holder = holder_of(subject.external_reference_id, others)
        yield Rule((RejectionCode.DUPLICATE_BOOKING, Reason.REFERENCE), holder is not None)
        yield Rule((RejectionCode.BOOKING_DISABLED, None), not crowd.policy["enabled"])
        yield Rule((RejectionCode.INVALID_APPOINTMENT_TYPE, None), subject.service_id in crowd.retired)
        yield Rule((RejectionCode.VALIDATION_ERROR, None), "main" in crowd.retired, BAD_BRANCH)
    moment, doctor = crowd.at(start), subject.assigned_doctor if change.doctor is None else change.doctor
    if moves or revives:
        stays = subject.holds_place and moment.date == subject.date
        yield from rules_of_time(moment)
        who = Asking(subject.parent_phone, subject.service_id, doctor, subject.booked_via, stays=stays)
        yield from rules_of_place(moment, others, who)
    elif subject.is_expected and not ends and name_of(doctor) != name_of(subject.assigned_doctor):
        yield Rule((RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY), moment.is_busy(others, doctor))


@st.composite
def changes(draw: st.DrawFn, crowd: Crowd, subject: Appointment) -> Change:
    """A change of something at least; one that moves and ends at once is rare."""
    start = draw(st.sampled_from([None, None, crowd.instant, crowd.instant, crowd.instant, subject.start]))
    ends = [COMPLETED, CANCELLED] if start is None or draw(st.integers(0, 9)) == 0 else []
    status = draw(st.sampled_from([None, CONFIRMED, *ends]))
    doctor = draw(doctors.map(lambda name: name and name.strip()))
    assume((start, status, doctor) != (None, None, None))
    return Change(start, status, doctor)


@given(data=st.data(), crowd=st.sampled_from(STEPS[TYPE:]).flatmap(crowds))
def test_inv9_a_change_is_refused_by_the_first_rule_that_refuses(data: st.DataObject, crowd: Crowd) -> None:
    made = crowd.open()
    appointments = made.appointments()
    assume(appointments)
    subject = data.draw(st.sampled_from(appointments))
    others = [each for each in appointments if each.appointment_id != subject.appointment_id]
    change = data.draw(changes(crowd, subject))
    before = made.snapshot()
    outcome = attempt(made.engine, change.of(subject.appointment_id))
    repeats = subject.status is change.status is CANCELLED and change.start is None
    rule = None if repeats else first(rules_of_change(change, crowd, subject, others))
    if rule is not None:
        assert_is(outcome, rule)
        assert made.snapshot() == before
        return
    assert isinstance(outcome, Updated)
    assert made.again(subject) == outcome.appointment
    if repeats:
        assert outcome == Updated(subject)
        return
    after, start = outcome.appointment, change.start or subject.start
    moved = RESCHEDULED if start != subject.start else subject.status
    assert (after.start, after.status) == (start, change.status or moved)
    assert after.assigned_doctor == (change.doctor or subject.assigned_doctor)
    assert after.date == crowd.at(start).date
    assert made.engine.verify() == ()
