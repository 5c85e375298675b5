"""The engine over the memory store agrees with the model, whatever is asked."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings

from booking_engine.adapters.memory import MemoryStore
from booking_engine.testing.machine import run_state_machine


def test_the_engine_agrees_with_the_model(examples: Callable[[str], settings]) -> None:
    run_state_machine(MemoryStore, examples("memory"))
