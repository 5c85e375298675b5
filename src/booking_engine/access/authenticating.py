"""Authenticating is telling whose key a text is, in the same steps whether it is anybody's or not."""

from __future__ import annotations

import hmac
from datetime import datetime

from booking_engine.access.apikey import ApiKey
from booking_engine.access.keytext import digest_of, key_id_of
from booking_engine.access.repository import AsyncKeyRepository

_NOBODYS = bytes(32)
"""What the digest of a text is compared with where no key is found. No text is known that has it, and it opens nothing.
"""


def authenticate(text: str, key: ApiKey | None, now: datetime) -> ApiKey | None:
    """The key if ``text`` is its text and it is valid ``now``, else None; ``key`` was found by the text's short id.

    The comparison is made in constant time, and also when there is no key to compare with: how long the answer takes
    does not tell whether there is one.
    """
    is_its_text = hmac.compare_digest(digest_of(text), _NOBODYS if key is None else key.digest)
    return key if key is not None and is_its_text and key.is_valid_at(now) else None


async def authenticated(text: str, keys: AsyncKeyRepository, now: datetime) -> ApiKey | None:
    """Find the key of a text, whatever the text is, and ``authenticate`` it; nothing is asked about what is no key."""
    key_id = key_id_of(text)
    return authenticate(text, None if key_id is None else await keys.find(key_id), now)
