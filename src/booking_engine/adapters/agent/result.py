"""A result is the answer to one tool call: for the model to read, and a sentence for the caller to hear (SPEC H1a)."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from typing import Any

import attrs

from booking_engine.domain.rejection import RejectionCode


class NextAction(enum.StrEnum):
    """What the agent is to do next."""

    ASK_SERVICE = "ask_service"
    """Ask what the visit is for; ``data.services`` are to choose from."""
    ASK_BRANCH = "ask_branch"
    """Ask which branch; ``data.branches`` are to choose from."""
    ASK_DATE = "ask_date"
    """Ask for the day or the time: what was said is not clear, or over. ``say`` is the question."""
    ASK_NAME = "ask_name"
    """Ask for the patient's name."""
    ASK_PHONE = "ask_phone"
    """Ask for the phone number."""
    OFFER_TIMES = "offer_times"
    """Offer ``data.choices``: each has a ``slot`` to hold or to book."""
    RESCHEDULE_INSTEAD = "reschedule_instead"
    """``data.appointment`` stands already: offer to move it, and do not book another."""
    DONE = "done"
    """Say ``say``: what was asked for is so."""
    WAIT = "wait"
    """An earlier tool call is still being carried out: look up again in a moment."""
    RETRY = "retry"
    """Nothing was changed, and the same may succeed when it is asked again."""
    LOOK_UP = "look_up"
    """It is not known what was changed: look up before anything is tried again."""
    FIX_ARGUMENTS = "fix_arguments"
    """The tool was called wrongly: ``data.problems`` says what would be right. The caller need not hear of it."""
    HAND_OVER = "hand_over"
    """Put the caller through to the staff: no tool can do it."""


class AnswerCode(enum.StrEnum):
    """What a tool answers beside the codes of refusals (``RejectionCode``)."""

    TIMES_FOUND = "TIMES_FOUND"
    HELD = "HELD"
    BOOKED = "BOOKED"
    RESCHEDULED = "RESCHEDULED"
    CANCELLED = "CANCELLED"
    LOOKED_UP = "LOOKED_UP"
    SERVICES = "SERVICES"
    NO_TIMES = "NO_TIMES"
    """Nothing is free as it was asked for; there may be something near it."""
    QUESTION = "QUESTION"
    """What the caller said of the day or the time has to be asked about; ``reason`` is the kind of question."""
    NOT_UNDERSTOOD = "NOT_UNDERSTOOD"
    """Nothing was said of a day or a time."""
    UNKNOWN_SLOT = "UNKNOWN_SLOT"
    """No tool gave that slot, or what it stood for is gone."""
    OTHER_SLOT = "OTHER_SLOT"
    """The slot is for another service or branch than the appointment."""
    NO_HOLD = "NO_HOLD"
    """The call holds no place, and no slot was given."""
    ALREADY_BOOKED = "ALREADY_BOOKED"
    """The person has an appointment for that service and date."""
    UNKNOWN_TOOL = "UNKNOWN_TOOL"
    OTHER_ARGUMENTS = "OTHER_ARGUMENTS"
    """The same tool call was made before, with other arguments."""
    SUPERSEDED = "SUPERSEDED"
    """The tool call was broken off, and the call has changed something since: it is not carried out any more."""
    UNAVAILABLE = "UNAVAILABLE"
    """The store did not answer; nothing was changed."""
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    """The store did not say whether the change was made."""


@attrs.frozen
class ToolResult:
    """The answer to one tool call.

    ``text`` is the whole of it as JSON, for the model; it was kept, so the same tool call is answered by the same text.
    It names patients, so it is not in the repr.
    """

    text: str = attrs.field(repr=False)
    ok: bool
    code: str
    next_action: NextAction
    say: str = attrs.field(repr=False)
    data: Mapping[str, Any] = attrs.field(repr=False)
    reason: str | None = None

    @classmethod
    def read(cls, text: str) -> ToolResult:
        """The result that a text tells of."""
        body = json.loads(text)
        return cls(
            text=text,
            ok=body["ok"],
            code=body["code"],
            next_action=NextAction(body["next_action"]),
            say=body["say"],
            data=body["data"],
            reason=body.get("reason"),
        )

    @property
    def body(self) -> dict[str, Any]:
        """The whole of it as a dict, made anew: ``ok``, ``code``, ``reason`` where there is one, and the rest."""
        body: dict[str, Any] = json.loads(self.text)
        return body


@attrs.frozen(kw_only=True)
class Answer:
    """A result in the making. ``is_final`` is False for what is not kept: the next try may be told otherwise."""

    code: AnswerCode | RejectionCode
    next_action: NextAction
    say: str = attrs.field(repr=False)
    ok: bool = False
    reason: str | None = None
    data: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    is_final: bool = True

    @property
    def text(self) -> str:
        """The JSON of it, every script as it is written."""
        reason = {} if self.reason is None else {"reason": self.reason}
        body = {"ok": self.ok, "code": self.code, **reason, "next_action": self.next_action, "say": self.say}
        return json.dumps({**body, "data": self.data}, ensure_ascii=False, allow_nan=False)
