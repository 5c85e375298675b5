"""The server shows a toolset to MCP clients, and tells them its answers so that a model can read them.

It is the SDK's low-level one, which checks no arguments: the toolset does. Whatever is asked is answered, in words and
without a traceback. A tool call that its client cancels, or leaves, is carried out to its end all the same: nothing is
half done, and the answer is there when the same tool call is made again.
"""

from __future__ import annotations

import logging
import uuid
from importlib.metadata import version
from typing import Any

import anyio
import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

from booking_engine.adapters.agent import AnswerCode, AsyncToolset, NextAction, ToolResult, projections
from booking_engine.adapters.agent.descriptions import HOLD_TIME
from booking_engine.adapters.agent.result import Answer
from booking_engine.adapters.agent.speech import Speech
from booking_engine.adapters.mcp.identity import CALL_HEADER, CALL_ID, Identity, identity_of
from booking_engine.domain.rejection import RejectionCode

_log = logging.getLogger(__name__)

_LIST_FRESH_MS = 3_600_000

INSTRUCTIONS = """\
These tools book appointments at a clinic for a caller: find_times, then hold_time, then book. Before reschedule and
cancel comes look_up.
Every answer is a JSON object. Say what is in `say` to the caller, or the same in your own words; do what `next_action`
says; take facts from `data` only. A thing is done only when `ok` is true: never say before that something is booked,
moved or cancelled.
Pass the caller's words for days and times on unchanged, and slots and appointments exactly as they were given.
Every tool is safe to call again: if an answer is lost, make the same call once more, or look_up.
"""
"""What a client puts before its model, beside the tools' own descriptions."""

RESULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ok": {"type": "boolean", "description": "Whether what was asked for is so."},
        "code": {"type": "string", "description": "What came of it."},
        "reason": {"type": "string", "description": "Which of the cases behind the code."},
        "next_action": {"type": "string", "enum": [each.value for each in NextAction]},
        "say": {"type": "string", "description": "A sentence for the caller."},
        "data": {"type": "object", "description": "The facts."},
    },
    "required": ["ok", "code", "next_action", "say", "data"],
}
"""The schema of every tool's answer (JSON Schema 2020-12)."""

_FAULTS = frozenset({AnswerCode.UNAVAILABLE, AnswerCode.OUTCOME_UNKNOWN})


def create_server(toolset: AsyncToolset, *, lang: str = "en") -> Server[Any]:
    """A server of the SDK over a toolset, to run on any of its transports; ``lang`` is the toolset's language.

    Where one process serves one client, on its standard streams, what is asked without a call id is one call.
    """
    process = uuid.uuid4().hex

    async def list_tools(_: object, __: object) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool.model_validate({**projections.mcp(tool), "outputSchema": RESULT_SCHEMA})
                for tool in toolset.tools
            ]
        )

    async def call_tool(
        context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        asked = identity_of(context, process)
        with anyio.CancelScope(shield=True):  # A commit that is under way must not be torn from its answer.
            return _shown(await _answered(toolset, params, asked, asked.lang or lang))
        raise AssertionError("a scope that nobody cancels swallows nothing")

    return Server(
        "booking-engine",
        version=version("booking-engine"),
        title="Appointments",
        instructions=INSTRUCTIONS,
        cache_hints={"tools/list": CacheHint(ttl_ms=_LIST_FRESH_MS, scope="public")},
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _answered(
    toolset: AsyncToolset, params: types.CallToolRequestParams, asked: Identity, lang: str
) -> ToolResult:
    """The toolset's answer; in words of the same kind where it has none."""
    if asked.is_alone and params.name == HOLD_TIME.name:
        return _without_a_call(lang)
    try:
        return await toolset.call(
            params.name,
            params.arguments,
            call_id=asked.call_id,
            tool_call_id=asked.tool_call_id,
            lang=lang,
        )
    except Exception as fault:
        # The SDK would show its text to the model, and its traceback in the log: either may name a person.
        _log.error("a tool call ended in %s", type(fault).__name__)
        return _failed(lang)


def _shown(result: ToolResult) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(text=result.text)],
        structured_content=result.body,
        # What was asked wrongly or could not be answered. A refusal or a question is an answer like any other.
        is_error=result.next_action is NextAction.FIX_ARGUMENTS or result.code in _FAULTS,
    )


def _without_a_call(lang: str) -> ToolResult:
    """A hold belongs to a call: nobody could book, or give back, what a request by itself had held."""
    problem = {
        "parameter": "call",
        "problem": "this connection has no session and names no call, so nothing can be held for it",
        "hint": f"book the slot itself; a client can hold when it sends _meta {CALL_ID} or the header {CALL_HEADER}",
    }
    answer = Answer(
        code=RejectionCode.VALIDATION_ERROR,
        next_action=NextAction.FIX_ARGUMENTS,
        say=Speech(lang).say("refused.VALIDATION_ERROR"),
        data={"problems": [problem]},
    )
    return ToolResult.read(answer.text)


def _failed(lang: str) -> ToolResult:
    """What went wrong is not known, nor whether anything was changed."""
    answer = Answer(
        code=AnswerCode.OUTCOME_UNKNOWN,
        next_action=NextAction.LOOK_UP,
        say=Speech(lang).say("technical"),
        data={"hint": "look up before trying again"},
    )
    return ToolResult.read(answer.text)
