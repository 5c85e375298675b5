"""If-Match and ETag, and Idempotency-Key: what the headers mean, and what is said about bad ones (SPEC P2, P3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_clinic import CHECKUP, MONDAY, Clinic, bad_fields, booking, window

from booking_engine import AsyncBookingEngine, Rejection
from booking_engine.adapters.memory import AsyncMemoryStore
from booking_engine.domain.problem import FieldProblem
from booking_engine.wire import ENDPOINTS, Answer, Headers, answer_with, answer_with_async, read_headers
from booking_engine.wire.headers import etag, wanted_versions

FIRST = "appt_0006"


def busy() -> Clinic:
    clinic = Clinic(window())
    assert clinic.send("book", booking()).body["appointment_id"] == FIRST
    return clinic


def send(clinic: Clinic, name: str, body: object = None, headers: Headers | None = None, **path: Any) -> Answer:
    return answer_with(clinic.engine, ENDPOINTS[name], path, None, body, headers=headers or Headers())


def change(clinic: Clinic, if_match: str, **fields: object) -> Answer:
    return send(clinic, "update", fields or {"notes": "new"}, Headers(if_match), appointment_id=FIRST)


# --- Reading headers ------------------------------------------------------------------------------------------------


def test_headers_are_found_whatever_the_case_and_the_kind() -> None:
    assert read_headers([]) == Headers()
    assert read_headers([("Accept", "*/*"), ("IF-match", '"a"'), ("idempotency-KEY", "k")]) == Headers('"a"', "k")
    assert read_headers(
        [(b"if-match", b'"a"'), (b"idempotency-key", "schlüssel".encode()), (b"\xff", b"\xff")]
    ) == Headers('"a"', "schlüssel")


def test_a_list_may_be_sent_in_parts_and_a_key_may_not() -> None:
    assert read_headers([("If-Match", '"a"'), ("If-Match", '"b", "c"')]) == Headers('"a", "b", "c"')

    refused = read_headers([(b"Idempotency-Key", b"a"), (b"If-Match", b"\xff"), (b"Idempotency-Key", b"a")])

    assert isinstance(refused, Rejection)
    assert refused.fields == (
        FieldProblem("If-Match", "is not UTF-8 text", "send ASCII, or UTF-8"),
        FieldProblem("Idempotency-Key", "is given twice", "send each key once"),
    )


def test_a_key_is_in_no_repr() -> None:
    assert repr(Headers("*", "secret")) == "Headers(if_match='*')"


# --- Tags -----------------------------------------------------------------------------------------------------------

OURS = [etag(FIRST, version) for version in range(5)]


def test_tags_are_strong_and_quoted_and_of_one_record_at_one_version() -> None:
    tags = {etag(record, version) for record in ("a", "b", "é", "\ud800") for version in (1, 2, 11, 10**17)}

    assert len(tags) == 16
    assert all(tag[0] == tag[-1] == '"' and tag[1:-1].replace("-", "").isalnum() for tag in tags)
    assert etag(FIRST, 3) == '"3-c40aa26e55736a50"'


@pytest.mark.parametrize(
    ("if_match", "versions"),
    [
        ("*", None),
        (" *\t", None),
        (OURS[2], (2,)),
        (f"  {OURS[2]}\t", (2,)),
        (f"{OURS[2]},{OURS[4]}", (2, 4)),
        (f", ,\t{OURS[2]} , ,{OURS[4]},", (2, 4)),
        (f"W/{OURS[2]}", ()),
        (f"W/{OURS[2]}, {OURS[3]}", (3,)),
        (etag("another", 2), ()),
        ('"a,b", "", "\u00e9!#"', ()),
        (OURS[0], ()),
        (OURS[2].replace("2-", "02-"), ()),
        (OURS[2].replace("2-", "٢-"), ()),
        (OURS[2].replace("2-", f"{10**18}-"), ()),
        (OURS[2].upper().replace('"', '"x', 1), ()),
    ],
    ids=range(15),
)
def test_which_versions_a_header_admits(if_match: str, versions: tuple[int, ...] | None) -> None:
    assert wanted_versions(if_match, FIRST) == versions


@pytest.mark.parametrize(
    "if_match",
    [
        "",
        " ",
        ",",
        "3",
        OURS[2][1:],
        OURS[2][:-1],
        OURS[2].strip('"'),
        OURS[1] + OURS[2],
        f"{OURS[1]} {OURS[2]}",
        f"{OURS[1]};{OURS[2]}",
        f"w/{OURS[1]}",
        f"W/ {OURS[1]}",
        f"*, {OURS[1]}",
        f"{OURS[1]}, *",
        "**",
        f"{OURS[1]}\n",
        '"a b"',
        '"a\x7f"',
        '"' * 5,
        "," * 10_000 + "x",
        '"' + "a" * 60_000,
    ],
    ids=range(21),
)
def test_what_is_no_list_of_tags_is_named(if_match: str) -> None:
    clinic = busy()
    before = clinic.state()

    answer = change(clinic, if_match)

    assert bad_fields(answer) == ["If-Match"]
    [problem] = answer.body["error"]["fields"]
    assert problem["problem"] == "is not * or a list of entity tags"
    assert problem["hint"] == "send the ETag of the record as it was given"
    assert clinic.state() == before


@given(st.text(max_size=40) | st.text(' \t,*W/"-0123456789abcdef', max_size=40), st.text(max_size=5))
def test_any_text_is_read_or_refused(if_match: str, record_id: str) -> None:
    versions = wanted_versions(if_match, record_id)

    assert versions is None or isinstance(versions, FieldProblem) or versions == ()


# --- ETag and If-Match ----------------------------------------------------------------------------------------------


def test_one_appointment_is_answered_with_its_tag() -> None:
    clinic = Clinic(window())

    booked = clinic.send("book", booking(external_reference_id="crm-1"))
    again = clinic.send("book", booking(external_reference_id="crm-1"))
    shown = clinic.send("appointment", appointment_id=FIRST)
    updated = clinic.send("update", {"notes": "x"}, appointment_id=FIRST)
    repeated = clinic.send("update", {"notes": "x"}, appointment_id=FIRST)
    replayed = clinic.send("book", booking(external_reference_id="crm-1"))

    tags = [answer.etag for answer in (booked, again, shown, updated, repeated, replayed)]
    assert tags == [OURS[1], OURS[1], OURS[1], OURS[2], OURS[2], OURS[2]]


def test_one_window_is_answered_with_its_tag_which_is_in_its_body_too() -> None:
    clinic = Clinic()

    created = clinic.send("create_window", window())
    edited = clinic.send("update_window", {"ai_slots": 1}, slot_id=f"id-5||{MONDAY}")
    disabled = clinic.send("disable_window", slot_id="id-5")
    again = clinic.send("disable_window", slot_id="id-5")

    answers = (created, edited, disabled, again)
    assert [answer.etag for answer in answers] == [etag("id-5", version) for version in (1, 2, 3, 3)]
    assert [answer.body["data"]["etag"] for answer in answers] == [answer.etag for answer in answers]
    assert clinic.send("windows").body["data"][0]["etag"] == again.etag


def test_other_answers_have_no_tag() -> None:
    clinic = busy()
    sent: dict[str, Answer] = {
        "override_tracking": clinic.send("override_tracking", {"ai_slots": 1}, slot_id=f"id-5||{MONDAY}||{CHECKUP}"),
        "availability": clinic.send("availability", query={"date": MONDAY}),
        "history": clinic.send("history", appointment_id=FIRST),
        "refused": clinic.send("appointment", appointment_id="appt_nobody"),
        **{name: clinic.send(name) for name in ("appointments", "windows", "config", "services", "regenerate")},
    }

    assert {name: answer.etag for name, answer in sent.items() if answer.etag is not None} == {}
    assert [answer.status for answer in sent.values()].count(200) == len(sent) - 1


@pytest.mark.parametrize("if_match", ["*", OURS[1], f'"other", W/"weak", {OURS[1]}'])
def test_an_appointment_is_changed_as_it_was_seen(if_match: str) -> None:
    answer = change(busy(), if_match)

    assert (answer.status, answer.etag, answer.body["data"]["notes"]) == (200, OURS[2], "new")


@pytest.mark.parametrize(
    "if_match", [OURS[2], OURS[0], f"W/{OURS[1]}", '"1"', etag("appt_another", 1), etag("id-5", 1)]
)
def test_an_appointment_that_moved_on_is_not_changed(if_match: str) -> None:
    clinic = busy()
    before = clinic.state()

    answer = change(clinic, if_match)

    assert (answer.status, answer.etag) == (412, None)
    assert answer.body == {
        "success": False,
        "error": {
            "code": "PRECONDITION_FAILED",
            "message": "The appointment is at another version than the one asked for: look at it again.",
            "transient": False,
        },
    }
    assert clinic.state() == before


def test_a_window_is_changed_as_it_was_seen() -> None:
    clinic = busy()
    seen, later = Headers(etag("id-5", 1)), Headers(etag("id-5", 2))

    edited = send(clinic, "update_window", {"ai_slots": 1}, seen, slot_id=f"id-5||{MONDAY}||{CHECKUP}")
    stale = send(clinic, "update_window", {"ai_slots": 2}, seen, slot_id="id-5")
    not_closed = send(clinic, "disable_window", None, seen, slot_id="id-5")
    closed = send(clinic, "disable_window", {}, later, slot_id="id-5")

    assert [answer.status for answer in (edited, stale, not_closed, closed)] == [200, 412, 412, 200]
    assert stale.body["error"]["message"] == "The slot is at another version than the one asked for: look at it again."
    assert (closed.body["data"]["ai_slots"], closed.body["data"]["status"]) == (1, "CLOSED")


def test_what_is_not_there_is_not_found_whatever_was_seen() -> None:
    clinic = busy()

    for if_match in ("*", OURS[1]):
        unknown = send(clinic, "update", {"notes": "x"}, Headers(if_match), appointment_id="appt_nobody")
        assert (unknown.status, unknown.body["error"]["code"]) == (404, "NOT_FOUND")


def test_bad_headers_and_bad_fields_are_named_together() -> None:
    answer = change(busy(), "1", notes="", status="gone")

    assert bad_fields(answer) == ["If-Match", "status", "notes"]
    assert bad_fields(send(busy(), "update", [], Headers("1"), appointment_id=FIRST)) == ["If-Match", "body"]
    assert bad_fields(send(busy(), "update", {"notes": "x"}, Headers(OURS[1]))) == ["appointment_id"]
    assert bad_fields(send(busy(), "update", {"notes": "x"}, Headers(OURS[1]), appointment_id=5)) == ["appointment_id"]


def test_nobody_sends_the_version_in_the_body() -> None:
    assert bad_fields(busy().send("update", {"notes": "x", "if_version": 1}, appointment_id=FIRST)) == ["if_version"]


EDITS = {"update", "update_window", "disable_window"}
BODIES: dict[str, object] = {
    "book": booking(parent_phone="2"),
    "create_window": window(),
    "override_tracking": {"ai_slots": 3},
}


@pytest.mark.parametrize("name", sorted(set(ENDPOINTS) - EDITS))
def test_a_precondition_is_refused_where_nothing_has_a_version(name: str) -> None:
    clinic, parameter = busy(), ENDPOINTS[name].path_parameter
    path = {"appointment_id": FIRST, "slot_id": f"id-5||{MONDAY}"}
    query = {"date": MONDAY} if name in ("availability", "tracking") else None
    known = {parameter: path[parameter]} if parameter else {}
    before = clinic.state()

    answer = answer_with(clinic.engine, ENDPOINTS[name], known, query, BODIES.get(name), headers=Headers("*"))

    assert bad_fields(answer) == ["If-Match"]
    assert answer.body["error"]["fields"][0]["problem"] == "is not expected here"
    assert answer.body["error"]["fields"][0]["hint"] == "send it with a change of an appointment or a slot"
    assert clinic.state() == before


# --- Idempotency-Key ------------------------------------------------------------------------------------------------


def book(clinic: Clinic, key: str, **fields: object) -> Answer:
    return send(clinic, "book", booking(**fields), Headers(idempotency_key=key))


def test_a_key_is_the_reference_of_a_body_that_has_none() -> None:
    clinic = Clinic(window())

    first, again = book(clinic, " key-1 "), book(clinic, "key-1")
    null = send(clinic, "book", {**booking(), "external_reference_id": None}, Headers(idempotency_key="key-1"))
    by_body = clinic.send("book", booking(external_reference_id="key-1"))

    assert [answer.status for answer in (first, again, null, by_body)] == [201, 200, 200, 200]
    assert first.body["data"]["external_reference_id"] == "key-1"
    assert all(answer.body["data"] == first.body["data"] for answer in (again, null, by_body))
    assert all(answer.body["idempotent"] is True for answer in (again, null, by_body))


def test_the_body_has_the_last_word() -> None:
    clinic = Clinic(window())

    booked = book(clinic, "key-1", external_reference_id="crm-1")

    assert (booked.status, booked.body["data"]["external_reference_id"]) == (201, "crm-1")
    assert bad_fields(book(clinic, "\0", external_reference_id="crm-2", parent_phone="2")) == ["Idempotency-Key"]
    assert bad_fields(book(clinic, "key-3", external_reference_id=" ")) == ["external_reference_id"]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("a\0b", "contains the control character U+0000"),
        ("\ud800", "contains the control character U+D800"),
        ("k" * 201, "has 201 characters"),
    ],
)
def test_a_bad_key_is_named_as_it_was_sent(key: str, problem: str) -> None:
    clinic = Clinic(window())

    answer = book(clinic, key, patient_name="")

    assert bad_fields(answer) == ["Idempotency-Key", "patient_name"]
    assert answer.body["error"]["fields"][0]["problem"] == problem
    assert clinic.engine.appointments().total == 0


def test_a_key_with_a_body_that_is_none() -> None:
    assert bad_fields(send(Clinic(window()), "book", [], Headers(idempotency_key="k"))) == ["body"]


def test_other_requests_pass_a_key_over() -> None:
    clinic = busy()
    headers = Headers(idempotency_key="\0")

    assert send(clinic, "update", {"notes": "x"}, headers, appointment_id=FIRST).status == 200
    assert send(clinic, "create_window", window(), headers).status == 201
    assert send(clinic, "disable_window", None, headers, slot_id="id-5").status == 200
    assert send(clinic, "services", None, headers).status == 200


def test_the_awaited_twin_reads_headers_too() -> None:
    async def answers() -> list[Answer]:
        engine = AsyncBookingEngine(AsyncMemoryStore("nobody"))
        path = {"appointment_id": FIRST}
        return [
            await answer_with_async(engine, ENDPOINTS["appointment"], path, headers=Headers(if_match="*")),
            await answer_with_async(engine, ENDPOINTS["book"], body={}, headers=Headers(idempotency_key="")),
        ]

    precondition, key = asyncio.run(answers())
    assert bad_fields(precondition) == ["If-Match"]
    assert bad_fields(key)[0] == "Idempotency-Key"
