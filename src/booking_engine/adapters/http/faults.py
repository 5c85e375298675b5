"""A fault is written down without what it says: in a message of somebody else's may stand whom a request was about."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from booking_engine.errors import BookingEngineError


def write_fault(log: logging.Logger, what: str, fault: BaseException) -> None:
    """One record: what could not be done, and for each exception of the chain its type and its place in the code."""
    log.error("%s\n%s", what, "\n".join(_told(fault)))


def _told(fault: BaseException) -> Iterator[str]:
    """What ``traceback`` tells, but for the messages that are not the library's own: those name no person."""
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "which led to:"
    yield from (line.rstrip() for line in traceback.format_tb(fault.__traceback__))
    said = f": {fault}" if isinstance(fault, BookingEngineError) else ""
    yield f"{type(fault).__module__}.{type(fault).__qualname__}{said}"
