"""Lexing turns what was heard into tokens: any text of any script, recognised or typed, in one pass of known words."""

from __future__ import annotations

import re
import unicodedata

from booking_engine.adapters.agent.dates import english, hindi
from booking_engine.adapters.agent.dates.hindi import plain
from booking_engine.adapters.agent.dates.token import Token

WORDS_MAX = 4
"""The longest phrase of a lexicon, in words."""

_FILLERS = frozenset(plain(word) for word in english.FILLERS | hindi.FILLERS)
_LEXICON = {**hindi.LEXICON, **english.LEXICON}
_NUMBER_AFTER = frozenset("cxpthdkmyisEb")
_NUMBER_BEFORE = frozenset("@ptABFfbHQTZ")
_UNITS = frozenset("dkmyhi")
_AFTER_NUMBER = frozenset({"ko", "को"})
_AFTER_UNIT = frozenset(map(plain, ("mein", "me", "में")))
_APOSTROPHES = frozenset("'`\u2018\u2019")
_PIECE = re.compile(
    r"(?P<iso>\d{4}-\d{1,2}-\d{1,2}(?!\d))"
    r"(?:[t ]\s*(?P<isotime>\d\d:\d\d)(?::\d\d(?:[.,]\d+)?)?\s*(?P<offset>z|[+-]\d\d:?\d\d)?(?![\d:]))?"
    r"|(?P<date>\d{1,2}(?P<by>[/.-])\d{1,2}(?P=by)\d{2,4}(?!\d)|\d{1,2}/\d{1,2}(?!\d))"
    r"|(?P<clock>\d{1,2}[:.]\d\d(?!\d))(?::\d\d(?!\d))?"
    r"|(?P<ordinal>\d{1,2}) ?(?:st|nd|rd|th)\b"
    r"|(?P<number>\d+)"
    r"|(?P<word>(?:[^\W\d_]|[\u0900-\u0963\u0971-\u097f])+)"
    r"|(?P<comma>,)|(?P<dash>(?<=[\d\s])-(?=[\d\s]))"
)


def lex(text: str, lang: str | None) -> tuple[Token, ...]:
    """The tokens of a text; ``lang`` is the language of the call where known, for words that two languages have."""
    pieces = [_piece(match) for match in _PIECE.finditer(_cleaned(text))]
    return _settled(_known([each for some in pieces for each in some], lang == "hi"))


def _cleaned(text: str) -> str:
    kept = []
    for character in plain(unicodedata.normalize("NFKC", text)):
        category = unicodedata.category(character)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(character)))
        elif category != "Cf" and character not in _APOSTROPHES:
            kept.append(" " if category in {"Cc", "Cs", "Zs", "Zl", "Zp"} else character)
    spaced = re.sub(r"\b([ap])\.? ?m\b\.?", r" \1m ", "".join(kept))
    return re.sub(r"(?<=[^\W\d_])[-–—]|[-–—](?=[^\W\d_])", " ", re.sub(r"(?<=\d)[–—]|[–—](?=\d)", "-", spaced))


def _piece(match: re.Match[str]) -> tuple[Token, ...]:
    if match["iso"]:
        return _iso(match)
    if match["date"]:
        return (Token("X", 0, match["date"], tuple(map(int, re.split(r"[/.-]", match["date"])))),)
    if match["clock"]:
        return (_clock(match["clock"]),)
    if match["ordinal"]:
        return (Token("o", int(match["ordinal"]), match["ordinal"]),)
    if match["number"]:
        number = match["number"]
        return (Token("n", int(number), number) if len(number) <= 4 else Token("_", 0, "number"),)
    if match["dash"]:
        return (Token("b", 0, "-"),)
    return (Token("," if match["comma"] else "?", 0, match["word"] or ","),)


def _iso(match: re.Match[str]) -> tuple[Token, ...]:
    day = Token("Y", 0, match["iso"], tuple(map(int, match["iso"].split("-"))))
    if not match["isotime"]:
        return (day,)
    hour, minute = map(int, match["isotime"].split(":"))
    offset = match["offset"]
    if not offset:
        return (day, Token("q", 24, match["isotime"], (hour, minute)))
    minutes = 0 if offset == "z" else int(offset[1:3]) * 60 + int(offset[-2:])
    return (Token("G", 0, offset, (*day.digits, hour, minute, -minutes if offset[0] == "-" else minutes)),)


def _clock(text: str) -> Token:
    # A leading zero is how a clock of 24 hours is written: 24 in the token's number says that it is not to be asked.
    hour, minute = map(int, re.split(r"[:.]", text))
    if "." in text and hour > 12 and 1 <= minute <= 12:
        return Token("U", 0, text)  # six past three, or the 15th of June
    return Token("q", 24 if text[0] == "0" and len(text) == 5 else 12, text, (hour, minute))


def _known(pieces: list[Token], hindi_spoken: bool) -> list[Token]:
    """The pieces with their words looked up, the longest phrase first; fillers are left out."""
    found: list[Token] = []
    at = 0
    while at < len(pieces):
        if pieces[at].kind != "?":
            found.append(pieces[at])
            at += 1
            continue
        length = _phrase_length(pieces, at)
        words = [piece.word for piece in pieces[at : at + max(length, 1)]]
        follower = pieces[at + 1].word if at + 1 < len(pieces) else ""
        at += len(words)
        if length == 0 or (words[0] in hindi.IN_CONTEXT and length == 1):
            found += _of_word(words[0], follower, found, hindi_spoken)
        else:
            found += _LEXICON[" ".join(words)]
    return found


def _phrase_length(pieces: list[Token], at: int) -> int:
    for length in range(min(WORDS_MAX, len(pieces) - at), 0, -1):
        some = pieces[at : at + length]
        if all(piece.kind == "?" for piece in some) and " ".join(piece.word for piece in some) in _LEXICON:
            return length
    return 0


def _of_word(word: str, follower: str, before: list[Token], hindi_spoken: bool) -> tuple[Token, ...]:
    """A single word that no lexicon settles: one of two languages, or a little word that leans on its neighbour."""
    if hindi_spoken and word in hindi.SPOKEN:
        return hindi.SPOKEN[word]
    if word in hindi.IN_CONTEXT and word != "sat":
        preceded = bool(before) and before[-1].word in hindi.FRACTIONS
        numbered = hindi_spoken or follower in hindi.UNITS or preceded
        return _LEXICON[word] if numbered else (Token("_", 0, word),)
    if word == "sat":
        return (Token("n", 7, word),) if follower in hindi.UNITS else _LEXICON[word]
    if word in _AFTER_NUMBER and before and before[-1].kind == "n":
        return (Token("E", 0, word),)
    if word in _AFTER_UNIT and before and before[-1].kind in _UNITS:
        return (Token("A", 0, word),)
    return () if word in _FILLERS else (Token("_", 0, word),)


def _settled(found: list[Token]) -> tuple[Token, ...]:
    """The tokens with what only their neighbours decide: the month of May, the number one, the second one."""
    settled: list[Token] = []
    for at, token in enumerate(found):
        before = found[at - 1] if at else Token("")
        after = found[at + 1] if at + 1 < len(found) else Token("")
        if _is_something_else(token, before, after) or (token.kind == "," and not before.kind == after.kind == "n"):
            if token.kind != ",":
                settled.append(Token("_", 0, token.word))
        else:
            settled.append(token)
    return tuple(settled)


def _is_something_else(token: Token, before: Token, after: Token) -> bool:
    if token.kind == "M" and token.word in english.WEAK_MONTHS:
        beside = before.kind in set("noITNe") or after.kind in set("no")
        alone = not before.kind and not after.kind
        return after.word in english.NOT_AFTER_MAY or not (beside or alone)
    if token.kind == "o":
        return after.word in english.NOT_DAYS or (after.kind == "o" and token.word == "second")
    if token.word == "one" and (before.kind or after.kind):
        return before.kind not in _NUMBER_BEFORE and after.kind not in _NUMBER_AFTER and not _is_minute(after)
    return False


def _is_minute(token: Token) -> bool:
    return token.kind == "n" and 10 <= token.value <= 59
