"""Requests made from the OpenAPI document, against a server of the example clinic: ``check.py SECONDS``.

Schemathesis makes valid and invalid requests, and follows the links from one answer to the next request. Nothing may
be answered with 5xx, and nothing that is not in the document. At the end the ledger must agree with a recount.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from booking_engine.clinic import example_clinic
from booking_engine.wire import Scope

CLOCK = "2026-06-10T03:30:00Z"
CONFIG = Path(__file__).with_name("schemathesis.toml")
PROGRAMS = Path(sys.executable).parent


def run(*words: str) -> str:
    """What ``booking-engine`` prints."""
    command = [PROGRAMS / "booking-engine", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def set_up(url: str, directory: Path) -> str:
    """The example clinic in a new store; a key that may do everything in it."""
    clinic = directory / "clinic.toml"
    clinic.write_bytes(example_clinic())
    scopes = [word for scope in Scope for word in ("--scope", scope.value)]
    run("migrate", "--store", url)
    run("init", "--store", url, str(clinic))
    key: str = json.loads(run("key", "create", "--store", url, "--org", "sunrise", *scopes, "--json"))["key"]
    return key


@contextmanager
def served(url: str, log: Path) -> Iterator[str]:
    """A server for a while, at the address that it tells."""
    command = [PROGRAMS / "booking-engine", "serve", "--store", url, "--port", "0", "--rate", "0", "--clock", CLOCK]
    with log.open("wb") as lines, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=lines, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().removeprefix("listening on ").strip()
        finally:
            server.terminate()


def requested(address: str, key: str, seconds: int, directory: Path) -> bool:
    """Whether every answer was one of the document's."""
    command = [PROGRAMS / "schemathesis", "--config-file", CONFIG, "run", f"{address}/openapi.json"]
    command += ["--max-time", str(seconds), "--generation-database", "none", "--no-color"]
    environment = {**os.environ, "BOOKING_ENGINE_KEY": key}
    return subprocess.run(command, cwd=directory, env=environment, check=False).returncode == 0


def booked(address: str, key: str) -> int:
    """How many appointments there are."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    connection.request("GET", "/v1/appointments?page=1&limit=1", headers={"Authorization": f"Bearer {key}"})
    total: int = json.loads(connection.getresponse().read())["total"]
    connection.close()
    return total


def main() -> None:
    """Ask for so many seconds, and look at the ledger."""
    (seconds,) = map(int, sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        url, log = f"sqlite:///{directory}/bookings.db", directory / "log"
        key = set_up(url, directory)
        with served(url, log) as address:
            fine = requested(address, key, seconds, directory)
            bookings = booked(address, key)
        if not fine:
            print("--- the server's log, but for its line for each request")
            print(*(line for line in log.read_text("utf-8").splitlines() if not line.startswith("{")), sep="\n")
        print(run("verify", "--store", url), end="")
    print(f"{bookings} appointments")
    assert bookings > 0, "no request came as far as a booking"
    sys.exit(not fine)


if __name__ == "__main__":
    main()
