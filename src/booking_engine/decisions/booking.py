"""Booking one place: shape, replay, the rules of the catalog, the rules of the ledger (SPEC §6)."""

from __future__ import annotations

import attrs

from booking_engine.commands import BookAppointment, ConfirmHold, HoldPlace
from booking_engine.decisions.decision import (
    Accepted,
    Answered,
    Booked,
    Circumstances,
    Decision,
    Plan,
    Rejected,
    Settled,
)
from booking_engine.decisions.effects import appointment_commit
from booking_engine.domain.appointment import Appointment, AppointmentStatus, appointment_id_of
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import AppointmentBooked
from booking_engine.domain.hold import Hold
from booking_engine.domain.rejection import Rejection, invalid
from booking_engine.domain.text import fold
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.rules import admission as rules
from booking_engine.rules.alternatives import Search, with_alternatives
from booking_engine.rules.shape import checked
from booking_engine.rules.visit import Visit, match_windows, open_for
from booking_engine.rules.wish import Person, Wish

_CONFIRMED = AppointmentStatus.CONFIRMED


def plan_booking(command: BookAppointment, catalog: Catalog, circumstances: Circumstances) -> Plan[Booked]:
    """Ask everything that the catalog and the clock can answer, in order."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    phone_key = circumstances.phones.key(clean.parent_phone, catalog.configuration.default_region)
    visit = visit_of(clean, catalog, circumstances, phone_key)
    search = _search(clean, catalog, circumstances, phone_key) if clean.alternatives else None
    return BookingPlan(clean, catalog, circumstances, phone_key, visit, search)


def visit_of(
    command: BookAppointment | HoldPlace, catalog: Catalog, circumstances: Circumstances, phone_key: str
) -> Visit | Rejection:
    """SPEC §6.3–8: the visit, once nothing in the catalog or the calendar refuses it."""
    disabled = rules.refuse_disabled(catalog)
    if disabled is not None:
        return disabled
    service = rules.find_service(catalog, command.appointment_type)
    if isinstance(service, Rejection):
        return service
    branch = rules.find_branch(catalog, command.branch_id)
    if isinstance(branch, Rejection):
        return branch
    start, duration = command.appointment_date, service.duration_minutes
    day, candidates = match_windows(catalog, service, branch.branch_id, start, duration, command.session, command.batch)
    visit = Visit(
        catalog,
        circumstances.now,
        service,
        branch.branch_id,
        start,
        day,
        duration,
        command.assigned_doctor,
        command.channel,
        phone_key,
        command.patient_name or "",
        candidates,
        open_for(service, candidates),
    )
    return rules.first_refusal(visit, rules.TIMING_RULES + rules.WINDOW_RULES) or visit


def _search(command: BookAppointment, catalog: Catalog, circumstances: Circumstances, phone_key: str) -> Search | None:
    """Where to look for alternatives; None where it is not known what is wished for, or where."""
    service = rules.find_service(catalog, command.appointment_type)
    branch = rules.find_branch(catalog, command.branch_id)
    if isinstance(service, Rejection) or isinstance(branch, Rejection):
        return None
    return Search(
        Wish(
            catalog,
            circumstances.now,
            service,
            branch.branch_id,
            command.appointment_date,
            command.session,
            command.batch,
            command.assigned_doctor,
            command.channel,
            command.alternatives,
            Person(phone_key, command.patient_name),
        )
    )


@attrs.frozen(eq=False)
class BookingPlan:
    """A booking whose visit is known, or refused unless the reference stands already."""

    command: BookAppointment
    catalog: Catalog
    circumstances: Circumstances
    phone_key: str = attrs.field(repr=False)
    visit: Visit | Rejection
    search: Search | None = None
    subject: None = None

    @property
    def may_be_blind(self) -> bool:
        """Whether claims alone can admit it: a doctor's gap is guarded by versions that have to be seen first."""
        return self.command.assigned_doctor is None and not isinstance(self.visit, Rejection)

    @property
    def query(self) -> LedgerQuery:
        """Who holds the reference, and what the rules of the ledger ask for."""
        reference = self.command.external_reference_id
        if isinstance(self.visit, Rejection):
            query = LedgerQuery(now=self.circumstances.now, reference=reference)
        else:
            query = rules.ledger_query(self.visit, reference=reference)
        return query if self.search is None else self.search.widened(query)

    def decide(self, view: LedgerView) -> Decision[Booked]:
        """SPEC §6: replay before every refusal, then what the catalog refused, then what the ledger refuses."""
        if view.referenced is not None:
            return Answered(Booked(view.referenced, True, self._differences(view.referenced)))
        visit = self.visit
        if isinstance(visit, Rejection):
            return Rejected(with_alternatives(visit, self.search, view))
        place = rules.admit(visit, view)
        if isinstance(place, Rejection):
            return Rejected(with_alternatives(place, self.search, view))
        appointment = self._appointment(visit, place)
        limits = place.window_date.limits_for(appointment.service_id)
        guards = rules.gap_guards(visit, view)
        event = booked_event(self.command, self.catalog, self.circumstances, appointment)
        commit = appointment_commit(self.catalog, None, appointment, event, limits, guards)
        return Accepted(commit, Booked(appointment))

    def _appointment(self, visit: Visit, place: rules.Place) -> Appointment:
        command, window, now = self.command, place.window_date.window, self.circumstances.now
        # By position: a record of this size takes half as long to make as by keyword, and every booking makes one.
        return Appointment(
            appointment_id_of(self.circumstances.new_id),
            visit.service.service_id,
            visit.branch_id,
            window.calendar_id,
            visit.start,
            visit.duration_minutes,
            visit.date,
            window.session,
            window.batch,
            command.patient_name,
            command.parent_phone,
            self.phone_key,
            command.assigned_doctor,
            command.notes,
            _CONFIRMED,
            command.external_reference_id,
            command.channel,
            now,  # created_at
            now,  # updated_at
        )

    def _differences(self, standing: Appointment) -> tuple[str, ...]:
        """The fields that this retry gives otherwise than the appointment has them; not given is no difference."""
        command = self.command
        return differing(
            ("appointment_type", service_asked_for(self.catalog, command, standing), standing.service_id),
            ("appointment_date", command.appointment_date, standing.start),
            ("patient_name", command.patient_name, standing.patient_name),
            ("parent_phone", self.phone_key, standing.phone_key),
            ("branch_id", command.branch_id, standing.branch_id),
            ("session", command.session, standing.session),
            ("batch", command.batch, standing.batch),
            ("assigned_doctor", command.assigned_doctor, standing.assigned_doctor),
            ("notes", command.notes, standing.notes),
        )


def booked_event(
    command: BookAppointment | ConfirmHold, catalog: Catalog, circumstances: Circumstances, appointment: Appointment
) -> AppointmentBooked:
    """The event that tells of a new appointment."""
    return AppointmentBooked(
        circumstances.new_id,
        catalog.organisation.org_id,
        appointment.appointment_id,
        appointment.version,
        circumstances.now,
        command.channel,
        command.actor,
        appointment,
    )


def differing(*pairs: tuple[str, object, object]) -> tuple[str, ...]:
    """The names of the fields that were asked for otherwise than they are."""
    return tuple(name for name, asked, has in pairs if asked is not None and asked != has)


def service_asked_for(catalog: Catalog, command: BookAppointment | HoldPlace, standing: Appointment | Hold) -> str:
    """The id of the service, the retired one of what stands included; the text itself when it names none."""
    text = command.appointment_type
    found = catalog.service_named(text)
    if found is not None:
        return found.service_id
    booked = catalog.services[standing.service_id]
    names = (fold(booked.service_id), fold(booked.name))
    return booked.service_id if fold(text) in names else text
