"""The rate limit: a token bucket for each principal, and no more of them than there is memory for."""

from __future__ import annotations

import itertools

import pytest

from booking_engine.adapters.http import Rate
from booking_engine.adapters.http.limiting import BUCKETS_MAX, Buckets


class Clock:
    """Seconds that the test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def waits(buckets: Buckets, times: int, who: str = "one") -> list[int]:
    return [buckets.seconds_to_wait(who) for _ in range(times)]


def test_a_burst_is_answered_at_once_and_then_refilled() -> None:
    clock = Clock()
    buckets = Buckets(Rate(per_second=2, burst=3), clock)

    assert waits(buckets, 5) == [0, 0, 0, 1, 1]
    clock.now += 0.5
    assert waits(buckets, 2) == [0, 1]
    clock.now += 1.0
    assert waits(buckets, 3) == [0, 0, 1]


def test_no_more_than_a_burst_is_saved_up() -> None:
    clock = Clock()
    buckets = Buckets(Rate(per_second=2, burst=3), clock)
    waits(buckets, 3)
    clock.now += 86_400
    assert waits(buckets, 4) == [0, 0, 0, 1]


def test_the_wait_is_as_long_as_it_takes_and_asking_makes_it_no_longer() -> None:
    clock = Clock()
    buckets = Buckets(Rate(per_second=0.1, burst=1), clock)

    assert waits(buckets, 3) == [0, 10, 10]
    clock.now += 3.5
    assert waits(buckets, 1) == [7]
    clock.now += 6
    assert waits(buckets, 1) == [1]  # half a second, rounded up
    clock.now += 1
    assert waits(buckets, 2) == [0, 10]


def test_whoever_waits_as_long_as_was_said_is_answered() -> None:
    for per_second, burst in itertools.product((0.3, 1, 3, 7, 200), (1, 2.5, 9)):
        clock = Clock()
        buckets = Buckets(Rate(per_second=per_second, burst=burst), clock)
        for _ in range(50):
            wait = buckets.seconds_to_wait("one")
            clock.now += wait
            if wait:
                assert buckets.seconds_to_wait("one") == 0, (per_second, burst)


def test_each_has_a_bucket_of_its_own() -> None:
    buckets = Buckets(Rate(per_second=1), Clock())
    assert waits(buckets, 2, "one") == [0, 1]
    assert waits(buckets, 2, "other") == [0, 1]


def test_a_burst_is_that_of_a_second_unless_given() -> None:
    assert Rate() == Rate(200.0, 200.0)
    assert Rate(0.1) == Rate(0.1, 1.0)


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0.5), (1, 0)])
def test_a_rate_that_would_let_nobody_in(per_second: float, burst: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        Rate(per_second, burst)


def test_only_so_many_buckets_are_kept_and_those_that_were_used_last() -> None:
    clock = Clock()
    buckets = Buckets(Rate(per_second=0.001, burst=1), clock)
    assert waits(buckets, 1, "busy") == [0]
    for number in range(BUCKETS_MAX + 500):
        assert buckets.seconds_to_wait(number) == 0
        if number % 1_000 == 0:
            assert buckets.seconds_to_wait("busy") == 1_000  # a refusal is a use

    assert len(buckets._buckets) == BUCKETS_MAX
    assert buckets.seconds_to_wait("busy") == 1_000
    assert buckets.seconds_to_wait(BUCKETS_MAX + 499) == 1_000
    assert buckets.seconds_to_wait(0) == 0  # forgotten, and so as good as new
