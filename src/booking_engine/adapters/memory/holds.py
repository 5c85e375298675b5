"""The holds of the memory store, ended ones included, found by holder, by id, and by the window-date they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime

from booking_engine.domain.hold import Hold
from booking_engine.ledger.claims import Commit, HoldGuard
from booking_engine.ledger.view import LedgerQuery


class StoredHolds:
    """At most one hold a holder. False when there is none, so that nothing is asked on behalf of no hold."""

    def __init__(self, holds: Iterable[Hold] = ()) -> None:
        self._by_holder: dict[str, Hold] = {}
        self._holders: dict[str, str] = {}
        self._by_window: defaultdict[date, defaultdict[str, dict[str, Hold]]] = defaultdict(lambda: defaultdict(dict))
        for hold in holds:
            self.put(hold)

    def __bool__(self) -> bool:
        return bool(self._by_holder)

    def all(self) -> tuple[Hold, ...]:
        """Every hold that is stored."""
        return tuple(self._by_holder.values())

    def put(self, hold: Hold) -> None:
        """Put a hold in the place of what its holder has."""
        self.remove(hold.holder)
        self._by_holder[hold.holder] = hold
        self._holders[hold.hold_id] = hold.holder
        self._by_window[hold.date][hold.calendar_id][hold.holder] = hold

    def remove(self, holder: str) -> None:
        """Take away what the holder has, if anything."""
        hold = self._by_holder.pop(holder, None)
        if hold is not None:
            del self._holders[hold.hold_id]
            windows = self._by_window[hold.date]
            del windows[hold.calendar_id][holder]
            if not windows[hold.calendar_id]:
                del windows[hold.calendar_id]
            if not windows:
                del self._by_window[hold.date]

    def asked_for(self, query: LedgerQuery) -> Hold | None:
        """The running hold that a view asks for."""
        holder = query.holder if query.hold_id is None else self._holders.get(query.hold_id)
        hold = None if holder is None else self._by_holder.get(holder)
        return hold if hold is not None and hold.is_running(query.now) else None

    def is_met(self, guard: HoldGuard) -> bool:
        """Whether the holder has what the guard says, once those that ended are removed."""
        hold = self._by_holder.get(guard.holder)
        return guard[1:] == ((None, 0) if hold is None else (hold.hold_id, hold.version))

    def ended_on(self, day: date, now: datetime) -> list[Hold]:
        """The holds of a local date that ended by then."""
        if day not in self._by_window:
            return []
        return [hold for holds in self._by_window[day].values() for hold in holds.values() if not hold.is_running(now)]

    def ended_for(self, commit: Commit) -> list[Hold]:
        """The holds that must be gone before the commit asks anything: of its window-dates and of its holders.

        A rekeying has all of them gone.
        """
        if commit.rekeying is not None:
            return [hold for hold in self.all() if not hold.is_running(commit.at)]
        holders = {hold.holder for hold in commit.holds}.union(commit.unheld)
        holders.update(guard.holder for guard in commit.guards if isinstance(guard, HoldGuard))
        found = {holder: self._by_holder[holder] for holder in holders if holder in self._by_holder}
        keys = [claim.key for claim in commit.claims] + [release.key for release in commit.releases]
        for calendar_id, day, _ in keys:
            if day in self._by_window:
                found.update(self._by_window[day].get(calendar_id, {}))
        return [hold for hold in found.values() if not hold.is_running(commit.at)]

    def changed(self, change: Callable[[Hold], Hold]) -> StoredHolds:
        """The same holds, each changed."""
        return StoredHolds(map(change, self._by_holder.values()))
