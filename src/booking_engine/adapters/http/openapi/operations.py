"""An operation in words: what an endpoint is for, and where its answers lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

APPOINTMENTS, WINDOWS, DATES, SETUP, HEALTH = "Appointments", "Windows", "Dates", "Setup", "Health"

TAGS: Mapping[str, str] = {
    APPOINTMENTS: "Book, look up, change, complete and cancel.",
    WINDOWS: "The weekly rules by which bookings are taken.",
    DATES: "What the rules come to on a date: what is free, what is filled, what is different that day.",
    SETUP: "What the organisation has set up.",
    HEALTH: "Whether the server is there. No key is needed.",
}


class Lead(NamedTuple):
    """A link: a value of an answer, which is always there, is a parameter of another operation."""

    operation: str
    parameter: str
    value: str


class Told(NamedTuple):
    """``summary`` is a line, ``description`` what a developer needs beside it; ``statuses`` are those of success."""

    tag: str
    summary: str
    description: str = ""
    statuses: tuple[int, ...] = (200,)
    leads: tuple[Lead, ...] = ()


def _leads(parameter: str, value: str, *operations: str) -> tuple[Lead, ...]:
    return tuple(Lead(operation, parameter, f"$response.body#/{value}") for operation in operations)


_TO_APPOINTMENT = ("appointment_id", "data/appointment_id", "appointment", "update", "history")
_TO_WINDOW = ("slot_id", "data/slot_id", "update_window", "disable_window")

OPERATIONS: Mapping[str, Told] = {
    "config": Told(
        SETUP,
        "Read the settings",
        "The policy under which bookings are taken. Read `timezone` before you make an `appointment_date`: windows "
        "are times of that zone's clock.",
    ),
    "services": Told(SETUP, "List the services", "What can be asked for as `appointment_type`."),
    "branches": Told(SETUP, "List the branches", "What can be asked for as `branch_id`."),
    "book": Told(
        APPOINTMENTS,
        "Book an appointment",
        "Takes one place of the first window that has room. Send `external_reference_id`, or `Idempotency-Key`: a "
        "request that is sent again then answers the appointment that stands, with 200 and `idempotent`, whatever "
        "became of it meanwhile. Cancelling frees the reference.",
        (201, 200),
        _leads(*_TO_APPOINTMENT),
    ),
    "update": Told(
        APPOINTMENTS,
        "Change an appointment",
        "Only what is sent is changed. A new `appointment_date` asks for a place like a booking, and gives back the "
        "old one in the same moment; the status becomes `rescheduled`. `cancelled` frees the place and the reference. "
        "`session` or `batch` alone look for another window at the same time. With `If-Match`, nothing that "
        "somebody else changed meanwhile is overwritten.",
        leads=_leads("appointment_id", "data/appointment_id", "appointment", "history"),
    ),
    "appointment": Told(
        APPOINTMENTS,
        "Read an appointment",
        "Of any status: none is ever deleted.",
        leads=_leads("appointment_id", "data/appointment_id", "update", "history"),
    ),
    "history": Told(APPOINTMENTS, "Read what happened to an appointment", "When, through which door, by whom."),
    "appointments": Told(
        APPOINTMENTS,
        "List appointments",
        "By start, then id. Filters narrow together.",
    ),
    "windows": Told(
        WINDOWS,
        "List the windows",
        "Open or not.",
    ),
    "availability": Told(
        DATES,
        "Ask what is free",
        "The open windows of a local date. `available_slots` is what an agent can still book; it is 0 where nothing "
        "can be booked any more. Ask for one `appointment_type` to have its own count.",
    ),
    "tracking": Told(
        DATES,
        "See what is filled",
        "One record for each window, date and service. Send `date`, or `from` and `to`.",
    ),
    "create_window": Told(
        WINDOWS,
        "Create a window",
        "A weekly rule of a branch, on one weekday. Windows may overlap.",
        (201,),
        _leads(*_TO_WINDOW),
    ),
    "update_window": Told(
        WINDOWS,
        "Change a window",
        "Only what is sent is changed, on every date. No appointment is moved or cancelled by it: `impact` names "
        "those that no longer fit.",
        leads=_leads(*_TO_WINDOW),
    ),
    "disable_window": Told(
        WINDOWS,
        "Close a window",
        "No new bookings; what stands stays. Reopen it with `status`: `OPEN`.",
        leads=_leads("slot_id", "data/slot_id", "update_window"),
    ),
    "override_tracking": Told(
        DATES,
        "Make a date different",
        "Capacity or status of a window, or of one service in it, on one local date.",
    ),
    "regenerate": Told(
        DATES,
        "Recount",
        "Holds what is filled against a recount of the appointments. Nothing is changed, and nothing needs to be "
        "generated ahead.",
    ),
}
"""By the name of the endpoint, which is the operation's id."""
