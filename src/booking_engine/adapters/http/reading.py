"""Reading takes the parts of a request that the wire wants, within their limits."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from booking_engine.adapters.http.replying import Turned
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Rejection, invalid
from booking_engine.wire import TransportCode, read_json, read_query
from booking_engine.wire.reading import BODY_BYTES_MAX

_PARAMETERS_MAX = 100
_HALF_ENCODED = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MAJOR_VERSIONS = ("1", "2", "3")
_JSON = re.compile(rb'application/json\s*(;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)


def header(scope: Scope, name: bytes) -> bytes | None:
    """The value of a header, its lines joined; None without it."""
    values = [value for each, value in scope["headers"] if each == name]
    return b", ".join(values) if values else None


def version_refused(scope: Scope) -> Rejection | None:
    """Why a version of HTTP that there is not is not answered: not every server refuses it by itself."""
    if scope["http_version"].partition(".")[0] in _MAJOR_VERSIONS:
        return None
    return invalid(FieldProblem("HTTP version", "is none that is spoken here", "send HTTP/1.1"))


def query_of(scope: Scope) -> dict[str, str] | Rejection | None:
    """The parameters of the query string; None without any."""
    text: bytes = scope["query_string"]
    if not text:
        return None
    try:
        if _HALF_ENCODED.search(text):
            raise ValueError
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_PARAMETERS_MAX)
    except ValueError:
        hint = f"send at most {_PARAMETERS_MAX} parameters, in percent-encoded UTF-8"
        return invalid(FieldProblem("query", "cannot be read", hint))
    return read_query(pairs)


async def body_of(scope: Scope, receive: Receive) -> object | Rejection | None:
    """The value of the JSON body; None without a body.

    Raises ``Turned`` for a body that is too large or of another kind, ``ClientDisconnect`` when it does not arrive.
    """
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdigit() and int(announced[:20]) > BODY_BYTES_MAX:
        raise Turned(TransportCode.PAYLOAD_TOO_LARGE)
    text = await _bytes_of(receive)
    if not text:
        return None
    if header(scope, b"content-encoding") not in (None, b"identity"):
        raise Turned(TransportCode.UNSUPPORTED_MEDIA_TYPE)
    if not _JSON.fullmatch((header(scope, b"content-type") or b"").strip()):
        raise Turned(TransportCode.UNSUPPORTED_MEDIA_TYPE)
    return read_json(text)


async def _bytes_of(receive: Receive) -> bytes:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise Turned(TransportCode.PAYLOAD_TOO_LARGE)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)
