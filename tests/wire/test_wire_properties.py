"""Whatever is sent has an answer; an instant is one, however written (Inv15); order survives reading and writing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from wire_clinic import CHECKUP, MAIN, MONDAY, Clinic, booking, window

from booking_engine import Rejection
from booking_engine.wire import ENDPOINTS, Answer, Caller, Endpoint
from booking_engine.wire.headers import read_headers
from booking_engine.wire.reading import BODY_BYTES_MAX, read_json, read_query, to_json

APPOINTMENT, WINDOW = "appt_0006", "id-5"

any_text = st.text() | st.text(st.sampled_from("\ud800\udbff\udc00\udfff\0\x1fa\u0301"), min_size=1, max_size=4)
clean_text = st.text()
scalars = st.none() | st.booleans() | st.integers(-(10**38), 10**38) | st.floats(allow_nan=False, allow_infinity=False)


def json_values(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars | text,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
        max_leaves=8,
    )


nearly_json = st.text(
    st.sampled_from('{}[]",:\\/ \n\tu0123456789abdefEINfnilrstuy.+-\0\ud800\udc00\ufeffä😀'), max_size=60
)
endpoints = st.sampled_from(list(ENDPOINTS.values()))

NAMES = sorted(
    {"appointment_type", "appointment_date", "patient_name", "parent_phone", "branch_id", "session", "batch", "notes"}
    | {"assigned_doctor", "external_reference_id", "status", "day", "start_time", "end_time", "max_slots", "ai_slots"}
    | {
        "batch_name",
        "appointment_type_id",
        "valid_from",
        "valid_until",
        "interval_weeks",
        "date",
        "until",
        "from",
        "to",
    }
    | {"from_date", "to_date", "page", "limit", "phone", "channel", "actor", "slot_id", "subject_id", "body", "kind"}
)
WORDS: list[object] = [
    *(
        "OPEN",
        "CLOSED",
        "cancelled",
        "confirmed",
        "completed",
        "rescheduled",
        "Morning",
        "Evening",
        "monday",
        "tuesday",
    ),
    *(f"{MONDAY}T09:30:00Z", f"{MONDAY}T10:59:59.999999+00:00", "2026-06-22T09:00:00Z", "2026-05-26T09:00:00Z", MONDAY),
    *("2026-06-22", "09:00", "24:00", "General Checkup", CHECKUP, MAIN, "MA", "Dr. Rao", "+919840XXXXXX", "crm-1", "1"),
    *(0, 1, 2, 20, None, "", "\0", "\ud800", True, -1, 10**38),
]
fields = st.dictionaries(st.sampled_from(NAMES) | any_text, st.sampled_from(WORDS) | json_values(any_text), max_size=6)
ids = st.sampled_from(
    [APPOINTMENT, WINDOW, f"{WINDOW}||{MONDAY}", f"{WINDOW}||{MONDAY}||{CHECKUP}", "unknown", "\0", "||", "\ud800"]
)
VALID: dict[str, dict[str, object]] = {
    "book": booking(parent_phone="2"),
    "update": {"notes": "x"},
    "create_window": window(),
    "update_window": {"ai_slots": 3},
    "override_tracking": {"ai_slots": 3},
    "availability": {"date": MONDAY},
    "tracking": {"date": MONDAY},
}


def busy_clinic() -> Clinic:
    clinic = Clinic(window())
    clinic.send("book", booking(external_reference_id="crm-1", assigned_doctor="Dr. Rao"))
    return clinic


def ordered(value: object) -> object:
    """A value in which the order of keys counts."""
    if isinstance(value, dict):
        return [(name, ordered(each)) for name, each in value.items()]
    return [ordered(each) for each in value] if isinstance(value, list) else value


def is_whole(answer: Answer) -> bool:
    """A success or an error of the documents' shape, which every client can read."""
    text = to_json(answer.body)
    text.encode("utf-8")
    assert json.loads(text) == answer.body
    if answer.body["success"]:
        return answer.status in (200, 201)
    error = answer.body["error"]
    assert (answer.status == 412) is (error["code"] == "PRECONDITION_FAILED")
    assert (answer.status == 400) is (error["code"] in ("VALIDATION_ERROR", "PAST_APPOINTMENT"))
    assert bool(error.get("fields")) is (error["code"] == "VALIDATION_ERROR")
    return answer.status in (400, 404, 409, 412, 422) and bool(error["message"])


# --- Whatever is sent has an answer ---------------------------------------------------------------------------------


@given(st.binary(max_size=200) | any_text | nearly_json)
@example(b"\xff\xfe{\x00}\x00")
@example("[" * 60_000)
@example('{"a": "' + '\\"' * 30_000)
def test_reading_never_raises(text: bytes | str) -> None:
    read = read_json(text)

    if isinstance(read, Rejection):
        assert read.code == "VALIDATION_ERROR"
        assert all(problem.field.isprintable() and problem.problem for problem in read.fields)
        assert read.fields
    else:
        # What is read, every other reader reads too.
        assert json.dumps(json.loads(text)) == json.dumps(read)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", ""]), st.integers(0, 9)), max_size=5))
def test_an_object_is_read_or_its_repeated_keys_are_told(pairs: list[tuple[str, int]]) -> None:
    names = [name for name, _ in pairs]
    text = "{" + ", ".join(f'"{name}": {number}' for name, number in pairs) + "}"

    read = read_json(text)

    if isinstance(read, Rejection):
        assert {problem.field for problem in read.fields} == {name or '""' for name in names if names.count(name) > 1}
        assert read.fields
    else:
        assert ordered(read) == pairs


@given(st.lists(st.tuples(any_text, any_text)))
def test_a_query_is_read_or_its_repeated_names_are_told(pairs: list[tuple[str, str]]) -> None:
    read = read_query(pairs)

    assert isinstance(read, Rejection) is (len({name for name, _ in pairs}) < len(pairs))
    assert isinstance(read, Rejection) or list(read.items()) == pairs


@given(
    endpoints,
    st.dictionaries(any_text | st.sampled_from(NAMES), json_values(any_text), max_size=2),
    json_values(any_text) | fields,
    json_values(any_text) | fields,
    json_values(any_text),
    st.lists(st.tuples(st.sampled_from(["If-Match", "Idempotency-Key", "Accept"]), any_text), max_size=2),
)
def test_parsing_never_raises(
    endpoint: Endpoint, path: dict[str, Any], query: object, body: object, channel: Any, sent: list[tuple[str, str]]
) -> None:
    headers = read_headers(sent)
    ask = headers if isinstance(headers, Rejection) else endpoint.parse(path, query, body, Caller(channel), headers)

    if isinstance(ask, Rejection):
        assert ask.code == "VALIDATION_ERROR"
        assert ask.fields
        assert all(problem.field.isprintable() and problem.field for problem in ask.fields)
    else:
        assert isinstance(ask, endpoint.asking.kind)


@given(endpoints, ids, st.booleans(), fields)
def test_every_request_has_an_answer_and_a_refusal_changes_nothing(
    endpoint: Endpoint, record_id: str, is_nearly_valid: bool, sent: dict[str, object]
) -> None:
    clinic = busy_clinic()
    before = clinic.state()
    whole = {**VALID.get(endpoint.name, {}), **sent} if is_nearly_valid else sent
    body, query = (None, whole) if endpoint.method == "GET" else (whole, None)
    path: dict[str, Any] = {} if endpoint.path_parameter is None else {endpoint.path_parameter: record_id}

    answer = clinic.send(endpoint.name, body, query, **path)

    assert is_whole(answer)
    if endpoint.method == "GET" or not answer.body["success"]:
        assert clinic.state() == before
    assert clinic.engine.verify() == ()


@given(endpoints, st.binary(max_size=60) | nearly_json)
def test_every_text_has_an_answer(endpoint: Endpoint, text: bytes | str) -> None:
    path: dict[str, Any] = {} if endpoint.path_parameter is None else {endpoint.path_parameter: APPOINTMENT}
    clinic = busy_clinic()
    before = clinic.state()

    answer = clinic.send_text(endpoint.name, text, **path)

    assert is_whole(answer)
    assert answer.body["success"] or clinic.state() == before


# --- Inv15 --------------------------------------------------------------------------------------------------------

offsets = st.sampled_from([330, -480, 0, 345, -570, 840, -720]) | st.integers(-839, 839)
starts = st.datetimes(datetime(2026, 5, 25), datetime(2026, 7, 7)) | st.builds(  # noqa: DTZ001 (made aware below)
    lambda weeks, minutes: datetime(2026, 6, 1, 8) + timedelta(weeks=weeks, minutes=minutes),  # noqa: DTZ001
    st.integers(0, 4),
    st.integers(0, 240),
)
zones = st.sampled_from(["UTC", "Asia/Kolkata", "America/Los_Angeles", "Australia/Lord_Howe", "Pacific/Kiritimati"])


def written(instant: datetime, offset_minutes: int) -> str:
    return instant.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat()


@given(starts, offsets, zones)
@example(datetime(2026, 6, 15, 9, 30), 330, "UTC")  # noqa: DTZ001
@example(datetime(2026, 6, 15, 9, 30), -480, "UTC")  # noqa: DTZ001
@example(datetime(2026, 6, 15, 4), -480, "Asia/Kolkata")  # noqa: DTZ001
def test_inv15_the_written_form_of_an_instant_changes_nothing(start: datetime, offset: int, zone: str) -> None:
    instant = start.replace(tzinfo=UTC)
    forms = [f"{start.isoformat()}Z", written(instant, 330), written(instant, -480), written(instant, offset)]
    answers, states = [], []
    for form in forms:
        clinic = Clinic(window(), window(day="tuesday"), timezone=zone)
        booked = clinic.send("book", booking(appointment_date=form, assigned_doctor="Dr. Rao"))
        standing = clinic.send("book", booking(appointment_date="2026-06-08T09:30:00Z", parent_phone="2"))
        moved = clinic.send(
            "update", {"appointment_date": form}, appointment_id=standing.body.get("appointment_id", "appt_none")
        )
        answers.append((booked, standing, moved))
        states.append(clinic.state())

    assert answers == [answers[0]] * len(forms)
    assert states == [states[0]] * len(forms)
    if answers[0][0].status == 201:
        shown = datetime.fromisoformat(answers[0][0].body["data"]["appointment_date"])
        assert timedelta(0) <= instant - shown < timedelta(milliseconds=1)


def test_inv15_is_tried_on_instants_that_can_be_booked() -> None:
    """The three forms of the documents' instant, with their answer."""
    for form in ("2026-06-15T09:30:00.000Z", "2026-06-15T15:00:00+05:30", "2026-06-15T01:30:00-08:00"):
        answer = Clinic(window()).send("book", booking(appointment_date=form))

        assert answer.status == 201
        assert answer.body["data"]["appointment_date"] == "2026-06-15T09:30:00.000Z"


# --- Order ----------------------------------------------------------------------------------------------------------


@given(json_values(clean_text))
def test_what_is_written_is_read_back_in_its_order(value: Any) -> None:
    text = to_json(value)

    assert len(text.encode()) <= BODY_BYTES_MAX
    assert ordered(read_json(text)) == ordered(value)
    assert ordered(json.loads(text)) == ordered(value)


@given(json_values(any_text))
def test_what_is_written_is_always_utf_8(value: Any) -> None:
    # Escaped, a high and a low surrogate become the one character that they are halves of.
    assert json.loads(to_json(value).encode()) == json.loads(json.dumps(value))
