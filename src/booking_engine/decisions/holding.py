"""Holding a place for a caller who is still deciding: taking, moving, extending and giving up a hold (SPEC H1)."""

from __future__ import annotations

from datetime import timedelta

import attrs

from booking_engine.commands import ExtendHold, HoldPlace, ReleaseHold
from booking_engine.decisions.booking import differing, service_asked_for, visit_of
from booking_engine.decisions.decision import (
    Accepted,
    Answered,
    Circumstances,
    Decision,
    Held,
    Plan,
    Rejected,
    Released,
    Settled,
)
from booking_engine.decisions.effects import field_changes, hold_commit, release_commit
from booking_engine.domain import events
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.hold import Hold, hold_id_of
from booking_engine.domain.rejection import Rejection, hold_ended, invalid
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.rules import admission as rules
from booking_engine.rules.shape import checked
from booking_engine.rules.visit import Visit


def plan_hold(command: HoldPlace, catalog: Catalog, circumstances: Circumstances) -> Plan[Held]:
    """Ask everything that the catalog and the clock can answer, as for a booking (SPEC §6.3-8)."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    region = catalog.configuration.default_region
    phone_key = "" if clean.parent_phone is None else circumstances.phones.key(clean.parent_phone, region)
    return HoldPlan(clean, catalog, circumstances, visit_of(clean, catalog, circumstances, phone_key))


@attrs.frozen
class HoldPlan:
    """A hold whose visit is known, or refused unless the holder has it already."""

    command: HoldPlace
    catalog: Catalog
    circumstances: Circumstances
    visit: Visit | Rejection
    subject: None = None
    may_be_blind: bool = False

    @property
    def query(self) -> LedgerQuery:
        """What the holder has, and what the rules of the ledger ask for: duplicates only of a phone that is given."""
        holder = self.command.holder
        if isinstance(self.visit, Rejection):
            return LedgerQuery(now=self.circumstances.now, holder=holder)
        query = rules.ledger_query(self.visit)
        duplicate = None if self.command.parent_phone is None else query.duplicate
        return attrs.evolve(query, holder=holder, duplicate=duplicate)

    def decide(self, view: LedgerView) -> Decision[Held]:
        """What runs is the answer to the same wish; to another wish it is what is given back."""
        before, visit = view.hold, self.visit
        if before is not None and not self._differences(before):
            return Answered(Held(before, True))
        if isinstance(visit, Rejection):
            return Rejected(visit)
        if before is not None:
            # Admitted through the channel that holds, whoever asks, as appointments are (SPEC U3a).
            visit = visit._replace(channel=before.channel, held=before)
        place = rules.admit(visit, view)
        if isinstance(place, Rejection):
            return Rejected(place)
        hold = self._hold(visit, place)
        changes = () if before is None else field_changes(before, hold)
        event = _event(events.PlaceHeld, self.command, self.catalog, self.circumstances, hold, changes)
        limits = place.window_date.limits_for(hold.service_id)
        return Accepted(hold_commit(self.catalog, before, hold, event, limits), Held(hold))

    def _differences(self, standing: Hold) -> tuple[str, ...]:
        """The fields that make it another wish; not given is no difference."""
        command = self.command
        return differing(
            ("appointment_type", service_asked_for(self.catalog, command, standing), standing.service_id),
            ("appointment_date", command.appointment_date, standing.start),
            ("branch_id", command.branch_id, standing.branch_id),
            ("session", command.session, standing.session),
            ("batch", command.batch, standing.batch),
        )

    def _hold(self, visit: Visit, place: rules.Place) -> Hold:
        window, now = place.window_date.window, self.circumstances.now
        return Hold(
            hold_id=hold_id_of(self.circumstances.new_id),
            holder=self.command.holder,
            service_id=visit.service.service_id,
            branch_id=visit.branch_id,
            calendar_id=window.calendar_id,
            start=visit.start,
            duration_minutes=visit.duration_minutes,
            date=visit.date,
            session=window.session,
            batch=window.batch,
            channel=visit.channel,
            created_at=now,
            ends_at=now + timedelta(seconds=self.catalog.configuration.hold_seconds),
        )


def plan_extension(command: ExtendHold, catalog: Catalog, circumstances: Circumstances) -> Plan[Held]:
    """Have a running hold end later, and never sooner; at its utmost it is left as it is."""
    clean, now = checked(command), circumstances.now
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    hold, query = circumstances.subject, LedgerQuery(now=now, hold_id=clean.hold_id)
    if not isinstance(hold, Hold):
        ended: Decision[Held] = Rejected(hold_ended())
        return Settled(ended, query)
    configuration = catalog.configuration
    wanted = now + timedelta(seconds=configuration.hold_seconds)
    utmost = hold.created_at + timedelta(seconds=configuration.hold_max_seconds)
    after = attrs.evolve(hold, ends_at=max(hold.ends_at, min(wanted, utmost)), version=hold.version + 1)
    changes = field_changes(hold, after)
    if not changes:
        return Settled(Answered(Held(hold, True)), query, hold)
    event = _event(events.HoldExtended, clean, catalog, circumstances, after, changes)
    return Settled(Accepted(hold_commit(catalog, hold, after, event, None), Held(after)), query, hold)


def plan_release(command: ReleaseHold, catalog: Catalog, circumstances: Circumstances) -> Plan[Released]:
    """Give a running hold up; what does not run any more is left alone."""
    clean, now = checked(command), circumstances.now
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    hold, query = circumstances.subject, LedgerQuery(now=now, hold_id=clean.hold_id)
    if not isinstance(hold, Hold):
        return Settled(Answered(Released(None)), query)
    after = attrs.evolve(hold, ends_at=now, version=hold.version + 1)
    event = _event(events.HoldReleased, clean, catalog, circumstances, after, field_changes(hold, after))
    return Settled(Accepted(release_commit(catalog, hold, event), Released(after)), query, hold)


def _event(
    kind: type[events.Event],
    command: HoldPlace | ExtendHold | ReleaseHold,
    catalog: Catalog,
    circumstances: Circumstances,
    hold: Hold,
    changes: tuple[events.FieldChange, ...],
) -> events.Event:
    return kind(
        event_id=circumstances.new_id,
        org_id=catalog.organisation.org_id,
        subject_id=hold.hold_id,
        version=hold.version,
        at=circumstances.now,
        channel=command.channel,
        actor=command.actor,
        record=hold,
        changes=changes,
    )
