"""A phone is compared by its key, never as it was typed; the typed text is kept and returned (SPEC I2)."""

from __future__ import annotations

import unicodedata
from typing import Protocol

from booking_engine.domain.text import fold

_SEPARATORS = frozenset(" -.()/\u2010\u2011\u2012\u2013\u2014\u2212")
_IGNORED_CATEGORIES = frozenset({"Cf", "Zs"})
_PLAIN = frozenset("+0123456789")


def phone_key(text: str) -> str:
    """The form in which phones are compared (SPEC I2).

    Digits of any script become ASCII, separators and invisible format characters go, and a leading
    ``00`` is read as ``+``. With a letter left, as in a masked ``+919840XXXXXX``, or without any digit, the folded text
    is an opaque key: nothing may guess at digits behind it.
    """
    if _PLAIN.issuperset(text):
        return "+" + text[2:] if text.startswith("00") else text
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        digit = unicodedata.digit(character, None)
        if digit is not None:
            kept.append(str(digit))
        elif character not in _SEPARATORS and unicodedata.category(character) not in _IGNORED_CATEGORIES:
            kept.append(character)
    key = "".join(kept)
    if not any(character.isdigit() for character in key):
        return fold(text)
    if any(character.isalpha() for character in key):
        return key.casefold()
    return "+" + key[2:] if key.startswith("00") else key


class PhoneNormalizer(Protocol):
    """Brings phones into the form in which they are compared (SPEC I2)."""

    def key(self, phone: str, default_region: str | None) -> str:
        """The key of ``phone``: the same for every way to write one number."""
        ...

    def knows_region(self, region: str) -> bool:
        """Whether ``region``, two capital letters, can be an organisation's ``default_region``."""
        ...


class PlainPhones:
    """Compares phones by their digits as given: a national and an international form are two phones."""

    def key(self, phone: str, default_region: str | None) -> str:
        """The key of ``phone``; regions cannot be configured with this normaliser."""
        return phone_key(phone)

    def knows_region(self, region: str) -> bool:
        """No region is known."""
        return False
