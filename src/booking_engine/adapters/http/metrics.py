"""Metrics for Prometheus: how many requests, how long they took, and what was refused, by route and never by person."""

from __future__ import annotations

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from starlette.requests import Request
from starlette.responses import Response

from booking_engine.adapters.http.trace import Trace

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The counters of one application. ``watch`` feeds them, ``show`` answers with their text.

    Where ``PROMETHEUS_MULTIPROC_DIR`` names a directory, all processes that share it answer with their sum.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "booking_engine_requests",
            "Requests that were answered, with the error's code where it was one.",
            ["method", "route", "status", "code"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "booking_engine_request_seconds",
            "Seconds from a request's headers to the end of its answer.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def watch(self, trace: Trace, method: str, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, trace.route, trace.status, trace.code or "").inc()
        self._seconds.labels(method, trace.route).observe(seconds)

    async def show(self, _: Request) -> Response:
        """``GET /metrics``."""
        return Response(generate_latest(_gathered(self._registry)), media_type=CONTENT_TYPE_LATEST)


def _gathered(own: CollectorRegistry) -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return own
    everybody = CollectorRegistry()
    multiprocess.MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return everybody
