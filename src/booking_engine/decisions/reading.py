"""Reading availability, tracking and alternatives: planned and decided like a command that commits nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Generic

import attrs

from booking_engine.decisions.decision import Answered, Circumstances, Decision, Plan, Rejected, ResultT, Settled
from booking_engine.domain.alternative import Alternative
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Rejection, invalid
from booking_engine.domain.service import Service
from booking_engine.domain.slotid import calendar_id_of
from booking_engine.domain.tracking import AvailabilityRow, TrackingRecord
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage, Position
from booking_engine.ledger.view import DayCounts, LedgerQuery, LedgerView
from booking_engine.queries import AlternativesQuery, AppointmentsQuery, AvailabilityQuery, TrackingQuery
from booking_engine.rules.admission import find_branch, find_service
from booking_engine.rules.alternatives import Search
from booking_engine.rules.availability import Bookable, Wanted, tracking_records
from booking_engine.rules.cursor import Cursor, print_of, read_cursor, write_cursor
from booking_engine.rules.remembering import remembered_days
from booking_engine.rules.shape import checked
from booking_engine.rules.timing import dates_between
from booking_engine.rules.wish import Wish


@attrs.frozen(eq=False)
class DaysPlan(Generic[ResultT]):
    """A page over local dates, projected from the counts of those."""

    query: LedgerQuery
    project: Callable[[Mapping[date, DayCounts]], tuple[ResultT, ...]]
    subject: None = None
    may_be_blind: bool = False

    def decide(self, view: LedgerView) -> Decision[tuple[ResultT, ...]]:
        """The rows of every day, in order."""
        return Answered(self.project(view.days))


def plan_availability(
    query: AvailabilityQuery, catalog: Catalog, circumstances: Circumstances
) -> Plan[tuple[AvailabilityRow, ...]]:
    """SPEC C5, C7."""
    clean = checked(query)
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    wanted = _wanted(clean, catalog)
    if isinstance(wanted, Rejection):
        return Settled(Rejected(wanted))
    bookable = Bookable.at(catalog, circumstances.now)
    remembered = remembered_days(catalog, wanted)
    days = dates_between(clean.date, clean.until or clean.date)
    query_of_days = LedgerQuery(now=circumstances.now, days=days)
    return DaysPlan(query_of_days, lambda counts: remembered.rows(days, counts, bookable))


def plan_tracking(
    query: TrackingQuery, catalog: Catalog, circumstances: Circumstances
) -> Plan[tuple[TrackingRecord, ...]]:
    """SPEC C6."""
    clean = checked(query)
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    wanted = _wanted(clean, catalog)
    if isinstance(wanted, Rejection):
        return Settled(Rejected(wanted))
    if clean.slot_id is not None:
        wanted = attrs.evolve(wanted, calendar_id=calendar_id_of(clean.slot_id))
    first, last = clean.date or clean.from_date, clean.date or clean.to_date
    assert first is not None
    assert last is not None
    days = dates_between(first, last)
    return DaysPlan(
        LedgerQuery(now=circumstances.now, days=days),
        lambda counts: tuple(
            record for day in days for record in tracking_records(catalog, day, counts[day], circumstances.now, wanted)
        ),
    )


@attrs.frozen
class AlternativesPlan:
    """A search for alternatives, made in the one view that it asks for."""

    search: Search
    subject: None = None
    may_be_blind: bool = False

    @property
    def query(self) -> LedgerQuery:
        """What the search looks at."""
        return self.search.query

    def decide(self, view: LedgerView) -> Decision[tuple[Alternative, ...]]:
        """The best that it finds."""
        return Answered(self.search.found(view))


def plan_alternatives(
    query: AlternativesQuery, catalog: Catalog, circumstances: Circumstances
) -> Plan[tuple[Alternative, ...]]:
    """SPEC H2: service and branch are found as a booking finds them."""
    clean = checked(query)
    if isinstance(clean, tuple):
        return Settled(Rejected(invalid(*clean)))
    service = find_service(catalog, clean.appointment_type)
    if isinstance(service, Rejection):
        return Settled(Rejected(service))
    branch = find_branch(catalog, clean.branch_id)
    if isinstance(branch, Rejection):
        return Settled(Rejected(branch))
    return AlternativesPlan(
        Search(
            Wish(
                catalog,
                circumstances.now,
                service,
                branch.branch_id,
                clean.appointment_date,
                clean.session,
                clean.batch,
                clean.assigned_doctor,
                clean.channel,
                clean.limit,
            )
        )
    )


def appointment_filter(
    query: AppointmentsQuery, catalog: Catalog, circumstances: Circumstances
) -> AppointmentFilter | Rejection:
    """What a checked query asks of the store (SPEC §10)."""
    wanted = _wanted(query, catalog)
    if isinstance(wanted, Rejection):
        return wanted
    region = catalog.configuration.default_region
    filters = AppointmentFilter(
        utc_date=query.date,
        status=query.status,
        service_id=wanted.service.service_id if wanted.service else None,
        branch_id=query.branch_id,
        session=query.session,
        batch=query.batch,
        phone_key=None if query.phone is None else circumstances.phones.key(query.phone, region),
        external_reference_id=query.external_reference_id,
    )
    cursor = None if query.cursor is None else read_cursor(query.cursor)
    if cursor is None:
        return filters
    if cursor.filters != print_of(catalog.organisation.org_id, filters):
        hint = "send the filters of the page that gave it, or leave the cursor out"
        return invalid(FieldProblem("cursor", "was given by a list with other filters", hint))
    return attrs.evolve(filters, after=cursor.position)


def listed(page: AppointmentPage, query: AppointmentsQuery, wanted: AppointmentFilter, org_id: str) -> AppointmentPage:
    """The page that was asked for, of one that was read with one appointment more to see whether the list goes on."""
    items = page.items[: query.limit]
    if len(page.items) == len(items):
        return page
    cursor = Cursor(Position.of(items[-1]), print_of(org_id, wanted))
    return attrs.evolve(page, items=items, next_cursor=write_cursor(cursor))


def _wanted(query: AvailabilityQuery | TrackingQuery | AppointmentsQuery, catalog: Catalog) -> Wanted | Rejection:
    service: Service | None = None
    if query.appointment_type is not None:
        found = find_service(catalog, query.appointment_type)
        if isinstance(found, Rejection):
            return found
        service = found
    if query.branch_id is not None and query.branch_id not in catalog.branches:
        hint = "send one of: " + ", ".join(catalog.branches)
        return invalid(FieldProblem("branch_id", "is not a branch of this organisation", hint))
    return Wanted(branch_id=query.branch_id, session=query.session, service=service)
