"""A page is a stretch of the appointments that pass a filter, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

import attrs

from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.window import Session


class Position(NamedTuple):
    """Where an appointment stands in the order of pages: no two stand at the same. ``start`` is aware UTC."""

    start: datetime
    appointment_id: str

    @classmethod
    def of(cls, appointment: Appointment) -> Position:
        """Where the appointment stands."""
        return cls(appointment.start, appointment.appointment_id)


@attrs.frozen(kw_only=True)
class AppointmentFilter:
    """Which appointments a page lists; None does not filter. ``utc_date`` is a full UTC day of ``start`` (SPEC §10).

    ``after`` is where the page begins: it lists only what stands behind, and its total counts what stands before too.
    """

    utc_date: date | None = None
    status: AppointmentStatus | None = None
    service_id: str | None = None
    branch_id: str | None = None
    session: Session | None = None
    batch: str | None = None
    phone_key: str | None = attrs.field(default=None, repr=False)
    external_reference_id: str | None = None
    after: Position | None = None

    def admits(self, appointment: Appointment) -> bool:
        """Whether the appointment passes every filter that is set, wherever it stands."""
        return (
            (self.utc_date is None or appointment.start.date() == self.utc_date)
            and (self.status is None or appointment.status is self.status)
            and (self.service_id is None or appointment.service_id == self.service_id)
            and (self.branch_id is None or appointment.branch_id == self.branch_id)
            and (self.session is None or appointment.session is self.session)
            and (self.batch is None or appointment.batch == self.batch)
            and (self.phone_key is None or appointment.phone_key == self.phone_key)
            and self.external_reference_id in (None, appointment.external_reference_id)
        )

    def page(self, among: Iterable[Appointment], offset: int, limit: int, revision: int) -> AppointmentPage:
        """The page of a store that has all its appointments at hand: one snapshot, with the revision it had."""
        found = sorted(filter(self.admits, among), key=Position.of)
        behind = found if self.after is None else [each for each in found if Position.of(each) > self.after]
        return AppointmentPage(items=tuple(behind[offset : offset + limit]), total=len(found), revision=revision)


@attrs.frozen(kw_only=True)
class AppointmentPage:
    """``items`` by start, then id; ``total`` counts all that pass the filter, in the same snapshot as ``revision``.

    ``next_cursor`` asks for what stands behind the last item; None when that was the end. An engine gives it, not a
    store.
    """

    items: tuple[Appointment, ...]
    total: int
    revision: int
    next_cursor: str | None = None
