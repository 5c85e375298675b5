"""Bad requests over a socket, byte for byte: a 4xx with a code, or a closed connection, and nothing is changed."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from .clinic import MONDAY
from .desk import BOOK, Desk, bad_fields
from .raw import ask, exchanged, request, sent_json, with_key
from .site import Site

BODY_BYTES_MAX = 64 * 1024


# --- Queries ----------------------------------------------------------------------------------------------------------

BAD_QUERIES = {
    "%": ["query"],
    "phone=%": ["query"],
    "phone=%2": ["query"],
    "phone=%zz": ["query"],
    "%zz=1": ["query"],
    "phone=%ff": ["query"],
    "phone=%ed%a0%80": ["query"],
    "phone=%00": ["phone"],
    "phone=": ["phone"],
    "phone": ["phone"],
    "phone=" + "n" * 10_000: ["phone"],
    "page=1&page=1": ["page"],
    "page=1&page=2": ["page"],
    "%70age=1&page=2": ["page"],
    "a=1&b=2": ["a", "b"],
    "org_id=other": ["org_id"],
    "phone[]=1": ["phone[]"],
    "page=0": ["page"],
    "page=-1": ["page"],
    "page=1.0": ["page"],
    "page=1e3": ["page"],
    "page=true": ["page"],
    "page=+1": ["page"],
    "page=%D9%A1": ["page"],
    "page=" + "9" * 5_000: ["page"],
    "limit=0": ["limit"],
    "limit=201": ["limit"],
    "status=CONFIRMED": ["status"],
    "session=morning": ["session"],
    "branch_id=nobody": ["branch_id"],
    "&".join(f"a{number}=1" for number in range(101)): ["query"],
}


@pytest.mark.parametrize("query", BAD_QUERIES, ids=lambda query: str(query[:20]))
def test_queries(desk: Desk, query: str) -> None:
    assert bad_fields(desk.asks(f"/v1/appointments?{query}")) == BAD_QUERIES[query]


def test_a_query_where_none_is_taken(desk: Desk) -> None:
    assert bad_fields(desk.asks("/v1/services?x=1")) == ["x"]
    assert bad_fields(desk.sends("POST", "/v1/appointments?x=1", json.dumps(desk.booking()).encode())) == ["x"]


def test_good_queries_are_read(desk: Desk) -> None:
    found = desk.asks(f"/v1/appointments?phone={quote(desk.clinic.phone)}&limit=1&page=1&date={MONDAY}")
    assert [each["appointment_id"] for each in found.json["data"]] == [desk.clinic.appointment]


# --- Paths, methods, heads --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        "nobody||2026-06-15",
        "{window}||2026-06-16",
        "{window}||2026-02-30",
        "{window}||2026-W25-1",
        "{window}||monday",
        "{window}||2026-06-15||nobody",
        "{window}||2026-06-15||{service}||more",
        "{window}||",
        "||2026-06-15",
        "||||",
        "{window}||2026-06-15||\0",
        "{window}||0001-01-01",
        "{window}||9999-12-31",
        "{window}' OR 1=1 --",
        "n" * 10_000,
    ],
    ids=lambda form: str(form[:40]).replace("\0", "NUL"),
)
def test_made_up_segments_of_a_slot(desk: Desk, form: str) -> None:
    slot_id = quote(form.format(window=desk.clinic.window, service=desk.clinic.service), safe="")

    reply = desk.sends("PATCH", f"/v1/appointment-slots/tracking/{slot_id}", b'{"max_slots": 3}')

    assert (reply.status, reply.code) in {(400, "VALIDATION_ERROR"), (404, "NOT_FOUND")}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/v1",
        "/V1/services",
        "/v1/services/",
        "/v1/appointments/",
        "//v1/services",
        "/v1//services",
        "/v1/./services",
        "/v1/x/../services",
        "/v1/appointments/%2e%2e",
        "/v1/appointments/a%2Fb",
        "/v1/appointments/%00",
        "/v1/appointments/%ff",
        "/v1/appointments/%zz",
        "/v1/appointments/%ed%a0%80",
        "/v1/appointments/" + "n" * 10_000,
        "/v1/services;x=1",
        "/v1/services%3fx=1",
        "/openapi.yaml",
        "/favicon.ico",
    ],
    ids=lambda path: str(path[:30]),
)
def test_paths_that_are_none(desk: Desk, path: str) -> None:
    reply = desk.asks(path)
    assert (reply.status, reply.code) in {(400, "VALIDATION_ERROR"), (404, "NOT_FOUND")}


def test_methods_that_a_path_does_not_take(desk: Desk) -> None:
    allowed = {
        "/v1/services": "GET, HEAD",
        "/v1/appointments": "POST, GET, HEAD",
        f"/v1/appointments/{desk.clinic.appointment}": "PATCH, GET, HEAD",
        "/v1/appointment-slots": "GET, POST, HEAD",
        "/v1/appointment-slots/x": "PATCH",
        "/v1/appointment-slots/x/disable": "POST",
        "/healthz": "GET, HEAD",
    }
    for path, allow in allowed.items():
        for method in ("DELETE", "PUT", "OPTIONS", "TRACE", "PROPFIND"):
            reply = ask(desk.port, method, path, with_key(desk.key))
            assert (reply.status, reply.code) == (405, "METHOD_NOT_ALLOWED"), (method, path)
            assert set(reply.headers["allow"].split(", ")) == set(allow.split(", ")), path


@pytest.mark.parametrize("method", ["BREW", "get", "GETGETGETGET", "G-T", "CONNECT", "PRI"])
def test_methods_that_are_none(desk: Desk, method: str) -> None:
    replies = exchanged(desk.port, request(method, "/v1/services", with_key(desk.key)), hangs_up=True)
    assert [reply.status for reply in replies if reply.status not in {400, 405}] == []


HEAD = "GET /v1/services HTTP/1.1\r\nHost: h\r\n"
POSTED = b"POST /v1/appointments HTTP/1.1\r\nHost: h\r\n"
BROKEN_HEADS = {
    "words": b"hello there\r\n\r\n",
    "zeros": bytes(1_000),
    "random bytes": bytes(range(256)) * 8,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9.9": b"GET /v1/services HTTP/9.9\r\nHost: h\r\n\r\n",
    "no version": b"GET /v1/services\r\n\r\n",
    "no colon": f"{HEAD}nothing\r\n\r\n".encode(),
    "NUL in a header": f"{HEAD}X: a\0b\r\n\r\n".encode(),
    "space before the colon": f"{HEAD}X : a\r\n\r\n".encode(),
    "a line of 200,000 bytes": f"{HEAD}X: {'n' * 200_000}\r\n\r\n".encode(),
    "a target of 200,000 bytes": f"GET /{'n' * 200_000} HTTP/1.1\r\nHost: h\r\n\r\n".encode(),
    "20,000 headers": (HEAD + "".join(f"X-{number}: a\r\n" for number in range(20_000)) + "\r\n").encode(),
    "raw bytes in the target": b"GET /v1/appointments/\xff\xfe HTTP/1.1\r\nHost: h\r\n\r\n",
    "raw bytes in the query": b"GET /v1/appointments?phone=\xff HTTP/1.1\r\nHost: h\r\n\r\n",
    "length below zero": POSTED + b"Content-Length: -1\r\n\r\n",
    "length in words": POSTED + b"Content-Length: ten\r\n\r\n",
    "length of 5,000 digits": POSTED + b"Content-Length: %b\r\n\r\n" % (b"9" * 5_000),
    "two lengths": POSTED + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "bad chunk": POSTED + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    "no slash": b"GET v1/services HTTP/1.1\r\nHost: h\r\n\r\n",
    "no host": b"GET /v1/services HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("kind", BROKEN_HEADS)
def test_what_is_hardly_http(desk: Desk, kind: str) -> None:
    """With the key, or it would be turned away for that."""
    sent = BROKEN_HEADS[kind].replace(b"Host: h\r\n", f"Host: h\r\nAuthorization: Bearer {desk.key}\r\n".encode())
    replies = exchanged(desk.port, sent, hangs_up=True)
    assert [reply.status for reply in replies if not 400 <= reply.status < 500] == []


def test_a_version_that_there_is_not_is_refused_by_every_server(desk: Desk) -> None:
    """Whoever does not hang up hears it: by the application, where the server's parser lets it pass."""
    head = f"GET /v1/services HTTP/9.9\r\nHost: h\r\nAuthorization: Bearer {desk.key}\r\nConnection: close\r\n\r\n"
    (reply,) = exchanged(desk.port, head.encode())
    assert reply.status == 400


def test_a_target_in_absolute_form_is_that_path_or_none(desk: Desk) -> None:
    reply = ask(desk.port, "GET", "http://elsewhere.example/v1/services", with_key(desk.key))
    assert reply.status in {200, 404}
    assert b"elsewhere" not in reply.body


def test_a_length_and_chunks_cannot_smuggle_a_request(desk: Desk) -> None:
    inner = request(*BOOK, **sent_json(desk.key, desk.booking()))
    outer = with_key(desk.key, Content_Length="5", Transfer_Encoding="chunked")
    replies = exchanged(desk.port, request("GET", "/v1/services", outer, b"0\r\n\r\n") + inner[:-1], hangs_up=True)
    assert [reply.status for reply in replies if reply.status >= 500] == []


# --- Connections ------------------------------------------------------------------------------------------------------


def test_pipelined_requests_are_answered_in_order(stored_site: Site) -> None:
    desk = Desk(stored_site, "pipelined")
    booked = sent_json(desk.key, desk.booking())
    again = sent_json(desk.key, desk.booking())
    sent = [
        request("GET", "/v1/services", with_key(desk.key)),
        request(*BOOK, **booked),
        request(*BOOK, **again),
        request("GET", "/v1/nothing", with_key(desk.key)),
        request("GET", "/v1/appointments", with_key(desk.key)),
    ]

    replies = exchanged(desk.port, b"".join(sent), awaited=len(sent))

    assert [reply.status for reply in replies] == [200, 201, 200, 404, 200]
    assert replies[1].json["appointment_id"] == replies[2].json["appointment_id"]
    assert replies[4].json["total"] == 2


def test_a_refused_body_does_not_disturb_the_next_request(desk: Desk) -> None:
    too_large = request(*BOOK, **sent_json(desk.key, desk.booking(notes="n" * BODY_BYTES_MAX)))
    wrong = request(*BOOK, with_key(desk.key, Content_Type="text/plain"), b"{}")
    good = request("GET", "/v1/services", {**with_key(desk.key), "Connection": "close"})

    assert [reply.status for reply in exchanged(desk.port, wrong, good)] == [415, 200]
    # After a body that was not read to its end a server may close, but not answer something else.
    assert [reply.status for reply in exchanged(desk.port, too_large, good)] in ([413, 200], [413])


def test_a_request_in_single_bytes(desk: Desk) -> None:
    sent = request("GET", "/v1/services", {**with_key(desk.key), "Connection": "close"})
    assert [reply.status for reply in exchanged(desk.port, *(bytes([byte]) for byte in sent))] == [200]
