"""What a talk is made of: a line with interruptions, tool calls that keep their ids, sentences that are understood."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from booking_engine import BookingEngine
from booking_engine.adapters.agent import Toolset
from booking_engine.adapters.cli.clock import StandingClock
from booking_engine.adapters.cli.in_memory import open_clinic
from booking_engine.adapters.cli.talking.line import WORD_SECONDS, Line
from booking_engine.adapters.cli.talking.model import ModelAgent, UnusableModel
from booking_engine.adapters.cli.talking.receptionist import Receptionist
from booking_engine.adapters.cli.talking.tools import CallTools
from booking_engine.adapters.cli.talking.understanding import Heard
from booking_engine.adapters.cli.talking.words import SENTENCES, Intent
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.memory import MemoryAnswers
from booking_engine.adapters.opening import phones_here
from booking_engine.clinic import Clinic, example_clinic, read_clinic
from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.errors import OutcomeUnknown
from booking_engine.testing.ids import SeededIds

NOW = datetime(2026, 6, 10, 8, tzinfo=UTC)
ZONE = "Asia/Kolkata"
TOMORROW = {"service": "General Checkup", "branch": "Main Street", "when": "tomorrow at ten in the morning"}
PERSON = {"patient_name": "Asha", "parent_phone": "98400 12345"}


class Answers(MemoryAnswers):
    """An answer book that is cut off, or fails, as often as it is told to when an answer was given."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[BaseException] = []

    def begin(self, record: AnswerRecord) -> AnswerRecord:
        begun = super().begin(record)
        if self.faults:
            raise self.faults.pop()
        return begun


class Call:
    """A call to the example clinic."""

    def __init__(self, text: bytes = b"") -> None:
        ids, self.clock, self.answers = SeededIds(), StandingClock(NOW), Answers()
        clinic = read_clinic(text or example_clinic(), ids.uuid, phones_here())
        assert isinstance(clinic, Clinic)
        self.engine: BookingEngine = open_clinic(clinic, self.clock, ids, phones_here())
        self.shown: list[str] = []
        toolset = Toolset(self.engine, self.answers)
        self.tools = CallTools(toolset, "call", "en", self.clock, self.shown.append)

    def slot(self) -> str:
        return str(self.tools("find_times", TOMORROW).data["choices"][0]["slot"])

    def receptionist(self) -> Receptionist:
        agent = Receptionist(self.tools, self.clock, "Sunrise", ZONE, "en")
        assert list(agent.greets()) == ["Sunrise, hello. What can I do for you?"]
        return agent


# --- The tools of a call --------------------------------------------------------------------------------------------


def test_each_tool_call_has_an_id_of_its_own() -> None:
    call = Call()
    call.tools("list_services")
    call.tools("list_services")
    call.tools("list_services", tool_call_id="mine")
    assert [each.partition(":")[0] for each in call.shown] == ["tool-1", "tool-1", "tool-2", "tool-2", "mine", "mine"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OutcomeUnknown("gone")])
def test_a_tool_call_without_an_answer_is_sent_again_under_its_id(fault: BaseException) -> None:
    call = Call()
    booking = {"slot": call.slot(), **PERSON}
    call.answers.faults.append(fault)
    if isinstance(fault, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            call.tools("book", booking)
    else:
        assert call.tools("book", booking).code == "OUTCOME_UNKNOWN"
    assert call.tools("book", booking).code == "BOOKED"
    assert call.tools("book", booking).code == "BOOKED"
    ids = sorted(each.call.tool_call_id for each in call.answers.of_call("call"))
    assert ids == ["tool-1", "tool-2", "tool-3"]
    assert call.engine.appointments().total == 1


def test_what_is_asked_after_an_interruption_has_another_id_if_it_is_something_else() -> None:
    call = Call()
    call.answers.faults.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        call.tools("list_services")
    call.tools("find_times", TOMORROW)
    assert call.answers.begin(AnswerRecord(ToolCall("call", "tool-2"), "x", NOW)).asked.startswith("find_times:")


def test_a_hold_is_known_until_it_ends_or_is_booked() -> None:
    call = Call()
    slot = call.slot()
    assert call.tools.held_until is None
    call.tools("hold_time", {"slot": slot})
    assert call.tools.held_until == NOW + timedelta(minutes=5)
    call.clock.now += timedelta(minutes=5)
    assert call.tools.held_until is None
    call.tools("hold_time", {"slot": slot, "doctor": None})
    assert call.tools.held_until == NOW + timedelta(minutes=10)
    call.tools("book", PERSON)
    assert call.tools.held_until is None


# --- The line -------------------------------------------------------------------------------------------------------


class Typed(io.StringIO):
    """A keyboard: Ctrl-C is a line with nothing but ``^C``."""

    def __init__(self, text: str, *, is_terminal: bool = False) -> None:
        super().__init__(text)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        line = super().readline(size)
        if line == "^C\n":
            raise KeyboardInterrupt
        return line


class Talker:
    """An agent that says two sentences to everything; to ``long`` it is interrupted after the first."""

    has_ended = False

    def greets(self) -> Iterator[str]:
        yield from self.hears("hello")

    def hears(self, text: str) -> Iterator[str]:
        yield f"{text}, you say."
        if text == "long":
            raise KeyboardInterrupt
        yield "I see."
        self.has_ended = text == "end"


ASIDE = "        (You interrupt. Say something, or press Ctrl-C again to hang up.)"


def talked(text: str, capsys: pytest.CaptureFixture[str], **terminal: Any) -> tuple[bool, list[str]]:
    ended = Line(Terminal(), Typed(text, **terminal), pause=lambda _: None).talk(Talker())
    return ended, capsys.readouterr().out.splitlines()[2:]


def test_the_first_interruption_ends_the_answer_and_the_call_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    ended, shown = talked("long\nend\n", capsys)
    assert ended
    assert shown == [
        "caller  long",
        "agent   long, you say.",
        ASIDE,
        "caller  end",
        "agent   end, you say.",
        "agent   I see.",
    ]


def test_the_second_interruption_in_a_row_hangs_up(capsys: pytest.CaptureFixture[str]) -> None:
    ended, shown = talked("long\n^C\nend\n", capsys)
    assert not ended
    assert shown == ["caller  long", "agent   long, you say.", ASIDE, ""]


def test_interruptions_with_words_between_them_do_not_hang_up(capsys: pytest.CaptureFixture[str]) -> None:
    ended, shown = talked("^C\nlong\n^C\n", capsys)
    assert not ended
    assert shown == ["", ASIDE, "caller  long", "agent   long, you say.", ASIDE, ""]


def test_an_interrupted_greeting_is_an_answer_too(capsys: pytest.CaptureFixture[str]) -> None:
    agent = Talker()
    line = Line(Terminal(), Typed("^C\n"), pause=lambda _: None)
    agent.greets = lambda: agent.hears("long")  # type: ignore[method-assign]
    assert line.talk(agent) is False
    assert capsys.readouterr().out.splitlines() == ["agent   long, you say.", ASIDE, ""]


def test_two_interruptions_of_answers_in_a_row_hang_up(capsys: pytest.CaptureFixture[str]) -> None:
    agent = Talker()
    line = Line(Terminal(), Typed("end\n"), pause=lambda _: None)
    line._is_interrupted = True
    agent.greets = lambda: agent.hears("long")  # type: ignore[method-assign]
    assert line.talk(agent) is False
    assert capsys.readouterr().out == "agent   long, you say.\n"


def test_the_end_of_the_input_hangs_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert talked("", capsys) == (False, [])
    assert talked("", capsys, is_terminal=True) == (False, ["caller  "])


def test_on_a_terminal_words_come_one_after_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert Line(Terminal(), Typed("end\n", is_terminal=True), pause=pauses.append).talk(Talker())
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown == ["agent   hello, you say.", "agent   I see.", "caller  agent   end, you say.", "agent   I see."]
    assert pauses == [WORD_SECONDS] * 10


def test_an_interruption_cuts_a_sentence_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    line = Line(Terminal(), Typed("^C\n", is_terminal=True), pause=interrupted)
    assert line.talk(Talker()) is False
    assert capsys.readouterr().out.splitlines() == ["agent   hello, ", ASIDE, "caller  "]


# --- What is heard --------------------------------------------------------------------------------------------------


def heard(text: str, lang: str = "en") -> Heard:
    return Heard.of(text, now=NOW, zone=ZONE, lang=lang)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I'd like to cancel my appointment", Intent.CANCEL),
        ("Please reschedule it", Intent.MOVE),
        ("What have I booked?", Intent.LOOK_UP),
        ("Do you have another time?", Intent.OTHER_TIME),
        ("Bye!", Intent.BYE),
        ("that's all", Intent.BYE),
        ("booking please", Intent.BOOK),
        ("मेरी बुकिंग रद्द कर दीजिए", Intent.CANCEL),
        ("समय बदलना है", Intent.MOVE),
        ("मेरी बुकिंग कब है?", Intent.LOOK_UP),
        ("कोई और समय", Intent.OTHER_TIME),
        ("अपॉइंटमेंट चाहिए", Intent.BOOK),
        ("mujhe appointment chahiye", Intent.BOOK),
        ("Lakeside", None),
        ("removed", None),
    ],
)
def test_what_is_wanted(text: str, intent: Intent | None) -> None:
    assert heard(text).intent is intent


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("Yes!", True, False),
        ("that's fine", True, False),
        ("no, that's not right", False, True),
        ("I don't think so", False, True),
        ("जी हाँ", True, False),
        ("जी नहीं", False, True),
        ("theek hai", True, False),
        ("know", False, False),
    ],
)
def test_yes_and_no(text: str, yes: bool, no: bool) -> None:
    assert (heard(text).is_yes, heard(text).is_no) == (yes, no)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("it's 98400 12345", "98400 12345"),
        ("+91 (98400) 12-345, please", "+91 (98400) 12-345"),
        ("९८४०० १२३४५", "98400 12345"),
        ("tomorrow at 10", None),
        ("123456", None),
    ],
)
def test_phones(text: str, phone: str | None) -> None:
    assert heard(text).phone == phone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Asha Rao", "Asha Rao"),
        ("It's Asha Rao.", "Asha Rao"),
        ("it\u2019s Asha, please", "Asha"),
        ("My name is Isha", "Isha"),
        ("मेरा नाम आशा राव है।", "आशा राव"),
        ("mera naam Asha hai", "Asha"),
        ("Itsuki", "Itsuki"),
    ],
)
def test_names_of_patients(text: str, name: str) -> None:
    assert heard(text).name == name


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a check-up", "General Checkup"),
        ("GENERAL CHECKUP", "General Checkup"),
        ("मुझे टीका लगवाना है", "Vaccination"),
        ("a follow-up", "Follow-up Visit"),
        ("a visit", None),
        ("a checkup or a vaccination", None),
    ],
)
def test_names_of_services(text: str, named: str | None) -> None:
    services = ["General Checkup", "Follow-up Visit", "Vaccination", "Growth Review"]
    assert heard(text).named(services, asked=True) == named


def test_a_short_word_is_a_name_only_where_it_was_asked_for() -> None:
    branches = ["Main Street", "Lakeside"]
    assert heard("main kal aana chahta hoon").named(branches, asked=False) is None
    assert heard("the main one").named(branches, asked=True) == "Main Street"
    assert heard("in main street").named(branches, asked=False) == "Main Street"
    assert heard("anything").named([], asked=True) is None


@pytest.mark.parametrize(
    ("text", "count", "place"),
    [
        ("the first", 3, 0),
        ("the second one please", 3, 1),
        ("third", 2, None),
        ("the last one", 2, 1),
        ("आख़िरी वाला", 3, 2),
        ("first or last", 3, None),
        ("I was there first of all you know", 3, None),
    ],
)
def test_places(text: str, count: int, place: int | None) -> None:
    assert heard(text).place(count) == place


def test_things_are_picked_by_their_day_time_and_part_of_the_day() -> None:
    def thing(starts_at: str, part: str) -> dict[str, str]:
        return {"starts_at": f"{starts_at}+05:30", "part_of_day": part}

    nine, half_past = thing("2026-06-11T09:00:00", "Morning"), thing("2026-06-11T09:30:00", "Morning")
    evening, week = thing("2026-06-11T21:00:00", "Evening"), thing("2026-06-17T09:00:00", "Morning")
    things = [nine, half_past, evening, week]
    for text, fitting in (
        ("half past nine", [half_past]),
        ("at nine", [nine, evening, week]),
        ("nine in the evening", [evening]),
        ("nine in the evening on Friday", []),
        ("in the evening", [evening]),
        ("tomorrow", [nine, half_past, evening]),
        ("Wednesday", [week]),
        ("next week", [week]),
        ("hm", []),
    ):
        assert heard(text).fits(things) == fitting, text
    assert heard("in the morning").fits([{"starts_at": "2026-06-11T21:00:00+05:30"}]) != []


def test_both_languages_say_the_same_things() -> None:
    assert SENTENCES["en"].keys() == SENTENCES["hi"].keys()


# --- The receptionist -----------------------------------------------------------------------------------------------


def test_a_fault_is_told_and_the_next_sentence_goes_on_from_there() -> None:
    call = Call()
    agent = call.receptionist()
    for said in ("a checkup at Main Street tomorrow at ten in the morning", "yes", "Asha", "98400 12345"):
        told = list(agent.hears(said))
    assert told == ["Your number is 98 400 12 345. Is that right?"]
    call.answers.faults.append(OutcomeUnknown("gone"))
    assert list(agent.hears("yes")) == ["Something went wrong on our side. One moment please."]
    assert call.engine.appointments().total == 0
    booked = "Asha is booked for Thursday the 11th of June at ten o'clock in the morning."
    assert list(agent.hears("yes")) == [booked, "Is there anything else?"]
    assert call.engine.appointments().total == 1


def test_an_interrupted_answer_leaves_what_was_done() -> None:
    call = Call()
    agent = call.receptionist()
    list(agent.hears("a checkup at Main Street tomorrow at ten in the morning"))
    held = agent.hears("yes")
    assert next(held).startswith("I'm holding tomorrow, Thursday the 11th at ten o'clock")
    del held
    assert list(agent.hears("Monday the 15th at ten in the morning")) == [
        "I have Monday the 15th at ten o'clock in the morning. Does that suit you?"
    ]
    assert call.tools.held_until == NOW + timedelta(minutes=5)
    list(agent.hears("yes"))
    assert list(agent.hears("Ravi")) == ["What is your phone number?"]  # In Hindi that is Sunday too.


def test_an_interruption_loses_sentences_and_not_where_the_call_has_got_to() -> None:
    agent = Call().receptionist()
    list(agent.hears("a checkup at Main Street tomorrow at ten in the morning"))
    assert next(agent.hears("yes")).startswith("I'm holding ")
    assert list(agent.hears("Asha")) == ["What is your phone number?"]


def test_a_clinic_without_anything_to_book_puts_through() -> None:
    call = Call(b'[config]\ntimezone = "UTC"\n')
    agent = call.receptionist()
    assert list(agent.hears("I need an appointment")) == ["I am putting you through to the staff."]
    assert agent.has_ended


def test_a_change_of_service_asks_for_times_again() -> None:
    agent = Call().receptionist()
    list(agent.hears("a checkup at Main Street on Monday the 15th at ten in the morning"))
    assert list(agent.hears("rather a vaccination")) == [
        "I have Monday the 15th at ten o'clock in the morning. Does that suit you?"
    ]
    assert list(agent.hears("at Lakeside, another day")) == ["Which day would suit you?"]
    assert list(agent.hears("yes")) == ["Which day would suit you?"]


def test_what_stands_under_another_name_is_for_the_staff() -> None:
    call = Call()
    slot = call.slot()
    assert call.tools("book", {"slot": slot, **PERSON}).ok
    agent = call.receptionist()
    for said in ("a checkup at Main Street tomorrow at ten in the morning", "yes", "Meera", "98400 12345"):
        list(agent.hears(said))
    assert list(agent.hears("yes")) == [
        "Asha is booked for Thursday the 11th of June at ten o'clock in the morning.",
        "I am putting you through to the staff.",
    ]
    assert agent.has_ended


def test_times_that_were_not_said_yet_are_offered_next() -> None:
    one_room = (Path(__file__).parent / "talks" / "one_room.toml").read_bytes()
    evenings = (
        one_room[one_room.index(b"[[windows]]") :].replace(b"thursdays", b"evenings").replace(b"Morning", b"Evening")
    )
    evenings = evenings.replace(b"09:00", b"17:00").replace(b"11:00", b"19:00")
    call = Call(one_room + evenings)
    agent = call.receptionist()
    [offer] = agent.hears("a checkup tomorrow")
    assert offer == (
        "I have tomorrow, Thursday the 11th at nine o'clock in the morning, ten o'clock in the morning or "
        "half past ten in the morning. Which would suit you?"
    )
    [more] = agent.hears("none of them")
    day = "tomorrow, Thursday the 11th at"
    evening = (
        f"{day} five o'clock in the evening, {day} six o'clock in the evening or {day} half past six in the evening"
    )
    assert more == f"I also have {evening}. Does one of these suit you?"
    assert list(agent.hears("at six")) == [
        f"I'm holding {day} six o'clock in the evening for you for five minutes.",
        "What is the patient's name?",
    ]
    assert list(agent.hears("something else")) == ["Which day would suit you?"]


def test_a_name_that_nobody_can_have_is_asked_for_again() -> None:
    call = Call()
    agent = call.receptionist()
    list(agent.hears("a checkup at Main Street tomorrow at ten in the morning"))
    list(agent.hears("yes"))
    assert list(agent.hears("A" * 201)) == ["What is your phone number?"]
    list(agent.hears("98400 12345"))
    assert list(agent.hears("yes")) == ["I did not get all of that. Could you say it once more?"]
    assert list(agent.hears("yes")) == ["What is the patient's name?"]


# --- A model --------------------------------------------------------------------------------------------------------


def test_a_model_is_given_messages_and_tools_and_its_calls_are_carried_out() -> None:
    call = Call()
    given: list[Any] = []

    def model(messages: Any, tools: Any) -> Any:
        given.append(json.loads(json.dumps([messages, tools])))
        if messages[-1]["role"] == "user":
            return [
                {"id": "a", "name": "list_services", "arguments": "{}"},
                {"name": "look_up", "arguments": {"parent_phone": "98400 12345"}},
            ]
        return "Hello."

    agent = ModelAgent(model, call.tools, "Sunrise", "en")
    assert list(agent.greets()) == ["Hello."]
    assert list(agent.hears("Hi")) == ["Hello."]
    messages, tools = given[-1]
    assert [each["function"]["name"] for each in tools] == [tool.name for tool in call.tools.tools]
    assert [each["role"] for each in messages] == ["system", "assistant", "user", *["assistant", "tool"] * 2]
    assert "Sunrise" in messages[0]["content"]
    first, second = (each["tool_calls"][0] for each in messages if "tool_calls" in each)
    assert first == {"id": "a", "type": "function", "function": {"name": "list_services", "arguments": "{}"}}
    assert [each["tool_call_id"] for each in messages if each["role"] == "tool"] == ["a", second["id"]]
    assert json.loads(messages[4]["content"])["code"] == "SERVICES"
    ids = {each.call.tool_call_id for each in call.answers.of_call("call")}
    assert ids == {"a", cast(str, second["id"])}


def test_a_model_that_never_says_anything_is_stopped() -> None:
    call = Call()
    agent = ModelAgent(lambda *_: [{"name": "list_services", "arguments": {}}], call.tools, "Sunrise", "en")
    with pytest.raises(UnusableModel, match="the model called tools 10 times and said nothing"):
        list(agent.greets())
    assert len(call.answers.of_call("call")) == 10
