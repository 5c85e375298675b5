"""Clocks and zones that phrases are said in."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from hypothesis import strategies as st

NOW = dt.datetime(2026, 6, 10, 8, tzinfo=dt.UTC)
"""A Wednesday."""
ZONES = [
    "UTC",
    "Asia/Kolkata",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Nuuk",
]

nows = st.datetimes(
    dt.datetime(2001, 1, 1),  # noqa: DTZ001 (the strategy adds the zone)
    dt.datetime(2190, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
last_days = st.datetimes(
    dt.datetime(2199, 11, 28),  # noqa: DTZ001
    dt.datetime(2199, 12, 31, 11),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
"""The last days that the library knows, in every zone."""
zones = st.sampled_from(ZONES)
langs = st.sampled_from(["en", "hi"])


def today(now: dt.datetime, zone: str) -> dt.date:
    """The local date."""
    return now.astimezone(zoneinfo.ZoneInfo(zone)).date()
