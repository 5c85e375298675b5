"""Phones compared in E.164, so that a national and an international form are one (extra ``phone``; SPEC I2)."""

from __future__ import annotations

import phonenumbers

from booking_engine.domain.phone import phone_key


class E164Phones:
    """A ``PhoneNormalizer`` over the ``phonenumbers`` package, for organisations with a ``default_region``."""

    def key(self, phone: str, default_region: str | None) -> str:
        """E.164 where the number is possible in the region; its plain key where it is not, or without a region."""
        key = phone_key(phone)
        # With a letter left the text is opaque: the package would read a masked X as the keypad's 9.
        if default_region is None or any(character.isalpha() for character in key):
            return key
        try:
            number = phonenumbers.parse(key, default_region)
        except phonenumbers.NumberParseException:
            return key
        if not phonenumbers.is_possible_number(number):
            return key
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def knows_region(self, region: str) -> bool:
        """Whether the package has the region's numbering plan."""
        return region in phonenumbers.SUPPORTED_REGIONS
