"""Observing a request writes one line of log about it, and counts it; what patients said is in neither."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booking_engine.adapters.http.faults import write_fault
from booking_engine.adapters.http.replying import Turned, turned_away, unavailable
from booking_engine.adapters.http.trace import Trace, trace_of
from booking_engine.wire import TransportCode

Watch = Callable[[Trace, str, float], None]
"""Is told of each request that was answered: its trace, its method, the seconds that it took."""

ACCESS_LOG = "booking_engine.access"
"""The logger with one line of JSON a request."""

_access = logging.getLogger(ACCESS_LOG)
_log = logging.getLogger(__name__)
_written = json.JSONEncoder(ensure_ascii=False).encode
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class Observed:
    """Middleware around the whole application; each answer gets the request's id."""

    def __init__(self, app: ASGIApp, watches: tuple[Watch, ...]) -> None:
        self._app = app
        self._watches = watches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, and tell of it when it is over, however it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace, method, started = trace_of(scope), known_method(scope["method"]), time.perf_counter()
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun, trace.status = True, message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", trace.request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            # The server ends, and waits no longer: what was begun may stand, and can be asked again elsewhere.
            if not has_begun:
                await turned_away(scope, unavailable())(scope, receive, sending)
            raise
        except Exception as fault:
            # A bug, ours or of what was given to us. The server would write its message down too.
            write_fault(_log, f"Request {trace.request_id} failed.", fault)
            # Where an answer has begun, the server sees that it is not whole, and closes.
            if not has_begun:
                await turned_away(scope, Turned(TransportCode.INTERNAL_ERROR))(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - started
            for watch in self._watches:
                watch(trace, method, seconds)


def known_method(method: str) -> str:
    """The method; one that nobody knows may be any text and is not written down."""
    return method if method in _METHODS else "OTHER"


def write_down(trace: Trace, method: str, seconds: float) -> None:
    """One line: who by key id, where by route, how it ended. No path, query, header or body."""
    if not _access.isEnabledFor(logging.INFO):
        return
    line = {
        "request_id": trace.request_id,
        "method": method,
        "route": trace.route,
        "status": trace.status,
        "code": trace.code,
        "ms": round(1000 * seconds, 2),
        "org_id": trace.org_id,
        "principal": trace.principal,
    }
    _access.info(_written(line))
