"""Drawing one value or a few, with a few ways to say how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

ValueT = TypeVar("ValueT")
Draw = st.DrawFn


def one(draw: Draw, values: Sequence[ValueT]) -> ValueT:
    """One of the values."""
    return draw(st.sampled_from(values))


def once_in(draw: Draw, of: int) -> bool:
    """True once in so many times."""
    return draw(st.integers(1, of)) == of


def seldom(draw: Draw, values: Sequence[ValueT], of: int = 4) -> ValueT | None:
    """One of the values once in so many times, else None."""
    return one(draw, values) if once_in(draw, of) else None


def mostly(draw: Draw, known: Sequence[ValueT], odd: Sequence[ValueT]) -> ValueT:
    """What is known, where anything is; something odd once in twelve times."""
    return one(draw, odd if not known or once_in(draw, 12) else known)


def some(draw: Draw, offered: Mapping[str, Sequence[Any]], most: int = 3) -> dict[str, Any]:
    """A value for some of the names, at least one."""
    names = draw(st.lists(st.sampled_from(sorted(offered)), min_size=1, max_size=most, unique=True))
    return {name: one(draw, offered[name]) for name in names}
