"""A tool call is one ask of an agent during a call; it keeps its answer, so that it is answered the same (SPEC H1a)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import attrs


class ToolCall(NamedTuple):
    """Which call of which tool: both ids are the agent's own, and name it within one organisation."""

    call_id: str
    tool_call_id: str


@attrs.frozen
class AnswerRecord:
    """A tool call that was begun, and its answer.

    ``asked`` is a digest of the tool and its arguments: the same ids with other arguments are another ask, and a
    mistake. ``begun_at`` is aware UTC; it is no order, for clocks stand still, and differ. ``answer`` is the text that
    was answered, or None while there is none yet; it names patients, so it is not in the repr.
    """

    call: ToolCall
    asked: str
    begun_at: datetime
    answer: str | None = attrs.field(default=None, repr=False)
