"""A limit of the rate at which one principal may ask: a token bucket, filled by the clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable

import attrs

BUCKETS_MAX = 10_000


@attrs.frozen
class Rate:
    """``per_second`` requests in the long run, and ``burst`` at once; as many as in a second unless given."""

    per_second: float = attrs.field(default=200.0, validator=attrs.validators.gt(0))
    burst: float = attrs.field(
        default=attrs.Factory(lambda rate: max(1.0, rate.per_second), takes_self=True),
        validator=attrs.validators.ge(1),
    )


class Buckets:
    """The buckets of everybody who asked lately. Each process has its own.

    Of so many that they must be bounded, the one that was asked for longest ago is forgotten: it is most likely full.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        # In the order of their last use.
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def seconds_to_wait(self, who: Hashable) -> int:
        """0, and a token is taken; or the seconds, rounded up, until there is one."""
        now, rate = self._clock(), self._rate
        tokens, at = self._buckets.pop(who, (rate.burst, now))
        tokens = min(rate.burst, tokens + (now - at) * rate.per_second)
        is_empty = tokens < 1
        self._buckets[who] = tokens if is_empty else tokens - 1, now
        if len(self._buckets) > BUCKETS_MAX:
            del self._buckets[next(iter(self._buckets))]
        return math.ceil((1 - tokens) / rate.per_second) if is_empty else 0
