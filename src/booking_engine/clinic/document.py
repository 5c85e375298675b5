"""A document is the TOML text of a clinic file, its tables, and the line on which each place of them stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from booking_engine.clinic.mistake import Mistake, Place

_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")


@attrs.frozen
class Document:
    """A file that is TOML, whatever it says."""

    text: str
    tables: Mapping[str, Any]

    def located(self, mistakes: list[Mistake]) -> tuple[Mistake, ...]:
        """The mistakes with their lines, in the order of the file; a missing key is at the line of its table."""
        if not mistakes:
            return ()
        lines = lines_of(self.text)
        return tuple(
            sorted(
                (mistake._replace(line=_line(lines, mistake.place)) for mistake in mistakes),
                key=lambda mistake: mistake.line or 0,
            )
        )


def _line(lines: Mapping[Place, int], place: Place) -> int | None:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place)


def read_document(data: bytes) -> Document | Mistake:
    """The document in a file's bytes, or why it is none."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Mistake((), "is not UTF-8 text", "save the file as UTF-8", line)
    try:
        return Document(text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = _AT_LINE.search(message)
        return Mistake((), f"is not TOML: {_AT_LINE.sub('', message)}", line=int(at[1]) if at else None)
    except ValueError:
        # The only other one that tomllib lets through: Python refuses to convert thousands of digits.
        return Mistake((), "is not TOML: a number has too many digits")
    except RecursionError:
        return Mistake((), "is not TOML: it is nested too deeply")


def lines_of(text: str) -> dict[Place, int]:
    """The line of every table and key of a valid document.

    The document is parsed once more, a statement at a time: a statement is over at the first line with which it
    parses by itself.
    """
    lines: dict[Place, int] = {}
    positions: dict[Place, int] = {}
    table: Place = ()
    statement, first = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        first = first if statement else number
        statement += line + "\n"
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if statement.lstrip().startswith("["):
            table = _header(parsed, positions)
            lines.setdefault(table, first)
        else:
            for place in _places(parsed, table):
                lines.setdefault(place, first)
        statement = ""
    return lines


def _header(parsed: Any, positions: dict[Place, int]) -> Place:
    """The place that a header opens; ``positions`` counts the tables of each array so far."""
    place: Place = ()
    while parsed:
        if isinstance(parsed, list):
            positions[place] = positions.get(place, -1) + 1
            place, parsed = (*place, positions[place]), parsed[0]
        else:
            ((key, parsed),) = parsed.items()
            place = (*place, key)
            if isinstance(parsed, dict) and place in positions:
                place = (*place, positions[place])
    return place


def _places(value: Any, place: Place) -> Iterator[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*place, key)
        yield from _places(each, (*place, key))
