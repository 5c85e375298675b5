"""The engine carries a command to a decision and a decision to a store: in a thin loop."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Unpack

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.decisions.decision import (
    Accepted,
    Booked,
    Changed,
    Decision,
    Held,
    Overridden,
    Plan,
    Regenerated,
    Released,
    Updated,
)
from booking_engine.decisions.reading import listed
from booking_engine.domain.alternative import Alternative
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.organisation import Organisation
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import AvailabilityRow, TrackingRecord
from booking_engine.domain.window import CalendarWindow, WindowStatus
from booking_engine.errors import StoreError
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.claims import Done
from booking_engine.ledger.page import AppointmentPage
from booking_engine.ledger.view import UNSEEN
from booking_engine.options import (
    AlternativesOptions,
    AskedBy,
    AvailabilityOptions,
    EditOptions,
    EndingOptions,
    EngineOptions,
    MoveOptions,
)
from booking_engine.ports import Store
from booking_engine.shell import Ask, Planned, Shell, answer_of, clean_query, found, has_moved, page_query, subject_in


class BookingEngine(Shell):
    """One organisation's bookings over a store. Safe to share between threads when the store is.

    Options by keyword: ``clock`` tells now as aware UTC; ``ids`` makes ids; ``phones`` normalises phones;
    ``observers`` are told of every event after its commit; ``attempts_max``, at least 2, bounds how often a command is
    decided anew because others got first, and so how many may compete for one doctor's day or one appointment.

    Observers are told one after the other, in the thread that asked, and in no order among commits that overlap: one
    that itself asks the engine for a change lets those after it hear of that change before they hear of the first.

    Every method but ``check`` raises ``BookingRejected`` when it is refused. Before the first ``configure`` all but
    that, ``appointment`` and ``history`` raise ``OrganisationNotConfigured``. ``StoreError`` says that the store cannot
    answer; ``TypeError``, that something was asked which is neither a command nor a query.
    """

    def __init__(self, store: Store, **options: Unpack[EngineOptions]) -> None:
        super().__init__(**options)
        self._store = store

    # --- The loop ---------------------------------------------------------------------------------------------------

    def execute(self, ask: Ask) -> Any:
        """Carry out any command, or answer any query: what the named method returns."""
        match ask:
            case q.AppointmentQuery():
                return self.appointment(ask.appointment_id)
            case q.AppointmentsQuery():
                return self.appointments(ask)
            case q.HistoryQuery():
                return self.history(ask.subject_id)
            case q.CatalogQuery():
                return self.catalog()
            case q.RegenerateTracking():
                return self.regenerate()
            case _:
                return self._run(ask)

    def check(self, ask: Planned) -> Decision[Any]:
        """The decision as things stand, nothing committed; of an edit, the preview (SPEC W5)."""
        decision: Decision[Any] = self._run(ask, commit=False)
        return decision

    def _run(self, ask: Planned, *, commit: bool = True) -> Any:
        circumstances = self._circumstances(ask)
        catalog = self._catalog or self._load()
        for attempt in range(self._attempts_max):
            plan = self._plan(ask, catalog, circumstances)
            if commit and not attempt and plan.may_be_blind:
                guess = plan.decide(UNSEEN)
                if isinstance(guess, Accepted) and isinstance(self._store.commit(guess.commit), Done):
                    self._tell(guess)
                    return guess.result
            view = self._store.view(plan.query)
            if view.revision != catalog.revision:
                catalog = self._load()
            elif has_moved(plan, view):
                circumstances = circumstances._replace(subject=subject_in(plan, view))
            else:
                decision = plan.decide(view)
                if not commit:
                    return decision
                if not isinstance(decision, Accepted):
                    return answer_of(decision)
                if isinstance(self._store.commit(decision.commit), Done):
                    self._tell(decision)
                    return self._answer(decision, plan)
        raise self._contention()

    def _answer(self, accepted: Accepted[Any], plan: Plan[Any]) -> Any:
        if accepted.look_again is None:
            return accepted.result
        try:
            return accepted.look_again(self._store.view(plan.query))
        except StoreError:
            return accepted.result  # The commit stands; its impact is told as of the decision.

    def _load(self) -> Catalog:
        return self._remembered(self._store.catalog())

    # --- Appointments -----------------------------------------------------------------------------------------------

    def book(self, command: c.BookAppointment) -> Booked:
        """Book one place, or answer what the same reference booked before (SPEC §6)."""
        booked: Booked = self._run(command)
        return booked

    def update(self, command: c.UpdateAppointment) -> Updated:
        """Change one appointment (SPEC §8)."""
        updated: Updated = self._run(command)
        return updated

    def reschedule(self, appointment_id: str, appointment_date: datetime, **changes: Unpack[MoveOptions]) -> Updated:
        """Move an appointment to another instant: its place is given back and taken in one commit (SPEC U2)."""
        return self.update(
            c.UpdateAppointment(appointment_id=appointment_id, appointment_date=appointment_date, **changes)
        )

    def cancel(self, appointment_id: str, **changes: Unpack[EndingOptions]) -> Updated:
        """Cancel an appointment; cancelling twice is cancelling once (SPEC U5)."""
        status = AppointmentStatus.CANCELLED
        return self.update(c.UpdateAppointment(appointment_id=appointment_id, status=status, **changes))

    def complete(self, appointment_id: str, **changes: Unpack[EndingOptions]) -> Updated:
        """Mark the visit as done (SPEC U4)."""
        status = AppointmentStatus.COMPLETED
        return self.update(c.UpdateAppointment(appointment_id=appointment_id, status=status, **changes))

    def appointment(self, appointment_id: str) -> Appointment:
        """One appointment of any status. It needs no setup: before the first ``configure``, none is found."""
        clean = clean_query(q.AppointmentQuery(appointment_id=appointment_id))
        return found(self._store.appointment(clean.appointment_id))

    def appointments(self, query: q.AppointmentsQuery | None = None) -> AppointmentPage:
        """A page of appointments by start, then id (SPEC §10)."""
        clean = page_query(query)
        for _ in range(self._attempts_max):
            catalog = self.catalog()
            wanted = self._filter(clean, catalog)
            page = self._store.appointments(wanted, clean.offset, clean.limit + 1)
            if page.revision == catalog.revision:
                return listed(page, clean, wanted, catalog.organisation.org_id)
        raise self._contention()

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """What happened to one record, oldest first: who, when and what changed (SPEC U6).

        It needs no setup: before the first ``configure`` nothing has happened, as to an id that nothing has.
        """
        clean = clean_query(q.HistoryQuery(subject_id=subject_id))
        return self._store.history(clean.subject_id)

    # --- Holds ------------------------------------------------------------------------------------------------------

    def hold(self, command: c.HoldPlace) -> Held:
        """Keep a place for a caller, or move the one that the same holder has (SPEC H1)."""
        held: Held = self._run(command)
        return held

    def extend_hold(self, hold_id: str, **by: Unpack[AskedBy]) -> Held:
        """Have a hold that still runs end later (SPEC H1)."""
        held: Held = self._run(c.ExtendHold(hold_id=hold_id, **by))
        return held

    def release_hold(self, hold_id: str, **by: Unpack[AskedBy]) -> Released:
        """Give a hold up; one that has ended is no error."""
        released: Released = self._run(c.ReleaseHold(hold_id=hold_id, **by))
        return released

    def confirm_hold(self, command: c.ConfirmHold) -> Booked:
        """Book the place that a hold keeps, or answer what the same reference booked before (SPEC H1)."""
        booked: Booked = self._run(command)
        return booked

    # --- Setup ------------------------------------------------------------------------------------------------------

    def catalog(self) -> Catalog:
        """What the organisation has set up, as it is now."""
        return self._configured(self._load())

    def configure(self, command: c.ConfigureOrganisation) -> Changed[Organisation]:
        """Create the organisation or change its policy (SPEC §2)."""
        changed: Changed[Organisation] = self._run(command)
        return changed

    def add_branch(self, command: c.AddBranch) -> Changed[Branch]:
        """Add a branch; the same one again is no change."""
        changed: Changed[Branch] = self._run(command)
        return changed

    def update_branch(self, command: c.UpdateBranch) -> Changed[Branch]:
        """Rename, retire or take back a branch."""
        changed: Changed[Branch] = self._run(command)
        return changed

    def add_service(self, command: c.AddService) -> Changed[Service]:
        """Add a service; the same one again is no change."""
        changed: Changed[Service] = self._run(command)
        return changed

    def update_service(self, command: c.UpdateService) -> Changed[Service]:
        """Change, retire or take back a service."""
        changed: Changed[Service] = self._run(command)
        return changed

    def create_window(self, command: c.CreateWindow) -> Changed[CalendarWindow]:
        """Create a calendar window (SPEC W1, W8)."""
        changed: Changed[CalendarWindow] = self._run(command)
        return changed

    def update_window(self, command: c.UpdateWindow) -> Changed[CalendarWindow]:
        """Change a calendar window; the answer lists whom the edit leaves outside or over capacity (SPEC W3)."""
        changed: Changed[CalendarWindow] = self._run(command)
        return changed

    def disable_window(self, slot_id: str, **by: Unpack[EditOptions]) -> Changed[CalendarWindow]:
        """Close a calendar window to new bookings; closing twice is no error (SPEC W4)."""
        return self.update_window(c.UpdateWindow(slot_id=slot_id, status=WindowStatus.CLOSED, **by))

    def override_tracking(self, command: c.OverrideTracking) -> Overridden:
        """Change capacity or status on one local date (SPEC W7)."""
        overridden: Overridden = self._run(command)
        return overridden

    def close_branch(self, command: c.CloseBranch) -> Changed[BranchClosure]:
        """Close a branch for a range of dates (SPEC W7)."""
        changed: Changed[BranchClosure] = self._run(command)
        return changed

    def reopen_branch(self, command: c.ReopenBranch) -> Changed[BranchClosure]:
        """Lift a closure."""
        changed: Changed[BranchClosure] = self._run(command)
        return changed

    # --- Availability and tracking ----------------------------------------------------------------------------------

    def availability(self, day: date, **wanted: Unpack[AvailabilityOptions]) -> tuple[AvailabilityRow, ...]:
        """The open windows of a local date; ``wanted`` are further fields of ``AvailabilityQuery`` (SPEC C5, C7)."""
        rows: tuple[AvailabilityRow, ...] = self._run(q.AvailabilityQuery(date=day, **wanted))
        return rows

    def alternatives(
        self, appointment_type: str, appointment_date: datetime, **wanted: Unpack[AlternativesOptions]
    ) -> tuple[Alternative, ...]:
        """What could be booked in the place of a wished visit, best first (SPEC H2, I8).

        ``appointment_date`` is the wished instant; ``wanted`` are further fields of ``AlternativesQuery``.
        """
        wish = q.AlternativesQuery(appointment_type=appointment_type, appointment_date=appointment_date, **wanted)
        found: tuple[Alternative, ...] = self._run(wish)
        return found

    def tracking(self, query: q.TrackingQuery) -> tuple[TrackingRecord, ...]:
        """The tracking records of a date or a range of dates (SPEC C6)."""
        records: tuple[TrackingRecord, ...] = self._run(query)
        return records

    def regenerate(self) -> Regenerated:
        """How many tracking records there are, and what differs from a recount; changes nothing (SPEC C6)."""
        for _ in range(self._attempts_max):
            catalog, snapshot = self.catalog(), self._store.snapshot()
            if catalog.revision == snapshot.revision:
                return self._regenerated(catalog, snapshot)
        raise self._contention()

    def verify(self) -> tuple[Difference, ...]:
        """Each difference between the ledger and a recount of the appointments; none when all is well (SPEC C6)."""
        return self.regenerate().differences
