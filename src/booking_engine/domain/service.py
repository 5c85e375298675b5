"""A service is a kind of visit, the documents' ``appointment_type``; it is retired, never deleted (SPEC §2)."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Service:
    """``duration_minutes`` is elapsed time; 0 means the visit has no length of its own."""

    service_id: str
    name: str
    duration_minutes: int = 0
    retired: bool = False
