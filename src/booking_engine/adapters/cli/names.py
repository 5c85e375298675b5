"""A name stands for an id that a line made: ``"as": "a1"`` gives it, ``@a1`` uses it, also inside a longer text."""

from __future__ import annotations

import re
from collections.abc import Mapping

NAME_LENGTH_MAX = 60

_NAME = re.compile(rf"\w[\w.-]{{0,{NAME_LENGTH_MAX - 1}}}")
_USE = re.compile(r"@(\w[\w.-]*)")
_INSIDE_WORD = re.compile(r"\w")


class UnknownNameError(LookupError):
    """Raised for ``@name`` where no line has given that name; the message is the name."""


class Names:
    """The names that lines have given so far."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._ids

    def give(self, name: str, made_id: str) -> None:
        """Let a name stand for an id."""
        self._ids[name] = made_id

    def put_into(self, value: object) -> object:
        """A JSON value with every name in its texts replaced by the id; keys stay as they are."""
        if isinstance(value, str):
            return _USE.sub(self._replacement, value)
        if isinstance(value, Mapping):
            return {key: self.put_into(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.put_into(each) for each in value]
        return value

    def _replacement(self, use: re.Match[str]) -> str:
        # ``@w-2026`` may be the name "w-2026", or the name "w" and more text: the longest that is known counts.
        text = use[1]
        for end in range(min(len(text), NAME_LENGTH_MAX), 0, -1):
            ends_there = end == len(text) or not _INSIDE_WORD.match(text[end])
            if ends_there and text[:end] in self._ids:
                return self._ids[text[:end]] + text[end:]
        if use.start() and _INSIDE_WORD.match(use.string[use.start() - 1]):
            return use[0]  # part of an address like reception@clinic.example
        raise UnknownNameError(text[:NAME_LENGTH_MAX])


def is_name(value: object) -> bool:
    """Whether a value can be given as a name: letters, digits, ``_``, ``-`` and ``.``, and no more than 60 of them."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None
