"""Holding a time: a place is kept for the call, one at a time, while the caller says the rest (SPEC H1)."""

from __future__ import annotations

from typing import Any, NamedTuple

from booking_engine.adapters.agent.choices import Choice, choice_of
from booking_engine.adapters.agent.desk import AI, Desk
from booking_engine.adapters.agent.offers import lost, near
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction
from booking_engine.adapters.agent.standing import in_the_way
from booking_engine.commands import HoldPlace
from booking_engine.decisions.decision import Accepted, Answered
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.errors import BookingRejected

OFFERS_OTHER_TIMES = frozenset(
    {
        RejectionCode.PAST_APPOINTMENT,
        RejectionCode.OUTSIDE_AVAILABILITY,
        RejectionCode.SLOT_INACTIVE,
        RejectionCode.SLOT_FULL,
    }
)
"""Refusals of the time, and not of the person or the policy."""


async def hold_time(desk: Desk, arguments: dict[str, Any]) -> Answer:
    """Keep a place, or move the one that the call has; the same one again is kept for longer."""
    choice = choice_of(desk.catalog, arguments["slot"])
    if choice is None:
        return await lost(desk, arguments["slot"])
    doctor, phone = arguments.get("doctor"), arguments.get("parent_phone")
    try:
        held = await desk.engine.hold(hold_command(desk, choice, doctor, phone))
        hold = (await desk.engine.extend_hold(held.hold.hold_id, channel=AI)).hold if held.replayed else held.hold
    except BookingRejected as refused:
        return await not_free(desk, refused.rejection, choice, doctor)
    return Answer(
        ok=True,
        code=AnswerCode.HELD,
        next_action=NextAction.ASK_NAME,
        say=desk.speech.held(hold.start, until=hold.ends_at, now=desk.now, zone=desk.zone),
        data={"held": desk.choice_data(choice), "seconds": int((hold.ends_at - desk.now).total_seconds())},
    )


async def not_free(
    desk: Desk, rejection: Rejection, choice: Choice, doctor: str | None = None, name: str | None = None
) -> Answer:
    """A refusal, with what stands in the way, or with other times where it is the time that was refused."""
    existing = await existing_of(desk, rejection)
    if existing is not None:
        return in_the_way(desk, existing, choice, name)
    choices = await near(desk, choice, doctor) if rejection.code in OFFERS_OTHER_TIMES else ()
    return desk.refused(rejection, choices, choice.window.branch_id)


async def existing_of(desk: Desk, rejection: Rejection) -> Appointment | None:
    """The appointment that a booking is refused as a duplicate of."""
    if rejection.code is not RejectionCode.DUPLICATE_BOOKING or rejection.existing_appointment_id is None:
        return None
    return await desk.engine.appointment(rejection.existing_appointment_id)


def hold_command(
    desk: Desk, choice: Choice, doctor: str | None = None, phone: str | None = None, name: str | None = None
) -> HoldPlace:
    """The command that holds a choice for the call."""
    return HoldPlace(
        holder=desk.call.call_id,
        appointment_type=choice.service.service_id,
        appointment_date=choice.start,
        branch_id=choice.window.branch_id,
        session=choice.window.session,
        batch=choice.window.batch,
        assigned_doctor=doctor,
        parent_phone=phone,
        patient_name=name,
        channel=AI,
    )


class CallHold(NamedTuple):
    """The hold that a call has, as a choice is concerned: on that very choice, or on another one.

    ``same_places``: it keeps a place of the choice's own window-date, which may be the last one there.
    """

    hold_id: str
    same_choice: bool
    same_places: bool

    def may_be_in_the_way(self, refused: Rejection) -> bool:
        """Whether this hold may take the place for want of which something was refused."""
        is_full = refused.code is RejectionCode.SLOT_FULL and refused.reason in (Reason.CAPACITY, Reason.AI_QUOTA)
        return is_full and self.same_places


async def hold_of_call(desk: Desk, choice: Choice) -> CallHold | None:
    """What the call holds, found by asking what holding the choice would change; None for nothing.

    It is not found either where the choice cannot be held at all: such a hold is left to end.
    """
    decision = await desk.engine.check(hold_command(desk, choice))
    if isinstance(decision, Answered):
        return CallHold(decision.result.hold.hold_id, same_choice=True, same_places=True)
    if isinstance(decision, Accepted):
        changes = {each.field: each.before for event in decision.commit.events for each in event.changes}
        if "hold_id" in changes:
            same_places = not {"calendar_id", "date"} & changes.keys()
            return CallHold(str(changes["hold_id"]), same_choice=False, same_places=same_places)
    return None
