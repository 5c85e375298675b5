"""A house is a clinic in memory and its application, asked without a server between."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.requests import HTTPConnection

from booking_engine import (
    AddBranch,
    AddService,
    AsyncBookingEngine,
    Channel,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    Weekday,
)
from booking_engine.adapters.http import Principal, create_app
from booking_engine.adapters.http.observing import ACCESS_LOG
from booking_engine.adapters.memory import AsyncMemoryStore
from booking_engine.wire import Scope

NOW = datetime(2026, 5, 26, 10, tzinfo=UTC)
DESK = Principal(org_id="clinic", scopes=frozenset(Scope), channel=Channel.STAFF, name="desk")
BOOKING = {
    "appointment_type": "checkup",
    "appointment_date": "2026-06-15T09:30:00Z",
    "patient_name": "Aadhi",
    "parent_phone": "+919840XXXXXX",
}


async def as_desk(_: HTTPConnection) -> Principal | None:
    return DESK


class House:
    """A clinic in memory, and its application."""

    def __init__(self, authenticate: Any = as_desk, **options: Any) -> None:
        self.store = AsyncMemoryStore("clinic")
        self.engine = AsyncBookingEngine(self.store, clock=lambda: NOW)
        self.app = create_app(lambda _: self.engine, authenticate, **{"rate": None, **options})

    async def set_up(self) -> None:
        await self.engine.configure(ConfigureOrganisation(name="Clinic", timezone="UTC"))
        await self.engine.add_branch(AddBranch(name="Main", branch_id="main"))
        await self.engine.add_service(AddService(name="Checkup", service_id="checkup"))
        session, day = Session.MORNING, Weekday.MONDAY
        await self.engine.create_window(CreateWindow(branch_id="main", day=day, session=session, ai_slots=5))

    def ask(self, method: str, path: str, app: Any = None, **parts: Any) -> httpx.Response:
        """One request, after the clinic was set up."""

        async def asked() -> httpx.Response:
            await self.set_up()
            async with client(app or self.app) as asking:
                return await asking.request(method, path, **parts)

        return asyncio.run(asked())


@contextlib.asynccontextmanager
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)  # raises what the application raises
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as asking:
        yield asking


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def failing(fault: Exception) -> Callable[..., Any]:
    async def fail(*_: object) -> Any:
        raise fault

    return fail


def access_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == ACCESS_LOG]
