"""Wall-clock text is how an instant reads in a clinic: its own zone, its own weekday."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from booking_engine.domain.localtime import zone


def moment(instant: datetime, zone_name: str) -> str:
    """``Mon 15 Jun 09:30``."""
    local = instant.astimezone(zone(zone_name))
    return f"{day(local.date())} {local:%H:%M}"


def day(local_date: date) -> str:
    """``Mon 15 Jun``."""
    return f"{local_date:%a} {local_date.day} {local_date:%b}"


def time_of_day(since_midnight: timedelta) -> str:
    """``09:30``; ``24:00`` for the end of a day."""
    hour, minute = divmod(since_midnight // timedelta(minutes=1), 60)
    return f"{hour:02}:{minute:02}"
