"""The application, asked without a server between: who is let in, what each answer carries, what is written down."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Mount

from booking_engine import (
    AddBranch,
    AddService,
    AsyncBookingEngine,
    Channel,
    ConfigureOrganisation,
    CreateWindow,
    OutcomeUnknown,
    SchemaError,
    Session,
    StoreError,
    Weekday,
)
from booking_engine.access import new_key
from booking_engine.adapters.http import Principal, Rate, by_api_key, create_app
from booking_engine.adapters.http.observing import ACCESS_LOG
from booking_engine.adapters.memory import AsyncMemoryKeys, AsyncMemoryStore
from booking_engine.wire import ENDPOINTS, Scope

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


@pytest.mark.parametrize("text", ["", "42", "+919876543210", "0b5f4f0e-6c2e-4c39-9c55", "a" * 10_000, "\xe9" * 32])
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


# --- When something breaks --------------------------------------------------------------------------------------------


def failing(fault: Exception) -> Callable[..., Any]:
    async def fail(*_: object) -> Any:
        raise fault

    return fail


@pytest.mark.parametrize("fault", [StoreError("away"), SchemaError("old"), OutcomeUnknown("c1")], ids=repr)
def test_a_store_that_fails_is_503_and_when_to_come_back(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    house = House()
    monkeypatch.setattr(house.engine, "execute", failing(fault))

    response = house.ask("GET", "/v1/services")

    assert code(response) == (503, "SERVICE_UNAVAILABLE")
    assert response.headers["retry-after"] == "1"
    assert response.json()["error"]["transient"] is True


def test_a_crash_is_500_and_is_written_down_once_with_the_requests_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house, own = House(), str(uuid.uuid4())
    monkeypatch.setattr(house.engine, "execute", failing(ZeroDivisionError("of Aadhi")))

    with caplog.at_level(logging.INFO):
        response = house.ask("GET", "/v1/services", headers={"X-Request-ID": own})

    assert code(response) == (500, "INTERNAL_ERROR")
    assert response.headers["x-request-id"] == own
    assert "Aadhi" not in response.text + caplog.text
    (fault,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert fault.getMessage().startswith(f"Request {own} failed.\n")
    assert fault.getMessage().endswith("\nbuiltins.ZeroDivisionError")
    assert __file__ in fault.getMessage()
    (line,) = access_lines(caplog)
    assert (line["status"], line["code"]) == (500, "INTERNAL_ERROR")


def test_whoever_authenticates_may_fail_too() -> None:
    assert code(House(failing(StoreError("away"))).ask("GET", "/v1/services")) == (503, "SERVICE_UNAVAILABLE")
    assert code(House(failing(KeyError("x"))).ask("GET", "/v1/services")) == (500, "INTERNAL_ERROR")


def test_an_answer_that_cannot_be_sent_is_not_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    house, sent = House(), list[str]()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            raise OSError("gone")

    asyncio.run(house.app(scope(), receiving(), send))

    assert sent == ["http.response.start", "http.response.body"]
    assert "builtins.OSError" in caplog.text


# --- Bodies that do not arrive ----------------------------------------------------------------------------------------


def scope(method: str = "GET", path: str = "/v1/services", **headers: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }


def receiving(*messages: Mapping[str, Any]) -> Callable[[], Awaitable[MutableMapping[str, Any]]]:
    coming = iter(messages)

    async def receive() -> MutableMapping[str, Any]:
        return dict(next(coming, {"type": "http.request"}))

    return receive


def test_who_hangs_up_is_not_answered_and_books_nothing(caplog: pytest.LogCaptureFixture) -> None:
    house, sent = House(), list[object]()

    async def send(message: object) -> None:
        sent.append(message)

    async def hung_up() -> int:
        await house.set_up()
        begun = {"type": "http.request", "body": json.dumps(BOOKING).encode(), "more_body": True}
        asked = scope("POST", "/v1/appointments", content_type="application/json")
        await house.app(asked, receiving(begun, {"type": "http.disconnect"}), send)
        return (await house.engine.appointments()).total

    with caplog.at_level(logging.INFO, ACCESS_LOG):
        assert asyncio.run(hung_up()) == 0
    assert sent == []
    assert [line["status"] for line in access_lines(caplog)] == [499]


def test_a_body_in_many_pieces_is_one() -> None:
    house, sent = House(), list[Any]()

    async def send(message: Any) -> None:
        sent.append(message)

    async def in_pieces() -> None:
        await house.set_up()
        body = json.dumps(BOOKING).encode()
        pieces = [{"type": "http.request", "body": bytes([byte]), "more_body": True} for byte in body]
        asked = scope("POST", "/v1/appointments", content_type="application/json")
        await house.app(asked, receiving(*pieces, {"type": "http.request"}), send)

    asyncio.run(in_pieces())
    assert sent[0]["status"] == 201


def test_a_body_over_the_limit_is_not_read_to_its_end() -> None:
    house, sent, read = House(), list[Any](), list[int]()

    async def send(message: Any) -> None:
        sent.append(message)

    async def endless() -> MutableMapping[str, Any]:
        read.append(1)
        assert len(read) < 100
        return {"type": "http.request", "body": b" " * 1024, "more_body": True}

    asyncio.run(house.app(scope("POST", "/v1/appointments"), endless, send))

    assert sent[0]["status"] == 413
    assert len(read) == 65  # 64 KiB and the piece that is too much


# --- What is written down ---------------------------------------------------------------------------------------------


def access_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == ACCESS_LOG]


def test_one_line_tells_who_what_and_how_it_ended(caplog: pytest.LogCaptureFixture) -> None:
    house, own = House(), str(uuid.uuid4())
    with caplog.at_level(logging.INFO, ACCESS_LOG):
        house.ask("GET", "/v1/appointments/appt_unknown", headers={"X-Request-ID": own})

    (line,) = access_lines(caplog)
    assert line.pop("ms") >= 0
    assert line == {
        "request_id": own,
        "method": "GET",
        "route": "/v1/appointments/{appointment_id}",
        "status": 404,
        "code": "NOT_FOUND",
        "org_id": "clinic",
        "principal": "desk",
    }


def test_what_is_not_known_of_a_request_is_not_written(caplog: pytest.LogCaptureFixture) -> None:
    async def nobody(_: HTTPConnection) -> Principal | None:
        return None

    house = House(nobody)
    with caplog.at_level(logging.INFO, ACCESS_LOG):
        house.ask("GET", "/v1/services")
        house.ask("PATIENT-AADHI", "/of/aadhi")
        house.ask("GET", "/healthz")

    told = [[line[name] for name in ("method", "route", "status", "code", "org_id")] for line in access_lines(caplog)]
    assert told == [
        ["GET", "/v1/services", 401, "UNAUTHORIZED", None],
        ["OTHER", "", 404, "NOT_FOUND", None],
        ["GET", "/healthz", 200, None, None],
    ]


def test_nothing_is_written_for_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, ACCESS_LOG):
        House().ask("GET", "/v1/services")
    assert access_lines(caplog) == []


def test_metrics_count_by_route_status_and_code() -> None:
    house = House(metrics=True)
    for method, path in (("GET", "/v1/services"), ("GET", "/v1/appointments/x"), ("GET", "/v1/appointments/y")):
        house.ask(method, path)
    house.ask("DELETE", "/v1/appointments/x")

    response = house.ask("GET", "/metrics")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    route = 'route="/v1/appointments/{appointment_id}"'
    for line in (
        'booking_engine_requests_total{code="",method="GET",route="/v1/services",status="200"} 1.0',
        f'booking_engine_requests_total{{code="NOT_FOUND",method="GET",{route},status="404"}} 2.0',
        'booking_engine_requests_total{code="METHOD_NOT_ALLOWED",method="DELETE",route="",status="405"} 1.0',
        f'booking_engine_request_seconds_count{{method="GET",{route}}} 2.0',
        'booking_engine_request_seconds_bucket{le="+Inf",method="GET",route="/v1/services"} 1.0',
    ):
        assert line in response.text.splitlines()


def test_two_applications_count_apart() -> None:
    one, other = House(metrics=True), House(metrics=True)
    one.ask("GET", "/v1/services")
    assert "/v1/services" not in other.ask("GET", "/metrics").text


IN_ANOTHER_PROCESS = """
import asyncio, httpx
from booking_engine.adapters.http import create_app
async def asked():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(None, None, metrics=True))) as client:
        await client.get("http://desk/healthz")
asyncio.run(asked())
"""


def test_processes_that_share_a_directory_answer_with_their_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for _ in range(2):
        subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS], check=True)

    text = House(metrics=True).ask("GET", "/metrics").text

    assert 'booking_engine_requests_total{code="",method="GET",route="/healthz",status="200"} 2.0' in text


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
