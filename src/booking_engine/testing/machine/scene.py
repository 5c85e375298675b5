"""A scene is where a run plays: two neighbouring dates of one zone, and the instants at which something may change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs

from booking_engine.domain.catalog import Catalog
from booking_engine.domain.hold import Hold
from booking_engine.domain.window import CalendarWindow, Weekday
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.model import NaiveModel

TICK, MINUTE, DAY = timedelta(microseconds=1), timedelta(minutes=1), timedelta(days=1)


@attrs.frozen
class Era:
    """A zone and the first of two dates; on one of them the zone's clock may change."""

    zone: str
    first: date

    @property
    def days(self) -> tuple[date, date]:
        """The two dates."""
        return self.first, self.first + DAY

    @property
    def eve(self) -> datetime:
        """Noon of the day before, UTC: all of both dates is still to come."""
        return datetime.combine(self.first - DAY, time(12), UTC)


ERAS = (
    Era("UTC", date(2026, 6, 15)),
    Era("Asia/Kolkata", date(2026, 6, 15)),
    Era("Europe/Berlin", date(2026, 10, 24)),  # an hour repeated on the second date
    Era("America/New_York", date(2026, 3, 7)),  # an hour skipped
    Era("Australia/Lord_Howe", date(2026, 10, 3)),  # half an hour skipped
    Era("Pacific/Apia", date(2011, 12, 29)),  # the second date skipped as a whole
    Era("America/Havana", date(2026, 10, 31)),  # midnight repeated
    Era("America/Sao_Paulo", date(2018, 11, 3)),  # midnight skipped
)


@attrs.frozen
class Scene:
    """What may be asked for at this moment of a run."""

    era: Era
    clock: FixedClock
    model: NaiveModel

    @property
    def catalog(self) -> Catalog:
        """What is set up."""
        return self.model.catalog

    def running_holds(self) -> tuple[Hold, ...]:
        """The holds that run now."""
        return self.model.holds(self.clock())

    def local(self, day: date, time_of_day: str, fold: int = 0) -> datetime:
        """The instant of a time on the clinic's clock; ``fold`` 1 is the second one of a repeated hour."""
        zone = ZoneInfo(self.catalog.configuration.timezone)
        return datetime.combine(day, time.fromisoformat(time_of_day), zone).replace(fold=fold).astimezone(UTC)

    def inside(self, window: CalendarWindow) -> list[datetime]:
        """Instants at which the window begins or half an hour on, on the dates of its weekday."""
        start = window.start_time or "09:00"
        later = start[:2] + ":30" if start.endswith("00") else f"{int(start[:2]) + 1:02}:00"
        days = [day for day in self.era.days if Weekday.of(day) is window.day]
        return [self.local(day, at, fold) for day in days for at in (start, start, later) for fold in (0, 1)]

    def anywhere(self) -> list[datetime]:
        """Instants of both dates, in the small hours above all, and some weeks on."""
        beyond = [self.local(self.era.first + timedelta(days=days), "09:00") for days in (7, 14, 31)]
        return [self.local(day, at, fold) for day in self.era.days for at in _TIMES for fold in (0, 1)] + beyond

    def beside_appointments(self) -> list[datetime]:
        """Starts at which the buffer to an appointment is just kept, and just not."""
        gap = timedelta(minutes=self.catalog.configuration.buffer_time_minutes)
        return [
            moment
            for each in self.model.appointments[-2:]
            for moment in (each.start, each.end + gap, each.end + gap - TICK, each.start - gap)
        ]

    def at_the_edges(self) -> list[datetime]:
        """Instants at the edges of what the policy allows now, and where a morning ends."""
        now, notice = self.clock(), timedelta(hours=self.catalog.configuration.min_notice_hours)
        ends = [self.local(day, "11:00") - TICK for day in self.era.days]
        return [now, now + TICK, now + notice, now + notice - TICK, *ends]

    def times_to_be(self) -> list[datetime]:
        """Instants to set the clock to: where notice, horizon and the past begin, holds end, and back to the eve."""
        configuration = self.catalog.configuration
        hours = {
            configuration.min_notice_hours,
            configuration.cancellation_notice_hours,
            configuration.reschedule_notice_hours,
        }
        edges = [
            each.start - timedelta(hours=number) + nudge
            for each in self.model.appointments[-3:]
            for number in hours | {0}
            for nudge in (timedelta(0), TICK)
        ]
        ends = [hold.ends_at - nudge for hold in self.running_holds() for nudge in (timedelta(0), TICK, MINUTE)]
        dawn = self.local(self.era.first, "00:00") - timedelta(days=configuration.max_advance_booking_days)
        return [self.era.eve] * (2 + len(edges) // 2) + [
            self.clock() + timedelta(hours=1),
            dawn,
            dawn - TICK,
            *edges,
            *ends,
        ]


_TIMES = ("00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "09:00", "09:30", "10:30", "11:00", "23:30")
