"""What is asked about holds: a few callers who want the places that everybody wants, and change their minds."""

from __future__ import annotations

import attrs
from hypothesis import strategies as st

from booking_engine import commands as c
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import PlaceHeld
from booking_engine.options import AskedBy
from booking_engine.testing.machine.asked import DOCTORS, PEOPLE, PHONES, REFERENCES, WHO, bookings, fresh_bookings
from booking_engine.testing.machine.drawing import Draw, mostly, once_in, one, seldom
from booking_engine.testing.machine.scene import Scene

HOLDERS = ("call-1", "call-2", "call-3")


def _wish(holder: str, booking: c.BookAppointment) -> c.HoldPlace:
    """The place that a booking asks for, and nobody named."""
    return c.HoldPlace(
        holder=holder,
        appointment_type=booking.appointment_type,
        appointment_date=booking.appointment_date,
        branch_id=booking.branch_id,
        session=booking.session,
        batch=booking.batch,
        channel=booking.channel,
        actor=booking.actor,
    )


@st.composite
def holds(draw: Draw, scene: Scene) -> c.HoldPlace:
    """Places to be kept, with and without a phone and a doctor; for a holder who has one, often the same again."""
    booking, running = draw(bookings(scene)), scene.running_holds()
    if running and once_in(draw, 3):
        hold = one(draw, running)
        booking = attrs.evolve(
            booking,
            appointment_type=mostly(draw, [hold.service_id], [booking.appointment_type]),
            appointment_date=hold.start,
            branch_id=one(draw, (hold.branch_id, None)),
            session=mostly(draw, [None, hold.session], [booking.session]),
            batch=mostly(draw, [None, hold.batch], [booking.batch]),
        )
        return _wish(mostly(draw, [hold.holder], HOLDERS), booking)
    return attrs.evolve(
        _wish(one(draw, HOLDERS), booking),
        assigned_doctor=seldom(draw, DOCTORS),
        parent_phone=seldom(draw, PHONES, 2),
        patient_name=seldom(draw, PEOPLE, 2),
    )


@st.composite
def fresh_holds(draw: Draw, scene: Scene) -> c.HoldPlace:
    """Places to be kept for somebody who has none: nothing but time and room can refuse them."""
    return _wish(f"call-{len(scene.model.events)}", draw(fresh_bookings(scene)))


@st.composite
def hold_changes(draw: Draw, scene: Scene) -> c.HoldCommand:
    """Holds confirmed, extended and given up: mostly such as run, and some that ended or never were."""
    made = [event.subject_id for event in scene.model.events if isinstance(event, PlaceHeld)]
    hold_id = mostly(draw, [hold.hold_id for hold in scene.running_holds()], [*made[-3:], "hold_nobody"])
    by: AskedBy = {"channel": one(draw, tuple(Channel)), "actor": one(draw, WHO)}
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return c.ReleaseHold(hold_id=hold_id, **by)
    if kind == 1:
        return c.ExtendHold(hold_id=hold_id, **by)
    return c.ConfirmHold(
        hold_id=hold_id,
        patient_name=one(draw, PEOPLE),
        parent_phone=one(draw, (*PHONES, f"+1{len(scene.model.appointments):09}")),
        assigned_doctor=one(draw, (None, None, *DOCTORS)),
        external_reference_id=seldom(draw, REFERENCES, 3),
        notes=seldom(draw, ("held\nfirst",)),
        **by,
    )


def next_words(scene: Scene) -> st.SearchStrategy[c.HoldCommand]:
    """What a caller may say who has a place kept: mostly a change of that hold."""
    return st.one_of(hold_changes(scene), hold_changes(scene), holds(scene))
