"""A reference stands for what a call books: a person's visit for a service on a date. It names none of them."""

from __future__ import annotations

import hashlib

from booking_engine.adapters.agent.choices import Choice
from booking_engine.adapters.agent.desk import Desk
from booking_engine.domain.text import fold


def reference_prefix(call_id: str) -> str:
    """What the references of a call begin with."""
    return f"call-{_digest(call_id)}-"


def reference_of(desk: Desk, choice: Choice, patient_name: str, phone: str, moved: int) -> str:
    """The reference of a person's appointment for a service on a date, made in this call.

    Who is one person is decided as duplicates are (SPEC §6.9). ``moved`` counts those that were moved to other dates.
    """
    person = [desk.phone_key(phone)]
    if desk.catalog.configuration.duplicate_includes_patient:
        person.append(fold(patient_name))
    day = desk.catalog.local_date(choice.start)
    what = "\0".join((*person, choice.service.service_id, day.isoformat(), str(moved)))
    return reference_prefix(desk.call.call_id) + _digest(desk.call.call_id + "\0" + what)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
