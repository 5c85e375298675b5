"""Legible lines are those that can be read as a message; of every other its client is told, or it would wait for ever.

The SDK drops what it cannot parse, without an answer. So each line is read before, as strictly as a body over HTTP is.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self, TypeAlias, TypeGuard

import anyio
import mcp_types as types

from booking_engine.domain.rejection import Rejection
from booking_engine.wire import read_json

# Possessive, so that no line takes more than one pass.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_ID = re.compile(r'"id"\s*+:\s*+("(?:[^"\\]++|\\.)*+"|-?\d++(?=\s*+[,}]))', re.DOTALL)

Tell: TypeAlias = Callable[[types.JSONRPCError], Awaitable[None]]


class Legible:
    """The lines that are messages, to iterate over. The others are told of, one after the other, by what ``tell`` has.

    Nothing is told before ``tell`` was called: who iterates waits for that.
    """

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        self._lines = lines
        self._tell: asyncio.Future[Tell] = asyncio.get_running_loop().create_future()

    def tell(self, tell: Tell) -> None:
        """Say how the client is told."""
        self._tell.set_result(tell)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        async for line in self._lines:
            if not line.strip():
                continue
            refused = refusal_of(line)
            if refused is None:
                return line.decode()
            tell = await self._tell
            with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # The client is gone.
                await tell(refused)
        raise StopAsyncIteration


def refusal_of(line: bytes) -> types.JSONRPCError | None:
    """What is answered to a line that cannot be read, or is no message; None for one that is."""
    value = read_json(line)
    if isinstance(value, Rejection):
        first, *_ = value.fields
        told = f"Parse error: {first.field} {first.problem}; {first.hint}"
        return _error(types.PARSE_ERROR, told, _id_in(line.decode("utf-8", "replace")))
    if _is_message(line, value):
        return None
    request_id = value.get("id") if isinstance(value, dict) else None
    told = "Invalid Request: the line is no JSON-RPC message"
    return _error(types.INVALID_REQUEST, told, request_id if _is_id(request_id) else None)


def _is_message(line: bytes, value: object) -> bool:
    """Whether the SDK knows it: what has an id that is none would pass for a notification, which nobody answers."""
    try:
        message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValueError:
        return False
    return not (isinstance(message, types.JSONRPCNotification) and isinstance(value, dict) and "id" in value)


def _id_in(text: str) -> types.RequestId | None:
    """The id of a request that cannot be read as a whole; None where there is none, or several."""
    found = [_id_at(text, place) for place in _members(text)]
    ids = [each for each in found if each is not None]
    return ids[0] if len(ids) == 1 else None


def _members(text: str) -> list[int]:
    """Where the strings stand that may be names of the outermost object."""
    places, depth = [], 0
    if text.lstrip().startswith("{"):
        for match in _STRING_OR_BRACKET.finditer(text):
            if match[0] in "[{":
                depth += 1
            elif match[0] in "]}":
                depth -= 1
            elif depth == 1:
                places.append(match.start())
    return places


def _id_at(text: str, place: int) -> types.RequestId | None:
    match = _ID.match(text, place)
    value = None if match is None else read_json(match[1])
    return value if _is_id(value) else None


def _is_id(value: object) -> TypeGuard[types.RequestId]:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _error(code: int, message: str, request_id: types.RequestId | None) -> types.JSONRPCError:
    return types.JSONRPCError(jsonrpc="2.0", id=request_id, error=types.ErrorData(code=code, message=message))
