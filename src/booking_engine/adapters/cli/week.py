"""The week is drawn window by window: what the AI agent booked, what others booked, and what is still free for whom."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from booking_engine import BookingEngine, Catalog, TrackingQuery, TrackingRecord, WindowStatus
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.cli.wallclock import day, time_of_day

_DAYS = timedelta(days=6)
_AI, _STAFF = "cyan", "yellow"
_BAR_WIDTH, _BAR_WIDTH_NARROW, _COUNT_WIDTH = 30, 18, 7
_GAP = 2
_NARROW = 72


def week(engine: BookingEngine, monday: date, terminal: Terminal) -> Iterator[str]:
    """The lines that show the seven days from ``monday``, of an organisation that counts each service (SPEC C2)."""
    catalog = engine.catalog()
    records = engine.tracking(TrackingQuery(from_date=monday, to_date=monday + _DAYS))
    yield from _legend(terminal)
    for (local_date, branch_id), there in itertools.groupby(records, key=_day_and_branch):
        yield ""
        yield f"  {terminal.ink(day(local_date), bold=True)}  {catalog.branches[branch_id].name}"
        in_order = sorted(there, key=lambda record: (_hours(record, catalog), record.key.calendar_id))
        for _, of_window in itertools.groupby(in_order, key=lambda record: record.key.calendar_id):
            yield _row(list(of_window), catalog, terminal)


def _day_and_branch(record: TrackingRecord) -> tuple[date, str]:
    return record.key.date, record.window.branch_id


def _hours(record: TrackingRecord, catalog: Catalog) -> tuple[timedelta, timedelta]:
    return record.window.hours(catalog.configuration.session_hours)


def _legend(terminal: Terminal) -> Iterator[str]:
    marks = terminal.marks
    yield (
        f"  {terminal.ink(marks.ai * 2, fg=_AI)} booked by the AI agent"
        f"   {terminal.ink(marks.staff * 2, fg=_STAFF)} by staff and API"
    )
    yield (
        f"  {terminal.ink(marks.free * 2, fg=_AI, dim=True)} free for everybody"
        f"       {terminal.ink(marks.staff_only * 2, dim=True)} free for staff and API"
    )


class _Places(NamedTuple):
    """The places of a window-date over all its services: taken by whom, and free for whom."""

    ai: int
    staff: int
    free: int
    staff_only: int

    @classmethod
    def of(cls, record: TrackingRecord) -> _Places:
        """The places of one service. Only the first ``ai_slots`` of them are the AI agent's (SPEC C4, ``nested``)."""
        (max_slots, ai_slots), (filled, ai_filled) = record.limits, record.counts
        free = max(0, ai_slots - filled)
        return cls(ai_filled, filled - ai_filled, free, max(0, max_slots - filled - free))


def _row(records: Sequence[TrackingRecord], catalog: Catalog, terminal: Terminal) -> str:
    window = records[0].window
    hours = terminal.marks.to.join(time_of_day(edge) for edge in _hours(records[0], catalog))
    places = _Places(*map(sum, zip(*map(_Places.of, records), strict=True)))
    filled, limit = places.ai + places.staff, sum(record.limits.max_slots for record in records)
    closed = records[0].status is WindowStatus.CLOSED
    remark = "closed" if closed else "full" if filled >= limit else ""
    lead = f"    {hours} {window.batch or '':<3} "
    count = f"{filled}/{limit}".rjust(_COUNT_WIDTH)
    width_left = (
        terminal.width - len(lead) - _bar_width(terminal) - len(count) - len(remark) - _GAP * (2 if remark else 1)
    )
    service = catalog.services[window.service_id].name[:width_left] if window.service_id else ""
    told = [count, terminal.ink(remark, bold=True, fg="red" if closed else None), terminal.ink(service, dim=True)]
    return lead + _bar(places, terminal, closed=closed) + (" " * _GAP).join(part for part in told if part)


def _bar_width(terminal: Terminal) -> int:
    return _BAR_WIDTH if terminal.width >= _NARROW else _BAR_WIDTH_NARROW


def _bar(places: _Places, terminal: Terminal, *, closed: bool) -> str:
    """One character for each place where there is room for all of them; padded to the same width everywhere."""
    width_max = _bar_width(terminal)
    ends = list(itertools.accumulate(places))
    scale = min(1.0, width_max / max(ends[-1], 1))
    ai, filled, free, whole = (round(end * scale) for end in ends)
    marks = terminal.marks._replace(free=" ", staff_only=" ") if closed else terminal.marks
    return (
        terminal.ink(marks.ai * ai, fg=_AI)
        + terminal.ink(marks.staff * (filled - ai), fg=_STAFF)
        + terminal.ink(marks.free * (free - filled), fg=_AI, dim=True)
        + terminal.ink(marks.staff_only * (whole - free), dim=True)
        + " " * (width_max - whole)
    )
