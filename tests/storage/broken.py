"""Stores that are right but for one fault each, over a store that is right: the conformance kit must fail every one.

They see the store inside by its port alone, so that any store may be broken with them.
"""

from __future__ import annotations

import itertools
import threading
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import attrs

from booking_engine.domain.appointment import Appointment, DoctorDay
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.errors import StoreError
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import CapacityClaim, Commit, Done, Guard, HoldGuard, Outcome, Refused, UniqueClaim
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage, Position
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.ports import Store
from booking_engine.testing.conformance.material import NOW, same_hold

PATIENCE_SECONDS = 0.1


class Whole:
    """A store that hands everything on: the control, and what the broken ones are made from."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    def catalog(self) -> Catalog:
        return self.inner.catalog()

    def appointment(self, appointment_id: str) -> Appointment | None:
        return self.inner.appointment(appointment_id)

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        return self.inner.appointments(wanted, offset, limit)

    def history(self, subject_id: str) -> tuple[Event, ...]:
        return self.inner.history(subject_id)

    def view(self, query: LedgerQuery) -> LedgerView:
        return self.inner.view(query)

    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit)

    def snapshot(self) -> LedgerSnapshot:
        return self.inner.snapshot()


class Meeting:
    """Racing threads wait for each other here; who is alone is let through after a moment. Main threads never wait."""

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties)

    def attend(self) -> None:
        if threading.current_thread() is threading.main_thread():
            return
        try:
            self._barrier.wait(PATIENCE_SECONDS)
        except threading.BrokenBarrierError:
            self._barrier.reset()


# --- A store without claims -----------------------------------------------------------------------------------------


class ReadsThenWrites(Whole):
    """Checks everything that a commit asks, exactly, and then writes it: right until somebody comes between."""

    parties: ClassVar[int] = 8

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._meeting = Meeting(self.parties)
        self._writing = threading.Lock()

    def commit(self, commit: Commit) -> Outcome:
        refused = self._check(commit)
        self._meeting.attend()
        return refused or self._write(commit)

    def _check(self, commit: Commit) -> Refused | None:
        if any(event.event_id == commit.commit_id for each in commit.events for event in self.history(each.subject_id)):
            return None
        revision = self.catalog().revision
        claims = tuple(claim for claim in commit.claims if not self._has_room(claim, commit.at))
        names = tuple(claim for claim in commit.unique_claims if not self._is_free(claim))
        guards = tuple(guard for guard in commit.guards if not self._holds(guard, commit.at))
        if claims or names or guards or revision != commit.revision:
            return Refused((*claims, *names), guards, None if revision == commit.revision else revision)
        return None

    def _write(self, commit: Commit) -> Outcome:
        with self._writing:
            return self.inner.commit(unasked(commit, self.catalog().revision))

    def _has_room(self, claim: CapacityClaim, now: datetime) -> bool:
        counts = self.view(LedgerQuery(now=now, days=(claim.key.date,))).counts(claim.key)
        return (claim.limit is None or counts.filled < claim.limit) and (
            claim.ai_limit is None or counts.ai_filled < claim.ai_limit
        )

    def _is_free(self, claim: UniqueClaim) -> bool:
        return claim.limit is None or len(self.snapshot().names.get(claim.name, ())) < claim.limit

    def _holds(self, guard: Guard, now: datetime) -> bool:
        if isinstance(guard, HoldGuard):
            hold = self.view(LedgerQuery(now=now, holder=guard.holder)).hold
            return guard[1:] == ((None, 0) if hold is None else (hold.hold_id, hold.version))
        if isinstance(guard.subject, DoctorDay):
            query = LedgerQuery(now=now, doctor_days=(guard.subject,))
            return self.view(query).doctor_versions[guard.subject] == guard.version
        found = self.appointment(guard.subject)
        return (0 if found is None else found.version) == guard.version


def unasked(commit: Commit, revision: int) -> Commit:
    """The same change, asking for nothing."""
    return commit._replace(
        revision=revision,
        claims=tuple(claim._replace(limit=None, ai_limit=None) for claim in commit.claims),
        unique_claims=tuple(claim._replace(limit=None) for claim in commit.unique_claims),
        guards=(),
    )


class AsksForNothing(Whole):
    """Takes places and names as they come."""

    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(unasked(commit, commit.revision)._replace(guards=commit.guards))


# --- Atomicity ------------------------------------------------------------------------------------------------------


class AppliesInParts(Whole):
    """No transaction: each claim is a commit of its own, and what was done stays when a later part is refused."""

    def commit(self, commit: Commit) -> Outcome:
        asks: list[dict[str, Any]] = [{"claims": (claim,)} for claim in commit.claims]
        asks += [{"unique_claims": (claim,)} for claim in commit.unique_claims]
        parts = [
            Commit(f"{commit.commit_id}.{number}", commit.revision, commit.at, **ask) for number, ask in enumerate(asks)
        ]
        parts.append(commit._replace(claims=(), unique_claims=()))
        for part in parts:
            outcome = self.inner.commit(part)
            if outcome != Done():
                return outcome
        return Done()


class NamesTheFirst(Whole):
    """Stops at the first claim or guard that it cannot meet."""

    def commit(self, commit: Commit) -> Outcome:
        outcome = self.inner.commit(commit)
        if isinstance(outcome, Refused):
            claims = outcome.claims[:1]
            return Refused(claims, () if claims else outcome.guards[:1], outcome.revision)
        return outcome


class AsksOneName(Whole):
    """Takes every name after the first without asking."""

    def commit(self, commit: Commit) -> Outcome:
        first, rest = commit.unique_claims[:1], commit.unique_claims[1:]
        return self.inner.commit(
            commit._replace(unique_claims=(*first, *(claim._replace(limit=None) for claim in rest)))
        )


# --- Claims and guards ----------------------------------------------------------------------------------------------


class IgnoresAiLimits(Whole):
    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(claims=tuple(c._replace(ai_limit=None) for c in commit.claims)))


class CountsNoAiPlaces(Whole):
    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(claims=tuple(claim._replace(ai=False) for claim in commit.claims)))


class ForgetsReleases(Whole):
    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(releases=()))


class ForgetsTheRevision(Whole):
    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(revision=self.inner.catalog().revision))


class ForgetsAppointmentVersions(Whole):
    def commit(self, commit: Commit) -> Outcome:
        kept = tuple(
            guard for guard in commit.guards if isinstance(guard, HoldGuard) or isinstance(guard.subject, DoctorDay)
        )
        return self.inner.commit(commit._replace(guards=kept))


class ForgetsToTouch(Whole):
    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(touched=()))


class LeavesOutUntouchedDays(Whole):
    """Tells versions of the days that it has a row for."""

    def view(self, query: LedgerQuery) -> LedgerView:
        view = self.inner.view(query)
        return attrs.evolve(view, doctor_versions={day: n for day, n in view.doctor_versions.items() if n})


# --- Holds ----------------------------------------------------------------------------------------------------------


class ForgetsToEndHolds(Whole):
    """Leaves holds where they are, however late it is."""

    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(at=NOW))


class ShowsEndedHolds(Whole):
    def view(self, query: LedgerQuery) -> LedgerView:
        return self.inner.view(attrs.evolve(query, now=NOW))


class EndsHoldsATickLate(Whole):
    def view(self, query: LedgerQuery) -> LedgerView:
        return self.inner.view(attrs.evolve(query, now=query.now - timedelta(microseconds=1)))

    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(at=commit.at - timedelta(microseconds=1)))


class SweepsAsItLooks(Whole):
    """Removes what has ended by the clock of whoever reads."""

    def view(self, query: LedgerQuery) -> LedgerView:
        holders = tuple(HoldGuard(hold.holder, "hold_none") for hold in self.inner.snapshot().holds)
        self.inner.commit(Commit("look", self.inner.catalog().revision, query.now, guards=holders))
        return self.inner.view(query)


class ForgetsHoldGuards(Whole):
    def commit(self, commit: Commit) -> Outcome:
        kept = tuple(guard for guard in commit.guards if not isinstance(guard, HoldGuard))
        return self.inner.commit(commit._replace(guards=kept))


class KeepsWhatIsGivenUp(Whole):
    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(unheld=()))


class HoldsByTheSecond(Whole):
    def commit(self, commit: Commit) -> Outcome:
        holds = tuple(attrs.evolve(hold, ends_at=hold.ends_at.replace(microsecond=0)) for hold in commit.holds)
        return self.inner.commit(commit._replace(holds=holds))


class RekeysAppointmentsAlone(Whole):
    def commit(self, commit: Commit) -> Outcome:
        rekeying = commit.rekeying and attrs.evolve(commit.rekeying, refile_hold=same_hold)
        return self.inner.commit(commit._replace(rekeying=rekeying))


# --- Commit ids -----------------------------------------------------------------------------------------------------


class ForgetsCommitIds(Whole):
    _numbers: ClassVar = itertools.count()

    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(commit_id=f"again{next(self._numbers)}"))


class KeepsRefusedIds(Whole):
    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._answers: dict[str, Outcome] = {}

    def commit(self, commit: Commit) -> Outcome:
        if commit.commit_id not in self._answers:
            self._answers[commit.commit_id] = self.inner.commit(commit)
        return self._answers[commit.commit_id]


# --- Views and reads ------------------------------------------------------------------------------------------------


class SharesItsCounts(Whole):
    """Hands out the very dictionaries that it counts in."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._handed_out: list[tuple[LedgerQuery, dict[date, Any]]] = []

    def view(self, query: LedgerQuery) -> LedgerView:
        view = self.inner.view(query)
        days = dict(view.days)
        self._handed_out.append((query, days))
        return attrs.evolve(view, days=days)

    def commit(self, commit: Commit) -> Outcome:
        outcome = self.inner.commit(commit)
        for query, days in self._handed_out:
            days.update(self.inner.view(query).days)
        return outcome


class ReadsTwice(Whole):
    """Answers one view from two snapshots, with one commit between them where somebody is racing."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._one_reader = threading.Lock()
        self._turn = threading.Condition()
        self._reading = False

    def commit(self, commit: Commit) -> Outcome:
        if threading.current_thread() is threading.main_thread():
            return self.inner.commit(commit)
        with self._turn:
            self._turn.wait_for(lambda: self._reading, PATIENCE_SECONDS)
            outcome = self.inner.commit(commit)
            self._reading = False
            self._turn.notify_all()
        return outcome

    def view(self, query: LedgerQuery) -> LedgerView:
        if threading.current_thread() is threading.main_thread():
            return self.inner.view(query)
        with self._one_reader, self._turn:
            days = self.inner.view(query).days
            self._reading = True
            self._turn.notify_all()
            self._turn.wait_for(lambda: not self._reading, PATIENCE_SECONDS)
            return attrs.evolve(self.inner.view(query), days=days)


class ListsDuplicatesAsTheyCame(Whole):
    def view(self, query: LedgerQuery) -> LedgerView:
        view = self.inner.view(query)
        return attrs.evolve(view, duplicates=tuple(reversed(view.duplicates)))


class TellsOneHolder(Whole):
    """Of many names asked for it tells one holder each, as where it reads the first row that it finds."""

    def view(self, query: LedgerQuery) -> LedgerView:
        view = self.inner.view(query)
        return attrs.evolve(view, holders={name: held[:1] for name, held in view.holders.items()})


class TellsTheNewestFirst(Whole):
    def history(self, subject_id: str) -> tuple[Event, ...]:
        return tuple(reversed(self.inner.history(subject_id)))


class CountsItsPage(Whole):
    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        page = self.inner.appointments(wanted, offset, limit)
        return attrs.evolve(page, total=len(page.items))


class BreaksTiesBackwards(Whole):
    """Orders by start, and what is left the other way round."""

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        page = self.inner.appointments(wanted, 0, 1_000_000)
        found = sorted(page.items, key=lambda each: each.appointment_id, reverse=True)
        found.sort(key=lambda each: each.start)
        return attrs.evolve(page, items=tuple(found[offset : offset + limit]))


class BeginsAtThePosition(Whole):
    """Lists who stands at the position once more."""

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        if wanted.after is None:
            return self.inner.appointments(wanted, offset, limit)
        page = self.inner.appointments(attrs.evolve(wanted, after=None), 0, 1_000_000)
        found = [each for each in page.items if Position.of(each) >= wanted.after]
        return attrs.evolve(page, items=tuple(found[offset : offset + limit]))


class PassesOverTies(Whole):
    """Goes on behind the instant, and not behind the position."""

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        if wanted.after is None:
            return self.inner.appointments(wanted, offset, limit)
        page = self.inner.appointments(attrs.evolve(wanted, after=None), 0, 1_000_000)
        found = [each for each in page.items if each.start > wanted.after.start]
        return attrs.evolve(page, items=tuple(found[offset : offset + limit]))


class CountsWhatIsBehind(Whole):
    """Takes the position for a filter, of the total too."""

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        page = self.inner.appointments(wanted, offset, limit)
        return attrs.evolve(page, total=len(self.inner.appointments(wanted, 0, 1_000_000).items))


# --- Records --------------------------------------------------------------------------------------------------------


class Rewrites(Whole):
    """Stores appointments otherwise than they were put."""

    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(appointments=tuple(map(self.rewritten, commit.appointments))))

    def rewritten(self, appointment: Appointment) -> Appointment:
        raise NotImplementedError


class StoresMilliseconds(Rewrites):
    def rewritten(self, appointment: Appointment) -> Appointment:
        rest = timedelta(microseconds=appointment.start.microsecond % 1_000)
        return attrs.evolve(appointment, start=appointment.start - rest)


class StoresBasicCharacters(Rewrites):
    def rewritten(self, appointment: Appointment) -> Appointment:
        return attrs.evolve(appointment, patient_name="".join(c for c in appointment.patient_name if ord(c) < 0x10000))


class FiltersWithWildcards(Whole):
    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        if wanted.batch is None or not set(wanted.batch) & set("%_"):
            return self.inner.appointments(wanted, offset, limit)
        stem = wanted.batch.rstrip("%_")
        page = self.inner.appointments(attrs.evolve(wanted, batch=None), 0, 1_000_000)
        found = [each for each in page.items if each.batch is not None and each.batch.startswith(stem)]
        return attrs.evolve(page, items=tuple(found[offset : offset + limit]), total=len(found))


class ForgetsToRekey(Whole):
    def commit(self, commit: Commit) -> Outcome:
        return self.inner.commit(commit._replace(rekeying=None))


# --- Tenants --------------------------------------------------------------------------------------------------------


class FindsAnybody(Whole):
    """Looks an appointment up by its id alone."""

    _everybody: ClassVar[list[Store]] = []

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._everybody.append(inner)

    def appointment(self, appointment_id: str) -> Appointment | None:
        found = (store.appointment(appointment_id) for store in self._everybody)
        return next((each for each in found if each is not None), None)


class KeepsCommitIdsTogether(Whole):
    """Knows commits of all organisations by their ids alone."""

    _ids: ClassVar[set[str]] = set()

    def commit(self, commit: Commit) -> Outcome:
        if commit.commit_id in self._ids:
            return Done()
        outcome = self.inner.commit(commit)
        if outcome == Done():
            self._ids.add(commit.commit_id)
        return outcome


# --- Locks ----------------------------------------------------------------------------------------------------------


class LocksAsItGoes(Whole):
    """Locks keys in the order in which a commit names them, and is told by its database when that was a deadlock."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._locks: dict[object, threading.Lock] = {}
        self._making = threading.Lock()
        self._meeting = Meeting(2)

    def commit(self, commit: Commit) -> Outcome:
        held: list[threading.Lock] = []
        keys = dict.fromkeys((*(each.key for each in commit.releases), *(each.key for each in commit.claims)))
        try:
            for key in keys:
                self._lock(key, held)
                if len(held) == 1 and len(keys) > 1:
                    self._meeting.attend()
            return self.inner.commit(commit)
        finally:
            for lock in held:
                lock.release()

    def _lock(self, key: object, held: list[threading.Lock]) -> None:
        with self._making:
            lock = self._locks.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=PATIENCE_SECONDS):
            raise StoreError("deadlock detected")
        held.append(lock)
