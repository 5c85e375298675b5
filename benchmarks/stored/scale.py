"""A scale says how much is measured, and so which seeds have to be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

APPOINTMENTS, WINDOWS, ORGANISATIONS = "appointments", "windows", "organisations"
"""What grows. A seed is named after it and after how many there are."""
ORGANISATION_SIZE = 100
"""The appointments of each organisation, where organisations grow."""


class Scale(NamedTuple):
    """How much is measured. ``callers`` are ours beside the baselines, by database and by how they call."""

    rounds: int
    seconds: int
    clients: tuple[int, ...]
    callers: Mapping[str, Mapping[str, tuple[int, ...]]]
    growing_callers: tuple[int, ...]
    sizes: tuple[int, ...]
    windows: tuple[int, ...]
    organisations: tuple[int, ...]
    pages: int


def seed_name(what: str, number: int) -> str:
    """The seed with so many of something."""
    return f"{what}_{number}"


def org_ids(number: int) -> list[str]:
    """So many organisations."""
    return [f"clinic-{each}" for each in range(number)]
