"""A clinic in memory: an engine over an empty memory store, with the commands of a clinic carried out."""

from __future__ import annotations

from booking_engine import BookingEngine
from booking_engine.adapters.memory import MemoryStore
from booking_engine.clinic import Clinic
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.ports import Clock, IdFactory


def open_clinic(clinic: Clinic, clock: Clock, ids: IdFactory, phones: PhoneNormalizer) -> BookingEngine:
    """The engine of a clinic that nobody has booked yet."""
    engine = BookingEngine(MemoryStore(clinic.org_id), clock=clock, ids=ids, phones=phones)
    for command in clinic.commands:
        engine.execute(command)
    return engine
