"""Safe edits by examples: who edits a record as they saw it is refused when it is another by now (SPEC U8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from properties.support import (
    CANCELLED,
    COMPLETED,
    NOW,
    Clinic,
    Clock,
    CountedIds,
    clinic,
    monday,
    update,
    window,
)

from booking_engine import (
    Accepted,
    AddBranch,
    Answered,
    AsyncBookingEngine,
    BookingEngine,
    BookingRejected,
    ConfigureOrganisation,
    Rejected,
    Rejection,
    RejectionCode,
    UpdateAppointment,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ledger.view import LedgerQuery, LedgerView

APPOINTMENT_MOVED_ON = Rejection(
    code=RejectionCode.PRECONDITION_FAILED,
    message="The appointment is at another version than the one asked for: look at it again.",
)
SLOT_MOVED_ON = Rejection(
    code=RejectionCode.PRECONDITION_FAILED,
    message="The slot is at another version than the one asked for: look at it again.",
)


def busy(**options: Any) -> tuple[Clinic, str]:
    """A clinic, and an appointment at version 2."""
    made = clinic(window(ai_slots=5), **options)
    appointment = made.update(made.book(monday("09:30")), notes="seen")
    assert appointment.version == 2
    return made, appointment.appointment_id


def as_seen(appointment_id: str, version: Any, **changes: Any) -> UpdateAppointment:
    return update(appointment_id, if_version=version, **(changes or {"notes": "new"}))


def edit(version: Any = None, **changes: Any) -> UpdateWindow:
    return UpdateWindow(slot_id="w", if_version=version, **(changes or {"ai_slots": 3, "max_slots": 9}))


# --- Appointments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [2, (2,), (1, 2), [2, 7], {2}, frozenset({3, 2}), None])
def test_the_version_that_was_seen_is_edited(version: Any) -> None:
    made, appointment_id = busy()

    updated = made.engine.update(as_seen(appointment_id, version))

    assert (updated.appointment.version, updated.appointment.notes) == (3, "new")


@pytest.mark.parametrize("version", [1, 3, 2**63 - 1, (), (1, 3), [], set()])
def test_another_version_is_refused_and_nothing_is_changed(version: Any) -> None:
    made, appointment_id = busy()
    before = made.snapshot()

    refused = made.refused(as_seen(appointment_id, version))

    assert refused == APPOINTMENT_MOVED_ON
    assert refused.transient is False
    assert made.snapshot() == before
    assert len(made.engine.history(appointment_id)) == 2


@pytest.mark.parametrize("version", [0, -1, 2**63, True, "2", 2.0, b"2", {2: 2}, (2, "2"), [0], (None,)])
def test_what_is_no_version_is_named(version: Any) -> None:
    made, appointment_id = busy()
    for ask in (as_seen(appointment_id, version, notes=""), edit(version, session="Noon")):
        refused = made.refused(ask)

        assert refused.code is RejectionCode.VALIDATION_ERROR
        assert {problem.field for problem in refused.fields} - {"notes", "session"} == {"if_version"}
        assert len(refused.fields) == 2
        [problem] = [each for each in refused.fields if each.field == "if_version"]
        assert problem.problem in ("is not a whole number", "is out of range")
        assert problem.hint == "send a number from 1 to 9,223,372,036,854,775,807"


def test_a_version_alone_changes_nothing() -> None:
    made, appointment_id = busy()

    for ask in (
        UpdateAppointment(appointment_id=appointment_id, if_version=2),
        UpdateWindow(slot_id="w", if_version=1),
    ):
        assert [problem.field for problem in made.refused(ask).fields] == ["body"]


def test_nobody_has_seen_what_is_not_there() -> None:
    made, _ = busy()

    assert made.refused(as_seen("appt_nobody", 1)).code is RejectionCode.NOT_FOUND
    assert made.refused(attrs.evolve(edit(1), slot_id="nothing")).code is RejectionCode.NOT_FOUND


def test_the_version_comes_before_every_policy() -> None:
    made, appointment_id = busy(allow_cancellation=False, allow_reschedule=False)

    for changes in ({"status": CANCELLED}, {"appointment_date": monday("10:00")}):
        assert made.refused(as_seen(appointment_id, 1, **changes)) == APPOINTMENT_MOVED_ON
    made.update(appointment_id, status=COMPLETED)
    assert made.refused(as_seen(appointment_id, 1, status=CANCELLED)) == APPOINTMENT_MOVED_ON
    assert made.refused(as_seen(appointment_id, 3, status=CANCELLED)).code is RejectionCode.INVALID_TRANSITION


def test_the_version_comes_before_a_repeated_cancellation_and_what_is_no_change() -> None:
    made, appointment_id = busy(cancellation_notice_hours=0)
    made.update(appointment_id, status=CANCELLED)

    assert made.refused(as_seen(appointment_id, 2, status=CANCELLED)) == APPOINTMENT_MOVED_ON
    assert made.refused(as_seen(appointment_id, 2, notes="seen")) == APPOINTMENT_MOVED_ON
    repeated = made.engine.update(as_seen(appointment_id, 3, status=CANCELLED))
    assert (repeated.appointment.version, repeated.changes) == (3, ())


def test_methods_hand_the_version_on() -> None:
    made, appointment_id = busy(cancellation_notice_hours=0)
    engine = made.engine

    moved = engine.reschedule(appointment_id, monday("10:00"), if_version=2)
    assert moved.appointment.version == 3
    assert engine.cancel(appointment_id, if_version=3).appointment.status is CANCELLED
    assert engine.disable_window("w", if_version=1).record.version == 2


# --- Windows --------------------------------------------------------------------------------------------------------


def test_a_window_counts_its_changes() -> None:
    made = clinic(window())
    versions = [made.engine.catalog().windows["w"].version]

    for ask in (edit(), edit(), edit(status=WindowStatus.CLOSED), edit(day=Weekday.TUESDAY)):
        record = made.engine.update_window(ask).record
        assert made.engine.catalog().windows["w"] == record
        versions.append(record.version)

    assert versions == [1, 2, 2, 3, 4]
    assert all(change.field != "version" for event in made.engine.history("w") for change in event.changes)


def test_a_window_is_edited_as_it_was_seen() -> None:
    made = clinic(window())
    assert made.engine.update_window(edit((1, 7))).record.version == 2
    revision = made.store.catalog().revision

    for stale in (edit(1), edit(()), edit(3), edit(1, valid_until=None), edit(1, start_time="11:00")):
        assert made.refused(stale) == SLOT_MOVED_ON
    assert made.engine.check(edit(1)) == Rejected(SLOT_MOVED_ON)
    assert isinstance(made.engine.check(edit(2)), Answered)
    assert isinstance(made.engine.check(edit(2, day=Weekday.SUNDAY)), Accepted)
    assert made.store.catalog().revision == revision
    assert made.engine.update_window(edit(2, day=Weekday.SUNDAY)).record.version == 3


def test_other_records_and_single_dates_leave_a_window_at_its_version() -> None:
    made = clinic(window(), window("other"))

    made.engine.update_window(UpdateWindow(slot_id="other||2026-06-15", ai_slots=0))
    made.configure(enabled=False)

    assert made.engine.update_window(edit(1)).record.version == 2


# --- Others come between --------------------------------------------------------------------------------------------


class Interrupted(MemoryStore):
    """Lets somebody in between a view and the commit that was decided on it, once."""

    def __init__(self) -> None:
        super().__init__("sunrise")
        self.first: Callable[[], object] | None = None

    def commit(self, commit: Commit) -> Outcome:
        first, self.first = self.first, None
        if first is not None:
            first()
        return super().commit(commit)


def another(store: MemoryStore) -> BookingEngine:
    return BookingEngine(store, clock=lambda: NOW)


def test_an_appointment_changed_between_view_and_commit_is_refused() -> None:
    store = Interrupted()
    made, appointment_id = busy(store=store)
    store.first = lambda: another(store).update(update(appointment_id, notes="first"))

    assert made.refused(as_seen(appointment_id, 2)) == APPOINTMENT_MOVED_ON
    stands = made.engine.appointment(appointment_id)
    assert (stands.notes, stands.version) == ("first", 3)


def test_a_window_changed_between_view_and_commit_is_refused() -> None:
    store = Interrupted()
    made, _ = busy(store=store)
    store.first = lambda: another(store).update_window(edit(ai_slots=1))

    assert made.refused(edit(1, ai_slots=2)) == SLOT_MOVED_ON
    stands = made.engine.catalog().windows["w"]
    assert (stands.ai_slots, stands.version) == (1, 2)


def test_a_window_is_edited_though_others_changed_the_setup_meanwhile() -> None:
    store = Interrupted()
    made, _ = busy(store=store)
    store.first = lambda: another(store).create_window(window("other"))

    assert made.engine.update_window(edit(1)).record.version == 2


def test_a_remembered_catalog_does_not_refuse_what_is_right_by_now() -> None:
    made, _ = busy()
    another(made.store).update_window(edit(ai_slots=1))

    assert made.engine.update_window(edit(2, ai_slots=2)).record.version == 3
    another(made.store).update_window(edit(ai_slots=4))
    assert made.refused(edit(3)) == SLOT_MOVED_ON


class Overtaken(MemoryStore):
    """Lets somebody in before its second view from now on."""

    def __init__(self) -> None:
        super().__init__("sunrise")
        self.second: Callable[[], object] | None = None
        self._views = 0

    def view(self, query: LedgerQuery) -> LedgerView:
        second = self.second
        if second is not None:
            self._views += 1
            if self._views == 2:
                self.second = None
                second()
        return super().view(query)


def test_a_refusal_is_of_what_the_last_view_shows() -> None:
    store = Overtaken()
    made, appointment_id = busy(store=store)
    store.second = lambda: another(store).update(update(appointment_id, notes="first"))

    assert made.engine.update(as_seen(appointment_id, 3)).appointment.version == 4


def test_of_two_who_saw_the_same_one_is_first() -> None:
    made, appointment_id = busy()

    made.engine.update(as_seen(appointment_id, 2, notes="first"))

    assert made.refused(as_seen(appointment_id, 2, notes="second")) == APPOINTMENT_MOVED_ON
    assert made.engine.appointment(appointment_id).notes == "first"


def test_the_awaited_engine_hands_the_version_on() -> None:
    async def disabled() -> list[int]:
        engine = AsyncBookingEngine(AsyncMemoryStore("sunrise"), clock=Clock(), ids=CountedIds())
        await engine.configure(ConfigureOrganisation(timezone="UTC"))
        await engine.add_branch(AddBranch(branch_id="main", name="Main"))
        created = await engine.create_window(window())
        closed = await engine.disable_window("w", if_version=1)
        with pytest.raises(BookingRejected) as refused:
            await engine.disable_window("w", if_version=1)
        assert refused.value.rejection == SLOT_MOVED_ON
        return [created.record.version, closed.record.version]

    assert asyncio.run(disabled()) == [1, 2]
