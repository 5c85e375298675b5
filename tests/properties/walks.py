"""A walk is a list of things that people ask of an organisation, one after the other, whatever comes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import attrs
from hypothesis import strategies as st

from booking_engine import Accepted, BookAppointment, Channel, Session, UpdateWindow
from booking_engine.commands import Command
from properties.support import CANCELLED, COMPLETED, CONFIRMED, Clinic, attempt, request, update
from properties.worlds import BRANCHES, DAY, HALF_HOUR, SERVICES, Choices, World, choices, midnight


@attrs.frozen
class Step:
    """Who asks for what; ``which`` counts the appointments that there are, round and round."""

    kind: str
    which: int
    place: int
    phone: str
    service_id: str
    branch_id: str
    reference: str | None
    doctor: str | None
    channel: Channel

    def start(self, world: World) -> datetime:
        """On Monday, or on Tuesday."""
        return midnight(world.tz) + (self.place % 2) * DAY + timedelta(hours=8) + self.place // 2 * HALF_HOUR

    def command(self, world: World, made: Clinic) -> Command | None:
        """The ask; None where there is nobody yet to ask for it."""
        if self.kind == "book":
            return self.booking(world)
        if self.kind == "window":
            return UpdateWindow(slot_id="w0", max_slots=1 + self.which % 3, ai_slots=self.which % 2)
        appointments = made.appointments()
        if not appointments:
            return None
        subject = appointments[self.which % len(appointments)]
        changes: dict[str, dict[str, Any]] = {
            "move": {"appointment_date": self.start(world)},
            "cancel": {"status": CANCELLED},
            "complete": {"status": COMPLETED},
            "confirm": {"status": CONFIRMED},
            "doctor": {"assigned_doctor": self.doctor},
            "label": {"session": Session.MORNING},
            "notes": {"notes": "Came late."},
        }
        return update(subject, **changes[self.kind], channel=self.channel, actor="desk")

    def booking(self, world: World) -> BookAppointment:
        """The ask for a place."""
        where = {"branch_id": self.branch_id, "appointment_type": self.service_id}
        who = {"assigned_doctor": self.doctor, "external_reference_id": self.reference, "channel": self.channel}
        return request(self.start(world), self.phone, **where, **who)


MOVES = ("move", "cancel", "confirm", "complete", "label", "notes")
KINDS = ("book", *MOVES, "book", "doctor", "move", "book", "cancel", "book", "window")


def a_step(drawn: Choices, kinds: tuple[str, ...]) -> Step:
    """One of the things that may be asked."""
    return Step(
        kind=drawn.of(*kinds),
        which=drawn.of(*range(10)),
        place=drawn.of(*range(19)),
        phone=drawn.of("+91", "+92", "+93"),
        service_id=drawn.of(*SERVICES),
        branch_id=drawn.of(*BRANCHES),
        reference=drawn.of(None, None, "R", "Q"),
        doctor=drawn.of(None, None, "Dr Rao"),
        channel=drawn.of(*Channel),
    )


steps = choices.map(lambda drawn: a_step(drawn, KINDS))
moves = choices.map(lambda drawn: a_step(drawn, MOVES))
walks = st.lists(steps, min_size=1, max_size=10)


def walk(world: World, made: Clinic, taken: list[Step]) -> list[Any]:
    """The outcome of each step."""
    commands = (step.command(world, made) for step in taken)
    return [attempt(made.engine, command) for command in commands if command is not None]


def bookable(world: World, made: Clinic, step: Step) -> list[Step]:
    """The step as a booking by somebody new, at each place where it would be granted."""
    new = attrs.evolve(step, kind="book", phone="+new", reference="new")
    tries = [attrs.evolve(new, place=place, branch_id=branch) for branch in BRANCHES for place in range(19)]
    return [each for each in tries if isinstance(made.engine.check(each.booking(world)), Accepted)]
