"""What the tools are, in words for a model: their names, their parameters, and when to call them."""

from __future__ import annotations

from booking_engine.adapters.agent.choices import slot
from booking_engine.adapters.agent.dates import TEXT_LENGTH_MAX
from booking_engine.adapters.agent.tool import Description, Parameter
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.text import clean_text
from booking_engine.domain.window import Session
from booking_engine.rules.fields import described_by, local_date, notes, one_of, text


@described_by({**text.schema, "maxLength": TEXT_LENGTH_MAX})
def _said(value: object) -> str | FieldProblem:
    """Check for what a caller says of a time."""
    return clean_text(value, length_max=TEXT_LENGTH_MAX)


_SLOT = Parameter("slot", slot, "The slot of one of the choices, exactly as find_times gave it.", required=True)
_DOCTOR = Parameter("doctor", text, "The doctor's name, if the caller asks for one.")
_APPOINTMENT = Parameter("appointment", text, "The appointment, exactly as look_up or book gave it.", required=True)

FIND_TIMES = Description(
    name="find_times",
    title="Find times",
    description=(
        "Find times that can be booked. Pass the caller's own words for the day and the time in `when`, unchanged: do "
        "not work out dates. Offer only what it answers. If it answers with a question, ask the caller that question."
    ),
    parameters=(
        Parameter("service", text, "What the visit is for: a service's name. May be left out if there is only one."),
        Parameter("when", _said, 'What the caller said of the day and the time, e.g. "next Tuesday morning".'),
        Parameter("date", local_date, "The day, where it is known as a date and was not said in words."),
        Parameter("part_of_day", one_of(Session), "The part of the day, where `when` does not say it."),
        Parameter("branch", text, "The branch's name. May be left out if there is only one."),
        _DOCTOR,
    ),
    read_only=True,
)
HOLD_TIME = Description(
    name="hold_time",
    title="Hold a time",
    description=(
        "Keep a place for the caller for a few minutes while you ask for name and phone. Call it as soon as the caller "
        "picks a time. Holding another slot lets the first one go; the same one again is kept for longer."
    ),
    parameters=(
        _SLOT,
        _DOCTOR,
        Parameter("parent_phone", text, "The caller's phone, if it is known: an earlier booking is then noticed now."),
    ),
)
BOOK = Description(
    name="book",
    title="Book",
    description=(
        "Book the time that the call holds, or another slot. Only say that something is booked when this answers ok. "
        "It never books the same visit twice."
    ),
    parameters=(
        Parameter("slot", slot, "The slot to book. Left out, it is the one that the call holds."),
        Parameter("patient_name", text, "The patient's name as the caller gives it, in any script.", required=True),
        Parameter("parent_phone", text, "The phone of the patient or the parent, in any format.", required=True),
        _DOCTOR,
        Parameter("notes", notes, "What the staff should know, in the caller's words."),
    ),
)
RESCHEDULE = Description(
    name="reschedule",
    title="Move an appointment",
    description="Move an appointment to another slot of the same service and branch. The old time is then free.",
    parameters=(_APPOINTMENT, _SLOT),
    destructive=True,
)
CANCEL = Description(
    name="cancel",
    title="Cancel an appointment",
    description="Cancel an appointment. Have the caller say that they want it cancelled first.",
    parameters=(_APPOINTMENT,),
    destructive=True,
)
LOOK_UP = Description(
    name="look_up",
    title="Look up appointments",
    description=(
        "The appointments to come under a phone, and what this call has done so far. Call it before moving or "
        "cancelling, and whenever you do not know whether something was booked."
    ),
    parameters=(
        Parameter(
            "parent_phone", text, "The phone that the caller says. Without it only what this call did is answered."
        ),
    ),
    read_only=True,
)
LIST_SERVICES = Description(
    name="list_services",
    title="List services and branches",
    description="The services that can be booked, and the branches.",
    read_only=True,
)

DESCRIPTIONS = (FIND_TIMES, HOLD_TIME, BOOK, RESCHEDULE, CANCEL, LOOK_UP, LIST_SERVICES)
"""All of them, in the order in which a call needs them."""
