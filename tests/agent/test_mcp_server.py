"""The MCP server in this process: which call a request is, and what is said when something goes wrong inside."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any, cast

import pytest
from mcp import Client
from mcp.server.context import ServerRequestContext
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult
from starlette.requests import Request

from agent.clinic import PHONE
from agent.mcp_served import ask, body_of
from booking_engine.adapters.agent import AsyncToolset
from booking_engine.adapters.agent.speech import Speech
from booking_engine.adapters.mcp import CALL_HEADER, CALL_ID, LANG, TOOL_CALL_ID, create_server
from booking_engine.adapters.mcp.http import is_own
from booking_engine.adapters.mcp.identity import Identity, identity_of
from booking_engine.adapters.mcp.server import RESULT_SCHEMA
from booking_engine.adapters.mcp.serving import WithoutNames
from booking_engine.adapters.mcp.stdio import Lines
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore
from booking_engine.async_engine import AsyncBookingEngine


def context_of(
    request_id: int | str = 1, meta: dict[str, Any] | None = None, **headers: str
) -> ServerRequestContext[Any, Any]:
    """The context of a request; with headers it came over HTTP, even where ``http`` is the only one."""
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return ServerRequestContext[Any, Any](
        session=cast(Any, None),
        lifespan_context={},
        protocol_version="2025-11-25",
        method="tools/call",
        request_id=request_id,
        meta=cast(Any, meta),
        request=Request({"type": "http", "headers": sent}) if headers else None,
    )


def identified(*, process: str = "p", **request: Any) -> Identity:
    """The identity of a request."""
    return identity_of(context_of(**request), process)


def test_what_the_meta_names_is_the_identity_whatever_the_connection() -> None:
    meta = {CALL_ID: "call-1", TOOL_CALL_ID: "tool-1", LANG: "hi"}
    named = Identity(call_id="call-1", tool_call_id="tool-1", lang="hi")
    assert identified(meta=meta) == identified(process="q", request_id=2, meta=meta) == named
    assert identified(meta=meta, http="1") == identified(meta=meta, mcp_session_id="s") == named
    assert identified(meta={**meta, LANG: 5}).lang is None


def test_a_request_is_told_from_others_by_its_session_and_id() -> None:
    of_streams = identified()
    assert of_streams == identified()
    assert not of_streams.is_alone
    others = [
        identified(request_id=2),
        identified(request_id="1"),
        identified(process="q"),
        identified(mcp_session_id="s"),
        identified(mcp_session_id="t"),
    ]
    assert len({each.tool_call_id for each in [of_streams, *others]}) == 6
    assert identified(request_id=2).call_id == of_streams.call_id == "mcp-p"
    assert [each.call_id for each in others[3:]] == ["mcp-s", "mcp-t"]


def test_over_http_without_a_session_each_request_is_a_call_by_itself() -> None:
    one, two = identified(http="1"), identified(http="1")
    assert one.is_alone
    assert one.call_id != two.call_id
    assert one.tool_call_id != two.tool_call_id
    assert CALL_HEADER == "booking-engine-call-id"
    by_header = [identified(booking_engine_call_id="call-1") for _ in range(2)]
    assert [(each.call_id, each.is_alone) for each in by_header] == [("call-1", False)] * 2
    assert by_header[0].tool_call_id != by_header[1].tool_call_id
    assert identified(meta={CALL_ID: "call-2"}, booking_engine_call_id="call-1").call_id == "call-2"


def test_a_fault_inside_is_told_in_words_and_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(AsyncMemoryAnswers):
        async def begin(self, record: object) -> Any:
            raise LookupError(PHONE)

    async def call() -> None:
        toolset = AsyncToolset(AsyncBookingEngine(AsyncMemoryStore()), Broken())
        async with Client(create_server(toolset)) as client:
            result = await ask(client, "look_up", parent_phone=PHONE)
            assert result.is_error
            assert body_of(result) == {
                "ok": False,
                "code": "OUTCOME_UNKNOWN",
                "next_action": "look_up",
                "say": "Something went wrong on our side. One moment please.",
                "data": {"hint": "look up before trying again"},
            }

    asyncio.run(call())
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "a tool call ended in LookupError"
    ]
    assert PHONE not in caplog.text


def test_log_lines_of_others_show_neither_texts_nor_tracebacks() -> None:
    def written(name: str) -> str:
        record = logging.LogRecord(name, logging.ERROR, __file__, 7, f"of {PHONE}", (), None, "called")
        record.exc_info = (LookupError, LookupError(PHONE), None)
        return WithoutNames().format(record)

    assert written("mcp.server") == "ERROR mcp.server called:7: LookupError"
    own = logging.LogRecord("booking_engine.x", logging.ERROR, __file__, 7, "ended in %s", ("it",), None)
    assert WithoutNames().format(own) == "ERROR booking_engine.x ended in it"


def test_lines_come_whole_and_end_with_their_source_or_when_they_are_closed() -> None:
    async def read() -> None:
        reading, writing = os.pipe()
        lines = Lines(reading)
        os.write(writing, b"one\ntw")
        assert await anext(lines) == b"one"
        os.write(writing, b"o\nthree\r\n\xff\n")
        assert [await anext(lines) for _ in range(3)] == [b"two", b"three\r", b"\xff"]
        os.close(writing)
        assert [each async for each in lines] == []
        os.close(reading)
        broken = Lines(reading)
        assert [each async for each in broken] == []
        waiting, end = os.pipe()
        closed = Lines(waiting)
        closed.close()
        assert [each async for each in closed] == []
        os.close(end)

    asyncio.run(asyncio.wait_for(read(), 30))


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104 (asked about, not bound)
        ("::", False),
        ("192.0.2.1", False),
        ("clinic.example", False),
    ],
)
def test_which_addresses_are_the_machine_s_own(host: str, own: bool) -> None:
    assert is_own(host) is own


def test_what_is_alone_holds_nothing_and_the_list_says_what_answers_look_like() -> None:
    async def call() -> None:
        server = create_server(AsyncToolset(AsyncBookingEngine(AsyncMemoryStore()), AsyncMemoryAnswers()), lang="hi")
        listing, calling = server.get_request_handler("tools/list"), server.get_request_handler("tools/call")
        assert listing is not None
        assert calling is not None
        listed = cast(ListToolsResult, await listing.handler(context_of(), None))
        assert {str(each.output_schema) for each in listed.tools} == {str(RESULT_SCHEMA)}
        asked = CallToolRequestParams(name="hold_time", arguments={"slot": "aaaaaaaaaaaaa"})
        held = cast(CallToolResult, await calling.handler(context_of(http="1"), asked))
        assert held.is_error
        assert body_of(held) == {
            "ok": False,
            "code": "VALIDATION_ERROR",
            "next_action": "fix_arguments",
            "say": Speech("hi").say("refused.VALIDATION_ERROR"),
            "data": {
                "problems": [
                    {
                        "parameter": "call",
                        "problem": "this connection has no session and names no call, so nothing can be held for it",
                        "hint": "book the slot itself; a client can hold when it sends _meta booking-engine/call-id "
                        "or the header booking-engine-call-id",
                    }
                ]
            },
        }

    asyncio.run(call())
