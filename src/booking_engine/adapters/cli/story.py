"""The story is what a clinic goes through in a few weeks: bookings, retries, full windows, changes, closed days.

It is told on the example clinic, from the day of the documents' example: 2026-05-26T10:00Z, half past three in Kolkata.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from booking_engine import (
    AppointmentStatus,
    AvailabilityQuery,
    BookAppointment,
    BookingEngine,
    Channel,
    CloseBranch,
    OverrideTracking,
    Session,
    UpdateAppointment,
    WindowStatus,
)
from booking_engine.adapters.cli.clock import StandingClock
from booking_engine.adapters.cli.telling import Teller
from booking_engine.domain.localtime import since_midnight, zone

BEGIN = datetime(2026, 5, 26, 10, 0, tzinfo=UTC)
WEEK = date(2026, 6, 15)
"""The Monday of the week that is booked."""

_KOLKATA = zone("Asia/Kolkata")
_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY = (WEEK + timedelta(days=n) for n in range(4))
_CHECKUP, _FOLLOW_UP, _VACCINATION = "General Checkup", "Follow-up Visit", "Vaccination"
_FIVE_MINUTES = timedelta(minutes=5)
_AI, _STAFF = Channel.AI_AGENT, Channel.STAFF


def tell(teller: Teller, engine: BookingEngine, clock: StandingClock) -> None:
    """The whole story."""
    aadhi = _first_booking(teller)
    _refusals_of_policy(teller)
    vaccinated = _full_window(teller)
    _changes(teller, vaccinated)
    _doctor(teller, aadhi)
    _rest_of_the_week(teller, engine)
    _closed_days(teller)
    _time_passes(teller, clock, aadhi)


def at(local_date: date, time: str) -> datetime:
    """A time of day on the clinic's clock."""
    return _midnight(local_date) + since_midnight(time)


def _midnight(local_date: date) -> datetime:
    return datetime.combine(local_date, datetime.min.time(), _KOLKATA)


def _visit(service: str, when: datetime, phone: str, **details: Any) -> BookAppointment:
    details = {"patient_name": "A patient", "branch_id": "main", **details}
    return BookAppointment(appointment_type=service, appointment_date=when, parent_phone=phone, **details)


def _first_booking(teller: Teller) -> str:
    teller.scene("A booking, and the same booking again")
    told = {"patient_name": "Aadhi", "session": Session.MORNING, "channel": _AI}
    reference = {"external_reference_id": "crm-1001"}
    phone = "+919840XXXXXX"
    as_documented = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
    teller.ask(
        "The AI agent books the documents' example, 09:30 UTC. In Kolkata that is 15:00, and no morning.",
        _visit(_CHECKUP, as_documented, phone, **told),
    )
    asked = _visit(_CHECKUP, at(_MONDAY, "09:30"), phone, **told, **reference)
    booked = teller.ask("It reads the timezone, and books 09:30 on the clinic's clock.", asked)
    teller.ask("The answer was lost on the way; the agent sends the request again.", asked)
    teller.ask(
        "The parent calls too: same phone, same service, same day, without the reference.",
        _visit(_CHECKUP, at(_MONDAY, "10:15"), phone, channel=_STAFF),
    )
    return str(booked.appointment.appointment_id)


def _refusals_of_policy(teller: Teller) -> None:
    teller.scene("What the clinic's policy does not allow")
    teller.ask(
        "A request with several mistakes hears of all of them at once.",
        _visit(_CHECKUP, datetime(2026, 6, 15, 9, 30), "", patient_name=" "),  # noqa: DTZ001 (the mistake)
    )
    teller.ask(
        "Two branches, and none is named.", _visit(_CHECKUP, at(_MONDAY, "09:30"), "+919840000001", branch_id=None)
    )
    teller.ask("A service that the clinic does not have.", _visit("Surgery", at(_MONDAY, "09:30"), "+919840000001"))
    teller.ask(
        "Half an hour from now; the clinic wants two hours of notice.",
        _visit(_CHECKUP, at(date(2026, 5, 26), "16:00"), "+919840000001", branch_id="lakeside"),
    )
    teller.ask("Next winter.", _visit(_CHECKUP, at(date(2026, 12, 7), "09:30"), "+919840000001"))


def _full_window(teller: Teller) -> list[str]:
    teller.scene("Six places, four of them for the AI agent")

    def vaccination(number: int, channel: Channel, **details: Any) -> BookAppointment:
        when = at(_WEDNESDAY, "10:00") + timedelta(minutes=5 * number)
        told = {"branch_id": "lakeside", "batch": "VA", "channel": channel, **details}
        return _visit(_VACCINATION, when, f"+9198401000{number:02}", **told)

    booked = teller.ask_all(
        "The AI agent books four children into Lakeside's vaccination hour.", [vaccination(n, _AI) for n in range(4)]
    )
    hour = AvailabilityQuery(date=_WEDNESDAY, branch_id="lakeside", appointment_type=_VACCINATION)
    teller.ask("What is free now on that morning?", hour)
    teller.ask("Its fifth: its share is taken, although there are places left.", vaccination(4, _AI))
    booked += teller.ask_all("Staff book the two places that are left.", [vaccination(n, _STAFF) for n in (4, 5)])
    teller.ask("Staff's next one finds nothing.", vaccination(6, _STAFF))
    teller.ask(
        "Without a group, the same visit fits the ordinary morning beside it.",
        vaccination(6, _STAFF, batch=None),
    )
    return [each.appointment.appointment_id for each in booked]


def _changes(teller: Teller, vaccinated: list[str]) -> None:
    teller.scene("Moving, cancelling, and coming back")
    first, second, *_ = vaccinated
    teller.ask(
        "A child moves inside the full hour: it takes its own place along.",
        UpdateAppointment(appointment_id=first, appointment_date=at(_WEDNESDAY, "10:45")),
    )
    cancel = UpdateAppointment(appointment_id=second, status=AppointmentStatus.CANCELLED)
    teller.ask("Another one cancels.", cancel)
    teller.ask("And cancels again, to be sure.", cancel)
    next_one = _visit(
        _VACCINATION, at(_WEDNESDAY, "10:05"), "+919840200001", branch_id="lakeside", batch="VA", channel=_STAFF
    )
    teller.ask("The next child gets that place at once.", next_one)
    elsewhere = _visit(_VACCINATION, at(_WEDNESDAY, "11:30"), "+919840100001", branch_id="lakeside", channel=_AI)
    again = teller.ask("The one who cancelled books a later hour instead.", elsewhere)
    revive = UpdateAppointment(appointment_id=second, status=AppointmentStatus.CONFIRMED)
    teller.ask("Then the first visit is to be confirmed after all: that would make two.", revive)
    teller.ask(
        "So the later one is cancelled.",
        UpdateAppointment(appointment_id=again.appointment.appointment_id, status=AppointmentStatus.CANCELLED),
    )
    teller.ask("Now it may come back, as a new admission: the hour is full, the morning is not.", revive)


def _doctor(teller: Teller, aadhi: str) -> None:
    teller.scene("A doctor's time")
    teller.ask(
        "Dr. Priya Sharma takes Aadhi, 09:30 to 09:45.",
        UpdateAppointment(appointment_id=aadhi, assigned_doctor="Dr. Priya Sharma"),
    )
    by_doctor = {"assigned_doctor": "dr. priya  sharma", "channel": _STAFF}
    teller.ask(
        "A visit at 09:55 would come ten minutes after; the clinic keeps fifteen between two visits.",
        _visit(_FOLLOW_UP, at(_MONDAY, "09:55"), "+919840300001", **by_doctor),
    )
    teller.ask("At 10:00 it is free.", _visit(_FOLLOW_UP, at(_MONDAY, "10:00"), "+919840300001", **by_doctor))


def _rest_of_the_week(teller: Teller, engine: BookingEngine) -> None:
    teller.scene("Meanwhile, the rest of the week")
    teller.ask_all("Agent, staff and website book until the phones are quiet.", list(_bookings_of_the_week(engine)))


def _bookings_of_the_week(engine: BookingEngine) -> Iterator[BookAppointment]:
    """For each window some of its places, by every channel in turn; the AI agent asks for more than its share."""
    catalog = engine.catalog()
    shares = itertools.cycle((0.4, 0.15, 0.7, 1.0, 0.3, 0.55, 0.1, 0.85))
    channels = itertools.cycle((_AI, _AI, _STAFF, _AI, Channel.API))
    phones = (f"+9198405{number:05}" for number in itertools.count())
    for local_date, branch_id in itertools.product((WEEK + timedelta(days=n) for n in range(7)), catalog.branches):
        for window_date in catalog.on(branch_id, local_date):
            window, share = window_date.window, next(shares)
            start, end = window.hours(catalog.configuration.session_hours)
            for service in catalog.services_of(window) if window_date.is_open else ():
                last = end - start - timedelta(minutes=service.duration_minutes)
                for visit in range(round(share * window.max_slots)):
                    yield _visit(
                        service.name,
                        _midnight(local_date) + start + visit * _FIVE_MINUTES % (last + _FIVE_MINUTES),
                        next(phones),
                        branch_id=branch_id,
                        session=window.session,
                        batch=window.batch,
                        channel=next(channels),
                    )


def _closed_days(teller: Teller) -> None:
    teller.scene("Closed days")
    holiday = CloseBranch(branch_id="lakeside", first_date=_THURSDAY, last_date=_THURSDAY, label="Founders' Day")
    teller.preview("What if Lakeside were closed on Thursday?", holiday)
    teller.ask("It is closed; who has a visit keeps it, and the clinic knows whom to call.", holiday)
    teller.ask("Nobody else gets in.", _visit(_CHECKUP, at(_THURSDAY, "09:30"), "+919840400001", branch_id="lakeside"))
    teller.ask(
        "Main Street's early group of Tuesday is called off.",
        OverrideTracking(slot_id=f"main-tue-early||{_TUESDAY}", status=WindowStatus.CLOSED),
    )
    teller.ask("So 09:15 on Tuesday is closed,", _visit(_CHECKUP, at(_TUESDAY, "09:15"), "+919840400002"))
    teller.ask("and 11:15 is not.", _visit(_CHECKUP, at(_TUESDAY, "11:15"), "+919840400002"))


def _time_passes(teller: Teller, clock: StandingClock, aadhi: str) -> None:
    teller.scene("Time passes")
    clock.now = at(WEEK - timedelta(days=1), "18:00").astimezone(UTC)
    cancel = UpdateAppointment(appointment_id=aadhi, status=AppointmentStatus.CANCELLED)
    teller.ask("Sunday evening. Aadhi's parents cancel; the clinic wants to hear of it a day before.", cancel)
    teller.ask(
        "They may still move it, until four hours before.",
        UpdateAppointment(appointment_id=aadhi, appointment_date=at(_MONDAY, "11:30")),
    )
    clock.now = at(_MONDAY, "12:00").astimezone(UTC)
    teller.ask(
        "Monday noon. The visit is done.", UpdateAppointment(appointment_id=aadhi, status=AppointmentStatus.COMPLETED)
    )
    teller.ask("What is done stays done.", cancel)
