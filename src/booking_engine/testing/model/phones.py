"""Phones compared character by character (SPEC I2), with two regions whose numbers may be written without country."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from booking_engine.testing.model.state import folded

COUNTRIES: Mapping[str, str] = {"IN": "+91", "DE": "+49"}
"""The country codes of the regions that can be configured."""


class NaivePhones:
    """A ``PhoneNormalizer`` for the model: without separators, ``00`` read as ``+``, never looking behind a letter."""

    def key(self, phone: str, default_region: str | None) -> str:
        """The form in which a phone is compared."""
        kept = "".join(_ascii(each) for each in unicodedata.normalize("NFKC", phone))
        if not any(each.isdigit() for each in kept):
            return folded(phone)
        if any(each.isalpha() for each in kept):
            return kept.casefold()
        if kept.startswith("00"):
            return "+" + kept[2:]
        if default_region is not None and kept.isdigit():
            return COUNTRIES[default_region] + kept.removeprefix("0")
        return kept

    def knows_region(self, region: str) -> bool:
        """Whether the region can be configured."""
        return region in COUNTRIES


def _ascii(character: str) -> str:
    """A digit as ASCII, a separator as nothing, anything else as it is."""
    if character.isdecimal():
        return str(int(character))
    separates = character in "-./()\N{MINUS SIGN}" or unicodedata.category(character) in ("Zs", "Cf", "Pd")
    return "" if separates else character
