"""Changing what stands: an appointment is moved to another slot, or cancelled (SPEC U2, U5)."""

from __future__ import annotations

from typing import Any

from booking_engine.adapters.agent.booking import ALTERNATIVES, give_back
from booking_engine.adapters.agent.choices import Choice, choice_of
from booking_engine.adapters.agent.desk import AI, Desk, choices_of
from booking_engine.adapters.agent.holding import OFFERS_OTHER_TIMES, hold_of_call, not_free
from booking_engine.adapters.agent.offers import lost, near
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction
from booking_engine.adapters.agent.standing import confirmed, in_the_way, standing_of_call
from booking_engine.commands import UNSET, UpdateAppointment
from booking_engine.domain.appointment import Appointment
from booking_engine.errors import BookingRejected


async def reschedule(desk: Desk, arguments: dict[str, Any]) -> Answer:
    """Move an appointment to a slot; where it is already, it is left."""
    choice = choice_of(desk.catalog, arguments["slot"])
    if choice is None:
        return await lost(desk, arguments["slot"])
    appointment = await desk.engine.appointment(arguments["appointment"])
    if (appointment.service_id, appointment.branch_id) != (choice.service.service_id, choice.window.branch_id):
        return await _other_slot(desk, appointment, choice)
    if not desk.catalog.configuration.duplicate_prevention:  # else the engine sees to it
        name, phone = appointment.patient_name, appointment.parent_phone
        standing = await standing_of_call(desk, choice, name, phone, but=appointment.appointment_id)
        if standing is not None:
            return in_the_way(desk, standing, choice, name)
    hold = await hold_of_call(desk, choice)
    try:
        moved = await _moved(desk, appointment, choice)
    except BookingRejected as refused:
        if hold is None or not hold.may_be_in_the_way(refused.rejection):
            return await _refused(desk, refused, appointment, choice)
        await give_back(desk, hold.hold_id)  # It may be the call's own hold that takes the last place.
        try:
            moved = await _moved(desk, appointment, choice)
        except BookingRejected as again:
            return await _refused(desk, again, appointment, choice)
    else:
        if hold is not None and hold.same_choice:
            await give_back(desk, hold.hold_id)
    return confirmed(desk, AnswerCode.RESCHEDULED, moved)


async def _moved(desk: Desk, appointment: Appointment, choice: Choice) -> Appointment:
    command = UpdateAppointment(
        appointment_id=appointment.appointment_id,
        appointment_date=choice.start,
        session=choice.window.session,
        batch=UNSET if choice.window.batch is None else choice.window.batch,
        alternatives=ALTERNATIVES,
        channel=AI,
    )
    return (await desk.engine.update(command)).appointment


async def _refused(desk: Desk, refused: BookingRejected, appointment: Appointment, choice: Choice) -> Answer:
    """Other times, or what is in the way: never the appointment itself, so it is not what was asked for."""
    if refused.code in OFFERS_OTHER_TIMES:
        choices = choices_of(choice.service, refused.alternatives)
        return desk.refused(refused.rejection, choices, choice.window.branch_id)
    return await not_free(desk, refused.rejection, choice, name=appointment.patient_name)


async def _other_slot(desk: Desk, appointment: Appointment, choice: Choice) -> Answer:
    """The slot is for another service or branch: times of the appointment's own near it."""
    service = desk.catalog.services[appointment.service_id]
    window = desk.catalog.windows[appointment.calendar_id]
    choices = () if service.retired else await near(desk, Choice(service, window, choice.start))
    return Answer(
        code=AnswerCode.OTHER_SLOT,
        next_action=NextAction.OFFER_TIMES if choices else NextAction.HAND_OVER,
        say=desk.offer(choices) if choices else desk.speech.say("handover"),
        data={"appointment": desk.appointment_data(appointment), "choices": desk.choices_data(choices)},
    )


async def cancel(desk: Desk, arguments: dict[str, Any]) -> Answer:
    """Cancel an appointment; one that is cancelled stays so."""
    cancelled = await desk.engine.cancel(arguments["appointment"], channel=AI)
    return confirmed(desk, AnswerCode.CANCELLED, cancelled.appointment)
