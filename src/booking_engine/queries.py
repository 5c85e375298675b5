"""A query is what somebody wants to see: plain data in the words of the wire, checked like a command."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a field is called date)
from datetime import datetime
from typing import TypeAlias

import attrs

from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.window import Session

DAYS_MAX = 92
PAGE_MAX, LIMIT_MAX, LIMIT_DEFAULT = 1_000_000, 200, 50
ALTERNATIVES_DEFAULT = 3


@attrs.frozen(kw_only=True)
class AvailabilityQuery:
    """The open windows of a local date, or of each date up to ``until``, at most 92 days (SPEC C5, C7).

    ``appointment_type`` is a service's id or name; with it, rows count that service alone.
    """

    date: Date
    until: Date | None = None
    branch_id: str | None = None
    session: Session | None = None
    appointment_type: str | None = None


@attrs.frozen(kw_only=True)
class TrackingQuery:
    """The tracking records of ``date``, or from ``from_date`` to ``to_date``, at most 92 days apart (SPEC C6)."""

    date: Date | None = None
    from_date: Date | None = None
    to_date: Date | None = None
    branch_id: str | None = None
    session: Session | None = None
    appointment_type: str | None = None
    slot_id: str | None = None


@attrs.frozen(kw_only=True)
class AlternativesQuery:
    """What somebody who was never seen could book in the place of a wished visit, best first (SPEC H2).

    The fields of the wish are those of ``BookAppointment``; where the wish itself can be booked it is the first.
    ``limit`` is at most 10.
    """

    appointment_type: str
    appointment_date: datetime
    branch_id: str | None = None
    session: Session | None = None
    batch: str | None = None
    assigned_doctor: str | None = None
    channel: Channel = Channel.API
    limit: int = ALTERNATIVES_DEFAULT


@attrs.frozen(kw_only=True)
class AppointmentsQuery:
    """A page of appointments by start, then id (SPEC §10). ``date`` is a full UTC day.

    ``page`` counts from 1, which is the default; or else ``cursor`` is the ``next_cursor`` of a page with the same
    filters, and what is asked for stands behind that page (SPEC P1).
    """

    date: Date | None = None
    status: AppointmentStatus | None = None
    appointment_type: str | None = None
    branch_id: str | None = None
    session: Session | None = None
    batch: str | None = None
    phone: str | None = attrs.field(default=None, repr=False)
    external_reference_id: str | None = None
    page: int | None = None
    limit: int = LIMIT_DEFAULT
    cursor: str | None = None

    @property
    def offset(self) -> int:
        """How many appointments are passed over."""
        return 0 if self.page is None else (self.page - 1) * self.limit


@attrs.frozen(kw_only=True)
class AppointmentQuery:
    """One appointment of any status."""

    appointment_id: str


@attrs.frozen(kw_only=True)
class HistoryQuery:
    """What happened to one record, by its id."""

    subject_id: str


@attrs.frozen(kw_only=True)
class CatalogQuery:
    """What the organisation has set up."""


@attrs.frozen(kw_only=True)
class RegenerateTracking:
    """Hold the ledger against a recount and say how many tracking records there are (SPEC C6). Changes nothing."""


Query: TypeAlias = (
    AvailabilityQuery
    | TrackingQuery
    | AlternativesQuery
    | AppointmentsQuery
    | AppointmentQuery
    | HistoryQuery
    | CatalogQuery
    | RegenerateTracking
)
