"""The English words of days and times, each with the tokens that it stands for."""

from __future__ import annotations

from collections.abc import Mapping

from booking_engine.adapters.agent.dates.token import Token

Lexicon = Mapping[str, tuple[Token, ...]]

UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
).split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = "january february march april may june july august september october november december".split()

# The other ways in which a word is typed, or written by a recogniser.
_WEEKDAY_SPELLINGS = {
    "mon": 0, "munday": 0, "tue": 1, "tues": 1, "teusday": 1, "tusday": 1, "wed": 2, "weds": 2, "wensday": 2,
    "wednsday": 2, "wendesday": 2, "thu": 3, "thur": 3, "thurs": 3, "thersday": 3, "fri": 4, "sat": 5, "saterday": 5,
    "sun": 6,
}  # fmt: skip
_MONTH_SPELLINGS = {
    "jan": 1, "feb": 2, "febuary": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10,
    "nov": 11, "dec": 12,
}  # fmt: skip

_PHRASES = {
    "today": "r0", "todays": "r0", "tomorrows": "r1", "to day": "r0", "tomorrow": "r1", "tomorow": "r1",
    "tommorow": "r1", "tommorrow": "r1",
    "tomorro": "r1", "tmrw": "r1", "tmw": "r1", "2moro": "r1", "to morrow": "r1", "day after tomorrow": "r2",
    "overmorrow": "r2", "day after tmrw": "r2", "yesterday": "r-1", "day before yesterday": "r-2",
    "tonight": "r0 s3", "tonite": "r0 s3", "to night": "r0 s3", "today evening": "r0 s2",
    "this": "T", "next": "N", "next to next": "P", "next next": "P", "following": "N", "coming": "C",
    "upcoming": "C", "last": "L", "previous": "L",
    "past": "p", "after": "A", "later": "A", "hence": "A", "from now": "A", "from today": "A", "before": "B",
    "until": "B", "by": "B", "from": "F", "between": "F", "starting": "F", "in": "I", "within": "U", "a": "a",
    "an": "a",
    "half": "H", "quarter": "Q", "to": "t", "till": "t", "til": "t", "quarter of": "Q t", "quarter before": "Q t",
    "quarter after": "Q p", "oh": "Z", "o": "Z", "zero": "Z", "oclock": "c", "o clock": "c", "hundred hours": "c",
    "am": "x0", "a m": "x0", "pm": "x1", "p m": "x1", "at": "@",
    "day": "d", "days": "d", "week": "k7", "weeks": "k7", "wk": "k7", "wks": "k7", "fortnight": "k14",
    "month": "m", "months": "m", "year": "y", "years": "y", "hour": "h", "hours": "h", "hr": "h", "hrs": "h",
    "minute": "i", "minutes": "i", "min": "i", "mins": "i", "weekend": "K", "week end": "K",
    "days time": "d A", "weeks time": "k7 A", "fortnights time": "k14 A", "months time": "m A",
    "hours time": "h A", "minutes time": "i A", "couple": "n2", "couple of": "n2", "a couple": "n2",
    "a couple of": "n2",
    "end of": "e2", "end": "e2", "start of": "e0", "beginning of": "e0", "middle of": "e1", "mid": "e1",
    "midweek": "e1 k7", "date": "E",
    "morning": "s0", "mornin": "s0", "afternoon": "s1", "after noon": "s1", "evening": "s2", "eve": "s2", "night": "s3",
    "noon": "V12", "midday": "V12", "mid day": "V12", "noontime": "V12", "midnight": "V0", "mid night": "V0",
    "and": "b", "or": "b",
    # What turns the meaning around, or makes many days of one.
    "not": "U", "dont": "U", "cant": "U", "cannot": "U", "wont": "U", "isnt": "U", "doesnt": "U", "except": "U",
    "instead": "U", "rather than": "U", "other than": "U", "besides": "U", "every": "U", "each": "U", "any": "U",
    "onwards": "U", "onward": "U", "since": "U", "few": "U", "several": "U", "ago": "U", "earlier than": "U",
    "or so": "U",
    "another": "U", "unless": "U", "without": "U", "never": "U", "neither": "U",
}  # fmt: skip

FILLERS = frozenset(
    "the um umm uh uhm er erm hmm ah like please okay ok so well about around approximately roughly maybe perhaps "
    "exactly sharp on of for just say early late ish possibly actually preferably sometime".split()
)
PHRASES_WITHOUT_A_DAY = (
    "a second", "one second", "a sec", "a minute", "a moment", "first of all", "at all", "last time",
    "next available", "next one", "any time", "anytime", "new years eve", "christmas eve", "christmas day",
    "new years day", "no problem", "not sure",
)  # fmt: skip
"""Said all the time, and about no day."""

NOT_DAYS = frozenset(
    "one ones option options slot slots choice time times thing appointment appointments visit visits available child "
    "floor opening person".split()
)
"""After an ordinal these say that it counts something else: "the second one", "first thing"."""

WEAK_MONTHS = frozenset({"may", "march", "mar", "mai"})
"""Words that are months beside a number or a word of time only: "may I come"."""
NOT_AFTER_MAY = frozenset({"i", "we", "you", "be", "he", "she", "they", "it"})


def tokens(spec: str, word: str = "") -> tuple[Token, ...]:
    """The tokens that a line of a lexicon names: ``r0 s3``."""
    return tuple(Token(each[0], int(each[1:] or 0), word) for each in spec.split())


def _lexicon() -> Lexicon:
    found = {phrase: tokens(spec, phrase) for phrase, spec in _PHRASES.items()}
    for number, word in enumerate(UNITS, 1):
        found[word] = (Token("n", number, word),)
    for number, word in enumerate(ORDINALS, 1):
        found[word] = (Token("o", number, word),)
    for ten, word in TENS.items():
        found[word] = (Token("n", ten, word),)
        for number in range(1, 10):
            found[f"{word} {UNITS[number - 1]}"] = (Token("n", ten + number, word),)
    for ten, stem in ((20, "twent"), (30, "thirt")):
        found[f"{stem}ieth"] = (Token("o", ten, stem),)
        for number in range(1, 10 if ten == 20 else 2):
            found[f"{stem}y {ORDINALS[number - 1]}"] = (Token("o", ten + number, stem),)
    for number, word in enumerate(WEEKDAYS):
        found[word] = found[f"{word}s"] = (Token("w", number, word),)
    for number, word in enumerate(MONTHS, 1):
        found[word] = (Token("M", number, word),)
    found |= {word: (Token("w", number, word),) for word, number in _WEEKDAY_SPELLINGS.items()}
    found |= {word: (Token("M", number, word),) for word, number in _MONTH_SPELLINGS.items()}
    found |= {"nineth": (Token("o", 9),), "twelveth": (Token("o", 12),), "fourty": (Token("n", 40),)}
    found |= {phrase: (Token("_", 0, phrase),) for phrase in PHRASES_WITHOUT_A_DAY}
    return found


LEXICON: Lexicon = _lexicon()
