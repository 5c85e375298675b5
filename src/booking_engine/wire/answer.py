"""An answer is what a transport sends back: a status of HTTP and a body that is ready for JSON (SPEC §10)."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs

Body: TypeAlias = dict[str, Any]
"""A JSON object; the order of its keys is the documents' order."""


@attrs.frozen
class Answer:
    """``body`` names patients, so it is not in the repr.

    ``etag`` is the ETag header of an answer that shows one record which can be edited as it was seen (SPEC U8).
    """

    status: int
    body: Body = attrs.field(repr=False)
    etag: str | None = attrs.field(default=None, repr=False)
