"""Headers are the parts of a request that no body or path has: which version is edited, and under which key (SPEC P2).

Those that mean nothing to the engine are not looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

import attrs

from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Rejection, invalid

IF_MATCH, IDEMPOTENCY_KEY = "If-Match", "Idempotency-Key"

_MALFORMED = FieldProblem(IF_MATCH, "is not * or a list of entity tags", "send the ETag of the record as it was given")
# One element of a list and the comma behind it: an entity tag, or nothing, which a list may have (RFC 9110, 5.6.1).
_ELEMENT = re.compile(r'[ \t]*+(?:(?P<weak>W/)?"(?P<opaque>[^\x00-\x20"\x7f]*+)")?+[ \t]*+(?:,|\Z)')
_VERSION = re.compile(r"(?P<version>[1-9]\d{0,17})-(?P<print>[0-9a-f]{16})", re.ASCII)


@attrs.frozen
class Headers:
    """The text of the headers as it was received; None stands for one that was not sent."""

    if_match: str | None = None
    idempotency_key: str | None = attrs.field(default=None, repr=False)


def read_headers(pairs: Iterable[tuple[str, str] | tuple[bytes, bytes]]) -> Headers | Rejection:
    """The headers that count, of all that a request has, in any case of letters; bytes are read as UTF-8.

    ``If-Match`` may stand there several times, as any list may; ``Idempotency-Key`` twice is refused.
    """
    found: dict[str, list[str]] = {IF_MATCH: [], IDEMPOTENCY_KEY: []}
    problems: list[FieldProblem] = []
    for name, value in pairs:
        known = _KNOWN.get(name.lower())
        if known is None:
            continue
        try:
            found[known].append(value if isinstance(value, str) else value.decode())
        except UnicodeDecodeError:
            problems.append(FieldProblem(known, "is not UTF-8 text", "send ASCII, or UTF-8"))
    keys = found[IDEMPOTENCY_KEY]
    if len(keys) > 1:
        problems.append(FieldProblem(IDEMPOTENCY_KEY, "is given twice", "send each key once"))
    if problems:
        return invalid(*problems)
    return Headers(", ".join(found[IF_MATCH]) if found[IF_MATCH] else None, keys[0] if keys else None)


_KNOWN: Mapping[str | bytes, str] = {
    written: name for name in (IF_MATCH, IDEMPOTENCY_KEY) for written in (name.lower(), name.lower().encode())
}


def etag(record_id: str, version: int) -> str:
    """The strong entity tag of a record at a version, quotes included; to everybody else it is opaque."""
    return f'"{version}-{_print(record_id)}"'


def wanted_versions(if_match: str, record_id: str) -> tuple[int, ...] | FieldProblem | None:
    """The versions of the record that the header admits; None when it admits any (``*``).

    Only our own tags of this very record can match, and weak ones never do (RFC 9110, 13.1.1).
    """
    if if_match.strip(" \t") == "*":
        return None
    versions: list[int] = []
    position, tags = 0, 0
    while position < len(if_match):
        element = _ELEMENT.match(if_match, position)
        if element is None:
            return _MALFORMED
        position = element.end()
        tags += element["opaque"] is not None
        ours = None if element["weak"] else _VERSION.fullmatch(element["opaque"] or "")
        if ours is not None and ours["print"] == _print(record_id):
            versions.append(int(ours["version"]))
    return tuple(versions) if tags else _MALFORMED


def _print(record_id: str) -> str:
    return hashlib.blake2s(record_id.encode("utf-8", "replace"), digest_size=8, person=b"etag").hexdigest()
