"""Admission answers whether one visit may be booked: the rules of SPEC §6.3–11 as a list, asked in order.

What the catalog and the clock can answer is asked when a command is planned; what only the ledger knows is asked
of a view. Availability asks the same functions (SPEC C7).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, TypeAlias

from booking_engine.domain.appointment import DoctorDay, doctor_days
from booking_engine.domain.branch import Branch
from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.channel import Channel
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode, invalid
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import TrackingKey
from booking_engine.ledger.claims import DuplicateName, VersionGuard
from booking_engine.ledger.holdings import duplicate_name
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.rules.timing import earliest_start, last_date
from booking_engine.rules.visit import Visit

# --- What the catalog and the clock answer, in the order of SPEC §6.3-8 ---------------------------------------------


def refuse_disabled(catalog: Catalog) -> Rejection | None:
    """SPEC §6.3."""
    if catalog.configuration.enabled:
        return None
    return Rejection(code=RejectionCode.BOOKING_DISABLED, message="Booking is switched off for this organisation.")


def find_service(catalog: Catalog, appointment_type: str) -> Service | Rejection:
    """SPEC §6.4."""
    return catalog.service_named(appointment_type) or no_such_service()


def no_such_service() -> Rejection:
    """The rejection of a service that is unknown or retired."""
    return Rejection(
        code=RejectionCode.INVALID_APPOINTMENT_TYPE, message="appointment_type matches no configured service."
    )


def find_branch(catalog: Catalog, branch_id: str | None) -> Branch | Rejection:
    """SPEC §6.5."""
    branches = catalog.active_branches
    if branch_id is None:
        if len(branches) == 1:
            return branches[0]
        if not branches:
            return invalid(FieldProblem("branch_id", "cannot be chosen", "the organisation has no branch yet"))
        hint = "send one of: " + ", ".join(branch.branch_id for branch in branches)
        return invalid(FieldProblem("branch_id", "is missing and there are several branches", hint))
    branch = catalog.branches.get(branch_id)
    if branch is None or branch.retired:
        hint = "send one of: " + ", ".join(known.branch_id for known in branches)
        return invalid(FieldProblem("branch_id", "is not a branch of this organisation", hint))
    return branch


def refuse_past(visit: Visit) -> Rejection | None:
    """SPEC §6.6, T4."""
    if visit.start > visit.now:
        return None
    return Rejection(code=RejectionCode.PAST_APPOINTMENT, message="appointment_date is in the past.")


def refuse_short_notice(visit: Visit) -> Rejection | None:
    """SPEC §6.7, T4."""
    if visit.start - visit.now >= visit.catalog.min_notice:
        return None
    hours = visit.catalog.configuration.min_notice_hours
    return Rejection(
        code=RejectionCode.OUTSIDE_AVAILABILITY,
        reason=Reason.MIN_NOTICE,
        message=f"Bookings need {hours} hours of notice.",
        earliest=earliest_start(visit.catalog, visit.now),
    )


def refuse_beyond_horizon(visit: Visit) -> Rejection | None:
    """SPEC §6.7, T4."""
    latest = last_date(visit.catalog, visit.now)
    if visit.date <= latest:
        return None
    days = visit.catalog.configuration.max_advance_booking_days
    return Rejection(
        code=RejectionCode.OUTSIDE_AVAILABILITY,
        reason=Reason.BEYOND_HORIZON,
        message=f"Bookings are taken up to {days} days ahead, until {latest}.",
        latest=latest,
    )


def refuse_no_window(visit: Visit) -> Rejection | None:
    """SPEC §6.8, W6."""
    if not visit.candidates:
        return Rejection(
            code=RejectionCode.OUTSIDE_AVAILABILITY,
            reason=Reason.NO_WINDOW,
            message="appointment_date falls within no calendar window of that branch, service, session and batch.",
        )
    if not visit.takers:
        return Rejection(code=RejectionCode.SLOT_INACTIVE, message="The window is closed.")
    return None


CatalogRule: TypeAlias = Callable[[Visit], Rejection | None]

TIMING_RULES: tuple[CatalogRule, ...] = (refuse_past, refuse_short_notice, refuse_beyond_horizon)
WINDOW_RULES: tuple[CatalogRule, ...] = (refuse_no_window,)


def first_refusal(visit: Visit, rules: tuple[CatalogRule, ...]) -> Rejection | None:
    """The answer of the first rule that refuses."""
    for rule in rules:
        refusal = rule(visit)
        if refusal is not None:
            return refusal
    return None


# --- What the ledger answers, in the order of SPEC §6.9-11 ----------------------------------------------------------


class Place(NamedTuple):
    """Where the visit is admitted; a place that is the appointment's own already asks the ledger for nothing."""

    window_date: WindowDate
    is_own: bool


def ledger_query(visit: Visit, *, reference: str | None = None, appointment_id: str | None = None) -> LedgerQuery:
    """What the rules of the ledger need to see."""
    return LedgerQuery(
        now=visit.now,
        appointment_id=appointment_id,
        reference=reference,
        duplicate=name_of(visit),
        days=(visit.date,),
        calendar_ids=tuple(window_date.window.calendar_id for window_date in visit.candidates),
        doctor_days=doctor_days_of(visit),
    )


def name_of(visit: Visit) -> DuplicateName:
    """Whom the visit would repeat."""
    key = TrackingKey("", visit.date, visit.service.service_id)
    return duplicate_name(visit.catalog.configuration, visit.phone_key, key, visit.patient_name)


def doctor_days_of(visit: Visit) -> tuple[DoctorDay, ...]:
    """The doctor's days that the visit and the gaps around it touch."""
    if visit.doctor is None:
        return ()
    gap = timedelta(minutes=visit.catalog.configuration.buffer_time_minutes)
    return doctor_days(visit.doctor, visit.start - gap, visit.end + gap)


def gap_guards(visit: Visit, view: LedgerView) -> tuple[VersionGuard, ...]:
    """What must not change until the commit, for the doctor to stay free; the view may show more days than these."""
    versions = view.doctor_versions
    return tuple([VersionGuard(day, versions[day]) for day in doctor_days_of(visit)]) if versions else ()


def admit(visit: Visit, view: LedgerView) -> Place | Rejection:
    """SPEC §6.9–11: the place that the visit takes, or why it takes none."""
    if visit.relabels:
        for window_date in visit.takers:
            if visit.is_own(window_date):
                return Place(window_date, is_own=True)
            if visit.room_in(window_date, view, visit.channel):
                break
    return refuse_duplicate(visit, view) or refuse_busy_doctor(visit, view) or find_place(visit, view)


def refuse_duplicate(visit: Visit, view: LedgerView) -> Rejection | None:
    """SPEC §6.9."""
    if not visit.catalog.configuration.duplicate_prevention:
        return None
    own_id = visit.own.appointment_id if visit.own else None
    for existing_id in view.duplicates:
        if existing_id != own_id:
            return Rejection(
                code=RejectionCode.DUPLICATE_BOOKING,
                message="This phone number already has an appointment of that type on that date.",
                existing_appointment_id=existing_id,
            )
    return None


def refuse_busy_doctor(visit: Visit, view: LedgerView) -> Rejection | None:
    """SPEC §6.10: exactly the buffer apart is free."""
    if visit.doctor is None:
        return None
    gap = timedelta(minutes=visit.catalog.configuration.buffer_time_minutes)
    own_id = visit.own.appointment_id if visit.own else None
    start, end = visit.start, visit.end
    for other in view.on_doctor_days:
        if other.start - end < gap and start - other.end < gap and other.appointment_id != own_id:
            return Rejection(
                code=RejectionCode.SLOT_FULL,
                reason=Reason.DOCTOR_BUSY,
                message="assigned_doctor has another appointment too near to that time.",
            )
    return None


def find_place(visit: Visit, view: LedgerView) -> Place | Rejection:
    """SPEC §6.11, W6: the first open candidate with room."""
    staff_could = False
    for window_date in visit.takers:
        if visit.is_own(window_date):
            return Place(window_date, is_own=True)
        if visit.room_in(window_date, view, visit.channel):
            return Place(window_date, is_own=False)
        staff_could = staff_could or visit.room_in(window_date, view, Channel.STAFF) > 0
    if staff_could:
        return Rejection(
            code=RejectionCode.SLOT_FULL,
            reason=Reason.AI_QUOTA,
            message="The places for the AI agent are taken; staff can still book.",
        )
    return Rejection(code=RejectionCode.SLOT_FULL, reason=Reason.CAPACITY, message="The window has no place left.")
