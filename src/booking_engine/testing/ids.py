"""Seeded ids are an ``IdFactory`` that makes the same ids in every run, so that answers can be written down."""

from __future__ import annotations

import random
import uuid

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


class SeededIds:
    """Ids that follow from ``seed``: for tests and demonstrations, never for real bookings.

    ``last`` is the id made last, "" before the first: a model of the engine is told it.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 (whoever knows the seed shall know the ids)
        self.last = ""

    def token(self) -> str:
        """26 lower-case letters and digits, as ``IdFactory.token``."""
        self.last = "".join(self._random.choices(_BASE32, k=26))
        return self.last

    def uuid(self) -> str:
        """A UUID in text, as ``IdFactory.uuid``."""
        self.last = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        return self.last
