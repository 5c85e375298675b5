"""The server over streamable HTTP, at the path ``/mcp``, for many clients at once.

On an address of this machine alone whoever is on it may ask, but no page of a browser that came from elsewhere. On any
other address each request carries an API key of the organisation.
"""

from __future__ import annotations

import ipaddress
import signal
import socket
from collections.abc import Callable

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from booking_engine.access import AsyncKeyRepository, authenticated
from booking_engine.ports import Clock
from booking_engine.wire import Scope as KeyScope

PATH = "/mcp"
SCOPES = frozenset({KeyScope.APPOINTMENTS_READ, KeyScope.APPOINTMENTS_WRITE, KeyScope.SLOTS_READ})
"""What a key must open: the tools between them ask for all of it."""

_GRACE_SECONDS = 5


class ByKey:
    """An application for those only who have a key of the organisation with every one of ``SCOPES``."""

    def __init__(self, app: ASGIApp, keys: AsyncKeyRepository, org_id: str, now: Clock) -> None:
        self._app, self._keys, self._org_id, self._now = app, keys, org_id, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or 401."""
        if scope["type"] == "http" and not await self._opens(Headers(scope=scope).get("authorization", "")):
            refused = {"error": f"send Authorization: Bearer and a key with the scopes {', '.join(sorted(SCOPES))}"}
            await JSONResponse(refused, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _opens(self, authorization: str) -> bool:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return False
        key = await authenticated(text.strip(), self._keys, self._now())
        return key is not None and key.org_id == self._org_id and key.scopes >= SCOPES


def is_own(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Telling(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See ``uvicorn.Server``."""
        await super().startup(sockets)
        if self.started:
            self._ready()


async def serve_http(app: ASGIApp, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until a signal comes; what has begun is answered first. ``ready`` is called once requests are answered."""
    # The server raises the signal that ended it once more when it is done; by then there is nothing to end.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_GRACE_SECONDS
    )
    await _Telling(config, ready).serve([listener])
