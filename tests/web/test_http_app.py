"""The application: who is let in, what each answer carries, its health, and where it is mounted."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncIterator, MutableMapping
from datetime import timedelta
from typing import Any

import attrs
import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Mount

from booking_engine import (
    Channel,
    StoreError,
)
from booking_engine.access import new_key
from booking_engine.adapters.http import Principal, Rate, by_api_key
from booking_engine.adapters.memory import AsyncMemoryKeys
from booking_engine.wire import ENDPOINTS, Scope

from .house import BOOKING, DESK, NOW, House, code, failing

# --- Who is let in ----------------------------------------------------------------------------------------------------


def test_whom_nobody_knows_is_a_stranger() -> None:
    async def nobody(_: HTTPConnection) -> Principal | None:
        return None

    response = House(nobody).ask("GET", "/v1/services")

    assert code(response) == (401, "UNAUTHORIZED")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("Bearer {}", 200),
        ("bearer {}", 200),
        ("BEARER   {}  ", 200),
        ("{}", 401),
        ("Basic {}", 401),
        ("Bearer", 401),
        ("Bearer {}x", 401),
        ("Bearer {} {}", 401),
        ("Bearer\u00e9 {}", 401),
        ("", 401),
    ],
)
def test_how_a_key_is_written(written: str, status: int) -> None:
    keys = AsyncMemoryKeys()
    made = new_key(org_id="clinic", scopes=Scope, now=NOW)
    asyncio.run(keys.put(made.key))
    house = House(by_api_key(keys, lambda: NOW))

    sent = {"authorization": written.format(made.text, made.text).encode("latin-1")}

    assert house.ask("GET", "/v1/services", headers=sent).status_code == status


def test_a_key_opens_until_the_instant_of_its_expiry_and_not_after_it_is_revoked() -> None:
    keys, now = AsyncMemoryKeys(), NOW
    made = new_key(org_id="clinic", scopes=Scope, now=NOW, expires_at=NOW + timedelta(hours=1))
    other = new_key(org_id="clinic", scopes=Scope, now=NOW)
    asyncio.run(keys.put(made.key))
    asyncio.run(keys.put(other.key))
    house = House(by_api_key(keys, lambda: now))

    def status(text: str) -> int:
        return house.ask("GET", "/v1/services", headers={"Authorization": f"Bearer {text}"}).status_code

    assert status(made.text) == status(other.text) == 200
    now = NOW + timedelta(hours=1)
    asyncio.run(keys.revoke("clinic", other.key.key_id, NOW))
    assert status(made.text) == status(other.text) == 401


def test_the_keys_channel_and_id_stand_in_the_history() -> None:
    keys = AsyncMemoryKeys()
    made = new_key(org_id="clinic", scopes=Scope, now=NOW, channel=Channel.AI_AGENT)
    asyncio.run(keys.put(made.key))
    house, headers = House(by_api_key(keys, lambda: NOW)), {"Authorization": f"Bearer {made.text}"}

    booked = house.ask("POST", "/v1/appointments", json=BOOKING, headers=headers).json()["appointment_id"]
    (event,) = house.ask("GET", f"/v1/appointments/{booked}/history", headers=headers).json()["data"]

    assert (event["channel"], event["actor"]) == ("ai_agent", made.key.key_id)


def test_an_application_may_know_who_asks_by_itself() -> None:
    async def by_cookie(request: HTTPConnection) -> Principal | None:
        return attrs.evolve(DESK, scopes=frozenset({Scope.SLOTS_READ})) if request.cookies.get("who") == "me" else None

    house = House(by_cookie)

    assert house.ask("GET", "/v1/appointment-slots", headers={"Cookie": "who=me"}).status_code == 200
    assert code(house.ask("GET", "/v1/services", headers={"Cookie": "who=me"})) == (403, "INSUFFICIENT_SCOPE")
    assert code(house.ask("GET", "/v1/services")) == (401, "UNAUTHORIZED")


def test_who_asks_too_often_waits_and_the_others_do_not() -> None:
    names = iter(["one", "one", "one", "other"])

    async def by_turns(_: HTTPConnection) -> Principal | None:
        return attrs.evolve(DESK, name=next(names))

    house = House(by_turns, rate=Rate(per_second=0.001, burst=2))
    responses = [house.ask("GET", "/v1/services") for _ in range(4)]

    assert [response.status_code for response in responses] == [200, 200, 429, 200]
    assert code(responses[2]) == (429, "TOO_MANY_REQUESTS")
    assert responses[2].json()["error"]["transient"] is True
    assert 990 <= int(responses[2].headers["retry-after"]) <= 1_000


# --- What each answer carries -----------------------------------------------------------------------------------------


def test_every_answer_is_json_that_nobody_keeps() -> None:
    for response in (House().ask("GET", "/v1/services"), House().ask("GET", "/nothing")):
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert uuid.UUID(response.headers["x-request-id"]).version == 4


def test_a_uuid_is_taken_over_as_the_requests_id() -> None:
    own = "0b5f4f0e-6c2e-4c39-9c55-9d6f3a1f7b11"
    for path in ("/v1/services", "/nothing", "/healthz"):
        for written in (own, own.upper(), own.replace("-", "")):
            assert House().ask("GET", path, headers={"X-Request-ID": written}).headers["x-request-id"] == own


def test_uuids_of_every_version_are_taken_over() -> None:
    house = House()
    for version in range(1, 9):
        own = f"0b5f4f0e-6c2e-{version}c39-9c55-9d6f3a1f7b11"
        assert house.ask("GET", "/healthz", headers={"X-Request-ID": own}).headers["x-request-id"] == own


PADDED = "00000000-0000-0000-0000-919876543210"


@pytest.mark.parametrize(
    "text",
    ["", "42", "+919876543210", PADDED, PADDED.replace("-", ""), "0b5f4f0e-6c2e-4c39-9c55", "a" * 10_000, "\xe9" * 32],
)
def test_another_text_is_not(text: str) -> None:
    response = House().ask("GET", "/v1/services", headers={"X-Request-ID": text.encode("latin-1")})
    assert response.headers["x-request-id"] != text
    assert uuid.UUID(response.headers["x-request-id"]).version == 4


def test_two_requests_have_two_ids() -> None:
    house = House()
    ids = {house.ask("GET", "/healthz").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


def paths() -> dict[str, set[str]]:
    """The methods of each path of the table."""
    methods: dict[str, set[str]] = {}
    for endpoint in ENDPOINTS.values():
        methods.setdefault(endpoint.path, set()).add(endpoint.method)
    return {path: taken | ({"HEAD"} if "GET" in taken else set()) for path, taken in methods.items()}


@pytest.mark.parametrize("path", paths())
def test_allow_names_all_that_a_path_takes(path: str) -> None:
    house, taken = House(), paths()[path]
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"} - taken:
        response = house.ask(method, re.sub(r"\{\w+\}", "x", path))
        assert response.status_code == 405
        assert method == "HEAD" or code(response) == (405, "METHOD_NOT_ALLOWED")
        names = response.headers["allow"].split(", ")
        assert (len(names), set(names)) == (len(taken), taken)


def test_a_path_in_words_is_not_taken_for_an_id() -> None:
    house = House()
    assert house.ask("POST", "/v1/appointment-slots/regenerate").status_code == 200
    assert code(house.ask("GET", "/v1/appointment-slots/availability")) == (400, "VALIDATION_ERROR")
    assert code(house.ask("PATCH", "/v1/appointment-slots/tracking/x", json={})) == (400, "VALIDATION_ERROR")


def test_head_is_get_without_the_body() -> None:
    house = House()
    got, asked = house.ask("GET", "/v1/services"), house.ask("HEAD", "/v1/services")
    assert asked.status_code == 200
    assert asked.headers["content-length"] == got.headers["content-length"]
    assert house.ask("HEAD", "/v1/appointments/nobody").status_code == 404
    assert house.ask("HEAD", "/healthz").status_code == 200


def test_a_path_that_is_none() -> None:
    for path in ("/", "/v2/services", "/v1/services/", "/metrics", "/healthz/"):
        response = House().ask("GET", path)
        assert code(response) == (404, "NOT_FOUND")
        assert "location" not in response.headers


# --- Health, and where it is mounted ----------------------------------------------------------------------------------


def test_health_needs_no_key_and_ready_asks_the_store(caplog: pytest.LogCaptureFixture) -> None:
    async def ready() -> None:
        return None

    stranger = failing(AssertionError("nobody is asked"))
    assert House(stranger).ask("GET", "/healthz").json() == {"status": "ok"}
    assert House(stranger).ask("GET", "/readyz").json() == {"status": "ok"}
    assert House(stranger, ready=ready).ask("GET", "/readyz").json() == {"status": "ok"}

    house = House(stranger, ready=failing(StoreError("away")))
    response = house.ask("GET", "/readyz")
    assert code(response) == (503, "SERVICE_UNAVAILABLE")
    assert response.headers["retry-after"] == "1"
    assert "StoreError: away" in caplog.text
    assert house.ask("GET", "/healthz").status_code == 200
    assert code(House(stranger, ready=failing(KeyError("x"))).ask("GET", "/readyz")) == (500, "INTERNAL_ERROR")


def test_it_may_be_mounted_in_another_application() -> None:
    house = House(metrics=True)
    around = Starlette(routes=[Mount("/clinics/sunrise", house.app)])

    assert house.ask("GET", "/clinics/sunrise/v1/services", around).json()["data"][0]["service_id"] == "checkup"
    assert house.ask("POST", "/clinics/sunrise/v1/appointments", around, json=BOOKING).status_code == 201
    assert code(house.ask("GET", "/clinics/sunrise/v1/nothing", around)) == (404, "NOT_FOUND")
    assert house.ask("GET", "/clinics/sunrise/healthz", around).status_code == 200
    assert 'route="/v1/services"' in house.ask("GET", "/clinics/sunrise/metrics", around).text
    assert house.ask("GET", "/v1/services", around).status_code == 404


def test_a_fault_inside_does_not_reach_the_application_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    monkeypatch.setattr(house.engine, "execute", failing(ZeroDivisionError()))
    around = Starlette(routes=[Mount("/clinic", house.app)])
    assert code(house.ask("GET", "/clinic/v1/services", around)) == (500, "INTERNAL_ERROR")


def test_its_lifespan_is_what_it_was_given() -> None:
    told: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        told.append("open")
        yield
        told.append("closed")

    async def lived() -> None:
        messages = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> MutableMapping[str, Any]:
            return {"type": next(messages)}

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(message["type"])

        await House(lifespan=lifespan).app({"type": "lifespan"}, receive, send)

    asyncio.run(lived())
    assert told == ["open", "lifespan.startup.complete", "closed", "lifespan.shutdown.complete"]
