"""Booking: once for a person, a service and a date in one call, however often and by whichever tool call it is asked.

The appointment's reference follows from the call, the person, the service and the date: whatever asks for the same
finds what stands (SPEC §6.2). Where what stood under it was moved to another date, the next reference in line is taken.
"""

from __future__ import annotations

import contextlib
from typing import Any

from booking_engine.adapters.agent.choices import Choice, choice_of
from booking_engine.adapters.agent.desk import AI, Desk, choices_of
from booking_engine.adapters.agent.holding import (
    OFFERS_OTHER_TIMES,
    CallHold,
    existing_of,
    hold_command,
    hold_of_call,
    not_free,
)
from booking_engine.adapters.agent.offers import lost, no_hold
from booking_engine.adapters.agent.references import reference_of
from booking_engine.adapters.agent.result import Answer, AnswerCode
from booking_engine.adapters.agent.standing import confirmed, held_slot, standing_of_call, stands
from booking_engine.commands import BookAppointment, ConfirmHold
from booking_engine.decisions.decision import Booked
from booking_engine.domain.rejection import Rejection, RejectionCode
from booking_engine.errors import BookingRejected, StoreError

ALTERNATIVES = 3
MOVED_MAX = 20
"""So many appointments of one person may be moved away from one date in one call."""


async def book(desk: Desk, arguments: dict[str, Any]) -> Answer:
    """Book a slot, or the place that the call holds."""
    slot = arguments.get("slot") or await held_slot(desk)
    if slot is None:
        return await no_hold(desk)
    choice = choice_of(desk.catalog, slot)
    if choice is None:
        return await lost(desk, slot)
    name = arguments["patient_name"]
    if not desk.catalog.configuration.duplicate_prevention:
        standing = await standing_of_call(desk, choice, arguments["patient_name"], arguments["parent_phone"])
        if standing is not None:
            return stands(desk, standing, choice, name)
    try:
        booked = await _booked(desk, choice, arguments)
    except BookingRejected as refused:
        return await _refused(desk, refused.rejection, choice, arguments)
    if booked.replayed:
        return stands(desk, booked.appointment, choice, name)
    return confirmed(desk, AnswerCode.BOOKED, booked.appointment)


async def _booked(desk: Desk, choice: Choice, arguments: dict[str, Any]) -> Booked:
    """The appointment; a hold that the call has elsewhere is kept until it stands, for it may be refused.

    Only where that hold may take the last place of the window that is to be booked, it is moved, and confirmed.
    """
    hold = await hold_of_call(desk, choice)
    try:
        return await _beside(desk, hold, choice, arguments)
    except BookingRejected as refused:
        if hold is None or hold.same_choice or not hold.may_be_in_the_way(refused.rejection):
            raise
    who = arguments.get("doctor"), arguments["parent_phone"], arguments["patient_name"]
    moved = await desk.engine.hold(hold_command(desk, choice, *who))
    return await _beside(desk, CallHold(moved.hold.hold_id, same_choice=True, same_places=True), choice, arguments)


async def _beside(desk: Desk, hold: CallHold | None, choice: Choice, arguments: dict[str, Any]) -> Booked:
    """The appointment, by confirming the hold if it is on the choice; what is not needed any more is given back."""
    booked = await _under_reference(desk, choice, arguments, hold.hold_id if hold and hold.same_choice else None)
    if hold is not None and booked.appointment.start == choice.start:  # else it may be for the time to move to
        is_unused = booked.replayed if hold.same_choice else not booked.replayed
        if is_unused:
            await give_back(desk, hold.hold_id)
    return booked


async def _under_reference(desk: Desk, choice: Choice, arguments: dict[str, Any], hold_id: str | None) -> Booked:
    """The appointment under the first reference that is free, or stands on that date."""
    name, phone = arguments["patient_name"], arguments["parent_phone"]
    day, moved = desk.catalog.local_date(choice.start), 0
    booked = await _asked(desk, choice, arguments, reference_of(desk, choice, name, phone, moved), hold_id)
    while booked.appointment.date != day and moved + 1 < MOVED_MAX:
        moved += 1
        booked = await _asked(desk, choice, arguments, reference_of(desk, choice, name, phone, moved), hold_id)
    return booked


async def _asked(desk: Desk, choice: Choice, arguments: dict[str, Any], reference: str, hold_id: str | None) -> Booked:
    """Confirm the hold; without one, or where it ended meanwhile, ask for the place itself."""
    name, phone = arguments["patient_name"], arguments["parent_phone"]
    doctor, notes = arguments.get("doctor"), arguments.get("notes")
    if hold_id is not None:
        confirmation = ConfirmHold(
            hold_id=hold_id,
            patient_name=name,
            parent_phone=phone,
            assigned_doctor=doctor,
            external_reference_id=reference,
            notes=notes,
            channel=AI,
        )
        try:
            return await desk.engine.confirm_hold(confirmation)
        except BookingRejected as refused:
            if refused.code is not RejectionCode.HOLD_ENDED:
                raise
    return await desk.engine.book(
        BookAppointment(
            appointment_type=choice.service.service_id,
            appointment_date=choice.start,
            patient_name=name,
            parent_phone=phone,
            branch_id=choice.window.branch_id,
            session=choice.window.session,
            batch=choice.window.batch,
            assigned_doctor=doctor,
            external_reference_id=reference,
            notes=notes,
            alternatives=ALTERNATIVES,
            channel=AI,
        )
    )


async def give_back(desk: Desk, hold_id: str) -> None:
    """Release a hold that is not needed any more; where that fails it ends by itself."""
    with contextlib.suppress(StoreError):
        await desk.engine.release_hold(hold_id, channel=AI)


async def _refused(desk: Desk, rejection: Rejection, choice: Choice, arguments: dict[str, Any]) -> Answer:
    """What stands in the way, or other times: those of the refusal, which leave out dates that the person has taken."""
    existing = await existing_of(desk, rejection)
    if existing is not None:
        return stands(desk, existing, choice, arguments["patient_name"])
    choices = choices_of(choice.service, rejection.alternatives)
    if choices and rejection.code in OFFERS_OTHER_TIMES:
        return desk.refused(rejection, choices, choice.window.branch_id)
    return await not_free(desk, rejection, choice, arguments.get("doctor"))
