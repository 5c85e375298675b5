"""The workload is the clinic and its requests as plain values, so that every engine is asked the same.

Everything follows from a number: request ``n`` is the same in every run but for the calendar, which begins tomorrow,
because not every engine takes a clock. The requests walk through the places of the clinic (date × window × time ×
doctor) in a fixed, scattered order and never meet twice: the first ``size`` of them are the appointments that exist,
those after them are the ones that are timed.

The standard library alone: this module also runs where the other engines are installed and ours is not.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Asia/Kolkata"
NOW = datetime.now(UTC)
"""The instant at which everything is decided, wherever an engine takes one."""
FIRST_DATE = NOW.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
DATES = 200
PAGE_DATES = 30
"""The local dates of one page of availability, from the first to the last."""
PAGE_LAST_DATE = FIRST_DATE + timedelta(days=PAGE_DATES - 1)

HOURS = (8, 10, 12, 14, 16)
"""The local hours at which the windows of a day begin."""
WINDOW_HOURS = 2
MAX_SLOTS, AI_SLOTS = 100, 80
SERVICES = ("General Checkup", "Dental Cleaning", "Eye Examination", "Vaccination")
DURATION_MINUTES, BUFFER_MINUTES = 15, 5
STEP_MINUTES = DURATION_MINUTES + BUFFER_MINUTES
TIMES = WINDOW_HOURS * 60 // STEP_MINUTES
"""Visits of one doctor in one window."""
DOCTORS = 40
MIN_NOTICE_HOURS = 2
HORIZON_DAYS = DATES + 1

PLACES = DATES * len(HOURS) * TIMES * DOCTORS
_STRIDE = 148_327  # has no divisor in common with PLACES, so that each place comes once


class Request(NamedTuple):
    """What somebody asks for. ``start`` is aware UTC, ``date`` and ``hour`` are local and name the window."""

    service: str
    start: datetime
    date: date
    hour: int
    minute: int
    patient: str
    phone: str
    doctor: int
    reference: str


def request(number: int) -> Request:
    """The request with this number, below ``PLACES``."""
    place, doctor = divmod(number * _STRIDE % PLACES, DOCTORS)
    place, time = divmod(place, TIMES)
    day, window = divmod(place, len(HOURS))
    hour, minute = divmod(HOURS[window] * 60 + time * STEP_MINUTES, 60)
    local_date = FIRST_DATE + timedelta(days=day)
    start = datetime(local_date.year, local_date.month, local_date.day, hour, minute, tzinfo=ZoneInfo(ZONE))
    return Request(
        service=SERVICES[number % len(SERVICES)],
        start=start.astimezone(UTC),
        date=local_date,
        hour=HOURS[window],
        minute=hour * 60 + minute,
        patient=f"Patient {number}",
        phone=f"+9198{number:08d}",
        doctor=doctor,
        reference=f"call-{number}",
    )
