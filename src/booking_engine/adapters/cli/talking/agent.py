"""An agent is who answers a call: it greets, hears one sentence after another, and says what there is to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Agent(Protocol):
    """``has_ended`` is True once the agent has said goodbye or has put the caller through."""

    has_ended: bool

    def greets(self) -> Iterator[str]:
        """What is said when the call begins."""
        ...

    def hears(self, text: str) -> Iterator[str]:
        """What is said to a sentence of the caller; whoever stops asking for more has interrupted it."""
        ...
