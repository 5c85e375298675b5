"""A client that costs little: requests are bytes made beforehand, and each connection sends its next when answered."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class Lap(NamedTuple):
    """What was answered within the time: how many by status, the seconds, and each one's milliseconds."""

    statuses: Counter[int]
    seconds: float
    taken_ms: list[float]

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return len(self.taken_ms) / self.seconds


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], lap: Lap, ends: float, over: asyncio.Future[None]) -> None:
        self._requests, self._lap, self._ends, self._over = requests, lap, ends, over
        self._received = b""
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        if perf_counter() >= self._ends:
            self._transport.close()
            self._over.set_result(None)
            return
        self._begun = perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n") if separator else None
        if length is None or len(body) < int(length[1]):
            return
        self._received = b""
        self._lap.taken_ms.append((perf_counter() - self._begun) * 1_000)
        self._lap.statuses[int(head[9:12])] += 1
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(exc or ConnectionError("the server closed the connection"))


async def _load(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Lap:
    loop, begun = asyncio.get_running_loop(), perf_counter()
    taken: list[float] = []
    lap = Lap(Counter(), 0.0, taken)
    over = [loop.create_future() for _ in range(connections)]
    for each in over:
        await loop.create_connection(partial(_Connection, requests, lap, begun + seconds, each), "127.0.0.1", port)
    await asyncio.gather(*over)
    return lap._replace(seconds=perf_counter() - begun)


def load(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Lap:
    """Send requests over so many connections for so long."""
    return asyncio.run(_load(port, requests, connections, seconds))
