"""Effects turn a record before and after into claims, guards and events: the only place where commits are written."""

from __future__ import annotations

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import Event, FieldChange
from booking_engine.domain.organisation import Configuration
from booking_engine.domain.tracking import Limits, TrackingKey
from booking_engine.ledger.claims import (
    CapacityClaim,
    CapacityRelease,
    Commit,
    Name,
    ReferenceName,
    Rekeying,
    UniqueClaim,
    UniqueRelease,
    VersionGuard,
)
from booking_engine.ledger.holdings import Holdings, holdings, limited_key
from booking_engine.rules.capacity import admission

_NOTHING = Holdings(frozenset(), frozenset(), False)


def appointment_commit(
    catalog: Catalog,
    before: Appointment | None,
    after: Appointment,
    event: Event,
    limits: Limits | None,
    guards: tuple[VersionGuard, ...] = (),
) -> Commit:
    """The commit that puts ``after`` in the place of ``before``.

    It claims what ``after`` holds and ``before`` did not, and releases the reverse: what does not change asks for
    nothing. ``limits`` are those of the window-date that a new place is in.
    """
    configuration = catalog.configuration
    held = _NOTHING if before is None else holdings(configuration, before)
    wanted = holdings(configuration, after)
    if before is not None:
        guards = (VersionGuard(before.appointment_id, before.version), *guards)
    holder = after.appointment_id
    return Commit(
        commit_id=event.event_id,
        revision=catalog.revision,
        at=event.at,
        claims=_claims(configuration, after, wanted.places - held.places, limits),
        releases=tuple(CapacityRelease(key, held.ai) for key in sorted(held.places - wanted.places)),
        unique_claims=tuple(
            UniqueClaim(name, holder, _names_admitted(configuration, name)) for name in wanted.names - held.names
        ),
        unique_releases=tuple(UniqueRelease(name, holder) for name in held.names - wanted.names),
        guards=guards,
        touched=() if before is not None and before.doctor_days == after.doctor_days else after.doctor_days,
        appointments=(after,),
        events=(event,),
    )


def _claims(
    configuration: Configuration, after: Appointment, keys: frozenset[TrackingKey], limits: Limits | None
) -> tuple[CapacityClaim, ...]:
    if not keys:
        return ()
    assert limits is not None
    ai = after.booked_via is Channel.AI_AGENT
    bound = limited_key(configuration, after.tracking_key)
    limit, ai_limit = admission(limits, after.booked_via, configuration.ai_quota)
    return tuple(
        CapacityClaim(key, ai, limit, ai_limit) if key == bound else CapacityClaim(key, ai, None)
        for key in (sorted(keys) if len(keys) > 1 else keys)
    )


def _names_admitted(configuration: Configuration, name: Name) -> int | None:
    return 1 if isinstance(name, ReferenceName) or configuration.duplicate_prevention else None


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
