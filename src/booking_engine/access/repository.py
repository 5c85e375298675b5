"""The ports of keys: where the keys of all organisations are kept, for threads and for an event loop.

A key is what names the organisation of a request, so it is found before any organisation is known, and by its short id
alone. Everything else asks for the organisation, and answers about another one's key as about none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from booking_engine.access.apikey import ApiKey


class KeyRepository(Protocol):
    """The keys of all organisations; each method raises ``StoreError`` where it cannot answer."""

    def find(self, key_id: str) -> ApiKey | None:
        """The key with this short id, valid or not."""
        ...

    def put(self, key: ApiKey) -> None:
        """Add a key. The very same one again is no change; raises ``KeyIdTaken`` for another with its short id."""
        ...

    def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """Every key of the organisation, valid or not, by the instant at which it was made, then by id."""
        ...

    def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """Revoke a key for good and return it; None where the organisation has no such key.

        Twice is the same as once: what was revoked keeps the instant.
        """
        ...


class AsyncKeyRepository(Protocol):
    """``KeyRepository`` for an event loop: the same methods, awaited."""

    async def find(self, key_id: str) -> ApiKey | None:
        """See ``KeyRepository.find``."""
        ...

    async def put(self, key: ApiKey) -> None:
        """See ``KeyRepository.put``."""
        ...

    async def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """See ``KeyRepository.list``."""
        ...

    async def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """See ``KeyRepository.revoke``."""
        ...
