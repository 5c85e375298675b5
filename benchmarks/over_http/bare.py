"""The bare framework: it reads the request's body and answers the bytes that it was given, and knows nothing else.

``python -m over_http.bare ANSWERS.json`` serves it, on the same server and with the same settings as ``booking-engine
serve``; ``ANSWERS.json`` has a status and a body for each method and path.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from booking_engine.adapters.listening import bound


def application(answers: list[tuple[str, str, int, str]]) -> Starlette:
    """The same answer every time, one for each method and path."""

    def route(method: str, path: str, status: int, body: str) -> Route:
        content = body.encode()

        async def answer(request: Request) -> Response:
            await request.body()
            return Response(content, status, media_type="application/json")

        return Route(path, answer, methods=[method])

    return Starlette(routes=[route(*each) for each in answers])


def main(path: str) -> None:
    """Serve until ended; the first line tells the port."""
    listener = bound("127.0.0.1", 0)
    config = uvicorn.Config(
        application(json.loads(Path(path).read_text(encoding="utf-8"))),
        access_log=False,
        server_header=False,
        log_level="warning",
    )
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main(sys.argv[1])
