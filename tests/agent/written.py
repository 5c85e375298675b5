"""An answer of the resolver as it is written in the table of phrases."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import NamedTuple

from booking_engine.adapters.agent.dates import NotUnderstood, Question, Resolved

TABLE = Path(__file__).with_name("phrases.csv")


class Phrase(NamedTuple):
    """A line of the table: what is said, when and where, and the answer to it."""

    now: dt.datetime
    zone: str
    phrase: str
    answer: str


def phrases() -> list[Phrase]:
    """The table."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return [
            Phrase(dt.datetime.fromisoformat(row["now"]), row["zone"], row["phrase"], row["answer"])
            for row in csv.DictReader(lines)
        ]


def written(answer: Resolved | Question | NotUnderstood) -> str:
    """Days, time, session, ``= instant`` and ``!assumptions``; ``?KIND`` with its options; ``-``."""
    match answer:
        case Resolved(first=None):
            days = []
        case Resolved(first=first, last=last):
            days = [str(first) if first == last else f"{first}..{last}"]
        case Question(kind=kind, options=options, times=times, session=session):
            return " ".join([f"?{kind}", *map(str, options), *map(_clock, times), *([session] if session else [])])
        case NotUnderstood():
            return "-"
    time = [] if answer.time is None else [_clock(answer.time)]
    instant = [] if answer.instant is None else [f"= {answer.instant:%Y-%m-%dT%H:%MZ}"]
    part = [] if answer.session is None else [str(answer.session)]
    return " ".join([*days, *time, *part, *instant, *(f"!{each}" for each in answer.assumed)])


def _clock(time: dt.time) -> str:
    return f"{time:%H:%M}"
