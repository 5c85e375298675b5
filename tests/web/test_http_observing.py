"""When something breaks or does not arrive, and what is written down of a request."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from booking_engine import (
    OutcomeUnknown,
    SchemaError,
    StoreError,
)
from booking_engine.adapters.http import Principal
from booking_engine.adapters.http.faults import write_fault
from booking_engine.adapters.http.observing import ACCESS_LOG

from .house import BOOKING, House, access_lines, code, failing

# --- When something breaks --------------------------------------------------------------------------------------------


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
    assert ", in fail\n" in fault.getMessage()
    (line,) = access_lines(caplog)
    assert (line["status"], line["code"]) == (500, "INTERNAL_ERROR")


def test_whoever_authenticates_may_fail_too() -> None:
    assert code(House(failing(StoreError("away"))).ask("GET", "/v1/services")) == (503, "SERVICE_UNAVAILABLE")
    assert code(House(failing(KeyError("x"))).ask("GET", "/v1/services")) == (500, "INTERNAL_ERROR")


def told(fault: Exception, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The exceptions of which a record tells, without the places in the code."""
    write_fault(logging.getLogger("booking_engine.test"), "It failed.", fault)
    first, *lines = caplog.messages[-1].splitlines()
    assert first == "It failed."
    return [line for line in lines if not line.startswith(" ")]


def test_each_fault_of_a_chain_is_told_and_only_our_own_say_something(caplog: pytest.LogCaptureFixture) -> None:
    away, bug, other = StoreError("The store is away."), KeyError("Aadhi"), OSError("Meena")
    bug.__cause__, away.__context__ = away, other
    assert told(bug, caplog) == [
        "builtins.OSError",
        "which led to:",
        "booking_engine.errors.StoreError: The store is away.",
        "which led to:",
        "builtins.KeyError",
    ]
    away.__suppress_context__ = True  # raise … from None
    assert told(away, caplog) == ["booking_engine.errors.StoreError: The store is away."]


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
        "http_version": "1.1",
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


@pytest.mark.parametrize("has_begun", [False, True])
def test_who_is_cut_off_when_the_server_ends_is_told_to_come_back(
    has_begun: bool, caplog: pytest.LogCaptureFixture
) -> None:
    house, sent = House(), list[Any]()

    async def cut_off() -> None:
        waiting = asyncio.Event()

        async def wait() -> None:
            waiting.set()
            await asyncio.get_running_loop().create_future()

        async def receive() -> MutableMapping[str, Any]:
            await wait()
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)
            if has_begun:
                await wait()

        asked = scope() if has_begun else scope("POST", "/v1/appointments", content_type="application/json")
        request = asyncio.ensure_future(house.app(asked, receiving() if has_begun else receive, send))
        await waiting.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    with caplog.at_level(logging.INFO, ACCESS_LOG):
        asyncio.run(cut_off())
    if has_begun:
        assert [message["type"] for message in sent] == ["http.response.start"]
    else:
        assert (b"retry-after", b"1") in sent[0]["headers"]
        assert json.loads(sent[1]["body"])["error"]["code"] == "SERVICE_UNAVAILABLE"
        assert [(line["status"], line["code"]) for line in access_lines(caplog)] == [(503, "SERVICE_UNAVAILABLE")]


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
        f'booking_engine_requests_total{{code="METHOD_NOT_ALLOWED",method="DELETE",{route},status="405"}} 1.0',
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
    # The package looks at the directory when it is imported: this process only reads what the others wrote there.
    importlib.import_module("prometheus_client")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for _ in range(2):
        subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS], check=True)

    text = House(metrics=True).ask("GET", "/metrics").text

    assert 'booking_engine_requests_total{code="",method="GET",route="/healthz",status="200"} 2.0' in text
