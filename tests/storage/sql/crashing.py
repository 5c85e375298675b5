"""Clerks are processes that book in a rush until they are killed; others take their places and go on from there."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path

from booking_engine.ports import Store

from .databases import Database
from .processes import context, wait_for
from .rush import Acknowledged, Rush, engine_over

LINES = 2
"""Threads of a clerk: one for each line of callers."""
ASKED_AGAIN = 3
"""How many of the references that were acknowledged last a new clerk asks for again."""
_KILLED = -9


class Diary:
    """What a clerk told one line of callers: on the disk before anything else is asked."""

    def __init__(self, folder: Path, clerk: int, line: int) -> None:
        self._path = folder / f"{clerk}-{line}"
        self._path.touch()
        self.line = line

    def __len__(self) -> int:
        return self._path.read_bytes().count(b"\n")

    def answers(self) -> list[Acknowledged]:
        """Everything that was told, some of it twice."""
        return [Acknowledged(*line.split()) for line in self._path.read_text(encoding="ascii").splitlines()]

    def next_number(self) -> int:
        """What was not acknowledged yet; if it was asked for, it may have been booked."""
        return max((int(each.reference.partition("-")[2]) for each in self.answers()), default=-1) + 1

    def keep(self, rush: Rush, store: Store) -> None:
        """Book one after the other and write down each answer, for ever; a fault is the end of the process."""
        try:
            engine, number = engine_over(store), max(0, self.next_number() - ASKED_AGAIN)
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            while True:
                told = rush.book(engine, self.line, number)
                os.write(file, f"{told.reference} {told.answer}\n".encode("ascii"))
                number += 1
        except BaseException:
            traceback.print_exc()
            os._exit(1)


def clerk(database: Database, org_id: str, rush: Rush, diaries: Sequence[Diary]) -> None:
    """Book for every line at once, until killed."""
    with database.handles() as handle:
        store = handle(org_id)
        for diary in diaries:
            threading.Thread(target=diary.keep, args=(rush, store), daemon=True).start()
        tests = parent_process()
        assert tests is not None
        tests.join()
        os._exit(1)  # The tests were killed themselves, and nobody is left to end this.


class Office:
    """The clerks of one organisation."""

    def __init__(self, database: Database, org_id: str, rush: Rush, folder: Path, clerks: int) -> None:
        self._work = functools.partial(clerk, database, org_id, rush)
        self._numbers = range(clerks)
        self.diaries = [[Diary(folder, number, line) for line in range(LINES)] for number in self._numbers]
        self._clerks: dict[int, BaseProcess] = {}
        self._found: dict[int, int] = {}
        """How many answers each clerk found in the diaries when it began."""

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Clerks are at work meanwhile; in the end all of them are killed."""
        try:
            self.employ(self._numbers)
            yield
            self.kill(self._numbers)
        finally:
            for each in self._clerks.values():
                each.kill()

    def employ(self, numbers: Sequence[int]) -> None:
        """Have clerks begin, in the places of the killed."""
        for number in numbers:
            self._found[number] = self._given(number)
            process = context().Process(target=self._work, args=(self.diaries[number],), daemon=True)
            process.start()
            self._clerks[number] = process

    def wait(self, answers: int) -> None:
        """Wait until so many more answers were given, and one of them by a clerk who is still there."""
        goal = self._given_by_all() + answers
        wait_for(lambda: not self._are_alive() or (self._given_by_all() >= goal and bool(self.at_work())), "answers")
        assert self._are_alive(), "a clerk ended by itself"

    def at_work(self) -> list[int]:
        """Clerks who have given an answer: more are likely to be under way."""
        return [number for number in self._numbers if self._given(number) > self._found[number]]

    def kill(self, numbers: Sequence[int]) -> None:
        """Kill clerks in the midst of their work."""
        for number in numbers:
            self._clerks[number].kill()
        for number in numbers:
            self._clerks[number].join()
            assert self._clerks[number].exitcode == _KILLED, f"clerk {number} ended by itself"

    def _given(self, number: int) -> int:
        return sum(map(len, self.diaries[number]))

    def _given_by_all(self) -> int:
        return sum(map(self._given, self._numbers))

    def _are_alive(self) -> bool:
        return all(each.is_alive() for each in self._clerks.values())
