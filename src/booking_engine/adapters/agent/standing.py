"""What stands: what a call did so far, as its answers and the appointments tell."""

from __future__ import annotations

import itertools
import json
from typing import Any

from booking_engine.adapters.agent.choices import Choice
from booking_engine.adapters.agent.descriptions import DESCRIPTIONS
from booking_engine.adapters.agent.desk import Desk
from booking_engine.adapters.agent.references import reference_prefix
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.text import fold
from booking_engine.domain.toolcall import AnswerRecord
from booking_engine.ports import AsyncAnswerBook
from booking_engine.queries import LIMIT_MAX, AppointmentsQuery

_CHANGING = frozenset(each.name for each in DESCRIPTIONS if not each.read_only)


def tool_of(record: AnswerRecord) -> str:
    """The name of the tool that a record is of."""
    return record.asked.partition(":")[0]


def read(record: AnswerRecord) -> dict[str, Any]:
    """What was answered; an empty one while nothing was."""
    body: dict[str, Any] = {} if record.answer is None else json.loads(record.answer)
    return body


async def changed_since(answers: AsyncAnswerBook, begun: AnswerRecord) -> bool:
    """Whether the call has held, booked or changed anything, or may have, by a tool call begun after this one.

    The very same asked again is nothing else: it is what this one would do.
    """
    records = await answers.of_call(begun.call.call_id)
    since = itertools.dropwhile(lambda record: record.call != begun.call, records)
    others = [each for each in since if tool_of(each) in _CHANGING and each.asked != begun.asked]
    return any(each.answer is None or read(each).get("ok") for each in others)


async def held_slot(desk: Desk) -> str | None:
    """The slot that the call was told it holds; None where it holds none, or another tool call is still at it."""
    for record in reversed(await desk.answers.of_call(desk.call.call_id)):
        tool, body = tool_of(record), read(record)
        if tool == "hold_time":
            if not body:
                return None
            if body["code"] == AnswerCode.HELD:
                return str(body["data"]["held"]["slot"])
    return None


async def appointments_of(desk: Desk, phone: str) -> tuple[Appointment, ...]:
    """Every appointment of a phone, of any status."""
    found: list[Appointment] = []
    query = AppointmentsQuery(phone=phone, limit=LIMIT_MAX)
    while True:
        page = await desk.engine.appointments(query)
        found += page.items
        if page.next_cursor is None:
            return tuple(found)
        query = AppointmentsQuery(phone=phone, limit=LIMIT_MAX, cursor=page.next_cursor)


async def standing_of_call(
    desk: Desk, choice: Choice, name: str, phone: str, *, but: str | None = None
) -> Appointment | None:
    """What this call has already for the person, the service and the date of a choice, booked for it or moved to it.

    Where duplicates are prevented the engine finds that; where they are not, one call makes none all the same.
    """
    prefix, day = reference_prefix(desk.call.call_id), desk.catalog.local_date(choice.start)
    by_name = desk.catalog.configuration.duplicate_includes_patient
    for each in await appointments_of(desk, phone):
        if (
            each.is_expected
            and each.appointment_id != but
            and each.date == day
            and each.service_id == choice.service.service_id
            and is_of_call(each, prefix)
            and not (by_name and not _is_of(each, name))
        ):
            return each
    return None


def is_of_call(appointment: Appointment, prefix: str) -> bool:
    """Whether a call with this prefix made the appointment."""
    return (appointment.external_reference_id or "").startswith(prefix)


def stands(desk: Desk, standing: Appointment, choice: Choice, name: str) -> Answer:
    """The person has an appointment for that service and date: it is what was asked for, or it is in the way.

    It is what was asked for at that time and branch: in which group of the clinic's it is, no caller chooses.
    """
    if _is_of(standing, name) and _is_at(standing, choice) and standing.start == choice.start:
        return confirmed(desk, AnswerCode.BOOKED, standing)
    return in_the_way(desk, standing, choice, name)


def in_the_way(desk: Desk, standing: Appointment, choice: Choice, name: str | None = None) -> Answer:
    """An appointment stands that keeps the choice from being taken: it can be moved instead, or a person sorts it out.

    The second where it is somebody else's under the same phone, or the name was heard otherwise, and where it is at
    another branch, for nothing is moved between them. Without a name it is taken to be the caller's.
    """
    can_be_moved = _is_at(standing, choice) and (name is None or _is_of(standing, name))
    offered = can_be_moved and standing.start != choice.start
    return Answer(
        code=AnswerCode.ALREADY_BOOKED,
        next_action=NextAction.RESCHEDULE_INSTEAD if can_be_moved else NextAction.HAND_OVER,
        say=desk.speech.say("refused.DUPLICATE_BOOKING") if offered else _told(desk, standing, choice),
        data={"appointment": desk.appointment_data(standing), "wished": desk.choice_data(choice)},
    )


def _told(desk: Desk, standing: Appointment, choice: Choice) -> str:
    """What stands; and where, if that is not where it was wished for."""
    said = desk.speech.confirmation(standing, desk.zone)
    if _is_at(standing, choice):
        return said
    return f"{said} {desk.speech.say('at_branch', branch=desk.branch_name(standing.branch_id))}"


def _is_of(appointment: Appointment, name: str) -> bool:
    return fold(appointment.patient_name) == fold(name)


def _is_at(appointment: Appointment, choice: Choice) -> bool:
    return appointment.branch_id == choice.window.branch_id


def confirmed(desk: Desk, code: AnswerCode, appointment: Appointment) -> Answer:
    """What is so now, said of the stored appointment."""
    return Answer(
        ok=True,
        code=code,
        next_action=NextAction.DONE,
        say=desk.speech.confirmation(appointment, desk.zone),
        data={
            "appointment": desk.appointment_data(appointment),
            "read_back": desk.speech.read_back("read_back.phone", appointment.parent_phone),
        },
    )
