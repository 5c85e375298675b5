"""A tool call that is made again is answered the same: interrupted, after a crash, and by two workers at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from agent.clinic import NOW, OTHER_PHONE, PERSON, PHONE, Agent, agent_in_memory, places_left, setup, standing
from booking_engine import (
    BookingEngine,
    BookingRejected,
    OrganisationNotConfigured,
    OutcomeUnknown,
    Reason,
    Rejection,
    RejectionCode,
    StoreError,
)
from booking_engine.adapters.agent import NextAction, ToolResult, Toolset
from booking_engine.adapters.agent.awaiting import AtOnce, at_once
from booking_engine.adapters.memory import MemoryAnswers, MemoryStore
from booking_engine.adapters.sql import SqlAnswers, open_engine
from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.testing.clock import FixedClock


class Died(BaseException):
    """The process is gone: nobody catches it."""


class Faulty:
    """An object one of whose methods raises, before or after it did its work, as often as it is told to."""

    def __init__(self, of: object, method: str, fault: BaseException, *, after: bool = False, times: int = 1) -> None:
        self._of, self._method, self._fault, self._after, self.times = of, method, fault, after, times

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._of, name)
        if name != self._method:
            return real

        def faulty(*arguments: Any, **options: Any) -> Any:
            if self.times and not self._after:
                self.times -= 1
                raise self._fault
            result = real(*arguments, **options)
            if self.times:
                self.times -= 1
                raise self._fault
            return result

        return faulty


def a_call(agent: Agent) -> dict[str, tuple[str, dict[str, Any]]]:
    """One tool call of each kind, by its id, in an order in which each does something."""
    first, second = agent.slot(0), agent.slot(when="tomorrow evening")
    booked = agent("book", slot=first, patient_name="Ravi", parent_phone=OTHER_PHONE, call_id="call-0")
    appointment = booked.data["appointment"]["appointment"]
    return {
        "a": ("find_times", {"when": "tomorrow"}),
        "b": ("hold_time", {"slot": first}),
        "c": ("book", dict(PERSON)),
        "d": ("reschedule", {"appointment": appointment, "slot": second}),
        "e": ("cancel", {"appointment": appointment}),
        "f": ("look_up", {"parent_phone": OTHER_PHONE}),
        "g": ("list_services", {}),
        "h": ("hold_time", {"slot": "a" * 13}),
        "i": ("book", {"slot": second, **PERSON}),
        "j": ("find_times", {"when": "yesterday"}),
    }


def test_every_tool_call_is_answered_verbatim_and_changes_nothing_the_second_time() -> None:
    agent, engine = agent_in_memory()
    calls = a_call(agent)
    answers = {key: agent(tool, given, tool_call_id=key) for key, (tool, given) in calls.items()}
    assert {key for key, answer in answers.items() if not answer.ok} == {"h", "i", "j"}
    before = engine._store.snapshot()
    agent.clock.set(NOW.replace(hour=20))
    for key, (tool, given) in reversed(calls.items()):
        again = agent(tool, given, tool_call_id=key)
        assert again == answers[key]
        assert again.text == answers[key].text
    assert engine._store.snapshot() == before


@pytest.mark.parametrize("key", list("abcdefg"))
def test_the_same_ids_with_other_arguments_are_a_mistake_that_is_said(key: str) -> None:
    agent, _ = agent_in_memory()
    calls = a_call(agent)
    for each, (tool, given) in calls.items():
        agent(tool, given, tool_call_id=each)
    tool, given = calls[key]
    other = "list_services" if tool != "list_services" else "look_up"
    wrong = agent(other, {}, tool_call_id=key)
    assert (wrong.ok, wrong.code, wrong.next_action) == (False, "OTHER_ARGUMENTS", "fix_arguments")
    assert wrong.data["problems"] == [
        {
            "parameter": "tool_call_id",
            "problem": "was used for another tool or other arguments",
            "hint": "give every tool call an id of its own",
        }
    ]
    assert agent(tool, given, tool_call_id=key).code != "OTHER_ARGUMENTS"
    assert agent(tool, json.dumps(given), tool_call_id=key).code != "OTHER_ARGUMENTS"
    assert agent(tool, {**given, "notes": None} if tool == "book" else given, tool_call_id=key).code != (
        "OTHER_ARGUMENTS"
    )


@pytest.mark.parametrize("key", list("abcdefghij"))
def test_after_a_crash_between_the_commit_and_the_answer_it_is_done_once(key: str) -> None:
    agent, engine = agent_in_memory()
    calls = a_call(agent)
    counter = agent.toolset._counter
    answers = counter._answers._of  # type: ignore[attr-defined]
    for each, (tool, given) in calls.items():
        if each == key:
            counter._answers = AtOnce(Faulty(answers, "answer", Died()))  # type: ignore[assignment]
            with pytest.raises(Died):
                agent(tool, given, tool_call_id=each)
            counter._answers = AtOnce(answers)  # type: ignore[assignment]
            snapshot = engine._store.snapshot()
            answered = agent(tool, given, tool_call_id=each)
            assert answered.ok == (key not in "hij")
            assert engine._store.snapshot() == snapshot
            assert agent(tool, given, tool_call_id=each).text == answered.text
        else:
            agent(tool, given, tool_call_id=each)
    assert [each.patient_name for each in standing(engine)] == ["Aadhi"]
    assert engine.verify() == ()


def broken_off(agent: Agent, tool: str, given: dict[str, Any]) -> None:
    """The process dies between what the tool call ``t`` does and its answer; time goes on."""
    counter = agent.toolset._counter
    answers = counter._answers._of  # type: ignore[attr-defined]
    counter._answers = AtOnce(Faulty(answers, "answer", Died()))  # type: ignore[assignment]
    with pytest.raises(Died):
        agent(tool, given, tool_call_id="t")
    counter._answers = AtOnce(answers)  # type: ignore[assignment]
    agent.clock.advance(timedelta(seconds=1))


@pytest.mark.parametrize(
    ("first", "then"),
    [("book", "reschedule"), ("book", "cancel"), ("reschedule", "reschedule"), ("hold_time", "hold_time")],
)
def test_what_was_broken_off_is_not_done_again_over_what_the_call_did_since(first: str, then: str) -> None:
    agent, engine = agent_in_memory()
    slots = [agent.slot(), agent.slot(when="this Friday evening"), agent.slot(when="this Saturday evening")]
    if first == "reschedule":
        agent("book", slot=slots[0], **PERSON)
    of = standing(engine)
    agent.clock.advance(timedelta(seconds=1))
    given = {"slot": slots[1]}
    given |= {"book": PERSON, "hold_time": {}, "reschedule": {"appointment": of[0].appointment_id if of else ""}}[first]
    broken_off(agent, first, given)
    of = standing(engine)
    since: dict[str, Any] = {} if then == "cancel" else {"slot": slots[2]}
    assert agent(then, **since, **({"appointment": of[0].appointment_id} if of else {})).ok
    snapshot = engine._store.snapshot()
    again = agent(first, given, tool_call_id="t")
    assert (again.ok, again.code, again.next_action) == (False, "SUPERSEDED", NextAction.LOOK_UP)
    assert engine._store.snapshot() == snapshot


@pytest.mark.parametrize("seconds", [-3600, -1, 0])
@pytest.mark.parametrize("book", ["memory", "sqlite_url", "postgres_url"])
def test_what_was_broken_off_is_not_done_again_where_clocks_stand_still_or_differ(
    book: str, seconds: int, request: pytest.FixtureRequest
) -> None:
    agent, engine = agent_in_memory()
    if book != "memory":
        database = open_engine(request.getfixturevalue(book))
        request.addfinalizer(database.dispose)
        agent.toolset._counter._answers = AtOnce(SqlAnswers(database, "clinic"))  # type: ignore[assignment]
    slot = agent.slot()
    first = agent.clock()
    broken_off(agent, "book", {"slot": slot, **PERSON})
    agent.clock.set(first + timedelta(seconds=seconds))  # as another machine has it
    (booked,) = standing(engine)
    assert agent("cancel", appointment=booked.appointment_id).ok
    agent.clock.set(first + timedelta(seconds=3))
    assert agent("book", {"slot": slot, **PERSON}, tool_call_id="t").code == "SUPERSEDED"
    assert standing(engine) == []
    assert agent("book", slot=slot, tool_call_id="new", **PERSON).ok


@pytest.mark.parametrize("seconds", [-1, 0])
def test_what_the_call_did_before_does_not_keep_from_being_done_what_was_broken_off(seconds: int) -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    assert agent("hold_time", slot=slot).ok
    agent.clock.advance(timedelta(seconds=seconds))
    broken_off(agent, "book", {"slot": slot, **PERSON})
    assert agent("book", {"slot": slot, **PERSON}, tool_call_id="t").code == "BOOKED"
    assert len(standing(engine)) == 1


def test_what_was_broken_off_is_done_where_the_call_only_looked_or_was_refused_since() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    broken_off(agent, "book", {"slot": slot, **PERSON})
    assert agent("look_up", parent_phone=PHONE).ok
    assert not agent("cancel", appointment="appt_unknown").ok
    assert agent("book", {"slot": slot, **PERSON}, tool_call_id="t").code == "BOOKED"
    assert len(standing(engine)) == 1


def test_what_was_broken_off_and_is_asked_for_anew_is_told_by_both() -> None:
    agent, engine = agent_in_memory()
    given = {"slot": agent.slot(), **PERSON}
    broken_off(agent, "book", given)
    anew = agent("book", given)
    agent.clock.advance(timedelta(seconds=1))
    assert agent("book", given, tool_call_id="t").text == anew.text
    assert (anew.code, len(standing(engine))) == ("BOOKED", 1)


def test_what_the_call_may_have_done_since_counts_as_done() -> None:
    agent, _ = agent_in_memory()
    slot, later = agent.slot(), agent.slot(when="this Friday evening")
    broken_off(agent, "hold_time", {"slot": slot})
    agent.toolset._counter._answers._of.begin(  # type: ignore[attr-defined]
        AnswerRecord(ToolCall(agent.call_id, "u"), "book:0", agent.clock())
    )
    assert agent("hold_time", {"slot": slot}, tool_call_id="t").code == "SUPERSEDED"
    assert agent("hold_time", slot=later).code == "HELD"


@pytest.mark.parametrize("later", ["cancel", "none", "refused"])
def test_what_was_broken_off_does_not_undo_what_was_decided_since(later: str) -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    counter = agent.toolset._counter
    answers = counter._answers._of  # type: ignore[attr-defined]
    counter._answers = AtOnce(Faulty(answers, "answer", Died()))  # type: ignore[assignment]
    with pytest.raises(Died):
        agent("book", slot=slot, tool_call_id="book", **PERSON)
    counter._answers = AtOnce(answers)  # type: ignore[assignment]
    agent.clock.advance(timedelta(seconds=1))
    if later == "cancel":
        found = agent("look_up", parent_phone=PHONE).data["appointments"]
        assert agent("cancel", appointment=found[0]["appointment"]).ok
    elif later == "refused":
        assert not agent("cancel", appointment="appt_x").ok
    agent.clock.advance(timedelta(seconds=1))
    late = agent("book", slot=slot, tool_call_id="book", **PERSON)
    if later == "cancel":
        assert (late.ok, late.code, late.next_action) == (False, "SUPERSEDED", "look_up")
        assert agent("book", slot=slot, tool_call_id="book", **PERSON).code == "SUPERSEDED"
        assert standing(engine) == []
        assert agent("book", slot=slot, tool_call_id="new", **PERSON).ok
    else:
        assert (late.ok, late.code) == (True, "BOOKED")
    assert len(standing(engine)) == 1


def with_faulty_store(method: str, fault: BaseException, *, after: bool = False) -> tuple[Agent, BookingEngine, Faulty]:
    """An agent whose store can fail; it does not yet."""
    clock, store = FixedClock(NOW), MemoryStore()
    sound = BookingEngine(store, clock=clock)
    for command in setup():
        sound.execute(command)
    faulty = Faulty(store, method, fault, after=after, times=0)
    engine = BookingEngine(faulty, clock=clock)
    return Agent(Toolset(engine, MemoryAnswers()), clock), sound, faulty


def test_where_the_store_cannot_tell_whether_it_is_booked_it_is_looked_up() -> None:
    agent, engine, faulty = with_faulty_store("commit", OutcomeUnknown("c1"), after=True)
    slot = agent.slot()
    faulty.times = 1
    unknown = agent("book", slot=slot, tool_call_id="book", **PERSON)
    assert (unknown.ok, unknown.code, unknown.next_action) == (False, "OUTCOME_UNKNOWN", "look_up")
    assert unknown.say == "Something went wrong on our side. One moment please."
    assert unknown.data == {"hint": "look up before trying again"}
    assert len(standing(engine)) == 1
    looked = agent("look_up", parent_phone=PHONE)
    assert (looked.data["this_call"], looked.next_action) == ("booked", NextAction.DONE)
    assert agent("look_up").data["this_call"] == "in_progress"  # without the phone there is no telling
    again = agent("book", slot=slot, tool_call_id="book", **PERSON)  # it was not kept, so it is asked again
    assert (again.ok, again.code) == (True, "BOOKED")
    assert agent("look_up", parent_phone=PHONE).data["this_call"] == "booked"
    assert len(standing(engine)) == 1


@pytest.mark.parametrize(
    ("tool", "method", "next_action"),
    [
        ("find_times", "view", "retry"),
        ("list_services", "catalog", "retry"),
        ("look_up", "appointments", "retry"),
        ("hold_time", "view", "look_up"),
        ("book", "view", "look_up"),
        ("reschedule", "appointment", "look_up"),
        ("cancel", "view", "look_up"),
    ],
)
def test_a_store_that_does_not_answer_is_no_traceback_and_not_the_last_word(
    tool: str, method: str, next_action: str
) -> None:
    agent, engine, faulty = with_faulty_store(method, StoreError("the password is swordfish"))
    slot = agent.slot()
    appointment = agent("book", slot=slot, **PERSON).data["appointment"]["appointment"]
    given: dict[str, dict[str, Any]] = {
        "find_times": {"when": "tomorrow"},
        "hold_time": {"slot": slot},
        "book": {"slot": slot, **PERSON},
        "reschedule": {"appointment": appointment, "slot": agent.slot(1)},
        "cancel": {"appointment": appointment},
        "look_up": {"parent_phone": PHONE},
        "list_services": {},
    }
    faulty.times = 1
    failed = agent(tool, given[tool], tool_call_id="x")
    assert (failed.ok, failed.code, failed.next_action) == (False, "UNAVAILABLE", next_action)
    assert "swordfish" not in failed.text
    assert agent(tool, given[tool], tool_call_id="x").ok
    assert engine.verify() == ()


def test_answers_that_cannot_be_written_down() -> None:
    agent, engine = agent_in_memory()
    slot = agent.slot()
    counter = agent.toolset._counter
    answers = counter._answers._of  # type: ignore[attr-defined]
    counter._answers = AtOnce(Faulty(answers, "begin", StoreError("gone")))  # type: ignore[assignment]
    assert agent("book", slot=slot, tool_call_id="x", **PERSON).code == "UNAVAILABLE"
    assert standing(engine) == []
    counter._answers = AtOnce(Faulty(answers, "answer", StoreError("gone")))  # type: ignore[assignment]
    booked = agent("book", slot=slot, tool_call_id="x", **PERSON)
    assert (booked.ok, booked.code) == (True, "BOOKED")  # so it is
    assert agent("book", slot=slot, tool_call_id="x", **PERSON).text == booked.text
    assert len(standing(engine)) == 1


def test_a_refusal_that_cannot_be_written_down_is_not_the_last_word() -> None:
    agent, engine = agent_in_memory(places=1)
    counter = agent.toolset._counter
    answers = counter._answers._of  # type: ignore[attr-defined]
    slot = agent.slot()
    other = {**PERSON, "patient_name": "Bhavan", "parent_phone": OTHER_PHONE}
    agent("book", slot=slot, **PERSON)
    counter._answers = AtOnce(Faulty(answers, "answer", StoreError("gone")))  # type: ignore[assignment]
    failed = agent("book", slot=slot, tool_call_id="x", **other)
    assert (failed.ok, failed.code) == (False, "UNAVAILABLE")
    (first,) = agent("look_up", parent_phone=PHONE, call_id="call-2").data["appointments"]
    agent("cancel", appointment=first["appointment"], call_id="call-2")
    assert agent("book", slot=slot, tool_call_id="x", **other).ok
    assert [each.patient_name for each in standing(engine)] == ["Bhavan"]


def test_a_hold_that_cannot_be_given_back_ends_by_itself() -> None:
    agent, engine = agent_in_memory(places=2)
    slot = agent.slot()
    assert agent("book", slot=slot, **PERSON).ok
    assert agent("hold_time", slot=slot).ok
    counter = agent.toolset._counter
    counter._engine = AtOnce(Faulty(engine, "release_hold", StoreError("gone")))  # type: ignore[assignment]
    assert agent("book", slot=slot, **PERSON).ok
    assert places_left(engine) == 0
    agent.clock.set(NOW.replace(hour=9))
    assert places_left(engine) == 1


def test_a_hold_that_cannot_be_moved_any_more_is_told_as_a_full_time_and_kept() -> None:
    agent, engine = agent_in_memory(places=1)
    slots = [agent.slot(at) for at in (0, 1)]
    assert agent("hold_time", slot=slots[0]).ok
    full = BookingRejected(Rejection(code=RejectionCode.SLOT_FULL, reason=Reason.CAPACITY, message=""))
    agent.toolset._counter._engine = AtOnce(Faulty(engine, "hold", full))  # type: ignore[assignment]
    assert agent("book", slot=slots[1], **PERSON).code == "SLOT_FULL"
    assert agent("book", slot=slots[0], **PERSON).ok
    assert engine.verify() == ()


def test_what_the_engine_raises_before_it_is_configured_is_raised() -> None:
    engine = BookingEngine(MemoryStore(), clock=FixedClock(NOW))
    agent = Agent(Toolset(engine, MemoryAnswers()), FixedClock(NOW))
    with pytest.raises(OrganisationNotConfigured):
        agent("list_services")


def at_the_same_time(*asks: Callable[[], ToolResult]) -> list[ToolResult]:
    """The answers of asks that are begun together, each in a thread of its own."""
    barrier, found = threading.Barrier(len(asks)), dict[int, ToolResult]()

    def run(number: int, ask: Callable[[], ToolResult]) -> None:
        barrier.wait()
        found[number] = ask()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[number] for number in range(len(asks))]


@pytest.mark.parametrize("hold", [True, False])
def test_two_workers_with_the_same_tool_call_give_one_answer(hold: bool) -> None:
    for _ in range(10):
        agent, engine = agent_in_memory(places=1)
        answers = agent.toolset._counter._answers._of  # type: ignore[attr-defined]
        workers = [Toolset(BookingEngine(engine._store, clock=agent.clock), answers) for _ in range(2)]
        given = {"slot": agent.slot(), **PERSON}
        if hold:
            assert agent("hold_time", slot=given["slot"]).ok
        first, second = at_the_same_time(
            *[partial(each.call, "book", given, call_id="call-1", tool_call_id="b") for each in workers]
        )
        assert first.text == second.text
        assert first.ok
        assert len(standing(engine)) == 1
        assert engine.verify() == ()
        assert places_left(engine) == 0


def test_two_workers_with_two_tool_calls_for_the_same_make_one_booking() -> None:
    for _ in range(10):
        agent, engine = agent_in_memory(places=5, policy={"duplicate_prevention": False})
        answers = agent.toolset._counter._answers._of  # type: ignore[attr-defined]
        workers = [Toolset(BookingEngine(engine._store, clock=agent.clock), answers) for _ in range(2)]
        slots = [agent.slot(0), agent.slot(1)]
        answered = at_the_same_time(
            *[
                partial(each.call, "book", {"slot": slot, **PERSON}, call_id="call-1", tool_call_id=slot)
                for each, slot in zip(workers, slots, strict=True)
            ]
        )
        assert sorted(each.code for each in answered) == ["ALREADY_BOOKED", "BOOKED"]
        assert len(standing(engine)) == 1


def test_the_first_answer_stands() -> None:
    agent, _ = agent_in_memory()
    answers = agent.toolset._counter._answers._of  # type: ignore[attr-defined]
    first = agent("list_services")

    class Slow(MemoryAnswers):
        """Another worker is quicker to answer."""

        def answer(self, call: ToolCall, text: str) -> str:
            return super().answer(call, super().answer(call, first.text.replace("Checkup", "Haircut")))

        def begin(self, record: AnswerRecord) -> AnswerRecord:
            return super().begin(record)

    agent.toolset._counter._answers = AtOnce(Slow())  # type: ignore[assignment]
    assert agent("list_services").say == "We offer Haircut. What is the visit for?"
    agent.toolset._counter._answers = AtOnce(answers)  # type: ignore[assignment]


def test_a_coroutine_that_waits_is_not_driven_at_once() -> None:
    class Wait:
        def __await__(self) -> Any:
            yield

    async def waits() -> None:
        await Wait()

    with pytest.raises(RuntimeError, match="may not wait"):
        at_once(waits())
