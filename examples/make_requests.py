"""Write requests.jsonl: four weeks at the clinic of clinic.toml, with every kind of refusal in them.

``python examples/make_requests.py > examples/requests.jsonl``. Nothing is random: the same lines come out every time.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, TypeAlias

Line: TypeAlias = dict[str, Any] | str
"""A request; text stands for itself, be it readable or not."""

FIRST_MONDAY = date(2026, 6, 1)
SERVICES = ("General Checkup", "Follow-up Visit", "vaccination", "3b8b1c2a-9e4f-4d3a-8c1b-2e5f7a9b0c1d")
CHANNELS = ("ai_agent", "api", "ai_agent", "staff")
PATIENTS = ("Aadhi", "Meera", "Ravi", "Fatima", "Søren", "Nguyễn An", "काव्या", "Zoë", "李雷", "Omar")
DOCTORS = ("Dr. Priya Sharma", None, "Dr. Arun Rao", None)
TIMES = {  # branch, session, and times of day at which the session has a window from Monday to Friday
    ("main", "Morning"): ("09:00", "09:40", "10:30", "11:10", "12:15"),
    ("lakeside", "Morning"): ("09:30", "10:20", "11:00", "12:00"),
}

names = (f"a{number}" for number in itertools.count(1))
phones = (f"+91 98400 {number:05}" for number in itertools.count(10_000))


# --- Lines ----------------------------------------------------------------------------------------------------------


def at(day: date, time: str) -> str:
    """An instant as people at the clinic write it."""
    return f"{day.isoformat()}T{time}:00+05:30"


def clock(day: date, time: str) -> Line:
    """The clock is set."""
    return {"do": "clock", "to": at(day, time)}


def body(service: str, day: date, time: str, **details: Any) -> dict[str, Any]:
    """What a booking says; another patient each time."""
    phone = details.pop("parent_phone", None) or next(phones)
    fields = {
        "appointment_type": service,
        "appointment_date": at(day, time),
        "patient_name": PATIENTS[sum(map(ord, phone)) % len(PATIENTS)],
        "parent_phone": phone,
        "branch_id": "main",
        **details,
    }
    return {name: value for name, value in fields.items() if value is not None}


def book(service: str, day: date, time: str, channel: str = "api", name: str | None = None, **details: Any) -> Line:
    """One booking, with the name that later lines may use for it."""
    named = {} if name is None else {"as": name}
    return {"do": "book", **named, "channel": channel, "body": body(service, day, time, **details)}


def update(name: str, **changes: Any) -> Line:
    """One change of an appointment that was named."""
    return {"do": "update", "id": f"@{name}", "body": changes}


def weekday(week: int, day: int) -> date:
    """Day 0 is a Monday; week 0 is the first."""
    return FIRST_MONDAY + timedelta(weeks=week, days=day)


# --- The documents' story -------------------------------------------------------------------------------------------


def looking_around() -> Iterator[Line]:
    """What there is before anybody books."""
    yield clock(FIRST_MONDAY, "08:00")
    for day in (weekday(0, 2), weekday(1, 0), weekday(2, 6)):
        yield {"do": "availability", "query": {"date": day.isoformat()}}
    wednesday = {"date": weekday(1, 2).isoformat()}
    yield {"do": "availability", "query": {**wednesday, "branch_id": "lakeside", "appointment_type": "VACCINATION"}}
    yield {"do": "availability", "query": {**wednesday, "session": "Evening"}}
    yield {"do": "tracking", "query": {**wednesday, "session": "Morning"}}
    yield {"do": "appointments"}


def documented_booking() -> Iterator[Line]:
    """Book, send it again, change it; and the mistakes that the documents warn of."""
    day = weekday(2, 0)
    as_documented = body("General Checkup", day, "09:30", session="Morning", parent_phone="+919840XXXXXX")
    as_documented["appointment_date"] = "2026-06-15T09:30:00.000Z"
    yield {"do": "book", "channel": "ai_agent", "body": as_documented}  # 15:00 in Kolkata: no morning
    booking = book(
        "General Checkup",
        day,
        "09:30",
        "ai_agent",
        session="Morning",
        parent_phone="+919840XXXXXX",
        external_reference_id="crm-1001",
    )
    assert isinstance(booking, dict)
    yield {**booking, "as": "aadhi"}
    yield booking
    yield {**booking, "body": {**booking["body"], "patient_name": "Aadhi K.", "notes": "sent again"}}
    yield book("General Checkup", day, "10:15", parent_phone="+91 9840 XX-XXXX")
    yield {"do": "appointment", "id": "@aadhi"}
    yield update("aadhi", assigned_doctor="Dr. Priya Sharma", notes="Patient @aadhi asked for the morning")
    yield update("aadhi", appointment_date=at(weekday(2, 1), "09:30"))
    yield update("aadhi", appointment_date=at(day, "11:15"), status="confirmed")
    yield {"do": "appointments", "query": {"external_reference_id": "crm-1001"}}


# --- Ordinary weeks -------------------------------------------------------------------------------------------------


def ordinary_weeks() -> Iterator[Line]:
    """Three weeks of bookings, made in the week before; then their days pass, one after the other."""
    calls = itertools.count()
    for week in (1, 2, 3):
        yield clock(weekday(week - 1, 3), "09:00")
        booked: dict[date, list[str]] = {}
        for day, call in itertools.product(range(5), range(14)):
            name, visit = next(names), weekday(week, day)
            booked.setdefault(visit, []).append(name)
            yield one_call(next(calls), call, visit, name)
        yield from second_thoughts(booked)
        for visit, of_day in booked.items():
            yield from one_day(visit, of_day)


def one_call(number: int, call: int, visit: date, name: str) -> Line:
    """One of the bookings of a day; the branch, the time and all else change from call to call."""
    (branch, session), times = list(TIMES.items())[call % 2]
    details = {
        "session": session if number % 3 else None,
        "assigned_doctor": DOCTORS[number % len(DOCTORS)] if number % 7 == 0 else None,
        "external_reference_id": f"crm-{2000 + number}" if number % 2 else None,
        "notes": "First visit.\nPlease call before." if number % 11 == 0 else None,
    }
    time = times[call // 2 % len(times)]
    service, channel = SERVICES[number % len(SERVICES)], CHANNELS[number % len(CHANNELS)]
    return book(service, visit, time, channel, name, branch_id=branch, **details)


def second_thoughts(booked: dict[date, list[str]]) -> Iterator[Line]:
    """Some move to the next day, some cancel, one comes back."""
    for visit, of_day in booked.items():
        first, second, third, *_ = of_day
        yield update(first, appointment_date=at(visit, "12:20"))
        yield update(second, status="cancelled")
        if visit.day % 2:
            yield update(second, status="cancelled")
            yield update(second, status="confirmed")
        yield update(third, assigned_doctor="Dr. Arun Rao", notes="Brings reports.")


def one_day(visit: date, of_day: list[str]) -> Iterator[Line]:
    """A day at the clinic: who came is marked, and tomorrow is looked at."""
    yield clock(visit, "14:00")
    for name in of_day[3:6]:
        yield update(name, status="completed")
    yield {"do": "appointments", "query": {"date": visit.isoformat(), "status": "completed", "limit": 5}}
    yield {"do": "availability", "query": {"date": (visit + timedelta(days=1)).isoformat(), "branch_id": "main"}}


# --- Every refusal --------------------------------------------------------------------------------------------------


def refused_bookings() -> Iterator[Line]:
    """One for each step of the order of refusal."""
    today, day = weekday(3, 5), weekday(4, 1)
    yield clock(today, "08:00")
    yield {"do": "book", "body": {}}
    bad = {"parent_phone": "x\u0000", "patient_name": "", "session": "Noon", "branch": 1, "batch": True}
    yield {"do": "book", "body": {"appointment_type": 5, "appointment_date": "2026-06-30T10:00:00", **bad}}
    for moment in ("2026-06-31T10:00:00Z", "2026-W27-2T10:00Z", "0001-01-01T00:00:00Z", "2026-06-30T24:00:00Z", "soon"):
        yield {"do": "book", "body": {**body("Vaccination", day, "09:00"), "appointment_date": moment}}
    yield book("Surgery", day, "09:00")
    yield book("Vaccination", day, "09:00", branch_id=None)
    yield book("Vaccination", day, "09:00", branch_id="elsewhere")
    yield book("Vaccination", weekday(3, 4), "09:00")
    yield book("Vaccination", today, "09:59")
    yield book("Vaccination", today, "10:00")
    yield book("Vaccination", weekday(8, 1), "09:00")
    yield book("Vaccination", day, "14:30")
    yield book("Growth Review", day, "12:45")  # it would end after the window
    yield book("Vaccination", day, "09:00", batch="MB")
    yield book("Vaccination", weekday(4, 3), "18:30")  # that window is closed


def full_windows() -> Iterator[Line]:
    """The vaccination hour: four for the agent, two more for others, and then nobody."""
    day = weekday(4, 2)
    hour = {"branch_id": "lakeside", "batch": "VA"}
    yield clock(weekday(3, 6), "12:00")
    for number in range(5):
        yield book("Vaccination", day, f"10:{5 * number:02}", "ai_agent", f"v{number}", **hour)
    yield {"do": "tracking", "query": {"date": day.isoformat(), "appointment_type": "Vaccination"}}
    for number in range(5, 8):
        yield book("Vaccination", day, f"10:{5 * number:02}", "staff", f"v{number}", **hour)
    yield update("v0", appointment_date=at(day, "10:50"))  # its own place is its own
    yield update("v1", status="cancelled")
    yield book("Vaccination", day, "10:05", "staff", "v8", **hour)
    yield update("v1", status="confirmed")  # the hour is full, the morning beside it is not
    yield update("v1", batch="VA")
    yield book("Vaccination", day, "10:10", "ai_agent", branch_id="lakeside")
    friday = weekday(4, 4)
    yield book("Follow-up Visit", friday, "15:00", "ai_agent", branch_id="lakeside")  # only staff book here
    yield book("Follow-up Visit", friday, "15:00", "staff", branch_id="lakeside")


def duplicates_and_references() -> Iterator[Line]:
    """A phone once a day and service; a reference once, until it is cancelled."""
    day, phone = weekday(4, 1), "0091 98400-77777"
    yield book("Vaccination", day, "09:00", name="d1", parent_phone="+91 98400 77777", external_reference_id="R-1")
    yield book("vaccination ", day, "11:30", parent_phone=phone)
    yield book("Follow-up Visit", day, "11:30", name="d2", parent_phone=phone)
    yield book("Vaccination", weekday(4, 2), "09:00", name="d3", parent_phone=phone)
    yield update("d3", appointment_date=at(day, "12:00"))
    yield update("d1", status="cancelled")
    yield book("General Checkup", day, "09:20", name="d4", external_reference_id="R-1")
    yield update("d1", status="confirmed")  # another appointment holds R-1 now
    yield book("Vaccination", day, "09:25", name="d5", parent_phone=phone)
    yield update("d4", status="cancelled")
    yield update("d1", status="confirmed")  # and that phone has another visit
    yield {"do": "appointments", "query": {"phone": phone, "limit": 2, "page": 1}}


def doctors() -> Iterator[Line]:
    """Fifteen minutes between two visits of one doctor, at any branch."""
    day, doctor = weekday(4, 0), "Dr. Meena Iyer"
    yield book("General Checkup", day, "09:30", name="m1", assigned_doctor=doctor)
    yield book("Follow-up Visit", day, "09:55", assigned_doctor="dr. meena  iyer", branch_id="lakeside")
    yield book("Follow-up Visit", day, "10:00", name="m2", assigned_doctor="DR. MEENA IYER", branch_id="lakeside")
    yield book("General Checkup", day, "10:20", name="m3")
    yield update("m3", assigned_doctor=doctor)
    yield update("m3", appointment_date=at(day, "10:25"), assigned_doctor=doctor)
    yield update("m2", assigned_doctor=None, notes=None)


def refused_changes() -> Iterator[Line]:
    """What has ended stays; what comes too late stays as well."""
    day = weekday(4, 3)
    yield book("General Checkup", day, "09:30", name="c1")
    yield update("c1")
    yield update("c1", status="rescheduled", patient_name="Another", session=None)
    yield update("c1", status="completed", appointment_date=at(day, "10:00"))
    yield update("c1", appointment_date=at(day, "07:00"))
    yield update("c1", appointment_date=at(weekday(0, 0), "09:00"))
    yield update("c1", session="Evening")
    yield update("c1", appointment_date=at(weekday(4, 3), "18:00"))
    yield {"do": "update", "id": "appt_nobody", "body": {"notes": "?"}}
    yield {"do": "appointment", "id": "appt_nobody"}
    yield clock(weekday(4, 2), "18:00")
    yield update("c1", status="cancelled")  # less than a day before
    yield update("c1", appointment_date=at(day, "11:00"))
    yield clock(day, "08:00")
    yield update("c1", appointment_date=at(day, "12:00"))  # less than four hours before
    yield update("c1", status="completed")
    yield update("c1", status="confirmed")
    yield update("c1", appointment_date=at(weekday(5, 0), "09:00"))
    yield update("c1", notes="Came with her grandmother.")


def policies() -> Iterator[Line]:
    """The clinic changes its mind."""
    day = weekday(5, 1)
    yield book("General Checkup", day, "09:30", name="p1")
    yield {"do": "configure", "body": {"allow_reschedule": False, "allow_cancellation": False}}
    yield update("p1", appointment_date=at(day, "10:30"))
    yield update("p1", status="cancelled")
    yield {"do": "configure", "body": {"enabled": False, "allow_reschedule": True, "allow_cancellation": True}}
    yield book("General Checkup", day, "11:30")
    yield {"do": "availability", "query": {"date": day.isoformat()}}
    yield {"do": "configure", "body": {"enabled": True, "duplicate_prevention": False, "ai_quota": "separate"}}
    for _ in range(2):
        yield book("General Checkup", day, "09:30", "ai_agent", parent_phone="+91 98400 88888")
    yield {"do": "configure", "body": {"capacity_scope": "shared"}}
    yield {"do": "tracking", "query": {"from": weekday(4, 5).isoformat(), "to": weekday(5, 2).isoformat()}}
    yield {"do": "verify"}
    yield {"do": "configure", "body": {"capacity_scope": "per_service", "ai_quota": "nested"}}
    yield {"do": "configure", "body": {"timezone": "Asia/Atlantis", "buffer_time_minutes": 1441, "colour": "blue"}}
    yield {"do": "configure", "body": {"duplicate_prevention": True}}


def windows() -> Iterator[Line]:
    """A window is made, changed, closed and opened again; and its dates one by one."""
    saturday = weekday(4, 5)
    hours = {"start_time": "15:00", "end_time": "17:00", "max_slots": 2, "ai_slots": 1, "batch_name": "SA"}
    made = {"branch_id": "main", "day": "saturday", "session": "Afternoon", **hours}
    yield {"do": "create_window", "as": "w", "body": made}
    yield {"do": "create_window", "body": {**made, "end_time": "15:00", "ai_slots": 3, "day": "Saturday"}}
    yield {"do": "create_window", "body": {"day": "saturday"}}
    yield {"do": "create_window", "body": {**made, "branch_id": "elsewhere", "appointment_type_id": "Surgery"}}
    yield book("Vaccination", saturday, "15:00", "ai_agent", "s1")
    yield book("Vaccination", saturday, "15:05", "ai_agent")
    yield book("Vaccination", saturday, "15:05", "staff", "s2")
    yield book("Vaccination", saturday, "15:10", "staff")
    yield {"do": "update_window", "id": f"@w||{saturday}", "body": {"max_slots": 3, "ai_slots": 2}}
    yield book("Vaccination", saturday, "15:10", "staff", "s3")
    yield {"do": "update_window", "id": "@w", "body": {"max_slots": 1, "ai_slots": 1}}  # nobody is sent away
    yield {"do": "tracking", "query": {"date": saturday.isoformat(), "session": "Afternoon"}}
    yield {"do": "update_window", "id": "@w", "body": {"max_slots": 0, "start_time": "18:00", "status": "SHUT"}}
    yield {"do": "update_window", "id": "nothing", "body": {"max_slots": 5}}
    yield {"do": "disable_window", "id": f"@w||{saturday}||anything"}
    yield {"do": "disable_window", "id": "@w"}
    yield book("General Checkup", saturday, "16:00")
    yield update("s3", appointment_date=at(saturday, "16:00"))
    yield {"do": "update_window", "id": "@w", "body": {"status": "OPEN", "max_slots": 4, "ai_slots": 2}}
    yield update("s3", appointment_date=at(saturday, "16:00"))
    yield {"do": "override_tracking", "id": f"@w||{saturday}", "body": {"status": "CLOSED"}}
    yield book("General Checkup", saturday, "16:00")
    yield {"do": "override_tracking", "id": f"@w||{saturday}", "body": {"status": "OPEN", "max_slots": 6}}
    yield book("General Checkup", saturday, "16:00", name="s4")
    vaccination = "9d1f6a52-7c1e-4b62-8f0a-5c3d2e1b4a60"
    yield {"do": "override_tracking", "id": f"@w||{saturday}||{vaccination}", "body": {"max_slots": 0}}
    yield book("Vaccination", saturday, "16:30")
    yield {"do": "override_tracking", "id": "@w", "body": {"status": "CLOSED"}}
    yield {"do": "override_tracking", "id": f"@w||{weekday(4, 6)}", "body": {"ai_slots": 9, "max_slots": 8}}
    yield {"do": "regenerate", "body": {}}
    yield {"do": "verify"}


def unreadable() -> Iterator[Line]:
    """Lines that are no request. Each has its answer, and the next one is read."""
    yield "this is no JSON"
    yield '{"do": "verify"'
    yield "[]"
    yield "{}"
    yield '{"do": "fly"}'
    yield '{"do": "verify", "do": "clock"}'
    yield '{"do": "book", "body": {"patient_name": "half a character \\ud83d"}}'
    yield '{"do": "book", "body": {"max_slots": NaN, "ai_slots": 1e400}}'
    yield '{"do": "appointments", "query": {"limit": ' + "9" * 50 + "}}"
    yield '{"do": "book", "body": ' + "[" * 40 + "]" * 40 + "}"
    yield {"do": "book", "body": "a text"}
    yield {"do": "book", "as": "aadhi", "body": body("Vaccination", weekday(5, 0), "09:00")}
    yield {"do": "book", "as": "two words", "channel": "fax", "body": {}}
    yield {"do": "update", "body": {"notes": "whose?"}}
    yield {"do": "appointment", "id": "@nobody"}
    yield {"do": "appointment", "id": 5}
    yield {"do": "availability", "query": {"date": "tomorrow", "page": 1}}
    yield {"do": "availability"}
    yield {"do": "tracking", "query": {"from": "2026-01-01", "to": "2026-12-31"}}
    yield {"do": "appointments", "query": {"limit": 201, "page": 0, "status": "late", "branch_id": "elsewhere"}}
    yield {"do": "clock", "to": "2026-06-01T10:00:00"}
    yield {"do": "verify", "body": {}}
    yield ""


def taking_stock() -> Iterator[Line]:
    """Everything that stands, counted twice."""
    span = {"from": FIRST_MONDAY.isoformat(), "to": weekday(8, 6).isoformat()}
    yield {"do": "appointments", "query": {"limit": 200, "page": 2}}
    yield {"do": "tracking", "query": span}
    yield {"do": "regenerate"}
    yield {"do": "verify"}


SECTIONS = (
    looking_around,
    documented_booking,
    ordinary_weeks,
    refused_bookings,
    full_windows,
    duplicates_and_references,
    doctors,
    refused_changes,
    policies,
    windows,
    unreadable,
    taking_stock,
)


def requests() -> Iterator[str]:
    """Every line of the file."""
    for section in SECTIONS:
        for line in section():
            yield line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.writelines(f"{line}\n" for line in requests())
