"""A receptionist is an agent with a script: it asks for what is missing, and leaves every decision to the tools.

It knows of the clinic what the tools answer, and does what they say comes next. What it says of times and bookings is
theirs word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import attrs

from booking_engine.adapters.agent import NextAction, ToolResult
from booking_engine.adapters.agent.dates import TEXT_LENGTH_MAX
from booking_engine.adapters.agent.speech import Speech
from booking_engine.adapters.cli.talking import words
from booking_engine.adapters.cli.talking.tools import CallTools
from booking_engine.adapters.cli.talking.understanding import Heard
from booking_engine.adapters.cli.talking.wish import YES_OR_NO, Asked, Thing, Wish
from booking_engine.adapters.cli.talking.words import Intent, says

SORRY_MAX = 3
"""So often in a row something may not be understood before the staff take over."""
SAID_MAX = 3
"""So many of the choices are in the sentence that offers them."""


class Receptionist:
    """See ``Agent``. ``name`` is the clinic's, ``zone`` its zone, in which the clock is read."""

    def __init__(self, tools: CallTools, clock: Callable[[], datetime], name: str, zone: str, lang: str) -> None:
        self._tools, self._clock = tools, clock
        self._name, self._zone, self._lang = name, zone, lang
        self._speech = Speech(lang)
        self._services: tuple[str, ...] = ()
        self._branches: tuple[str, ...] = ()
        self._wish = Wish()
        self._patient: str | None = None
        self._phone: str | None = None
        self._is_phone_right = False
        self._asked = Asked.ANYTHING
        self._question = ""
        self._sorry = 0
        self._wants_staff = False
        self.has_ended = False

    def greets(self) -> Iterator[str]:
        """See ``Agent``; what there is to choose from is looked at first."""
        data = self._tools("list_services").data
        self._services = tuple([each["name"] for each in data["services"]])
        self._branches = tuple([each["name"] for each in data["branches"]])
        yield self._ask(Asked.ANYTHING, self._own("greeting", name=self._name))

    def hears(self, text: str) -> Iterator[str]:
        """See ``Agent``."""
        heard = Heard.of(text, now=self._clock(), zone=self._zone, lang=self._lang)
        if self._is_goodbye(heard):
            self.has_ended = True
            yield self._own("goodbye")
        elif self._takes_up(heard):
            self._sorry = 0
            yield from self._goes_on()
        else:
            yield from self._is_sorry()

    # --- Taking up what was said --------------------------------------------------------------------------------------

    def _is_goodbye(self, heard: Heard) -> bool:
        if self._asked is Asked.ANYTHING_ELSE and (heard.is_no or heard.is_thanks) and not heard.has_when:
            return heard.intent in (None, Intent.BYE)
        return heard.intent is Intent.BYE

    def _takes_up(self, heard: Heard) -> bool:
        """Note what was said; False where nothing in it was understood."""
        if self._asked in YES_OR_NO and (heard.is_yes or heard.is_no) and heard.phone is None:
            self._is_answered(yes=heard.is_yes)
            return True
        wants = self._takes_intent(heard) or self._takes_yes_or_no(heard)
        took = [self._takes_phone(heard), self._takes_names(heard), self._takes_time(heard)]
        if wants or any(took):
            return True
        if self._asked is Asked.NAME and heard.name:
            self._patient = heard.name
            return True
        return False

    def _is_answered(self, *, yes: bool) -> None:
        if self._asked is Asked.PHONE_RIGHT:
            self._is_phone_right, self._phone = yes, self._phone if yes else None
        elif self._asked is Asked.STAFF:
            self._wish, self._wants_staff = Wish(), yes
        elif not yes:
            self._wish = Wish()
        elif self._asked is Asked.MOVE_INSTEAD:
            self._wish.goal = Intent.MOVE
        else:
            self._wish.is_agreed = True

    def _takes_intent(self, heard: Heard) -> bool:
        intent = heard.intent
        if intent is None or (intent is Intent.BOOK and self._asked is Asked.NAME):
            return False
        if intent is Intent.OTHER_TIME:
            return self._wants_other_time(keeps_day=not says(heard.said, words.DAY))
        if intent is not self._wish.goal and not (intent in (Intent.BOOK, Intent.LOOK_UP) and self._wish.goal):
            self._wish = Wish(goal=intent)
        return True

    def _takes_yes_or_no(self, heard: Heard) -> bool:
        """None of the times suits; or yes, another day shall be looked at."""
        if self._asked is Asked.CHOICE and heard.is_no:
            return self._wants_other_time(keeps_day=True)
        if self._asked is Asked.DAY and heard.is_yes and not heard.has_when:
            return self._wants_other_time()
        return False

    def _wants_other_time(self, *, keeps_day: bool = False) -> bool:
        """Whether there is a time that another one can be asked for; those not said yet are for the same day."""
        wish = self._wish
        if wish.goal not in (Intent.BOOK, Intent.MOVE):
            return False
        said = [each["starts_at"] for each in self._said_choices()]
        rest = [each for each in wish.choices if each["starts_at"] not in said]
        rest = rest if keeps_day and wish.slot is None else []
        self._wish = attrs.evolve(wish, choices=rest, slot=None, is_held=False, when=None, day=None)
        return True

    def _takes_phone(self, heard: Heard) -> bool:
        if heard.phone is None:
            return False
        self._phone, self._is_phone_right = heard.phone, False
        return True

    def _takes_names(self, heard: Heard) -> bool:
        """A service or a branch, by name."""
        wish = self._wish
        if wish.goal not in (None, Intent.BOOK) or self._asked is Asked.NAME:
            return False
        service = heard.named(self._services, asked=True)
        branch = heard.named(self._branches, asked=self._asked is Asked.BRANCH)
        if service is None and branch is None:
            return False
        wish.goal = Intent.BOOK
        if (service or wish.service, branch or wish.branch) != (wish.service, wish.branch):
            wish.service, wish.branch = service or wish.service, branch or wish.branch
            wish.slot, wish.is_held, wish.choices = None, False, []
        return True

    def _takes_time(self, heard: Heard) -> bool:
        """A choice, an appointment, or words for the tools to look up."""
        wish = self._wish
        if heard.phone is not None or self._asked in (Asked.NAME, Asked.PHONE):
            return False
        if self._asked is Asked.WHICH and wish.appointments:
            service = heard.named([each["service"] for each in wish.appointments], asked=True)
            of_service = [each for each in wish.appointments if service in (None, each["service"])]
            wish.appointment = of_service[0] if len(of_service) == 1 else _picked(heard, of_service)
            return wish.appointment is not None
        if self._asked is Asked.CHOICE and wish.slot is None:
            choice = _picked(heard, self._said_choices(), wish.choices)
            if choice is not None:
                wish.slot = choice["slot"]
                return True
        if not heard.has_when or wish.goal not in (None, Intent.BOOK, Intent.MOVE):
            return False
        if wish.is_asked_about and not heard.has_day:
            wish.when = f"{wish.when} {heard.text}"[-TEXT_LENGTH_MAX:]
        else:
            wish.when, wish.day = heard.text[:TEXT_LENGTH_MAX], None if heard.has_day else wish.day
        wish.goal = wish.goal or Intent.BOOK
        wish.slot, wish.is_held, wish.choices = None, False, []
        return True

    def _said_choices(self) -> list[Thing]:
        """The choices that the caller has heard of: one of an instant, at the branch that they want if it can be."""
        by_start: dict[str, Thing] = {}
        for each in self._wish.choices:
            if each["starts_at"] not in by_start or each["branch"] == self._wish.branch:
                by_start[each["starts_at"]] = each
        return list(by_start.values())[:SAID_MAX]

    # --- Going on -----------------------------------------------------------------------------------------------------

    def _goes_on(self) -> Iterator[str]:
        """Do what can be done now, or ask for what is missing."""
        if self._wants_staff:
            yield from self._hands_over()
            return
        match self._wish.goal:
            case Intent.BOOK:
                yield from self._books()
            case Intent.LOOK_UP | Intent.CANCEL | Intent.MOVE:
                yield from self._changes()
            case _:
                yield self._own("stays") if self._asked in YES_OR_NO else self._own("sorry")
                yield self._ask(Asked.ANYTHING_ELSE, self._own("else"))

    def _books(self) -> Iterator[str]:
        wish = self._wish
        if len(self._services) == 1:
            wish.service = self._services[0]
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
        if self._patient is None:
            yield self._ask(Asked.NAME, self._speech.say("ask.name"))
        elif self._phone is None:
            yield self._ask(Asked.PHONE, self._speech.say("ask.phone"))
        elif not self._is_phone_right:
            yield self._ask(Asked.PHONE_RIGHT, self._speech.read_back("read_back.phone", self._phone))
        else:
            who = {"patient_name": self._patient, "parent_phone": self._phone}
            yield from self._follows(self._tools("book", {"slot": self._wish.slot, **who}))

    def _finds(self, where: dict[str, str | None]) -> Iterator[str]:
        """Look for times; without a word of when, ask for the day, or offer what was not said yet."""
        wish = self._wish
        if wish.when is None and wish.choices:
            choices = self._speech.voice.choices([each["when"] for each in self._said_choices()])
            yield self._ask(Asked.CHOICE, self._own("more", choices=choices))
            return
        if wish.when is None and (where["branch"] is not None or len(self._branches) == 1):
            yield self._ask(Asked.DAY, self._speech.say("ask.day"))
            return
        given = {**where, "when": wish.when, "date": wish.day}
        yield from self._follows(self._tools("find_times", {key: each for key, each in given.items() if each}))

    def _changes(self) -> Iterator[str]:
        """Look up what stands, and change it if that is what is wanted."""
        wish = self._wish
        if self._phone is None:
            yield self._ask(Asked.PHONE, self._speech.say("ask.phone"))
            return
        if wish.appointments is None:
            looked_up = self._tools("look_up", {"parent_phone": self._phone})
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
        wish, say = self._wish, result.say
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
                self._phone = None
                yield self._ask(Asked.PHONE, say)
            case NextAction.RESCHEDULE_INSTEAD:
                standing, wished = result.data["appointment"], result.data["wished"]
                self._wish = Wish(appointments=[standing], appointment=standing, slot=wished["slot"])
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
                self._phone = None if _is_wrong(result, "parent_phone") else self._phone
                self._patient = None if _is_wrong(result, "patient_name") else self._patient
                yield self._ask(self._asked, say)

    def _hands_over(self, said: str = "") -> Iterator[str]:
        """The call goes on with somebody else."""
        self.has_ended = True
        sentence = self._speech.say("handover")
        if sentence != said:
            yield sentence

    def _is_done(self) -> Iterator[str]:
        self._wish = Wish()
        yield self._ask(Asked.ANYTHING_ELSE, self._own("else"))

    def _is_sorry(self) -> Iterator[str]:
        self._sorry += 1
        if self._sorry == SORRY_MAX:
            yield from self._hands_over()
            return
        yield self._own("sorry")
        yield self._question

    def _ask(self, asked: Asked, question: str) -> str:
        self._asked, self._question = asked, question
        return question

    def _own(self, key: str, **values: str) -> str:
        return words.SENTENCES.get(self._lang, words.SENTENCES["en"])[key].format(**values)


def _picked(heard: Heard, said: list[Thing], others: list[Thing] | None = None) -> Thing | None:
    """The one that is meant: the only one, by its place among those that were said, or by its day and time."""
    place = heard.place(len(said))
    if place is not None:
        return said[place]
    for things in (said, others or []):
        fitting = heard.fits(things)
        if len(fitting) == 1:
            return fitting[0]
    return said[0] if len(said) == 1 and heard.is_yes else None


def _is_wrong(result: ToolResult, parameter: str) -> bool:
    return any(each["parameter"] == parameter for each in result.data.get("problems", ()))
