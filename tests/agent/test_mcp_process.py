"""``booking-engine mcp`` as a process: how it ends, whom it lets in, what it says when it cannot start."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from agent.clinic import NOW, PERSON
from agent.mcp_served import (
    INITIALIZE,
    PATIENCE_SECONDS,
    WARNING,
    answer,
    ask,
    body_of,
    on_streams,
    over_http,
    served_over_http,
    set_up,
    slot,
    start,
)
from booking_engine.access import new_key
from booking_engine.adapters.cli.app import cli
from booking_engine.adapters.mcp.http import SCOPES
from booking_engine.adapters.sql import SqlKeys, open_engine
from booking_engine.testing.postgres import PostgresServer
from booking_engine.wire import Scope

CANARY = "+91 98400 99999"
DISCONNECT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def line(message: object) -> bytes:
    return (message if isinstance(message, str) else json.dumps(message)).encode() + b"\n"


@pytest.fixture
def process(sqlite_url: str) -> subprocess.Popen[bytes]:
    """A server on pipes that has answered its first request, after a line that it cannot read."""
    process = start(set_up(sqlite_url))
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line(f'{{"jsonrpc": "2.0", "id": "{CANARY}"') + line(INITIALIZE))
    process.stdin.flush()
    unread = json.loads(process.stdout.readline())
    assert (unread["id"], unread["error"]["code"]) == (CANARY, -32700)
    assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "booking-engine"
    return process


@pytest.mark.parametrize("how", ["eof", "SIGTERM", "SIGINT"])
def test_it_ends_quietly_when_it_is_left_or_told_to(process: subprocess.Popen[bytes], how: str) -> None:
    with process:
        assert process.stdin is not None
        broken = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": 7, "arguments": CANARY}}
        process.stdin.write(line(broken) + line({"jsonrpc": "2.0", "method": f"notifications/{CANARY}"}))
        process.stdin.flush()
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["error"]["message"] == "Invalid request parameters"
        if how == "eof":
            process.stdin.close()
        else:
            process.send_signal(signal.Signals[how])
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_every_request_is_answered_whether_it_can_be_read_or_not(process: subprocess.Popen[bytes]) -> None:
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        flawed = ('"A\\ud83d"', "9" * 5000, "[" * 100_000 + "]" * 100_000, '1, "when": 2', '"tomorrow"')
        codes = {}
        for number, value in enumerate(flawed, 2):
            asked = f'"params": {{"name": "find_times", "arguments": {{"when": {value}}}}}'
            process.stdin.write(line(f'{{"jsonrpc": "2.0", "id": {number}, "method": "tools/call", {asked}}}'))
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            codes[told["id"]] = told["error"]["code"] if "error" in told else told["result"]["isError"]
        process.stdin.close()
        assert process.wait(PATIENCE_SECONDS) == 0
        assert codes == {2: -32700, 3: -32700, 4: -32700, 5: -32700, 6: False}
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_beyond_the_machine_a_key_of_the_organisation_is_asked_for(sqlite_url: str) -> None:
    set_up(sqlite_url)
    database = open_engine(sqlite_url)
    made = {
        "good": new_key(org_id="clinic", scopes=SCOPES, now=NOW),
        "reading": new_key(org_id="clinic", scopes=frozenset({Scope.APPOINTMENTS_READ}), now=NOW),
        "other": new_key(org_id="other", scopes=SCOPES, now=NOW),
    }
    for each in made.values():
        SqlKeys(database).put(each.key)
    database.dispose()

    async def status(port: int, authorization: str | None) -> int:
        async with httpx2.AsyncClient() as client:
            headers = {} if authorization is None else {"Authorization": authorization}
            return (await client.post(f"http://127.0.0.1:{port}/mcp", json=INITIALIZE, headers=headers)).status_code

    async def asked(port: int) -> None:
        for refused in (None, "Basic x", "Bearer x", *(f"Bearer {made[name].text}" for name in ("reading", "other"))):
            assert await status(port, refused) == 401
        headers = {"Authorization": f"Bearer {made['good'].text}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)) as client,
        ):
            assert (await answer(client, "list_services"))["ok"]

    with served_over_http(sqlite_url, address="0.0.0.0:0") as (port, _):
        asyncio.run(asked(port))


def test_a_page_from_elsewhere_is_refused_and_a_client_that_listens_is_left(sqlite_url: str) -> None:
    set_up(sqlite_url)

    async def asked(port: int, process: subprocess.Popen[bytes]) -> None:
        async with httpx2.AsyncClient() as client:
            headers = {"Origin": "https://elsewhere.example", "Accept": "application/json, text/event-stream"}
            refused = await client.post(f"http://127.0.0.1:{port}/mcp", json=INITIALIZE, headers=headers)
            assert refused.status_code == 403
        async with over_http(port, "legacy") as client:
            assert (await answer(client, "list_services"))["ok"]
            process.terminate()
            assert await asyncio.to_thread(process.wait, PATIENCE_SECONDS) == 0

    with served_over_http(sqlite_url) as (port, process):
        asyncio.run(asked(port, process))
        assert process.stderr is not None
        warning, place = process.stderr.read().decode().splitlines(keepends=True)
        assert warning == WARNING
        assert place.startswith("WARNING mcp.server.transport_security ")


def test_a_store_that_is_away_is_told_to_the_model(postgres: PostgresServer, postgres_url: str, tmp_path: Path) -> None:
    set_up(postgres_url)
    name = postgres_url.rpartition("/")[2].partition("?")[0]

    async def call() -> None:
        async with on_streams(postgres_url, "auto", tmp_path / "errors") as client:
            wished = await slot(client)
            postgres.sql(DISCONNECT, name)
            postgres.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            away = await ask(client, "book", as_id="book-1", slot=wished, **PERSON)
            assert away.is_error
            told = body_of(away)
            assert (told["ok"], told["code"], told["next_action"]) == (False, "UNAVAILABLE", "look_up")
            postgres.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            assert (await answer(client, "book", as_id="book-1", slot=wished, **PERSON))["code"] == "BOOKED"

    asyncio.run(call())
    assert PERSON["parent_phone"] not in (tmp_path / "errors").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--store", "sqlite:///missing.db", "--org", "clinic"], "There is no file missing.db"),
        (["--store", "{url}", "--org", "nobody"], "There is no organisation 'nobody' in the store."),
        (["--store", "{url}"], "--org is missing"),
        (["--store", "{url}", "--org", "clinic", "--clinic", "x.toml"], "--clinic is for --store memory:"),
        (["--store", "memory:", "--org", "clinic"], "memory: is empty: give it --clinic CLINIC.toml"),
        (["--store", "memory:", "--clinic", "missing.toml"], "missing.toml: cannot be read"),
        (["--store", "{url}", "--org", "clinic", "--clock", "soon"], "--clock: "),
        (["--store", "{url}", "--org", "clinic", "--http", "8000"], "--http: write HOST:PORT"),
        (["--store", "{url}", "--org", "clinic", "--http", "127.0.0.1:70000"], "--http: write HOST:PORT"),
        (["--store", "{url}", "--org", "clinic", "--http", "192.0.2.1:0"], "Cannot listen on 192.0.2.1:0: "),
        (["--store", "{url}", "--org", "clinic", "--http", "no.such.host.invalid:0"], "Cannot listen on no.such"),
        (["--store", "{url}", "--org", "clinic", "--http", "[::]:0", "--lang", "xx"], "Invalid value for '--lang'"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_is(sqlite_url: str, options: list[str], told: str) -> None:
    set_up(sqlite_url)
    result = CliRunner().invoke(cli, ["mcp", *(each.replace("{url}", sqlite_url) for each in options)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_without_keys_memory_is_served_to_the_machine_alone(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text('[config]\ntimezone = "UTC"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["mcp", "--store", "memory:", "--clinic", str(path), "--http", "0.0.0.0:0"])
    assert (result.exit_code, result.stderr) == (
        2,
        "memory: has no API keys, so it is served on this machine's own addresses only.\n",
    )
