"""A small clinic, and an agent at its phone: one way to call the tools, whatever they stand on."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from booking_engine import (
    AddBranch,
    AddService,
    Appointment,
    BookingEngine,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    Weekday,
)
from booking_engine.adapters.agent import AsyncToolset, ToolResult, Toolset
from booking_engine.adapters.memory import MemoryAnswers, MemoryStore
from booking_engine.shell import Ask
from booking_engine.testing.clock import FixedClock

NOW = datetime(2026, 6, 10, 8, tzinfo=UTC)
"""A Wednesday, half past one in the afternoon in Kolkata."""
PHONE, OTHER_PHONE = "+91 98400 12345", "+91 98400 54321"
PERSON = {"patient_name": "Aadhi", "parent_phone": PHONE}


def setup(
    *, places: int = 2, policy: dict[str, Any] | None = None, services: Sequence[str] = ("Checkup",), branches: int = 1
) -> list[Ask]:
    """The commands that set the clinic up: mornings from nine to twelve and evenings from five to seven, every day."""
    commands: list[Ask] = [
        ConfigureOrganisation(
            name="Clinic",
            timezone="Asia/Kolkata",
            **{"cancellation_notice_hours": 0, "min_notice_hours": 0, **(policy or {})},
        )
    ]
    commands += [AddService(name=name, service_id=name.lower(), duration_minutes=30) for name in services]
    for number in range(1, branches + 1):
        commands.append(AddBranch(name=f"Branch {number}", branch_id=f"b{number}"))
        for day in Weekday:
            for session, start, end in ((Session.MORNING, "09:00", "12:00"), (Session.EVENING, "17:00", "19:00")):
                commands.append(
                    CreateWindow(
                        branch_id=f"b{number}",
                        day=day,
                        session=session,
                        start_time=start,
                        end_time=end,
                        ai_slots=places,
                        calendar_id=f"{number}-{day.value}-{session.value}",
                    )
                )
    return commands


class Agent:
    """An agent in one call after another, over a toolset of either kind. ``engine`` is a blocking one beside it."""

    def __init__(
        self,
        toolset: Toolset | AsyncToolset,
        clock: FixedClock,
        run: Callable[[Awaitable[Any]], Any] | None = None,
    ) -> None:
        self.toolset, self.clock, self.call_id = toolset, clock, "call-1"
        self._run = run
        self._ids = itertools.count(1)

    def __call__(
        self, tool: str, arguments: object = None, *, tool_call_id: str | None = None, **given: Any
    ) -> ToolResult:
        """The answer to a tool call, a new one unless its id is given."""
        lang = given.pop("lang", None)
        call_id = given.pop("call_id", self.call_id)
        answered = self.toolset.call(
            tool,
            given if arguments is None else arguments,
            call_id=call_id,
            tool_call_id=tool_call_id or f"tool-{next(self._ids)}",
            lang=lang,
        )
        if isinstance(answered, ToolResult):
            return answered
        assert self._run is not None
        result: ToolResult = self._run(answered)
        return result

    def slot(self, at: int = 0, /, **given: Any) -> str:
        """The slot of a choice for what the caller says."""
        found = self("find_times", **{"when": "tomorrow morning", **given})
        assert found.ok, found.text
        slot: str = found.data["choices"][at]["slot"]
        return slot


def agent_in_memory(**clinic: Any) -> tuple[Agent, BookingEngine]:
    """An agent over an engine in memory."""
    clock = FixedClock(NOW)
    engine = BookingEngine(MemoryStore(), clock=clock)
    for command in setup(**clinic):
        engine.execute(command)
    return Agent(Toolset(engine, MemoryAnswers()), clock), engine


def standing(engine: BookingEngine) -> list[Appointment]:
    """The appointments that hold a place."""
    return [each for each in engine.appointments().items if each.holds_place]


def places_left(engine: BookingEngine, day: datetime | None = None) -> int:
    """The places of tomorrow's morning, or of another date's."""
    rows = engine.availability((day or NOW + timedelta(days=1)).date())
    return next(row for row in rows if row.window.session is Session.MORNING).available_slots
