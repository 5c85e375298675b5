"""Understanding is reading one sentence of a caller: what is wanted, yes or no, a phone, a name, one of several."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from booking_engine.adapters.agent.dates import NotUnderstood, Question, Resolved, resolve
from booking_engine.adapters.cli.talking import words
from booking_engine.adapters.cli.talking.words import Intent, plain, says

_PHONE = re.compile(r"\+?\d(?:[ ().-]*\d){6,}")
_ORDINAL_WORDS_MAX = 5
"""In a longer sentence "first" and "last" are about something else."""
_WORD_LENGTH_MIN = 5
"""A shorter word of a name is often another word: Main Street, and "main" for I in Hindi."""


@attrs.frozen
class Heard:
    """One sentence. ``meant`` is what the date resolver makes of it."""

    text: str
    said: str
    meant: Resolved | Question | NotUnderstood

    @classmethod
    def of(cls, text: str, *, now: dt.datetime, zone: str, lang: str) -> Heard:
        """What was said at an instant, in the clinic's zone."""
        return cls(text, plain(text), resolve(text, now=now, zone=zone, lang=lang))

    @property
    def intent(self) -> Intent | None:
        """What the caller wants, if they say it."""
        return next((intent for intent, said in words.INTENTS.items() if says(self.said, said)), None)

    @property
    def is_yes(self) -> bool:
        """Yes, and not "yes, but no"."""
        return says(self.said, words.YES) and not self.is_no

    @property
    def is_no(self) -> bool:
        """No."""
        return says(self.said, words.NO)

    @property
    def is_thanks(self) -> bool:
        """Thanks."""
        return says(self.said, words.THANKS)

    @property
    def phone(self) -> str | None:
        """A number of seven digits or more, in any script's digits."""
        ascii_digits = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in self.text)
        found = _PHONE.search(ascii_digits)
        return None if found is None else found[0]

    @property
    def name(self) -> str:
        """The sentence as a name: "it's Asha Rao" is Asha Rao."""
        name = self.text.strip(" .,!।")
        for begin in words.NAME_BEGINS.split("|"):
            spelt = r"['\u2019\s]+".join(map(re.escape, begin.split()))
            match = re.match(rf"{spelt}\s+", name, re.IGNORECASE)
            if match is not None:
                name = name[match.end() :]
                break
        for end in words.NAME_ENDS.split("|"):
            name = re.sub(rf"[\s,]+{end}$", "", name, flags=re.IGNORECASE)
        return name.strip(" .,!।")

    @property
    def has_when(self) -> bool:
        """Whether it says anything of a day or a time."""
        return not isinstance(self.meant, NotUnderstood)

    @property
    def has_day(self) -> bool:
        """Whether it says a day."""
        return self.meant.first is not None if isinstance(self.meant, Resolved) else bool(self._question_days)

    @property
    def _question_days(self) -> tuple[dt.date, ...]:
        return self.meant.options if isinstance(self.meant, Question) else ()

    # --- One of several -----------------------------------------------------------------------------------------------

    def named(self, names: Iterable[str], *, asked: bool) -> str | None:
        """The one of the names that is meant. Unless it was ``asked`` for, only a long word or all of it counts."""
        said = self.said + "".join(f"{word} " for word, same in words.SAME.items() if says(self.said, same))
        scores = {name: _score(plain(name), said, asked=asked) for name in names}
        best = max(scores.values(), default=0)
        found = [name for name, score in scores.items() if score == best]
        return found[0] if best and len(found) == 1 else None

    def place(self, count: int) -> int | None:
        """The place of what is meant by "the first" or "the last one", of so many."""
        if len(self.said.split()) > _ORDINAL_WORDS_MAX:
            return None
        found = [place for place, said in words.ORDINALS.items() if says(self.said, said)]
        return found[0] % count if len(found) == 1 and found[0] < count else None

    def fits(self, things: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those of the choices or appointments whose day and time are what was said."""
        if isinstance(self.meant, NotUnderstood):
            return []
        return [each for each in things if _fits(self.meant, each)]


def _fits(meant: Resolved | Question, thing: Mapping[str, Any]) -> bool:
    """Whether a thing is at a day and a time that were meant; of what is in question, each reading will do."""
    local = dt.datetime.fromisoformat(thing["starts_at"])
    if meant.session is not None and thing.get("part_of_day", meant.session) != meant.session:
        return False
    if isinstance(meant, Question):
        is_day = not meant.options or local.date() in meant.options
        return is_day and (not meant.times or local.time() in meant.times)
    is_day = (meant.first or local.date()) <= local.date() <= (meant.last or local.date())
    return is_day and local.time() == (meant.time or local.time())


def _score(name: str, said: str, *, asked: bool) -> int:
    """How many words of a name are said."""
    if name in said:
        return len(name.split())
    own = [word for word in name.split() if word not in words.TOO_COMMON]
    return sum(f" {word} " in said for word in own if asked or len(word) >= _WORD_LENGTH_MIN)
