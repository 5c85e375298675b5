"""The application: the paths of the documents, and beside them its health and its metrics."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from booking_engine.adapters.http.faults import write_fault
from booking_engine.adapters.http.limiting import Buckets, Rate
from booking_engine.adapters.http.observing import Observed, Watch, write_down
from booking_engine.adapters.http.pages import pages
from booking_engine.adapters.http.principal import Authenticate
from booking_engine.adapters.http.replying import Turned, turned_away, unavailable
from booking_engine.adapters.http.resource import Doors, EngineOf, Resource
from booking_engine.adapters.http.routing import Routed
from booking_engine.adapters.http.trace import trace_of
from booking_engine.errors import BookingEngineError
from booking_engine.wire import ENDPOINTS, Endpoint, TransportCode

Ready = Callable[[], Awaitable[None]]
"""Returns when requests can be answered; raises ``BookingEngineError`` when they cannot."""

_log = logging.getLogger(__name__)


def create_app(
    engine_of: EngineOf,
    authenticate: Authenticate,
    *,
    rate: Rate | None = Rate(),  # noqa: B008 (frozen)
    docs: bool = True,
    metrics: bool = False,
    ready: Ready | None = None,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """The documents' API as an ASGI application, to be served alone or mounted in another.

    ``engine_of`` gives the engine of an organisation; it is asked once a request, so it should remember.
    ``authenticate`` says whom a request comes from: ``by_api_key(keys)``, or whatever the application around it knows.
    ``rate`` limits each principal in each process; None does not. ``docs`` adds ``/openapi.json`` and ``/docs``, which
    everybody may read; ``metrics`` adds ``/metrics`` (needs ``prometheus_client``). ``ready`` is what ``/readyz`` asks.
    A mounted application's ``lifespan`` is not run by the one around it, and nothing here needs one: what is given is
    opened and closed by who gives it.
    """
    watches: list[Watch] = [write_down]
    resources = _resources(Doors(engine_of, authenticate, None if rate is None else Buckets(rate)))
    routes = [*_health(ready)]
    if docs:
        routes += [_page(path, page) for path, page in pages().items()]
    if metrics:
        from booking_engine.adapters.http.metrics import Metrics  # noqa: PLC0415 (only who asks for it needs the package)

        counted = Metrics()
        watches.append(counted.watch)
        routes.append(_page("/metrics", counted.show))
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Observed, watches=tuple(watches)), Middleware(Routed, resources=resources)],
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a path with a slash behind it is another path, and there is none
    return app


def _resources(doors: Doors) -> Mapping[str, Resource]:
    """Everything that can be asked at one path, by the path."""
    by_path: dict[str, list[Endpoint]] = {}
    for endpoint in ENDPOINTS.values():
        by_path.setdefault(endpoint.path, []).append(endpoint)
    return {path: Resource(path, endpoints, doors) for path, endpoints in by_path.items()}


def _health(ready: Ready | None) -> Iterator[BaseRoute]:
    async def is_alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def is_ready(request: Request) -> Response:
        if ready is not None:
            try:
                await ready()
            except BookingEngineError as fault:
                write_fault(_log, "The store does not answer.", fault)
                return turned_away(request.scope, unavailable())
        return JSONResponse({"status": "ok"})

    yield _page("/healthz", is_alive)
    yield _page("/readyz", is_ready)


def _page(path: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
    """A path beside those of the documents, which everybody may read."""

    async def named(request: Request) -> Response:
        trace_of(request.scope).route = path
        return await answer(request)

    return Route(path, named)


async def _refused(request: Request, refusal: Exception) -> Response:
    """What no route takes."""
    assert isinstance(refusal, HTTPException)
    code = TransportCode.METHOD_NOT_ALLOWED if refusal.status_code == 405 else TransportCode.NOT_FOUND
    return turned_away(request.scope, Turned(code, refusal.headers or {}))
