"""A request is one line of a replay file: what to do, through which channel, and the parts that go with it.

Every kind of line takes certain keys; any other key is a mistake, and all mistakes of a line are named at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

import attrs

from booking_engine import Channel, FieldProblem, Rejection
from booking_engine.adapters.cli.names import is_name
from booking_engine.domain.rejection import invalid
from booking_engine.domain.text import printable
from booking_engine.rules.fields import one_of
from booking_engine.wire.endpoints import ENDPOINTS
from booking_engine.wire.reading import BODY_BYTES_MAX, read_json

MAKES: Mapping[str, str] = {"book": "appointment_id", "create_window": "calendar_id"}
"""What makes an id, and the field of the answer's data that has it."""
OWN_WORDS: Mapping[str, tuple[str, ...]] = {"clock": ("to",), "configure": ("channel", "body"), "verify": ()}
"""What a replay does without an endpoint, and the keys that go with it."""
WORDS = (*ENDPOINTS, *OWN_WORDS)

_CHANNEL = one_of(Channel)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NEWLINE_BYTES = 2


@attrs.frozen
class Request:
    """One line, not yet carried out: its texts still have their ``@name``."""

    do: str
    channel: Channel = Channel.API
    name: str | None = None
    id: str | None = None
    body: object = None
    query: object = None
    to: object = None


def numbered_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1; a line that is far too long comes cut.

    A byte order mark at the beginning belongs to no line.
    """
    length_max = BODY_BYTES_MAX + _NEWLINE_BYTES
    number, line = 1, stream.readline(length_max).removeprefix(_BYTE_ORDER_MARK)
    while line:
        if line.strip():
            yield number, line.rstrip(b"\r\n")
        while not line.endswith(b"\n") and (line := stream.readline(length_max)):
            pass  # what is left of a line that is too long
        number, line = number + 1, stream.readline(length_max)


def read_request(line: bytes) -> Request | Rejection:
    """The request that a line makes, or a ``VALIDATION_ERROR`` with every mistake of the line."""
    read = read_json(line)
    if isinstance(read, Rejection):
        return read
    if not isinstance(read, dict):
        return invalid(FieldProblem("line", "is not a JSON object", 'send e.g. {"do": "verify"}'))
    do = read.get("do")
    if not isinstance(do, str) or do not in WORDS:
        problem = "is missing" if do is None else "is not one of the known words"
        return invalid(FieldProblem("do", problem, f"send one of: {', '.join(WORDS)}"))
    given = {key: value for key, value in read.items() if value is not None or key in ("body", "query")}
    problems = tuple(_problems(do, given))
    return invalid(*problems) if problems else _request(do, given)


def keys_of(do: str) -> tuple[str, ...]:
    """The keys that go with a word."""
    if do in OWN_WORDS:
        return ("do", *OWN_WORDS[do])
    makes = ("as",) if do in MAKES else ()
    points = ("id",) if ENDPOINTS[do].path_parameter else ()
    return ("do", *makes, *points, "channel", "query", "body")


def _problems(do: str, given: Mapping[str, object]) -> Iterator[FieldProblem]:
    keys = keys_of(do)
    for key in given:
        if key not in keys:
            yield FieldProblem(printable(key), f"does not go with {do}", f"known keys: {', '.join(keys)}")
    if "as" in given and not is_name(given["as"]):
        yield FieldProblem("as", "is not a name", "send 1 to 60 letters, digits, dots, hyphens or underscores")
    channel = _CHANNEL(given.get("channel", Channel.API))
    if isinstance(channel, FieldProblem):
        yield channel.named("channel")
    if "id" in keys and "id" not in given:
        yield FieldProblem("id", "is missing", "send an id, or @name for one that an earlier line made")
    elif "id" in keys and not isinstance(given["id"], str):
        yield FieldProblem("id", "is not text", "send an id, or @name for one that an earlier line made")


def _request(do: str, given: Mapping[str, Any]) -> Request:
    return Request(
        do,
        channel=Channel(given.get("channel", Channel.API)),
        name=given.get("as"),
        id=given.get("id"),
        body=given.get("body"),
        query=given.get("query"),
        to=given.get("to"),
    )
