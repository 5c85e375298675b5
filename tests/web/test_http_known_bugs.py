"""Bugs that other booking APIs had, by the ids of the collection in tests/known_bugs."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from booking_engine import BookAppointment, Channel, UpdateWindow
from booking_engine.shell import RandomIds
from booking_engine.wire import ENDPOINTS, Scope
from booking_engine.wire.schema import SCHEMAS

from .clinic import MONDAY, START, Clinic, requests
from .raw import Reply, ask, sent_json, with_key
from .site import Site

INNER_WORDS = re.compile(rb"select|insert|sqlalchemy|sqlite|psycopg|traceback|booking_(?!engine)", re.IGNORECASE)
"""What only a database, its driver or a stack says."""
_numbers = itertools.count()


@pytest.fixture
def clinic(stored_site: Site) -> Clinic:
    return Clinic(stored_site, f"bugs-{next(_numbers)}")


def get(clinic: Clinic, target: str) -> Reply:
    return ask(clinic.site.port, "GET", target, with_key(clinic.site.key(clinic.org_id)))


def send(clinic: Clinic, method: str, target: str, body: object) -> Reply:
    return ask(clinic.site.port, method, target, **sent_json(clinic.site.key(clinic.org_id), body))


def book(clinic: Clinic, number: int) -> str:
    """One more person at the same minute."""
    booking = BookAppointment(
        appointment_type=clinic.service,
        appointment_date=START,
        patient_name="Meena",
        parent_phone=f"phone-{number}-X",
        channel=Channel.STAFF,
    )
    booked = clinic.site.call(clinic.site.engines[clinic.org_id].book(booking))
    return str(booked.appointment.appointment_id)


def test_bug_098(clinic: Clinic) -> None:
    before = clinic.state()
    hours = {"start_time": "09:00", "end_time": "08:00"}
    backwards = send(clinic, "PATCH", f"/v1/appointment-slots/{clinic.window}", hours)
    assert (backwards.status, [each["field"] for each in backwards.json["error"]["fields"]]) == (400, ["end_time"])
    booking = {**(requests(clinic)["book"].body or {}), "end": f"{MONDAY}T20:00:00Z", "duration": 600}
    whole_day = send(clinic, "POST", "/v1/appointments", booking)
    assert whole_day.status == 400
    assert {each["field"] for each in whole_day.json["error"]["fields"]} == {"end", "duration"}
    assert clinic.state() == before


def test_bug_112(clinic: Clinic) -> None:
    engine = clinic.site.engines[clinic.org_id]
    clinic.site.call(engine.update_window(UpdateWindow(slot_id=clinic.window, max_slots=60)))
    wanted = {clinic.appointment, *(book(clinic, number) for number in range(59))}
    numbered = [get(clinic, f"/v1/appointments?limit=25&page={page}").json for page in (1, 2, 3)]
    listed = [each["appointment_id"] for page in numbered for each in page["data"]]
    assert (len(listed), set(listed), {page["total"] for page in numbered}) == (60, wanted, {60})
    behind: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = get(clinic, "/v1/appointments?limit=25" + (cursor and f"&cursor={quote(cursor)}")).json
        behind += [each["appointment_id"] for each in page["data"]]
        cursor = page.get("next_cursor")
    assert behind == listed


def test_bug_114(clinic: Clinic) -> None:
    cancelled = [book(clinic, number) for number in range(3)]
    for each in cancelled[:2]:
        assert send(clinic, "PATCH", f"/v1/appointments/{each}", {"status": "cancelled"}).status == 200
    for status, total in {"confirmed": 2, "cancelled": 2, "completed": 0}.items():
        for limit in (1, 50):
            page = get(clinic, f"/v1/appointments?status={status}&limit={limit}").json
            assert (page["total"], len(page["data"])) == (total, min(total, limit)), status


def test_bug_118(clinic: Clinic) -> None:
    theirs = Clinic(clinic.site, f"{clinic.org_id}-theirs", "theirs", seed=1)
    asked = {name: each for name, each in requests(theirs).items() if ENDPOINTS[name].path_parameter is not None}
    assert len(asked) == 6
    before = theirs.state()
    foreign = {name: each.send(clinic.site, clinic.site.key(clinic.org_id)) for name, each in asked.items()}
    assert {(reply.status, reply.code) for reply in foreign.values()} == {(404, "NOT_FOUND")}
    assert theirs.state() == before
    own = {name: each.send(clinic.site, clinic.site.key(theirs.org_id)).status for name, each in asked.items()}
    assert set(own.values()) == {200}


def test_bug_120(clinic: Clinic) -> None:
    before = clinic.state()
    weak = clinic.site.key(clinic.org_id, Scope.SLOTS_WRITE)
    asked = requests(clinic)
    for name in ("book", "update", "appointment", "appointments", "history"):
        refused = asked[name].send(clinic.site, weak)
        assert (refused.status, refused.code) == (403, "INSUFFICIENT_SCOPE"), name
    # Nothing that the key may send changes what it may do: neither a field nor a path has to do with keys.
    for method, target in (("PATCH", f"/v1/appointment-slots/{clinic.window}"), ("POST", "/v1/appointment-slots")):
        granted = ask(clinic.site.port, method, target, **sent_json(weak, {"scopes": [str(each) for each in Scope]}))
        assert granted.status == 400
        assert "scopes" in {each["field"] for each in granted.json["error"]["fields"]}
    assert asked["appointments"].send(clinic.site, weak).status == 403
    assert not [endpoint.path for endpoint in ENDPOINTS.values() if re.search("key|scope|user|token", endpoint.path)]
    assert clinic.state() == before
    letters = {letter for _ in range(200) for letter in RandomIds().token()}
    assert len(letters) ** len(RandomIds().token()) >= 2**128


def names_in(value: Any) -> Iterator[str]:
    """The names of all fields, at any depth."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from names_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from names_in(each)


def documented(schema: Any) -> Iterator[str]:
    """The names of all properties of a schema, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for each in schema.values():
            yield from documented(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from documented(each)


def test_bug_122(clinic: Clinic) -> None:
    key = clinic.site.key(clinic.org_id)
    secret = key.rpartition("_")[2]
    allowed = set(documented(SCHEMAS))
    assert not allowed & {"phone_key", "digest", "secret", "key", "org_id", "claims"}
    for name, request in requests(clinic).items():
        reply = request.send(clinic.site, key)
        assert reply.status == request.status, name
        assert set(names_in(reply.json)) <= allowed, name
        assert secret.encode() not in reply.body, name
        assert json.dumps(clinic.org_id).encode() not in reply.body, name


def test_bug_126(clinic: Clinic) -> None:
    for target in (
        "/v1/appointments/%00",
        f"/v1/appointments/{clinic.appointment}%00",
        "/v1/appointments/%00/history",
        "/v1/appointments?cursor=%00",
        "/v1/appointments?phone=%00",
        "/v1/appointment-slots/availability?date=%00",
    ):
        reply = get(clinic, target)
        assert reply.status in {400, 404}, target
        assert INNER_WORDS.search(reply.body) is None, reply.body
