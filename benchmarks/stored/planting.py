"""Planting makes every seed once and keeps it in every place; afterwards nothing of them is left in this process.

What is left would be looked through by every full collection of Python while bookings are timed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from measuring import progress

from stored import seeds
from stored.places import Place
from stored.scale import APPOINTMENTS, ORGANISATION_SIZE, ORGANISATIONS, WINDOWS, Scale, org_ids, seed_name
from stored.seeds import Seed

_ALONE = ("default",)


def plant(places: Iterable[Place], scale: Scale, *, growth: bool) -> None:
    """Keep the seeds that runs begin in; without ``growth`` only those with appointments."""
    places = list(places)
    progress(f"making {max(scale.sizes):,} appointments")
    clinic = seeds.booked(max(scale.sizes))
    for size in sorted({0, *scale.sizes}):
        _keep(places, seed_name(APPOINTMENTS, size), clinic.first(size), _ALONE)
    if growth:
        for number in scale.windows:
            _keep(places, seed_name(WINDOWS, number), seeds.with_windows(number), _ALONE)
        for number in scale.organisations:
            _keep(places, seed_name(ORGANISATIONS, number), clinic.first(ORGANISATION_SIZE), org_ids(number))


def _keep(places: Iterable[Place], name: str, seed: Seed, of: Sequence[str]) -> None:
    for place in places:
        progress(f"{place.name}: planting {name.replace('_', ' ')}")
        place.keep(name, (seed.rows(org_id) for org_id in of))
