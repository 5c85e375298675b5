"""A view is what one snapshot of the store showed to one decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeAlias

import attrs

from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.hold import Hold
from booking_engine.domain.tracking import EMPTY, Counts, TrackingKey
from booking_engine.ledger.claims import DuplicateName

DayCounts: TypeAlias = Mapping[str, Mapping[str, Counts]]
"""The counts of one local date: by calendar id, then by service id. Never changed, only replaced."""

_NOTHING: Mapping[str, Counts] = {}
NO_DAY: DayCounts = {}
"""The counts of a date without any."""


class Standing(NamedTuple):
    """The appointments, not cancelled, of these windows from a local date on."""

    calendar_ids: tuple[str, ...]
    first_date: date


@attrs.frozen(kw_only=True)
class LedgerQuery:
    """What a decision needs to see, all in one snapshot.

    ``days`` asks for the counts of those local dates, of ``calendar_ids`` only where given (a store may show
    more), as they are at ``now``: without the holds that ended by then (SPEC H1). ``holder`` or ``hold_id``, at most
    one of the two, asks for the hold that runs then. ``doctor_days`` asks for their versions and the appointments
    expected on them. ``names`` asks who holds them, any number of them at once.
    """

    now: datetime
    appointment_id: str | None = None
    reference: str | None = None
    duplicate: DuplicateName | None = None
    days: tuple[date, ...] = ()
    calendar_ids: tuple[str, ...] | None = None
    doctor_days: tuple[DoctorDay, ...] = ()
    standing: Standing | None = None
    holder: str | None = None
    hold_id: str | None = None
    names: tuple[DuplicateName, ...] = ()


@attrs.frozen(kw_only=True)
class LedgerView:
    """The answer, with the ``revision`` that the catalog had in the same snapshot.

    ``duplicates`` are the ids that hold the duplicate's name, sorted; ``doctor_versions`` has every day asked for, 0
    where it was never touched; ``on_doctor_days`` are the expected appointments that occupy one of them; ``holders``
    are the ids, in any order, that hold a name asked for, without the names that nobody holds.
    """

    revision: int
    appointment: Appointment | None = None
    referenced: Appointment | None = None
    duplicates: tuple[str, ...] = ()
    days: Mapping[date, DayCounts] = attrs.field(factory=dict)
    doctor_versions: Mapping[DoctorDay, int] = attrs.field(factory=dict)
    on_doctor_days: tuple[Appointment, ...] = ()
    standing: tuple[Appointment, ...] = ()
    hold: Hold | None = None
    holders: Mapping[DuplicateName, tuple[str, ...]] = attrs.field(factory=dict)

    def counts(self, key: TrackingKey) -> Counts:
        """The counts of one tracking key; nothing is taken where nothing is stored."""
        return self.days.get(key.date, NO_DAY).get(key.calendar_id, _NOTHING).get(key.service_id, EMPTY)


REVISION_ONLY = LedgerQuery(now=datetime.min.replace(tzinfo=UTC))
"""Asks for the catalog's revision, which is the same at every instant."""

UNSEEN = LedgerView(revision=0)
"""The view of an empty ledger: what a booking that may be tried blind is decided on, before anything is read."""
