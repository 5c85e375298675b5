"""Bad values and bad bodies over a socket: a 4xx with a code each, and nothing is changed by it."""

from __future__ import annotations

import gzip
import json
import socket

import pytest

from booking_engine.wire import ENDPOINTS

from .clinic import MONDAY, requests
from .desk import BOOK, WINDOWS, Desk, bad_fields
from .raw import ask, exchanged, request, with_key
from .site import Site

BODY_BYTES_MAX = 64 * 1024


def with_raw(body: dict[str, object], field: str, raw: str) -> bytes:
    """The body with one field written as given."""
    rest = {name: value for name, value in body.items() if name != field}
    return (json.dumps(rest)[:-1] + f', "{field}": {raw}}}').encode()


# --- Values -----------------------------------------------------------------------------------------------------------

BAD_TEXT = {
    "NUL": '"a\\u0000b"',
    "lone surrogate": '"a\\ud800b"',
    "empty": '""',
    "10,000 letters": '"' + "n" * 10_000 + '"',
    "true": "true",
    "number": "5",
    "list": '["a"]',
    "NaN": "NaN",
    "Infinity": "Infinity",
    "minus Infinity": "-Infinity",
    "1e400": "1e400",
    "5,000 digits": "9" * 5_000,
    "deep": "[" * 30 + "]" * 30,
}


@pytest.mark.parametrize("kind", BAD_TEXT)
@pytest.mark.parametrize("field", ["patient_name", "parent_phone", "external_reference_id", "branch_id", "notes"])
def test_texts(desk: Desk, field: str, kind: str) -> None:
    assert bad_fields(desk.sends(*BOOK, with_raw(desk.booking(), field, BAD_TEXT[kind]))) == [field]


BAD_NUMBERS = ("true", '"5"', "5.5", "5.0", "-1", "1e400", "NaN", "Infinity", "9" * 5_000, "1000001", "null", "[5]")


@pytest.mark.parametrize("raw", BAD_NUMBERS, ids=lambda raw: str(raw[:9]))
def test_numbers(desk: Desk, raw: str) -> None:
    assert bad_fields(desk.sends(*WINDOWS, with_raw(desk.window(), "ai_slots", raw))) == ["ai_slots"]


BAD_INSTANTS = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "2026-06-15T10:00:00+24:00",
    "2026-06-15T10:00:00-24:00",
    "2026-06-15T10:00:00",
    "2026-W25-1T10:00:00Z",
    "2026-166T10:00:00Z",
    "2026-06-15T24:00:00Z",
    "2026-06-30T23:59:60Z",
    "2026-06-15T10:00:00Z OR 1=1",
    "2026-06-15T10:00:00." + "0" * 10_000 + "Z",
    "",
)


@pytest.mark.parametrize("text", BAD_INSTANTS, ids=lambda text: str(text[:30]))
def test_instants(desk: Desk, text: str) -> None:
    update = f"/v1/appointments/{desk.clinic.appointment}"

    booked = desk.sends(*BOOK, json.dumps(desk.booking(appointment_date=text)).encode())
    moved = desk.sends("PATCH", update, json.dumps({"appointment_date": text}).encode())

    assert bad_fields(booked) == bad_fields(moved) == ["appointment_date"]


@pytest.mark.parametrize(
    "text",
    ["2026-W25-1", "2026-166", "20260615", "2026-02-30", "0001-01-01", "9999-12-31", "%00", "", "2026-06-15T00:00Z"],
)
def test_dates(desk: Desk, text: str) -> None:
    for path in ("/v1/appointments", "/v1/appointment-slots/availability", "/v1/appointment-slots/schedule-tracking"):
        assert bad_fields(desk.asks(f"{path}?date={text}"))[0] == "date"


GOOD_NAMES = ("آدي شارما", "\u202eAadhi\u202c", "e\u0301\u0302\u0303", "李小龙", "👩‍⚕️ Rao", "ನಿತ್ಯಾ", "n" * 200)


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("name", GOOD_NAMES, ids=ascii)
def test_names_of_any_script_are_taken(stored_site: Site, name: str, escaped: bool) -> None:
    desk = Desk(stored_site, "names")

    reply = desk.sends(*BOOK, json.dumps(desk.booking(patient_name=name), ensure_ascii=escaped).encode())

    assert reply.status == 201
    again = desk.asks(f"/v1/appointments/{reply.json['appointment_id']}").json["data"]["patient_name"]
    assert again == reply.json["data"]["patient_name"] != ""


# --- Bodies -----------------------------------------------------------------------------------------------------------

WHOLE_BODIES = {
    "duplicate keys": (b'{"status": "cancelled", "status": "confirmed"}', ["status"]),
    "no JSON": (b"status=cancelled", ["body"]),
    "half of it": (b'{"status": "cancelled"', ["body"]),
    "text behind it": (b'{"status": "cancelled"} x', ["body"]),
    "no object": (b'["cancelled"]', ["body"]),
    "null": (b"null", ["body"]),
    "nothing": (b"", ["body"]),
    "no field": (b"{}", ["body"]),
    "deep": (b'{"notes": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", ["body"]),
    "deep and open": (b"[" * 60_000, ["body"]),
    "UTF-16": ('{"notes": "x"}'.encode("utf-16"), ["body"]),
    "UTF-32": ('{"notes": "x"}'.encode("utf-32"), ["body"]),
    "Latin-1": (b'{"notes": "\xe9"}', ["body"]),
    "surrogates as bytes": (b'{"notes": "\xed\xa0\x80"}', ["body"]),
    "byte order mark": (b'\xef\xbb\xbf{"notes": "x"}', ["body"]),
    "bare NUL": (b'{"notes": "\x00"}', ["body"]),
    "unknown field": (b'{"status": "cancelled", "org_id": "other"}', ["org_id"]),
    "unknown field of half a character": (b'{"notes": "x", "\\ud800": 1}', ["?"]),
}


@pytest.mark.parametrize("kind", WHOLE_BODIES)
def test_whole_bodies(desk: Desk, kind: str) -> None:
    text, named = WHOLE_BODIES[kind]
    assert bad_fields(desk.sends("PATCH", f"/v1/appointments/{desk.clinic.appointment}", text)) == named


def chunked(body: bytes, size: int = 4096) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def padded(desk: Desk, size: int) -> bytes:
    body = json.dumps(desk.booking()).encode()
    return body[:-1] + b" " * (size - len(body)) + b"}"


def test_a_body_over_64_kib_is_refused_however_its_length_is_told(desk: Desk) -> None:
    body = padded(desk, BODY_BYTES_MAX + 1)
    told = desk.sends(*BOOK, body)
    in_chunks = desk.sends(*BOOK, chunked(body), Transfer_Encoding="chunked")
    # Before a single byte of it is sent; and one of 5,000 digits is no reason to fail.
    known = with_key(desk.key, Content_Type="application/json", Content_Length=str(1 << 40))
    (announced,) = exchanged(desk.port, request(*BOOK, known, b""), awaited=1)

    for reply in (told, in_chunks, announced):
        assert (reply.status, reply.code) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("in_chunks", [True, False])
def test_a_body_of_64_kib_is_taken(stored_site: Site, in_chunks: bool) -> None:
    desk = Desk(stored_site, "large")
    body = padded(desk, BODY_BYTES_MAX)

    reply = desk.sends(*BOOK, chunked(body), Transfer_Encoding="chunked") if in_chunks else desk.sends(*BOOK, body)

    assert reply.status == 201


def test_a_body_that_is_cut_off_is_no_request(desk: Desk) -> None:
    """What arrived would be booked, were it all."""
    body = json.dumps(desk.booking()).encode()
    known = with_key(desk.key, Content_Type="application/json")
    longer = request(*BOOK, {**known, "Content-Length": str(len(body) + 10)}, body)
    unfinished = request(*BOOK, {**known, "Transfer-Encoding": "chunked"}, chunked(body)[: -len(b"0\r\n\r\n")])

    for sent in (longer, unfinished, longer[: -len(body) // 2], request(*BOOK, known, body)[:40]):
        assert [reply.status for reply in exchanged(desk.port, sent, hangs_up=True) if reply.status != 400] == []


def test_a_body_that_arrived_and_then_was_cut_off_is_no_request(desk: Desk) -> None:
    """The server asks for the body, so that it is waiting for it when it comes, and then the goodbye does."""
    body = json.dumps(desk.booking()).encode()
    known = with_key(desk.key, Content_Type="application/json", Expect="100-continue")
    head = request(*BOOK, {**known, "Content-Length": str(len(body) + 1)})
    with socket.create_connection(("127.0.0.1", desk.port), 30) as connection:
        connection.sendall(head)
        assert connection.recv(1_024).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1_024) == b""


def test_a_body_that_is_longer_than_it_says_is_cut(desk: Desk) -> None:
    body = json.dumps(desk.booking()).encode()
    known = with_key(desk.key, Content_Type="application/json", Content_Length=str(len(body) - 10))

    (reply,) = exchanged(desk.port, request(*BOOK, known, body), awaited=1)

    # What is behind it is no request; a server may say so before it has answered the first.
    assert reply.status == 400


OTHER_KINDS: dict[str, dict[str, str]] = {
    "none": {"Content_Type": ""},
    "text": {"Content_Type": "text/plain"},
    "form": {"Content_Type": "application/x-www-form-urlencoded"},
    "parts": {"Content_Type": "multipart/form-data; boundary=x"},
    "like JSON": {"Content_Type": "application/json-patch+json"},
    "two": {"Content_Type": "application/json, text/plain"},
    "Latin-1": {"Content_Type": "application/json; charset=latin-1"},
    "UTF-16": {"Content_Type": "application/json; charset=utf-16"},
    "gzip": {"Content_Encoding": "gzip"},
    "brotli": {"Content_Encoding": "br"},
    "gzip in gzip": {"Content_Encoding": "gzip, gzip"},
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_bodies_of_another_kind(desk: Desk, kind: str) -> None:
    body = json.dumps(desk.booking()).encode()

    reply = desk.sends(*BOOK, gzip.compress(body) if "gzip" in kind else body, **OTHER_KINDS[kind])

    assert (reply.status, reply.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_without_any_content_type(desk: Desk) -> None:
    reply = ask(desk.port, *BOOK, with_key(desk.key), json.dumps(desk.booking()).encode())
    assert (reply.status, reply.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "Application/JSON"},
        {"Content_Type": "application/json; charset=utf-8"},
        {"Content_Type": 'application/json;charset="UTF-8"'},
        {"Content_Encoding": "identity"},
    ],
    ids=lambda headers: str(*headers.values()),
)
def test_json_by_another_spelling(stored_site: Site, headers: dict[str, str]) -> None:
    desk = Desk(stored_site, "spelling")
    assert desk.sends(*BOOK, json.dumps(desk.booking()).encode(), **headers).status == 201


def test_a_body_where_none_is_taken(desk: Desk) -> None:
    for name in ("config", "appointment", "availability", "disable_window", "regenerate"):
        good = requests(desk.clinic)[name]
        endpoint = ENDPOINTS[name]
        target = endpoint.path.replace(f"{{{endpoint.path_parameter}}}", str(good.path))
        target += f"?date={MONDAY}" if name == "availability" else ""
        assert bad_fields(desk.sends(endpoint.method, target, b'{"a": 1}')) == ["a"], name
        assert bad_fields(desk.sends(endpoint.method, target, b"[]")) == ["body"], name
