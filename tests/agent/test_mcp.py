"""Real clients of the SDK against ``booking-engine mcp`` in other processes: on standard streams, and over HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp_types import Tool as ListedTool

from agent.clinic import OTHER_PHONE, PERSON, PHONE, agent_in_memory
from agent.mcp_served import (
    PATIENCE_SECONDS,
    WARNING,
    Wire,
    answer,
    ask,
    body_of,
    served_over_http,
    set_up,
    slot,
    standing,
    text_of,
)
from booking_engine import Channel
from booking_engine.adapters.agent import projections

MODERN, LEGACY = "2026-07-28", "2025-11-25"


@pytest.fixture(params=["stdio-auto", "stdio-legacy", "http-auto", "http-legacy"])
def wire(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Wire]:
    """A clinic with one place in each window, and a way to it; the servers say nothing that they were not to say."""
    set_up(sqlite_url, places=1)
    kind, mode = request.param.split("-")
    errors = tmp_path / "errors"
    errors.touch()
    if kind == "stdio":
        yield Wire(sqlite_url, mode, errors)
        assert errors.read_text(encoding="utf-8").replace(WARNING, "") == ""
        return
    with served_over_http(sqlite_url) as (port, process):
        yield Wire(sqlite_url, mode, errors, port)
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr.read().decode() == WARNING


def test_every_tool_in_a_call_that_ends_in_a_booking(wire: Wire) -> None:
    async def call() -> None:
        async with wire.client() as client:
            assert client.session.protocol_version == (MODERN if wire.mode == "auto" else LEGACY)
            assert client.instructions is not None
            assert "next_action" in client.instructions
            services = await answer(client, "list_services")
            assert [each["name"] for each in services["data"]["services"]] == ["Checkup"]
            held = await answer(client, "hold_time", slot=await slot(client))
            assert (held["code"], held["next_action"]) == ("HELD", "ask_name")
            booked = await answer(client, "book", **PERSON)
            assert (booked["ok"], booked["code"]) == (True, "BOOKED")
            assert booked["say"] == "Aadhi is booked for Thursday the 11th of June at nine o'clock in the morning."
            appointment = booked["data"]["appointment"]["appointment"]
            (made,) = standing(wire.url)
            assert (made.appointment_id, made.booked_via) == (appointment, Channel.AI_AGENT)
            seen = await answer(client, "look_up", parent_phone=PHONE)
            assert seen["code"] == "LOOKED_UP"
            assert appointment in str(seen["data"])
            other = await slot(client, "tomorrow evening")
            moved = await answer(client, "reschedule", appointment=appointment, slot=other)
            assert moved["code"] == "RESCHEDULED"
            cancelled = await answer(client, "cancel", appointment=appointment)
            assert cancelled["code"] == "CANCELLED"
        assert standing(wire.url) == []

    asyncio.run(call())


def test_the_tools_are_those_of_the_toolset(wire: Wire) -> None:
    async def call() -> list[ListedTool]:
        async with wire.client() as client:
            return (await client.list_tools()).tools

    listed = asyncio.run(call())
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
    assert [each.name for each in listed if each.annotations and each.annotations.read_only_hint] == [
        "find_times",
        "look_up",
        "list_services",
    ]
    assert [each.name for each in listed if each.annotations and each.annotations.destructive_hint] == [
        "reschedule",
        "cancel",
    ]


def test_what_is_asked_wrongly_is_told_to_the_model(wire: Wire) -> None:
    async def call() -> None:
        async with wire.client() as client:
            bad = await ask(client, "book", slot=5, patient_name="Aadhi", parent_phone="", extra=1)
            assert bad.is_error
            problems = {each["parameter"] for each in body_of(bad)["data"]["problems"]}
            assert (body_of(bad)["next_action"], problems) == (
                "fix_arguments",
                {"slot", "parent_phone", "extra"},
            )
            unknown = await ask(client, "pay", amount=3)
            assert unknown.is_error
            assert body_of(unknown)["code"] == "UNKNOWN_TOOL"
            assert "find_times, hold_time, book" in text_of(unknown)
            nameless = await ask(client, "list_services", call="")
            assert nameless.is_error
            assert [each["parameter"] for each in body_of(nameless)["data"]["problems"]] == ["call_id"]
            missing = await answer(client, "book", slot=await slot(client), parent_phone=PHONE)
            assert (missing["ok"], missing["next_action"]) == (False, "ask_name")
            invented = await ask(client, "book", slot="aaaaaaaaaaaaa", **PERSON)
            assert (invented.is_error, body_of(invented)["code"]) == (False, "UNKNOWN_SLOT")

    asyncio.run(call())
    assert standing(wire.url) == []


def test_the_same_tool_call_from_another_connection_is_answered_the_same(wire: Wire) -> None:
    async def call() -> None:
        async with wire.client() as client:
            wished = await slot(client)
            first = await ask(client, "book", as_id="tool-9", slot=wished, **PERSON)
            other = {"patient_name": "Meera", "parent_phone": OTHER_PHONE}
            full = await ask(client, "book", as_id="tool-10", slot=wished, **other)
        async with wire.client() as client:
            assert text_of(await ask(client, "book", as_id="tool-9", slot=wished, **PERSON)) == text_of(first)
            assert text_of(await ask(client, "book", as_id="tool-10", slot=wished, **other)) == text_of(full)
            same_id = await ask(client, "book", as_id="tool-9", slot=wished, **other)
            assert (same_id.is_error, body_of(same_id)["code"]) == (True, "OTHER_ARGUMENTS")
        assert (body_of(first)["code"], body_of(full)["code"]) == ("BOOKED", "SLOT_FULL")

    asyncio.run(call())
    assert [each.patient_name for each in standing(wire.url)] == ["Aadhi"]


def test_two_clients_at_once_are_two_calls_and_share_the_last_place_fairly(wire: Wire) -> None:
    async def call() -> None:
        async with wire.client() as one, wire.client() as two:
            wished = await slot(one)
            answers = await asyncio.gather(
                answer(one, "book", call="one", slot=wished, patient_name="Aadhi", parent_phone=PHONE),
                answer(two, "book", call="two", slot=wished, patient_name="Meera", parent_phone=OTHER_PHONE),
            )
            assert sorted(each["code"] for each in answers) == ["BOOKED", "SLOT_FULL"]

    asyncio.run(call())
    assert len(standing(wire.url)) == 1


def test_a_call_that_is_cancelled_is_carried_out_and_can_be_asked_again(wire: Wire) -> None:
    async def call() -> None:
        async with wire.client() as client:
            wished = await slot(client)
            with sqlite3.connect(wire.url.removeprefix("sqlite:///"), isolation_level=None) as another:
                another.execute("BEGIN IMMEDIATE")
                asking = asyncio.create_task(ask(client, "book", as_id="tool-9", slot=wished, **PERSON))
                await client.list_tools(cache_mode="bypass")  # It comes after the call, which waits for the other.
                asking.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asking
                await client.list_tools(cache_mode="bypass")  # It comes after the cancellation.
                another.execute("ROLLBACK")
            another.close()
            again = await answer(client, "book", as_id="tool-9", slot=wished, **PERSON)
            assert (again["ok"], again["code"]) == (True, "BOOKED")

    asyncio.run(call())
    assert [each.patient_name for each in standing(wire.url)] == ["Aadhi"]
