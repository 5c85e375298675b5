"""Serving puts a store, its keys and the application of ``adapters.http`` together, in one process or in several.

Every process makes its own application from the same ``Serving``, which is plain data and so can be handed to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from functools import lru_cache

import attrs
import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from booking_engine import AsyncBookingEngine
from booking_engine.access import RememberedKeys
from booking_engine.adapters.http import Rate, by_api_key, create_app
from booking_engine.adapters.opening import open_async_database, phones_here
from booking_engine.adapters.sql import AsyncSqlKeys, AsyncSqlStore, dispose, schema
from booking_engine.adapters.sql.transactions import Mode, tried_async
from booking_engine.shell import system_clock

_ENGINES_MAX = 1_000
_GRACE_SECONDS = 10
_READY_POLL_SECONDS = 0.05
_ORPHAN_POLL_SECONDS = 1.0
_HANDED_OVER = "BOOKING_ENGINE_SERVING"
_PARENT = "BOOKING_ENGINE_PARENT"
_SUMMED = "PROMETHEUS_MULTIPROC_DIR"

_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "told": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "line": {"format": "%(message)s"},
    },
    "handlers": {
        "told": {"class": "logging.StreamHandler", "formatter": "told"},
        "line": {"class": "logging.StreamHandler", "formatter": "line"},
    },
    "loggers": {
        "": {"handlers": ["told"], "level": "WARNING"},
        "booking_engine.access": {"handlers": ["line"], "level": "INFO", "propagate": False},
        "uvicorn.error": {"level": "WARNING"},
    },
}


@attrs.frozen(kw_only=True)
class Serving:
    """What is served. ``clock`` is an aware instant at which time stands still; None lets it go on.

    ``per_second`` limits each key in each process; None does not.
    """

    url: str = attrs.field(repr=False)
    clock: datetime | None = None
    per_second: float | None = 200.0
    metrics: bool = False

    def handed_over(self) -> str:
        """The text from which another process makes the same."""
        clock = None if self.clock is None else self.clock.isoformat()
        return json.dumps({**attrs.asdict(self), "clock": clock})

    @classmethod
    def taken_over(cls, text: str) -> Serving:
        """What ``handed_over`` wrote."""
        fields = json.loads(text)
        clock = fields.pop("clock")
        return cls(**fields, clock=None if clock is None else datetime.fromisoformat(clock))

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock of the engines and of the keys."""
        instant = self.clock
        return system_clock if instant is None else lambda: instant


def application(serving: Serving) -> Starlette:
    """The application over the store, which it opens at once and gives back when its server stops."""
    database, phones = open_async_database(serving.url), phones_here()

    @lru_cache(_ENGINES_MAX)
    def engine_of(org_id: str) -> AsyncBookingEngine:
        return AsyncBookingEngine(AsyncSqlStore(database, org_id), clock=serving.now, phones=phones)

    async def ready() -> None:
        await tried_async(database, schema.require, Mode.READ)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(_end_with_parent(int(os.environ[_PARENT]))) if _PARENT in os.environ else None
        yield
        if watching is not None:
            watching.cancel()
        await dispose(database)

    return create_app(
        engine_of,
        by_api_key(RememberedKeys(AsyncSqlKeys(database)), serving.now),
        rate=None if serving.per_second is None else Rate(serving.per_second),
        metrics=serving.metrics,
        ready=ready,
        lifespan=lifespan,
    )


def handed_over_application() -> Starlette:
    """The application of a worker: its parent left it what to serve."""
    return application(Serving.taken_over(os.environ[_HANDED_OVER]))


async def _end_with_parent(parent: int) -> None:
    """End this worker when nobody is left who would start it anew or stop it."""
    while os.getppid() == parent:
        await asyncio.sleep(_ORPHAN_POLL_SECONDS)
    signal.raise_signal(signal.SIGTERM)


def serve(serving: Serving, listener: socket.socket, workers: int, ready: Callable[[], None]) -> None:
    """Serve until a signal ends it: what has begun is answered first.

    ``ready`` is called once requests are answered.
    """
    with contextlib.ExitStack() as stack:
        threading.Thread(target=_call_when_ready, args=(listener.getsockname(), ready), daemon=True).start()
        if workers == 1:
            # The server raises the signal that ended it once more when it is done; by then there is nothing to end.
            signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
            uvicorn.Server(_config(lambda: application(serving), 1)).run([listener])
            return
        stack.enter_context(_environment(_HANDED_OVER, serving.handed_over()))
        stack.enter_context(_environment(_PARENT, str(os.getpid())))
        if serving.metrics:
            stack.enter_context(_environment(_SUMMED, stack.enter_context(tempfile.TemporaryDirectory())))
        config = _config(f"{__name__}:{handed_over_application.__name__}", workers)
        Multiprocess(config, sockets=[listener]).run()


def _config(app: str | Callable[[], Starlette], workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=True,
        workers=workers,
        log_config=_LOGGING,
        access_log=False,  # its lines have whole URLs in them
        server_header=False,
        proxy_headers=False,  # nobody asks from where a request came
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _call_when_ready(address: tuple[str, int], ready: Callable[[], None]) -> None:
    """Ask over the socket itself: whichever worker answers first, requests are answered from then on."""
    host, port = address[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (asked, not bound)
    url = f"http://[{near}]:{port}/readyz" if ":" in near else f"http://{near}:{port}/readyz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy would look for itself there
    while True:
        with contextlib.suppress(OSError), opener.open(url, timeout=5):
            ready()
            return
        time.sleep(_READY_POLL_SECONDS)


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """What the workers find in their environment."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
