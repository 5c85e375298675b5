"""What patients say, and keys, are found in no log record, in no error's body and in no metric."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from booking_engine import AsyncBookingEngine, StoreError
from booking_engine.adapters.http.observing import ACCESS_LOG
from booking_engine.rules.shape_table import SHAPES
from booking_engine.wire import ENDPOINTS, Endpoint
from booking_engine.wire.asking import Takes

from .clinic import Clinic, requests
from .raw import Reply, exchanged, request, with_key
from .site import Site

PHONE, NAME, NOTES = "+999123456789", "Canary Yellowbird", "sings at dawn"
SECRETS = ("999123456789", "yellowbird", "dawn")
_numbers = itertools.count()


def found_in(text: str, *keys: str) -> list[str]:
    """Which of the secrets stand in a text, the secret parts of keys among them."""
    parts = [part for key in keys for part in (key, key.rpartition("_")[2])]
    return [secret for secret in (*SECRETS, *parts) if secret in text.casefold()]


SPOILT: tuple[Callable[[str], object], ...] = (
    lambda text: text,
    lambda text: f"{text}\0",
    lambda text: f"{text}\ud800",
    lambda text: text * 400,
    lambda text: [text],
)


def values() -> Iterator[object]:
    """The canaries, as they are and spoilt."""
    for text, spoil in itertools.product((PHONE, NAME, NOTES), SPOILT):
        yield spoil(text)


def fields(endpoint: Endpoint) -> list[str]:
    words = {own: word for word, own in endpoint.asking.names.items()}
    return [words.get(field.name, field.name) for field in SHAPES[endpoint.asking.kind].fields if field.in_body]


class Watched:
    """A clinic whose every reply and record of the log is looked through."""

    def __init__(self, site: Site, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        for name in (ACCESS_LOG, "booking_engine", "uvicorn", "uvicorn.error", "uvicorn.asgi"):
            caplog.set_level(logging.DEBUG, name)
        self.site, self.clinic = site, Clinic(site, f"canary-{next(_numbers)}")
        self.key, self._caplog, self.statuses = site.key(self.clinic.org_id), caplog, set[int]()
        caplog.clear()

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply | None:
        """Send a request; what comes back tells no secret, unless it succeeded."""
        sent = request(method, target, {**headers, "Connection": "close"}, body)
        replies = exchanged(self.site.port, sent)
        for reply in replies:
            self.statuses.add(reply.status)
            head = " ".join(f"{name}: {value}" for name, value in reply.headers.items())
            assert found_in(head, self.key) == [], target
            if reply.status >= 400:
                assert found_in(reply.body.decode(), self.key) == [], (target, body)
        return replies[0] if replies else None

    def is_silent(self, at_least: int) -> None:
        """So many requests were written down, and nothing that stands in the log or in the metrics is a secret."""
        records = [record for record in self._caplog.records if record.name == ACCESS_LOG]
        assert len(records) >= at_least
        told = [
            f"{logging.Formatter('%(name)s %(message)s').format(record)} {record.__dict__!r}"
            for record in self._caplog.records
        ]
        assert [text for text in told if found_in(text, self.key)] == []
        reply = exchanged(self.site.port, request("GET", "/metrics", {"Connection": "close"}))[0]
        assert reply.status == 200
        assert b"booking_engine_requests_total" in reply.body
        assert found_in(reply.body.decode(), self.key) == []


@pytest.fixture
def watched(site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Watched:
    # Whole URLs are in it: where this is served, it is off. Here pytest gives it a handler, which turns it on again.
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "disabled", True)
    return Watched(site, caplog)


@pytest.mark.parametrize("name", [name for name, each in ENDPOINTS.items() if each.asking.takes is Takes.BODY])
def test_bodies(watched: Watched, name: str) -> None:
    endpoint, sent = ENDPOINTS[name], 0
    good = requests(watched.clinic)[name]
    target = endpoint.path.replace(f"{{{endpoint.path_parameter}}}", quote(good.path or "", safe=""))
    headers = with_key(watched.key, Content_Type="application/json")
    for field, value in itertools.product(fields(endpoint), values()):
        body = json.dumps({**(good.body or {}), field: value}).encode()
        watched.send(endpoint.method, target, headers, body)
        sent += 1
    assert {400} <= watched.statuses <= {200, 201, 400, 404, 409, 422}
    watched.is_silent(sent)


@pytest.mark.parametrize("name", [name for name, each in ENDPOINTS.items() if each.asking.takes is Takes.QUERY])
def test_queries(watched: Watched, name: str) -> None:
    endpoint, sent = ENDPOINTS[name], 0
    headers = with_key(watched.key)
    for field, text in itertools.product(fields(endpoint), (PHONE, NAME, NOTES)):
        for value in (quote(text), f"{quote(text)}%00", f"{quote(text)}%ff", f"{quote(text)}%", text.replace(" ", "+")):
            watched.send(endpoint.method, f"{endpoint.path}?{field}={value}", headers)
            watched.send(endpoint.method, f"{endpoint.path}?{field}={value}&{field}={value}", headers)
            sent += 2
    assert {400} <= watched.statuses <= {200, 400, 422}
    watched.is_silent(sent)


def test_paths(watched: Watched) -> None:
    headers, sent = with_key(watched.key, Content_Type="application/json"), 0
    for endpoint, text in itertools.product(ENDPOINTS.values(), (PHONE, NAME, NOTES)):
        good = requests(watched.clinic)[endpoint.name]
        body = None if good.body is None else json.dumps(good.body).encode()
        for part in (quote(text), f"{quote(text)}%00", f"{quote(text)}||2026-06-15", f"{quote(text)}/{quote(text)}"):
            target = endpoint.path.replace(f"{{{endpoint.path_parameter}}}", part)
            target = target if endpoint.path_parameter else f"{endpoint.path}/{part}"
            watched.send(endpoint.method, target.replace("|", "%7C"), headers, body)
            sent += 1
    assert {400, 404} <= watched.statuses <= {400, 404, 405}
    watched.is_silent(sent)


def test_headers(watched: Watched) -> None:
    good = requests(watched.clinic)["book"]
    body = json.dumps(good.body).encode()
    headers, sent = with_key(watched.key, Content_Type="application/json"), 0
    names = ("X-Request-ID", "Authorization", "Idempotency-Key", "If-Match", "Content-Type", "Content-Encoding", "Host")
    for name, text in itertools.product((*names, "User-Agent", "Referer", "Cookie", "X-Forwarded-For"), (PHONE, NAME)):
        watched.send("POST", "/v1/appointments", {**headers, name: text}, body)
        watched.send("GET", "/v1/services", {**headers, name: text})
        sent += 2
    for authorization in (f"Bearer {PHONE}", f"Bearer {watched.key}x", f"Basic {watched.key}", f"{watched.key}"):
        watched.send("GET", "/v1/services", {"Authorization": authorization})
        sent += 1
    # A key in a place where it does not belong.
    watched.send("GET", f"/v1/services?key={watched.key}", headers)
    watched.send("GET", f"/v1/appointments/{watched.key}", headers)
    watched.send("GET", "/v1/services", {**headers, "X-Request-ID": watched.key})
    assert {401, 415} <= watched.statuses <= {200, 201, 400, 401, 404, 409, 415, 422}
    watched.is_silent(sent + 3)


def test_malformed_bodies_and_requests(watched: Watched) -> None:
    headers = with_key(watched.key, Content_Type="application/json")
    bodies = (
        f'{{"patient_name": "{NAME}", "parent_phone": "{PHONE}"',
        f'{{"notes": "{NOTES}", "notes": "{NOTES}"}}',
        f"patient_name={NAME}",
        f'"{NAME}"',
        f'["{PHONE}"]',
        f'{{"parent_phone": {PHONE}}}',
        f'{{"parent_phone": {PHONE[1:]}}}',
        f'{{"notes": "{NOTES}" "{NAME}"}}',
    )
    for body in bodies:
        for encoded in (body.encode(), body.encode("utf-16"), body.encode() + b"\xff", body.encode() * 2_000):
            watched.send("POST", "/v1/appointments", headers, encoded)
    for line in (f"BOOK-{PHONE[1:]}", f"{PHONE[1:]}"):
        watched.send(line, "/v1/appointments", headers)
    for sent in (f"{NAME} {PHONE}\r\n\r\n", f"GET /{PHONE} HTTP/9.9\r\n\r\n", f"GET / HTTP/1.1\r\n{NAME}\r\n\r\n"):
        for reply in exchanged(watched.site.port, sent.encode(), hangs_up=True):
            assert found_in(reply.body.decode()) == []
    assert {400, 413} <= watched.statuses <= {400, 405, 413}
    watched.is_silent(4 * len(bodies))


# --- When something breaks --------------------------------------------------------------------------------------------


class Broken:
    """A store whose every method fails, and says of whom it was asked."""

    def __init__(self, fail: Callable[[], None]) -> None:
        self._fail = fail

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, None]]:
        async def failing(*_: object) -> None:
            self._fail()

        return failing


def says_too_much() -> None:
    raise RuntimeError(f"row contains ({NAME}, {PHONE}, {NOTES})")


def is_away() -> None:
    try:
        says_too_much()
    except RuntimeError as fault:
        raise StoreError("The store is away.") from fault


def is_away_in_the_meantime() -> None:
    try:
        says_too_much()
    except RuntimeError:
        raise StoreError("The store is away.")  # noqa: B904 (the fault is its context)


def is_buggy() -> None:
    try:
        {NAME: 1}[PHONE]
    except KeyError as fault:
        raise ValueError(f"no {PHONE}") from fault


@pytest.mark.parametrize(
    ("fail", "status", "code", "written"),
    [
        (is_away, 503, "SERVICE_UNAVAILABLE", "StoreError: The store is away."),
        (is_away_in_the_meantime, 503, "SERVICE_UNAVAILABLE", "StoreError: The store is away."),
        (says_too_much, 500, "INTERNAL_ERROR", "builtins.RuntimeError"),
        (is_buggy, 500, "INTERNAL_ERROR", "builtins.ValueError"),
    ],
)
def test_a_store_that_fails(
    watched: Watched,
    caplog: pytest.LogCaptureFixture,
    fail: Callable[[], None],
    status: int,
    code: str,
    written: str,
) -> None:
    engine = AsyncBookingEngine(Broken(fail))  # type: ignore[arg-type]
    sent = requests(watched.clinic)
    watched.site.engines[watched.clinic.org_id] = engine
    for name, good in sent.items():
        reply = good.send(watched.site, watched.key)
        assert (reply.status, reply.code) == (status, code), name
        assert found_in(reply.body.decode(), watched.key) == []
        assert reply.headers.get("retry-after") == ("1" if status == 503 else None)
    faults = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(faults) == len(sent)
    assert all(record.name.startswith("booking_engine.") for record in faults)  # the server has nothing to add
    for record in faults:
        told = record.getMessage()
        assert written in told
        assert f"in {fail.__name__}" in told  # where it happened can be found
    watched.is_silent(len(sent))
