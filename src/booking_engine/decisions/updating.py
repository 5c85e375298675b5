"""Changing one appointment: its time, labels, doctor, notes and status, as one decision (SPEC §8)."""

from __future__ import annotations

from datetime import datetime

import attrs

from booking_engine.commands import UNSET, UpdateAppointment
from booking_engine.decisions.change import Change, first_policy_refusal
from booking_engine.decisions.decision import (
    Accepted,
    Answered,
    Circumstances,
    Decision,
    Plan,
    Rejected,
    Settled,
    Updated,
)
from booking_engine.decisions.effects import appointment_commit, field_changes
from booking_engine.domain import events
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode, invalid, not_found
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.rules import admission as rules
from booking_engine.rules.alternatives import Search, with_alternatives
from booking_engine.rules.shape import checked
from booking_engine.rules.versions import refuse_other_version
from booking_engine.rules.visit import Visit, has_place_in, match_windows, open_for
from booking_engine.rules.wish import Person, Wish

_CONFIRMED, _RESCHEDULED, _COMPLETED, _CANCELLED = AppointmentStatus


def plan_update(command: UpdateAppointment, catalog: Catalog, circumstances: Circumstances) -> Plan[Updated]:
    """Work out what is asked of the subject; the engine plans again when the view shows it otherwise."""
    clean, subject, now = checked(command), circumstances.subject, circumstances.now
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    if not isinstance(subject, Appointment):
        missing: Decision[Updated] = Rejected(not_found("Appointment"))
        return Settled(missing, LedgerQuery(now=now, appointment_id=clean.appointment_id))
    query = LedgerQuery(now=now, appointment_id=subject.appointment_id)
    stale = refuse_other_version("The appointment", subject.version, clean.if_version)
    if stale is not None:
        outdated: Decision[Updated] = Rejected(stale)
        return Settled(outdated, query, subject)
    change = Change.of(clean, subject)
    if change.repeats_cancellation:
        return Settled(Answered(Updated(subject)), query, subject)
    refusal = first_policy_refusal(change, catalog, now)
    if refusal is not None:
        refused: Decision[Updated] = Rejected(refusal)
        return Settled(refused, query, subject)
    visit = _visit(change, catalog, now)
    reference = subject.external_reference_id if change.revives else None
    if isinstance(visit, Visit):
        query = rules.ledger_query(visit, reference=reference, appointment_id=subject.appointment_id)
    else:
        query = LedgerQuery(now=now, appointment_id=subject.appointment_id, reference=reference)
    search = _search(change, catalog, circumstances.now) if clean.alternatives and change.reschedules else None
    if search is not None:
        query = search.widened(query)
    return UpdatePlan(change, catalog, circumstances, visit, query, search)


def _search(change: Change, catalog: Catalog, now: datetime) -> Search:
    """Where to look for other times for the appointment, which stays at its branch."""
    command, subject = change.command, change.subject
    return Search(
        Wish(
            catalog,
            now,
            catalog.services[subject.service_id],
            subject.branch_id,
            change.start,
            None if command.session is UNSET else command.session,
            None if command.batch is UNSET else command.batch,
            change.doctor,
            subject.booked_via,
            command.alternatives,
            Person(subject.phone_key, subject.patient_name),
            subject,
        )
    )


def _visit(change: Change, catalog: Catalog, now: datetime) -> Visit | Rejection | None:
    """The visit that has to be admitted; None when the change needs no admission."""
    if change.revives:
        refusal = _refuse_revival(change, catalog)
        if refusal is not None:
            return refusal
        asked = rules.TIMING_RULES + rules.WINDOW_RULES
    elif change.reschedules:
        asked = rules.TIMING_RULES + rules.WINDOW_RULES
    elif change.labels_given and change.subject.is_expected:
        asked = rules.WINDOW_RULES
    elif change.needs_free_doctor:
        asked = ()
    else:
        return None
    visit = _visit_of(change, catalog, now)
    return rules.first_refusal(visit, asked) or visit


def _refuse_revival(change: Change, catalog: Catalog) -> Rejection | None:
    """SPEC §6.3-5, asked again of a cancelled appointment."""
    disabled = rules.refuse_disabled(catalog)
    if disabled is not None:
        return disabled
    if catalog.services[change.subject.service_id].retired:
        return rules.no_such_service()
    branch = rules.find_branch(catalog, change.subject.branch_id)
    return branch if isinstance(branch, Rejection) else None


def _visit_of(change: Change, catalog: Catalog, now: datetime) -> Visit:
    command, subject = change.command, change.subject
    service = catalog.services[subject.service_id]
    new_time = change.reschedules or change.revives
    duration = service.duration_minutes if new_time else subject.duration_minutes
    session = None if command.session is UNSET else command.session
    batch = None if command.batch is UNSET else command.batch
    day, candidates = match_windows(catalog, service, subject.branch_id, change.start, duration, session, batch)
    relabels = change.labels_given and not new_time
    takers = open_for(service, candidates)
    if relabels:
        # A change of labels alone may stay where it is, closed or not (SPEC U3).
        takers = tuple([each for each in candidates if each in takers or has_place_in(subject, each)])
    return Visit(
        catalog,
        now,
        service,
        subject.branch_id,
        change.start,
        day,
        duration,
        change.doctor,
        subject.booked_via,  # SPEC U3a: admitted through the channel that booked, whoever asks
        subject.phone_key,
        subject.patient_name,
        candidates,
        takers,
        subject,
        relabels,
    )


@attrs.frozen(eq=False)
class UpdatePlan:
    """A change of one appointment, refused already, or with the visit that the ledger must admit, if any."""

    change: Change
    catalog: Catalog
    circumstances: Circumstances
    visit: Visit | Rejection | None
    query: LedgerQuery
    search: Search | None = None
    may_be_blind: bool = False

    @property
    def subject(self) -> Appointment:
        """The appointment as it was planned on."""
        return self.change.subject

    def decide(self, view: LedgerView) -> Decision[Updated]:
        """What the ledger says, and the record as it becomes."""
        place = self._place(view)
        if isinstance(place, Rejection):
            return Rejected(with_alternatives(place, self.search, view))
        after = self._after(place)
        changes = field_changes(self.subject, after)
        if not changes:
            return Answered(Updated(self.subject))
        event = self._event(after, changes)
        limits = place.window_date.limits_for(after.service_id) if place else None
        guards = rules.gap_guards(self.visit, view) if isinstance(self.visit, Visit) else ()
        commit = appointment_commit(self.catalog, self.subject, after, event, limits, guards)
        return Accepted(commit, Updated(after, changes))

    def _place(self, view: LedgerView) -> rules.Place | Rejection | None:
        """Where the appointment belongs after the change; None where it is left as it is."""
        visit, change = self.visit, self.change
        holder = view.referenced
        if change.revives and holder is not None and holder.appointment_id != self.subject.appointment_id:
            return Rejection(
                code=RejectionCode.DUPLICATE_BOOKING,
                reason=Reason.REFERENCE,
                message="Another appointment holds this external_reference_id now.",
                existing_appointment_id=holder.appointment_id,
            )
        if visit is None or isinstance(visit, Rejection):
            return visit
        if change.cancels:
            # The place would be taken and given back in one commit: nothing is asked of it (net change, SPEC C1).
            window_date = visit.takers[0]
            return rules.Place(window_date, visit.is_own(window_date))
        if visit.relabels or change.reschedules or change.revives:
            place = rules.admit(visit, view)
            if isinstance(place, Rejection) or not visit.relabels or not place.is_own or not change.needs_free_doctor:
                return place
            # Staying asks nothing for the labels; another doctor is asked for all the same.
            return rules.refuse_busy_doctor(visit, view) or place
        return rules.refuse_busy_doctor(visit, view)

    def _after(self, place: rules.Place | None) -> Appointment:
        change, subject = self.change, self.subject
        after = attrs.evolve(
            subject,
            start=change.start,
            status=change.status,
            assigned_doctor=change.doctor,
            notes=change.notes,
            updated_at=max(self.circumstances.now, subject.updated_at),
            version=subject.version + 1,
        )
        if place is None:
            return after
        assert isinstance(self.visit, Visit)
        window = place.window_date.window
        return attrs.evolve(
            after,
            calendar_id=window.calendar_id,
            date=self.visit.date,
            duration_minutes=self.visit.duration_minutes,
            session=window.session,
            batch=window.batch,
        )

    def _event(self, after: Appointment, changes: tuple[events.FieldChange, ...]) -> events.Event:
        return self._event_class(after)(
            event_id=self.circumstances.new_id,
            org_id=self.catalog.organisation.org_id,
            subject_id=after.appointment_id,
            version=after.version,
            at=self.circumstances.now,
            channel=self.change.command.channel,
            actor=self.change.command.actor,
            record=after,
            changes=changes,
        )

    def _event_class(self, after: Appointment) -> type[events.Event]:
        change, was = self.change, self.subject.status
        if change.revives:
            return events.AppointmentRevived
        if change.reschedules:
            return events.AppointmentRescheduled
        if after.status is was:
            return events.AppointmentUpdated
        return {
            _CONFIRMED: events.AppointmentConfirmed,
            _COMPLETED: events.AppointmentCompleted,
            _CANCELLED: events.AppointmentCancelled,
        }[after.status]
