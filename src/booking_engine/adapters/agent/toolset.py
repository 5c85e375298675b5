"""A toolset is an engine as an agent uses it: a few tools, each safe to call again (SPEC H1a).

A tool call is written down before it is carried out and its answer after, so the same tool call gets the same answer,
refusals included. Where a process died in between, it is carried out again, and that is safe: every tool finds what it
did before. Where the call has gone on to change something meanwhile, it is not carried out again, for it may have been
done and then undone. What is not known for certain is not kept, so that it can be asked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, cast

import attrs

from booking_engine.adapters.agent import descriptions
from booking_engine.adapters.agent.awaiting import AtOnce, at_once
from booking_engine.adapters.agent.booking import book
from booking_engine.adapters.agent.changing import cancel, reschedule
from booking_engine.adapters.agent.desk import Desk, problem_data
from booking_engine.adapters.agent.finding import find_times
from booking_engine.adapters.agent.holding import hold_time
from booking_engine.adapters.agent.looking import list_services, look_up
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction, ToolResult
from booking_engine.adapters.agent.speech import CATALOGUE, Catalogue, Speech
from booking_engine.adapters.agent.standing import changed_since
from booking_engine.adapters.agent.tool import Description, Tool
from booking_engine.adapters.agent.turns import ThreadTurn, Turns
from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Rejection, RejectionCode
from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.engine import BookingEngine
from booking_engine.errors import BookingRejected, OutcomeUnknown, StoreError
from booking_engine.ports import AnswerBook, AsyncAnswerBook
from booking_engine.rules.fields import text
from booking_engine.shell import Shell
from booking_engine.wire.reading import read_json, to_json
from booking_engine.wire.values import plain

_Act: TypeAlias = Callable[[Desk, dict[str, Any]], Awaitable[Answer]]

_ACTS: tuple[tuple[Description, _Act], ...] = (
    (descriptions.FIND_TIMES, find_times),
    (descriptions.HOLD_TIME, hold_time),
    (descriptions.BOOK, book),
    (descriptions.RESCHEDULE, reschedule),
    (descriptions.CANCEL, cancel),
    (descriptions.LOOK_UP, look_up),
    (descriptions.LIST_SERVICES, list_services),
)
_BY_NAME = {description.name: (description, act) for description, act in _ACTS}

_ON_WHAT_WAS_SEEN = (descriptions.FIND_TIMES, descriptions.HOLD_TIME, descriptions.BOOK)
"""Tools that understand their arguments by the setup that the engine saw last: it is decided on the present one."""

_MISSING: Mapping[str, tuple[NextAction, str]] = {
    "patient_name": (NextAction.ASK_NAME, "ask.name"),
    "parent_phone": (NextAction.ASK_PHONE, "ask.phone"),
}
"""What to ask the caller for, where nothing but that is wrong with the arguments."""


class _Counter:
    """Both toolsets' one way to carry out a tool call."""

    def __init__(
        self,
        shell: Shell,
        engine: AsyncBookingEngine,
        answers: AsyncAnswerBook,
        lang: str,
        catalogue: Catalogue,
        turns: Turns,
    ) -> None:
        self._shell, self._engine, self._answers = shell, engine, answers
        self._lang, self._catalogue, self._turns = lang, catalogue, turns

    async def call(self, name: str, arguments: object, call_id: str, tool_call_id: str, lang: str | None) -> ToolResult:
        """See ``Toolset.call``."""
        speech = Speech(self._lang if lang is None else lang, self._catalogue)
        known = _BY_NAME.get(name)
        if known is None:
            problem = FieldProblem("tool", "is not one of the tools", f"call one of: {', '.join(_BY_NAME)}")
            return _told(_wrong(speech, (problem,), AnswerCode.UNKNOWN_TOOL))
        description, act = known
        call = _call_of(call_id, tool_call_id)
        if not isinstance(call, ToolCall):
            return _told(_wrong(speech, call))
        clean = _clean(description, arguments)
        if isinstance(clean, tuple):
            return _told(_wrong(speech, clean))
        try:
            async with self._turns.of(call):
                return await self._answered(description, act, call, clean, speech)
        except StoreError as fault:
            return _told(_fault(description, speech, fault))

    async def _answered(
        self, description: Description, act: _Act, call: ToolCall, clean: dict[str, Any], speech: Speech
    ) -> ToolResult:
        """Write the tool call down, carry it out, and write down its answer; the first one stands."""
        now = self._shell.now()
        asked = f"{description.name}:{_digest(clean)}"
        mine = AnswerRecord(call, asked, now)
        record = await self._answers.begin(mine)
        if record.asked != asked:
            return _told(_other_arguments(speech))
        if record.answer is not None:
            return ToolResult.read(record.answer)
        if record is not mine and not description.read_only and await changed_since(self._answers, record):
            return _told(_superseded(speech))
        seen = self._shell.catalog_seen if description in _ON_WHAT_WAS_SEEN else None
        desk = Desk(
            engine=self._engine,
            shell=self._shell,
            answers=self._answers,
            call=call,
            catalog=await self._engine.catalog() if seen is None else seen,
            now=now,
            speech=speech,
        )
        answer = await _acted(act, desk, clean)
        if seen is not None and (not answer.ok or self._shell.catalog_seen is not seen):
            # It was understood by a setup that may be gone: what was done is found again, what was refused may not be.
            catalog = await self._engine.catalog()
            if catalog.revision != seen.revision:
                answer = await _acted(act, attrs.evolve(desk, catalog=catalog), clean)
        if not answer.is_final:
            return _told(answer)
        try:
            return ToolResult.read(await self._answers.answer(call, answer.text))
        except StoreError:
            if not answer.ok:
                raise  # Nothing was done, and what is not kept must not be told as the last word.
            return _told(answer)  # It is so, though it is not written down: asked again, it is found to be so.


class AsyncToolset:
    """``Toolset`` for an event loop, over an ``AsyncBookingEngine`` and an ``AsyncAnswerBook``: ``call`` is awaited."""

    def __init__(
        self,
        engine: AsyncBookingEngine,
        answers: AsyncAnswerBook,
        *,
        lang: str = "en",
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        self._counter = _Counter(engine, engine, answers, lang, catalogue, Turns())
        self.tools: tuple[Tool[Awaitable[ToolResult]], ...] = tuple(
            [Tool(of=description, run=self._counter.call) for description, _ in _ACTS]
        )

    async def call(
        self, name: str, arguments: object, *, call_id: str, tool_call_id: str, lang: str | None = None
    ) -> ToolResult:
        """See ``Toolset.call``."""
        return await self._counter.call(name, arguments, call_id, tool_call_id, lang)


class Toolset:
    """The tools of one organisation. Safe to share between threads, as engine and answers are.

    ``lang`` is the language of what is said, ``catalogue`` has its sentences. ``tools`` are the tools in the order in
    which a call needs them.
    """

    def __init__(
        self, engine: BookingEngine, answers: AnswerBook, *, lang: str = "en", catalogue: Catalogue = CATALOGUE
    ) -> None:
        awaited = cast(AsyncBookingEngine, AtOnce(engine))
        self._counter = _Counter(
            engine, awaited, cast(AsyncAnswerBook, AtOnce(answers)), lang, catalogue, Turns(ThreadTurn)
        )
        self.tools: tuple[Tool[ToolResult], ...] = tuple(
            [Tool(of=description, run=self._run) for description, _ in _ACTS]
        )

    def call(
        self, name: str, arguments: object, *, call_id: str, tool_call_id: str, lang: str | None = None
    ) -> ToolResult:
        """Carry out a tool call, or answer what the same one was answered before.

        ``arguments`` are a mapping, or the JSON text of one as models send it. ``call_id`` names the conversation and
        ``tool_call_id`` the tool call in it; both are the agent's own, and texts of 1 to 200 characters. ``lang`` is
        the caller's language, where it is not the toolset's. Whatever is sent is answered; what the engine raises
        before it is configured is raised here too.
        """
        return self._run(name, arguments, call_id, tool_call_id, lang)

    def _run(self, name: str, arguments: object, call_id: str, tool_call_id: str, lang: str | None) -> ToolResult:
        return at_once(self._counter.call(name, arguments, call_id, tool_call_id, lang))


async def _acted(act: _Act, desk: Desk, clean: dict[str, Any]) -> Answer:
    try:
        return await act(desk, clean)
    except BookingRejected as refused:
        return desk.refused(refused.rejection)


def _call_of(call_id: object, tool_call_id: object) -> ToolCall | tuple[FieldProblem, ...]:
    clean = {"call_id": text(call_id), "tool_call_id": text(tool_call_id)}
    problems = tuple([each.named(name) for name, each in clean.items() if isinstance(each, FieldProblem)])
    return problems or ToolCall(str(clean["call_id"]), str(clean["tool_call_id"]))


def _clean(description: Description, arguments: object) -> dict[str, Any] | tuple[FieldProblem, ...]:
    """The arguments with clean values, or every problem they have."""
    if isinstance(arguments, str | bytes):
        read = read_json(arguments or "{}")
        if isinstance(read, Rejection):
            return read.fields
        arguments = read
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, Mapping):
        return (FieldProblem("arguments", "are not an object", "send one JSON object"),)
    return description.checked(arguments)


def _digest(clean: Mapping[str, Any]) -> str:
    ordered = to_json({name: plain(clean[name]) for name in sorted(clean)})
    return hashlib.blake2b(ordered.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _told(answer: Answer) -> ToolResult:
    return ToolResult.read(answer.text)


def _wrong(
    speech: Speech,
    problems: tuple[FieldProblem, ...],
    code: AnswerCode | RejectionCode = RejectionCode.VALIDATION_ERROR,
) -> Answer:
    """The tool was called wrongly; where only something is missing that the caller knows, it is asked for."""
    next_action, key = NextAction.FIX_ARGUMENTS, "refused.VALIDATION_ERROR"
    missing = [_MISSING.get(each.field) for each in problems if each.problem == "is missing"]
    if len(missing) == len(problems) and missing[0] is not None:
        next_action, key = missing[0]
    data = {"problems": [problem_data(each) for each in problems]}
    return Answer(code=code, next_action=next_action, say=speech.say(key), data=data, is_final=False)


def _other_arguments(speech: Speech) -> Answer:
    problem = FieldProblem(
        "tool_call_id", "was used for another tool or other arguments", "give every tool call an id of its own"
    )
    return _wrong(speech, (problem,), AnswerCode.OTHER_ARGUMENTS)


def _superseded(speech: Speech) -> Answer:
    """What was broken off would undo what the caller decided since; it may have been done all the same."""
    return Answer(
        code=AnswerCode.SUPERSEDED,
        next_action=NextAction.LOOK_UP,
        say=speech.say("in_progress"),
        data={"hint": "look up what stands; make a new tool call for what is still wanted"},
        is_final=False,
    )


def _fault(description: Description, speech: Speech, fault: StoreError) -> Answer:
    """The store did not answer. What only reads can be asked again; of what changes, look first what stands."""
    if isinstance(fault, OutcomeUnknown):
        return _unknown(speech)
    return Answer(
        code=AnswerCode.UNAVAILABLE,
        next_action=NextAction.RETRY if description.read_only else NextAction.LOOK_UP,
        say=speech.say("technical"),
        data={"hint": "ask the same again" if description.read_only else "look up before trying again"},
        is_final=False,
    )


def _unknown(speech: Speech) -> Answer:
    """Nobody can say whether it was changed, or still is so."""
    return Answer(
        code=AnswerCode.OUTCOME_UNKNOWN,
        next_action=NextAction.LOOK_UP,
        say=speech.say("technical"),
        data={"hint": "look up before trying again"},
        is_final=False,
    )
