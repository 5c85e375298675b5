"""Toolsets, engines and stores with one fault each: the reckoning after simulated calls must find every one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest

from agent.telephones import Telephone
from booking_engine import BookAppointment, ConfirmHold
from booking_engine.adapters.agent import ToolResult
from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.testing.simulation import (
    Book,
    Call,
    Cancel,
    Fault,
    Find,
    HangUp,
    Hold,
    LookUp,
    Person,
    Reschedule,
    Step,
    codes,
    crowd,
    rivals,
)

ALLOWED = {"duplicate_prevention": False}
ANEW = Fault.ASKED_ANEW


class Whole:
    """Hands everything on: the control, and what the broken ones are made from."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        result: ToolResult = await self.inner.call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        return result


def _with(result: ToolResult, **changes: Any) -> ToolResult:
    return ToolResult.read(json.dumps({**result.body, **changes}))


# --- Toolsets -------------------------------------------------------------------------------------------------------


class ForgetsItsAnswers(Whole):
    """A book of answers in which nothing stands."""

    async def begin(self, record: AnswerRecord) -> AnswerRecord:
        await self.inner.begin(record)
        return record

    async def answer(self, call: ToolCall, text: str) -> str:
        await self.inner.answer(call, text)
        return text


class StartsAnew(Whole):
    """Every tool call is a call by itself: nothing shows what the last one booked."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        own = {} if name != "book" else {"call_id": f"{call_id}-{tool_call_id}"}
        return await super().call(name, arguments, **{"call_id": call_id, "tool_call_id": tool_call_id, **own})


class SaysBookedTooSoon(Whole):
    """Confirms what it holds."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        result = await super().call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        if result.code != "HELD":
            return result
        said = {"appointment": "appt_soon", "starts_at": result.data["held"]["starts_at"]}
        return _with(result, code="BOOKED", data={"appointment": said})


class SaysItIsMoved(Whole):
    """Confirms a time to which nothing was moved."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        result = await super().call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        if result.code != "RESCHEDULED":
            return result
        said = {**result.data["appointment"], "starts_at": "2026-06-20T09:00:00+05:30"}
        return _with(result, data={"appointment": said})


class CancelsNothing(Whole):
    """Looks up what is to be cancelled, and says that it is."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        if name != "cancel":
            return await super().call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        looked = await super().call("look_up", {}, call_id=call_id, tool_call_id=tool_call_id)
        return _with(looked, code="CANCELLED", data={"appointment": looked.data["booked_in_this_call"][0]})


class CancelsByTheWay(Whole):
    """Looking up takes away what it finds."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        result = await super().call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        if name == "look_up":
            found = {"appointment": result.data["appointments"][0]["appointment"]}
            await super().call("cancel", found, call_id=call_id, tool_call_id=f"{tool_call_id}-too")
        return result


class SaysNothingIsBooked(Whole):
    """Looks up and finds nothing."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        result = await super().call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        nothing = {"this_call": "not_booked", "booked_in_this_call": [], "appointments": []}
        return _with(result, data=nothing) if result.code == "LOOKED_UP" else result


class RefusesWhatItBooks(Whole):
    """Books, and says that the place is gone."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        result = await super().call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        refused = {"ok": False, "code": "SLOT_FULL", "next_action": "ask_date", "data": {}}
        return _with(result, **refused) if result.code == "BOOKED" else result


class Breaks(Whole):
    """Books, and cannot say so: the store did not answer."""

    async def call(self, name: str, arguments: Mapping[str, Any], *, call_id: str, tool_call_id: str) -> ToolResult:
        result = await super().call(name, arguments, call_id=call_id, tool_call_id=tool_call_id)
        unknown = {"ok": False, "code": "OUTCOME_UNKNOWN", "next_action": "look_up", "data": {}}
        return _with(result, **unknown) if result.code == "BOOKED" else result


# --- Engines and stores ---------------------------------------------------------------------------------------------


class BooksWithoutReference(Whole):
    """Nothing shows that a booking was made before."""

    async def book(self, command: BookAppointment) -> Any:
        return await self.inner.book(attrs.evolve(command, external_reference_id=None))

    async def confirm_hold(self, command: ConfirmHold) -> Any:
        return await self.inner.confirm_hold(attrs.evolve(command, external_reference_id=None))


class HoldsForEver(Whole):
    """A place that was held never comes back by itself."""

    async def commit(self, commit: Commit) -> Outcome:
        ever = timedelta(days=365)
        held = tuple([attrs.evolve(each, ends_at=each.ends_at + ever) for each in commit.holds])
        outcome: Outcome = await self.inner.commit(commit._replace(holds=held))
        return outcome


class GivesNothingBack(Whole):
    """Whoever cancels or moves leaves the old place taken."""

    async def commit(self, commit: Commit) -> Outcome:
        outcome: Outcome = await self.inner.commit(commit._replace(releases=()))
        return outcome


class CountsNothing(Whole):
    """Accepts whoever asks, and counts nobody."""

    async def commit(self, commit: Commit) -> Outcome:
        outcome: Outcome = await self.inner.commit(commit._replace(claims=(), releases=()))
        return outcome


# --- The tests ------------------------------------------------------------------------------------------------------


def _call(*script: Step) -> tuple[Call, ...]:
    return (Call("call-1", Person("Aadhi", "+91 98400 12345"), script),)


MORNING = Find("tomorrow morning")
BOOKS_TWICE = _call(MORNING, Book(0, fault=ANEW), LookUp())
BROKEN: list[tuple[str, Callable[[Any], Whole], dict[str, Any], tuple[Call, ...], str]] = [
    # What is put over which part, the clinic's policy, who calls, and what must be found.
    ("tools", StartsAnew, ALLOWED, BOOKS_TWICE, "aadhi is booked 2 times for checkup on 2026-06-11"),
    ("engine", BooksWithoutReference, ALLOWED, BOOKS_TWICE, "aadhi is booked 2 times for checkup on 2026-06-11"),
    ("tools", SaysBookedTooSoon, {}, _call(MORNING, Hold(), HangUp()), "told of appt_soon, which is not there"),
    ("tools", SaysItIsMoved, {}, _call(MORNING, Book(0), Reschedule(1)), "and not at 2026-06-20T09:00:00+05:30"),
    ("tools", CancelsNothing, {}, _call(MORNING, Book(0), Cancel()), "which was to be cancelled and stands"),
    ("tools", CancelsByTheWay, {}, _call(MORNING, Book(0), LookUp()), "which is cancelled"),
    ("tools", SaysNothingIsBooked, {}, _call(MORNING, Book(0, Fault.LOST), LookUp()), "told that nothing is booked"),
    ("tools", RefusesWhatItBooks, {}, _call(MORNING, Book(0)), "stands for Aadhi, who was never told of it"),
    ("store", HoldsForEver, {}, _call(MORNING, Hold(), HangUp()), "counts 1, and 0 are booked"),
    ("store", GivesNothingBack, {}, _call(MORNING, Book(0), Cancel()), "counts 1, and 0 are booked"),
    ("store", GivesNothingBack, {}, _call(MORNING, Book(0), Cancel()), "the ledger is not the recount"),
    ("store", CountsNothing, {}, rivals(3, "tomorrow morning"), "has 3 of 2"),
    ("store", CountsNothing, {}, rivals(3, "tomorrow morning"), "has 3 by the agent, of 2"),
]


@pytest.mark.parametrize(
    ("part", "fault", "policy", "calls", "found"), BROKEN, ids=[f"{one[1].__name__}-{one[4]}" for one in BROKEN]
)
def test_it_is_found(
    part: str, fault: Callable[[Any], Whole], policy: dict[str, Any], calls: tuple[Call, ...], found: str
) -> None:
    sound = Telephone(places=2, policy=policy)
    assert sound.simulated(calls).wrongs == []
    assert attrs.evolve(sound, broken={part: Whole}).simulated(calls).wrongs == []
    wrongs = attrs.evolve(sound, broken={part: fault}).simulated(calls).wrongs
    assert any(found in each for each in wrongs), wrongs


def test_forgotten_answers_are_found() -> None:
    """Places go to somebody else between a question and its repetition."""
    calls = crowd(30, seed=1, faults=(Fault.REPEATED,), interrupted=1)
    sound = Telephone(places=1)
    assert sound.simulated(calls).wrongs == []
    wrongs = attrs.evolve(sound, broken={"answers": ForgetsItsAnswers}).simulated(calls).wrongs
    assert wrongs
    assert all(wrong.endswith(": 2 different answers") for wrong in wrongs)


def test_who_was_told_that_nobody_knows_was_told_the_truth() -> None:
    outcome = Telephone(broken={"tools": Breaks}).simulated(_call(MORNING, Book(0)))
    assert codes(outcome.talked)["OUTCOME_UNKNOWN"] == 1
    assert outcome.wrongs == []


def test_a_script_that_comes_to_nothing_is_seen() -> None:
    """A step for which nothing is there to be chosen is left out, and codes tell what a run came to."""
    (one,) = Telephone().simulated(_call(Hold(), Reschedule(), Cancel(), HangUp(), MORNING)).talked
    assert one.exchanges == ()
    assert not codes([one])
