"""Racing starts callers together, tells what they raise, and leaves the interpreter as it was."""

from __future__ import annotations

import functools
import sys
import threading

import pytest

from booking_engine.testing.conformance import racing
from booking_engine.testing.conformance.racing import race


def test_every_caller_is_answered_in_order() -> None:
    assert race([functools.partial(int, number) for number in range(8)]) == list(range(8))


def test_callers_start_together() -> None:
    everybody = threading.Barrier(8)
    assert sorted(race([lambda: everybody.wait(10)] * 8)) == list(range(8))


def test_what_a_caller_raises_is_raised_and_the_switching_is_restored() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError):
        race([lambda: 1, lambda: 1 // 0])
    assert sys.getswitchinterval() == before


def test_callers_that_wait_for_ever_fail_the_race(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "PATIENCE_SECONDS", 0.05)
    never = threading.Event()
    with pytest.raises(AssertionError, match="do not wait for each other for ever"):
        race([never.wait, lambda: True])
    never.set()
