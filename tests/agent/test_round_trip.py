"""What is said of a day and a time is understood as that day and time, in every language of the catalogue."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clocks import NOW, langs, nows, today, zones
from booking_engine.adapters.agent.dates import Assumption, Question, QuestionKind, Resolved, resolve
from booking_engine.adapters.agent.speech import Speech


@given(now=nows, zone=zones, ahead=st.integers(0, 700), lang=langs)
def test_a_day_that_is_said_is_that_day_again(now: dt.datetime, zone: str, ahead: int, lang: str) -> None:
    here = today(now, zone)
    day = here + dt.timedelta(days=ahead)
    said = Speech(lang).voice.day(day, here)
    answer = resolve(said, now=now, zone=zone, lang=lang)
    if (zone, day) == ("Pacific/Apia", dt.date(2011, 12, 30)):
        return  # It never was.
    assert isinstance(answer, Resolved), said
    assert answer.date == day
    assert said == Speech(lang).voice.day(answer.date, here)


@given(now=nows, zone=zones, ahead=st.integers(1, 60), time=st.times(), lang=langs)
def test_what_is_said_of_an_answer_is_understood_as_that_answer(
    now: dt.datetime, zone: str, ahead: int, time: dt.time, lang: str
) -> None:
    day = today(now, zone) + dt.timedelta(days=ahead)
    first = resolve(f"{day} {time:%H:%M}z" if zone == "UTC" else f"{day} {time:%H:%M}", now=now, zone=zone)
    if isinstance(first, Resolved):
        assert first.instant is not None
        said = Speech(lang).when(first.instant, now=now, zone=zone)
        again = resolve(said, now=now, zone=zone, lang=lang)
        assert isinstance(again, Resolved), said
        assert (again.date, again.time) == (first.date, first.time)
        assert Assumption.LATER_HOUR in first.assumed or again.instant == first.instant
    else:
        assert isinstance(first, Question)
        assert first.kind in {QuestionKind.NO_SUCH_TIME, QuestionKind.NO_SUCH_DAY}


@pytest.mark.parametrize("lang", ["en", "hi"])
def test_every_time_of_day_is_understood_as_it_is_said(lang: str) -> None:
    voice, day = Speech(lang).voice, dt.date(2026, 6, 15)
    for minute in range(24 * 60):
        time = dt.time(*divmod(minute, 60))
        said = voice.when(voice.day(day, NOW.date()), voice.time(time))
        answer = resolve(said, now=NOW, zone="UTC")
        assert isinstance(answer, Resolved), said
        assert (answer.date, answer.time) == (day, time)
