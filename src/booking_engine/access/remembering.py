"""Remembered keys are keys that were looked up a moment ago: a request then costs no question to the database.

The price is that a key which was revoked elsewhere goes on to open for a few seconds. How many is a number that the
operator chooses, and no request is answered by anything that was asked for earlier than that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from booking_engine.access.apikey import ApiKey
from booking_engine.access.repository import AsyncKeyRepository

SECONDS = 5.0
SIZE_MAX = 1_024


class _Remembered(NamedTuple):
    """A key, and when it was asked for by the monotonic clock: what is kept may have changed from then on."""

    key: ApiKey
    asked_at: float


class RememberedKeys:
    """An ``AsyncKeyRepository`` that remembers what another one found, for one event loop.

    ``seconds`` is how long a key may go on to open after it was revoked in another process; what is revoked here ends
    here at once, and with 0 nothing is remembered. At most ``size_max`` keys are, those that were used last. That there
    is *no* key is not remembered: a new key opens at once, and whoever tries ids out pushes no key aside. Expiry is
    exact, for it stands in the key.
    """

    def __init__(
        self,
        keys: AsyncKeyRepository,
        *,
        seconds: float = SECONDS,
        size_max: int = SIZE_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._seconds = seconds
        self._size_max = size_max
        self._monotonic = monotonic
        # The order is that of their last use: a key that is used is taken out and put at the end.
        self._remembered: dict[str, _Remembered] = {}
        self._revocations = 0

    async def find(self, key_id: str) -> ApiKey | None:
        """See ``KeyRepository.find``."""
        asked_at, revocations = self._monotonic(), self._revocations
        remembered = self._remembered.get(key_id)
        if remembered is None or asked_at - remembered.asked_at >= self._seconds:
            key = await self._keys.find(key_id)
            # What was found while somebody revoked may be of before.
            if key is None or revocations != self._revocations:
                return key
            remembered = _Remembered(key, asked_at)
        self._remember(remembered)
        return remembered.key

    async def put(self, key: ApiKey) -> None:
        """See ``KeyRepository.put``."""
        await self._keys.put(key)

    async def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """See ``KeyRepository.list``."""
        return await self._keys.list(org_id)

    async def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """See ``KeyRepository.revoke``."""
        try:
            return await self._keys.revoke(org_id, key_id, at)
        finally:
            # Whatever became of it: a question more is asked, and an answer of before is not kept.
            self._revocations += 1
            self._remembered.pop(key_id, None)

    def _remember(self, remembered: _Remembered) -> None:
        self._remembered.pop(remembered.key.key_id, None)
        self._remembered[remembered.key.key_id] = remembered
        while len(self._remembered) > self._size_max:
            del self._remembered[next(iter(self._remembered))]
