"""A page is a stretch of the appointments that pass a filter, in a fixed order."""

from __future__ import annotations

from datetime import date

import attrs

from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.window import Session


@attrs.frozen(kw_only=True)
class AppointmentFilter:
    """Which appointments a page lists; None does not filter. ``utc_date`` is a full UTC day of ``start`` (SPEC §10)."""

    utc_date: date | None = None
    status: AppointmentStatus | None = None
    service_id: str | None = None
    branch_id: str | None = None
    session: Session | None = None
    batch: str | None = None
    phone_key: str | None = attrs.field(default=None, repr=False)
    external_reference_id: str | None = None

    def admits(self, appointment: Appointment) -> bool:
        """Whether the appointment passes every filter that is set."""
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


@attrs.frozen(kw_only=True)
class AppointmentPage:
    """``items`` by start, then id; ``total`` counts all that pass the filter, in the same snapshot as ``revision``."""

    items: tuple[Appointment, ...]
    total: int
    revision: int
