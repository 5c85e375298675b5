"""Inputs are what a replay is given from outside: a clinic, a stream of requests and an instant, all of them usable."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO

import attrs

from booking_engine import FieldProblem
from booking_engine.clinic import Clinic, read_clinic
from booking_engine.domain.localtime import clean_instant
from booking_engine.domain.phone import PhoneNormalizer

STDIN = "-"


@attrs.frozen
class Inputs:
    """``size`` is the number of bytes of the requests; None where they have no end yet, as those of a pipe."""

    clinic: Clinic
    requests: IO[bytes]
    size: int | None
    now: datetime


def read_inputs(
    clinic: str, requests: str, now: datetime | str, new_id: Callable[[], str], phones: PhoneNormalizer
) -> Inputs | tuple[str, ...]:
    """The inputs, or every reason why they cannot be used; ``now`` may be text."""
    setup, stream, instant = read_clinic_file(clinic, new_id, phones), _requests(requests), read_instant(now)
    if isinstance(setup, Clinic) and not isinstance(stream, str) and isinstance(instant, datetime):
        return Inputs(setup, stream, _size(stream), instant)
    faults = list(setup) if isinstance(setup, tuple) else []
    faults += [fault for fault in (stream, instant) if isinstance(fault, str)]
    if not isinstance(stream, str) and requests != STDIN:
        stream.close()
    return tuple(faults)


def read_clinic_file(path: str, new_id: Callable[[], str], phones: PhoneNormalizer) -> Clinic | tuple[str, ...]:
    """The clinic of a file, or every reason why it cannot be used."""
    try:
        clinic = read_clinic(Path(path).read_bytes(), new_id, phones)
    except (OSError, ValueError) as error:
        return (_unreadable(path, error),)
    if isinstance(clinic, Clinic):
        return clinic
    return tuple(f"{path}:{mistake.line or ''}{':' if mistake.line else ''} {mistake}" for mistake in clinic)


def _requests(path: str) -> IO[bytes] | str:
    if path == STDIN:
        return sys.stdin.buffer
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        return _unreadable(path, error)


def read_instant(now: datetime | str) -> datetime | str:
    """What ``--clock`` says, or why that is no instant."""
    instant = clean_instant(now)
    return f"--clock: {instant.problem}; {instant.hint}" if isinstance(instant, FieldProblem) else instant


def _unreadable(path: str, error: Exception) -> str:
    return f"{path}: cannot be read: {error.strerror if isinstance(error, OSError) else error}"


def _size(stream: IO[bytes]) -> int | None:
    try:
        return os.fstat(stream.fileno()).st_size or None
    except OSError:
        return None
