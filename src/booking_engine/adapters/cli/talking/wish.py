"""A wish is what a caller wants done, as far as they have said it, and what they were asked last."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from booking_engine.adapters.cli.talking.words import Intent

Thing: TypeAlias = Mapping[str, Any]
"""A choice or an appointment, as the tools tell of it."""


class Asked(enum.Enum):
    """What the caller was asked last."""

    ANYTHING = enum.auto()
    ANYTHING_ELSE = enum.auto()
    SERVICE = enum.auto()
    BRANCH = enum.auto()
    DAY = enum.auto()
    CHOICE = enum.auto()
    NAME = enum.auto()
    PHONE = enum.auto()
    PHONE_RIGHT = enum.auto()
    WHICH = enum.auto()
    CANCEL = enum.auto()
    MOVE_INSTEAD = enum.auto()
    STAFF = enum.auto()


YES_OR_NO = frozenset({Asked.PHONE_RIGHT, Asked.CANCEL, Asked.MOVE_INSTEAD, Asked.STAFF})


@attrs.define
class Wish:
    """What the caller wants done, as far as they have said it."""

    goal: Intent | None = None
    service: str | None = None
    branch: str | None = None
    when: str | None = None
    day: str | None = None
    """The date that was spoken of before, where ``when`` has none."""
    is_asked_about: bool = False
    """The tools had a question about ``when``: what comes next completes it."""
    choices: list[Thing] = attrs.field(factory=list)
    slot: str | None = None
    is_held: bool = False
    is_agreed: bool = False
    """The caller has said that it shall be cancelled."""
    appointments: list[Thing] | None = None
    appointment: Thing | None = None
