"""A plain booking is a commit that does nothing but add one appointment, with its places, its names and its event.

It guards nothing but the days of its doctor, if it has one, and gives nothing back. Nearly all bookings are plain ones,
and each database has a short way to write them; everything else is for ``committing``.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from booking_engine.adapters.sql.writing import NO_LIMIT, at_most
from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.events import AppointmentBooked, Event
from booking_engine.ledger.claims import CapacityClaim, Commit, DuplicateName, ReferenceName, VersionGuard


class GuardedDay(NamedTuple):
    """A doctor's day that grows by 0 or 1, and the version that it must have before; None is any."""

    day: DoctorDay
    grows: int
    version: int | None


class Booking(NamedTuple):
    """A plain booking. ``held_max`` is how many appointments may hold its ``name``; ``days`` are in their order."""

    org_id: str
    commit: Commit
    appointment: Appointment
    event: Event
    name: DuplicateName
    held_max: int
    days: tuple[GuardedDay, ...]

    @property
    def names(self) -> tuple[Hashable, ...]:
        """What it shares with no other booking of its group."""
        reference = self.appointment.external_reference_id or self.name
        return (self.appointment.appointment_id, self.name, reference, *[each.day for each in self.days])


def plain_booking(org_id: str, commit: Commit) -> Booking | None:
    """The commit as a plain booking; None when it is anything else."""
    if commit.releases or commit.unique_releases or commit.records or commit.holds or commit.unheld:
        return None
    if len(commit.appointments) != 1 or len(commit.events) != 1 or not commit.claims or commit.rekeying is not None:
        return None
    (appointment,), (event,) = commit.appointments, commit.events
    if type(event) is not AppointmentBooked or not _is_told_by(appointment, event):
        return None
    if event.event_id != commit.commit_id or event.org_id != org_id:
        return None
    for claim in commit.claims:
        if not _may_be_summed(claim):
            return None
    days = _guarded_days(commit) if commit.guards or commit.touched else ()
    return None if days is None else _named(org_id, commit, appointment, event, days)


def _guarded_days(commit: Commit) -> tuple[GuardedDay, ...] | None:
    """What is guarded and what is touched, day by day; None when more than that is guarded."""
    versions: dict[DoctorDay, int] = {}
    for guard in commit.guards:
        if not isinstance(guard, VersionGuard) or not isinstance(guard.subject, DoctorDay) or guard.subject in versions:
            return None
        versions[guard.subject] = guard.version
    days = sorted({*versions, *commit.touched})
    return tuple([GuardedDay(day, int(day in commit.touched), versions.get(day)) for day in days])


def _is_told_by(appointment: Appointment, event: Event) -> bool:
    """Whether the event says nothing that the appointment does not, but for its own id and who asked."""
    return (
        event.record is appointment
        and event.subject_id == appointment.appointment_id
        and event.version == appointment.version
        and event.at == appointment.created_at
        and event.channel is appointment.booked_via
        and not event.changes
    )


def _may_be_summed(claim: CapacityClaim) -> bool:
    """Whether several such claims are met exactly when their sum is within the smallest of their limits."""
    has_room = at_most(claim.limit) > 0 and at_most(claim.ai_limit) > 0
    return has_room and (claim.ai or claim.ai_limit is None)


def _named(
    org_id: str, commit: Commit, appointment: Appointment, event: Event, days: tuple[GuardedDay, ...]
) -> Booking | None:
    """The booking, if it claims the two names that its appointment has, and no others."""
    name, held_max, reference = None, NO_LIMIT, None
    for claim in commit.unique_claims:
        if claim.holder != appointment.appointment_id:
            return None
        if isinstance(claim.name, DuplicateName) and name is None and claim.limit != 0:
            name, held_max = claim.name, at_most(claim.limit)
        elif isinstance(claim.name, ReferenceName) and reference is None and claim.limit == 1:
            reference = claim.name.reference
        else:
            return None
    if name is None or reference != appointment.external_reference_id:
        return None
    if name[:3] != (appointment.phone_key, appointment.service_id, appointment.date):
        return None
    return Booking(org_id, commit, appointment, event, name, held_max, days)
