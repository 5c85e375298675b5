"""Confirming a hold: its place becomes an appointment's, in one commit (SPEC H1).

Steps 1-6, 9 and 10 of SPEC §6 are asked again. 7, 8 and 11 are not: they were met when the place was held, and it stays
the same place, though its window was closed or its limit lowered meanwhile.
"""

from __future__ import annotations

import attrs

from booking_engine.commands import ConfirmHold
from booking_engine.decisions.booking import booked_event, differing
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
from booking_engine.decisions.effects import confirmation_commit
from booking_engine.domain.appointment import Appointment, AppointmentStatus, appointment_id_of
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.hold import Hold
from booking_engine.domain.rejection import Rejection, hold_ended, invalid
from booking_engine.ledger.claims import VersionGuard
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.rules import admission as rules
from booking_engine.rules.shape import checked
from booking_engine.rules.visit import Visit


def plan_confirmation(command: ConfirmHold, catalog: Catalog, circumstances: Circumstances) -> Plan[Booked]:
    """The visit that the hold is for; the engine plans again when the view shows the hold otherwise."""
    clean, hold = checked(command), circumstances.subject
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    phone_key = circumstances.phones.key(clean.parent_phone, catalog.configuration.default_region)
    if not isinstance(hold, Hold):
        return ConfirmationPlan(clean, catalog, circumstances, phone_key, None, hold_ended())
    visit = _visit(clean, catalog, circumstances, phone_key, hold)
    return ConfirmationPlan(clean, catalog, circumstances, phone_key, hold, visit)


def _visit(
    command: ConfirmHold, catalog: Catalog, circumstances: Circumstances, phone_key: str, hold: Hold
) -> Visit | Rejection:
    """SPEC §6.3-6, asked again of a place that was held."""
    disabled = rules.refuse_disabled(catalog)
    if disabled is not None:
        return disabled
    service = catalog.services[hold.service_id]
    if service.retired:
        return rules.no_such_service()
    branch = rules.find_branch(catalog, hold.branch_id)
    if isinstance(branch, Rejection):
        return branch
    visit = Visit(
        catalog,
        circumstances.now,
        service,
        hold.branch_id,
        hold.start,
        hold.date,
        hold.duration_minutes,
        command.assigned_doctor,
        hold.channel,
        phone_key,
        command.patient_name,
        candidates=(),
        takers=(),
    )
    return rules.refuse_past(visit) or visit


@attrs.frozen
class ConfirmationPlan:
    """A confirmation whose visit is known, or refused unless the reference stands already."""

    command: ConfirmHold
    catalog: Catalog
    circumstances: Circumstances
    phone_key: str = attrs.field(repr=False)
    subject: Hold | None
    visit: Visit | Rejection
    may_be_blind: bool = False

    @property
    def query(self) -> LedgerQuery:
        """The hold, who holds the reference, and what the rules that are asked again need to see."""
        now, command, visit = self.circumstances.now, self.command, self.visit
        query = LedgerQuery(now=now, reference=command.external_reference_id, hold_id=command.hold_id)
        if isinstance(visit, Rejection):
            return query
        return attrs.evolve(query, duplicate=rules.name_of(visit), doctor_days=rules.doctor_days_of(visit))

    def decide(self, view: LedgerView) -> Decision[Booked]:
        """Replay before every refusal, then what the catalog refused, then duplicates and the doctor (SPEC H1)."""
        hold, visit = self.subject, self.visit
        if view.referenced is not None:
            return Answered(Booked(view.referenced, True, self._differences(view.referenced)))
        if isinstance(visit, Rejection):
            return Rejected(visit)
        refusal = rules.refuse_duplicate(visit, view) or rules.refuse_busy_doctor(visit, view)
        if refusal is not None:
            return Rejected(refusal)
        assert hold is not None
        appointment = self._appointment(hold)
        event = booked_event(self.command, self.catalog, self.circumstances, appointment)
        guards = tuple([VersionGuard(day, version) for day, version in view.doctor_versions.items()])
        return Accepted(
            confirmation_commit(self.catalog, hold, appointment, event, guards),
            Booked(appointment),
        )

    def _appointment(self, hold: Hold) -> Appointment:
        command, now = self.command, self.circumstances.now
        return Appointment(
            appointment_id=appointment_id_of(self.circumstances.new_id),
            service_id=hold.service_id,
            branch_id=hold.branch_id,
            calendar_id=hold.calendar_id,
            start=hold.start,
            duration_minutes=hold.duration_minutes,
            date=hold.date,
            session=hold.session,
            batch=hold.batch,
            patient_name=command.patient_name,
            parent_phone=command.parent_phone,
            phone_key=self.phone_key,
            assigned_doctor=command.assigned_doctor,
            notes=command.notes,
            status=AppointmentStatus.CONFIRMED,
            external_reference_id=command.external_reference_id,
            booked_via=hold.channel,
            created_at=now,
            updated_at=now,
        )

    def _differences(self, standing: Appointment) -> tuple[str, ...]:
        """The fields that this retry gives otherwise than the appointment has them, the hold's own while it runs."""
        command, hold = self.command, self.subject
        return differing(
            ("appointment_type", hold and hold.service_id, standing.service_id),
            ("appointment_date", hold and hold.start, standing.start),
            ("patient_name", command.patient_name, standing.patient_name),
            ("parent_phone", self.phone_key, standing.phone_key),
            ("branch_id", hold and hold.branch_id, standing.branch_id),
            ("assigned_doctor", command.assigned_doctor, standing.assigned_doctor),
            ("notes", command.notes, standing.notes),
        )
