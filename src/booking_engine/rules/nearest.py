"""The nearest start is the whole minute at which a visit fits into a window-date, closest to the one wished for.

Windows, offsets from UTC and durations are whole minutes, so the edges of what fits are, too; what is rounded here is
now, and the times of a doctor's other appointments.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import WindowDate

MINUTE = timedelta(minutes=1)

Block: TypeAlias = tuple[datetime, datetime]
"""A stretch of time in which a visit may not start, both ends excluded."""


def minute_of(instant: datetime) -> datetime:
    """The whole minute that the instant is in."""
    return instant.replace(second=0, microsecond=0) if instant.second or instant.microsecond else instant


def minute_from(instant: datetime) -> datetime:
    """The first whole minute that is not before the instant."""
    minute = minute_of(instant)
    return minute if minute == instant else minute + MINUTE


def least_length(duration_minutes: int) -> timedelta:
    """How long a window must still be open; a visit that has no duration starts a minute before the end at last."""
    return timedelta(minutes=duration_minutes or 1)


def blocks_of_doctor(others: Iterable[Appointment], duration_minutes: int, buffer_minutes: int) -> Iterable[Block]:
    """What a doctor's other appointments block; exactly the buffer apart is free (SPEC §6.10)."""
    before, after = timedelta(minutes=duration_minutes + buffer_minutes), timedelta(minutes=buffer_minutes)
    return ((other.start - before, other.end + after) for other in others)


def blocks_of_window(window_date: WindowDate, length: timedelta) -> Iterable[Block]:
    """Every start that fits into a window-date: what it blocks for those that it is preferred to."""
    return ((span.start - MINUTE, span.end - length + MINUTE) for span in window_date.spans)


class Blocked(NamedTuple):
    """Blocks, sorted by their beginning; none of them is longer than ``longest``."""

    blocks: tuple[Block, ...]
    longest: timedelta

    def nearest_free(self, wished: datetime, first: datetime, last: datetime) -> datetime | None:
        """The free minute from ``first`` to ``last`` that is closest to ``wished``, one of them; the earlier of two."""
        near = self.blocks[bisect_left(self.blocks, (first - self.longest,)) : bisect_left(self.blocks, (last,))]
        earlier = later = wished
        while earlier >= first and (block := _around(earlier, near)):
            earlier = minute_of(block[0])
        while later <= last and (block := _around(later, near)):
            later = minute_from(block[1])
        free = [minute for minute in (earlier, later) if first <= minute <= last]
        return min(free, key=lambda minute: abs(minute - wished), default=None)


def blocked_by(blocks: Iterable[Block]) -> Blocked:
    """The blocks, made ready to be asked."""
    known = tuple(sorted(blocks))
    return Blocked(known, max((end - start for start, end in known), default=timedelta()))


NOTHING_BLOCKED = blocked_by(())


def _around(instant: datetime, blocks: Iterable[Block]) -> Block | None:
    return next((block for block in blocks if block[0] < instant < block[1]), None)


def nearest_start(
    window_date: WindowDate, wished: datetime, earliest: datetime, length: timedelta, blocked: Blocked
) -> datetime | None:
    """The whole minute closest to ``wished`` at which such a visit may start, the earlier of two; None without any.

    ``wished`` and ``earliest`` are whole minutes; nothing starts before ``earliest``. ``length`` is the least of the
    visit.
    """
    nearest = None
    for start, end in window_date.spans:
        first, last = max(earliest, start), end - length
        if first > last:
            continue
        found: datetime | None = first if wished < first else min(wished, last)
        if blocked.blocks and found is not None:
            found = blocked.nearest_free(found, first, last)
        if found is not None and (nearest is None or abs(found - wished) < abs(nearest - wished)):
            nearest = found
    return nearest
