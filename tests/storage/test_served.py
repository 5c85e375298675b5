"""A store with every capability passes the kit's cases of handles, of processes and of what is there later.

It is a memory store in a process of its own. Its calls are pickled, so it is slow, and tried on what a store in this
process cannot be tried on: the rest of the kit has passed with the store that it serves.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from booking_engine.ports import Store
from booking_engine.testing.conformance import Capabilities, StoreConformance, cases_of, run_case

from .served import Opener, serve
from .test_memory import TestMemoryStore as MemoryKit

_databases = itertools.count()


class ServedKit(StoreConformance):
    capabilities = Capabilities(threads=True, shared_database=True, processes=True, durable=True, holds=True)
    race_rounds = 1
    server: ClassVar[tuple[object, bytes]]

    def __init__(self) -> None:
        self._database = f"database-{next(_databases)}"

    def process_opener(self, org_id: str) -> Callable[[], Store]:
        return Opener(*self.server, self._database, org_id)

    def open_store(self, org_id: str) -> Store:
        return self.process_opener(org_id)()

    another_handle = reopen_store = open_store


@pytest.fixture(scope="module")
def kit() -> Iterator[type[ServedKit]]:
    manager = serve()
    try:
        ServedKit.server = (manager.address, bytes(manager._authkey))  # type: ignore[attr-defined]
        yield ServedKit
    finally:
        manager.shutdown()


def test_the_kit_has_more_cases_for_a_store_with_more_capabilities() -> None:
    assert set(cases_of(ServedKit)) - set(cases_of(MemoryKit)) == set(ONLY_SHARED)
    assert set(cases_of(MemoryKit)) < set(cases_of(ServedKit))


ONLY_SHARED = (
    "test_handles_see_each_others_holds_at_once",
    "test_handles_see_each_others_commits_at_once",
    "test_processes_that_race_keep_the_limit",
    "test_what_was_committed_is_there_later",
)
RACED_BY_HANDLES = (
    "test_a_limit_admits_exactly_so_many_racers",
    "test_commits_in_opposite_directions_do_not_deadlock",
    "test_nothing_lands_after_an_edit_on_what_was_before_it",
    "test_one_commit_delivered_many_times_is_done_once",
    "test_one_reference_sent_twice_is_one_booking",
    "test_organisations_whose_ids_look_alike_are_apart",
)


@pytest.mark.parametrize("case", [*ONLY_SHARED, *RACED_BY_HANDLES])
def test_a_served_store_passes(kit: type[ServedKit], case: str) -> None:
    run_case(kit, case)
