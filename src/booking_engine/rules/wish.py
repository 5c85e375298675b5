"""A wish is a visit as it was asked for, to which alternatives are wanted (SPEC H2)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.channel import Channel
from booking_engine.domain.service import Service
from booking_engine.domain.window import Session


class Person(NamedTuple):
    """Who is to come, as duplicates are told (SPEC §6.9)."""

    phone_key: str
    patient_name: str


class Wish(NamedTuple):
    """The visit that was wished for, and how many alternatives to it are wanted.

    Without a ``person`` they are for somebody who was never seen. ``own`` is the appointment that is to be moved: it
    does not count against itself, and stays at its branch.
    """

    catalog: Catalog
    now: datetime
    service: Service
    branch_id: str
    start: datetime
    session: Session | None
    batch: str | None
    doctor: str | None
    channel: Channel
    limit: int
    person: Person | None = None
    own: Appointment | None = None
