"""Holding over a connection: the holds that a commit meets are locked, what has ended goes, what is asked comes.

A hold that ended is counted until its row goes. Whoever may need its place, or names its holder, removes it first; a
booking that finds room beside it need not. All rows are locked in one statement, by holder: so those who meet wait for
each other and never in a circle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa

from booking_engine.adapters.sql import records
from booking_engine.adapters.sql.tables import HOLDS
from booking_engine.adapters.sql.writing import upserts
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.tracking import ALL_SERVICES, TrackingKey
from booking_engine.ledger.claims import Commit, HoldGuard

_h = HOLDS.c
_ORG: sa.BindParameter[str] = sa.bindparam("org_id")
_ROW = sa.select(*(_h[name] for name in records.HOLD_FIELDS)).where(_h.org_id == _ORG)
_ENDED = sa.and_(
    _h.date.in_(sa.bindparam("dates", expanding=True)),
    _h.calendar_id.in_(sa.bindparam("calendar_ids", expanding=True)),
    _h.ends_at <= sa.bindparam("at"),
)
_HOLDERS = _h.holder.in_(sa.bindparam("holders", expanding=True))
_LOCKED_ENDED = _ROW.where(_ENDED).order_by(_h.holder).with_for_update()
_LOCKED = _ROW.where(sa.or_(_HOLDERS, _ENDED)).order_by(_h.holder).with_for_update()
_REMOVE_ENDED = sa.delete(HOLDS).where(_h.org_id == _ORG, _h.ends_at <= sa.bindparam("at"))
_REMOVE = sa.delete(HOLDS).where(_h.org_id == _ORG, _HOLDERS)
_CHANGE = (
    sa.update(HOLDS)
    .where(_h.org_id == sa.bindparam("at_org_id"), _h.holder == sa.bindparam("at_holder"))
    .values({name: sa.bindparam(name) for name in records.HOLD_FIELDS if name != "holder"})
)


@attrs.frozen
class GivenBack:
    """The places of holds that ended, under one key: so many, and so many AI places among them.

    Of a total (SPEC C2 ``shared``) there are any only where totals are counted.
    """

    key: TrackingKey
    places: int
    ai_places: int

    @property
    def may_be_missing(self) -> bool:
        """Whether there may be no counter under the key."""
        return self.key.service_id == ALL_SERVICES


class Met:
    """The holds that a commit meets, locked: those of its holders that run, and what the ended ones give back."""

    def __init__(self, connection: sa.Connection, org_id: str, asked: Commit) -> None:
        self._connection, self._org_id, self._asked = connection, org_id, asked
        self._running: dict[str, Hold] = {}
        ended = []
        for hold in self._locked():
            if hold.is_running(asked.at):
                self._running[hold.holder] = hold
            else:
                ended.append(hold)
        self._remove([hold.holder for hold in ended])
        self.given_back = _given_back(ended)

    def _locked(self) -> list[Hold]:
        asked = self._asked
        holders = {hold.holder for hold in asked.holds}.union(asked.unheld)
        holders.update(guard.holder for guard in asked.guards if isinstance(guard, HoldGuard))
        keys = [claim.key for claim in asked.claims] + [release.key for release in asked.releases]
        if not holders and not keys:
            return []
        of: dict[str, Any] = {
            "org_id": self._org_id,
            "at": asked.at,
            "dates": sorted({key.date for key in keys}),
            "calendar_ids": sorted({key.calendar_id for key in keys}),
        }
        if holders:
            rows = self._connection.execute(_LOCKED, {**of, "holders": sorted(holders)}).all()
        else:
            rows = self._connection.execute(_LOCKED_ENDED, of).all()
        return list(map(records.hold_of, rows))

    def _remove(self, holders: Sequence[str]) -> None:
        if holders:
            self._connection.execute(_REMOVE, {"org_id": self._org_id, "holders": holders})

    def moved(self) -> Iterator[HoldGuard]:
        """The guards of holders that have something else."""
        for guard in self._asked.guards:
            if isinstance(guard, HoldGuard):
                hold = self._running.get(guard.holder)
                if guard[1:] != ((None, 0) if hold is None else (hold.hold_id, hold.version)):
                    yield guard

    def put(self) -> Iterator[HoldGuard]:
        """Put and take away what is asked; the guards of holders who got another hold at this very moment."""
        self._remove(self._asked.unheld)
        for hold in sorted(self._asked.holds, key=lambda hold: hold.holder):
            if hold.holder in self._running:
                _change(self._connection, self._org_id, hold)
            elif not self._add(hold):
                yield HoldGuard(hold.holder, None)

    def _add(self, hold: Hold) -> bool:
        row = records.hold_row(self._org_id, hold)
        return self._connection.execute(upserts(self._connection.dialect.name).hold, row).first() is not None


def all_holds(connection: sa.Connection, org_id: str) -> tuple[Hold, ...]:
    """Every row, of holds that ended too."""
    return tuple(map(records.hold_of, connection.execute(_ROW, {"org_id": org_id}).all()))


def refiled(connection: sa.Connection, org_id: str, refile: Callable[[Hold], Hold], at: datetime) -> tuple[Hold, ...]:
    """The holds that run, each changed and put in its place; what has ended goes without being counted."""
    connection.execute(_REMOVE_ENDED, {"org_id": org_id, "at": at})
    holds = tuple(map(refile, all_holds(connection, org_id)))
    for hold in holds:
        _change(connection, org_id, hold)
    return holds


def _change(connection: sa.Connection, org_id: str, hold: Hold) -> None:
    row = records.hold_row(org_id, hold)
    at = {"at_org_id": row.pop("org_id"), "at_holder": row.pop("holder")}
    connection.execute(_CHANGE, {**row, **at})


def _given_back(ended: Iterable[Hold]) -> list[GivenBack]:
    """The places of ended holds, key by key: however many have ended, each counter is written once."""
    places, ai_places = Counter[TrackingKey](), Counter[TrackingKey]()
    for hold in ended:
        key = hold.tracking_key
        for each in (TrackingKey(key.calendar_id, key.date, ALL_SERVICES), key):
            places[each] += 1
            ai_places[each] += hold.channel is Channel.AI_AGENT
    return [GivenBack(key, number, ai_places[key]) for key, number in places.items()]
