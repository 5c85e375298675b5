"""Every sequence of commands, in a world of two phones and two dates with one or two places each.

The world is walked breadth first. Two sequences that end in the same state go on alike, so each state is gone on from
once, by every command there is; a step that changes nothing ends where it began. What is left out of a state is what
no decision reads: the ids of events, and how often something changed before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from booking_engine import (
    AddBranch,
    AddService,
    Appointment,
    AppointmentStatus,
    AvailabilityQuery,
    BookAppointment,
    BookingEngine,
    BookingRejected,
    Channel,
    ConfigureOrganisation,
    CreateWindow,
    Event,
    Session,
    TrackingQuery,
    UpdateAppointment,
    Weekday,
)
from booking_engine.adapters.memory import MemoryStore
from booking_engine.commands import Command
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds
from booking_engine.testing.machine.comparing import agree, agree_on_store
from booking_engine.testing.machine.observed import answer_of, in_order
from booking_engine.testing.model import NaiveModel

State: TypeAlias = tuple[Any, ...]

CLOCK = FixedClock(datetime(2026, 6, 1, 10, tzinfo=UTC))
DAYS = (datetime(2026, 6, 15, 9, tzinfo=UTC), datetime(2026, 6, 16, 9, tzinfo=UTC))
PHONES = {"+911": Channel.STAFF, "+912": Channel.AI_AGENT}
"""Two people, each on the telephone with somebody else."""


class World:
    """An engine over a memory store, and the model beside it; a fork goes on by itself."""

    def __init__(self, places: int) -> None:
        self.store, self.model, self.ids = MemoryStore(), NaiveModel(), SeededIds()
        self.told: list[Event] = []
        self._open_engine()
        self.do(ConfigureOrganisation(timezone="UTC"))
        self.do(AddBranch(name="Main", branch_id="main"))
        self.do(AddService(name="Check-Up", service_id="checkup"))
        for number, day in enumerate((Weekday.MONDAY, Weekday.TUESDAY)):
            self.do(
                CreateWindow(
                    branch_id="main",
                    day=day,
                    session=Session.MORNING,
                    start_time="09:00",
                    end_time="11:00",
                    ai_slots=1,
                    max_slots=places,
                    calendar_id=f"w{number}",
                )
            )

    def _open_engine(self) -> None:
        self.engine = BookingEngine(self.store, clock=CLOCK, ids=self.ids, observers=[self.told.append])

    def fork(self) -> World:
        """The same world, to be changed without changing this one."""
        twin = object.__new__(World)
        twin.store, twin.model, twin.ids, twin.told = MemoryStore(), self.model.copy(), self.ids, []
        for name, value in vars(self.store).items():
            if name != "_lock":
                setattr(twin.store, name, _copied(value))
        twin._open_engine()
        return twin

    def do(self, command: Command) -> bool:
        """Whether the command changed anything; engine and model must agree about everything."""
        self.told.clear()
        try:
            result = self.engine.execute(command)
        except BookingRejected as rejected:
            result = rejected.rejection
        expected = self.model.execute(command, now=CLOCK(), new_id=self.ids.last)
        agree("answer", answer_of(result, self.told), expected, command)
        return bool(expected.events)

    def check(self) -> None:
        """What is stored and what is shown are what they must be."""
        agree_on_store(self.store, self.model, CLOCK())
        for query in (
            AvailabilityQuery(date=DAYS[0].date(), until=DAYS[1].date()),
            AvailabilityQuery(date=DAYS[0].date(), until=DAYS[1].date(), appointment_type="checkup"),
            TrackingQuery(from_date=DAYS[0].date(), to_date=DAYS[1].date()),
        ):
            shown = in_order(answer_of(self.engine.execute(query)))
            agree("pages", shown, in_order(self.model.execute(query, now=CLOCK())), query)

    def state(self) -> State:
        """All that a decision may read, with ids told by the order of booking."""
        return tuple(sorted((_what_counts(each) for each in self.model.appointments), key=repr))

    def commands(self) -> Iterator[Command]:
        """Every command of this world."""
        for phone, channel in PHONES.items():
            for start in DAYS:
                for reference in (None, "R"):
                    yield BookAppointment(
                        appointment_type="checkup",
                        appointment_date=start,
                        patient_name="Aadhi",
                        parent_phone=phone,
                        external_reference_id=reference,
                        channel=channel,
                    )
        for each in self.model.appointments:
            yield from _changes(each)


def _changes(appointment: Appointment) -> Iterator[Command]:
    for status in (AppointmentStatus.CANCELLED, AppointmentStatus.CONFIRMED, AppointmentStatus.COMPLETED):
        yield UpdateAppointment(appointment_id=appointment.appointment_id, status=status)
    for start in (*DAYS, appointment.start.replace(minute=30)):
        if start != appointment.start:
            yield UpdateAppointment(appointment_id=appointment.appointment_id, appointment_date=start)


def _copied(value: Any) -> Any:
    """Collections that a store changes in place are copied; records are frozen and shared."""
    if isinstance(value, dict):
        copy = value.copy()
        copy.update({key: _copied(item) for key, item in value.items()})
        return copy
    return value.copy() if isinstance(value, set | list) else value


def _what_counts(appointment: Appointment) -> State:
    return (
        appointment.parent_phone,
        appointment.start,
        appointment.calendar_id,
        appointment.status,
        appointment.external_reference_id,
    )


# How many states there are after so many commands, as far as they were counted once.
REACHED = {1: (8, 52, 212, 744, 2244), 2: (8, 58, 276, 1127, 3919)}


@pytest.mark.parametrize("places", [1, 2])
def test_every_sequence_of_commands(places: int, sequence_length: int) -> None:
    worlds, known, reached = [World(places)], set[State](), list[int]()
    for _ in range(sequence_length):
        worlds = [fork for world in worlds for fork in _next_worlds(world, known)]
        reached.append(len(known))
    assert tuple(reached[:5]) == REACHED[places][:sequence_length]


def _next_worlds(world: World, known: set[State]) -> Iterator[World]:
    """The worlds one command on whose state is new."""
    for command in world.commands():
        fork = world.fork()
        if not fork.do(command):
            agree_on_store(fork.store, fork.model, CLOCK())
            continue
        fork.check()
        if (state := fork.state()) not in known:
            known.add(state)
            yield fork
