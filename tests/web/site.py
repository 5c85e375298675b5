"""A site: organisations on one store, served over a socket of this machine by a thread with its own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar, Unpack

import uvicorn
from starlette.applications import Starlette

from booking_engine import AsyncBookingEngine, Channel
from booking_engine.access import AsyncKeyRepository, new_key
from booking_engine.adapters.http import Authenticate, by_api_key, create_app
from booking_engine.adapters.memory import AsyncMemoryKeys, AsyncMemoryStore
from booking_engine.adapters.sql import AsyncSqlKeys, AsyncSqlStore, dispose, open_engine_for_loop
from booking_engine.options import EngineOptions
from booking_engine.ports import AsyncStore
from booking_engine.wire import Scope

NOW = datetime(2026, 5, 26, 10, tzinfo=UTC)
PATIENCE_SECONDS = 60
ResultT = TypeVar("ResultT")


class Here:
    """An application on a free port of this machine, as ``booking-engine serve`` would serve it."""

    def __init__(self, parser: str) -> None:
        self._parser = parser
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Do the work where the application runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    @contextlib.contextmanager
    def serving(self, app: Starlette) -> Iterator[int]:
        """The port on which the application answers for a while."""
        config = uvicorn.Config(
            app,
            http=self._parser,
            ws="none",
            lifespan="off",
            access_log=False,
            server_header=False,
            log_config=None,  # so that a test sees all of it
            timeout_graceful_shutdown=1,
        )
        server, listener = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
        # Whoever connects before the server accepts waits in the socket's queue.
        over = asyncio.run_coroutine_threadsafe(server.serve([listener]), self._loop)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            over.result(PATIENCE_SECONDS)
            listener.close()

    def close(self) -> None:
        """End the loop and its thread."""
        self.call(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()


class Site:
    """Organisations on one store, the keys to them, and the port on which they are served."""

    port: int

    def __init__(self, here: Here, keys: AsyncKeyRepository, open_store: Callable[[str], AsyncStore]) -> None:
        self.keys = keys
        self.engines: dict[str, AsyncBookingEngine] = {}
        self.stores: dict[str, AsyncStore] = {}
        self.call = here.call
        self._open_store = open_store

    @property
    def authenticate(self) -> Authenticate:
        """By the site's keys, at the time of the tests."""
        return by_api_key(self.keys, lambda: NOW)

    def organisation(self, org_id: str, **options: Unpack[EngineOptions]) -> AsyncBookingEngine:
        """The engine of a new organisation, which nobody has configured."""
        options.setdefault("clock", lambda: NOW)
        store = self.stores[org_id] = self._open_store(org_id)
        engine = self.engines[org_id] = AsyncBookingEngine(store, **options)
        return engine

    def key(self, org_id: str, *scopes: Scope, channel: Channel = Channel.API) -> str:
        """The text of a new key to an organisation; for everything unless scopes are named."""
        made = new_key(org_id=org_id, scopes=scopes or Scope, now=NOW, channel=channel)
        self.call(self.keys.put(made.key))
        return made.text

    def state(self, org_id: str) -> tuple[object, ...]:
        """Everything that stands in an organisation, and what happened to it."""
        return self.call(state(self.stores[org_id], org_id))


async def state(store: AsyncStore, org_id: str) -> tuple[object, ...]:
    """Setup, ledger, appointments, and the events of each."""
    catalog, snapshot = await store.catalog(), await store.snapshot()
    subjects = [org_id, *catalog.windows, *(each.appointment_id for each in snapshot.appointments)]
    return catalog, snapshot, [await store.history(subject) for subject in subjects]


@contextlib.contextmanager
def site_over(url: str, parser: str, **options: Any) -> Iterator[Site]:
    """A site over ``memory:`` or a database; ``options`` are those of ``create_app``."""
    here = Here(parser)
    with contextlib.closing(here), contextlib.ExitStack() as stack:
        if url == "memory:":
            site = Site(here, AsyncMemoryKeys(), AsyncMemoryStore)
        else:
            database = open_engine_for_loop(url)
            stack.callback(lambda: here.call(dispose(database)))
            site = Site(here, AsyncSqlKeys(database), lambda org_id: AsyncSqlStore(database, org_id))
        app = create_app(lambda org_id: site.engines[org_id], site.authenticate, **{"rate": None, **options})
        site.port = stack.enter_context(here.serving(app))
        yield site
