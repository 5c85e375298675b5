"""The work that is asked for: a clinic with room for everybody, and requests of which no two are the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
"""The instant at which the clock of the server stands still."""
DAYS, HOURS = 25, 10
_CLOCK_HOUR = 8

CLINIC = "\n".join(
    [
        '[organisation]\nid = "clinic"\nname = "Clinic"',
        '[config]\ntimezone = "UTC"\nmin_notice_hours = 0',
        '[[branches]]\nid = "main"\nname = "Main"',
        '[[services]]\nid = "checkup"\nname = "Checkup"',
        *(
            f'[[windows]]\nbranch = "Main"\nday = "{day}"\nsession = "Morning"\nstart_time = "{hour:02}:00"\n'
            f'end_time = "{hour + 2:02}:00"\nmax_slots = 1000000\nai_slots = 1000000'
            for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
            for hour in range(_CLOCK_HOUR, _CLOCK_HOUR + HOURS, 2)
        ),
    ]
)
"""Five windows a day."""


def _request(method: str, target: str, key: str, body: bytes = b"") -> bytes:
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def bookings(key: str, first: int = 0) -> Iterator[bytes]:
    """One patient after the other, spread over the days and windows."""
    tomorrow = (NOW + timedelta(days=1)).replace(hour=_CLOCK_HOUR)
    for number in itertools.count(first):
        start = tomorrow + timedelta(days=number % DAYS, hours=number // DAYS % HOURS)
        body = {
            "appointment_type": "checkup",
            "appointment_date": start.isoformat().replace("+00:00", "Z"),
            "patient_name": f"Patient {number}",
            "parent_phone": f"+91{9_000_000_000 + number}",
            "external_reference_id": f"crm-{number}",
        }
        yield _request("POST", "/v1/appointments", key, json.dumps(body).encode())


def pages(key: str) -> Iterator[bytes]:
    """Availability of one day after the other."""
    for number in itertools.count():
        day = (NOW + timedelta(days=1 + number % DAYS)).date()
        yield _request("GET", f"/v1/appointment-slots/availability?date={day}", key)
