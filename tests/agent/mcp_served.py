"""The command ``mcp`` in a process of its own, and the SDK's clients that ask it, in either era of the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from agent.clinic import NOW, setup
from booking_engine import Appointment, BookingEngine
from booking_engine.adapters.mcp import CALL_ID, TOOL_CALL_ID
from booking_engine.adapters.sql import SqlStore, open_engine

COMMAND = [sys.executable, "-c", "from booking_engine.adapters.cli import main; main()", "mcp"]
CLOCK = ["--clock", NOW.isoformat()]
WARNING = f"!!! The clock stands still at {NOW.isoformat()}: for tests only.\n"
PATIENCE_SECONDS = 30
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "Aadhi's client", "version": "1"},
    },
}
"""The first request of a client that was written before 2026-07-28."""


def set_up(url: str, **clinic: Any) -> str:
    """The clinic of the toolset's tests in a database."""
    database = open_engine(url)
    try:
        engine = BookingEngine(SqlStore(database, "clinic"), clock=lambda: NOW)
        for command in setup(**clinic):
            engine.execute(command)
    finally:
        database.dispose()
    return url


def standing(url: str, service: str) -> list[Appointment]:
    """The appointments for a service that hold a place, in a store whose ledger is right."""
    database = open_engine(url)
    try:
        engine = BookingEngine(SqlStore(database, "clinic"), clock=lambda: NOW)
        assert engine.verify() == ()
        return [each for each in engine.appointments().items if each.holds_place and each.service_id == service]
    finally:
        database.dispose()


def start(url: str, *options: str) -> subprocess.Popen[bytes]:
    """A server on pipes."""
    pipe = subprocess.PIPE
    # Tests that run in the background inherit an ignored Ctrl-C; children would too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(  # noqa: S603 (this project's own command)
        [*COMMAND, "--store", url, "--org", "clinic", *options], stdin=pipe, stdout=pipe, stderr=pipe
    )
    signal.signal(signal.SIGINT, before)
    return process


@contextlib.contextmanager
def served_over_http(
    url: str, *options: str, address: str = "127.0.0.1:0"
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port of a server over HTTP, and its process."""
    process = start(url, "--http", address, *CLOCK, *options)
    assert process.stdout is not None
    with process:
        try:
            line = process.stdout.readline().decode()
            assert line.startswith("listening on http://"), line
            yield int(line.rpartition(":")[2].removesuffix("/mcp\n")), process
        finally:
            process.terminate()


@contextlib.asynccontextmanager
async def over_http(port: int, mode: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Client]:
    """A client of a server over HTTP."""
    async with (
        httpx2.AsyncClient(headers=headers, timeout=PATIENCE_SECONDS) as http,
        Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@contextlib.asynccontextmanager
async def on_streams(url: str, mode: str, errors: Path, *options: str) -> AsyncIterator[Client]:
    """A client with a server of its own, whose standard error goes to a file."""
    arguments = [*COMMAND[1:], "--store", url, "--org", "clinic", *CLOCK, *options]
    parameters = StdioServerParameters(command=COMMAND[0], args=arguments, env=dict(os.environ))
    with errors.open("a", encoding="utf-8") as file:
        async with Client(stdio_client(parameters, errlog=file), mode=mode) as client:
            yield client


async def ask(
    client: Client, tool: str, *, call: str | None = "call-1", as_id: str | None = None, **arguments: Any
) -> CallToolResult:
    """The result of a tool call, in a call that is named unless it is not to be."""
    meta: dict[str, Any] = {}
    if call is not None:
        meta[CALL_ID] = call
    if as_id is not None:
        meta[TOOL_CALL_ID] = as_id
    return await asyncio.wait_for(
        client.call_tool(tool, arguments, meta=meta or None),  # type: ignore[arg-type]
        PATIENCE_SECONDS,
    )


async def answer(client: Client, tool: str, **asked: Any) -> dict[str, Any]:
    """What a tool answered that was asked well; its text is the same as its structure."""
    result = await ask(client, tool, **asked)
    assert not result.is_error, result
    return body_of(result)


def body_of(result: CallToolResult) -> dict[str, Any]:
    """The body of a result; its text says the same."""
    body: dict[str, Any] = result.structured_content
    assert body == json.loads(text_of(result))
    return body


def text_of(result: CallToolResult) -> str:
    """The text of a result, as a model reads it."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def slot(client: Client, when: str = "tomorrow morning", **asked: Any) -> str:
    """The first slot that is found."""
    found = await answer(client, "find_times", when=when, **asked)
    assert found["ok"], found
    first: str = found["data"]["choices"][0]["slot"]
    return first
