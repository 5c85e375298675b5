"""The engine over the SQL stores agrees with the model, whatever is asked."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import attrs
from hypothesis import settings

from booking_engine.testing.machine import run_state_machine

from .databases import Database


def test_the_engine_agrees_with_the_model(database: Database, examples: Callable[[str], settings]) -> None:
    kind = "sqlite" if database.url.startswith("sqlite") else "postgresql"
    runs = itertools.count()
    # Each run is an organisation of its own, and the others' are none of its business.
    with attrs.evolve(database, synced=False).handles() as handle:
        run_state_machine(lambda: handle(f"clinic-{next(runs)}"), examples(kind))
