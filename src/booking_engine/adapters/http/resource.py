"""A resource is one path of the table: a request there becomes an ask, and the engine's answer the reply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import Receive, Scope, Send

from booking_engine.adapters.http.faults import write_fault
from booking_engine.adapters.http.limiting import Buckets
from booking_engine.adapters.http.principal import Authenticate, Principal
from booking_engine.adapters.http.reading import body_of, query_of, version_refused
from booking_engine.adapters.http.replying import Turned, reply, turned_away, unavailable
from booking_engine.adapters.http.trace import trace_of
from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.domain.rejection import Rejection
from booking_engine.errors import BookingEngineError
from booking_engine.wire import Answer, Endpoint, TransportCode, answer_with_async, read_headers, rejected

EngineOf: TypeAlias = Callable[[str], AsyncBookingEngine]
"""The engine of an organisation, by its id."""

_GONE = 499
"""The status in the log of a request whose sender did not wait, as nginx writes it."""
_log = logging.getLogger(__name__)


class Doors:
    """What stands before every resource: who asks, how often they may, and whose engine answers."""

    def __init__(self, engine_of: EngineOf, authenticate: Authenticate, buckets: Buckets | None) -> None:
        self.engine_of = engine_of
        self._authenticate = authenticate
        self._buckets = buckets

    async def admit(self, scope: Scope, endpoint: Endpoint) -> Principal:
        """Who asks. Raises ``Turned`` for a stranger, for one who asks too often, and without the scope."""
        principal = await self._authenticate(HTTPConnection(scope))
        if principal is None:
            raise Turned(TransportCode.UNAUTHORIZED, {"www-authenticate": "Bearer"})
        trace = trace_of(scope)
        trace.org_id, trace.principal = principal.org_id, principal.name
        if self._buckets is not None and (wait := self._buckets.seconds_to_wait((principal.org_id, principal.name))):
            raise Turned(TransportCode.TOO_MANY_REQUESTS, {"retry-after": str(wait)})
        if endpoint.scope not in principal.scopes:
            raise Turned(TransportCode.INSUFFICIENT_SCOPE)
        return principal


class Resource:
    """All the endpoints of one path, as an ASGI application."""

    def __init__(self, path: str, endpoints: Iterable[Endpoint], doors: Doors) -> None:
        self._path = path
        self._by_method: Mapping[str, Endpoint] = {endpoint.method: endpoint for endpoint in endpoints}
        if "GET" in self._by_method:
            self._by_method["HEAD"] = self._by_method["GET"]
        self._allowed = ", ".join(self._by_method)
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = reply(scope, await self._answer(scope, receive))
        except Turned as turned:
            response = turned_away(scope, turned)
        except BookingEngineError as fault:
            # The store is away, is overrun, or cannot say whether it wrote: the same request may be sent again.
            write_fault(_log, f"Request {trace_of(scope).request_id} could not be answered.", fault)
            response = turned_away(scope, unavailable())
        except ClientDisconnect:
            trace_of(scope).status = _GONE
            return
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        trace_of(scope).route = self._path
        endpoint = self._by_method.get(scope["method"])
        if endpoint is None:
            raise Turned(TransportCode.METHOD_NOT_ALLOWED, {"allow": self._allowed})
        principal = await self._doors.admit(scope, endpoint)
        headers, query, body = read_headers(scope["headers"]), query_of(scope), await body_of(scope, receive)
        for part in (version_refused(scope), query, body):
            if isinstance(part, Rejection):
                return rejected(part)
        if isinstance(headers, Rejection):
            return rejected(headers)
        engine, path = self._doors.engine_of(principal.org_id), scope["path_params"]
        return await answer_with_async(engine, endpoint, path, query, body, principal.caller, headers)
