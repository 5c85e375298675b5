"""The state machine asks an engine and the model the same things and compares everything after each step.

Compared are the answer with its events, and then every appointment, the catalog, the ledger against a recount,
availability and tracking of both dates: each rule is tested as an if-and-only-if.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.alternative import Alternative
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import CapacityScope
from booking_engine.domain.rejection import Reason, RejectionCode
from booking_engine.domain.window import Session, Weekday
from booking_engine.engine import BookingEngine
from booking_engine.errors import BookingRejected
from booking_engine.ledger.page import AppointmentPage
from booking_engine.ports import Store
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds
from booking_engine.testing.machine import asked, asked_holds
from booking_engine.testing.machine.asked import ANY, POLICIES, SERVICES
from booking_engine.testing.machine.comparing import agree, agree_on_store
from booking_engine.testing.machine.observed import (
    RegionalPhones,
    answer_of,
    answer_of_decision,
    foretold,
    in_order,
)
from booking_engine.testing.machine.scene import ERAS, TICK, Era, Scene
from booking_engine.testing.model import Answer, NaiveModel
from booking_engine.testing.model.wallclock import local_date


def _drawn(strategy: Callable[[Scene], st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """What the scene of the running machine offers."""
    return st.runner().flatmap(lambda machine: strategy(machine.scene))


def _has_appointments(machine: Any) -> bool:
    return bool(machine.model.appointments)


def _keeps_holds(machine: Any) -> bool:
    return bool(machine.keeps_holds)


class BookingMachine(RuleBasedStateMachine):
    """An engine over a store, beside the model. ``booking_machine`` makes one for your store."""

    open_store: ClassVar[Callable[[], Store]]
    keeps_holds: ClassVar[bool] = True
    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.ids, self.told = FixedClock(ERAS[0].eve), SeededIds(), list[Event]()
        # The class of a state machine has a metaclass behind which pyright does not see the variable.
        self.store: Store = type(self).open_store()  # pyright: ignore[reportAttributeAccessIssue]
        self.engine = BookingEngine(
            self.store, clock=self.clock, ids=self.ids, phones=RegionalPhones(), observers=[self.told.append]
        )
        self.model = NaiveModel(self.store.catalog().organisation.org_id)

    def teardown(self) -> None:
        """Close a store that can be closed."""
        getattr(self.store, "close", lambda: None)()

    def answered(self, ask: c.Command | q.Query, answer: Answer) -> None:
        """Told of every ask and the answer that both gave; for statistics of your own."""

    # --- One step ---------------------------------------------------------------------------------------------------

    def ask(self, ask: c.Command | q.Query) -> Answer:
        """Ask the engine, first for a preview, and the model; their answers must be the same."""
        preview = None
        if isinstance(ask, c.Command):
            preview = answer_of_decision(self.engine.check(ask))
        known = len(self.told)
        try:
            result = self.engine.execute(ask)
        except BookingRejected as rejected:
            result = rejected.rejection
        answer = in_order(answer_of(result, self.told[known:]))
        expected = in_order(self.model.execute(ask, now=self.clock(), new_id=self.ids.last))
        agree("answer", answer, expected, ask)
        if isinstance(result, AppointmentPage) and result.next_cursor is not None:
            self.model.remember(result.next_cursor)
        if preview is not None:
            agree("preview", preview, foretold(expected), ask)
        for event in expected.events:
            subject_id = event.subject_id
            agree("history", self.engine.history(subject_id), self.model.history(subject_id), ask)
        self.answered(ask, expected)
        return expected

    @invariant()
    def everything_agrees(self) -> None:
        """What the store holds is what the model holds, and what the pages show."""
        agree_on_store(self.store, self.model, self.clock())
        agree("differences", self.engine.verify(), ())
        first, second = self.scene.era.days
        self.ask(q.AvailabilityQuery(date=first, until=second))
        for service in self.model.catalog.active_services:
            self.ask(q.AvailabilityQuery(date=first, until=second, appointment_type=service.service_id))
        self.ask(q.TrackingQuery(from_date=first, to_date=second))

    def _is_offered(self, command: c.BookAppointment | c.HoldPlace) -> bool | None:
        """Whether a row of availability at that instant shows room; None when there is no asking."""
        configuration = self.model.catalog.configuration
        day = local_date(command.appointment_date, configuration.timezone)
        active = [branch.branch_id for branch in self.model.catalog.active_branches]
        service = self.model.catalog.service_named(command.appointment_type)
        branch_id = command.branch_id or active[0] if active else None
        if service is None or branch_id not in active:
            return None
        rows = self.engine.availability(
            day, branch_id=branch_id, session=command.session, appointment_type=service.service_id
        )
        return any(
            (row.available_slots if command.channel is Channel.AI_AGENT else row.staff_available) > 0
            for row in rows
            if command.batch in (None, row.window.batch)
            and self.model.would_fit(row.window, command.appointment_date, service.duration_minutes)
        )

    # --- Setup ------------------------------------------------------------------------------------------------------

    @initialize(
        era=st.sampled_from(ERAS),
        policy=st.sampled_from(POLICIES),
        slots=st.sampled_from([1, 2]),
        services=st.sampled_from([1, 2]),
    )
    def open_clinic(self, era: Era, policy: dict[str, Any], slots: int, services: int) -> None:
        """One branch with a morning on each of two dates."""
        self.clock.set(era.eve)
        self.scene = Scene(era, self.clock, self.model)
        self.ask(c.ConfigureOrganisation(name="Sunrise", timezone=era.zone, **policy))
        self.ask(c.AddBranch(name="Main", branch_id="main"))
        for service_id in list(SERVICES)[:services]:
            name, duration = SERVICES[service_id]
            self.ask(c.AddService(name=name, duration_minutes=duration, service_id=service_id))
        for number, day in enumerate(era.days, 1):
            self.ask(
                c.CreateWindow(
                    branch_id="main",
                    day=Weekday.of(day),
                    session=Session.MORNING,
                    start_time="09:00",
                    end_time="11:00",
                    max_slots=slots,
                    ai_slots=1,
                    batch_name="MA",
                    calendar_id=f"w{number}",
                )
            )

    @rule(command=_drawn(asked.configurations))
    def configure(self, command: c.ConfigureOrganisation) -> None:
        """Change settings."""
        self.ask(command)

    @rule(command=_drawn(asked.catalog_changes))
    def change_catalog(self, command: c.SetupCommand) -> None:
        """Add, rename, retire or take back a branch or a service."""
        self.ask(command)

    @rule(command=_drawn(lambda scene: asked.new_windows(scene) | asked.window_updates(scene)))
    def change_windows(self, command: c.CreateWindow | c.UpdateWindow) -> None:
        """Create, change, disable or reopen a window."""
        self.ask(command)

    @rule(command=_drawn(lambda scene: asked.overrides(scene) | asked.closures(scene) | asked.reopenings(scene)))
    def change_dates(self, command: c.OverrideTracking | c.CloseBranch | c.ReopenBranch) -> None:
        """Change one date of a window, close a branch for some dates, or lift that."""
        self.ask(command)

    @rule(instant=_drawn(asked.new_times))
    def set_clock(self, instant: datetime) -> None:
        """Let time pass, or turn it back."""
        self._turn_to(instant.astimezone(UTC))

    def _turn_to(self, instant: datetime) -> None:
        if any(instant < hold.ends_at <= self.clock() for hold in self.store.snapshot().holds):
            # A hold that ended and is still stored would run again. Counting anew removes it, and changes nothing else.
            scope = self.model.catalog.configuration.capacity_scope
            for each in (*(other for other in CapacityScope if other is not scope), scope):
                self.ask(c.ConfigureOrganisation(capacity_scope=each))
        self.clock.set(instant)

    # --- Appointments -----------------------------------------------------------------------------------------------

    @rule(command=_drawn(asked.bookings))
    def book(self, command: c.BookAppointment) -> None:
        """Book."""
        self.ask(command)

    @precondition(_has_appointments)
    @rule(command=_drawn(asked.repetitions))
    def book_again(self, command: c.BookAppointment) -> None:
        """Book what was booked before, or something much like it."""
        self.ask(command)

    @rule(command=_drawn(asked.fresh_bookings))
    def offered_is_accepted(self, command: c.BookAppointment) -> None:
        """What availability offers can be booked, and nothing else (SPEC C7)."""
        offered = self._is_offered(command)
        answer = self.ask(command)
        if offered is not None and answer.code not in _NO_ADMISSION and answer.reason is not Reason.MIN_NOTICE:
            agree("what is offered", offered, answer.code is None, command)

    @rule(wish=_drawn(asked.wishes), command=_drawn(asked.fresh_bookings))
    def take_an_alternative(self, wish: q.AlternativesQuery, command: c.BookAppointment) -> None:
        """What is offered in the place of a wished visit can be booked, in the window that was told (SPEC H2, I8)."""
        for offered in self.ask(wish).rows[-1:]:
            assert isinstance(offered, Alternative)
            taken = attrs.evolve(
                command,
                appointment_type=wish.appointment_type,
                appointment_date=offered.start,
                branch_id=offered.window.branch_id,
                session=offered.window.session,
                batch=offered.window.batch,
                assigned_doctor=wish.assigned_doctor,
                channel=wish.channel,
            )
            booked = self.ask(taken).record
            place = booked.calendar_id if isinstance(booked, Appointment) else None
            agree("where an alternative is taken", place, offered.window.calendar_id, taken)

    @precondition(_has_appointments)
    @rule(command=_drawn(lambda scene: asked.updates(scene, appointment_date=ANY, alternatives=ANY)))
    def reschedule(self, command: c.UpdateAppointment) -> None:
        """Move an appointment."""
        self.ask(command)

    # One rule for all of them: Hypothesis leaves rules out of whole runs, and these follow upon one another.
    @precondition(_has_appointments)
    @rule(command=_drawn(asked.changes))
    def change(self, command: c.UpdateAppointment) -> None:
        """Cancel, complete, confirm, revive, relabel or annotate an appointment."""
        self.ask(command)

    @precondition(_has_appointments)
    @rule(command=_drawn(asked.changes))
    def change_again(self, command: c.UpdateAppointment) -> None:
        """Change an appointment: what happens most is drawn most."""
        self.ask(command)

    @rule(
        command=_drawn(asked.fresh_bookings),
        stranger=_drawn(asked.fresh_bookings),
        late=st.sampled_from([False, False, True]),
    )
    def revive_when_another_has_the_reference(
        self, command: c.BookAppointment, stranger: c.BookAppointment, late: bool
    ) -> None:
        """Book, cancel, let somebody else book with the same reference, and revive the first, maybe late (SPEC U4)."""
        booked = self.ask(attrs.evolve(command, external_reference_id="R3")).record
        if isinstance(booked, Appointment):
            appointment_id = booked.appointment_id
            self.ask(c.UpdateAppointment(appointment_id=appointment_id, status=AppointmentStatus.CANCELLED))
            self.ask(attrs.evolve(stranger, external_reference_id="R3"))
            if late:
                notice = timedelta(hours=self.model.catalog.configuration.min_notice_hours)
                self._turn_to(booked.start - notice + TICK)  # earlier than now, where less notice was asked for before
            self.ask(c.UpdateAppointment(appointment_id=appointment_id, status=AppointmentStatus.CONFIRMED))

    # --- Holds ------------------------------------------------------------------------------------------------------

    # One rule for a whole call: Hypothesis leaves rules out of whole runs, and these follow upon one another.
    @precondition(_keeps_holds)
    @rule(command=_drawn(lambda scene: asked_holds.holds(scene) | asked_holds.fresh_holds(scene)), data=st.data())
    def call(self, command: c.HoldPlace, data: st.DataObject) -> None:
        """Keep a place, think about it, and confirm, have it end later, give it up, or ask for another one."""
        self.ask(command)
        for seconds in data.draw(st.lists(st.sampled_from([0, 1, 100, 199]), max_size=3)):
            self.clock.advance(timedelta(seconds=seconds))
            self.ask(data.draw(asked_holds.next_words(self.scene)))

    @precondition(_keeps_holds)
    @rule(command=_drawn(asked_holds.fresh_holds))
    def offered_can_be_held(self, command: c.HoldPlace) -> None:
        """What availability offers can be held, and nothing else (SPEC C7)."""
        offered = self._is_offered(command)
        answer = self.ask(command)
        if offered is not None and answer.code not in _NO_ADMISSION and answer.reason is not Reason.MIN_NOTICE:
            agree("what is offered", offered, answer.code is None, command)

    @precondition(_keeps_holds)
    @rule(command=_drawn(asked_holds.fresh_holds), late=st.booleans())
    def confirm_at_the_end(self, command: c.HoldPlace, late: bool) -> None:
        """Hold a place, wait until it ends or a tick less, and confirm (SPEC H1)."""
        held = self.ask(command).record
        if isinstance(held, Hold):
            self.clock.set(held.ends_at if late else held.ends_at - TICK)
            self.ask(c.ConfirmHold(hold_id=held.hold_id, patient_name="Devi", parent_phone=f"+2{held.hold_id[-9:]}"))

    # --- Reading, and what is no ask at all -------------------------------------------------------------------------

    @rule(ask=_drawn(asked.reads_and_slips))
    def read_or_slip(self, ask: c.Command | q.Query) -> None:
        """Read a page, or ask with some fields spoilt: all of them are named at once, and nothing changes."""
        self.ask(ask)


def booking_machine(open_store: Callable[[], Store], *, holds: bool = True) -> type[BookingMachine]:
    """The state machine for a store; ``open_store`` opens a new and empty one.

    Without ``holds``, for a store that keeps none, none are asked for. A store with a ``close`` method is closed after
    each run. For pytest, ``TestMyStore = machine.TestCase``.
    """
    members = {"open_store": staticmethod(open_store), "keeps_holds": holds}
    return type("BookingMachineOfStore", (BookingMachine,), members)


def run_state_machine(open_store: Callable[[], Store], settings: settings | None = None, *, holds: bool = True) -> None:
    """Run the state machine over a store; ``Disagreement`` is raised with the shortest run that shows one.

    Without ``settings``, 100 runs of 50 steps. For ``holds`` see ``booking_machine``.
    """
    run_state_machine_as_test(booking_machine(open_store, holds=holds), settings=settings or _DEFAULT)


_NO_ADMISSION = (
    RejectionCode.VALIDATION_ERROR,
    RejectionCode.INVALID_APPOINTMENT_TYPE,
    RejectionCode.PAST_APPOINTMENT,
)
_DEFAULT = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]  # iterates over its members
)
