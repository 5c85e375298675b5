"""Real clients of the SDK against ``booking-engine mcp`` in other processes: on standard streams, and over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client

from agent.clinic import OTHER_PHONE, PERSON, PHONE, agent_in_memory
from agent.mcp_served import (
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
    standing,
    text_of,
)
from booking_engine import Channel
from booking_engine.adapters.agent import projections
from booking_engine.adapters.mcp import CALL_HEADER, CALL_ID
from booking_engine.adapters.sql import migrate, open_engine

MODERN, LEGACY = "2026-07-28", "2025-11-25"
SERVICES = ("Call", "Wrong", "Repeat", "Race", "Cancel", "Session", "Alone", "Header")
"""One for each test, so that they can share a server: every service has places of its own (SPEC C2)."""
OTHER = {"patient_name": "Meera", "parent_phone": OTHER_PHONE}


Connecting = contextlib.AbstractAsyncContextManager[Client]


class Wire(NamedTuple):
    """Two clients of one store, each on a connection of its own, and the loop that they live in."""

    url: str
    one: Client
    two: Client
    portal: BlockingPortal
    port: int | None

    def run(self, scenario: Callable[[Wire], Awaitable[None]]) -> None:
        """Play a scenario to its end."""

        async def played() -> None:
            await scenario(self)

        self.portal.call(played)


def clinic(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A clinic with one place for each service in each window."""
    address = f"sqlite:///{tmp_path_factory.mktemp('mcp')}/bookings.db"
    engine = open_engine(address)
    migrate(engine)
    engine.dispose()
    return set_up(address, places=1, services=SERVICES)


@contextlib.contextmanager
def clients(url: str, one: Connecting, two: Connecting, port: int | None = None) -> Iterator[Wire]:
    """Two clients that are connected for a while."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(one) as first,
        portal.wrap_async_context_manager(two) as second,
    ):
        yield Wire(url, first, second, portal, port)


@contextlib.contextmanager
def streams(tmp_path_factory: pytest.TempPathFactory, mode: str) -> Iterator[Wire]:
    """Two clients that started a server each, and heard nothing from it that it was not to say."""
    address = clinic(tmp_path_factory)
    errors = [tmp_path_factory.mktemp("errors") / "errors" for _ in range(2)]
    one, two = [on_streams(address, mode, each) for each in errors]
    with clients(address, one, two) as wire:
        yield wire
    assert [each.read_text(encoding="utf-8") for each in errors] == [WARNING, WARNING]


@contextlib.contextmanager
def http(tmp_path_factory: pytest.TempPathFactory, mode: str) -> Iterator[Wire]:
    """Two clients of one server, which a signal ends."""
    address = clinic(tmp_path_factory)
    with served_over_http(address) as (port, process):
        with clients(address, over_http(port, mode), over_http(port, mode), port) as wire:
            yield wire
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, errors.decode()) == (0, WARNING)


@pytest.fixture(scope="module")
def stdio_auto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with streams(tmp_path_factory, "auto") as wire:
        yield wire


@pytest.fixture(scope="module")
def stdio_legacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with streams(tmp_path_factory, "legacy") as wire:
        yield wire


@pytest.fixture(scope="module")
def http_auto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with http(tmp_path_factory, "auto") as wire:
        yield wire


@pytest.fixture(scope="module")
def http_legacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with http(tmp_path_factory, "legacy") as wire:
        yield wire


# Each transport, and each era of the protocol; all four pairs take a minute of starting processes.
WIRES = ["stdio_auto", "http_legacy"]
if os.environ.get("BOOKING_ENGINE_PROFILE") == "nightly":
    WIRES += ["stdio_legacy", "http_auto"]


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> Wire:
    """Clients in both eras of the protocol, on both transports."""
    found: Wire = request.getfixturevalue(request.param)
    assert found.one.session.protocol_version == (MODERN if request.param.endswith("auto") else LEGACY)
    return found


def test_every_tool_in_a_call_that_ends_in_a_booking(wire: Wire) -> None:
    async def call(wire: Wire) -> None:
        client = wire.one
        services = await answer(client, "list_services")
        assert [each["name"] for each in services["data"]["services"]] == list(SERVICES)
        held = await answer(client, "hold_time", slot=await slot(client, service="Call"))
        assert (held["code"], held["next_action"]) == ("HELD", "ask_name")
        booked = await answer(client, "book", **PERSON)
        assert (booked["ok"], booked["code"]) == (True, "BOOKED")
        assert booked["say"] == "Aadhi is booked for Thursday the 11th of June at nine o'clock in the morning."
        appointment = booked["data"]["appointment"]["appointment"]
        (made,) = standing(wire.url, "call")
        assert (made.appointment_id, made.booked_via) == (appointment, Channel.AI_AGENT)
        seen = await answer(client, "look_up", parent_phone=PHONE)
        assert seen["code"] == "LOOKED_UP"
        assert appointment in str(seen["data"])
        other = await slot(client, "tomorrow evening", service="Call")
        moved = await answer(client, "reschedule", appointment=appointment, slot=other)
        assert (moved["code"], standing(wire.url, "call")[0].session) == ("RESCHEDULED", "Evening")
        cancelled = await answer(client, "cancel", appointment=appointment)
        assert cancelled["code"] == "CANCELLED"

    wire.run(call)
    assert standing(wire.url, "call") == []


def test_the_tools_are_those_of_the_toolset(wire: Wire) -> None:
    async def call(wire: Wire) -> None:
        assert wire.one.instructions is not None
        assert "next_action" in wire.one.instructions
        listed = (await wire.one.list_tools()).tools
        agent, _ = agent_in_memory()
        assert [
            {
                "name": each.name,
                "title": each.title,
                "description": each.description,
                "inputSchema": each.input_schema,
                "annotations": each.annotations.model_dump(by_alias=True) if each.annotations else None,
            }
            for each in listed
        ] == [projections.mcp(tool) for tool in agent.toolset.tools]
        hints = {each.name: each.annotations for each in listed if each.annotations}
        reading = [name for name, hint in hints.items() if hint.read_only_hint]
        assert reading == ["find_times", "look_up", "list_services"]
        assert [name for name, hint in hints.items() if hint.destructive_hint] == ["reschedule", "cancel"]
        assert all(hint.idempotent_hint for hint in hints.values())

    wire.run(call)


def test_what_is_asked_wrongly_is_told_to_the_model(wire: Wire) -> None:
    async def call(wire: Wire) -> None:
        client = wire.one
        bad = await ask(client, "book", slot=5, patient_name="Aadhi", parent_phone="", extra=1)
        assert bad.is_error
        problems = {each["parameter"] for each in body_of(bad)["data"]["problems"]}
        assert (body_of(bad)["next_action"], problems) == ("fix_arguments", {"slot", "parent_phone", "extra"})
        unknown = await ask(client, "pay", amount=3)
        assert (unknown.is_error, body_of(unknown)["code"]) == (True, "UNKNOWN_TOOL")
        assert "find_times, hold_time, book" in text_of(unknown)
        nameless = await ask(client, "list_services", call="")
        assert nameless.is_error
        assert [each["parameter"] for each in body_of(nameless)["data"]["problems"]] == ["call_id"]
        # What is to be asked of the caller, and what cannot be had, are answers.
        missing = await answer(client, "book", slot=await slot(client, service="Wrong"), parent_phone=PHONE)
        assert (missing["ok"], missing["next_action"]) == (False, "ask_name")
        invented = await answer(client, "book", slot="aaaaaaaaaaaaa", **PERSON)
        assert (invented["ok"], invented["code"]) == (False, "UNKNOWN_SLOT")

    wire.run(call)
    assert standing(wire.url, "wrong") == []


def test_the_same_tool_call_from_another_connection_is_answered_the_same(wire: Wire) -> None:
    async def call(wire: Wire) -> None:
        wished = await slot(wire.one, service="Repeat")
        first = await ask(wire.one, "book", as_id="repeat-1", slot=wished, **PERSON)
        full = await ask(wire.one, "book", as_id="repeat-2", slot=wished, **OTHER)
        assert (body_of(first)["code"], body_of(full)["code"]) == ("BOOKED", "SLOT_FULL")
        assert text_of(await ask(wire.two, "book", as_id="repeat-1", slot=wished, **PERSON)) == text_of(first)
        assert text_of(await ask(wire.two, "book", as_id="repeat-2", slot=wished, **OTHER)) == text_of(full)
        same_id = await ask(wire.two, "book", as_id="repeat-1", slot=wished, **OTHER)
        assert (same_id.is_error, body_of(same_id)["code"]) == (True, "OTHER_ARGUMENTS")

    wire.run(call)
    assert [each.patient_name for each in standing(wire.url, "repeat")] == ["Aadhi"]


def test_two_clients_at_once_get_the_last_place_once(wire: Wire) -> None:
    async def call(wire: Wire) -> None:
        wished = await slot(wire.one, service="Race")
        answers = await asyncio.gather(
            answer(wire.one, "book", call="race-1", slot=wished, **PERSON),
            answer(wire.two, "book", call="race-2", slot=wished, **OTHER),
        )
        assert sorted(each["code"] for each in answers) == ["BOOKED", "SLOT_FULL"]

    wire.run(call)
    assert len(standing(wire.url, "race")) == 1


def test_a_call_that_is_cancelled_is_carried_out(wire: Wire) -> None:
    async def call(wire: Wire) -> None:
        client = wire.one
        wished = await slot(client, service="Cancel")
        with contextlib.closing(sqlite3.connect(wire.url.removeprefix("sqlite:///"), isolation_level=None)) as another:
            another.execute("BEGIN IMMEDIATE")
            asking = asyncio.create_task(ask(client, "book", as_id="cancel-1", slot=wished, **PERSON))
            # Both lists come after what was sent before them: the call, which waits for the other, and its end.
            await client.list_tools(cache_mode="bypass")
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await client.list_tools(cache_mode="bypass")
            another.execute("ROLLBACK")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not standing(wire.url, "cancel"):  # It comes to its end although nobody asks again.
                await client.list_tools(cache_mode="bypass")
        again = await answer(client, "book", as_id="cancel-1", slot=wished, **PERSON)
        assert (again["ok"], again["code"]) == (True, "BOOKED")

    wire.run(call)
    assert [each.patient_name for each in standing(wire.url, "cancel")] == ["Aadhi"]


@pytest.mark.parametrize("name", ["stdio_auto", "http_legacy"])
def test_a_session_is_one_call_where_none_is_named(request: pytest.FixtureRequest, name: str) -> None:
    async def call(wire: Wire) -> None:
        held = await answer(wire.one, "hold_time", call=None, slot=await slot(wire.one, service="Session"))
        assert held["code"] == "HELD"
        nothing = await answer(wire.two, "book", call=None, **PERSON)
        assert (nothing["ok"], nothing["code"]) == (False, "NO_HOLD")
        booked = await answer(wire.one, "book", call=None, **PERSON)
        assert (booked["ok"], booked["code"]) == (True, "BOOKED")

    wire: Wire = request.getfixturevalue(name)
    wire.run(call)
    assert len(standing(wire.url, "session")) == 1


def test_without_a_session_and_a_call_nothing_is_held_and_slots_are_booked(http_auto: Wire) -> None:
    async def call(wire: Wire) -> None:
        wished = await slot(wire.one, call=None, service="Alone")
        held = await ask(wire.one, "hold_time", call=None, slot=wished)
        assert held.is_error
        (problem,) = body_of(held)["data"]["problems"]
        assert problem["hint"].startswith("book the slot itself")
        assert CALL_ID in problem["hint"]
        assert CALL_HEADER in problem["hint"]
        for _ in range(2):
            booked = await answer(wire.one, "book", call=None, slot=wished, **PERSON)
            assert (booked["ok"], booked["code"]) == (True, "BOOKED")

    http_auto.run(call)
    assert len(standing(http_auto.url, "alone")) == 1


def test_a_header_names_the_call(http_auto: Wire) -> None:
    async def call(wire: Wire) -> None:
        assert wire.port is not None
        async with over_http(wire.port, "auto", {CALL_HEADER: "phone-17"}) as client:
            await answer(client, "hold_time", call=None, slot=await slot(client, call=None, service="Header"))
        async with over_http(wire.port, "auto", {CALL_HEADER: "phone-17"}) as client:
            booked = await answer(client, "book", call=None, **PERSON)
            assert (booked["ok"], booked["code"]) == (True, "BOOKED")

    http_auto.run(call)
    assert len(standing(http_auto.url, "header")) == 1
