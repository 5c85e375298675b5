"""A version counts the changes of a record; who edits one may say which version they have seen (SPEC U8)."""

from __future__ import annotations

from collections.abc import Collection

from booking_engine.domain.rejection import Rejection, precondition_failed


def refuse_other_version(what: str, version: int, wanted: int | Collection[int] | None) -> Rejection | None:
    """SPEC U8: the record must have the version that is wanted, or one of those; None wants nothing."""
    if wanted is None or (version == wanted if isinstance(wanted, int) else version in wanted):
        return None
    return precondition_failed(what)
