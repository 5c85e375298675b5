"""Keys in memory: those of all organisations, in this process and gone with it."""

from __future__ import annotations

import threading
from datetime import datetime

import attrs

from booking_engine.access import ApiKey, KeyIdTaken


class MemoryKeys:
    """A ``KeyRepository``. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, ApiKey] = {}

    def find(self, key_id: str) -> ApiKey | None:
        """See ``KeyRepository``."""
        return self._keys.get(key_id)

    def put(self, key: ApiKey) -> None:
        """See ``KeyRepository``."""
        with self._lock:
            if self._keys.setdefault(key.key_id, key) != key:
                raise KeyIdTaken(key.key_id)

    def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """See ``KeyRepository``."""
        with self._lock:
            found = [key for key in self._keys.values() if key.org_id == org_id]
        return tuple(sorted(found, key=lambda key: (key.created_at, key.key_id)))

    def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """See ``KeyRepository``."""
        with self._lock:
            key = self._keys.get(key_id)
            if key is None or key.org_id != org_id:
                return None
            if key.revoked_at is None:
                key = self._keys[key_id] = attrs.evolve(key, revoked_at=at)
            return key


class AsyncMemoryKeys:
    """``MemoryKeys`` for an event loop: nothing in it waits, so each method answers at once."""

    def __init__(self) -> None:
        self._keys = MemoryKeys()

    async def find(self, key_id: str) -> ApiKey | None:
        """See ``KeyRepository``."""
        return self._keys.find(key_id)

    async def put(self, key: ApiKey) -> None:
        """See ``KeyRepository``."""
        self._keys.put(key)

    async def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """See ``KeyRepository``."""
        return self._keys.list(org_id)

    async def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """See ``KeyRepository``."""
        return self._keys.revoke(org_id, key_id, at)
