"""Drawing one value or a few, with a few ways to say how often."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

ValueT = TypeVar("ValueT")
Draw = st.DrawFn


# A strategy is checked and measured when it first draws, which takes longer than to draw: so there is one a number.
_below = functools.cache(lambda number: st.integers(0, number - 1))


def one(draw: Draw, values: Sequence[ValueT]) -> ValueT:
    """One of the values."""
    return values[draw(_below(len(values)))]


def once_in(draw: Draw, of: int) -> bool:
    """True once in so many times."""
    return draw(_below(of)) == of - 1


def seldom(draw: Draw, values: Sequence[ValueT], of: int = 4) -> ValueT | None:
    """One of the values once in so many times, else None."""
    return one(draw, values) if once_in(draw, of) else None


def mostly(draw: Draw, known: Sequence[ValueT], odd: Sequence[ValueT]) -> ValueT:
    """What is known, where anything is; something odd once in twelve times."""
    return one(draw, odd if not known or once_in(draw, 12) else known)


def some(draw: Draw, offered: Mapping[str, Sequence[Any]], most: int = 3) -> dict[str, Any]:
    """A value for some of the names, at least one."""
    names = draw(_some_of(tuple(sorted(offered)), most))
    return {name: one(draw, offered[name]) for name in names}


@functools.cache
def _some_of(names: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True)
