"""A reply is an answer of the wire as a response of HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Scope

from booking_engine.adapters.http.trace import trace_of
from booking_engine.wire import Answer, TransportCode, to_json, transport_error

RETRY_SECONDS = 1
"""After how long what failed for the moment may be sent again."""

_HEADERS = {
    "cache-control": "no-store",  # answers name patients
    "x-content-type-options": "nosniff",
}
_NONE: Mapping[str, str] = {}


class Turned(Exception):
    """Raised where a request is answered without the engine."""

    def __init__(self, code: TransportCode, headers: Mapping[str, str] = _NONE) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers


def reply(scope: Scope, answer: Answer, headers: Mapping[str, str] = _NONE) -> Response:
    """The answer, as JSON in the order of its body."""
    error = answer.body.get("error")
    if error is not None:
        trace_of(scope).code = error["code"]
    own = _HEADERS if answer.etag is None else {**_HEADERS, "etag": answer.etag}
    return Response(to_json(answer.body), answer.status, {**own, **headers}, media_type="application/json")


def turned_away(scope: Scope, turned: Turned) -> Response:
    """What a transport answers in the engine's place."""
    return reply(scope, transport_error(turned.code), turned.headers)


def unavailable() -> Turned:
    """For what failed for the moment: the same request may be sent again soon."""
    return Turned(TransportCode.SERVICE_UNAVAILABLE, {"retry-after": str(RETRY_SECONDS)})
