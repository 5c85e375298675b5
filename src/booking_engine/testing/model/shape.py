"""The shape of an ask, told once more: which fields are bad by themselves or beside each other (SPEC §6.1, I3, T5)."""

from __future__ import annotations

import base64
import enum
import functools
import hashlib
import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import attrs

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.channel import Channel
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.window import Session, Weekday, WindowStatus

Kind: TypeAlias = Callable[[Any], Any]
"""Returns the clean value, or raises ``ValueError``."""
AskT = TypeVar("AskT", bound=c.Command | q.Query)

_CLOCK_FACE = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def shaped(ask: AskT) -> AskT | frozenset[str]:
    """The ask with clean values, or the names of all its bad fields."""
    values: dict[str, Any] = {}
    bad: set[str] = set()
    for field in attrs.fields(type(ask)):
        value, default = getattr(ask, field.name), field.default
        if value is None or value is c.UNSET:
            updates = default is c.UNSET
            if default is attrs.NOTHING or (updates and value is None and field.name not in _CLEARED[type(ask)]):
                bad.add(field.name)
            elif not updates:
                values[field.name] = default  # null is absent
        else:
            try:
                values[field.name] = _kind(type(ask), field.name)(value)
            except (ValueError, OverflowError):
                bad.add(field.name)
    clean = attrs.evolve(ask, **values)
    bad.update(_beside_each_other(clean, bad))
    if not bad and _changes_nothing(ask):
        bad.add("body")
    return frozenset(bad) or clean


def _kind(ask: type, name: str) -> Kind:
    return _KINDS.get((ask, name)) or _KINDS_BY_NAME[name]


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError


# --- Kinds of values ------------------------------------------------------------------------------------------------


def text(length_max: int = 200, allowed: str = "", without: str | None = None) -> Kind:
    """Text in NFC, trimmed, not empty, without control characters and lone surrogates (SPEC I3)."""

    def clean(value: Any) -> str:
        _require(type(value) is str)
        trimmed = unicodedata.normalize("NFC", value).strip()
        _require(0 < len(trimmed) <= length_max)
        _require(not any(unicodedata.category(each) in ("Cc", "Cs") and each not in allowed for each in trimmed))
        _require(not all(unicodedata.category(each) in ("Cf", "Zs", "Zl", "Zp") for each in trimmed))
        _require(without is None or without not in trimmed)
        return trimmed

    return clean


def whole(minimum: int, maximum: int) -> Kind:
    """An integer; truth values are none."""

    def clean(value: Any) -> int:
        _require(type(value) is int and minimum <= value <= maximum)
        return int(value)

    return clean


def member(kind: type[enum.StrEnum], *but: enum.StrEnum) -> Kind:
    """A member of an enumeration, or exactly its value."""

    def clean(value: Any) -> enum.StrEnum:
        _require(isinstance(value, str) and kind(value) not in but)
        return kind(value)

    return clean


def flag(value: Any) -> bool:
    """True or false."""
    _require(value is True or value is False)
    return bool(value)


def instant(value: Any) -> datetime:
    """An aware instant of the years 2000 to 2199 (SPEC T3, T5)."""
    _require(isinstance(value, datetime) and value.utcoffset() is not None)
    utc: datetime = value.astimezone(UTC)
    _require(2000 <= utc.year <= 2199)
    return utc


def day(value: Any) -> date:
    """A local date of the years 2000 to 2199."""
    _require(isinstance(value, date) and not isinstance(value, datetime) and 2000 <= value.year <= 2199)
    return date(value.year, value.month, value.day)


def time_of_day(value: Any) -> str:
    """``HH:MM``."""
    _require(isinstance(value, str) and _CLOCK_FACE.fullmatch(value) is not None)
    return str(value)


def end_of_window(value: Any) -> str:
    """``HH:MM``, or ``24:00``."""
    return "24:00" if value == "24:00" else time_of_day(value)


def zone_name(value: Any) -> str:
    """A zone that this machine knows (SPEC T5)."""
    _require(isinstance(value, str) and value in _zones())
    return str(value)


@functools.cache
def _zones() -> set[str]:
    return zoneinfo.available_timezones() - {"localtime", "Factory"}


def region(value: Any) -> str:
    """Two capital letters."""
    _require(isinstance(value, str) and re.fullmatch("[A-Z][A-Z]", value) is not None)
    return str(value)


def session_hours(value: Any) -> Mapping[Session, tuple[str, str]]:
    """The hours of sessions, each with its start before its end (SPEC §2)."""
    _require(isinstance(value, Mapping))
    hours = {}
    for name, pair in value.items():
        _require(isinstance(pair, tuple | list) and len(pair) == 2)
        start, end = pair
        hours[member(Session)(name)] = (time_of_day(start), end_of_window(end))
        _require(start < end)
    return hours


def dates(value: Any) -> Any:
    """Something that dates can be in."""
    _require(hasattr(value, "__contains__"))
    return value


def cursor(value: Any) -> str:
    """Four bytes over the rest; four of the filters, eight of microseconds since 1970, and an id (SPEC P1)."""
    _require(type(value) is str)
    raw = base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)
    _require(base64.urlsafe_b64encode(raw).decode().strip("=") == value)
    _require(hashlib.blake2s(raw[4:], digest_size=4, person=b"cursor").digest() == raw[:4])
    instant(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int.from_bytes(raw[8:16], signed=True)))
    _require(text()(raw[16:].decode()) == raw[16:].decode())
    return str(value)


def versions(value: Any) -> Any:
    """A version, or several."""
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(_VERSION(each) for each in value)
    return _VERSION(value)


_VERSION = whole(1, 2**63 - 1)
_RECORD_ID = text(without="|")
_TEXTS = (
    *("appointment_id", "appointment_type", "appointment_type_id", "assigned_doctor", "batch", "batch_name"),
    *("branch_id", "calendar_id", "closure_id", "external_reference_id", "label", "name", "parent_phone"),
    *("patient_name", "phone", "service_id", "subject_id", "actor", "holder", "hold_id"),
)
_DAYS = ("date", "until", "from_date", "to_date", "first_date", "last_date", "valid_from", "valid_until")
_FLAGS = (
    *("enabled", "allow_reschedule", "allow_cancellation", "duplicate_prevention", "duplicate_includes_patient"),
    *("issue_tokens", "retired"),
)
_NOTICES = ("min_notice_hours", "cancellation_notice_hours", "reschedule_notice_hours")
_KINDS_BY_NAME: Mapping[str, Kind] = {
    **dict.fromkeys(_TEXTS, text()),
    **dict.fromkeys(_DAYS, day),
    **dict.fromkeys(_FLAGS, flag),
    **dict.fromkeys(_NOTICES, whole(0, 8_760)),
    **dict.fromkeys(("hold_seconds", "hold_max_seconds"), whole(1, 86_400)),
    **dict.fromkeys(("buffer_time_minutes", "duration_minutes"), whole(0, 1_440)),
    "notes": text(2_000, allowed="\n\r"),
    "slot_id": text(600),
    "appointment_date": instant,
    "start_time": time_of_day,
    "end_time": end_of_window,
    "timezone": zone_name,
    "default_region": region,
    "session_hours": session_hours,
    "only": dates,
    "max_advance_booking_days": whole(0, 3_650),
    "ai_slots": whole(0, 1_000_000),
    "max_slots": whole(1, 1_000_000),
    "interval_weeks": whole(1, 52),
    "page": whole(1, 1_000_000),
    "limit": whole(1, 200),
    "alternatives": whole(0, 10),
    "cursor": cursor,
    "if_version": versions,
    "channel": member(Channel),
    "session": member(Session),
    "day": member(Weekday),
    "status": member(WindowStatus),
    "ai_quota": member(AiQuota),
    "capacity_scope": member(CapacityScope),
}
_KINDS: Mapping[tuple[type, str], Kind] = {
    (c.AddBranch, "branch_id"): _RECORD_ID,
    (c.AddService, "service_id"): _RECORD_ID,
    (c.CreateWindow, "calendar_id"): _RECORD_ID,
    (c.OverrideTracking, "max_slots"): whole(0, 1_000_000),
    (c.UpdateAppointment, "status"): member(AppointmentStatus, AppointmentStatus.RESCHEDULED),
    (q.AppointmentsQuery, "status"): member(AppointmentStatus),
    (q.AlternativesQuery, "limit"): whole(1, 10),
}
_WINDOW_CLEARS = frozenset({"start_time", "end_time", "batch_name", "valid_from", "valid_until"})
_CLEARED: Mapping[type, frozenset[str]] = {
    c.UpdateAppointment: frozenset({"assigned_doctor", "notes"}),
    c.ConfigureOrganisation: frozenset({"default_region"}),
    c.UpdateBranch: frozenset(),
    c.UpdateService: frozenset(),
    c.UpdateWindow: _WINDOW_CLEARS,
    c.OverrideTracking: frozenset({"status", "max_slots", "ai_slots"}),
}
"""The fields that None clears, of the asks whose other fields it may not be given for (SPEC U1)."""


# --- Fields beside each other ---------------------------------------------------------------------------------------


def window_problems(
    *, start_time: str | None, end_time: str | None, valid_from: date | None, valid_until: date | None, weeks: int
) -> Iterator[str]:
    """Which fields of a window do not go together (SPEC W1, W8)."""
    if (start_time or "00:00") >= (end_time or "24:00"):
        yield "end_time"
    if valid_from is not None and valid_until is not None and valid_from > valid_until:
        yield "valid_until"
    if valid_from is None and weeks > 1:
        yield "valid_from"


def _beside_each_other(ask: c.Command | q.Query, bad: set[str]) -> Iterator[str]:
    """What is wrong between fields that are each right."""

    def right(*names: str) -> bool:
        return bad.isdisjoint(names) and all(getattr(ask, name) not in (None, c.UNSET) for name in names)

    match ask:
        case c.UpdateAppointment():
            ended = ask.status in (AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED)
            if right("status", "appointment_date") and ended:
                yield "appointment_date"
        case c.CreateWindow():
            yield from _new_window_problems(ask, bad)
        case c.OverrideTracking(ai_slots=int(ai_slots), max_slots=int(max_slots)):
            if right("ai_slots", "max_slots") and ai_slots > max_slots:
                yield "ai_slots"
        case c.CloseBranch():
            days = (ask.last_date - ask.first_date).days if right("first_date", "last_date") else 0
            if not 0 <= days < 3_660:
                yield "last_date"
        case q.AvailabilityQuery(until=date() as until):
            if right("date", "until") and not 0 <= (until - ask.date).days <= q.DAYS_MAX:
                yield "until"
        case q.TrackingQuery():
            yield from _tracking_problems(ask, bad)
        case q.AppointmentsQuery() if None not in (ask.page, ask.cursor):
            yield "page"


def _new_window_problems(command: c.CreateWindow, bad: set[str]) -> Iterator[str]:
    def right(name: str) -> Any:
        return None if name in bad else getattr(command, name)

    if bad.isdisjoint({"ai_slots", "max_slots"}):
        if command.max_slots is None and command.ai_slots == 0:
            yield "max_slots"
        elif command.max_slots is not None and command.ai_slots > command.max_slots:
            yield "ai_slots"
    yield from window_problems(
        start_time=right("start_time"),
        end_time=right("end_time"),
        valid_from=right("valid_from"),
        valid_until=right("valid_until"),
        weeks=right("interval_weeks") or 1,
    )


def _tracking_problems(query: q.TrackingQuery, bad: set[str]) -> Iterator[str]:
    names = ("date", "from_date", "to_date")
    if [getattr(query, name) is not None for name in names] not in ([True, False, False], [False, True, True]):
        yield "date"
    first, last = (None if name in bad else getattr(query, name) for name in names[1:])
    if first is not None and last is not None and not 0 <= (last - first).days <= q.DAYS_MAX:
        yield "to_date"


def _changes_nothing(ask: c.Command | q.Query) -> bool:
    """Whether an ask that could change several fields mentions none of them (SPEC U1, W3)."""
    optional = [field.name for field in attrs.fields(type(ask)) if field.default is c.UNSET]
    return bool(optional) and all(getattr(ask, name) is c.UNSET for name in optional)
