"""Progress is one line at the foot of a terminal, for work that takes long enough to be wondered about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

_WONDER_SECONDS = 0.5
_REDRAW_SECONDS = 0.1
_CLEAR = "\r\x1b[K"


class Progress:
    """Drawn on ``stream`` (standard error) when that is a terminal, at most ten times a second.

    ``size`` is what there is to do, where it is known. ``elapsed`` tells seconds. ``noun`` is what is counted.
    """

    def __init__(
        self,
        stream: TextIO,
        size: int | None,
        elapsed: Callable[[], float] = time.monotonic,
        noun: str = "lines",
    ) -> None:
        self._stream = stream if stream.isatty() else None
        self._size = size
        self._elapsed = elapsed
        self._noun = noun
        self._next = elapsed() + _WONDER_SECONDS
        self._drawn = False

    def show(self, done: int, counted: int) -> None:
        """Say how far the work is: ``done`` of ``size``, and how many lines or the like that was."""
        if self._stream is None or self._elapsed() < self._next:
            return
        self._next = self._elapsed() + _REDRAW_SECONDS
        share = f"{min(100, 100 * done // self._size):>3} %  " if self._size else ""
        self._stream.write(f"{_CLEAR}{share}{counted:,} {self._noun}")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        """Take the line away, before something else is written."""
        if self._stream is not None and self._drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._drawn = False
