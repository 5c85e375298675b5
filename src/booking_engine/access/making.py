"""Making a key: a record to keep, and the text to hand out, which exists nowhere else from then on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from booking_engine.access.apikey import ApiKey
from booking_engine.access.keytext import KEY_ID_BYTES, SECRET_BYTES, digest_of, key_id_of, text_of
from booking_engine.domain.channel import Channel
from booking_engine.wire.scope import Scope


class NewKey(NamedTuple):
    """The record of a new key and its text; the text is in no repr."""

    key: ApiKey
    text: str

    def __repr__(self) -> str:
        return f"NewKey({self.key!r})"


def new_key(
    *,
    org_id: str,
    scopes: Iterable[Scope],
    now: datetime,
    channel: Channel = Channel.API,
    label: str | None = None,
    expires_at: datetime | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> NewKey:
    """A key that is made ``now``, an aware instant; ``random_bytes`` makes so many of them that nobody can guess.

    Raises ``ValueError`` for a key that could open nothing: one without scopes, or one that has expired already.
    """
    granted = frozenset(scopes)
    if not granted:
        raise ValueError("a key without scopes opens nothing: give at least one")
    if expires_at is not None and expires_at <= now:
        raise ValueError("a key that has expired opens nothing: give a later instant")
    text = text_of(random_bytes(KEY_ID_BYTES), random_bytes(SECRET_BYTES))
    key_id = key_id_of(text)
    assert key_id is not None
    key = ApiKey(
        key_id=key_id,
        org_id=org_id,
        scopes=granted,
        digest=digest_of(text),
        created_at=now,
        channel=channel,
        label=label,
        expires_at=expires_at,
    )
    return NewKey(key, text)
