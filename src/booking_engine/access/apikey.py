"""An API key is the right of one organisation's program to ask: for some scopes, through one channel (SPEC §10)."""

from __future__ import annotations

from datetime import datetime

import attrs

from booking_engine.domain.channel import Channel
from booking_engine.wire.scope import Scope


@attrs.frozen(kw_only=True)
class ApiKey:
    """What is kept of a key. ``digest`` is the SHA-256 of its text; instants are aware UTC.

    ``key_id``, the short id, is no secret: it names the key in lists and logs. ``label`` is for people.
    """

    key_id: str
    org_id: str
    scopes: frozenset[Scope]
    digest: bytes = attrs.field(repr=False)
    created_at: datetime
    channel: Channel = Channel.API
    label: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid_at(self, now: datetime) -> bool:
        """Whether the key opens anything at ``now``: before the instant of its expiry, and not once it is revoked.

        A revoked key is revoked at every instant: on another machine the clock may be behind.
        """
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
