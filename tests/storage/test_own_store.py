"""The example of the docs, a store in one file, passes the kit, and keeps what it answered when its process dies."""

from __future__ import annotations

import errno
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import settings

from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.events import FieldChange
from booking_engine.domain.window import Session
from booking_engine.errors import OutcomeUnknown, StoreError
from booking_engine.ledger.claims import Done
from booking_engine.ports import Store
from booking_engine.testing.conformance import Capabilities, StoreConformance, cases_of
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.material import MONDAY, following, visit
from booking_engine.testing.conformance.picture import picture_of
from booking_engine.testing.machine import run_state_machine

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "own_store.py"
PAGE = EXAMPLE.parents[1] / "docs" / "own-store.md"
LINES_MAX = 149
CUT_EVERY_BYTES = 37


def _example() -> Any:
    spec = importlib.util.spec_from_file_location("own_store", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


open_journal: Callable[[Path, str], Store] = _example().JournalStore


class TestJournalStore(StoreConformance):
    capabilities = Capabilities(threads=True, shared_database=False, processes=False, durable=True, holds=False)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def open_store(self, org_id: str) -> Store:
        return open_journal(self.folder / org_id.encode().hex(), org_id)

    def reopen_store(self, org_id: str) -> Store:
        return self.open_store(org_id)


class OfEveryCapability(StoreConformance):
    capabilities = Capabilities(threads=True, shared_database=True, processes=True, durable=True, holds=True)


def test_the_engine_over_it_agrees_with_the_model(tmp_path: Path, examples: Callable[[str], settings]) -> None:
    run_state_machine(lambda: open_journal(tmp_path / os.urandom(8).hex(), "default"), examples("sqlite"), holds=False)


def test_the_page_names_cases_of_the_kit() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) >= 17
    assert named <= set(cases_of(OfEveryCapability))


def test_the_example_is_as_short_as_the_docs_say() -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= LINES_MAX


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "clinic.jsonl"


@pytest.fixture
def desk(journal: Path) -> Desk:
    """A desk over the journal, with the small clinic set up."""
    opened = Desk(open_journal(journal, "clinic"), "clinic")
    opened.set_up()
    return opened


def test_a_line_that_was_cut_short_anywhere_leaves_what_was_before_it(desk: Desk, journal: Path) -> None:
    mine = visit("a", external_reference_id="ref-1", assigned_doctor="Dr Rao")
    desk.book(mine)
    before, size = desk.picture(), journal.stat().st_size
    change = desk.change(mine, following(mine, notes="आरव", assigned_doctor=None))
    desk.done(change)
    after, whole = desk.picture(), journal.read_bytes()
    assert before != after
    for length in (*range(size, len(whole), CUT_EVERY_BYTES), len(whole) - 2, len(whole) - 1):
        journal.write_bytes(whole[:length])
        store = open_journal(journal, "clinic")
        assert picture_of(store) == before
        assert store.commit(change) == Done()
        assert picture_of(store) == after
        assert journal.read_bytes() == whole


def test_what_is_read_again_has_the_types_that_it_had(desk: Desk, journal: Path) -> None:
    before = visit("a")
    after = following(before, status=AppointmentStatus.RESCHEDULED)
    desk.book(before)
    values = (
        before.start,
        MONDAY,
        AppointmentStatus.RESCHEDULED,
        5,
        True,
        None,
        "5",
        (MONDAY,),
        (),
        {Session.EVENING: ("17:00", "24:00")},
    )
    commit = desk.change(before, after)
    [event] = commit.events
    told = attrs.evolve(event, changes=tuple(FieldChange("any", value, value) for value in values))
    desk.done(commit._replace(events=(told,)))
    found = open_journal(journal, "clinic").history(before.appointment_id)[1]
    assert (type(found), found) == (type(told), told)
    assert [repr(change.before) for change in found.changes] == [repr(value) for value in values]
    assert repr(found.record) == repr(after)


def test_damage_before_the_end_is_refused(desk: Desk, journal: Path) -> None:
    desk.book(visit("a"))
    damaged = journal.read_bytes().replace(b"}", b"", 1)
    journal.write_bytes(damaged)
    with pytest.raises(ValueError, match="delimiter"):
        open_journal(journal, "clinic")
    assert journal.read_bytes() == damaged


@pytest.mark.parametrize("kept", ["nothing", "a part", "all"])
def test_after_a_write_that_failed_only_the_file_knows(
    desk: Desk, journal: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    desk.book(visit("a"))
    before, size = desk.picture(), journal.stat().st_size
    commit = desk.booking(visit("b"))

    def fails(descriptor: int) -> None:
        written = os.fstat(descriptor).st_size - size
        os.ftruncate(descriptor, size + {"nothing": 0, "a part": written // 2, "all": written}[kept])
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(OutcomeUnknown) as unknown:
            desk.store.commit(commit)
    assert unknown.value.commit_id == commit.commit_id
    assert desk.picture() == before
    for refused in (commit, desk.booking(visit("c"))):
        with pytest.raises(StoreError, match="open the store anew"):
            desk.store.commit(refused)
    reopened = open_journal(journal, "clinic")
    assert (reopened.appointment(visit("b").appointment_id) is not None) == (kept == "all")
    assert reopened.commit(commit) == Done()
    assert [each.appointment_id for each in reopened.snapshot().appointments] == [
        visit(name).appointment_id for name in "ab"
    ]


CLERK = """
import importlib.util, itertools, pathlib, sys
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.material import visit
spec = importlib.util.spec_from_file_location("own_store", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
desk = Desk(module.JournalStore(pathlib.Path(sys.argv[2]), "clinic"), "clinic", series=int(sys.argv[3]))
for number in itertools.count():
    name = f"s{sys.argv[3]}n{number}"
    desk.book(visit(name))
    print(name, flush=True)
"""
"""Books until it is killed, and says so of each booking that was acknowledged."""


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(desk: Desk, journal: Path) -> None:
    acknowledged: set[str] = set()
    for series in range(1, 4):
        command = [sys.executable, "-c", CLERK, str(EXAMPLE), str(journal), str(series)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as clerk:  # noqa: S603 (this Python)
            assert clerk.stdout is not None
            acknowledged.update(clerk.stdout.readline().strip() for _ in range(10 * series))
            clerk.kill()
            acknowledged.update(line.strip() for line in clerk.stdout)
        reopened = Desk(open_journal(journal, "clinic"), "clinic")
        found = {each.appointment_id for each in reopened.store.snapshot().appointments}
        assert {visit(name).appointment_id for name in acknowledged} <= found
        assert len(found) <= len(acknowledged) + series  # Each clerk may have died before it could say so of one.
        reopened.expect_filled(len(found))
