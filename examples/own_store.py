# ruff: noqa: D102 (booking_engine.ports says what each method of a store does)
"""A store of your own: one file an organisation, one line a commit, no database; many threads, but one process.

A commit is answered once its line is on the disk. A line that a crash cut short was never answered, and goes when the
file is opened. After a failed write the handle commits no more. Two handles on one file are never to be.
"""

import enum
import json
import os
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import attrs

from booking_engine import Appointment, Catalog, Event, OutcomeUnknown, StoreError
from booking_engine.domain import appointment, branch, channel, events, organisation, service, tracking, window
from booking_engine.ledger import audit, claims, page, view

_NOUNS = (appointment, branch, channel, claims, events, organisation, service, tracking, window)
_MADE: dict[str, Any] = {name: kind for noun in _NOUNS for name, kind in vars(noun).items() if isinstance(kind, type)}
_MADE |= {"date": date.fromisoformat, "datetime": datetime.fromisoformat, "dict": dict}


def _written(value: Any) -> Any:
    """The value as JSON; what JSON does not know becomes an object with one key, the name of its class."""
    kind = type(value)
    if isinstance(value, enum.Enum | date):
        return {kind.__name__: str(value)}
    if isinstance(value, dict):
        return {"dict": [_written(pair) for pair in value.items()]}
    if attrs.has(kind) or hasattr(value, "_asdict"):
        parts = attrs.asdict(value, recurse=False) if attrs.has(kind) else value._asdict()
        return {kind.__name__: {name: _written(part) for name, part in parts.items()}}
    return [_written(each) for each in value] if isinstance(value, tuple) else value


def _read(value: Any) -> Any:
    """The value that was written, made by what is listed above and by nothing else."""
    if not isinstance(value, dict):
        return tuple(map(_read, value)) if isinstance(value, list) else value
    [(name, parts)] = value.items()
    if isinstance(parts, dict):
        return _MADE[name](**{field: _read(part) for field, part in parts.items()})
    return _MADE[name](_read(parts))


def _full(limits: tuple[int | None, ...], counts: tuple[int, ...]) -> bool:
    return any(limit is not None and number >= limit for limit, number in zip(limits, counts, strict=True))


class JournalStore:
    """A ``Store`` of one organisation in one file. Safe to share between threads."""

    def __init__(self, path: Path, org_id: str = "default") -> None:
        self._lock, self._path, self._in_doubt, self._catalog = threading.Lock(), path, False, Catalog.blank(org_id)
        self._appointments: dict[str, Appointment] = {}
        self._counts: dict[tracking.TrackingKey, tracking.Counts] = {}
        self._names: dict[claims.Name, frozenset[str]] = {}
        self._versions: dict[str | appointment.DoctorDay, int] = {}
        self._events: dict[str, Event] = {}  # By event id, oldest first; a commit's event has the commit's id.
        path.touch()
        *whole, _cut_short = path.read_bytes().split(b"\n")
        os.truncate(path, sum(len(line) + 1 for line in whole))
        for line in whole:
            self._apply(_read(json.loads(line)))

    def catalog(self) -> Catalog:
        return self._catalog

    def view(self, query: view.LedgerQuery) -> view.LedgerView:
        with self._lock:  # What is read together is of one instant, and nothing of it changes later.
            everybody, asked = self._appointments.values(), set(query.doctor_days)
            named = self._names.get(claims.ReferenceName(query.reference or ""), ())
            windows, first = query.standing or view.Standing((), date.max)
            days: dict[date, dict[str, dict[str, tracking.Counts]]] = {day: {} for day in query.days}
            for key in (key for key in self._counts if key.date in days):
                days[key.date].setdefault(key.calendar_id, {})[key.service_id] = self._counts[key]
            return view.LedgerView(
                revision=self._catalog.revision,
                appointment=self._appointments.get(query.appointment_id or ""),
                referenced=next((self._appointments[holder] for holder in named), None),
                duplicates=tuple(sorted(self._names.get(query.duplicate, ()) if query.duplicate else ())),
                days=days,
                doctor_versions={day: self._versions.get(day, 0) for day in asked},
                on_doctor_days=tuple(a for a in everybody if asked and not asked.isdisjoint(a.doctor_days)),
                standing=tuple(a for a in everybody if a.calendar_id in windows and a.date >= first and a.holds_place),
                holders={name: tuple(ids) for name in query.names if (ids := self._names.get(name))},
            )

    def commit(self, commit: claims.Commit) -> claims.Outcome:
        with self._lock:
            if self._in_doubt or commit.holds:
                raise StoreError("No holds." if commit.holds else f"{self._path}: write failed, open the store anew.")
            if commit.commit_id in self._events:
                return claims.Done()
            full = [c for c in commit.claims if _full((c.limit, c.ai_limit), self._counts.get(c.key, tracking.EMPTY))]
            held = [c for c in commit.unique_claims if _full((c.limit,), (len(self._names.get(c.name, ())),))]
            moved = [guard for guard in commit.guards if self._versions.get(guard[0], 0) != guard.version]
            now = self._catalog.revision
            if full or held or moved or now != commit.revision:
                return claims.Refused((*full, *held), tuple(moved), None if now == commit.revision else now)
            if commit.rekeying is not None:  # The journal keeps what came of it.
                refiled = tuple(map(commit.rekeying.refile, self._appointments.values()))
                commit = commit._replace(appointments=refiled, rekeying=None)
            line, self._in_doubt = json.dumps(_written(commit)).encode() + b"\n", True
            try:
                with self._path.open("ab") as file:
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as fault:
                raise OutcomeUnknown(commit.commit_id) from fault
            self._apply(commit)
            self._in_doubt = False
            return claims.Done()

    def _apply(self, commit: claims.Commit) -> None:
        for key, places, ai in [(c.key, 1, c.ai) for c in commit.claims] + [(r.key, -1, r.ai) for r in commit.releases]:
            filled, ai_filled = self._counts.get(key, tracking.EMPTY)
            self._counts[key] = tracking.Counts(filled + places, ai_filled + places * ai)
        self._names |= {name: self._names[name] - {holder} for name, holder in commit.unique_releases}
        self._names |= {c.name: self._names.get(c.name, frozenset()) | {c.holder} for c in commit.unique_claims}
        self._versions |= {day: self._versions.get(day, 0) + 1 for day in commit.touched}
        self._versions |= {each.appointment_id: each.version for each in commit.appointments}
        self._appointments |= {each.appointment_id: each for each in commit.appointments}
        if commit.records:  # They may change under which keys places and names are held.
            self._catalog = self._catalog.with_records(commit.records)
            self._counts, self._names = audit.recount(self._catalog.configuration, self._appointments.values())
        self._events |= {event.event_id: event for event in commit.events}

    def appointment(self, appointment_id: str) -> Appointment | None:
        return self._appointments.get(appointment_id)

    def appointments(self, wanted: page.AppointmentFilter, offset: int, limit: int) -> page.AppointmentPage:
        seen = self.snapshot()
        return wanted.page(seen.appointments, offset, limit, seen.revision)

    def history(self, subject_id: str) -> tuple[Event, ...]:
        return tuple(event for event in list(self._events.values()) if event.subject_id == subject_id)

    def snapshot(self) -> audit.LedgerSnapshot:
        with self._lock:
            revision, everybody = self._catalog.revision, tuple(self._appointments.values())
            counts, names = dict(self._counts), {name: holders for name, holders in self._names.items() if holders}
        return audit.LedgerSnapshot(revision=revision, counts=counts, names=names, appointments=everybody)
