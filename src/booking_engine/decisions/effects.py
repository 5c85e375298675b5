"""Effects turn a record before and after into claims, guards and events: the only place where commits are written."""

from __future__ import annotations

from typing import TypeVar

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import Event, FieldChange
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import Configuration
from booking_engine.domain.tracking import Limits
from booking_engine.ledger.claims import (
    CapacityClaim,
    CapacityRelease,
    Commit,
    Guard,
    HoldGuard,
    Name,
    ReferenceName,
    Rekeying,
    UniqueClaim,
    UniqueRelease,
    VersionGuard,
)
from booking_engine.ledger.holdings import NOTHING, Holdings, hold_places, holdings
from booking_engine.rules.capacity import admission

KeyT = TypeVar("KeyT")


def appointment_commit(
    catalog: Catalog,
    before: Appointment | None,
    after: Appointment,
    event: Event,
    limits: Limits | None,
    guards: tuple[Guard, ...] = (),
) -> Commit:
    """The commit that puts ``after`` in the place of ``before``.

    It claims what ``after`` holds and ``before`` did not, and releases the reverse: what does not change asks for
    nothing. ``limits`` are those of the window-date that a new place is in.
    """
    configuration, holder = catalog.configuration, after.appointment_id
    wanted = holdings(configuration, after)
    if before is None:
        held, touched = NOTHING, after.doctor_days
    else:
        held = holdings(configuration, before)
        guards = (VersionGuard(holder, before.version), *guards)
        # Within a day that stays the same, the time may not: whoever saw the day before must look again (SPEC §6.10).
        touched = after.doctor_days if _busy_time(before) != _busy_time(after) else ()
    return Commit(
        event.event_id,
        catalog.revision,
        event.at,
        _capacity_claims(configuration, after.booked_via, wanted, held, limits),
        _releases(held, wanted),
        _unique_claims(configuration, holder, _without(wanted.names, held.names)),
        tuple([UniqueRelease(name, holder) for name in _without(held.names, wanted.names)]),
        guards,
        touched,
        (after,),
        events=(event,),
    )


def _busy_time(appointment: Appointment) -> object:
    return appointment.doctor_days, appointment.start, appointment.end


def _without(keys: tuple[KeyT, ...], others: tuple[KeyT, ...]) -> tuple[KeyT, ...]:
    return tuple([key for key in keys if key not in others]) if keys and others else keys


def _capacity_claims(
    configuration: Configuration, channel: Channel, wanted: Holdings, held: Holdings, limits: Limits | None
) -> tuple[CapacityClaim, ...]:
    keys = _without(wanted.places, held.places)
    if not keys:
        return ()
    assert limits is not None
    limit, ai_limit = admission(limits, channel, configuration.ai_quota)
    if len(wanted.places) == 1:
        return (CapacityClaim(keys[0], wanted.ai, limit, ai_limit),)
    # The first place is the one that the limits are for; what comes after it is counted only (SPEC C2).
    bound, ai = wanted.places[0], wanted.ai
    return tuple([CapacityClaim(key, ai, *((limit, ai_limit) if key == bound else (None, None))) for key in keys])


def _unique_claims(configuration: Configuration, holder: str, names: tuple[Name, ...]) -> tuple[UniqueClaim, ...]:
    duplicates = 1 if configuration.duplicate_prevention else None
    return tuple([UniqueClaim(name, holder, 1 if type(name) is ReferenceName else duplicates) for name in names])


def confirmation_commit(
    catalog: Catalog, hold: Hold, appointment: Appointment, event: Event, guards: tuple[Guard, ...]
) -> Commit:
    """The commit in which an appointment takes over the place of a hold: net, no place is asked for (SPEC H1)."""
    names = holdings(catalog.configuration, appointment).names
    return Commit(
        commit_id=event.event_id,
        revision=catalog.revision,
        at=event.at,
        unique_claims=_unique_claims(catalog.configuration, appointment.appointment_id, names),
        guards=(_guard_of(hold), *guards),
        touched=appointment.doctor_days,
        appointments=(appointment,),
        events=(event,),
        unheld=(hold.holder,),
    )


def hold_commit(catalog: Catalog, before: Hold | None, after: Hold, event: Event, limits: Limits | None) -> Commit:
    """The commit that puts ``after`` in the place of ``before``, the hold that runs for the same holder.

    ``limits`` are those of the window-date that a new place is in.
    """
    configuration, wanted = catalog.configuration, hold_places(catalog.configuration, after)
    held = NOTHING if before is None else hold_places(configuration, before)
    return Commit(
        commit_id=event.event_id,
        revision=catalog.revision,
        at=event.at,
        claims=_capacity_claims(configuration, after.channel, wanted, held, limits),
        releases=_releases(held, wanted),
        guards=(HoldGuard(after.holder, None) if before is None else _guard_of(before),),
        events=(event,),
        holds=(after,),
    )


def release_commit(catalog: Catalog, hold: Hold, event: Event) -> Commit:
    """The commit that gives a running hold up."""
    return Commit(
        commit_id=event.event_id,
        revision=catalog.revision,
        at=event.at,
        releases=_releases(hold_places(catalog.configuration, hold), NOTHING),
        guards=(_guard_of(hold),),
        events=(event,),
        unheld=(hold.holder,),
    )


def _guard_of(hold: Hold) -> HoldGuard:
    return HoldGuard(hold.holder, hold.hold_id, hold.version)


def _releases(held: Holdings, wanted: Holdings) -> tuple[CapacityRelease, ...]:
    return tuple([CapacityRelease(key, held.ai) for key in _without(held.places, wanted.places)])


def setup_commit(catalog: Catalog, record: CatalogRecord, event: Event, rekeying: Rekeying | None = None) -> Commit:
    """The commit that puts one record of the setup in place and makes the next revision."""
    return Commit(
        commit_id=event.event_id,
        revision=catalog.revision,
        at=event.at,
        records=(record,),
        rekeying=rekeying,
        events=(event,),
    )


_UNTOLD = frozenset({"version", "updated_at", "created_at"})


def field_changes(before: attrs.AttrsInstance, after: attrs.AttrsInstance) -> tuple[FieldChange, ...]:
    """The fields in which two attrs records of one class differ, in their order."""
    changes = []
    for field in attrs.fields(type(after)):
        was, is_now = getattr(before, field.name), getattr(after, field.name)
        if was != is_now and field.name not in _UNTOLD:
            changes.append(FieldChange(field.name, was, is_now))
    return tuple(changes)
