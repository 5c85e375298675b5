"""The text of a key: ``be_live_``, a short id that finds the key, and a secret of 256 random bits that proves it.

Both are written in lower-case base32 (RFC 4648), which has no separator in it: a text is read in one way or not at
all, is selected by a double click, and survives being read aloud.
"""

from __future__ import annotations

import base64
import hashlib
import re

KEY_ID_BYTES, SECRET_BYTES = 10, 32

# 256 bits are 51 characters of five and one bit more, so that the last character is one of two. What another one would
# stand for is written with these already: every key has exactly one text.
_TEXT = re.compile("be_live_([a-z2-7]{16})_[a-z2-7]{51}[aq]")


def text_of(key_id: bytes, secret: bytes) -> str:
    """The text of a key, of ``KEY_ID_BYTES`` and ``SECRET_BYTES`` bytes."""
    return f"be_live_{_written(key_id)}_{_written(secret)}"


def key_id_of(text: str) -> str | None:
    """The short id in the text of a key; None where the text has not exactly that form."""
    found = _TEXT.fullmatch(text)
    return None if found is None else found[1]


def digest_of(text: str) -> bytes:
    """SHA-256 of the whole text, whatever it is. The secret is random, so no slow or salted hash could add to it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _written(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()
