"""A script is what a caller wants, step by step, and where the call is interrupted."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeAlias

import attrs


class Fault(enum.StrEnum):
    """What happens to a tool call. Whatever it is, the clinic must end up as if it had been made once."""

    NONE = "none"
    REPEATED = "repeated"
    """It is answered, and sent again under the same id."""
    ASKED_ANEW = "asked_anew"
    """It is answered, and asked again under another id."""
    AT_ONCE = "at_once"
    """It is sent twice at the same time, under the same id."""
    LOST = "lost"
    """It is carried out, and nobody hears the answer."""
    LOST_THEN_REPEATED = "lost_then_repeated"
    """It is carried out, the answer is lost, and it is sent again under the same id."""
    LOST_THEN_ASKED_ANEW = "lost_then_asked_anew"
    """It is carried out, the answer is lost, and it is asked again under another id."""
    CUT_OFF = "cut_off"
    """It is cancelled while it is carried out, wherever that is, and sent again under the same id."""
    CRASHED = "crashed"
    """The worker dies between the commit and the answer, and the next one is sent the same: see ``Crashes``."""


# --- Steps ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Find:
    """Ask for times, in the caller's own words; ``more`` are further arguments of the tool."""

    when: str
    fault: Fault = Fault.NONE
    more: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Hold:
    """Hold one of the times that were offered last, counted from 0 and around."""

    choice: int = 0
    fault: Fault = Fault.NONE


@attrs.frozen
class Book:
    """Book what the call holds, or one of the times that were offered last."""

    choice: int | None = None
    fault: Fault = Fault.NONE


@attrs.frozen
class Reschedule:
    """Move the appointment that the caller was told of last to one of the times that were offered last."""

    choice: int = 0
    fault: Fault = Fault.NONE


@attrs.frozen
class Cancel:
    """Cancel the appointment that the caller was told of last."""

    fault: Fault = Fault.NONE


@attrs.frozen
class LookUp:
    """Look up what stands under the caller's phone, and what this call did."""

    fault: Fault = Fault.NONE


@attrs.frozen
class Wait:
    """The clock jumps, for everybody."""

    by: timedelta


@attrs.frozen
class Meet:
    """Wait until ``parties`` callers have come to the same place: what they do next they do at once."""

    place: str
    parties: int = 2


@attrs.frozen
class HangUp:
    """The caller is gone: no step comes after it."""


ToolStep: TypeAlias = Find | Hold | Book | Reschedule | Cancel | LookUp
Step: TypeAlias = ToolStep | Wait | Meet | HangUp

# --- Callers --------------------------------------------------------------------------------------------------------


@attrs.frozen
class Person:
    """Who calls. Every call of a simulation is by somebody else: no two have a name in common, or a phone."""

    name: str
    phone: str


@attrs.frozen
class Call:
    """One call: its id, who calls, and the steps. A step for which nothing is there to be chosen is left out."""

    call_id: str
    person: Person
    script: tuple[Step, ...]
