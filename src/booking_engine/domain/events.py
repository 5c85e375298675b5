"""An event is what happened, told in the past tense: one for each accepted change, kept as history (SPEC U6, H4)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, NamedTuple

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold


class FieldChange(NamedTuple):
    """One field of a record, before and after. The values may be personal: they are not in the repr."""

    field: str
    before: object
    after: object

    def __repr__(self) -> str:
        return f"FieldChange({self.field!r})"


@attrs.frozen
class Event:
    """Something that was committed.

    ``event_id`` is stable over retries and deliveries; ``subject_id`` names the record it is about, whose
    ``version`` (for a catalog record: the catalog's revision) it brought about; ``actor`` is who asked.
    """

    name: ClassVar[str]

    event_id: str
    org_id: str
    subject_id: str
    version: int
    at: datetime
    channel: Channel
    actor: str | None
    record: Appointment | Hold | CatalogRecord
    changes: tuple[FieldChange, ...] = ()


class AppointmentBooked(Event):
    """A new appointment stands."""

    name = "appointment.created"


class AppointmentUpdated(Event):
    """Something but its time or status changed."""

    name = "appointment.updated"


class AppointmentRescheduled(Event):
    """It has a new time."""

    name = "appointment.rescheduled"


class AppointmentConfirmed(Event):
    """A rescheduled appointment was confirmed."""

    name = "appointment.confirmed"


class AppointmentCompleted(Event):
    """The visit took place."""

    name = "appointment.completed"


class AppointmentCancelled(Event):
    """Its place, reference and name are free again."""

    name = "appointment.cancelled"


class AppointmentRevived(Event):
    """A cancelled appointment was admitted afresh."""

    name = "appointment.revived"


class PlaceHeld(Event):
    """A place is kept for a caller; ``changes`` tell which hold of the same caller it takes the place of, if any."""

    name = "hold.created"


class HoldExtended(Event):
    """A hold ends later."""

    name = "hold.extended"


class HoldReleased(Event):
    """A hold was given up; one that ends by itself, or is confirmed, is not told of."""

    name = "hold.released"


class OrganisationConfigured(Event):
    """The organisation or its policy changed."""

    name = "organisation.configured"


class BranchAdded(Event):
    """A branch was added."""

    name = "branch.added"


class BranchChanged(Event):
    """A branch was renamed, retired or taken back."""

    name = "branch.changed"


class BranchClosed(Event):
    """A branch takes no bookings for a range of dates."""

    name = "branch.closed"


class BranchReopened(Event):
    """A closure of a branch was lifted."""

    name = "branch.reopened"


class ServiceAdded(Event):
    """A service was added."""

    name = "service.added"


class ServiceChanged(Event):
    """A service was changed, retired or taken back."""

    name = "service.changed"


class WindowCreated(Event):
    """A calendar window was created."""

    name = "window.created"


class WindowUpdated(Event):
    """A calendar window was changed, closed or reopened."""

    name = "window.updated"


class TrackingOverridden(Event):
    """Capacity or status of one date was changed."""

    name = "tracking.overridden"
