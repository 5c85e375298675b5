"""The lines of the docs that partition the tables leave a database on which every rule is kept."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa

from booking_engine.adapters.sql import SqlStore, migrate, open_engine
from booking_engine.adapters.sql.tables import METADATA
from booking_engine.ports import Store
from booking_engine.testing.conformance import Capabilities, StoreConformance, run_case

PAGE = Path(__file__).resolve().parents[3] / "docs" / "operating.md"
CASES = (
    "test_one_unmet_claim_among_many_changes_nothing",
    "test_a_repeated_commit_is_done_and_changes_nothing",
    "test_references_are_compared_as_they_are_written",
    "test_the_catalog_comes_back_as_it_was_put",
    "test_pages_together_are_all_appointments_once",
    "test_appointments_are_filed_anew",
    "test_a_limit_admits_exactly_so_many_racers",
    "test_a_reference_is_held_by_exactly_one_racer",
    "test_touches_that_race_are_all_counted",
    "test_nothing_lands_after_an_edit_on_what_was_before_it",
    "test_of_ten_bookings_for_one_place_one_is_booked",
    "test_what_was_committed_is_there_later",
)


def partitioning() -> str:
    """The block of the page."""
    [block] = re.findall(r"^```text\n(DO .*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(block)


class OnPartitions(StoreConformance):
    """All cases on one database; each organisation has an id of its own."""

    capabilities = Capabilities(threads=True, shared_database=True, processes=False, durable=True, holds=True)
    race_rounds = 1
    engine: ClassVar[sa.Engine]
    numbers: ClassVar = itertools.count()

    def new_org_id(self) -> str:
        return f"clinic-{next(self.numbers)}"

    def open_store(self, org_id: str) -> Store:
        return SqlStore(self.engine, org_id)

    def another_handle(self, org_id: str) -> Store:
        return SqlStore(self.engine, org_id)

    def reopen_store(self, org_id: str) -> Store:
        return SqlStore(self.engine, org_id)


@pytest.fixture
def engine(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    engine = open_engine(postgres_url)
    monkeypatch.setattr(OnPartitions, "engine", engine, raising=False)
    yield engine
    engine.dispose()


def test_the_tables_can_be_partitioned_as_the_docs_say(engine: sa.Engine) -> None:
    before = OnPartitions().open_desk("before")
    picture = before.picture()
    with engine.begin() as connection:
        connection.exec_driver_sql(partitioning().replace("%", "%%"))
    with engine.connect() as connection:
        found = connection.scalars(sa.text("SELECT relname FROM pg_class WHERE relkind = 'p'")).all()
    assert set(found) == set(METADATA.tables) - {"booking_api_keys"}
    assert migrate(engine) is not None
    assert before.picture() == picture
    for case in CASES:
        run_case(OnPartitions, case)
