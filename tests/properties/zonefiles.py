"""The transitions of a time zone, found in two ways: read from its file, and seen by watching its clock."""

from __future__ import annotations

import functools
import importlib.resources
import struct
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

SINCE, UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def offset_at(instant: datetime, tz: zoneinfo.ZoneInfo) -> timedelta:
    """The offset from UTC that the zone's clock has at an instant."""
    offset = instant.astimezone(tz).utcoffset()
    assert offset is not None
    return offset


@functools.cache
def seen_transitions(name: str) -> tuple[datetime, ...]:
    """Every change of the offset that a look at the clock once a day shows, to the second."""
    return tuple(_watch(name, SINCE, UNTIL))


def _watch(name: str, since: datetime, until: datetime) -> list[datetime]:
    tz = zoneinfo.ZoneInfo(name)
    found = []
    here, offset = since, offset_at(since, tz)
    while here < until:
        there = here + DAY
        changed = offset_at(there, tz)
        if changed != offset:
            found.append(_first_change(here, there, tz))
        here, offset = there, changed
    return found


def _first_change(here: datetime, there: datetime, tz: zoneinfo.ZoneInfo) -> datetime:
    offset = offset_at(here, tz)
    while there - here > SECOND:
        middle = here + (there - here) // SECOND // 2 * SECOND
        here, there = (middle, there) if offset_at(middle, tz) == offset else (here, middle)
    return there


class ZoneFile(NamedTuple):
    """What a TZif file says: the listed changes of the offset as (instant, seconds), and the rule for later ones."""

    changes: tuple[tuple[datetime, int], ...]
    rule: str


def zone_bytes(name: str) -> bytes:
    """The file that ``zoneinfo`` reads for a zone."""
    for folder in zoneinfo.TZPATH:
        file = Path(folder) / name
        if file.is_file():
            return file.read_bytes()
    return importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def read_zone(data: bytes) -> ZoneFile:
    """The second, 64-bit part of a TZif file (RFC 9636)."""
    _, start = _counts(data, 0, 4)
    counts, end = _counts(data, start, 8)
    _, _, _, times, types, _ = counts
    body = start + 44
    instants = struct.unpack_from(f">{times}q", data, body)
    indices = struct.unpack_from(f">{times}B", data, body + 8 * times)
    offsets = [struct.unpack_from(">i", data, body + 9 * times + 6 * index)[0] for index in range(types)]
    rule = data[end + 1 : data.index(b"\n", end + 1)].decode("ascii")
    changes = []
    offset = offsets[0]
    for instant, index in zip(instants, indices, strict=True):
        # Files may open with the beginning of time, which no datetime can say.
        if offsets[index] != offset and instant > -2_000_000_000:
            changes.append((EPOCH + timedelta(seconds=instant), offsets[index]))
        offset = offsets[index]
    return ZoneFile(tuple(changes), rule)


def _counts(data: bytes, start: int, time_size: int) -> tuple[tuple[int, ...], int]:
    assert data[start : start + 4] == b"TZif"
    counts = struct.unpack_from(">6I", data, start + 20)
    utc, standard, leaps, times, types, characters = counts
    size = times * (time_size + 1) + types * 6 + characters + leaps * (time_size + 4) + standard + utc
    return counts, start + 44 + size


def all_transitions(name: str, data: bytes) -> list[datetime]:
    """Every change of the offset from 2000 to 2045: those listed, then those that the rule makes."""
    file = read_zone(data)
    listed = [instant for instant, _ in file.changes if instant >= SINCE]
    last = max(listed, default=SINCE)
    return listed + (_watch(name, last, UNTIL) if "," in file.rule else [])
