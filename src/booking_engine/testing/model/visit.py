"""A visit is what has to be admitted; each step of SPEC §6 asks about it by going through all there is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import attrs

from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.rejection import Reason, RejectionCode
from booking_engine.domain.service import Service
from booking_engine.domain.window import CalendarWindow, Session
from booking_engine.testing.model import wallclock
from booking_engine.testing.model.answer import Answer, invalid, refused
from booking_engine.testing.model.state import EXPECTED, State, folded


@attrs.frozen(kw_only=True)
class Visit:
    """``own`` is the appointment that changes and does not count, ``held`` the hold that moves.

    ``relabels`` when it stays where it is in time; ``phone_key`` is None where nobody is named yet.
    """

    service: Service
    branch_id: str
    start: datetime
    duration_minutes: int
    session: Session | None
    batch: str | None
    doctor: str | None
    channel: Channel
    phone_key: str | None
    patient_name: str
    own: Appointment | None = None
    relabels: bool = False
    held: Hold | None = None

    def is_other(self, appointment: Appointment) -> bool:
        """Whether the appointment is not the one that changes."""
        return self.own is None or appointment.appointment_id != self.own.appointment_id


def refuse_disabled(state: State) -> Answer | None:
    """Step 3."""
    return None if state.configuration.enabled else refused(RejectionCode.BOOKING_DISABLED)


def find_branch(state: State, branch_id: str | None) -> str | Answer:
    """Step 5."""
    active = [branch.branch_id for branch in state.branches if not branch.retired]
    if branch_id is None and len(active) == 1:
        return active[0]
    return branch_id if branch_id is not None and branch_id in active else invalid("branch_id")


def refuse_time(state: State, start: datetime, now: datetime) -> Answer | None:
    """Steps 6 and 7 (SPEC T4)."""
    configuration, outside = state.configuration, RejectionCode.OUTSIDE_AVAILABILITY
    if start <= now:
        return refused(RejectionCode.PAST_APPOINTMENT)
    notice = timedelta(hours=configuration.min_notice_hours)
    if start - now < notice:
        return refused(outside, Reason.MIN_NOTICE, earliest=now + notice)
    latest = last_date(state, now)
    if wallclock.local_date(start, configuration.timezone) > latest:
        return refused(outside, Reason.BEYOND_HORIZON, latest=latest)
    return None


def last_date(state: State, now: datetime) -> date:
    """The last local date of the horizon; the last of all years is in the next one somewhere (SPEC T5)."""
    today = wallclock.local_date(now, state.configuration.timezone)
    return min(today + timedelta(days=state.configuration.max_advance_booking_days), date(2199, 12, 30))


def day_of(state: State, visit: Visit) -> date:
    """The local date of the visit."""
    return wallclock.local_date(visit.start, state.configuration.timezone)


def candidates(state: State, visit: Visit) -> list[CalendarWindow]:
    """The windows that match, in the order of SPEC W6."""

    def preference(window: CalendarWindow) -> tuple[bool, int, int, str]:
        start, end = state.hours(window)
        return (window.service_id is None, end - start, start, window.calendar_id)

    matching = [
        window
        for window in state.windows
        if window.branch_id == visit.branch_id
        and visit.session in (None, window.session)
        and visit.batch in (None, window.batch)
        and window.service_id in (None, visit.service.service_id)
        and state.fits(window, day_of(state, visit), visit.start, visit.duration_minutes)
    ]
    return sorted(matching, key=preference)


def is_own(state: State, visit: Visit, window: CalendarWindow) -> bool:
    """Whether the appointment that changes, or the hold that moves, has its place on that window-date already."""
    if visit.held is not None:
        same_places = state.is_shared or visit.held.service_id == visit.service.service_id
        return same_places and (visit.held.calendar_id, visit.held.date) == (window.calendar_id, day_of(state, visit))
    return (
        visit.own is not None
        and visit.own.status is not AppointmentStatus.CANCELLED
        and (visit.own.calendar_id, visit.own.date) == (window.calendar_id, day_of(state, visit))
    )


def takes(state: State, visit: Visit, window: CalendarWindow) -> bool:
    """Open, or the window that a change of labels alone may stay in, closed as it is (SPEC U3)."""
    if visit.relabels and is_own(state, visit, window):
        return True
    return state.is_open(window, day_of(state, visit), visit.service.service_id)


def refuse_windows(state: State, visit: Visit) -> Answer | None:
    """Step 8."""
    matching = candidates(state, visit)
    if not matching:
        return refused(RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)
    if not any(takes(state, visit, window) for window in matching):
        return refused(RejectionCode.SLOT_INACTIVE)
    return None


def refuse_duplicate(state: State, visit: Visit) -> Answer | None:
    """Step 9."""
    configuration = state.configuration
    repeated = [
        each.appointment_id
        for each in state.appointments
        if each.status in EXPECTED
        and (each.phone_key, each.service_id, each.date)
        == (visit.phone_key, visit.service.service_id, day_of(state, visit))
        and (not configuration.duplicate_includes_patient or folded(each.patient_name) == folded(visit.patient_name))
        and visit.is_other(each)
    ]
    if not configuration.duplicate_prevention or not repeated:
        return None
    return refused(RejectionCode.DUPLICATE_BOOKING, existing=min(repeated))


def refuse_doctor(state: State, visit: Visit) -> Answer | None:
    """Step 10: exactly the buffer apart is free, overlapping never."""
    buffer = timedelta(minutes=state.configuration.buffer_time_minutes)
    end = visit.start + timedelta(minutes=visit.duration_minutes)
    for each in state.appointments:
        if visit.doctor is None or each.assigned_doctor is None or each.status not in EXPECTED:
            continue
        other_end = each.start + timedelta(minutes=each.duration_minutes)
        after, before = visit.start - other_end, each.start - end
        same = folded(each.assigned_doctor) == folded(visit.doctor)
        if same and visit.is_other(each) and not (after >= buffer or before >= buffer):
            return refused(RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)
    return None


def find_place(state: State, visit: Visit) -> CalendarWindow | Answer:
    """Step 11: the first candidate that takes bookings and has room, the own place being room enough (SPEC U3a)."""
    staff_could = False
    for window in candidates(state, visit):
        if not takes(state, visit, window):
            continue
        room = {
            channel: state.room(window, day_of(state, visit), visit.service.service_id, channel) for channel in Channel
        }
        if is_own(state, visit, window) or room[visit.channel] > 0:
            return window
        staff_could = staff_could or room[Channel.STAFF] > 0
    return refused(RejectionCode.SLOT_FULL, Reason.AI_QUOTA if staff_could else Reason.CAPACITY)


def admit(state: State, visit: Visit) -> CalendarWindow | Answer:
    """Steps 9 to 11; of a change of labels that ends where it began nothing is asked (SPEC U3)."""
    place = find_place(state, visit)
    if visit.relabels and isinstance(place, CalendarWindow) and is_own(state, visit, place):
        return place
    return refuse_duplicate(state, visit) or refuse_doctor(state, visit) or place
