"""What the OpenAPI document shows as examples is what is answered."""

from __future__ import annotations

import json

from golden_examples import FILE, played
from golden_story import EXCHANGES

from booking_engine.wire.endpoints import ENDPOINTS
from booking_engine.wire.schema import REFUSED


def test_the_examples_are_those_that_are_played() -> None:
    """Where they differ on purpose: ``python tests/golden/golden_examples.py``."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == json.loads(json.dumps(played()))


def test_every_endpoint_and_code_has_one() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))

    assert {example["endpoint"] for example in kept["exchanges"]} == ENDPOINTS.keys()
    assert {example["name"] for example in kept["exchanges"]} > EXCHANGES.keys()
    assert kept["refusals"].keys() >= {code for codes in REFUSED.values() for code in codes}
