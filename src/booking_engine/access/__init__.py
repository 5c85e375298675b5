"""Access is who may ask: API keys that carry an organisation, scopes and a channel, kept as digests.

A key's text, ``be_live_<short id>_<secret>``, is shown once, when it is made. What is kept finds the key by its short
id and recognises the text, and nobody who reads it could write the text again.
"""

from booking_engine.access.apikey import ApiKey
from booking_engine.access.authenticating import authenticate, authenticated
from booking_engine.access.keytext import key_id_of
from booking_engine.access.making import NewKey, new_key
from booking_engine.access.remembering import RememberedKeys
from booking_engine.access.repository import AsyncKeyRepository, KeyRepository
from booking_engine.errors import KeyIdTaken

__all__ = [
    "ApiKey",
    "AsyncKeyRepository",
    "KeyIdTaken",
    "KeyRepository",
    "NewKey",
    "RememberedKeys",
    "authenticate",
    "authenticated",
    "key_id_of",
    "new_key",
]
