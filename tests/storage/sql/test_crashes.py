"""Processes that are killed in the midst of a rush lose nothing that they acknowledged, and leave nothing half done."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from time import sleep

import attrs

from booking_engine.ledger.claims import Commit, Done, Outcome
from booking_engine.ports import Store
from storage import broken

from .conftest import Load
from .crashing import Office
from .databases import Database
from .rush import FULL, Acknowledged, Rush, engine_over

CLERKS = 3
KILLS_A_CLINIC = 50
RUSH = Rush(places=10, asks_a_day=6)  # Two lines ask for twelve: two of them are refused every day.


class WritesLater(broken.Whole):
    """Answers at once, and writes when there is more to write: quick, and gone with its process."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._waiting: list[Commit] = []

    def commit(self, commit: Commit) -> Outcome:
        self._waiting.append(commit)
        if len(self._waiting) > 1_000:
            for each in self._waiting:
                self.inner.commit(each)
            self._waiting.clear()
        return Done()


@attrs.frozen
class Clinic:
    """An organisation whose clerks are killed, and what they wrote down."""

    database: Database
    org_id: str
    folder: Path

    def after(
        self, kills: int, seed: int, fault: Callable[[Store], Store] | None = None
    ) -> tuple[set[Acknowledged], list[str]]:
        """What was acknowledged, and what is wrong, after so many clerks were killed; ``fault`` is in their stores."""
        with self.database.handles() as handle:
            RUSH.open_clinic(handle(self.org_id))
        faulty = self.database if fault is None else attrs.evolve(self.database, broken=fault)
        office = Office(faulty, self.org_id, RUSH, self.folder, CLERKS)
        with office.open():
            _kill(office, kills, random.Random(seed))
        return self._reckoned(office)

    def _reckoned(self, office: Office) -> tuple[set[Acknowledged], list[str]]:
        """After each line asked again for what it may have been booked without hearing of it."""
        diaries = [diary for diaries in office.diaries for diary in diaries]
        acknowledged = {each for diary in diaries for each in diary.answers()}
        with self.database.handles() as handle:
            store = handle(self.org_id)
            engine = engine_over(store)
            acknowledged |= {RUSH.book(engine, diary.line, diary.next_number()) for diary in diaries}
            return acknowledged, RUSH.wrongs(store, acknowledged)


def _kill(office: Office, kills: int, chance: random.Random) -> None:
    """One by one, and now and then all at once."""
    while kills > 0:
        office.wait(chance.randrange(4, 16))
        sleep(chance.uniform(0, 0.004))  # Anywhere in what follows upon an answer, and not just behind it.
        victims = list(range(CLERKS)) if chance.random() < 0.1 else [chance.choice(office.at_work())]
        office.kill(victims)
        office.employ(victims)
        kills -= len(victims)


def test_nothing_acknowledged_is_lost(database: Database, load: Load, tmp_path: Path) -> None:
    for number in range(0, load.kills, KILLS_A_CLINIC):
        folder = tmp_path / f"diaries-{number}"
        folder.mkdir()
        kills = min(load.kills - number, KILLS_A_CLINIC)
        acknowledged, wrongs = Clinic(database, f"clinic-{number}", folder).after(kills, seed=number)
        assert wrongs == []
        assert {each.answer == FULL for each in acknowledged} == {True, False}


def test_what_a_store_acknowledged_before_it_wrote_is_missed(sqlite_url: str, tmp_path: Path) -> None:
    _, wrongs = Clinic(Database(sqlite_url), "clinic", tmp_path).after(1, seed=1, fault=WritesLater)
    assert any("was acknowledged and is not there" in each for each in wrongs)
