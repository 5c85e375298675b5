"""A terminal is where people read: how wide it is, whether it takes colours, and which characters it can show."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from typing import Any, NamedTuple, TextIO

import attrs
import click

WIDTH_MIN, WIDTH_MAX = 60, 100


class Marks(NamedTuple):
    """The characters that carry a meaning of their own."""

    yes: str
    same: str
    no: str
    ai: str
    staff: str
    free: str
    staff_only: str
    rule: str
    to: str
    times: str


RICH = Marks(yes="✓", same="↺", no="✗", ai="█", staff="▒", free="░", staff_only="·", rule="─", to="–", times="×")
PLAIN = Marks(yes="+", same="=", no="x", ai="#", staff="%", free="-", staff_only=".", rule="-", to="-", times="x")


@attrs.frozen
class Terminal:
    """Colours are used only where they are welcome (https://no-color.org); the text says everything that they say."""

    width: int = 80
    colours: bool = False
    marks: Marks = RICH

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str] | None = None) -> Terminal:
        """What the stream is able to show; it writes ``?`` for a character that it has not."""
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
        variables = os.environ if environment is None else environment
        columns = shutil.get_terminal_size((80, 24)).columns
        width = min(max(columns, WIDTH_MIN), WIDTH_MAX)
        return cls(width, _takes_colours(stream, variables), RICH if _can_show(stream, "".join(RICH)) else PLAIN)

    def ink(self, text: str, **style: Any) -> str:
        """The text in a style of ``click.style``, where colours are welcome."""
        return click.style(text, **style) if self.colours and text else text

    def write(self, line: str = "") -> None:
        """One line on standard output."""
        # Named, because click by itself would write UTF-8 where it finds ASCII.
        click.echo(line, file=sys.stdout, color=self.colours)


def _takes_colours(stream: TextIO, environment: Mapping[str, str]) -> bool:
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def _can_show(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
