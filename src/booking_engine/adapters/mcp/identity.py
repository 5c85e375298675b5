"""An identity says which call and which tool call a request is: the same one is answered the same (SPEC H1a).

An agent that knows both ids names them in ``_meta``, and may ask again from another connection. What it leaves out is
taken from the session. A request can be without one: over HTTP, protocol 2026-07-28 has none.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

import attrs
from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http import MCP_SESSION_ID_HEADER
from starlette.requests import Request

CALL_ID = "booking-engine/call-id"
"""The key of ``_meta`` that names the conversation; in an organisation no two have the same."""
TOOL_CALL_ID = "booking-engine/tool-call-id"
"""The key of ``_meta`` that names the tool call within the conversation."""
LANG = "booking-engine/lang"
"""The key of ``_meta`` for the caller's language, where it is not the server's."""
CALL_HEADER = "booking-engine-call-id"
"""The HTTP header that names the conversation, for clients that set headers more easily than ``_meta``."""


@attrs.frozen(kw_only=True)
class Identity:
    """Which tool call a request is. The ids are as the client sent them: the toolset checks them.

    ``is_alone`` is True where nothing connects the request with any other: then it is a call by itself.
    """

    call_id: Any
    tool_call_id: Any
    lang: str | None = None
    is_alone: bool = False


def identity_of(context: ServerRequestContext[Any, Any], process: str) -> Identity:
    """The identity of a request. ``process`` names the session where the process serves one client alone."""
    meta: Mapping[str, Any] = context.meta or {}
    request = context.request
    headers: Mapping[str, str] = request.headers if isinstance(request, Request) else {}
    session = headers.get(MCP_SESSION_ID_HEADER) if isinstance(request, Request) else process
    named = meta.get(CALL_ID, headers.get(CALL_HEADER))
    alone = uuid.uuid4().hex
    lang = meta.get(LANG)
    return Identity(
        call_id=f"mcp-{session or alone}" if named is None else named,
        tool_call_id=meta.get(TOOL_CALL_ID, _request_of(session or alone, context.request_id)),
        lang=lang if isinstance(lang, str) else None,
        is_alone=named is None and session is None,
    )


def _request_of(session: str, request_id: object) -> str:
    """A request's name beyond its session: there, no two have the same id, but 1 and "1" are two."""
    text = json.dumps([session, request_id])
    return f"mcp-{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
