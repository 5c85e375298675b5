"""What comes back: the answers with their headers and links, and every refusal with its codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from booking_engine.adapters.http.openapi.examples import refusal_of
from booking_engine.adapters.http.openapi.operations import OPERATIONS, Lead
from booking_engine.adapters.http.openapi.parameters import examples_of_answers
from booking_engine.wire import Endpoint, TransportCode
from booking_engine.wire.errors import STATUSES, TRANSPORT_ERRORS
from booking_engine.wire.schema import ANSWER_OF, REFUSED, SCHEMAS, ref

Json = dict[str, Any]

HEADERS: Json = {
    "X-Request-ID": {
        "description": "Names the request in the server's log. Send a UUID of your own, and it is taken.",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
    "Retry-After": {
        "description": "After how many seconds the same request may be sent again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "ETag": {
        "description": "Which version of the record this is, for `If-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[!#-~]+"$'},
    },
    "WWW-Authenticate": {
        "description": "How to say who you are.",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
}

_ALWAYS = (
    TransportCode.UNAUTHORIZED,
    TransportCode.INSUFFICIENT_SCOPE,
    TransportCode.PAYLOAD_TOO_LARGE,
    TransportCode.UNSUPPORTED_MEDIA_TYPE,
    TransportCode.TOO_MANY_REQUESTS,
    TransportCode.INTERNAL_ERROR,
    TransportCode.SERVICE_UNAVAILABLE,
)
_HEADERS_OF = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_OF_ONE_RECORD = {"BookedAnswer", "AppointmentAnswer", "WindowAnswer"}


def responses(endpoint: Endpoint) -> Json:
    """By status, those of success first."""
    told = OPERATIONS[endpoint.name]
    found: Json = {str(status): _answer(endpoint, status, told.leads) for status in told.statuses}
    by_status: dict[int, list[str]] = {}
    for code in REFUSED[endpoint.name]:
        by_status.setdefault(STATUSES[code], []).append(code)
    refusals: Json = {str(status): _refusal(status, codes) for status, codes in by_status.items()}
    return found | dict(sorted((refusals | {str(status): shared(status) for status in _SHARED}).items()))


def shared_responses() -> Json:
    """The refusals that are the same everywhere, as components."""
    return {name: _refusal(status, codes) for status, (name, codes) in _SHARED.items()}


def shared(status: int) -> Json:
    """One of those, pointed at."""
    return {"$ref": f"#/components/responses/{_SHARED[status][0]}"}


_SHARED = {TRANSPORT_ERRORS[code].status: (code.value.title().replace("_", ""), [code.value]) for code in _ALWAYS}


def _answer(endpoint: Endpoint, status: int, leads: Iterable[Lead]) -> Json:
    name = ANSWER_OF[endpoint.name]
    response: Json = {
        "description": SCHEMAS[name]["description"],
        "headers": _pointed_at("X-Request-ID", *(["ETag"] if name in _OF_ONE_RECORD else [])),
        "content": {"application/json": {"schema": ref(name)}},
    }
    examples = examples_of_answers(endpoint, status)
    if examples:
        response["content"]["application/json"]["examples"] = examples
    links = {
        each.operation: {"operationId": each.operation, "parameters": {each.parameter: each.value}} for each in leads
    }
    return {**response, "links": links} if links else response


def _refusal(status: int, codes: Iterable[str]) -> Json:
    examples = {code: {"value": example} for code in codes if (example := refusal_of(code)) is not None}
    content: Json = {"schema": ref("ErrorAnswer"), "examples": examples}
    return {
        "description": " or ".join(f"`{code}`" for code in codes) + ".",
        "headers": _pointed_at("X-Request-ID", *_HEADERS_OF.get(status, ())),
        "content": {"application/json": content},
    }


def _pointed_at(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
