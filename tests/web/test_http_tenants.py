"""Another organisation's records answer exactly as records that do not exist, and nothing happens to them (Inv12)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import attrs
import pytest

from booking_engine.rules.shape_table import SHAPES
from booking_engine.wire import ENDPOINTS

from .clinic import MONDAY, Clinic, Request, requests
from .raw import Reply
from .site import Site

_numbers = itertools.count()
# The fields of asks that name a record, or somebody, of an organisation.
NAMING = {
    "appointment_id",
    "subject_id",
    "slot_id",
    "branch_id",
    "appointment_type",
    "appointment_type_id",
    "external_reference_id",
    "phone",
    "parent_phone",
}
# Fields that name nothing. A new field is in one of the two, or the first test fails.
NAMELESS = {
    "ai_slots",
    "alternatives",
    "appointment_date",
    "assigned_doctor",
    "batch",
    "batch_name",
    "cursor",
    "date",
    "day",
    "end_time",
    "if_version",
    "from_date",
    "interval_weeks",
    "limit",
    "max_slots",
    "notes",
    "page",
    "patient_name",
    "session",
    "start_time",
    "status",
    "to_date",
    "until",
    "valid_from",
    "valid_until",
}
# What the wire has no place for: the engine itself makes a window's id, and asks for one window's records.
NOT_SENT = {("create_window", "calendar_id"), ("tracking", "slot_id")}


class Place(NamedTuple):
    """Where in a request the name of a foreign record may stand; ``form`` is that of the name."""

    endpoint: str
    field: str
    form: str = "{}"


PLACES = (
    Place("book", "appointment_type"),
    Place("book", "parent_phone"),
    Place("book", "branch_id"),
    Place("book", "external_reference_id"),
    Place("update", "appointment_id"),
    Place("appointment", "appointment_id"),
    Place("history", "appointment_id"),
    Place("appointments", "branch_id"),
    Place("appointments", "appointment_type"),
    Place("appointments", "phone"),
    Place("appointments", "external_reference_id"),
    Place("availability", "branch_id"),
    Place("availability", "appointment_type"),
    Place("tracking", "branch_id"),
    Place("tracking", "appointment_type"),
    Place("create_window", "branch_id"),
    Place("create_window", "appointment_type_id"),
    Place("update_window", "slot_id"),
    Place("update_window", "slot_id", f"{{}}||{MONDAY}"),
    Place("update_window", "slot_id", f"{{}}||{MONDAY}||{{service}}"),
    Place("disable_window", "slot_id"),
    Place("disable_window", "slot_id", f"{{}}||{MONDAY}"),
    Place("override_tracking", "slot_id", f"{{}}||{MONDAY}"),
    Place("override_tracking", "slot_id", f"{{}}||{MONDAY}||{{service}}"),
    Place("override_tracking", "slot_id", f"{{window}}||{MONDAY}||{{service}}"),
)


def naming_fields() -> Iterator[tuple[str, str]]:
    """Each endpoint with each field that names something, in the words of the wire."""
    for name, endpoint in ENDPOINTS.items():
        words = {own: word for word, own in endpoint.asking.names.items()}
        for field in SHAPES[endpoint.asking.kind].fields:
            if field.name in {"actor", "channel"} | NAMELESS or (name, field.name) in NOT_SENT:
                continue
            assert field.name in NAMING, f"say whether {field.name} of {name} names a record"
            yield name, words.get(field.name, field.name)


def test_every_field_that_names_a_record_is_tried() -> None:
    assert set(naming_fields()) == {(place.endpoint, place.field) for place in PLACES}


def named(place: Place, theirs: Clinic | None) -> dict[str, str]:
    """The names in a place: those of a foreign clinic, or of nothing at all."""
    if theirs is None:
        return {"": "nobody-1", "service": "nobody-2"}
    record = {
        "appointment_id": theirs.appointment,
        "slot_id": theirs.window,
        "branch_id": theirs.branch,
        "appointment_type": theirs.service,
        "appointment_type_id": theirs.service,
        "external_reference_id": theirs.reference,
        "phone": theirs.phone,
        "parent_phone": theirs.phone,
    }
    return {"": record[place.field], "service": theirs.service}


def with_names(request: Request, place: Place, names: dict[str, str], ours: Clinic) -> Request:
    text = place.form.format(names[""], service=names["service"], window=ours.window)
    if place.field == ENDPOINTS[place.endpoint].path_parameter:
        return attrs.evolve(request, path=text)
    if request.body is not None:
        return attrs.evolve(request, body={**request.body, place.field: text})
    return attrs.evolve(request, query={**request.query, place.field: text})


def answered(reply: Reply, names: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """All of a reply but what differs between any two: its id, its second, and the names that were asked for."""
    text = reply.body.decode()
    for name in names.values():
        text = text.replace(name, "NAME")
    headers = {
        name: value for name, value in reply.headers.items() if name not in {"date", "x-request-id", "content-length"}
    }
    return reply.status, headers, text


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.endpoint} {place.field} {place.form}")
def test_a_foreign_record_answers_as_none(stored_site: Site, place: Place) -> None:
    number = next(_numbers)
    # Two clinics that are alike to the last id: one asks for what is foreign, the other for what is nowhere.
    ours, alike = (Clinic(stored_site, f"{each}-{number}") for each in ("ours", "alike"))
    theirs = Clinic(stored_site, f"theirs-{number}", "theirs", seed=1)
    before, own = theirs.state(), ours.state()
    foreign, unknown = named(place, theirs), named(place, None)

    with_foreign = with_names(requests(ours)[place.endpoint], place, foreign, ours)
    with_unknown = with_names(requests(alike)[place.endpoint], place, unknown, alike)
    answers = [
        answered(with_foreign.send(stored_site, stored_site.key(ours.org_id)), foreign),
        answered(with_unknown.send(stored_site, stored_site.key(alike.org_id)), unknown),
    ]

    assert answers[0] == answers[1]
    assert theirs.state() == before
    if answers[0][0] >= 400:
        assert ours.state() == own


def test_what_is_asked_for_is_there_for_its_own_organisation(stored_site: Site) -> None:
    """Or the test before would compare two unknown records."""
    number = next(_numbers)
    theirs = Clinic(stored_site, f"theirs-{number}", "theirs", seed=1)
    for place in PLACES:
        request = requests(theirs)[place.endpoint]
        names = named(place, theirs)
        reply = with_names(request, place, names, theirs).send(stored_site, stored_site.key(theirs.org_id))
        assert reply.status in {200, 201, 409}, place
