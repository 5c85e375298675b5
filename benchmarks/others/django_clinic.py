"""The clinic in django-appointment, and what is measured of it.

A doctor of the clinic is a staff member, who takes one visit at a time. The calls are those of the package's own
booking pages, without requests, templates, sessions and mail. See the README for what is not the same work.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable
from datetime import time, timedelta
from types import SimpleNamespace
from typing import Any

import workload
from appointment import models  # type: ignore[import-not-found]  # installed where this runs
from appointment.forms import AppointmentRequestForm  # type: ignore[import-not-found]
from appointment.services import get_available_slots_for_staff  # type: ignore[import-not-found]
from appointment.utils.db_helpers import (  # type: ignore[import-not-found]
    create_and_save_appointment,
    get_weekday_num_from_date,
)
from django.contrib.auth import get_user_model  # type: ignore[import-not-found]
from django.db import connection, transaction  # type: ignore[import-not-found]
from django.test.utils import CaptureQueriesContext  # type: ignore[import-not-found]
from workload import Request

from others.driver import Asked, report, timed

BOOKINGS_A_ROUND = 200
PAGES_A_ROUND = 5
CLIENTS = 1_000
BATCH = 2_000
_WORKDAY = (time(workload.HOURS[0]), time(workload.HOURS[-1] + workload.WINDOW_HOURS))


def measure(to: Asked) -> None:
    """Both jobs, in a clinic that is made and filled in one transaction."""
    with transaction.atomic():
        clinic = Clinic()
        clinic.load(to.size)
    measure_booking(to, clinic)
    measure_page(to, clinic)


class Clinic:
    """The clinic in the database: its services, staff members and clients, by their order."""

    def __init__(self) -> None:
        users = get_user_model()
        models.Config.objects.create(
            slot_duration=workload.STEP_MINUTES,
            lead_time=_WORKDAY[0],
            finish_time=_WORKDAY[1],
            appointment_buffer_time=workload.MIN_NOTICE_HOURS * 60,
            slot_gap_time=workload.BUFFER_MINUTES,
        )
        self.services = {
            name: models.Service.objects.create(
                name=name, duration=timedelta(minutes=workload.DURATION_MINUTES), price=0
            )
            for name in workload.SERVICES
        }
        self.staff = [self._staff_member(users, number) for number in range(workload.DOCTORS)]
        self.clients = [
            users.objects.create(username=f"client-{number}", email=f"client-{number}@example.com")
            for number in range(CLIENTS)
        ]

    def _staff_member(self, users: Any, number: int) -> Any:
        user = users.objects.create(username=f"doctor-{number}", first_name="Dr.", last_name=str(number))
        member = models.StaffMember.objects.create(user=user, work_on_saturday=True, work_on_sunday=True)
        member.services_offered.set(self.services.values())
        for day in range(7):
            models.WorkingHours.objects.create(
                staff_member=member, day_of_week=day, start_time=_WORKDAY[0], end_time=_WORKDAY[1]
            )
        return member

    def load(self, size: int) -> None:
        """The appointments that exist, inserted in batches."""
        for first in range(0, size, BATCH):
            numbers = range(first, min(first + BATCH, size))
            requests = models.AppointmentRequest.objects.bulk_create([self._request(n) for n in numbers])
            models.Appointment.objects.bulk_create(
                models.Appointment(
                    client=self.clients[number % CLIENTS],
                    appointment_request=made,
                    phone=workload.request(number).phone,
                    amount_to_pay=0,
                    id_request=f"appointment-{number}",
                )
                for number, made in zip(numbers, requests, strict=True)
            )

    def _request(self, number: int) -> Any:
        wanted = workload.request(number)
        start, end = times(wanted)
        return models.AppointmentRequest(
            date=wanted.date,
            start_time=start,
            end_time=end,
            service=self.services[wanted.service],
            staff_member=self.staff[wanted.doctor],
            id_request=f"request-{number}",
        )


def times(wanted: Request) -> tuple[time, time]:
    """The local start and end of a visit."""
    return _time(wanted.minute), _time(wanted.minute + workload.DURATION_MINUTES)


def _time(minute: int) -> time:
    return time(*divmod(minute, 60))


def measure_booking(to: Asked, clinic: Clinic) -> None:
    """J1: what the booking pages call for a client who is logged in, from the form to the saved appointment."""
    numbers = itertools.count(to.size)

    def book() -> None:
        number = next(numbers)
        wanted = workload.request(number)
        start, end = times(wanted)
        form = AppointmentRequestForm(
            {
                "date": wanted.date.isoformat(),
                "start_time": f"{start:%H:%M}",
                "end_time": f"{end:%H:%M}",
                "service": str(clinic.services[wanted.service].pk),
                "staff_member": str(clinic.staff[wanted.doctor].pk),
            }
        )
        assert form.is_valid(), form.errors
        assert models.StaffMember.objects.filter(id=form.cleaned_data["staff_member"].id).exists()
        made = form.save()
        made.payment_type = "full"
        made.save()
        web = SimpleNamespace(user=clinic.clients[number % CLIENTS])
        create_and_save_appointment(made, {}, {"phone": wanted.phone, "want_reminder": False}, web)

    note = f"{_queries(book)} queries"
    rounds = [timed(book, BOOKINGS_A_ROUND, to.seconds) for _ in range(to.rounds)]
    report(to, "J1", [statistics.median(each) for each in rounds], len(rounds[-1]), note)


def measure_page(to: Asked, clinic: Clinic) -> None:
    """J2: the free times of one staff member on thirty dates, as the page of a month asks for them."""
    member, service = clinic.staff[0], clinic.services[workload.SERVICES[0]]
    dates = [workload.FIRST_DATE + timedelta(days=n) for n in range(workload.PAGE_DATES)]

    def show() -> None:
        found = [
            get_available_slots_for_staff(day, member, get_weekday_num_from_date(day), service=service) for day in dates
        ]
        assert any(found)

    note = f"one doctor, {_queries(show)} queries"
    rounds = [timed(show, PAGES_A_ROUND, to.seconds) for _ in range(to.rounds)]
    report(to, "J2", [statistics.median(each) for each in rounds], len(rounds[-1]), note)


def _queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT")) for query in queries)
