"""Notes are what a receptionist has taken up of what was said: the wish, who the caller is, and what was asked last."""

from __future__ import annotations

import attrs

from booking_engine.adapters.agent.dates import TEXT_LENGTH_MAX
from booking_engine.adapters.cli.talking import words
from booking_engine.adapters.cli.talking.understanding import Heard
from booking_engine.adapters.cli.talking.wish import YES_OR_NO, Asked, Thing, Wish
from booking_engine.adapters.cli.talking.words import Intent, says

SAID_MAX = 3
"""So many of the choices are in the sentence that offers them."""
_TIME_WORDS_MIN = 3
"""Of fewer words, what may be a time is a name: April, and Ravi, which is Sunday in Hindi."""


@attrs.define
class Notes:
    """``services`` and ``branches`` are the names there are."""

    services: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    wish: Wish = attrs.field(factory=Wish)
    patient: str | None = None
    phone: str | None = None
    is_phone_right: bool = False
    wants_staff: bool = False
    asked: Asked = Asked.ANYTHING

    def is_goodbye(self, heard: Heard) -> bool:
        """Whether the call is over for the caller."""
        if self.asked is Asked.ANYTHING_ELSE and (heard.is_no or heard.is_thanks) and not heard.has_when:
            return heard.intent in (None, Intent.BYE)
        return heard.intent is Intent.BYE

    def take_up(self, heard: Heard) -> bool:
        """Note what was said; False where nothing in it was understood."""
        if self.asked in YES_OR_NO and (heard.is_yes or heard.is_no) and heard.phone is None:
            self._is_answered(yes=heard.is_yes)
            return True
        wants = self._takes_intent(heard) or self._takes_yes_or_no(heard)
        took = [self._takes_phone(heard), self._takes_names(heard), self._takes_time(heard)]
        if wants or any(took):
            return True
        if self.asked is Asked.NAME and heard.name:
            self.patient = heard.name
            return True
        return False

    def _is_answered(self, *, yes: bool) -> None:
        if self.asked is Asked.PHONE_RIGHT:
            self.is_phone_right, self.phone = yes, self.phone if yes else None
        elif self.asked is Asked.STAFF:
            self.wish, self.wants_staff = Wish(), yes
        elif not yes:
            self.wish = Wish()
        elif self.asked is Asked.MOVE_INSTEAD:
            self.wish.goal = Intent.MOVE
        else:
            self.wish.is_agreed = True

    def _takes_intent(self, heard: Heard) -> bool:
        intent = heard.intent
        if intent is None or (intent is Intent.BOOK and self.asked is Asked.NAME):
            return False
        if intent is Intent.OTHER_TIME:
            return self._wants_other_time(keeps_day=not says(heard.said, words.DAY))
        if intent is not self.wish.goal and not (intent in (Intent.BOOK, Intent.LOOK_UP) and self.wish.goal):
            self.wish = Wish(goal=intent)
        return True

    def _takes_yes_or_no(self, heard: Heard) -> bool:
        """None of the times suits; or yes, another day shall be looked at."""
        if self.asked is Asked.CHOICE and heard.is_no:
            return self._wants_other_time(keeps_day=True)
        if self.asked is Asked.DAY and heard.is_yes and not heard.has_when:
            return self._wants_other_time()
        return False

    def _wants_other_time(self, *, keeps_day: bool = False) -> bool:
        """Whether there is a time that another one can be asked for; those not said yet are for the same day."""
        wish = self.wish
        if wish.goal not in (Intent.BOOK, Intent.MOVE):
            return False
        said = [each["starts_at"] for each in self.said_choices()]
        rest = [each for each in wish.choices if each["starts_at"] not in said]
        rest = rest if keeps_day and wish.slot is None else []
        self.wish = attrs.evolve(wish, choices=rest, slot=None, is_held=False, when=None, day=None)
        return True

    def _takes_phone(self, heard: Heard) -> bool:
        if heard.phone is None:
            return False
        self.phone, self.is_phone_right = heard.phone, False
        return True

    def _takes_names(self, heard: Heard) -> bool:
        """A service or a branch, by name."""
        wish = self.wish
        if wish.goal not in (None, Intent.BOOK) or self.asked is Asked.NAME:
            return False
        service = heard.named(self.services, asked=True)
        branch = heard.named(self.branches, asked=self.asked is Asked.BRANCH)
        if service is None and branch is None:
            return False
        wish.goal = Intent.BOOK
        if (service or wish.service, branch or wish.branch) != (wish.service, wish.branch):
            wish.service, wish.branch = service or wish.service, branch or wish.branch
            wish.slot, wish.is_held, wish.choices = None, False, []
        return True

    def _takes_time(self, heard: Heard) -> bool:
        """A choice, an appointment, or words for the tools to look up."""
        wish = self.wish
        is_short = len(heard.said.split()) < _TIME_WORDS_MIN
        if heard.phone is not None or (is_short and self.asked in (Asked.NAME, Asked.PHONE)):
            return False
        if self.asked is Asked.WHICH and wish.appointments:
            service = heard.named([each["service"] for each in wish.appointments], asked=True)
            of_service = [each for each in wish.appointments if service in (None, each["service"])]
            wish.appointment = of_service[0] if len(of_service) == 1 else _picked(heard, of_service)
            return wish.appointment is not None
        if self.asked is Asked.CHOICE and wish.slot is None:
            choice = _picked(heard, self.said_choices(), wish.choices)
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

    def said_choices(self) -> list[Thing]:
        """The choices that the caller has heard of: one of an instant, at the branch that they want if it can be."""
        by_start: dict[str, Thing] = {}
        for each in self.wish.choices:
            if each["starts_at"] not in by_start or each["branch"] == self.wish.branch:
                by_start[each["starts_at"]] = each
        return list(by_start.values())[:SAID_MAX]


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
