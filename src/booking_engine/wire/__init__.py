"""The wire is the documents' shapes, pure: what was received becomes an ask, what was decided a status and a body."""

from booking_engine.wire.answer import Answer
from booking_engine.wire.asking import Caller
from booking_engine.wire.endpoints import ENDPOINTS, Endpoint, answer_with, answer_with_async
from booking_engine.wire.errors import TransportCode, rejected, transport_error
from booking_engine.wire.headers import Headers, read_headers
from booking_engine.wire.reading import read_json, read_query, to_json
from booking_engine.wire.scope import Scope

__all__ = [
    "ENDPOINTS",
    "Answer",
    "Caller",
    "Endpoint",
    "Headers",
    "Scope",
    "TransportCode",
    "answer_with",
    "answer_with_async",
    "read_headers",
    "read_json",
    "read_query",
    "rejected",
    "to_json",
    "transport_error",
]
