"""A trace is what the log and the metrics may know of a request: nothing that a patient said, and no key."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import attrs
from starlette.types import Scope

_NAME = "booking_engine.trace"


@attrs.define
class Trace:
    """``route`` is the path of the table, without what stands in its parameters; ``code`` that of an error.

    ``status`` is 500 until there is an answer.
    """

    request_id: str
    route: str = ""
    org_id: str | None = None
    principal: str | None = None
    code: str | None = None
    status: int = 500


def trace_of(scope: Scope) -> Trace:
    """The trace of a request, begun when it is first asked for."""
    trace: Trace | None = scope.get(_NAME)
    if trace is None:
        trace = scope[_NAME] = Trace(_request_id(scope["headers"]))
    return trace


def _request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The client's own where it is a UUID, so that two logs can be laid side by side.

    Any other text is not taken: it could be a phone number, and would stand in the log. Nor is a number that was filled
    up to the length of one, which has no version.
    """
    for name, value in headers:
        if name == b"x-request-id":
            try:
                own = uuid.UUID(value.decode("ascii"))
            except ValueError:
                break
            if own.version:
                return str(own)
            break
    return str(uuid.uuid4())
