"""Lines of a client that cannot be read: each is answered, for its client would wait for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import anyio
import mcp_types as types
import pytest

from agent.mcp_served import INITIALIZE
from booking_engine.adapters.mcp.legible import Legible, refusal_of


def told(line: str | bytes) -> tuple[int, object, str] | None:
    """The code, the id and the message of what a line is answered that is not handed on."""
    error = refusal_of(line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line)
    return None if error is None else (error.error.code, error.id, error.error.message)


def asked(arguments: str, request_id: str = "7") -> str:
    return (
        f'{{"jsonrpc": "2.0", "id": {request_id}, "method": "tools/call",'
        f' "params": {{"name": "book", "arguments": {arguments}}}}}'
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('{"patient_name": "A\\ud83d"}', "params.arguments.patient_name contains half a character"),
        ('{"when": "a", "when": "b"}', "params.arguments.when is given twice"),
        ('{"when": ' + "9" * 5000 + "}", "params.arguments.when is a number of more than 40 digits"),
        ('{"when": NaN}', "params.arguments.when is not a number that JSON has"),
        ('{"when": ' + "[" * 100_000 + "]" * 100_000 + "}", "body is too large"),
        ('{"when": ' + "[" * 100 + '"]]"' + "]" * 100 + "}", "body is nested too deeply"),
        ('{"when": ' + "[" * 100, "body is nested too deeply"),
        ('{"when": "', "body is not JSON"),
        ('"\ud83d"', "body is not UTF-8 text"),
    ],
)
def test_a_line_that_cannot_be_read_is_answered_with_its_id(arguments: str, problem: str) -> None:
    for request_id, known in (("7", 7), ('"7 \\" }"', '7 " }'), ("-1", -1)):
        refused = told(asked(arguments, request_id))
        assert refused is not None
        assert refused[:2] == (types.PARSE_ERROR, known)
        assert refused[2].startswith(f"Parse error: {problem}")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"method": "x", "params": {"id": 1}, }',
        '{"x": ["id", {"id": 1}], "id" 1, }',
        '{"id": 1, "id": 2}',
        '{"id": "\\ud83d", "x": 1}',
        '{"id": ' + "9" * 50 + "}",
        '{"id": 1.5, }',
        '{"id": 12',
        '["id", "id": 1]',
        '"id": 1',
        "\ufeff{}",
        b"\xff\xfe",
    ],
)
def test_a_line_whose_id_cannot_be_read_is_answered_without_one(line: str | bytes) -> None:
    refused = told(line)
    assert refused is not None
    assert refused[:2] == (types.PARSE_ERROR, None)


@pytest.mark.parametrize(
    ("line", "request_id"),
    [
        ("null", None),
        ("[]", None),
        ("5", None),
        ('{"jsonrpc": "2.0"}', None),
        ('{"jsonrpc": "2.0", "id": 5}', 5),
        ('{"jsonrpc": "1.0", "id": "a", "method": "tools/list"}', "a"),
        ('{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": [1]}', 1),
        ('{"jsonrpc": "2.0", "id": 1.5, "method": "tools/list"}', None),
        ('{"jsonrpc": "2.0", "id": true, "method": "tools/list"}', None),
        ('{"jsonrpc": "2.0", "id": null, "method": "tools/list"}', None),
    ],
)
def test_json_that_is_no_message_is_answered_too(line: str, request_id: object) -> None:
    assert told(line) == (types.INVALID_REQUEST, request_id, "Invalid Request: the line is no JSON-RPC message")


@pytest.mark.parametrize(
    "message",
    [
        json.dumps(INITIALIZE),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}),
        json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": "x"}}),
        asked('{"patient_name": "\U0001f600 \u0906\u0927\u093f"}') + "\r",
    ],
)
def test_what_is_a_message_is_handed_on(message: str) -> None:
    assert told(message) is None


def test_between_lines_that_are_handed_on_the_others_are_answered_in_their_order() -> None:
    async def lines() -> AsyncIterator[bytes]:
        for each in (b"{", json.dumps(INITIALIZE).encode(), b"", b" \r", b"[]", b'{"id": 3, "id": 4}'):
            yield each

    async def read() -> None:
        legible = Legible(lines())
        send, receive = anyio.create_memory_object_stream[types.JSONRPCError](9)
        told = asyncio.create_task(anext(legible))
        await asyncio.sleep(0)
        legible.tell(send.send)
        assert json.loads(await told) == INITIALIZE
        assert [each async for each in legible] == []
        send.close()
        assert [each.error.code async for each in receive] == [-32700, -32600, -32700]
        receive.close()

    asyncio.run(asyncio.wait_for(read(), 30))


def test_what_cannot_be_told_any_more_is_left() -> None:
    async def lines() -> AsyncIterator[bytes]:
        yield b"{"
        yield json.dumps(INITIALIZE).encode()

    async def read() -> None:
        legible = Legible(lines())
        send, receive = anyio.create_memory_object_stream[types.JSONRPCError](0)
        receive.close()
        legible.tell(send.send)
        assert json.loads(await anext(legible)) == INITIALIZE
        send.close()

    asyncio.run(asyncio.wait_for(read(), 30))
