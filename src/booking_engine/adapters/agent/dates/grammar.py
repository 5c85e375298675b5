"""The grammar says which rows of tokens name a day or a time: patterns over their letters, the first that fits wins."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from booking_engine.adapters.agent.dates import clocks, days, months
from booking_engine.adapters.agent.dates.mention import (
    PARTS,
    ClockMention,
    Mention,
    MomentMention,
    Or,
    PartMention,
    Unclear,
)
from booking_engine.adapters.agent.dates.token import Token


class Scene(NamedTuple):
    """Where and when it is said: ``now`` is an aware instant, ``today`` its local date."""

    now: dt.datetime
    today: dt.date


Tokens: TypeAlias = Sequence[Token]
Rule: TypeAlias = Callable[[Tokens, Scene], Mention | None]


def _day(rule: days.DayRule) -> Rule:
    return lambda tokens, scene: rule(tokens, scene.today)


def _clock(rule: clocks.ClockRule) -> Rule:
    def read(tokens: Tokens, scene: Scene) -> Mention | None:
        mention = rule(tokens)
        if mention is not None and tokens[0].kind in "AB":
            return ClockMention(mention.readings, around=True, assumed=mention.assumed)
        return mention

    return read


def _part(tokens: Tokens, scene: Scene) -> Mention:
    return PartMention(PARTS[tokens[-1].value], today=tokens[0].kind == "T")


def _moment(tokens: Tokens, scene: Scene) -> Mention | None:
    """In two hours, in half an hour: an instant, on the minute."""
    *counted, after = [token.value for token in tokens if token.kind == "n"] or [1]
    half = days.has(tokens, "H")
    if days.has(tokens, "D"):
        minutes = days.value(tokens, "D")
    elif not days.has(tokens, "h"):
        minutes = after
    elif days.has(tokens, "i"):
        minutes = (counted[0] if counted else 1) * 60 + after
    else:
        minutes = (0 if half and not days.has(tokens, "b") else after * 60) + 30 * half
    if minutes > 999 * 60:
        return None
    length = dt.timedelta(minutes=minutes)
    moment = scene.now + length
    whole = moment.replace(second=0, microsecond=0)
    return MomentMention(whole if whole == moment else whole + dt.timedelta(minutes=1))


def _written_instant(tokens: Tokens, scene: Scene) -> Mention | None:
    *fields, offset = tokens[0].digits
    try:
        zone = dt.timezone(dt.timedelta(minutes=offset))
        instant = dt.datetime(*fields, tzinfo=zone).astimezone(dt.UTC)  # type: ignore[misc, arg-type] # five numbers
    except (ValueError, OverflowError):
        return None
    return MomentMention(instant)


def _unclear(tokens: Tokens, scene: Scene) -> Mention:
    return Unclear()


def _ago(tokens: Tokens, scene: Scene) -> Mention | None:
    return days.last_weekday(tokens, scene.today) if tokens[-1].word == "ago" else Unclear(of_day=True)


_TAIL = r"c?(?:hh)?x?"  # o'clock, am or pm
_CLOCK = r"(?:[FAB@]|B@|A@|F@)?"
_RULES: tuple[tuple[str, Rule], ...] = (
    (r"(?<![wE])nnn+", _unclear),  # a phone number
    (r"(?<=w)n(?=nn)", _day(months.day_of_month)),
    ("G", _written_instant),
    ("Y", _day(months.iso)),
    ("X", _day(months.in_digits)),
    # A length of time from now, or from a day.
    (r"I[na]hb?niA?|I?[na]bHhA?|I?[na]baHhA?|I[na]hbaHA?|[na]hbaHA|I?DhA", _moment),
    ("IHa?hA?|Ha?hA|I[na]?[hi]A?|[na][hi]A|A[na][hi]", _moment),
    ("[na][dkmyhi]U", _ago),
    ("a?Uh?[dkmy]", lambda tokens, scene: Unclear(of_day=True)),  # a few days, every week
    ("dAr", _day(lambda tokens, today: days.relative([Token("r", tokens[2].value + 1)], today))),
    ("[na]?[dk][FA][wr]|ak[wr]|nk[wr]|[wr]k(?!A)", _day(days.shift_from)),
    ("I[na][dkmy]A?|[na][dkmy]A(?!N)|[km]A(?!N)|A[na][dkmy]", _day(days.shift)),
    # Weeks and months, and parts of them.
    ("[oL](?:w|k)(?:a?[TNP]?m|[TN]?M)|Ld(?:[TNP]?m|[TN]?M)", _day(months.part_of_month)),
    ("k(?:[on]M|M[on]|o)", _day(months.week_around)),
    ("L[wkmdyKs]", _day(days.last_weekday)),
    ("wAN|Pw", _day(days.weekday_after_next)),
    ("NC?wk", lambda tokens, scene: Unclear(of_day=True)),
    ("kAN|I?[TNP]k|e[TN]?k|[TN]?k(?=e)e", _day(days.week)),
    ("[TN]?K", _day(days.weekend)),
    ("mAN|I?[TNP]m|e[TN]?m|[TN]?me", _day(months.month)),
    ("[TN]y(?!M)", _day(months.year)),
    # Days of months.
    ("N(?:M,?[on]|[on],?M)", lambda tokens, scene: Unclear(of_day=True)),
    ("[on]b[on]M|M[on]b[on](?![cx])|ob[on](?![cx])", _day(months.one_or_other)),
    (r"[on],?M,?(?:nn(?![cxs])|n(?![cxs])|[TN]y)?", _day(months.month_day)),
    (r"M(?:o,?|n(?![cxpt]),?)(?:nn(?![cxs])|n(?![cxs])|[TN]y)?", _day(months.month_day)),
    (r"[on],?M", _day(months.month_day)),
    (r"M(?:o|n(?![cxpt]))", _day(months.month_day)),
    ("[TN]yM|e?I?[TN]?M(?:nn|n|[TN]y)?|MeA?", _day(months.month_named)),
    (r"e?I?[TN]?M(?!,?o|,?n(?![cxpt]))", _day(months.month_named)),
    ("oE?|nE|En", _day(months.day_of_month)),
    # Weekdays, days from today.
    ("NC?w|wN(?![kmyK])", _day(days.next_weekday)),
    ("T?Cw", _day(days.coming_weekday)),
    ("T?w", _day(days.weekday)),
    ("r", _day(days.relative)),
    # Times of day.
    (rf"F@?n{_TAIL}s?[tb]@?n{_TAIL}", _clock(clocks.several)),
    (rf"{_CLOCK}q{_TAIL}", _clock(clocks.in_digits)),
    (rf"{_CLOCK}(?:Hpn|Hn|a?Qpn|ni?pn){_TAIL}", _clock(clocks.past_hour)),
    (rf"{_CLOCK}(?:a?Qtn|ni?tn){_TAIL}", _clock(clocks.to_hour)),
    (rf"{_CLOCK}(?:njni?|nZn|nn(?!M)){_TAIL}", _clock(clocks.hour_and_minute)),
    (rf"nJni?{_TAIL}", _clock(clocks.about_to_strike)),
    (rf"{_CLOCK}fn{_TAIL}", _clock(clocks.fraction)),
    (rf"{_CLOCK}D(?!h){_TAIL}", _clock(clocks.hour_and_a_half)),
    (rf"{_CLOCK}V", _clock(clocks.noon)),
    (rf"[FAB@]n{_TAIL}|[FAB]@n{_TAIL}|n(?:cx?|x|hh)", _clock(clocks.hour_alone)),
    ("n(?=[srw])", _clock(clocks.hour_alone)),
    ("T?s", _part),
    ("U", _unclear),
    ("b", lambda tokens, scene: Or()),
)
_COMPILED = tuple((re.compile(pattern), rule) for pattern, rule in _RULES)
_BARE_NUMBER = re.compile(r"n(?![_dkmyhiKE])")
_BESIDE = frozenset("AB")
_TURNS = frozenset("wrkmMKoXYsn")


def read(tokens: Tokens, scene: Scene) -> tuple[Mention, ...]:
    """What is mentioned, in the order in which it was said; words that say nothing of a day or a time are passed by."""
    letters = "".join(token.kind for token in tokens)
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        mention, length = _at(letters, at, tokens, scene)
        if mention is not None:
            found.append(mention)
        at += length
    return tuple(found)


def _at(letters: str, at: int, tokens: Tokens, scene: Scene) -> tuple[Mention | None, int]:
    for pattern, rule in _COMPILED:
        match = pattern.match(letters, at)
        if match is not None and match.end() > at:
            mention = rule(tokens[at : match.end()], scene)
            if mention is not None:
                return mention, match.end() - at
    letter, following = letters[at], letters[at + 1 : at + 2]
    if letter in _BESIDE or (letter == "F" and following in _TURNS) or (letter == "N" and following == "s"):
        return Unclear(), 1
    if letter == "q":
        return ClockMention((), around=True), 1  # a time that no clock shows
    if _BARE_NUMBER.match(letters, at):
        return _bare_number(tokens[at], letters[:at], following, scene), 1
    return None, 1


def _bare_number(token: Token, before: str, following: str, scene: Scene) -> Mention | None:
    """A number with nothing beside it that says what it counts: an hour up to twelve, else a day or an hour."""
    if following in {"n", "o", "M"}:
        return Unclear(of_day=True)
    if 31 < token.value < 100:
        return ClockMention((), around=True)
    if token.value <= 12 or token.value >= 100:
        return clocks.hour_alone([token])
    if before.endswith(("w", "ob", "nb")):
        return months.day_of_month([token], scene.today)
    if following == "b":
        return Unclear(of_day=True)
    return months.day_or_hour([token], scene.today)
