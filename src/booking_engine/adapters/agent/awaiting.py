"""Awaiting what never waits: one coroutine serves the toolset that blocks and the one for an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class AtOnce:
    """An object whose methods can be awaited: each is carried out when it is, and nothing waits."""

    def __init__(self, of: object) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._of, name)

        async def carried_out(*arguments: Any, **options: Any) -> Any:
            return method(*arguments, **options)

        return carried_out


def at_once(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """What a coroutine returns that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: ResultT = done.value
        return result
    coroutine.close()
    raise RuntimeError("what is carried out at once may not wait")
