"""A receptionist is an agent with a script: it asks for what is missing, and leaves every decision to the tools.

It knows of the clinic what the tools answer, and does what they say comes next. What it says of times and bookings is
theirs word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from booking_engine.adapters.agent import NextAction, ToolResult
from booking_engine.adapters.agent.speech import Speech
from booking_engine.adapters.cli.talking import words
from booking_engine.adapters.cli.talking.notes import Notes
from booking_engine.adapters.cli.talking.tools import CallTools
from booking_engine.adapters.cli.talking.understanding import Heard
from booking_engine.adapters.cli.talking.wish import YES_OR_NO, Asked, Wish
from booking_engine.adapters.cli.talking.words import Intent

SORRY_MAX = 3
"""So often in a row something may not be understood before the staff take over."""


class Receptionist:
    """See ``Agent``. ``name`` is the clinic's, ``zone`` its zone, in which the clock is read."""

    def __init__(self, tools: CallTools, clock: Callable[[], datetime], name: str, zone: str, lang: str) -> None:
        self._tools, self._clock = tools, clock
        self._name, self._zone, self._lang = name, zone, lang
        self._speech = Speech(lang)
        self._notes = Notes()
        self._question = ""
        self._sorry = 0
        self.has_ended = False

    def greets(self) -> Iterator[str]:
        """See ``Agent``; what there is to choose from is looked at first."""
        data = self._tools("list_services").data
        self._notes.services = tuple([each["name"] for each in data["services"]])
        self._notes.branches = tuple([each["name"] for each in data["branches"]])
        yield self._ask(Asked.ANYTHING, self._own("greeting", name=self._name))

    def hears(self, text: str) -> Iterator[str]:
        """See ``Agent``."""
        heard = Heard.of(text, now=self._clock(), zone=self._zone, lang=self._lang)
        if self._notes.is_goodbye(heard):
            self.has_ended = True
            yield self._own("goodbye")
        elif self._notes.take_up(heard):
            self._sorry = 0
            # All of it before a word is said: an interruption loses sentences, and not where the call has got to.
            yield from list(self._goes_on())
        else:
            yield from self._is_sorry()

    # --- Going on -----------------------------------------------------------------------------------------------------

    def _goes_on(self) -> Iterator[str]:
        """Do what can be done now, or ask for what is missing."""
        if self._notes.wants_staff:
            yield from self._hands_over()
            return
        match self._notes.wish.goal:
            case Intent.BOOK:
                yield from self._books()
            case Intent.LOOK_UP | Intent.CANCEL | Intent.MOVE:
                yield from self._changes()
            case _:
                yield self._own("stays") if self._notes.asked in YES_OR_NO else self._own("sorry")
                yield self._ask(Asked.ANYTHING_ELSE, self._own("else"))

    def _books(self) -> Iterator[str]:
        wish = self._notes.wish
        if len(self._notes.services) == 1:
            wish.service = self._notes.services[0]
        if wish.service is None:
            yield from self._follows(self._tools("list_services"))
        elif wish.slot is None:
            yield from self._finds({"service": wish.service, "branch": wish.branch})
        elif not wish.is_held:
            held = self._tools("hold_time", {"slot": wish.slot})
            wish.is_held = held.ok
            if not held.ok:
                yield from self._follows(held)
                return
            yield held.say
            yield from self._books_held()
        else:
            yield from self._books_held()

    def _books_held(self) -> Iterator[str]:
        if self._notes.patient is None:
            yield self._ask(Asked.NAME, self._speech.say("ask.name"))
        elif self._notes.phone is None:
            yield self._ask(Asked.PHONE, self._speech.say("ask.phone"))
        elif not self._notes.is_phone_right:
            yield self._ask(Asked.PHONE_RIGHT, self._speech.read_back("read_back.phone", self._notes.phone))
        else:
            who = {"patient_name": self._notes.patient, "parent_phone": self._notes.phone}
            yield from self._follows(self._tools("book", {"slot": self._notes.wish.slot, **who}))

    def _finds(self, where: dict[str, str | None]) -> Iterator[str]:
        """Look for times; without a word of when, ask for the day, or offer what was not said yet."""
        wish = self._notes.wish
        if wish.when is None and wish.choices:
            choices = self._speech.voice.choices([each["when"] for each in self._notes.said_choices()])
            yield self._ask(Asked.CHOICE, self._own("more", choices=choices))
            return
        if wish.when is None and (where["branch"] is not None or len(self._notes.branches) == 1):
            yield self._ask(Asked.DAY, self._speech.say("ask.day"))
            return
        given = {**where, "when": wish.when, "date": wish.day}
        yield from self._follows(self._tools("find_times", {key: each for key, each in given.items() if each}))

    def _changes(self) -> Iterator[str]:
        """Look up what stands, and change it if that is what is wanted."""
        wish = self._notes.wish
        if self._notes.phone is None:
            yield self._ask(Asked.PHONE, self._speech.say("ask.phone"))
            return
        if wish.appointments is None:
            looked_up = self._tools("look_up", {"parent_phone": self._notes.phone})
            if "appointments" not in looked_up.data:
                yield from self._follows(looked_up)
                return
            wish.appointments = looked_up.data["appointments"]
            yield looked_up.say
        if wish.goal is Intent.LOOK_UP or not wish.appointments:
            yield from self._is_done()
            return
        if wish.appointment is None and len(wish.appointments) == 1:
            wish.appointment = wish.appointments[0]
        if wish.appointment is None:
            yield self._ask(Asked.WHICH, self._own("which"))
        elif wish.slot is None and wish.goal is Intent.MOVE:
            yield from self._finds({each: wish.appointment[each] for each in ("service", "branch")})
        elif wish.goal is Intent.CANCEL and not wish.is_agreed:
            yield self._ask(Asked.CANCEL, self._own("cancel"))
        else:
            given = {"appointment": wish.appointment["appointment"]}
            moves = wish.goal is Intent.MOVE
            result = self._tools("reschedule", {**given, "slot": wish.slot}) if moves else self._tools("cancel", given)
            yield from self._follows(result)

    # --- What the tools say comes next --------------------------------------------------------------------------------

    def _follows(self, result: ToolResult) -> Iterator[str]:
        """Say what a tool answered, and ask what it says comes next."""
        wish, say = self._notes.wish, result.say
        match result.next_action:
            case NextAction.OFFER_TIMES:
                at_branch = [each for each in result.data["choices"] if wish.branch in (None, each["branch"])]
                wish.choices = at_branch or result.data["choices"]
                wish.slot, wish.is_held, wish.is_asked_about = None, False, False
                meant = result.data.get("meant", {})
                wish.day = meant.get("first_date") if meant.get("first_date") == meant.get("last_date") else None
                yield self._ask(Asked.CHOICE, say)
            case NextAction.ASK_DATE:
                wish.is_asked_about = "dates" in result.data
                wish.slot, wish.is_held = None, False
                wish.when = wish.when if wish.is_asked_about else None
                yield self._ask(Asked.DAY, say)
            case NextAction.ASK_SERVICE:
                yield self._ask(Asked.SERVICE, say)
            case NextAction.ASK_BRANCH:
                yield self._ask(Asked.BRANCH, say)
            case NextAction.ASK_PHONE:
                self._notes.phone = None
                yield self._ask(Asked.PHONE, say)
            case NextAction.RESCHEDULE_INSTEAD:
                standing, wished = result.data["appointment"], result.data["wished"]
                self._notes.wish = Wish(appointments=[standing], appointment=standing, slot=wished["slot"])
                yield self._ask(Asked.MOVE_INSTEAD, say)
            case NextAction.DONE:
                yield say
                yield from self._is_done()
            case NextAction.HAND_OVER if say.endswith("?"):
                yield self._ask(Asked.STAFF, say)
            case NextAction.HAND_OVER:
                yield say
                yield from self._hands_over(said=say)
            case _:  # To be tried again: whatever the caller says next goes on from here.
                self._notes.phone = None if _is_wrong(result, "parent_phone") else self._notes.phone
                self._notes.patient = None if _is_wrong(result, "patient_name") else self._notes.patient
                yield self._ask(self._notes.asked, say)

    def _hands_over(self, said: str = "") -> Iterator[str]:
        """The call goes on with somebody else."""
        self.has_ended = True
        sentence = self._speech.say("handover")
        if sentence != said:
            yield sentence

    def _is_done(self) -> Iterator[str]:
        self._notes.wish = Wish()
        yield self._ask(Asked.ANYTHING_ELSE, self._own("else"))

    def _is_sorry(self) -> Iterator[str]:
        self._sorry += 1
        if self._sorry == SORRY_MAX:
            yield from self._hands_over()
            return
        yield self._own("sorry")
        yield self._question

    def _ask(self, asked: Asked, question: str) -> str:
        self._notes.asked, self._question = asked, question
        return question

    def _own(self, key: str, **values: str) -> str:
        return words.SENTENCES.get(self._lang, words.SENTENCES["en"])[key].format(**values)


def _is_wrong(result: ToolResult, parameter: str) -> bool:
    return any(each["parameter"] == parameter for each in result.data.get("problems", ()))
