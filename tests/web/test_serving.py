"""The served API under load: exact on a hot window over several processes, and after it was killed in mid-load."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from .served import COMMAND, NOW, PATIENCE_SECONDS, Client, Server, audited, serve, served, set_up, visit

PROFILE = os.environ.get("BOOKING_ENGINE_PROFILE", "fast")
CLIENTS = 64
PLACES = 40
LOAD_SECONDS = {"fast": 1.0, "ci": 30.0, "nightly": 120.0}[PROFILE]
KILLS = {"fast": 1, "ci": 3, "nightly": 30}[PROFILE]


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    address: str = request.getfixturevalue(request.param)
    return address


def in_threads(number: int, work: Callable[[int], None]) -> None:
    """Do the work of each client, all at once; what fails in one fails here."""
    with ThreadPoolExecutor(number) as threads:
        for call in [threads.submit(work, each) for each in range(number)]:
            call.result()


def test_a_hot_window_stays_exact_under_64_clients_and_two_processes(postgres_url: str) -> None:
    key, statuses, lock = set_up(postgres_url, PLACES), Counter[str](), threading.Lock()
    with served(postgres_url, "--workers", "2", "--rate", "0") as server:
        ends = monotonic() + LOAD_SECONDS

        def call(line: int) -> None:
            """Book, cancel what was booked, book again: the last place is always fought for. The last booking stays."""
            client, mine, number = Client(server.port, key), Counter[str](), 0
            is_last = False
            while not is_last:
                is_last = monotonic() >= ends
                number += 1
                status, answer = client.ask("POST", "/v1/appointments", visit(f"{line}-{number}"))
                mine[f"book {status}"] += 1
                if status == 201 and not is_last:
                    path = f"/v1/appointments/{answer['appointment_id']}"
                    status, _ = client.ask("PATCH", path, {"status": "cancelled"})
                    mine[f"cancel {status}"] += 1
            client.close()
            with lock:
                statuses.update(mine)

        in_threads(CLIENTS, call)
    assert set(statuses) == {"book 201", "book 409", "cancel 200"}, statuses
    assert audited(postgres_url) == (PLACES, 0)
    assert statuses["book 201"] - statuses["cancel 200"] == PLACES


def test_clients_that_ask_again_after_a_kill_end_with_one_appointment_each(url: str) -> None:
    key, visits = set_up(url, 1_000_000), 6 * (KILLS + 1)
    booked: dict[str, set[str]] = {}
    server, pause = serve(url, "--workers", "2"), threading.Event()
    port, done = server.port, Counter[str]()

    def call(line: int) -> None:
        client = Client(port, key)
        for number in range(visits):
            who = f"{line}-{number}"
            status, answer = client.ask_until_answered("POST", "/v1/appointments", visit(who), pause)
            assert status in (200, 201), answer
            booked.setdefault(who, set()).add(answer["appointment_id"])
            done["visits"] += 1
        client.close()

    def kill_now_and_then() -> Server:
        running = server
        for kill in range(1, KILLS + 1):
            ends = monotonic() + PATIENCE_SECONDS
            while done["visits"] < 8 * visits * kill // (KILLS + 1) and monotonic() < ends:
                sleep(0.005)
            running.kill()
            running = serve(url, "--workers", "2", port=port)
        return running

    with ThreadPoolExecutor(9) as threads:
        killing = threads.submit(kill_now_and_then)
        calls = [threads.submit(call, line) for line in range(8)]
        try:
            for each in calls:
                each.result()
        finally:
            killing.result().kill()
    assert len(booked) == 8 * visits
    assert all(len(ids) == 1 for ids in booked.values())
    assert audited(url) == (8 * visits, 0)


# --- The command ----------------------------------------------------------------------------------------------------


def refused(*words: str) -> tuple[int, str]:
    """The exit code, and what was said, of a ``serve`` that cannot."""
    command = [*COMMAND, "serve", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


def test_what_cannot_be_served_is_told_before_anything_listens(
    sqlite_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = f"sqlite:///{tmp_path_factory.mktemp('empty')}/bookings.db"
    assert refused("--store", empty) == (
        2,
        f"There is no file {empty.removeprefix('sqlite:///')}: booking-engine migrate --store URL makes it.\n",
    )
    (code, said) = refused("--store", sqlite_url, "--clock", "yesterday")
    assert (code, said.partition(":")[0]) == (2, "--clock")
    (code, said) = refused("--store", "memory:")
    assert (code, said.partition(":")[0], said[8:48]) == (2, "memory", "is empty when a command begins and gone ")


def test_an_address_that_is_taken_is_told(sqlite_url: str) -> None:
    set_up(sqlite_url, 1)
    with served(sqlite_url) as server:
        said = f"Cannot listen on 127.0.0.1:{server.port}: Address already in use.\n"
        assert refused("--store", sqlite_url, "--port", str(server.port)) == (2, said)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_ends_it_in_peace(sqlite_url: str, workers: str) -> None:
    key = set_up(sqlite_url, 1)
    server = serve(sqlite_url, "--workers", workers)
    try:
        client = Client(server.port, key)
        assert client.ask("GET", "/v1/services")[0] == 200
        client.close()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_SECONDS) == 0
    finally:
        server.kill()


def test_that_it_listens_is_told_where_a_proxy_is_set_up_for_everything(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(sqlite_url, 1)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # where nobody is
    monkeypatch.setenv("no_proxy", "")
    command = [*COMMAND, "serve", "--store", sqlite_url, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], PATIENCE_SECONDS)[0] == [process.stdout]
            assert process.stdout.readline().startswith(b"listening on http://127.0.0.1:")
        finally:
            process.kill()


def test_the_standing_clock_is_said_loudly_and_on_standard_error(sqlite_url: str) -> None:
    command = [*COMMAND, "serve", "--store", sqlite_url, "--port", "0", "--clock", NOW.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline() == "!!! The clock stands still at 2026-06-01T08:00:00+00:00: for tests only.\n"
        assert process.stdout.readline().startswith("listening on http://127.0.0.1:")
        process.terminate()
        process.communicate()
    assert process.returncode == 0


def _children(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return {int(each) for each in listed.stdout.split()}


def _until(holds: Callable[[], bool]) -> None:
    ends = monotonic() + PATIENCE_SECONDS
    while not holds():
        assert monotonic() < ends
        sleep(0.02)


def test_the_workers_count_together_and_end_with_their_parent(sqlite_url: str) -> None:
    key = set_up(sqlite_url, 1)
    with served(sqlite_url, "--workers", "2", "--metrics") as server:
        for _ in range(20):  # each on a connection of its own, so that both workers have some
            client = Client(server.port, key)
            assert client.ask("GET", "/v1/services")[0] == 200
            client.close()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=PATIENCE_SECONDS) as answer:
            text = answer.read().decode()
        assert 'booking_engine_requests_total{code="",method="GET",route="/v1/services",status="200"} 20.0' in text
        assert json.dumps("clinic") not in text
        children = _children(server.process.pid)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        _until(lambda: not any(_is_there(child) for child in children))


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_dies_is_started_anew(sqlite_url: str) -> None:
    key = set_up(sqlite_url, 1)
    with served(sqlite_url, "--workers", "2") as server:
        before = _children(server.process.pid)
        assert len(before) >= 2
        os.kill(max(before), signal.SIGKILL)
        _until(lambda: max(before) not in _children(server.process.pid))
        _until(lambda: len(_children(server.process.pid)) == len(before))
        client = Client(server.port, key)
        assert client.ask_until_answered("GET", "/v1/services", None, threading.Event())[0] == 200
        client.close()
