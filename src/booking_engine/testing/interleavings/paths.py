"""A path is one sequence of choices; a tree of choices is walked by running the same thing along every path."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

ResultT = TypeVar("ResultT")


class Choices(Protocol):
    """Answers every question that a run asks: which of so many."""

    def pick(self, number: int) -> int:
        """One of ``range(number)``."""
        ...


class _Path:
    """Goes the way of ``taken``, and then always the first."""

    def __init__(self, taken: list[tuple[int, int]]) -> None:
        self.taken = taken
        self._position = 0

    def pick(self, number: int) -> int:
        if self._position == len(self.taken):
            self.taken.append((0, number))
        choice, expected = self.taken[self._position]
        if expected != number:
            raise RuntimeError("a run along one path must ask the same questions again: it depends on something else")
        self._position += 1
        return choice


class _Chance:
    """Picks at random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (a sample, the same in every run)

    def pick(self, number: int) -> int:
        return self._random.randrange(number)


def every_path(run: Callable[[Choices], ResultT]) -> Iterator[ResultT]:
    """What ``run`` returns along every path, once each."""
    taken: list[tuple[int, int]] = []
    while True:
        path = _Path(taken)
        yield run(path)
        taken = path.taken
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        choice, number = taken.pop()
        taken.append((choice + 1, number))


def sampled_paths(run: Callable[[Choices], ResultT], seeds: range) -> Iterator[ResultT]:
    """What ``run`` returns along one path for each seed."""
    for seed in seeds:
        yield run(_Chance(seed))
