"""Hesitation: a store or a book in memory answers at once, and so nothing would ever come between two of its answers.

Over it, each operation lets others go first, before it and after it, as often as a seed says. So calls meet in the
middle of a booking, in memory too, and the same ones meet in every run.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, TypeVar, cast

OfT = TypeVar("OfT")

_YIELDS_MAX = 3


class Hesitation:
    """How long each operation hesitates: one for all objects of a run."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 (whoever knows the seed shall know the run)

    def over(self, of: OfT) -> OfT:
        """The same store or book; every method of it, all of which are awaited, hesitates."""
        return cast(OfT, _Hesitating(of, self))

    async def hesitate(self) -> None:
        """Let others go first."""
        for _ in range(self._random.randint(0, _YIELDS_MAX)):
            await asyncio.sleep(0)


class _Hesitating:
    def __init__(self, of: object, hesitation: Hesitation) -> None:
        self._of, self._hesitation = of, hesitation

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._of, name)

        async def hesitating(*arguments: Any, **options: Any) -> Any:
            await self._hesitation.hesitate()
            result = await method(*arguments, **options)
            await self._hesitation.hesitate()
            return result

        return hesitating
