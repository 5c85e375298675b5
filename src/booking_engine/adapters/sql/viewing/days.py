"""The counts of days: one text for each day of a page, one text of all of them where a view has more than days.

Holds that ended are counted until somebody takes their place away; what is shown is without them (SPEC H1).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from booking_engine.adapters.sql.tables import COUNTERS, HOLDS, ORGANISATIONS
from booking_engine.adapters.sql.viewing.columns import ORG, Column, Select, grouped_rows, rows_of
from booking_engine.domain.channel import Channel
from booking_engine.domain.tracking import ALL_SERVICES, Counts
from booking_engine.ledger.view import DayCounts, LedgerQuery, LedgerView

_o, _c, _h = ORGANISATIONS.c, COUNTERS.c, HOLDS.c
_NO_DAY: DayCounts = {}
_DAYS_SEEN_MAX = 1_024


class SeenDays:
    """The counts of the days that were read, by the text that they were read from: the same text, the same counts.

    A page of thirty days has hundreds of them, and between two looks few days change.
    """

    def __init__(self) -> None:
        self._days: dict[date, tuple[str, DayCounts]] = {}

    def counts(self, day: date, text: str) -> DayCounts:
        """What the text of a day says."""
        seen = self._days.get(day)
        if seen is not None and seen[0] == text:
            return seen[1]
        counts: dict[str, dict[str, Counts]] = {}
        for calendar_id, service_id, filled, ai_filled in json.loads(text):
            counts.setdefault(calendar_id, {})[service_id] = Counts(filled, ai_filled)
        if len(self._days) >= _DAYS_SEEN_MAX:
            self._days.clear()
        self._days[day] = text, counts
        return counts


def page(connection: sa.Connection, org_id: str, query: LedgerQuery, seen: SeenDays) -> LedgerView:
    """The revision and the days, for a query that asks for nothing else."""
    of = {"org_id": org_id, "first_day": min(query.days), "last_day": max(query.days), "now": query.now}
    rows = connection.execute(_page_statement(connection.dialect.name), of).all()
    revision, ended = (rows[0][0], read_ended(rows[0][1])) if rows else (0, [])
    by_day = {day: seen.counts(day, text) for _, _, day, text in rows if day is not None}
    days = {day: by_day.get(day, _NO_DAY) for day in query.days}
    return LedgerView(revision=revision, days=without_ended(days, ended) if ended else days)


@cache
def _page_statement(dialect: str) -> Select:
    """The revision, and with it each day's counters as one JSON text; one row without any where there are none."""
    # A range and not a list of days: one statement for every number of them.
    asked = _c.org_id == _o.org_id, _c.date >= sa.bindparam("first_day"), _c.date <= sa.bindparam("last_day")
    key = _c.calendar_id, _c.service_id
    counters = grouped_rows(dialect, (*key, _c.filled, _c.ai_filled), key)
    return (
        sa.select(_o.revision, ended_holds(dialect), _c.date, counters)
        .select_from(ORGANISATIONS.outerjoin(COUNTERS, sa.and_(*asked)))
        .where(_o.org_id == ORG)
        .group_by(_o.revision, _c.date)
    )


def days_asked(query: LedgerQuery) -> dict[str, Any]:
    """The parameters of ``day_counts`` and of ``ended_holds``."""
    asked: dict[str, Any] = {"first_day": min(query.days), "last_day": max(query.days), "now": query.now}
    if query.calendar_ids is not None:
        asked["calendar_ids"] = list(query.calendar_ids)
    return asked


def day_counts(dialect: str, *conditions: Column) -> Column:
    """The counters of a range of days, as one JSON text."""
    values = (_c.date, _c.calendar_id, _c.service_id, _c.filled, _c.ai_filled)
    within = _c.date >= sa.bindparam("first_day"), _c.date <= sa.bindparam("last_day")
    return rows_of(dialect, values, _c.org_id == ORG, *within, *conditions)


def read_days(text: str | None, query: LedgerQuery) -> dict[date, DayCounts]:
    """What ``day_counts`` says of the days that were asked for."""
    days: dict[str, dict[str, dict[str, Counts]]] = {}
    for day, calendar_id, service_id, filled, ai_filled in json.loads(text or "[]"):
        days.setdefault(day, {}).setdefault(calendar_id, {})[service_id] = Counts(filled, ai_filled)
    return {day: days.get(day.isoformat(), _NO_DAY) for day in query.days}


# --- Holds that ended -------------------------------------------------------------------------------------------------


class Ended(NamedTuple):
    """How many places, and AI places, of one service in a window-date are of holds that ended."""

    day: str
    calendar_id: str
    service_id: str
    places: int
    ai_places: int


def ended_holds(dialect: str) -> Column:
    """Those of a range of days that are counted and ended by ``now`` (SPEC H1), added up."""
    within = _h.date >= sa.bindparam("first_day"), _h.date <= sa.bindparam("last_day")
    ended = _h.ends_at <= sa.bindparam("now", type_=_h.ends_at.type)
    key = _h.date, _h.calendar_id, _h.service_id
    places = sa.func.count().label("places")
    by_ai = _h.channel == sa.literal_column(f"'{Channel.AI_AGENT}'")
    ai_places = sa.func.sum(sa.case((by_ai, 1), else_=0)).label("ai_places")
    summed = sa.select(*key, places, ai_places).where(_h.org_id == ORG, *within, ended).group_by(*key).subquery()
    return rows_of(dialect, tuple(summed.c))


def read_ended(text: str | None) -> list[Ended]:
    """What ``ended_holds`` says."""
    return [Ended(*row) for row in json.loads(text or "[]")]


def without_ended(days: Mapping[date, DayCounts], ended: Iterable[Ended]) -> dict[date, DayCounts]:
    """The counts without the places of holds that ended."""
    shown = dict(days)
    for day, calendar_id, service_id, places, ai_places in ended:
        of_day = shown.get(date.fromisoformat(day))
        if of_day is None or calendar_id not in of_day:
            continue
        services = dict(of_day[calendar_id])
        for key in (service_id, ALL_SERVICES):  # the total only where totals are counted
            if key in services:
                filled, ai_filled = services[key]
                services[key] = Counts(filled - places, ai_filled - ai_places)
        shown[date.fromisoformat(day)] = {**of_day, calendar_id: services}
    return shown
