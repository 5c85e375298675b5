"""What callers say of days and times: a table of phrases, and what must hold of every text."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clocks import NOW, langs, last_days, nows, today, zones
from agent.written import Phrase, phrases, written
from booking_engine.adapters.agent.dates import (
    TEXT_LENGTH_MAX,
    Assumption,
    NotUnderstood,
    Question,
    QuestionKind,
    Resolved,
    english,
    hindi,
    resolve,
)
from booking_engine.adapters.agent.dates.lexing import WORDS_MAX
from booking_engine.domain.localtime import YEAR_MAX

TABLE = phrases()
WORDS = sorted(
    {
        *english.LEXICON,
        *hindi.LEXICON,
        *english.FILLERS,
        *hindi.FILLERS,
        *["9", "15", "31", "9:30", "12:00", "5/6", "15th", ",", "-", "2027", "foo"],
    }
)
texts = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
    st.sampled_from([line.phrase for line in TABLE]),
)
"""Words in any order, and at any time what people say."""


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.now:%Y-%m-%d}-{line.phrase}")
def test_a_phrase_is_answered_as_written(line: Phrase) -> None:
    assert written(resolve(line.phrase, now=line.now, zone=line.zone)) == line.answer


def test_the_table_is_broad() -> None:
    asked = [line for line in TABLE if line.answer.startswith("?")]
    in_hindi = [line for line in TABLE if any("\u0900" <= character <= "\u097f" for character in line.phrase)]
    assert len(TABLE) >= 500
    assert len(asked) >= 100
    assert len(in_hindi) >= 50
    assert len({line.zone for line in TABLE}) >= 6
    assert {line.answer.split()[0][1:] for line in asked} == {kind.value for kind in QuestionKind}
    noted = {word[1:] for line in TABLE for word in line.answer.split() if word.startswith("!")}
    assert noted == {each.value for each in Assumption}


@pytest.mark.parametrize(
    ("phrase", "lang", "answer"),
    [
        ("do baje", "en", "?PART_OF_DAY 02:00 14:00"),
        ("kal do", "en", "2026-06-11 !KAL_AHEAD"),
        ("kal do", "hi", "?PART_OF_DAY 2026-06-11 02:00 14:00"),
        ("kal do", "hi-IN", "?PART_OF_DAY 2026-06-11 02:00 14:00"),
        ("sat ko subah", "en", "2026-06-13 Morning"),
        ("kal subah sat", "hi", "2026-06-11 07:00 Morning = 2026-06-11T07:00Z !KAL_AHEAD"),
        ("is somvaar", "en", "2026-06-15"),
        ("is shukravar", "hi", "2026-06-12"),
        ("my teen tomorrow", "en", "2026-06-11"),
    ],
)
def test_the_language_of_the_call_settles_words_that_two_languages_have(phrase: str, lang: str, answer: str) -> None:
    assert written(resolve(phrase, now=NOW, zone="UTC", lang=lang)) == answer


def test_a_text_that_is_too_long_is_not_understood() -> None:
    text = "tomorrow".ljust(TEXT_LENGTH_MAX)
    assert written(resolve(text, now=NOW, zone="UTC")) == "2026-06-11"
    assert resolve(text + " ", now=NOW, zone="UTC") == NotUnderstood()


@pytest.mark.parametrize(
    "phrase",
    [
        "\uff54\uff4f\uff4dorrow",
        "TOMORROW",
        "tomorrow\x00",
        "tom\u200dorrow",
        "\ud800 tomorrow",
        "to\u00admorrow",
        "¡tomorrow!",
    ],
)
def test_signs_that_nobody_hears_change_nothing(phrase: str) -> None:
    assert written(resolve(phrase, now=NOW, zone="UTC")) == "2026-06-11"


@pytest.mark.parametrize("phrases", [("साढ़े दस बजे सुबह", "साढे दस बजे सुबह"), ("पाँच जून", "पांच जून"), ("हफ़्ते बाद", "हफ्ते बाद")])
def test_spellings_of_one_word_are_one(phrases: tuple[str, str]) -> None:
    first, second = (resolve(phrase, now=NOW, zone="UTC") for phrase in phrases)
    assert isinstance(first, Resolved)
    assert first == second


def test_no_phrase_is_longer_than_what_is_looked_for() -> None:
    assert max(len(phrase.split()) for phrase in (*english.LEXICON, *hindi.LEXICON)) <= WORDS_MAX


def test_an_unknown_zone_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        resolve("tomorrow", now=NOW, zone="../etc")


@given(
    text=st.one_of(texts, st.text(max_size=220)),
    now=st.one_of(nows, last_days),
    zone=zones,
    lang=st.sampled_from([None, "en", "hi", "xx"]),
)
def test_no_text_raises_and_no_answer_is_past(text: str, now: dt.datetime, zone: str, lang: str | None) -> None:
    answer = resolve(text, now=now, zone=zone, lang=lang)
    here = today(now, zone)
    match answer:
        case Resolved():
            assert (answer.first is None) == (answer.last is None)
            assert answer.first is None or answer.last is None or here <= answer.first <= answer.last
            assert answer.last is None or answer.last.year <= YEAR_MAX
            assert answer.instant is None or answer.instant > now
            assert (answer.instant is not None) == (answer.date is not None and answer.time is not None)
            assert answer != Resolved()
        case Question():
            assert all(day >= here for day in answer.options)
            assert list(answer.options) == sorted(set(answer.options))
    assert resolve(text, now=now, zone=zone, lang=lang) == answer


@given(text=texts, now=nows, zone=zones)
def test_an_instant_is_the_day_and_time_of_the_answer(text: str, now: dt.datetime, zone: str) -> None:
    answer = resolve(text, now=now, zone=zone)
    if isinstance(answer, Resolved) and answer.instant is not None:
        local = answer.instant.astimezone(zoneinfo.ZoneInfo(zone))
        assert (local.date(), local.time()) == (answer.date, answer.time)


BEFORE = ["", "next ", "this ", "coming ", "on ", "tomorrow or ", "a week from "]
AFTER = [
    "",
    " next week",
    " morning",
    " at 9",
    " the 15th",
    " week",
    " after next",
    " of next month",
    " the week after next",
]


@given(
    now=nows,
    zone=zones,
    weekday=st.integers(0, 6),
    before=st.sampled_from(BEFORE),
    after=st.sampled_from(AFTER),
    lang=langs,
)
def test_the_weekday_that_was_named_is_that_of_the_answer(
    now: dt.datetime, zone: str, weekday: int, before: str, after: str, lang: str
) -> None:
    name = (english if lang == "en" else hindi).WEEKDAYS[weekday]
    answer = resolve(f"{before}{name}{after}", now=now, zone=zone)
    assert not isinstance(answer, NotUnderstood)
    if isinstance(answer, Resolved):
        assert answer.date is not None
        assert answer.date.weekday() == weekday
    elif answer.options and answer.kind is not QuestionKind.NO_SUCH_DAY:
        assert weekday in {day.weekday() for day in answer.options}


@given(now=nows, zone=zones, number=st.integers(1, 31), month=st.integers(1, 12), lang=langs)
def test_a_date_is_the_next_that_the_calendar_has(
    now: dt.datetime, zone: str, number: int, month: int, lang: str
) -> None:
    here = today(now, zone)
    name = (english if lang == "en" else hindi).MONTHS[month - 1]
    answer = resolve(f"{number} {name}", now=now, zone=zone)
    days = (here + dt.timedelta(days=ahead) for ahead in range(366))
    expected = next((day for day in days if (day.month, day.day) == (month, number)), None)
    if expected is None or (zone, expected) == ("Pacific/Apia", dt.date(2011, 12, 30)):
        assert isinstance(answer, Question)
        assert answer.kind is QuestionKind.NO_SUCH_DAY
    else:
        assert isinstance(answer, Resolved)
        assert answer.date == expected
