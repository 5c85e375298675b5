"""Windows, what differs on single dates, and closures of a branch (SPEC §4)."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime, timedelta

import attrs

from booking_engine import commands as c
from booking_engine.domain import events
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.branch import BranchClosure
from booking_engine.domain.rejection import RejectionCode
from booking_engine.domain.tracking import ALL_SERVICES, DateOverride, TrackingKey
from booking_engine.domain.window import CalendarWindow
from booking_engine.testing.model.answer import Answer, Left, invalid, refused
from booking_engine.testing.model.projection import tracking_of
from booking_engine.testing.model.setup import mentioned, put
from booking_engine.testing.model.shape import window_problems
from booking_engine.testing.model.state import EXPECTED, State, seen
from booking_engine.testing.model.wallclock import local_date


def create_window(state: State, command: c.CreateWindow, now: datetime, new_id: str) -> Answer:
    """SPEC W1, W8."""
    problems = []
    branch = state.branch(command.branch_id)
    if branch is None or branch.retired:
        problems.append("branch_id")
    service = None if command.appointment_type_id is None else state.service_named(command.appointment_type_id)
    if command.appointment_type_id is not None and service is None:
        problems.append("appointment_type_id")
    calendar_id = command.calendar_id or new_id
    if state.window(calendar_id) is not None:
        problems.append("calendar_id")
    if problems:
        return invalid(*problems)
    window = CalendarWindow(
        calendar_id=calendar_id,
        branch_id=command.branch_id,
        day=command.day,
        session=command.session,
        ai_slots=command.ai_slots,
        max_slots=command.ai_slots if command.max_slots is None else command.max_slots,
        start_time=command.start_time,
        end_time=command.end_time,
        batch=command.batch_name,
        service_id=None if service is None else service.service_id,
        status=command.status,
        valid_from=command.valid_from,
        valid_until=command.valid_until,
        interval_weeks=command.interval_weeks,
        created_at=now,
        updated_at=now,
    )
    return put(state, command, None, window, calendar_id, events.WindowCreated, now, new_id)


def update_window(state: State, command: c.UpdateWindow, now: datetime, new_id: str) -> Answer:
    """SPEC W2, W3, W4."""
    before = state.window(command.slot_id.split("||")[0])
    if before is None:
        return refused(RejectionCode.NOT_FOUND)
    if not seen(command.if_version, before.version):
        return refused(RejectionCode.PRECONDITION_FAILED)
    values = mentioned(
        command,
        *("day", "session", "start_time", "end_time", "max_slots", "ai_slots", "status"),
        *("valid_from", "valid_until", "interval_weeks"),
    )
    if command.batch_name is not c.UNSET:
        values["batch"] = command.batch_name
    after = attrs.evolve(before, **values)
    problems = [
        *(["ai_slots"] if after.ai_slots > after.max_slots else []),
        *window_problems(
            start_time=after.start_time,
            end_time=after.end_time,
            valid_from=after.valid_from,
            valid_until=after.valid_until,
            weeks=after.interval_weeks,
        ),
    ]
    if problems:
        return invalid(*problems)
    if after != before:
        after = attrs.evolve(after, updated_at=max(before.updated_at, now), version=before.version + 1)
    answer = put(state, command, before, after, before.calendar_id, events.WindowUpdated, now, new_id)
    return _with_left(state, answer, [before.calendar_id], now)


def override(state: State, command: c.OverrideTracking, now: datetime, new_id: str) -> Answer:
    """SPEC W7; the answer shows the tracking records that follow."""
    slot = _slot(command.slot_id)
    if slot is None:
        return invalid("slot_id")
    calendar_id, day, service_id = slot
    window = state.window(calendar_id)
    active = [each.service_id for each in state.services if not each.retired]
    if window is None or (service_id is not None and service_id not in active):
        return refused(RejectionCode.NOT_FOUND)
    problems = []
    if day is None or not state.covers(window, day) or (service_id and window.service_id not in (None, service_id)):
        problems.append("slot_id")
    if service_id is not None and state.is_shared:
        problems += [name for name in ("max_slots", "ai_slots") if getattr(command, name) not in (None, c.UNSET)]
    if problems or day is None:
        return invalid(*problems)
    before = state.override(calendar_id, day, service_id)
    blank = DateOverride(calendar_id=calendar_id, date=day, service_id=service_id)
    after = attrs.evolve(before or blank, **mentioned(command, "status", "max_slots", "ai_slots"))
    subject_id = "||".join(str(part) for part in slot if part is not None)
    answer = put(state, command, before, after, subject_id, events.TrackingOverridden, now, new_id, blank=blank)
    records = tracking_of(state, day, now, calendar_id=calendar_id)
    shown = tuple(record for record in records if service_id in (None, record.key.service_id))
    return attrs.evolve(_with_left(state, answer, [calendar_id], now), rows=shown)


def _slot(slot_id: str) -> tuple[str, date | None, str | None] | None:
    """The parts of a slot id; None when one means nothing (SPEC W2)."""
    found = _SLOT_ID.fullmatch(slot_id)
    if found is None or found["date"] is None:
        return None if found is None else (found["calendar_id"], None, None)
    try:
        day = date(*map(int, found["date"].split("-")))
    except ValueError:
        return None
    return (found["calendar_id"], day, found["service_id"]) if 2000 <= day.year <= 2199 else None


_SLOT_ID = re.compile(
    r"(?P<calendar_id>((?!\|\|).)*)(\|\|(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(\|\|(?P<service_id>((?!\|\|).)+))?)?"
)


def close_branch(state: State, command: c.CloseBranch, now: datetime, new_id: str) -> Answer:
    """SPEC W7; the same closure again is no change."""
    if state.branch(command.branch_id) is None:
        return refused(RejectionCode.NOT_FOUND)
    only = None
    if command.only is not None:
        length = (command.last_date - command.first_date).days
        days = [command.first_date + timedelta(days=n) for n in range(length + 1)]
        only = tuple(day for day in days if day in command.only)
        if not only:
            return invalid("only")
    closure = BranchClosure(
        closure_id=new_id,
        branch_id=command.branch_id,
        first_date=command.first_date,
        last_date=command.last_date,
        only=only,
        label=command.label,
    )
    for standing in state.closures:
        if attrs.evolve(standing, closure_id=new_id) == closure:
            return Answer(record=standing)
    answer = put(state, command, None, closure, new_id, events.BranchClosed, now, new_id)
    of_branch = [window.calendar_id for window in state.windows if window.branch_id == command.branch_id]
    return _with_left(state, answer, of_branch, now)


def reopen_branch(state: State, command: c.ReopenBranch, now: datetime, new_id: str) -> Answer:
    """Lift a closure; lifting it twice is no change."""
    before = next((each for each in state.closures if each.closure_id == command.closure_id), None)
    if before is None:
        return refused(RejectionCode.NOT_FOUND)
    after = attrs.evolve(before, lifted=True)
    return put(state, command, before, after, before.closure_id, events.BranchReopened, now, new_id)


def _with_left(state: State, answer: Answer, calendar_ids: list[str], now: datetime) -> Answer:
    """The answer to an edit, with the appointments from today on that it leaves outside or over capacity (SPEC W5)."""
    if not answer.events:
        return answer
    today = local_date(now, state.configuration.timezone)
    standing = [each for each in state.holding() if each.calendar_id in calendar_ids and each.date >= today]
    outside = [each.appointment_id for each in standing if each.status in EXPECTED and not _is_inside(state, each)]
    together: defaultdict[TrackingKey, list[Appointment]] = defaultdict(list)
    for each in standing:
        service_id = ALL_SERVICES if state.is_shared else each.service_id
        together[TrackingKey(each.calendar_id, each.date, service_id)].append(each)
    over, overbooked = [], []
    for key, here in together.items():
        window = state.window(key.calendar_id)
        assert window is not None
        excess = len(here) - state.limits(window, key.date, key.service_id or None).max_slots
        if excess > 0:
            overbooked.append((key, excess))
            latest_first = sorted(here, key=lambda each: (each.created_at, each.appointment_id), reverse=True)
            over += [each.appointment_id for each in latest_first[:excess]]
    left = Left(outside=frozenset(outside), over_capacity=frozenset(over), overbooked=frozenset(overbooked))
    return attrs.evolve(answer, left=left)


def _is_inside(state: State, appointment: Appointment) -> bool:
    window = state.window(appointment.calendar_id)
    assert window is not None
    day, start, duration = appointment.date, appointment.start, appointment.duration_minutes
    return state.is_open(window, day, appointment.service_id) and state.fits(window, day, start, duration)
