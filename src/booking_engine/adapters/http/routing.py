"""Routing finds the resource of a path: by one look-up where the table writes the path out, else by a pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

_PARAMETER = re.compile(r"{(\w+)}")
_NONE: Mapping[str, str] = {}


class Routed:
    """Middleware: a path of the table goes straight to its resource, every other one on to the application."""

    def __init__(self, app: ASGIApp, resources: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._literal = {path: resource for path, resource in resources.items() if "{" not in path}
        self._patterns = [(_pattern(path), resource) for path, resource in resources.items() if "{" in path]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; of the parameters, those of a path at which the application is mounted stay."""
        found = self._found(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        resource, parameters = found
        scope["path_params"] = {**scope.get("path_params", _NONE), **parameters}
        await resource(scope, receive, send)

    def _found(self, scope: Scope) -> tuple[ASGIApp, Mapping[str, str]] | None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        literal = self._literal.get(path)
        if literal is not None:  # first, for {slot_id} would take its name
            return literal, _NONE
        for pattern, resource in self._patterns:
            match = pattern.fullmatch(path)
            if match is not None:
                return resource, match.groupdict()
        return None


def _pattern(path: str) -> re.Pattern[str]:
    """The path, with any text but a slash in the place of each parameter."""
    return re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", path))
