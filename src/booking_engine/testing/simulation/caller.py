"""A caller goes through a script: a generator of what to do next, told what was answered. It does nothing by itself."""

from __future__ import annotations

import enum
import json
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import attrs

from booking_engine.testing.simulation.script import (
    Book,
    Call,
    Cancel,
    Fault,
    Find,
    HangUp,
    Hold,
    LookUp,
    Meet,
    Reschedule,
    ToolStep,
    Wait,
)


class Manner(enum.Enum):
    """How a tool call is to be sent."""

    ONCE = enum.auto()
    TWICE = enum.auto()
    CUT_OFF = enum.auto()
    CRASHED = enum.auto()


@attrs.frozen
class ToolAsk:
    """One tool call to be sent."""

    call_id: str
    tool_call_id: str
    tool: str
    arguments: Mapping[str, Any]
    manner: Manner = Manner.ONCE


@attrs.frozen
class Exchange:
    """A tool call that was sent, and what was answered: None where nothing came. ``heard`` is by the caller."""

    ask: ToolAsk
    text: str | None
    heard: bool

    @property
    def body(self) -> dict[str, Any]:
        """The answer, read; an empty one where nothing came."""
        body: dict[str, Any] = {} if self.text is None else json.loads(self.text)
        return body


@attrs.frozen
class Talked:
    """A call that is over, and everything that was sent and answered in it, in that order."""

    call: Call
    exchanges: tuple[Exchange, ...]


def codes(talked: Iterable[Talked]) -> Counter[str]:
    """How often each code was answered: shows that a run came to what it is about."""
    return Counter(each.body["code"] for one in talked for each in one.exchanges if each.text is not None)


class _Sending(NamedTuple):
    """One of the times that a step is sent."""

    manner: Manner = Manner.ONCE
    heard: bool = True
    anew: bool = False


_SENDINGS: Mapping[Fault, tuple[_Sending, ...]] = {
    Fault.NONE: (_Sending(),),
    Fault.REPEATED: (_Sending(), _Sending()),
    Fault.ASKED_ANEW: (_Sending(), _Sending(anew=True)),
    Fault.AT_ONCE: (_Sending(Manner.TWICE),),
    Fault.LOST: (_Sending(heard=False),),
    Fault.LOST_THEN_REPEATED: (_Sending(heard=False), _Sending()),
    Fault.LOST_THEN_ASKED_ANEW: (_Sending(heard=False), _Sending(anew=True)),
    Fault.CUT_OFF: (_Sending(Manner.CUT_OFF, heard=False), _Sending()),
    Fault.CRASHED: (_Sending(Manner.CRASHED, heard=False), _Sending()),
}

Turn: TypeAlias = ToolAsk | Wait | Meet
"""What a caller does next."""
Texts: TypeAlias = tuple[str | None, ...]
"""What was answered to a turn: nothing, or one text for each time that it was sent."""


class Caller:
    """A caller in one call. ``turns`` is driven by whoever carries the turns out: see ``simulate``."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._exchanges: list[Exchange] = []
        self._slots: tuple[str, ...] = ()
        self._appointment: str | None = None
        self._sent = 0

    @property
    def talked(self) -> Talked:
        """The call so far."""
        return Talked(self._call, tuple(self._exchanges))

    def turns(self) -> Generator[Turn, Texts, None]:
        """One turn after the other; each is sent what was answered to it."""
        for step in self._call.script:
            match step:
                case HangUp():
                    return
                case Wait() | Meet():
                    yield step
                case _:
                    asked = self._asked(step)
                    if asked is not None:
                        yield from self._exchange(*asked, step.fault)

    def _asked(self, step: ToolStep) -> tuple[str, dict[str, Any]] | None:
        """The tool of a step and its arguments; None where there is nothing to choose from."""
        person = self._call.person
        match step:
            case Find():
                return "find_times", {"when": step.when, **step.more}
            case LookUp():
                return "look_up", {"parent_phone": person.phone}
            case Cancel():
                return None if self._appointment is None else ("cancel", {"appointment": self._appointment})
            case Book(choice=None):
                return "book", {"patient_name": person.name, "parent_phone": person.phone}
        slot = self._slot(step)
        match step:
            case _ if slot is None:
                return None
            case Hold():
                return "hold_time", {"slot": slot}
            case Book():
                return "book", {"slot": slot, "patient_name": person.name, "parent_phone": person.phone}
            case Reschedule():
                chosen = {"appointment": self._appointment, "slot": slot}
                return None if self._appointment is None else ("reschedule", chosen)

    def _slot(self, step: Hold | Book | Reschedule) -> str | None:
        return self._slots[(step.choice or 0) % len(self._slots)] if self._slots else None

    def _exchange(self, tool: str, arguments: dict[str, Any], fault: Fault) -> Generator[Turn, Texts, None]:
        for sending in _SENDINGS[fault]:
            if sending.anew or sending is _SENDINGS[fault][0]:
                self._sent += 1
            ask = ToolAsk(self._call.call_id, f"tool-{self._sent}", tool, arguments, sending.manner)
            for text in (yield ask):
                self._exchanges.append(Exchange(ask, text, sending.heard and text is not None))
                if sending.heard and text is not None:
                    self._hear(json.loads(text))

    def _hear(self, body: Mapping[str, Any]) -> None:
        """Remember what there is to choose from, and which appointment was spoken of."""
        data = body["data"]
        if "choices" in data:
            self._slots = tuple([each["slot"] for each in data["choices"]])
        if "appointment" in data and (body["ok"] or body["next_action"] == "reschedule_instead"):
            self._appointment = data["appointment"]["appointment"]
        for each in (*data.get("booked_in_this_call", ()), *data.get("appointments", ()))[:1]:
            self._appointment = each["appointment"]
