"""Capabilities are what a store declares about itself: data that decides which cases of the kit apply to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

CaseT = TypeVar("CaseT", bound=Callable[..., None])

_NEEDS = "__conformance_needs__"


@attrs.frozen(kw_only=True)
class Capabilities:
    """What a store can do beyond answering one caller in one thread.

    ``threads``: one handle may be used by many threads at once; of an async store, by many tasks at once.
    ``shared_database``: all handles that a test opens, of one organisation or of several, are on one database.
    ``processes``: handles in other processes are on that database too.
    ``durable``: what was committed outlives the handle that committed it, and the process.
    ``holds``: it keeps places for callers who are still deciding (SPEC H1).
    """

    threads: bool
    shared_database: bool
    processes: bool
    durable: bool
    holds: bool

    @property
    def concurrent(self) -> bool:
        """Whether several callers can reach one organisation's ledger at once."""
        return self.threads or self.shared_database


def needs(*capabilities: str) -> Callable[[CaseT], CaseT]:
    """Mark a case that only a store with all of these capabilities has to pass."""

    def marked(case: CaseT) -> CaseT:
        setattr(case, _NEEDS, frozenset(capabilities))
        return case

    return marked


def applies(case: Callable[..., Any], capabilities: Capabilities) -> bool:
    """Whether a store that declares these capabilities has to pass the case."""
    return all(getattr(capabilities, needed) for needed in needs_of(case))


def needs_of(case: Callable[..., Any]) -> frozenset[str]:
    """The capabilities that a case needs."""
    needed: frozenset[str] = getattr(case, _NEEDS, frozenset())
    return needed
