"""A clinic in memory: an engine over an empty memory store, with the commands of a clinic carried out."""

from __future__ import annotations

import importlib.util

from booking_engine import BookingEngine
from booking_engine.adapters.memory import MemoryStore
from booking_engine.clinic import Clinic
from booking_engine.domain.phone import PhoneNormalizer, PlainPhones
from booking_engine.ports import Clock, IdFactory


def phones_here() -> PhoneNormalizer:
    """Phones in E.164 where the extra ``phone`` is installed; by their digits otherwise (SPEC I2)."""
    if importlib.util.find_spec("phonenumbers") is None:
        return PlainPhones()
    from booking_engine.adapters.phone import E164Phones  # noqa: PLC0415 (an extra of its own)

    return E164Phones()


def open_clinic(clinic: Clinic, clock: Clock, ids: IdFactory, phones: PhoneNormalizer) -> BookingEngine:
    """The engine of a clinic that nobody has booked yet."""
    engine = BookingEngine(MemoryStore(clinic.org_id), clock=clock, ids=ids, phones=phones)
    for command in clinic.commands:
        engine.execute(command)
    return engine
