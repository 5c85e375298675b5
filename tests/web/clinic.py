"""A clinic on a site, with something of everything in it, and a request for every endpoint that succeeds there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import attrs

from booking_engine import (
    AddBranch,
    AddService,
    BookAppointment,
    Channel,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    Weekday,
)
from booking_engine.testing.ids import SeededIds
from booking_engine.wire import ENDPOINTS

from .raw import Reply, ask, with_key
from .site import Site

MONDAY = "2026-06-15"
START = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)


class Clinic:
    """``named`` is in the ids and texts of everything that is in it; what has ids by chance has them by ``seed``."""

    def __init__(self, site: Site, org_id: str, named: str = "ours", seed: int = 0) -> None:
        self.site, self.org_id = site, org_id
        self.branch, self.service = f"{named}-main", f"{named}-checkup"
        self.reference, self.phone = f"{named}-crm-1", f"{named}-phone-X"
        engine = site.organisation(org_id, ids=SeededIds(seed))
        site.call(engine.configure(ConfigureOrganisation(name=named, timezone="UTC")))
        site.call(engine.add_branch(AddBranch(name="Main", branch_id=self.branch)))
        site.call(engine.add_service(AddService(name=f"{named} Checkup", service_id=self.service)))
        window = CreateWindow(
            branch_id=self.branch,
            day=Weekday.MONDAY,
            session=Session.MORNING,
            ai_slots=10,
            max_slots=20,
            start_time="09:00",
            end_time="11:00",
        )
        self.window = site.call(engine.create_window(window)).record.calendar_id
        booking = BookAppointment(
            appointment_type=self.service,
            appointment_date=START,
            patient_name="Aadhi",
            parent_phone=self.phone,
            external_reference_id=self.reference,
            channel=Channel.STAFF,
        )
        self.appointment = site.call(engine.book(booking)).appointment.appointment_id

    def state(self) -> tuple[object, ...]:
        """Everything that stands."""
        return self.site.state(self.org_id)


@attrs.frozen
class Request:
    """A request to one endpoint, by the values of its parts."""

    name: str
    path: str | None = None
    query: Mapping[str, str] = attrs.field(factory=dict)
    body: Mapping[str, Any] | None = None
    status: int = 200

    def send(self, site: Site, key: str) -> Reply:
        """Send it with a key."""
        endpoint, headers = ENDPOINTS[self.name], with_key(key)
        target = endpoint.path
        if endpoint.path_parameter is not None:
            assert self.path is not None
            target = target.replace(f"{{{endpoint.path_parameter}}}", quote(self.path, safe=""))
        if self.query:
            target += "?" + urlencode(self.query)
        if self.body is None:
            return ask(site.port, endpoint.method, target, headers)
        headers["Content-Type"] = "application/json"
        return ask(site.port, endpoint.method, target, headers, json.dumps(self.body).encode())


def requests(clinic: Clinic) -> dict[str, Request]:
    """One for every endpoint, with each of its fields that names a record; ``status`` is what it is answered with."""
    booking = {
        "appointment_type": clinic.service,
        "appointment_date": f"{MONDAY}T10:00:00Z",
        "patient_name": "Meena",
        "parent_phone": "own-phone-X",
        "branch_id": clinic.branch,
        "external_reference_id": "own-crm-2",
    }
    window = {
        "branch_id": clinic.branch,
        "day": "tuesday",
        "session": "Evening",
        "ai_slots": 5,
        "appointment_type_id": clinic.service,
    }
    rows = {"date": MONDAY, "branch_id": clinic.branch, "appointment_type": clinic.service}
    record = f"{clinic.window}||{MONDAY}||{clinic.service}"
    found = {
        "branch_id": clinic.branch,
        "appointment_type": clinic.service,
        "external_reference_id": clinic.reference,
        "phone": clinic.phone,
    }
    made = (
        Request("config"),
        Request("services"),
        Request("branches"),
        Request("book", body=booking, status=201),
        Request("update", clinic.appointment, body={"notes": "Comes later"}),
        Request("appointment", clinic.appointment),
        Request("history", clinic.appointment),
        Request("appointments", query=found),
        Request("windows"),
        Request("availability", query=rows),
        Request("tracking", query=rows),
        Request("create_window", body=window, status=201),
        Request("update_window", clinic.window, body={"max_slots": 30}),
        Request("disable_window", clinic.window),
        Request("override_tracking", record, body={"max_slots": 15}),
        Request("regenerate"),
    )
    return {request.name: request for request in made}
