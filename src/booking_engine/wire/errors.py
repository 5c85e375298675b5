"""An error on the wire says what was refused and why, in one shape for every transport (SPEC §10).

The rejections of the core have one status each; what only a transport can refuse has a table of its own.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

from booking_engine.domain.rejection import Rejection, RejectionCode
from booking_engine.wire import bodies
from booking_engine.wire.answer import Answer, Body
from booking_engine.wire.values import plain, timestamp_from

STATUSES: Mapping[RejectionCode, int] = {
    RejectionCode.VALIDATION_ERROR: 400,
    RejectionCode.NOT_FOUND: 404,
    RejectionCode.PRECONDITION_FAILED: 412,
    RejectionCode.INVALID_TRANSITION: 409,
    RejectionCode.CANCELLATION_NOT_ALLOWED: 409,
    RejectionCode.RESCHEDULE_NOT_ALLOWED: 409,
    RejectionCode.HOLD_ENDED: 409,
    RejectionCode.BOOKING_DISABLED: 409,
    RejectionCode.INVALID_APPOINTMENT_TYPE: 422,
    RejectionCode.PAST_APPOINTMENT: 400,
    RejectionCode.OUTSIDE_AVAILABILITY: 422,
    RejectionCode.SLOT_INACTIVE: 409,
    RejectionCode.DUPLICATE_BOOKING: 409,
    RejectionCode.SLOT_FULL: 409,
}
"""The status of each code."""


def rejected(rejection: Rejection) -> Answer:
    """The answer that says why nothing was changed."""
    error: Body = {"code": rejection.code.value, "message": rejection.message}
    if rejection.reason is not None:
        error["reason"] = rejection.reason.value
    if rejection.fields:
        error["fields"] = [
            {"field": problem.field, "problem": problem.problem, "hint": problem.hint} for problem in rejection.fields
        ]
    error["transient"] = rejection.transient
    if rejection.earliest is not None:
        error["earliest"] = timestamp_from(rejection.earliest)
    if rejection.latest is not None:
        error["latest"] = plain(rejection.latest)
    if rejection.alternatives:
        error["alternatives"] = [bodies.alternative(each) for each in rejection.alternatives]
    body: Body = {"success": False, "error": error}
    if rejection.existing_appointment_id is not None:
        # Documented beside the error; kept inside it too, where clients that log only the error find it.
        error["existing_appointment_id"] = rejection.existing_appointment_id
        body["existing_appointment_id"] = rejection.existing_appointment_id
    return Answer(STATUSES[rejection.code], body)


class TransportCode(enum.StrEnum):
    """What a transport refuses before, or instead of, asking the engine."""

    UNAUTHORIZED = "UNAUTHORIZED"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


class TransportError(NamedTuple):
    """``transient``: the same request may succeed later."""

    status: int
    message: str
    transient: bool = False


TRANSPORT_ERRORS: Mapping[TransportCode, TransportError] = {
    TransportCode.UNAUTHORIZED: TransportError(401, "The API key is missing or unknown."),
    TransportCode.INSUFFICIENT_SCOPE: TransportError(403, "The API key does not have the required scope."),
    TransportCode.NOT_FOUND: TransportError(404, "There is no such path."),
    TransportCode.METHOD_NOT_ALLOWED: TransportError(405, "This path does not take that method."),
    TransportCode.PAYLOAD_TOO_LARGE: TransportError(413, "The body is too large."),
    TransportCode.UNSUPPORTED_MEDIA_TYPE: TransportError(415, "The body must be application/json in UTF-8."),
    TransportCode.TOO_MANY_REQUESTS: TransportError(429, "Too many requests: wait before the next.", True),
    TransportCode.INTERNAL_ERROR: TransportError(500, "Something went wrong here; it was logged."),
    TransportCode.SERVICE_UNAVAILABLE: TransportError(503, "The store cannot answer now.", True),
}
"""Status and message of each."""


def transport_error(code: TransportCode) -> Answer:
    """The answer of a transport that did not ask the engine, or got no answer from it."""
    status, message, transient = TRANSPORT_ERRORS[code]
    return Answer(
        status,
        {"success": False, "error": {"code": code.value, "message": message, "transient": transient}},
    )
