"""A time for the large counts, as a plugin of pytest: -p budget, with BOOKING_ENGINE_MINUTES for all its tests.

The counts stay what they are. Each test has an equal share of what is left of the time; then a search for examples ends
as if it had come to its count, and any other test is skipped where it is. How far each came is said, so that nobody
takes a part for the whole.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

_MINUTES = float(os.environ.get("BOOKING_ENGINE_MINUTES", "0"))


class Budget:
    """A plugin that shares the time out, and tells how far each test came."""

    def __init__(self) -> None:
        self._ends = self._test_ends = 0.0
        self._tests_left = 0
        self._searches: list[Any] = []
        self._told: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin once the tests are known; from then on every search for examples looks at the clock too."""
        from hypothesis.internal.conjecture.engine import ConjectureRunner  # noqa: PLC0415 (pytest imports it first)

        self._ends, self._tests_left = time.monotonic() + 60 * _MINUTES, len(session.items)
        goes_on = ConjectureRunner.should_generate_more

        def goes_on_in_time(search: Any) -> bool:
            if search not in self._searches:
                self._searches.append(search)
            return time.monotonic() < self._test_ends and goes_on(search)

        ConjectureRunner.should_generate_more = goes_on_in_time  # type: ignore[method-assign]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Run the test for its share of the time."""
        seconds = max(1.0, (self._ends - time.monotonic()) / self._tests_left)
        self._tests_left -= 1
        self._test_ends = time.monotonic() + seconds
        self._searches.clear()

        def stop(_: int, frame: FrameType | None) -> None:
            while frame is not None and frame.f_code.co_name != item.originalname:  # type: ignore[attr-defined]
                frame = frame.f_back
            if frame is not None and not self._searches:
                where = {name: value for name, value in frame.f_locals.items() if _tells(value)}
                pytest.skip(f"cut short at {where}")

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds, 1)
        try:
            return (yield)
        except pytest.skip.Exception as cut:
            self._told.append(f"{item.nodeid}: {cut.msg}")
            raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            for search in self._searches:
                examples = f"{search.valid_test_cases:,} of {search.settings.max_examples:,} examples"
                self._told.append(f"{item.nodeid}: {examples}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much was done."""
        terminalreporter.section(f"what was done in {_MINUTES:g} minutes")
        terminalreporter.write_line("\n".join(self._told))


def _tells(value: object) -> bool:
    """Whether it may say how far a loop is."""
    return isinstance(value, int) or (isinstance(value, list) and all(isinstance(each, int) for each in value))


def pytest_configure(config: pytest.Config) -> None:
    """Without a limit nothing is changed."""
    if _MINUTES:
        config.pluginmanager.register(Budget())
