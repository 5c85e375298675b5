"""Pages for developers: the OpenAPI document, and RapiDoc to read it and try it out.

All of it comes from this package: the page works without a network, and its policy lets it speak to this server only.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from booking_engine.adapters.http.openapi import openapi

Page: TypeAlias = Callable[[Request], Awaitable[Response]]

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # RapiDoc's templates have style attributes
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "content-security-policy": "; ".join(f"{what} {source}" for what, source in _POLICY.items()),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "max-age=300",
}
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


def pages() -> Mapping[str, Page]:
    """What to answer, by path."""
    return {
        "/openapi.json": _document,
        "/docs": _file("docs.html"),
        "/docs/docs.css": _file("docs.css"),
        "/docs/rapidoc-min.js": _file("rapidoc-min.js"),
    }


async def _document(request: Request) -> Response:
    return Response(_written(request.scope.get("root_path", "")), media_type="application/json", headers=_HEADERS)


@functools.lru_cache(maxsize=8)
def _written(root: str) -> bytes:
    return json.dumps(openapi(root), ensure_ascii=False).encode()


def _file(name: str) -> Page:
    media_type = _TYPES[name.rpartition(".")[2]]

    async def show(_: Request) -> Response:
        return Response(_read(name), media_type=media_type, headers=_HEADERS)

    return show


@functools.cache
def _read(name: str) -> bytes:
    return files("booking_engine.adapters.http").joinpath("rapidoc", name).read_bytes()
