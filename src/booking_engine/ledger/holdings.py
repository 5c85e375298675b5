"""Holdings are what appointments and holds take of the ledger: places and names. It is their sum, always (SPEC C6)."""

from __future__ import annotations

from typing import NamedTuple

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.channel import Channel
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import CapacityScope, Configuration
from booking_engine.domain.text import fold
from booking_engine.domain.tracking import ALL_SERVICES, TrackingKey
from booking_engine.ledger.claims import DuplicateName, Name, ReferenceName


class Holdings(NamedTuple):
    """The places (with ``ai``, AI places too) and names that one appointment or hold takes, each once."""

    places: tuple[TrackingKey, ...]
    names: tuple[Name, ...]
    ai: bool


NOTHING = Holdings((), (), False)


def holdings(configuration: Configuration, appointment: Appointment) -> Holdings:
    """What the appointment holds in its present status.

    A function of the record and of the configuration's keying fields alone; a change of those rekeys the ledger.
    """
    if not appointment.holds_place:
        return NOTHING
    key = appointment.tracking_key
    reference = appointment.external_reference_id
    names: tuple[Name, ...] = () if reference is None else (ReferenceName(reference),)
    if appointment.is_expected:
        names = (*names, duplicate_name(configuration, appointment.phone_key, key, appointment.patient_name))
    return Holdings(place_keys(configuration, key), names, appointment.booked_via is Channel.AI_AGENT)


def hold_places(configuration: Configuration, hold: Hold) -> Holdings:
    """What the hold takes for as long as its record is there: places, and no names."""
    return Holdings(place_keys(configuration, hold.tracking_key), (), hold.channel is Channel.AI_AGENT)


def place_keys(configuration: Configuration, key: TrackingKey) -> tuple[TrackingKey, ...]:
    """Where one place is counted: by service, and under ``shared`` in the window-date's total first (SPEC C2)."""
    if configuration.capacity_scope is CapacityScope.SHARED:
        return (TrackingKey(key.calendar_id, key.date, ALL_SERVICES), key)
    return (key,)


def limited_key(configuration: Configuration, key: TrackingKey) -> TrackingKey:
    """The key whose counts the limits apply to: the service's own, or under ``shared`` the total's."""
    if configuration.capacity_scope is CapacityScope.SHARED:
        return TrackingKey(key.calendar_id, key.date, ALL_SERVICES)
    return key


def duplicate_name(configuration: Configuration, phone_key: str, key: TrackingKey, patient_name: str) -> DuplicateName:
    """The name under which a second such booking is a duplicate (SPEC §6.9)."""
    patient = fold(patient_name) if configuration.duplicate_includes_patient else ""
    return DuplicateName(phone_key, key.service_id, key.date, patient)
