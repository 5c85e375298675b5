"""A morning at a clinic, printed as JSON: started in other processes, it must print the same (Inv18)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import attrs

from booking_engine import (
    AddService,
    AppointmentsQuery,
    Channel,
    CloseBranch,
    OverrideTracking,
    Rejection,
    Session,
    UpdateWindow,
    WindowStatus,
)
from properties.support import (
    CANCELLED,
    CONFIRMED,
    MONDAY,
    NEXT_MONDAY,
    NOW,
    Clinic,
    attempt,
    clinic,
    request,
    update,
    window,
)

# 09:00 in New York is 13:00 UTC in June; some hosts are in another day by then.
OPENS = NOW.replace(day=15, hour=13)


def answers(made: Clinic) -> Iterator[Any]:
    """Bookings, refusals and changes of every kind, and everything that can be read afterwards."""
    asks: list[Any] = [
        AddService(name="INTAKE Visit", service_id="intake", duration_minutes=45),
        AddService(name="İlk Muayene", service_id="ilk"),
        request(
            OPENS, "+911", external_reference_id="R", appointment_type="intake visit", assigned_doctor="Dr STRASSER"
        ),
        request(OPENS, "00911", external_reference_id="R"),
        request(OPENS + timedelta(minutes=30), "+912", assigned_doctor="dr  straßer"),
        request(OPENS + timedelta(minutes=30), "+912", channel=Channel.AI_AGENT),
        request(OPENS + timedelta(days=7), "(91) 3", appointment_type="İLK MUAYENE", session=Session.MORNING),
        request(OPENS, "+914", session=Session.EVENING),
        request(OPENS - timedelta(hours=1), "+915"),
        request(OPENS, "", patient_name="", appointment_type="\0"),
    ]
    outcomes = [attempt(made.engine, ask) for ask in asks]
    yield outcomes
    booked = [each.appointment for each in outcomes if hasattr(each, "appointment")]
    changes: list[Any] = [
        update(booked[0], appointment_date=OPENS + timedelta(days=7, minutes=5)),
        update(booked[-1], status=CANCELLED, notes="Ş"),
        update(booked[-1], status=CONFIRMED),
        OverrideTracking(slot_id=f"w||{MONDAY}", max_slots=1, status=WindowStatus.OPEN),
        UpdateWindow(slot_id="w", ai_slots=1, max_slots=1),
        CloseBranch(branch_id="main", first_date=NEXT_MONDAY, last_date=NEXT_MONDAY, only={NEXT_MONDAY}),
        AppointmentsQuery(limit=2),
    ]
    yield [attempt(made.engine, change) for change in changes]
    yield made.rows(until=NEXT_MONDAY)
    yield made.records(), made.records(NEXT_MONDAY)
    yield made.engine.regenerate()
    yield [made.engine.history(each.appointment_id) for each in booked]


def plain(value: Any) -> Any:
    """Any value of the library as JSON has it, in the order in which it is."""
    if isinstance(value, Rejection):
        return [str(value.code), str(value.reason), value.message, [list(each) for each in value.fields]]
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
        return {"": type(value).__name__, **{name: plain(getattr(value, name)) for name in names}}
    if isinstance(value, dict):
        return [[plain(key), plain(each)] for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if isinstance(value, str | int | None) else str(value)


if __name__ == "__main__":
    sunrise = clinic(window(ai_slots=2, max_slots=3), timezone="America/New_York", buffer_time_minutes=15)
    json.dump(plain(list(answers(sunrise))), sys.stdout, ensure_ascii=True, indent=1)
