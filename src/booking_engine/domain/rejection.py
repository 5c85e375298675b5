"""A rejection says why an ask was refused: a value with a stable code and reason, never an exception (SPEC §6)."""

from __future__ import annotations

import enum
from datetime import date, datetime

import attrs

from booking_engine.domain.alternative import Alternative
from booking_engine.domain.problem import FieldProblem


class RejectionCode(enum.StrEnum):
    """The documents' error codes, and two of holds and of edits, in the order in which they are decided."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    NOT_FOUND = "NOT_FOUND"
    PRECONDITION_FAILED = "PRECONDITION_FAILED"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    CANCELLATION_NOT_ALLOWED = "CANCELLATION_NOT_ALLOWED"
    RESCHEDULE_NOT_ALLOWED = "RESCHEDULE_NOT_ALLOWED"
    HOLD_ENDED = "HOLD_ENDED"
    BOOKING_DISABLED = "BOOKING_DISABLED"
    INVALID_APPOINTMENT_TYPE = "INVALID_APPOINTMENT_TYPE"
    PAST_APPOINTMENT = "PAST_APPOINTMENT"
    OUTSIDE_AVAILABILITY = "OUTSIDE_AVAILABILITY"
    SLOT_INACTIVE = "SLOT_INACTIVE"
    DUPLICATE_BOOKING = "DUPLICATE_BOOKING"
    SLOT_FULL = "SLOT_FULL"


class Reason(enum.StrEnum):
    """Which of the cases behind one code it was."""

    MIN_NOTICE = "MIN_NOTICE"
    BEYOND_HORIZON = "BEYOND_HORIZON"
    NO_WINDOW = "NO_WINDOW"
    REFERENCE = "REFERENCE"
    DOCTOR_BUSY = "DOCTOR_BUSY"
    AI_QUOTA = "AI_QUOTA"
    CAPACITY = "CAPACITY"
    DISABLED = "DISABLED"
    NOTICE = "NOTICE"


_TRANSIENT: frozenset[RejectionCode | Reason] = frozenset(
    {
        RejectionCode.BOOKING_DISABLED,
        RejectionCode.SLOT_INACTIVE,
        RejectionCode.DUPLICATE_BOOKING,
        RejectionCode.SLOT_FULL,
        Reason.BEYOND_HORIZON,
    }
)


@attrs.frozen(kw_only=True)
class Rejection:
    """Why nothing was changed.

    ``earliest`` is the first instant that keeps the notice; ``latest`` the last local date of the horizon, or
    the last instant at which the change was still allowed. ``message`` names no person. ``alternatives`` are what
    could be booked instead, best first, where the ask wanted some (SPEC H2).
    """

    code: RejectionCode
    message: str
    reason: Reason | None = None
    fields: tuple[FieldProblem, ...] = ()
    existing_appointment_id: str | None = None
    earliest: datetime | None = None
    latest: datetime | date | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def transient(self) -> bool:
        """The same ask may succeed later without being changed: it waits on others or on the calendar."""
        return self.code in _TRANSIENT or self.reason in _TRANSIENT


def invalid(*fields: FieldProblem) -> Rejection:
    """The rejection of an ask whose fields are wrong, all of them at once."""
    names = ", ".join(dict.fromkeys(problem.field for problem in fields))
    return Rejection(code=RejectionCode.VALIDATION_ERROR, message=f"Invalid: {names}.", fields=tuple(fields))


def hold_ended() -> Rejection:
    """The rejection of an ask about a hold that does not run: ended, given up, confirmed, or never made."""
    return Rejection(code=RejectionCode.HOLD_ENDED, message="The hold has ended.")


def not_found(what: str) -> Rejection:
    """The rejection of an ask about something this organisation does not have."""
    return Rejection(code=RejectionCode.NOT_FOUND, message=f"{what} not found.")


def precondition_failed(what: str) -> Rejection:
    """The rejection of an edit of a record that is no longer, or was never, as its editor saw it (SPEC U8)."""
    return Rejection(
        code=RejectionCode.PRECONDITION_FAILED,
        message=f"{what} is at another version than the one asked for: look at it again.",
    )
