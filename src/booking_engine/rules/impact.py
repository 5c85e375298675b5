"""Impact is what an edit of the setup leaves behind: appointments outside or over capacity, none moved (SPEC W5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.tracking import TrackingKey
from booking_engine.ledger.holdings import limited_key
from booking_engine.rules.timing import fits


@attrs.frozen
class Impact:
    """The appointments that an edit does not fit.

    ``outside`` no longer lie in an open window; ``over_capacity`` came last where more places are taken than the
    limit; ``overbooked`` says by how many, for each tracking key.
    """

    outside: tuple[Appointment, ...] = ()
    over_capacity: tuple[Appointment, ...] = ()
    overbooked: tuple[tuple[TrackingKey, int], ...] = ()


def impact(catalog: Catalog, standing: Iterable[Appointment]) -> Impact:
    """What of ``standing`` the catalog, as it would be, does not fit."""
    outside: list[Appointment] = []
    holders: defaultdict[TrackingKey, list[Appointment]] = defaultdict(list)
    for appointment in standing:
        holders[limited_key(catalog.configuration, appointment.tracking_key)].append(appointment)
        window = catalog.windows[appointment.calendar_id]
        window_date = catalog.window_date(window, appointment.date)
        if appointment.is_expected and not (
            window.covers(appointment.date)
            and window_date.is_open_for(appointment.service_id)
            and fits(window_date, appointment.start, appointment.duration_minutes)
        ):
            outside.append(appointment)
    over_capacity: list[Appointment] = []
    overbooked: list[tuple[TrackingKey, int]] = []
    for key, taking in sorted(holders.items()):
        window_date = catalog.window_date(catalog.windows[key.calendar_id], key.date)
        excess = len(taking) - window_date.limits_for(key.service_id).max_slots
        if excess > 0:
            overbooked.append((key, excess))
            taking.sort(key=lambda appointment: (appointment.created_at, appointment.appointment_id))
            over_capacity += taking[-excess:]
    return Impact(tuple(outside), tuple(over_capacity), tuple(overbooked))
