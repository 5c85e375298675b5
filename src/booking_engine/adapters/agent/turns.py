"""Turns: a tool call that is sent while the same one is carried out waits for it, and is answered what that was.

Carried out side by side, one of the two may be refused the last place and the other be given one that came back
meanwhile: the refusal would stand, and nobody would know of the booking.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias
from weakref import WeakValueDictionary

from booking_engine.domain.toolcall import ToolCall

Turn: TypeAlias = AbstractAsyncContextManager[None]


class ThreadTurn:
    """A turn for threads: it blocks, and never awaits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def __aenter__(self) -> None:
        self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class Turns:
    """The turns of one process; a tool call's is forgotten when nobody has it or waits for it."""

    def __init__(self, make: Callable[[], Turn] = asyncio.Lock) -> None:
        self._make = make
        self._turns: WeakValueDictionary[ToolCall, Turn] = WeakValueDictionary()
        self._one_at_a_time = threading.Lock()

    def __len__(self) -> int:
        return len(self._turns)

    def of(self, call: ToolCall) -> Turn:
        """The turn that everybody takes who is sent this tool call."""
        with self._one_at_a_time:
            turn = self._turns.get(call)
            if turn is None:
                turn = self._turns[call] = self._make()
            return turn
