"""A principal is who a request comes from: one organisation, what may be done in it, and through which channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs
from starlette.requests import HTTPConnection

from booking_engine.access import AsyncKeyRepository, authenticated
from booking_engine.adapters.http.reading import header
from booking_engine.domain.channel import Channel
from booking_engine.ports import Clock
from booking_engine.shell import system_clock
from booking_engine.wire import Caller, Scope


@attrs.frozen(kw_only=True)
class Principal:
    """``name`` tells principals of an organisation apart: in the history as the actor, in the log, for the rate limit.

    It must not be personal data, nor anything that opens something: an API key's public id will do.
    """

    org_id: str
    scopes: frozenset[Scope]
    channel: Channel = Channel.API
    name: str

    @property
    def caller(self) -> Caller:
        """The principal as the engine knows it."""
        return Caller(self.channel, self.name)


Authenticate: TypeAlias = Callable[[HTTPConnection], Awaitable[Principal | None]]
"""Whom a request comes from, by its headers; None for nobody that is known."""


def by_api_key(keys: AsyncKeyRepository, clock: Clock = system_clock) -> Authenticate:
    """Principals by the API key that ``Authorization: Bearer`` carries."""

    async def known(request: HTTPConnection) -> Principal | None:
        said = header(request.scope, b"authorization")
        scheme, _, text = (said or b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = await authenticated(text.strip(), keys, clock())
        if key is None:
            return None
        return Principal(org_id=key.org_id, scopes=key.scopes, channel=key.channel, name=key.key_id)

    return known
