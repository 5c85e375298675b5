"""The server on the standard streams of its process, which serves the one client that started it.

It ends when the client closes its end or a signal comes: what has begun is carried out first.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from typing import Any, Self, cast

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage

from booking_engine.adapters.mcp.legible import Legible

_STDIN = 0
_READ_BYTES_MAX = 65_536
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Lines:
    """The lines of a file descriptor, to iterate over in the running event loop; ``close`` ends them at any time.

    They are read by a thread that nobody waits for: what waits for a client's next line could not be ended otherwise.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._lines = asyncio.Queue[bytes | None]()
        threading.Thread(target=self._read, name="lines", daemon=True).start()

    def close(self) -> None:
        """Let the lines end after those that are there."""
        self._lines.put_nowait(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line

    def _read(self) -> None:
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody wants to know.
            begun = b""
            while read := self._some():
                *whole, begun = (begun + read).split(b"\n")
                for line in whole:
                    self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
            self._loop.call_soon_threadsafe(self.close)

    def _some(self) -> bytes:
        try:
            return os.read(self._descriptor, _READ_BYTES_MAX)
        except OSError:  # The client's end broke.
            return b""


async def serve_stdio(server: Server[Any]) -> None:
    """Serve until standard input ends or a signal comes."""
    lines, loop = Lines(_STDIN), asyncio.get_running_loop()
    for number in _SIGNALS:
        with contextlib.suppress(NotImplementedError):  # Windows ends the process itself.
            loop.add_signal_handler(number, lines.close)
    legible = Legible(lines)
    async with stdio_server(stdin=cast(anyio.AsyncFile[str], legible)) as (read, write):
        legible.tell(lambda error: write.send(SessionMessage(error)))
        await server.run(read, write, server.create_initialization_options())
