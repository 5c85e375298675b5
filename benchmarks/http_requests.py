"""Measure requests a second of the served API, side by side with the bare framework that answers the same bytes.

``python benchmarks/http_requests.py [--quick] [--rounds 3] [--seconds 5] [--connections 32] [--databases …]
[--json FILE]``

Both are served by the same server with one worker, and asked in turns by the same client in another process. The
machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from measuring import fsync_ms, machine, percentile
from over_http import work
from over_http.client import Lap, load
from stored.places import POSTGRESQL, SQLITE, OnPostgres, OnSqlite

from booking_engine.testing.postgres import PostgresServer

GOAL = 0.5
_COMMAND = [sys.executable, "-c", "from booking_engine.adapters.cli import main; main()"]
_HERE = Path(__file__).parent


class Served(NamedTuple):
    """Where a server listens, and the key that it knows."""

    port: int
    key: str


class Ran(NamedTuple):
    """One kind of request on one database: ours and the bare framework's laps, in turns."""

    database: str
    job: str
    ours: list[Lap]
    bare: list[Lap]

    @property
    def ratio(self) -> float:
        """How many times the bare framework's requests a second ours are."""
        return statistics.median(
            ours.per_second / bare.per_second for ours, bare in zip(self.ours, self.bare, strict=True)
        )


def main() -> None:
    """Measure and print."""
    chosen = _options().parse_args()
    with tempfile.TemporaryDirectory() as directory:
        print(f"fsync probe: {fsync_ms(Path(directory)):.2f} ms")
        found = [ran for name in chosen.databases for ran in _on(name, Path(directory), chosen)]
    _show(found)
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": machine(), "found": [_row(ran) for ran in found]}, indent=1))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--quick", action="store_const", const=0.3, dest="seconds", help="as little as shows that it runs"
    )
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--databases", nargs="+", choices=(POSTGRESQL, SQLITE), default=(POSTGRESQL, SQLITE))
    options.add_argument("--json", type=Path)
    return options


def _on(database: str, directory: Path, chosen: argparse.Namespace) -> Iterator[Ran]:
    with contextlib.ExitStack() as stack:
        place = (
            OnPostgres(stack.enter_context(PostgresServer()))
            if database == POSTGRESQL
            else OnSqlite(Path(stack.enter_context(tempfile.TemporaryDirectory(dir=directory))))
        )
        url = stack.enter_context(place.empty())
        ours = stack.enter_context(_ours(url, directory))
        bare = stack.enter_context(_bare(ours, directory))
        posts = work.bookings(ours.key, first=1)
        for job, requests in (("book", posts), ("availability", work.pages(ours.key))):
            for served in (ours, bare):
                load(served.port, requests, chosen.connections, min(1.0, chosen.seconds))
            ran = Ran(database, job, [], [])
            for _ in range(chosen.rounds):
                ran.ours.append(_lap(ours, requests, chosen))
                ran.bare.append(_lap(bare, requests, chosen))
            yield ran


def _lap(served: Served, requests: Iterator[bytes], chosen: argparse.Namespace) -> Lap:
    lap = load(served.port, requests, chosen.connections, chosen.seconds)
    assert lap.statuses.keys() <= {200, 201}, lap.statuses
    return lap


@contextlib.contextmanager
def _ours(url: str, directory: Path) -> Iterator[Served]:
    clinic = directory / "clinic.toml"
    clinic.write_text(work.CLINIC, encoding="utf-8")
    _run("migrate", "--store", url)
    _run("init", "--store", url, str(clinic))
    scopes = [
        word for scope in ("appointments:read", "appointments:write", "slots:read") for word in ("--scope", scope)
    ]
    key = json.loads(_run("key", "create", "--store", url, "--org", "clinic", *scopes, "--json"))["key"]
    command = [*_COMMAND, "serve", "--store", url, "--port", "0", "--rate", "0", "--clock", work.NOW.isoformat()]
    with _serving(command) as port:
        yield Served(port, key)


@contextlib.contextmanager
def _bare(ours: Served, directory: Path) -> Iterator[Served]:
    """The bare framework, with the answers that ours gives to the first request of each kind."""
    answers = []
    for path, request in (
        ("/v1/appointments", next(work.bookings(ours.key))),
        ("/v1/appointment-slots/availability", next(work.pages(ours.key))),
    ):
        method, target, body = (
            request.split(b" ")[0].decode(),
            request.split(b" ")[1].decode(),
            request.split(b"\r\n\r\n")[1],
        )
        connection = http.client.HTTPConnection("127.0.0.1", ours.port)
        headers = {"Authorization": f"Bearer {ours.key}", "Content-Type": "application/json"}
        connection.request(method, target, body or None, headers)
        answer = connection.getresponse()
        answers.append((method, path, answer.status, answer.read().decode()))
        connection.close()
    file = directory / "answers.json"
    file.write_text(json.dumps(answers), encoding="utf-8")
    with _serving([sys.executable, "-m", "over_http.bare", str(file)]) as port:
        yield Served(port, ours.key)


def _run(*words: str) -> str:
    return subprocess.run([*_COMMAND, *words], check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def _serving(command: list[str]) -> Iterator[int]:
    """A server in a process of its own, its log thrown away; the port that it tells."""
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=_HERE)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline().rpartition(":")[2])
    finally:
        server.terminate()
        server.wait()


def _row(ran: Ran) -> dict[str, Any]:
    return {
        "database": ran.database,
        "job": ran.job,
        "ratio": round(ran.ratio, 3),
        "ours": _told(ran.ours),
        "bare": _told(ran.bare),
    }


def _told(laps: list[Lap]) -> dict[str, float]:
    taken = sorted(each for lap in laps for each in lap.taken_ms)
    return {
        "per_second": round(statistics.median(lap.per_second for lap in laps)),
        "p50_ms": round(percentile(taken, 0.5), 2),
        "p99_ms": round(percentile(taken, 0.99), 2),
    }


def _show(found: list[Ran]) -> None:
    print(f"\n{'':24}{'ours':>30}{'bare framework':>30}{'ratio':>8}")
    print(f"{'':24}" + f"{'req/s':>10}{'p50 ms':>10}{'p99 ms':>10}" * 2)
    for ran in found:
        row = _row(ran)
        figures = "".join(
            f"{told['per_second']:>10,.0f}{told['p50_ms']:>10.2f}{told['p99_ms']:>10.2f}"
            for told in (row["ours"], row["bare"])
        )
        print(f"{ran.database:12}{ran.job:12}{figures}{ran.ratio:>8.2f}")
    print(f"\nG11: a booking at {GOAL} of the bare framework's requests a second.")


if __name__ == "__main__":
    main()
