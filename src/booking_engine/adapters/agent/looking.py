"""Looking up: what stands under a phone that the caller gave, what this call did, and what is offered at all."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from booking_engine.adapters.agent.desk import Desk
from booking_engine.adapters.agent.references import reference_prefix
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction
from booking_engine.adapters.agent.standing import appointments_of, is_of_call, read, tool_of
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.toolcall import AnswerRecord
from booking_engine.errors import BookingRejected

IN_PROGRESS_MAX = timedelta(seconds=20)
"""So long a tool call may take; what has no answer after that was broken off."""
SAID_MAX = 3
_CHANGING = frozenset({"book", "reschedule", "cancel"})


class ThisCall(enum.StrEnum):
    """What a call has done."""

    BOOKED = "booked"
    NOT_BOOKED = "not_booked"
    IN_PROGRESS = "in_progress"
    UNKNOWN = "unknown"
    """Something was broken off, and without a phone there is no telling what it did."""


async def look_up(desk: Desk, arguments: dict[str, Any]) -> Answer:
    """The appointments to come under the phone, and what this call did."""
    phone = arguments.get("parent_phone")
    under_phone = () if phone is None else await appointments_of(desk, phone)
    to_come = tuple([each for each in under_phone if each.is_expected and each.start > desk.now])
    records = await desk.answers.of_call(desk.call.call_id)
    prefix = reference_prefix(desk.call.call_id)
    made = tuple([each for each in under_phone if each.is_expected and is_of_call(each, prefix)])
    own = tuple({each.appointment_id: each for each in (*made, *await _answered(desk, records))}.values())
    state = _state(desk, records, own, knows_phone=phone is not None)
    shown = to_come if phone is not None else tuple([each for each in own if each.start > desk.now])
    data: dict[str, Any] = {
        "this_call": state.value,
        "booked_in_this_call": [desk.appointment_data(each) for each in own],
    }
    if phone is not None:
        data["appointments"] = [desk.appointment_data(each) for each in to_come]
        data["read_back"] = desk.speech.read_back("read_back.phone", phone)
    say, next_action = _said(desk, state, shown)
    return Answer(
        ok=True,
        code=AnswerCode.LOOKED_UP,
        next_action=next_action,
        say=say,
        data=data,
        is_final=state in (ThisCall.BOOKED, ThisCall.NOT_BOOKED),
    )


async def _answered(desk: Desk, records: Sequence[AnswerRecord]) -> tuple[Appointment, ...]:
    """What this call was told that it booked or moved, as far as it is still to come about."""
    ids: dict[str, None] = {}
    for record in records:
        body = read(record)
        if body.get("ok") and tool_of(record) in ("book", "reschedule"):
            ids[body["data"]["appointment"]["appointment"]] = None
    found = []
    for appointment_id in ids:
        try:
            found.append(await desk.engine.appointment(appointment_id))
        except BookingRejected:
            continue
    return tuple([each for each in found if each.is_expected])


def _state(desk: Desk, records: Sequence[AnswerRecord], own: Sequence[Appointment], *, knows_phone: bool) -> ThisCall:
    open_ = [each for each in records if each.answer is None and tool_of(each) in _CHANGING]
    if own and all(tool_of(each) == "book" for each in open_):
        return ThisCall.BOOKED  # whatever is still on its way to book it finds it
    if any(desk.now - each.begun_at < IN_PROGRESS_MAX for each in open_):
        return ThisCall.IN_PROGRESS
    if own:
        return ThisCall.BOOKED
    return ThisCall.UNKNOWN if open_ and not knows_phone else ThisCall.NOT_BOOKED


def _said(desk: Desk, state: ThisCall, shown: Sequence[Appointment]) -> tuple[str, NextAction]:
    if state is ThisCall.IN_PROGRESS:
        return desk.speech.say("in_progress"), NextAction.WAIT
    if state is ThisCall.UNKNOWN:
        return desk.speech.say("ask.phone"), NextAction.ASK_PHONE
    if shown:
        told = [desk.speech.confirmation(each, desk.zone) for each in shown[:SAID_MAX]]
        return " ".join(told), NextAction.DONE
    return desk.speech.say("not_booked"), NextAction.ASK_DATE


async def list_services(desk: Desk, arguments: dict[str, Any]) -> Answer:  # noqa: ARG001 (all tools are given the same)
    """What can be booked, and where."""
    services, branches = desk.catalog.active_services, desk.catalog.active_branches
    data = {"services": desk.services_data(), "branches": desk.branches_data()}
    if not services or not branches:
        say, next_action = desk.speech.say("handover"), NextAction.HAND_OVER
    else:
        say, next_action = desk.speech.choices("services", [each.name for each in services]), NextAction.ASK_SERVICE
        if len(services) == 1:
            next_action = NextAction.ASK_DATE
    return Answer(ok=True, code=AnswerCode.SERVICES, next_action=next_action, say=say, data=data)
