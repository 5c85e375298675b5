"""Serving over MCP in this process: on its standard streams and on a socket, and what the command hands over."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.clinic import NOW
from agent.mcp_served import INITIALIZE, set_up
from booking_engine.access import new_key
from booking_engine.adapters.cli.app import cli
from booking_engine.adapters.listening import bound
from booking_engine.adapters.mcp import serving, stdio
from booking_engine.adapters.mcp.http import SCOPES
from booking_engine.adapters.mcp.toolsets import Served
from booking_engine.adapters.opening import MEMORY
from booking_engine.adapters.sql import SqlKeys, open_engine
from booking_engine.clinic import Clinic, read_clinic
from booking_engine.testing.ids import SeededIds

CLINIC = '[organisation]\nid = "sunrise"\n[config]\ntimezone = "UTC"\n'


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """What signals do is as it was."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_clinic_in_memory_on_the_standard_streams(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    clinic = read_clinic(CLINIC.encode(), SeededIds().uuid)
    assert isinstance(clinic, Clinic)
    reading, writing = os.pipe()
    monkeypatch.setattr(stdio, "_STDIN", reading)
    os.write(writing, json.dumps(INITIALIZE).encode() + b"\n")
    os.close(writing)
    served = Served(url=MEMORY, org_id=clinic.org_id, clinic=clinic, clock=NOW)
    serving.serve(served, None, lambda: None)
    os.close(reading)
    told = json.loads(capsysbinary.readouterr().out)
    assert told["result"]["serverInfo"]["name"] == "booking-engine"


def test_over_http_a_key_opens_and_a_signal_ends_it(sqlite_url: str) -> None:
    set_up(sqlite_url)
    made = new_key(org_id="clinic", scopes=SCOPES, now=datetime.now(UTC))
    database = open_engine(sqlite_url)
    SqlKeys(database).put(made.key)
    database.dispose()
    listener = bound("0.0.0.0", 0)  # noqa: S104 (an address that others may reach is what is tested)
    statuses: list[int] = []

    def ask() -> None:
        try:
            for key in ("nothing", f"Basic {made.text}", f"Bearer {made.text}"):
                headers = {"Authorization": key, "Accept": "application/json, text/event-stream"}
                headers["Content-Type"] = "application/json"
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1])) as asked:
                    asked.request("POST", "/mcp", json.dumps(INITIALIZE), headers)
                    with asked.getresponse() as answer:
                        statuses.append(answer.status)
                        answer.read()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    asking = threading.Thread(target=ask)
    serving.serve(Served(url=sqlite_url, org_id="clinic"), ("0.0.0.0", listener), asking.start)  # noqa: S104 (the same)
    asking.join()
    assert statuses == [401, 401, 200]


def test_the_command_hands_over_what_it_was_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str
) -> None:
    path, told = tmp_path / "clinic.toml", list[Served]()
    path.write_text(CLINIC, encoding="utf-8")

    def serve(served: Served, listener: tuple[str, socket.socket] | None, ready: Callable[[], None]) -> None:
        told.append(served)
        if listener is not None:
            ready()
            listener[1].close()

    monkeypatch.setattr(serving, "serve", serve)
    in_memory = ["mcp", "--store", MEMORY, "--clinic", str(path), "--lang", "hi", "--http", "[::1]:0"]
    result = CliRunner().invoke(cli, in_memory)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("listening on http://[::1]:")
    assert result.stdout.endswith("/mcp\n")
    stored = ["mcp", "--store", sqlite_url, "--org", "clinic", "--clock", NOW.isoformat()]
    result = CliRunner().invoke(cli, stored)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "The clock stands still" in result.stderr
    assert [(each.url, each.org_id, each.clock, each.lang) for each in told] == [
        (MEMORY, "sunrise", None, "hi"),
        (sqlite_url, "clinic", NOW, "en"),
    ]
    assert sqlite_url not in repr(told)
    assert told[1].now() == NOW


def test_without_the_sdk_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    result = CliRunner().invoke(cli, ["mcp", "--store", MEMORY])
    assert (result.exit_code, result.stderr) == (2, "mcp needs mcp: pip install 'booking-engine[mcp]'\n")
