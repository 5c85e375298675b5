"""The tools of one call: each tool call has an id of its own, and one that was cut off is sent again under it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from booking_engine.adapters.agent import AnswerCode, Tool, ToolResult, Toolset
from booking_engine.wire.reading import to_json

_NOT_KNOWN = frozenset({AnswerCode.UNAVAILABLE, AnswerCode.OUTCOME_UNKNOWN})
_ENDS_HOLD = frozenset({AnswerCode.BOOKED, AnswerCode.RESCHEDULED})


class CallTools:
    """``show`` is told of every tool call, before and after."""

    def __init__(
        self, toolset: Toolset, call_id: str, lang: str, clock: Callable[[], datetime], show: Callable[[str], None]
    ) -> None:
        self._toolset, self._call_id, self._lang = toolset, call_id, lang
        self._clock, self._show = clock, show
        self._ids = (f"tool-{number}" for number in itertools.count(1))
        self._cut_off: tuple[str, str] | None = None
        self._held_until: datetime | None = None

    @property
    def tools(self) -> tuple[Tool[ToolResult], ...]:
        """The tools, to be described to a model."""
        return self._toolset.tools

    @property
    def held_until(self) -> datetime | None:
        """When the place that this call holds is free again by itself; None while it holds none."""
        until = self._held_until
        return until if until is not None and self._clock() < until else None

    def __call__(
        self, name: str, arguments: Mapping[str, Any] | str | None = None, *, tool_call_id: str | None = None
    ) -> ToolResult:
        """Call a tool; a ``tool_call_id`` of the agent's own stands as it is."""
        text = arguments if isinstance(arguments, str) else to_json(arguments or {})
        asked = f"{name} {text}"
        if tool_call_id is None:
            before = self._cut_off
            tool_call_id = before[1] if before is not None and before[0] == asked else next(self._ids)
        # Until the answer is here nobody knows what was done: an interruption leaves the id to be used again.
        self._cut_off = (asked, tool_call_id)
        self._show(f"{tool_call_id}: {asked}")
        result = self._toolset.call(name, arguments, call_id=self._call_id, tool_call_id=tool_call_id, lang=self._lang)
        self._show(f"{tool_call_id}: {result.text}")
        if result.code not in _NOT_KNOWN:
            self._cut_off = None
        self._note(result)
        return result

    def _note(self, result: ToolResult) -> None:
        if result.code == AnswerCode.HELD:
            self._held_until = self._clock() + timedelta(seconds=result.data["seconds"])
        elif result.ok and result.code in _ENDS_HOLD:
            self._held_until = None
