"""A scope is what an API key may be allowed to do; each endpoint needs one (SPEC §10)."""

from __future__ import annotations

import enum


class Scope(enum.StrEnum):
    """The documents' scopes."""

    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_WRITE = "appointments:write"
    SLOTS_READ = "slots:read"
    SLOTS_WRITE = "slots:write"
