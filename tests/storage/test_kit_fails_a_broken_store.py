"""The kit fails every store that is broken, by name of the case that shows it; and passes the same store unbroken."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest

from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.errors import StoreError
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ports import AsyncStore, Store
from booking_engine.testing.conformance import (
    AsyncStoreConformance,
    Capabilities,
    StoreConformance,
    cases_of,
    run_case,
)
from booking_engine.testing.conformance.capabilities import needs_of

from . import broken
from .test_memory import IN_PROCESS

FAULTS: dict[type[broken.Whole], tuple[str, ...]] = {
    broken.AppliesInParts: ("test_one_unmet_claim_among_many_changes_nothing",),
    broken.NamesTheFirst: ("test_every_unmet_claim_and_guard_is_named",),
    broken.AsksOneName: ("test_every_unmet_claim_and_guard_is_named",),
    broken.IgnoresAiLimits: (
        "test_an_ai_limit_is_asked_of_ai_places_alone",
        "test_an_ai_limit_without_limit_is_still_asked",
        "test_a_separate_ai_quota_is_kept_against_staff",
    ),
    broken.CountsNoAiPlaces: ("test_ai_places_are_counted_among_all_places",),
    broken.ForgetsReleases: (
        "test_a_release_gives_back_exactly_what_was_taken",
        "test_the_last_release_leaves_nothing",
    ),
    broken.ForgetsTheRevision: (
        "test_another_revision_is_refused",
        "test_nothing_lands_after_an_edit_on_what_was_before_it",
    ),
    broken.ForgetsAppointmentVersions: (
        "test_an_appointment_must_have_the_version_that_was_seen",
        "test_one_of_many_changes_of_one_appointment_is_done",
    ),
    broken.ForgetsToTouch: ("test_touching_bumps_that_day_by_one", "test_of_two_decided_on_one_day_one_is_done"),
    broken.LeavesOutUntouchedDays: ("test_what_is_not_there_is_told_as_such",),
    broken.ForgetsToEndHolds: (
        "test_a_hold_ends_at_its_instant_without_a_sweeper",
        "test_under_shared_an_ended_hold_of_another_service_gives_its_place_back",
        "test_many_ended_holds_go_at_once",
        "test_a_cancellation_finds_ended_holds_gone",
        "test_a_holder_has_one_running_hold",
        "test_confirming_and_ending_do_not_both_win",
        "test_an_extended_hold_runs_until_its_new_end",
        "test_a_rekeying_counts_holds_too",
        "test_callers_who_hold_confirm_and_hang_up_leave_no_place",
    ),
    broken.ShowsEndedHolds: (
        "test_a_hold_ends_at_its_instant_without_a_sweeper",
        "test_ended_holds_are_counted_until_they_are_removed",
    ),
    broken.EndsHoldsATickLate: (
        "test_a_hold_ends_at_its_instant_without_a_sweeper",
        "test_confirming_and_ending_do_not_both_win",
    ),
    broken.SweepsAsItLooks: ("test_a_look_changes_nothing",),
    broken.ForgetsHoldGuards: (
        "test_a_holder_has_one_running_hold",
        "test_an_extended_hold_runs_until_its_new_end",
        "test_confirming_and_ending_do_not_both_win",
        "test_a_confirmation_that_is_refused_leaves_the_hold",
        "test_one_of_many_holds_of_one_holder_is_done",
    ),
    broken.KeepsWhatIsGivenUp: ("test_a_released_place_is_free", "test_a_confirmed_hold_keeps_its_place"),
    broken.HoldsByTheSecond: ("test_a_hold_has_every_value_that_it_was_given",),
    broken.RekeysAppointmentsAlone: ("test_a_rekeying_counts_holds_too",),
    broken.ForgetsCommitIds: (
        "test_a_repeated_commit_is_done_and_changes_nothing",
        "test_a_repeated_setting_makes_one_revision",
        "test_one_commit_delivered_many_times_is_done_once",
    ),
    broken.KeepsRefusedIds: ("test_a_refused_commit_leaves_its_id_free",),
    broken.SharesItsCounts: ("test_a_view_does_not_change_afterwards",),
    broken.ReadsTwice: ("test_a_view_is_one_snapshot_while_others_write",),
    broken.ListsDuplicatesAsTheyCame: ("test_duplicates_are_sorted",),
    broken.TellsOneHolder: ("test_whoever_holds_one_of_many_names_is_told",),
    broken.TellsTheNewestFirst: ("test_history_is_told_oldest_first_and_record_by_record",),
    broken.CountsItsPage: ("test_pages_together_are_all_appointments_once", "test_each_filter_admits_its_own"),
    broken.BreaksTiesBackwards: ("test_appointments_come_by_start_and_then_by_id",),
    broken.BeginsAtThePosition: (
        "test_a_page_begins_behind_a_position",
        "test_pages_go_on_while_others_come_and_go",
    ),
    broken.PassesOverTies: (
        "test_a_page_begins_behind_a_position",
        "test_pages_go_on_while_others_come_and_go",
    ),
    broken.CountsWhatIsBehind: ("test_a_page_begins_behind_a_position",),
    broken.StoresMilliseconds: ("test_instants_are_stored_to_the_microsecond",),
    broken.StoresBasicCharacters: ("test_text_is_stored_exactly", "test_long_text_is_stored_whole"),
    broken.FiltersWithWildcards: ("test_a_filter_is_compared_as_it_is_written",),
    broken.ForgetsToRekey: (
        "test_totals_appear_and_disappear_with_the_scope",
        "test_appointments_are_filed_anew",
        "test_many_appointments_are_counted_exactly",
    ),
    broken.FindsAnybody: ("test_what_one_tenant_books_another_does_not_see",),
    broken.KeepsCommitIdsTogether: ("test_the_same_commit_is_done_in_two_organisations",),
    broken.LocksAsItGoes: ("test_commits_in_opposite_directions_do_not_deadlock",),
}
RACES = {
    "test_a_limit_admits_exactly_so_many_racers": 8,
    "test_an_ai_limit_admits_exactly_so_many_racers": 8,
    "test_a_reference_is_held_by_exactly_one_racer": 8,
    "test_a_duplicates_name_is_held_by_exactly_one_racer": 8,
    "test_one_of_many_changes_of_one_appointment_is_done": 8,
    "test_one_of_many_who_saw_a_doctors_day_is_done": 8,
    "test_one_of_many_edits_on_one_revision_is_done": 8,
    "test_of_ten_bookings_for_one_place_one_is_booked": 10,
    "test_no_more_are_booked_than_there_are_places": 4,
    "test_one_reference_sent_twice_is_one_booking": 2,
    "test_one_phone_books_one_service_once_a_day": 4,
    "test_of_two_revivals_for_one_place_one_is_admitted": 2,
    "test_moves_to_one_place_leave_the_losers_where_they_were": 4,
    "test_shared_places_are_shared_by_racers": 8,
    "test_the_last_place_is_held_or_booked": 8,
    "test_one_of_many_holds_of_one_holder_is_done": 8,
    "test_of_many_confirmations_of_one_hold_one_is_done": 8,
    "test_a_confirmation_races_the_end_and_one_of_them_wins": 8,
    "test_one_of_extending_moving_releasing_and_confirming_is_done": 4,
    "test_of_many_who_saw_one_version_one_edits": 4,
}
"""Races that reading and then writing loses, and how many callers are in each."""


def kit_of(store: type[broken.Whole]) -> type[StoreConformance]:
    class Kit(StoreConformance):
        capabilities = IN_PROCESS
        race_rounds = 1

        def open_store(self, org_id: str) -> Store:
            return store(MemoryStore(org_id))

    return Kit


def with_parties(number: int) -> type[broken.ReadsThenWrites]:
    class Meets(broken.ReadsThenWrites):
        parties = number

    return Meets


@pytest.mark.parametrize(
    ("store", "case"),
    [(store, case) for store, names in FAULTS.items() for case in names],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_the_kit_fails_a_broken_store(store: type[broken.Whole], case: str) -> None:
    broken.FindsAnybody._everybody.clear()
    broken.KeepsCommitIdsTogether._ids.clear()
    with pytest.raises((AssertionError, StoreError)):
        run_case(kit_of(store), case)


@pytest.mark.parametrize("case", sorted({case for names in FAULTS.values() for case in names} | set(RACES)))
def test_the_kit_passes_the_same_store_unbroken(case: str) -> None:
    run_case(kit_of(broken.Whole), case)


# --- Reading and then writing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", RACES)
def test_the_kit_fails_a_store_that_reads_and_then_writes(case: str) -> None:
    with pytest.raises(AssertionError):
        run_case(kit_of(with_parties(RACES[case])), case)


def test_only_races_fail_a_store_that_reads_and_then_writes() -> None:
    kit = kit_of(broken.ReadsThenWrites)
    racing = {case for case in cases_of(kit) if needs_of(getattr(kit, case)) - {"holds"}}
    for case in sorted(set(cases_of(kit)) - racing):
        run_case(kit, case)
    assert set(RACES) < racing


class AwaitsBetween:
    """Asks on the event loop whether a name is free, lets others run, and then takes it."""

    def __init__(self, org_id: str) -> None:
        self._inner = AsyncMemoryStore(org_id)
        self._all_asked = asyncio.Barrier(8)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def commit(self, commit: Commit) -> Outcome:
        if commit.appointments and not (await self._inner.snapshot()).appointments:
            await self._all_asked.wait()
            return await self._inner.commit(broken.unasked(commit, commit.revision))
        return await self._inner.commit(commit)


class AsyncKit(AsyncStoreConformance):
    capabilities = IN_PROCESS
    race_rounds = 1
    opened: ClassVar[type[Any]] = AwaitsBetween

    async def open_async_store(self, org_id: str) -> AsyncStore:
        store: AsyncStore = self.opened(org_id)
        return store


class WholeAsyncKit(AsyncKit):
    opened = AsyncMemoryStore


def test_the_kit_fails_an_async_store_that_awaits_between_reading_and_writing() -> None:
    case = "test_a_reference_is_held_by_exactly_one_racer"
    run_case(WholeAsyncKit, case)
    with pytest.raises(AssertionError, match="exactly so many win"):
        run_case(AsyncKit, case)


# --- The kit itself -------------------------------------------------------------------------------------------------


def test_a_kit_without_declared_capabilities_is_refused() -> None:
    with pytest.raises(TypeError, match="Undeclared must declare its capabilities"):

        class Undeclared(StoreConformance):
            pass


def test_a_case_cannot_be_left_out() -> None:
    with pytest.raises(TypeError, match="Lenient omits test_duplicates_are_sorted"):

        class Lenient(StoreConformance):
            capabilities = IN_PROCESS
            test_duplicates_are_sorted = None  # type: ignore[assignment]


def test_cases_follow_the_declared_capabilities() -> None:
    class Alone(StoreConformance):
        capabilities = Capabilities(threads=False, shared_database=False, processes=False, durable=False, holds=False)

    class Everything(StoreConformance):
        capabilities = Capabilities(threads=True, shared_database=True, processes=True, durable=True, holds=True)

    alone, everything = set(cases_of(Alone)), set(cases_of(Everything))
    assert "test_a_limit_admits_exactly_so_many" in alone
    assert "test_a_limit_admits_exactly_so_many_racers" in everything - alone
    assert "test_processes_that_race_keep_the_limit" in everything - alone
    assert everything == {name for name in dir(StoreConformance) if name.startswith("test_")}

    class More(Alone):
        capabilities = Everything.capabilities

    assert set(cases_of(More)) == everything


def test_what_a_capability_needs_must_be_defined() -> None:
    class Hollow(StoreConformance):
        capabilities = Capabilities(threads=True, shared_database=True, processes=True, durable=True, holds=True)

        def open_store(self, org_id: str) -> Store:
            return MemoryStore(org_id)

    for case, method in (
        ("test_handles_see_each_others_commits_at_once", "another_handle"),
        ("test_processes_that_race_keep_the_limit", "process_opener"),
        ("test_what_was_committed_is_there_later", "reopen_store"),
    ):
        with pytest.raises(NotImplementedError, match=method):
            run_case(Hollow, case)
