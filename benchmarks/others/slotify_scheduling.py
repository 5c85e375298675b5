"""Measures slotify-scheduling: an availability engine over its own store in memory.

A window of the clinic is one slot of two hours with the capacity of all its services together, so that a page has the
same 150 rows as ours. See the README for what is not the same work.
"""

from __future__ import annotations

import itertools
import statistics
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import workload
from slotify import (  # type: ignore[import-not-found]  # installed where this runs
    AvailabilityEngine,
    Booking,
    BookingPolicy,
    InMemoryBookingStore,
    Slot,
    SlotGenerator,
)
from workload import Request

from others.driver import Asked, asked, report, timed

BOOKINGS_A_ROUND = 200
CAPACITY = workload.MAX_SLOTS * len(workload.SERVICES)
LOCAL_NOW = workload.NOW.astimezone(ZoneInfo(workload.ZONE))


def engine() -> AvailabilityEngine:
    """The clinic, without appointments."""
    generator = SlotGenerator(
        windows=[(f"{hour:02d}:00", f"{hour + workload.WINDOW_HOURS:02d}:00") for hour in workload.HOURS],
        duration=timedelta(hours=workload.WINDOW_HOURS),
        timezone=workload.ZONE,
    )
    policy = BookingPolicy(
        minimum_notice=timedelta(hours=workload.MIN_NOTICE_HOURS),
        maximum_horizon=timedelta(days=workload.HORIZON_DAYS),
    )
    store = InMemoryBookingStore(capacity=CAPACITY)
    return AvailabilityEngine(generator, store=store, capacity=CAPACITY, policy=policy)


def slot(wanted: Request) -> Slot:
    """The window of a request, as a slot."""
    start = datetime(wanted.date.year, wanted.date.month, wanted.date.day, wanted.hour, tzinfo=ZoneInfo(workload.ZONE))
    return Slot(start, start + timedelta(hours=workload.WINDOW_HOURS))


def load(clinic: AvailabilityEngine, size: int) -> None:
    """Put bookings straight into the store: ``reserve`` scans all that are there, which makes loading quadratic."""
    for number in range(size):
        wanted = workload.request(number)
        booking = Booking(slot=slot(wanted), idempotency_key=wanted.reference, metadata={"phone": wanted.phone})
        clinic.store._bookings[booking.booking_id] = booking


def measure_booking(to: Asked, clinic: AvailabilityEngine) -> None:
    """J1: ``reserve`` with an idempotency key."""
    numbers = itertools.count(to.size)

    def book() -> None:
        wanted = workload.request(next(numbers))
        clinic.reserve(
            slot(wanted),
            metadata={"patient": wanted.patient, "phone": wanted.phone, "service": wanted.service},
            idempotency_key=wanted.reference,
            now=LOCAL_NOW,
        )

    rounds = [timed(book, BOOKINGS_A_ROUND, to.seconds) for _ in range(to.rounds)]
    report(to, "J1", [statistics.median(each) for each in rounds], len(rounds[-1]))


def measure_page(to: Asked, clinic: AvailabilityEngine) -> None:
    """J2: ``available_slots`` of thirty dates; where that takes too long, of one date, times thirty.

    The call walks through its dates one after the other and keeps nothing between them.
    """
    first, last = workload.FIRST_DATE, workload.PAGE_LAST_DATE

    def show(until: date) -> None:
        found = clinic.available_slots(first, until, now=LOCAL_NOW)
        assert len(found) == ((until - first).days + 1) * len(workload.HOURS)

    (one_day,) = timed(lambda: show(first), 1, to.seconds)
    if one_day * workload.PAGE_DATES <= to.seconds * 1e6:
        rounds = [timed(lambda: show(last), 5, to.seconds) for _ in range(to.rounds)]
        report(to, "J2", [statistics.median(each) for each in rounds], len(rounds[-1]))
    else:
        days = [timed(lambda: show(first), 1, to.seconds)[0] for _ in range(to.rounds)]
        report(to, "J2", [day * workload.PAGE_DATES for day in days], 1, "one date, times 30")


def main() -> None:
    to = asked()
    clinic = engine()
    load(clinic, to.size)
    measure_booking(to, clinic)
    measure_page(to, clinic)


if __name__ == "__main__":
    main()
