"""The examples of the documents, and one of each endpoint that they pass over: requests with their answers."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from booking_engine.wire import TransportCode, transport_error

Example = Mapping[str, Any]


@functools.cache
def _kept() -> Mapping[str, Any]:
    """Played and compared by tests: what is shown here is what is answered."""
    kept: Mapping[str, Any] = json.loads(
        files("booking_engine.adapters.http.openapi").joinpath("examples.json").read_text(encoding="utf-8")
    )
    return kept


def exchanges_of(endpoint: str) -> tuple[Example, ...]:
    """Requests to an endpoint and what it answered: ``name``, ``path``, ``query``, ``body``, ``status``, ``answer``."""
    return tuple(each for each in _kept()["exchanges"] if each["endpoint"] == endpoint)


def refusal_of(code: str) -> Example | None:
    """The body of a refusal with this code, where there is an example of one."""
    if code in _TRANSPORT:
        return transport_error(TransportCode(code)).body
    found: Example | None = _kept()["refusals"].get(code)
    return found


_TRANSPORT = frozenset(TransportCode) - {TransportCode.NOT_FOUND}
