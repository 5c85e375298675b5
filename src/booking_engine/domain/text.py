"""Text is NFC-normalised, trimmed and free of characters that no name has (SPEC I3); keys are folded text."""

from __future__ import annotations

import unicodedata

from booking_engine.domain.problem import FieldProblem

NAME_LENGTH_MAX = 200
NOTES_LENGTH_MAX = 2_000

_INVISIBLE_CATEGORIES = frozenset({"Cf", "Zs", "Zl", "Zp"})
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs"})


def clean_text(value: object, *, length_max: int = NAME_LENGTH_MAX, lines: bool = False) -> str | FieldProblem:
    """Return ``value`` in NFC and trimmed, or what is wrong with it.

    ``lines`` admits line breaks, as notes have them. Names of any script are text.
    """
    if type(value) is not str:
        return FieldProblem("", "is not text", f"send a string of 1 to {length_max} characters")
    if value.isascii() and value.isprintable():
        text = value.strip()
    else:
        text = unicodedata.normalize("NFC", value).strip()
        allowed = "\n\r" if lines else ""
        for character in text:
            if unicodedata.category(character) in _FORBIDDEN_CATEGORIES and character not in allowed:
                return FieldProblem(
                    "", f"contains the control character U+{ord(character):04X}", "send printable text without it"
                )
        if all(unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in allowed for character in text):
            text = ""  # There is nothing to be seen in it.
    if not text:
        return FieldProblem("", "is empty", f"send a string of 1 to {length_max} characters")
    if len(text) > length_max:
        return FieldProblem("", f"has {len(text)} characters", f"send at most {length_max} characters")
    return text


def fold(text: str) -> str:
    """The form in which names are compared: casefolded, trimmed, inner spaces folded (SPEC §6.4, §6.10)."""
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split())


def printable(name: object) -> str:
    """A name from outside as it may stand in a message: short, and without what a terminal would obey."""
    text = name if isinstance(name, str) else repr(name)
    return "".join(character if character.isprintable() else "?" for character in text[:60]) or '""'
