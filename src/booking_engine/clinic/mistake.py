"""A mistake is what is wrong at one place of a clinic file, and what would be right there."""

from __future__ import annotations

import json
import re
from typing import NamedTuple, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Keys and positions from the root of the document: ``("windows", 2, "start_time")``."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_KEY_LENGTH_MAX = 60


class Mistake(NamedTuple):
    """One mistake. ``line`` counts from 1, and is None where no single line is to blame."""

    place: Place
    problem: str
    hint: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = f"{written(self.place)}: " if self.place else ""
        return where + self.problem + (f"; {self.hint}" if self.hint else "")


def written(place: Place) -> str:
    """A place as a reader would point to it, ``windows[2].start_time``; positions count from 0."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in place)
    return text.removeprefix(".")


def _key(key: str) -> str:
    short = key if len(key) <= _KEY_LENGTH_MAX else key[:_KEY_LENGTH_MAX] + "…"
    return short if _BARE_KEY.fullmatch(short) else json.dumps(short)
