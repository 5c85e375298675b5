"""Serving opens a store, and serves its toolset until a signal or the client ends it."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable

from starlette.types import ASGIApp

from booking_engine.adapters.mcp.http import PATH, ByKey, is_own, serve_http
from booking_engine.adapters.mcp.server import create_server
from booking_engine.adapters.mcp.stdio import serve_stdio
from booking_engine.adapters.mcp.toolsets import Served, opened


class WithoutNames(logging.Formatter):
    """Log lines of others without their texts and tracebacks: either may name a person, or open something."""

    def format(self, record: logging.LogRecord) -> str:
        """The level, the logger, and the text or the place in the code."""
        own = record.name.startswith("booking_engine.")
        told = record.getMessage() if own else f"{record.funcName}:{record.lineno}"
        kind = f": {record.exc_info[0].__name__}" if record.exc_info and record.exc_info[0] else ""
        return f"{record.levelname} {record.name} {told}{kind}"


def is_worth_telling(record: logging.LogRecord) -> bool:
    """All but what a server says of each client that still listens when it ends."""
    return record.msg != "ASGI callable returned without completing response."


def serve(served: Served, listener: tuple[str, socket.socket] | None, ready: Callable[[], None]) -> None:
    """Serve over HTTP on a host's socket, without one on the standard streams.

    ``ready`` is called when requests over HTTP are answered. Raises what ``opened`` does.
    """
    told = logging.StreamHandler(sys.stderr)
    told.setFormatter(WithoutNames())
    told.addFilter(is_worth_telling)
    logging.basicConfig(level=logging.WARNING, handlers=[told])
    asyncio.run(_serve(served, listener, ready))


async def _serve(served: Served, listener: tuple[str, socket.socket] | None, ready: Callable[[], None]) -> None:
    async with opened(served) as there:
        server = create_server(there.toolset, lang=served.lang)
        if listener is None:
            await serve_stdio(server)
            return
        host, on = listener
        app: ASGIApp = server.streamable_http_app(streamable_http_path=PATH, host=host)
        if not is_own(host):
            app = ByKey(app, there.keys, served.org_id, served.now)
        await serve_http(app, on, ready)
