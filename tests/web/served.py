"""A served store: ``booking-engine serve`` in processes of its own, and clients that ask it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from booking_engine import (
    AddBranch,
    AddService,
    BookingEngine,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    Weekday,
)
from booking_engine.access import new_key
from booking_engine.adapters.sql import SqlKeys, SqlStore, open_engine
from booking_engine.wire import Scope

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
"""A Monday, at which the clocks of the servers stand still."""
TUESDAY = "2026-06-02T10:00:00Z"
PATIENCE_SECONDS = 60
COMMAND = [sys.executable, "-c", "from booking_engine.adapters.cli import main; main()"]


def set_up(url: str, places: int) -> str:
    """A clinic with one window, of so many places; the text of a key that may do everything in it."""
    database = open_engine(url)
    try:
        engine = BookingEngine(SqlStore(database, "clinic"), clock=lambda: NOW)
        engine.configure(ConfigureOrganisation(name="Clinic", timezone="UTC", cancellation_notice_hours=0))
        engine.add_branch(AddBranch(name="Main", branch_id="main"))
        engine.add_service(AddService(name="Checkup", service_id="checkup"))
        session = Session.MORNING
        window = CreateWindow(branch_id="main", day=Weekday.TUESDAY, session=session, ai_slots=places)
        engine.create_window(window)
        made = new_key(org_id="clinic", scopes=frozenset(Scope), now=NOW)
        SqlKeys(database).put(made.key)
    finally:
        database.dispose()
    return made.text


def audited(url: str) -> tuple[int, int]:
    """The places that are taken, and how many of them the ledger and a recount disagree on."""
    database = open_engine(url)
    try:
        engine = BookingEngine(SqlStore(database, "clinic"), clock=lambda: NOW)
        (row,) = engine.availability(NOW.replace(day=2).date())
        return row.filled_slots, len(engine.verify())
    finally:
        database.dispose()


class Server(NamedTuple):
    """A process that serves, in a group of its own, and where."""

    process: subprocess.Popen[str]
    port: int

    def kill(self) -> None:
        """End the whole group at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def serve(url: str, *options: str, port: int = 0) -> Server:
    """Start a server; it has told where it listens when this returns."""
    command = [*COMMAND, "serve", "--store", url, "--port", str(port), "--clock", NOW.isoformat(), *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("listening on http://127.0.0.1:"), line
    return Server(process, int(line.rpartition(":")[2]))


@contextlib.contextmanager
def served(url: str, *options: str) -> Iterator[Server]:
    """A server for a while. What it writes is not kept, or it would wait for a reader."""
    server = serve(url, *options)
    try:
        yield server
    finally:
        server.kill()


class Client:
    """One connection that is kept, and made anew where it is lost."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Mapping[str, Any]]:
        """Status and body. Raises ``OSError`` or ``HTTPException`` where there is no answer."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            self._connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def ask_until_answered(
        self, method: str, path: str, body: object, pause: threading.Event
    ) -> tuple[int, Mapping[str, Any]]:
        """The same again for as long as there is no answer, or one that says so."""
        ends = monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = self.ask(method, path, body)
                if status != 503:
                    return status, answer
            assert monotonic() < ends, "there is no answer any more"
            pause.wait(0.05)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def visit(who: str) -> dict[str, str]:
    """A booking for one whom nobody else is."""
    return {
        "appointment_type": "checkup",
        "appointment_date": TUESDAY,
        "patient_name": f"Patient {who}",
        "parent_phone": f"phone of {who}",
        "external_reference_id": f"reference of {who}",
    }
