"""Bad input of every kind ends in one clear error that names the field, and nothing is changed by it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wire_clinic import CHECKUP, MAIN, MONDAY, Clinic, bad_fields, booking, window

from booking_engine import BookingRejected, ConfigureOrganisation

REFERENCE = "crm-1"


def busy_clinic() -> Clinic:
    """Something of everything stands, so that a change would show."""
    clinic = Clinic(window())
    clinic.send("book", booking(external_reference_id=REFERENCE, assigned_doctor="Dr. Rao"))
    clinic.send("override_tracking", {"max_slots": 5}, slot_id=f"id-5||{MONDAY}")
    return clinic


APPOINTMENT, WINDOW = "appt_0006", "id-5"
OTHER_PHONE = "+914422334455"


def with_raw(field: str, raw: str) -> str:
    """A booking that would succeed, were it not for one field, which is written as given."""
    body = booking(parent_phone=OTHER_PHONE)
    body.pop(field, None)
    return json.dumps(body)[:-1] + f', "{field}": {raw}}}'


BAD_TEXT = {
    "NUL": '"a\\u0000b"',
    "control character": '"a\\u001bb"',
    "C1 control character": '"a\\u0085b"',
    "lone surrogate": '"a\\ud800b"',
    "reversed surrogates": '"\\ude00\\ud83d"',
    "empty": '""',
    "blank": '" \\u00a0\\t "',
    "10,000 letters": '"' + "n" * 10_000 + '"',
    "true": "true",
    "number": "5",
    "list": '["a"]',
    "object": '{"a": "b"}',
    "NaN": "NaN",
    "Infinity": "Infinity",
    "minus Infinity": "-Infinity",
    "1e400": "1e400",
    "5,000 digits": "9" * 5_000,
    "deep": "[" * 30 + "]" * 30,
}
TEXT_FIELDS = ("patient_name", "parent_phone", "assigned_doctor", "batch", "external_reference_id", "notes")


@pytest.mark.parametrize("kind", BAD_TEXT)
@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_text(field: str, kind: str) -> None:
    clinic = busy_clinic()
    before = clinic.state()

    answer = clinic.send_text("book", with_raw(field, BAD_TEXT[kind]))

    assert bad_fields(answer) == [field]
    assert clinic.state() == before


def test_the_booking_that_those_are_made_of_succeeds() -> None:
    for field in TEXT_FIELDS:
        good = '"MA"' if field == "batch" else '"+914400000000"'
        assert busy_clinic().send_text("book", with_raw(field, good)).status == 201


ARABIC_INDIC = {ord(digit): 0x0660 + int(digit) for digit in "0123456789"}
BAD_INSTANTS = {
    "no offset": "2026-06-15T09:30:00",
    "year 0001": "0001-01-01T00:00:00Z",
    "year 0001 before its beginning": "0001-01-01T00:00:00+14:00",
    "year 1999": "1999-12-31T23:59:59Z",
    "year 2200": "2200-01-01T00:00:00Z",
    "year 9999": "9999-12-31T23:59:59Z",
    "year 9999 past its end": "9999-12-31T23:59:59-14:00",
    "five digits of a year": "12026-06-15T09:30:00Z",
    "offset of 24 h": "2026-06-15T09:30:00+24:00",
    "offset of minus 24 h": "2026-06-15T09:30:00-24:00",
    "offset of 99 minutes": "2026-06-15T09:30:00+05:99",
    "zone name": "2026-06-15T09:30:00 Asia/Kolkata",
    "week date": "2026-W25-1T09:30:00Z",
    "ordinal date": "2026-166T09:30:00Z",
    "basic format": "20260615T093000Z",
    "no such day": "2026-02-30T09:30:00Z",
    "leap second": "2026-06-30T23:59:60Z",
    "24:00": "2026-06-15T24:00:00Z",
    "25:00": "2026-06-15T25:00:00Z",
    "other digits": "2026-06-15T09:30:00Z".translate(ARABIC_INDIC),
    "trailing text": "2026-06-15T09:30:00Z OR 1=1",
    "line break": "2026-06-15T09:30:00Z\n",
    "10,000 letters": "2026-06-15T09:30:00." + "0" * 10_000 + "Z",
    "empty": "",
    "number": 1781515800,
    "true": True,
    "list": [2026, 6, 15],
}


@pytest.mark.parametrize("kind", BAD_INSTANTS)
def test_instants(kind: str) -> None:
    clinic = busy_clinic()
    before = clinic.state()

    booked = clinic.send("book", booking(parent_phone=OTHER_PHONE, appointment_date=BAD_INSTANTS[kind]))
    moved = clinic.send("update", {"appointment_date": BAD_INSTANTS[kind]}, appointment_id=APPOINTMENT)

    assert bad_fields(booked) == bad_fields(moved) == ["appointment_date"]
    assert clinic.state() == before


@pytest.mark.parametrize("name", ["availability", "tracking", "appointments"])
@pytest.mark.parametrize(
    "text",
    ["2026-W25-1", "2026-166", "20260615", "2026-02-30", "0001-01-01", "9999-12-31", "2026-06-15T00:00", "\0", ""],
)
def test_dates(name: str, text: str) -> None:
    assert bad_fields(busy_clinic().send_query(name, ("date", text)))[0] == "date"


BAD_NUMBERS = {
    "true": "true",
    "text": '"5"',
    "fraction": "5.5",
    "whole fraction": "5.0",
    "exponent": "1e1",
    "below": "-1",
    "above": "1000001",
    "40 digits": "9" * 40,
    "5,000 digits": "9" * 5_000,
    "NaN": "NaN",
    "Infinity": "Infinity",
    "1e400": "1e400",
    "list": "[5]",
}


@pytest.mark.parametrize("kind", BAD_NUMBERS)
@pytest.mark.parametrize("field", ["ai_slots", "max_slots", "interval_weeks"])
def test_numbers(field: str, kind: str) -> None:
    clinic = busy_clinic()
    before = clinic.state()
    body = window(valid_from=MONDAY)
    body.pop(field, None)

    created = clinic.send_text("create_window", json.dumps(body)[:-1] + f', "{field}": {BAD_NUMBERS[kind]}}}')
    changed = clinic.send_text("update_window", f'{{"{field}": {BAD_NUMBERS[kind]}}}', slot_id=WINDOW)

    assert bad_fields(created) == bad_fields(changed) == [field]
    assert clinic.state() == before


@pytest.mark.parametrize("kind", BAD_NUMBERS)
@pytest.mark.parametrize("field", ["ai_slots", "max_slots"])
def test_numbers_of_an_override(field: str, kind: str) -> None:
    clinic = busy_clinic()
    before = clinic.state()

    answer = clinic.send_text("override_tracking", f'{{"{field}": {BAD_NUMBERS[kind]}}}', slot_id=f"{WINDOW}||{MONDAY}")

    assert bad_fields(answer) == [field]
    assert clinic.state() == before


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"day": "Monday"}, ["day"]),
        ({"day": 0}, ["day"]),
        ({"session": "morning"}, ["session"]),
        ({"session": "Night"}, ["session"]),
        ({"status": "open"}, ["status"]),
        ({"start_time": "9:00"}, ["start_time"]),
        ({"start_time": "24:00"}, ["start_time"]),
        ({"start_time": "09:00:00"}, ["start_time"]),
        ({"end_time": "24:01"}, ["end_time"]),
        ({"end_time": 11}, ["end_time"]),
        ({"start_time": "11:00"}, ["end_time"]),
        ({"start_time": "22:00", "end_time": "06:00"}, ["end_time"]),
        ({"ai_slots": 21}, ["ai_slots"]),
        ({"max_slots": 0, "ai_slots": 0}, ["max_slots"]),
        ({"valid_from": "2026-06-15", "valid_until": "2026-06-14"}, ["valid_until"]),
        ({"interval_weeks": 2}, ["valid_from"]),
        ({"end": "11:00", "duration": 30}, ["end", "duration"]),
    ],
    ids=str,
)
def test_windows_that_cannot_be(fields: dict[str, object], named: list[str]) -> None:
    clinic = busy_clinic()
    before = clinic.state()

    created = clinic.send("create_window", window(**fields))
    changed = clinic.send("update_window", fields, slot_id=WINDOW)

    assert bad_fields(created) == bad_fields(changed) == named
    assert clinic.state() == before


WHOLE_BODIES = {
    "duplicate keys": (b'{"status": "cancelled", "status": "confirmed"}', ["status"]),
    "duplicate keys of one value": (b'{"notes": "x", "notes": "x"}', ["notes"]),
    "nothing": (b"", ["body"]),
    "no JSON": (b"status=cancelled", ["body"]),
    "no object": (b'["cancelled"]', ["body"]),
    "null": (b"null", ["body"]),
    "no field": (b"{}", ["body"]),
    "deep": (b'{"notes": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", ["body"]),
    "deep and open": (b"[" * 60_000, ["body"]),
    "UTF-16": ('{"notes": "x"}'.encode("utf-16"), ["body"]),
    "UTF-32": ('{"notes": "x"}'.encode("utf-32"), ["body"]),
    "Latin-1": (b'{"notes": "\xe9"}', ["body"]),
    "surrogates as bytes": (b'{"notes": "\xed\xa0\x80"}', ["body"]),
    "byte order mark": (b'\xef\xbb\xbf{"notes": "x"}', ["body"]),
    "over 64 KiB": (b'{"notes": "x"' + b" " * 65_536 + b"}", ["body"]),
    "unknown field": (b'{"status": "cancelled", "org_id": "other"}', ["org_id"]),
    "read-only field": (b'{"notes": "x", "patient_name": "Meena"}', ["patient_name"]),
    "unknown field of half a character": (b'{"notes": "x", "\\ud800": 1}', ["?"]),
    "unknown field of NUL": (b'{"notes": "x", "\\u0000": 1}', ["?"]),
    "cleared status": (b'{"status": null}', ["status"]),
    "a date and an end": (b'{"status": "completed", "appointment_date": "2026-06-22T09:30:00Z"}', ["appointment_date"]),
}


@pytest.mark.parametrize("kind", WHOLE_BODIES)
def test_whole_bodies(kind: str) -> None:
    clinic = busy_clinic()
    before = clinic.state()
    text, named = WHOLE_BODIES[kind]

    answer = clinic.send_text("update", text, appointment_id=APPOINTMENT)

    assert bad_fields(answer) == named
    assert clinic.state() == before


@pytest.mark.parametrize(
    "name", ["آدي شارما", "Zoë Ångström", "e\u0301\u0302\u0303", "\u202eAadhi\u202c", "李小龙", "ನಿತ್ಯಾ", "👩‍⚕️ Rao"]
)
def test_names_of_any_script_are_taken(name: str) -> None:
    clinic = busy_clinic()

    answer = clinic.send_text("book", with_raw("patient_name", json.dumps(name)))

    assert answer.status == 201
    assert clinic.engine.appointment(answer.body["appointment_id"]).patient_name == answer.body["data"]["patient_name"]


def test_composed_and_decomposed_names_are_one_text() -> None:
    answer = busy_clinic().send("book", booking(parent_phone=OTHER_PHONE, patient_name="Zoe\u0308 "))

    assert answer.body["data"]["patient_name"] == "Zoë"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "localtime", "Factory", "asia/kolkata", "", "\0"])
def test_unknown_zones(zone: str) -> None:
    clinic = busy_clinic()
    before = clinic.state()

    with pytest.raises(BookingRejected) as refused:
        clinic.engine.configure(ConfigureOrganisation(timezone=zone))

    assert [problem.field for problem in refused.value.fields] == ["timezone"]
    assert clinic.state() == before


# --- Ids ------------------------------------------------------------------------------------------------------------

SLOT_IDS = {
    "no date": WINDOW,
    "no such day": f"{WINDOW}||2026-02-30",
    "week date": f"{WINDOW}||2026-W25-1",
    "a word for a date": f"{WINDOW}||monday",
    "a day that the window does not have": f"{WINDOW}||2026-06-16",
    "an empty service": f"{WINDOW}||{MONDAY}||",
    "a fourth segment": f"{WINDOW}||{MONDAY}||{CHECKUP}||x",
    "NUL": f"{WINDOW}\0||{MONDAY}",
    "10,000 letters": WINDOW + "x" * 10_000,
}


@pytest.mark.parametrize("kind", SLOT_IDS)
def test_slot_ids_of_an_override(kind: str) -> None:
    clinic = busy_clinic()
    before = clinic.state()

    answer = clinic.send("override_tracking", {"status": "CLOSED"}, slot_id=SLOT_IDS[kind])

    assert bad_fields(answer) == ["slot_id"]
    assert clinic.state() == before


def test_a_made_up_service_in_a_slot_id() -> None:
    clinic = busy_clinic()
    before = clinic.state()

    answer = clinic.send("override_tracking", {"status": "CLOSED"}, slot_id=f"{WINDOW}||{MONDAY}||made-up")

    assert (answer.status, answer.body["error"]["code"]) == (404, "NOT_FOUND")
    assert clinic.state() == before


def test_ids_of_another_organisation_are_not_found() -> None:
    """A foreign id answers as an unknown one, word for word (Inv12)."""
    clinic, stranger = busy_clinic(), Clinic()
    before = clinic.state(), stranger.state()
    requests: list[tuple[str, object, dict[str, Any], dict[str, Any]]] = [
        ("appointment", None, {"appointment_id": APPOINTMENT}, {"appointment_id": "unknown"}),
        ("history", None, {"appointment_id": APPOINTMENT}, {"appointment_id": "unknown"}),
        ("update", {"status": "cancelled"}, {"appointment_id": APPOINTMENT}, {"appointment_id": "unknown"}),
        ("update_window", {"status": "CLOSED"}, {"slot_id": WINDOW}, {"slot_id": "unknown"}),
        ("disable_window", None, {"slot_id": WINDOW}, {"slot_id": "unknown"}),
        ("override_tracking", {"status": "CLOSED"}, {"slot_id": f"{WINDOW}||{MONDAY}"}, {"slot_id": f"x||{MONDAY}"}),
    ]

    for name, body, foreign, unknown in requests:
        answer = stranger.send(name, body, **foreign)
        assert (answer.status, answer.body["error"]["code"]) == (404, "NOT_FOUND"), name
        assert answer == stranger.send(name, body, **unknown)
    assert stranger.send("appointments").body["total"] == 0
    assert bad_fields(stranger.send("book", booking(branch_id="theirs"))) == ["branch_id"]
    assert bad_fields(stranger.send_query("appointments", ("branch_id", "theirs"))) == ["branch_id"]
    assert stranger.send("book", booking(appointment_type="theirs")).body["error"]["code"] == "INVALID_APPOINTMENT_TYPE"
    assert (clinic.state(), stranger.state()) == before


def test_a_parameter_that_stands_twice_in_a_query_string() -> None:
    answer = busy_clinic().send_query("availability", ("date", MONDAY), ("branch_id", MAIN), ("date", MONDAY))

    assert bad_fields(answer) == ["date"]
