"""Making and changing windows, dates and closures; no edit moves or cancels anybody (SPEC §4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Generic

import attrs

from booking_engine import commands as c
from booking_engine.decisions.decision import (
    Accepted,
    Answered,
    Changed,
    Circumstances,
    Decision,
    Overridden,
    Plan,
    Rejected,
    Settled,
)
from booking_engine.decisions.setup import RecordT, given, put_record, refused
from booking_engine.domain import events
from booking_engine.domain.branch import BranchClosure
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.localtime import local_date
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import not_found
from booking_engine.domain.slotid import SlotId, calendar_id_of, parse_slot_id
from booking_engine.domain.tracking import DateOverride
from booking_engine.domain.window import CalendarWindow
from booking_engine.ledger.view import LedgerQuery, LedgerView, Standing
from booking_engine.rules.availability import Wanted, tracking_records
from booking_engine.rules.impact import impact
from booking_engine.rules.shape import checked
from booking_engine.rules.shape_table import window_problems
from booking_engine.rules.versions import refuse_other_version


@attrs.frozen(eq=False)
class EditPlan(Generic[RecordT]):
    """An edit of the setup that is decided already, but for what it leaves behind (SPEC W5)."""

    decision: Decision[Changed[RecordT]]
    catalog: Catalog
    query: LedgerQuery
    subject: None = None
    may_be_blind: bool = False

    def decide(self, view: LedgerView) -> Decision[Changed[RecordT]]:
        """The same decision, with its impact on the appointments that stand."""
        decision = self.decision
        if not isinstance(decision, Accepted):
            return decision
        edited, result = self.catalog.with_records(decision.commit.records), decision.result

        def answer(view: LedgerView) -> Changed[RecordT]:
            return attrs.evolve(result, impact=impact(edited, view.standing))

        return Accepted(decision.commit, answer(view), answer)


def _standing(catalog: Catalog, circumstances: Circumstances, *calendar_ids: str) -> Standing:
    return Standing(calendar_ids, local_date(circumstances.now, catalog.configuration.timezone))


# --- Windows --------------------------------------------------------------------------------------------------------


def plan_new_window(
    command: c.CreateWindow, catalog: Catalog, circumstances: Circumstances
) -> Plan[Changed[CalendarWindow]]:
    """SPEC W1, W8."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    problems = []
    branch = catalog.branches.get(clean.branch_id)
    if branch is None or branch.retired:
        hint = "send one of: " + ", ".join(known.branch_id for known in catalog.active_branches)
        problems.append(FieldProblem("branch_id", "is not a branch of this organisation", hint))
    service = catalog.service_named(clean.appointment_type_id) if clean.appointment_type_id else None
    if clean.appointment_type_id and service is None:
        problems.append(FieldProblem("appointment_type_id", "is not a configured service", "send a service_id"))
    calendar_id = clean.calendar_id or circumstances.new_id
    if calendar_id in catalog.windows:
        problems.append(FieldProblem("calendar_id", "is taken", "send another id, or update that window"))
    if problems:
        return refused(*problems)
    window = CalendarWindow(
        calendar_id=calendar_id,
        branch_id=clean.branch_id,
        day=clean.day,
        session=clean.session,
        ai_slots=clean.ai_slots,
        max_slots=clean.ai_slots if clean.max_slots is None else clean.max_slots,
        start_time=clean.start_time,
        end_time=clean.end_time,
        batch=clean.batch_name,
        service_id=service.service_id if service else None,
        status=clean.status,
        valid_from=clean.valid_from,
        valid_until=clean.valid_until,
        interval_weeks=clean.interval_weeks,
        created_at=circumstances.now,
        updated_at=circumstances.now,
    )
    return Settled(put_record(clean, catalog, circumstances, None, window, calendar_id, events.WindowCreated))


_SCHEDULE_FIELDS = ("day", "session", "start_time", "end_time", "valid_from", "valid_until", "interval_weeks")
_CAPACITY_FIELDS = ("max_slots", "ai_slots", "status")


def plan_window_update(
    command: c.UpdateWindow, catalog: Catalog, circumstances: Circumstances
) -> Plan[Changed[CalendarWindow]]:
    """SPEC W3, W4: the window as it would be is checked as a whole."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    before = catalog.windows.get(calendar_id_of(clean.slot_id))
    if before is None:
        return Settled(Rejected(not_found("Slot")))
    stale = refuse_other_version("The slot", before.version, clean.if_version)
    if stale is not None:
        return Settled(Rejected(stale))
    values = given(clean, *_SCHEDULE_FIELDS, *_CAPACITY_FIELDS)
    if clean.batch_name is not c.UNSET:
        values["batch"] = clean.batch_name
    after = attrs.evolve(before, **values)
    problems = tuple(window_problems(attrs.asdict(after)))
    if problems:
        return refused(*problems)
    if after != before:
        updated_at = max(circumstances.now, before.updated_at)
        after = attrs.evolve(after, updated_at=updated_at, version=before.version + 1)
    decision = put_record(clean, catalog, circumstances, before, after, before.calendar_id, events.WindowUpdated)
    standing = _standing(catalog, circumstances, before.calendar_id)
    return EditPlan(decision, catalog, LedgerQuery(now=circumstances.now, standing=standing))


# --- Dates ----------------------------------------------------------------------------------------------------------


def plan_override(command: c.OverrideTracking, catalog: Catalog, circumstances: Circumstances) -> Plan[Overridden]:
    """SPEC W7: what differs on one date, for a window or one service in it."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    slot = parse_slot_id(clean.slot_id)
    if isinstance(slot, FieldProblem):
        return refused(slot)
    window = catalog.windows.get(slot.calendar_id)
    if window is None or slot.service_id not in (None, *[service.service_id for service in catalog.active_services]):
        return Settled(Rejected(not_found("Slot")))
    problems = tuple(_override_problems(clean, catalog, window, slot))
    if problems or slot.date is None:
        return refused(*problems)
    before = catalog.overrides.get((slot.calendar_id, slot.date, slot.service_id))
    blank = DateOverride(calendar_id=slot.calendar_id, date=slot.date, service_id=slot.service_id)
    after = attrs.evolve(before or blank, **given(clean, "status", "max_slots", "ai_slots"))
    decision = put_record(clean, catalog, circumstances, before or blank, after, str(slot), events.TrackingOverridden)
    standing = _standing(catalog, circumstances, slot.calendar_id)
    query = LedgerQuery(now=circumstances.now, standing=standing, days=(slot.date,))
    return OverridePlan(EditPlan(decision, catalog, query), slot, circumstances.now)


@attrs.frozen(eq=False)
class OverridePlan:
    """The override of a date, answered with the tracking records as they become."""

    edit: EditPlan[DateOverride]
    slot: SlotId
    now: datetime
    subject: None = None
    may_be_blind: bool = False

    @property
    def query(self) -> LedgerQuery:
        """What stands in the window, and the counts of the date."""
        return self.edit.query

    def decide(self, view: LedgerView) -> Decision[Overridden]:
        """The decision on the edit, with its records."""
        decision, catalog = self.edit.decide(view), self.edit.catalog
        if isinstance(decision, Accepted):
            edited, look_again = catalog.with_records(decision.commit.records), decision.look_again
            assert look_again is not None
            return Accepted(
                decision.commit,
                self._answer(edited, decision.result, view),
                lambda view: self._answer(edited, look_again(view), view),
            )
        assert isinstance(decision, Answered)
        return Answered(self._answer(catalog, decision.result, view))

    def _answer(self, catalog: Catalog, changed: Changed[DateOverride], view: LedgerView) -> Overridden:
        (day,) = self.query.days
        records = tracking_records(catalog, day, view.days[day], self.now, Wanted(calendar_id=self.slot.calendar_id))
        shown = tuple(record for record in records if self.slot.service_id in (None, record.key.service_id))
        return Overridden(changed.record, changed.changes, changed.impact, shown)


def _override_problems(
    command: c.OverrideTracking, catalog: Catalog, window: CalendarWindow, slot: SlotId
) -> Iterator[FieldProblem]:
    if slot.date is None:
        yield FieldProblem("slot_id", "names no date", "send calendar_id||YYYY-MM-DD, or with ||service_id")
    elif not window.covers(slot.date):
        yield FieldProblem("slot_id", "names a date that the window does not have", f"the window is on {window.day}s")
    if slot.service_id is not None and window.service_id not in (None, slot.service_id):
        yield FieldProblem("slot_id", "names a service that the window is not for", "leave the third segment out")
    if slot.service_id is not None and catalog.is_shared:
        for field in (name for name, places in given(command, "max_slots", "ai_slots").items() if places is not None):
            hint = "services share this capacity: send calendar_id||YYYY-MM-DD"
            yield FieldProblem(field, "cannot be given for one service", hint)


# --- Closures -------------------------------------------------------------------------------------------------------


def plan_closure(
    command: c.CloseBranch, catalog: Catalog, circumstances: Circumstances
) -> Plan[Changed[BranchClosure]]:
    """SPEC W7: close a branch for a range of dates; the same closure again is no change."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    if clean.branch_id not in catalog.branches:
        return Settled(Rejected(not_found("Branch")))
    days = (clean.first_date + timedelta(days=n) for n in range((clean.last_date - clean.first_date).days + 1))
    try:
        only = None if clean.only is None else tuple(day for day in days if day in clean.only)
    except Exception:  # whatever the caller's container raises when it is asked for a date
        return refused(FieldProblem("only", "cannot be asked for dates", "send a set of dates"))
    if only == ():
        return refused(FieldProblem("only", "contains no date of the range", "send a set of dates, some of them in it"))
    closure = BranchClosure(
        closure_id=circumstances.new_id,
        branch_id=clean.branch_id,
        first_date=clean.first_date,
        last_date=clean.last_date,
        only=only,
        label=clean.label,
    )
    for standing in catalog.closures.values():
        if standing == attrs.evolve(closure, closure_id=standing.closure_id):
            return Settled(Answered(Changed(standing)))
    decision = put_record(clean, catalog, circumstances, None, closure, closure.closure_id, events.BranchClosed)
    calendar_ids = (w.calendar_id for w in catalog.windows.values() if w.branch_id == clean.branch_id)
    query = LedgerQuery(now=circumstances.now, standing=_standing(catalog, circumstances, *calendar_ids))
    return EditPlan(decision, catalog, query)


def plan_reopening(
    command: c.ReopenBranch, catalog: Catalog, circumstances: Circumstances
) -> Plan[Changed[BranchClosure]]:
    """Lift a closure; lifting it twice is no change."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    before = catalog.closures.get(clean.closure_id)
    if before is None:
        return Settled(Rejected(not_found("Closure")))
    after = attrs.evolve(before, lifted=True)
    return Settled(put_record(clean, catalog, circumstances, before, after, before.closure_id, events.BranchReopened))
