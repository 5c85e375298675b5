"""Arrivals are the bookings that callers ask for, no two alike: another phone and another reference each time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import clinic
import workload

from booking_engine import BookAppointment, Channel

_FIRST_NUMBER = 10_000_000
"""Above the numbers of all requests of the workload, which are in the database already."""
_LAST_MINUTE = workload.WINDOW_HOURS * 60 - workload.DURATION_MINUTES


class Scattered(NamedTuple):
    """Bookings by the AI agent of one service, with a reference, in windows that begin at ``starts``, chosen at random.

    As in the baselines: there, too, all bookings are of one service.
    """

    starts: tuple[datetime, ...]

    def stream(self, caller: int, callers: int) -> Iterator[BookAppointment]:
        """What one of the callers asks for, one after the other; the same in every run."""
        chosen = random.Random(caller)
        number = _FIRST_NUMBER + caller
        while True:
            yield BookAppointment(
                appointment_type=workload.SERVICES[0],
                appointment_date=chosen.choice(self.starts) + timedelta(minutes=chosen.randint(0, _LAST_MINUTE)),
                patient_name=f"Patient {number}",
                parent_phone=f"+9198{number}",
                branch_id=clinic.MAIN_BRANCH,
                external_reference_id=f"call-{number}",
                channel=Channel.AI_AGENT,
            )
            number += callers


class WithDoctors(NamedTuple):
    """The requests of the workload from ``first`` on: with a reference and a doctor, whose gaps are kept."""

    first: int

    def stream(self, caller: int, callers: int) -> Iterator[BookAppointment]:
        """See ``Scattered``."""
        for number in range(self.first + caller, workload.PLACES, callers):
            yield clinic.with_doctor(workload.request(number))


Arrivals: TypeAlias = Scattered | WithDoctors


def starts(weekdays: Sequence[int] = range(7)) -> tuple[datetime, ...]:
    """When the windows on these days of the week begin, of the 200 days of the workload: 1,000 when on all."""
    days = [workload.FIRST_DATE + timedelta(days=number) for number in range(workload.DATES)]
    zone = ZoneInfo(workload.ZONE)
    return tuple(
        datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
        for day in days
        if day.weekday() in weekdays
        for hour in workload.HOURS
    )
