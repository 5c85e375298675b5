"""A commit is the effect of one accepted command, written as claims that a store meets all together or not at all.

Claims and commits are tuples with names: every booking makes a handful of them, and nothing in Python is made faster.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

import attrs

from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import Configuration
from booking_engine.domain.tracking import TrackingKey


class ReferenceName(NamedTuple):
    """At most one appointment that is not cancelled answers to a reference (SPEC §6.2)."""

    reference: str


class DuplicateName(NamedTuple):
    """Whom a duplicate would repeat (SPEC §6.9); ``patient`` is empty unless it is configured to count."""

    phone_key: str
    service_id: str
    date: date
    patient: str

    def __repr__(self) -> str:
        return f"DuplicateName(service_id={self.service_id!r}, date={self.date!r})"


Name: TypeAlias = ReferenceName | DuplicateName


class CapacityClaim(NamedTuple):
    """The right to one place, counted under ``key`` and with ``ai`` among the AI places too.

    Refused when ``limit`` places, or ``ai_limit`` AI places, are taken already; no limit = counted, never refused.
    """

    key: TrackingKey
    ai: bool
    limit: int | None
    ai_limit: int | None = None


class CapacityRelease(NamedTuple):
    """One place given back, and with ``ai`` one AI place."""

    key: TrackingKey
    ai: bool


class UniqueClaim(NamedTuple):
    """The right of ``holder``, an appointment's id, to a name.

    Refused when ``limit`` appointments hold it already, whoever they are: ``holder`` itself counts too, for a commit
    never claims what its appointment holds. No limit = recorded, never refused.
    """

    name: Name
    holder: str
    limit: int | None = 1


class UniqueRelease(NamedTuple):
    """A name that its holder gives back."""

    name: Name
    holder: str


class VersionGuard(NamedTuple):
    """The version that an appointment (by its id) or a doctor's day must still have; 0 = it was never touched."""

    subject: str | DoctorDay
    version: int


class HoldGuard(NamedTuple):
    """The hold that this holder must have, and its version, running at the commit's ``at``; None = no running hold."""

    holder: str
    hold_id: str | None
    version: int = 0


Guard: TypeAlias = VersionGuard | HoldGuard


@attrs.frozen(kw_only=True)
class Rekeying:
    """The ledger counted anew from appointments and holds, inside the commit and without asking limits (SPEC §2).

    A store puts ``refile(appointment)`` in the place of each appointment, ``refile_hold(hold)`` in that of each hold
    that runs at the commit's ``at``, removes all others, and then has exactly what
    ``recount(configuration, appointments, holds)`` says of the results.
    """

    configuration: Configuration
    refile: Callable[[Appointment], Appointment]
    refile_hold: Callable[[Hold], Hold]


class Commit(NamedTuple):
    """The whole effect of one accepted command.

    ``revision`` is that of the catalog it was decided on and must still be current; ``records`` make the next.
    ``claims`` and ``releases`` are net: no key stands twice. ``appointments`` take the place of what has their id.
    ``touched`` are doctors' days whose version grows by one. ``commit_id`` is made once per command and is the
    event id stored with its history, so that an answer lost on the way can be looked up.

    ``holds`` take the place of what their holder has; ``unheld`` are holders whose hold goes. Each of them comes with
    a ``HoldGuard`` of that holder, and what they mean for places is in ``claims`` and ``releases``, net.

    ``at`` is the now of the commit, and what ended by then is gone: before it asks anything else, a store removes the
    holds with ``ends_at <= at`` that the holders named here have, and all such holds of the window-dates (calendar and
    date) that it claims or releases places of. With each go its places, those that ``hold_places`` names. More than
    those may go, and they may go although the commit is refused then: nobody can see a hold that has ended.

    A commit with a ``rekeying`` changes the setup alone: with it come no claims, releases, guards, touched days,
    appointments or holds, so the recount alone says what the ledger holds afterwards.
    """

    commit_id: str
    revision: int
    at: datetime
    claims: tuple[CapacityClaim, ...] = ()
    releases: tuple[CapacityRelease, ...] = ()
    unique_claims: tuple[UniqueClaim, ...] = ()
    unique_releases: tuple[UniqueRelease, ...] = ()
    guards: tuple[Guard, ...] = ()
    touched: tuple[DoctorDay, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    records: tuple[CatalogRecord, ...] = ()
    rekeying: Rekeying | None = None
    events: tuple[Event, ...] = ()
    holds: tuple[Hold, ...] = ()
    unheld: tuple[str, ...] = ()


@attrs.frozen
class Done:
    """The commit stands."""


@attrs.frozen
class Refused:
    """Nothing was changed: these claims and guards could not be met, every one of them named, with no reasons.

    ``revision`` is the catalog's as it is now, when the commit was decided on another.
    """

    claims: tuple[CapacityClaim | UniqueClaim, ...] = ()
    guards: tuple[Guard, ...] = ()
    revision: int | None = None


Outcome: TypeAlias = Done | Refused
