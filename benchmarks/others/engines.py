"""The engines that are compared: how each is started in its environment, bounded in time, and what it answered."""

from __future__ import annotations

import json
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import workload
from measuring import Figure

from others import environment

HERE = Path(__file__).parent
JOBS = ("J1", "J2")
CALCOM_HOST = 0
"""The doctor whose appointments are cal.com's busy times."""
CALCOM_PAGES = 10


class Cell(NamedTuple):
    """One engine at one size: its figures, and why some are missing."""

    engine: str
    size: int
    figures: tuple[Figure, ...]
    missing: str = ""


class Limits(NamedTuple):
    """``seconds`` a cell may take in all, set-up included; ``rounds`` of every job in it."""

    seconds: float
    rounds: int

    @property
    def seconds_a_round(self) -> float:
        """So that all rounds of both jobs take half of the cell, and the set-up has the rest."""
        return self.seconds / 2 / (self.rounds * len(JOBS))


def in_python(module: str, cache: Path, size: int, limits: Limits, database: str = "") -> Cell:
    """A driver in Python, started as a process of its own; ``database`` as in ``driver.Asked``."""
    engine = module.replace("_", "-")
    if database:
        engine += f" on {urlsplit(database).scheme}"
    try:
        interpreter = environment.python(cache)
    except environment.InstallError as error:
        return Cell(engine, size, (), str(error))
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        answer = Path(directory) / "answer.jsonl"
        command = [str(interpreter), "-m", f"others.{module}", "--size", str(size), "--rounds", str(limits.rounds)]
        command += ["--seconds", str(limits.seconds_a_round), "--directory", directory, "--answer", str(answer)]
        command += ["--database", database] if database else []
        missing = _run(command, limits.seconds)
        return Cell(engine, size, _figures(engine, size, answer), missing)


def calcom(cache: Path, size: int, limits: Limits) -> Cell:
    """cal.com's functions, driven by node."""
    engine = "cal.com"
    try:
        root = environment.calcom(cache)
    except environment.InstallError as error:
        return Cell(engine, size, (), str(error))
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        question, answer = Path(directory) / "question.json", Path(directory) / "answer.jsonl"
        question.write_text(json.dumps(_calcom_question(size, limits.rounds)), encoding="utf-8")
        missing = _run(["node", str(HERE / "calcom.mjs"), str(root), str(question), str(answer)], limits.seconds)
        return Cell(engine, size, _figures(engine, size, answer), missing)


def _calcom_question(size: int, rounds: int) -> dict[str, Any]:
    length = timedelta(minutes=workload.DURATION_MINUTES)
    appointments = (workload.request(number) for number in range(size))
    busy = [
        {"start": each.start.isoformat(), "end": (each.start + length).isoformat()}
        for each in appointments
        if each.doctor == CALCOM_HOST and each.date <= workload.PAGE_LAST_DATE
    ]
    return {
        "firstDate": workload.FIRST_DATE.isoformat(),
        "lastDate": workload.PAGE_LAST_DATE.isoformat(),
        "zone": workload.ZONE,
        "hours": workload.HOURS,
        "windowHours": workload.WINDOW_HOURS,
        "stepMinutes": workload.STEP_MINUTES,
        "durationMinutes": workload.DURATION_MINUTES,
        "minNoticeMinutes": workload.MIN_NOTICE_HOURS * 60,
        "busy": busy,
        "rounds": rounds,
        "pages": CALCOM_PAGES,
    }


def _run(command: list[str], seconds: float) -> str:
    """Run a driver; empty, or why it did not come to its end."""
    try:
        done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"not within {seconds:.0f} s"
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:]
        return " ".join(["failed:", *last])
    return ""


def _figures(engine: str, size: int, answer: Path) -> tuple[Figure, ...]:
    if not answer.exists():
        return ()
    lines = [json.loads(line) for line in answer.read_text(encoding="utf-8").splitlines()]
    return tuple(Figure(case=engine, size=size, **line) for line in lines)
