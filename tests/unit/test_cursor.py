"""Cursors: what they say, that they go on in their own list alone, and that no other text is one (SPEC P1)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from properties.support import CANCELLED, Clinic, clinic, monday, window

from booking_engine import Appointment, AppointmentsQuery, AppointmentStatus, Rejection, RejectionCode, Session
from booking_engine.adapters.memory import MemoryStore
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage, Position
from booking_engine.rules.cursor import Cursor, print_of, read_cursor, write_cursor
from booking_engine.testing import strategies

NINE = datetime(2026, 6, 15, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
POSITION = Position(NINE + TICK, "appt_abcdefghijklmnopqrstuvwxyz")


# --- The text -------------------------------------------------------------------------------------------------------


@given(strategies.instants(), strategies.appointment_ids() | strategies.record_ids(), st.binary(min_size=4, max_size=4))
@example(datetime(2000, 1, 1, tzinfo=UTC), "a", b"\0\0\0\0")
@example(datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "é", b"\xff\xff\xff\xff")
def test_what_is_written_is_read_to_the_microsecond(start: datetime, appointment_id: str, filters: bytes) -> None:
    cursor = Cursor(Position(start, appointment_id), filters)

    assert read_cursor(write_cursor(cursor)) == cursor


def test_a_cursor_is_short_and_safe_in_a_url() -> None:
    text = write_cursor(Cursor(POSITION, b"\xfb\xff\xbf\xfe"))

    assert len(text) == 63
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def forged(told: bytes) -> str:
    """What somebody who knows how cursors are written could make."""
    check = hashlib.blake2s(told, digest_size=4, person=b"cursor").digest()
    return base64.urlsafe_b64encode(check + told).rstrip(b"=").decode()


def instant(number: int) -> bytes:
    return number.to_bytes(8, signed=True)


SOME, GOOD = b"abcd", instant((NINE - datetime(1970, 1, 1, tzinfo=UTC)) // TICK)


def test_what_is_forged_well_is_read() -> None:
    assert read_cursor(forged(SOME + GOOD + b"appt_1")) == Cursor(Position(NINE, "appt_1"), SOME)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "abc",
        "made-up-cursor",
        "é" * 63,
        "\ud800",
        write_cursor(Cursor(POSITION, SOME))[:-1],
        write_cursor(Cursor(POSITION, SOME)) + "A",
        write_cursor(Cursor(POSITION, SOME)) + "=",
        write_cursor(Cursor(POSITION, SOME)) + "\n",
        write_cursor(Cursor(POSITION, b"\xfb\xff\xbf\xfe")).replace("-", "+").replace("_", "/"),
        write_cursor(Cursor(POSITION, SOME)).swapcase(),
        forged(SOME),
        forged(SOME + GOOD),
        forged(SOME + GOOD + b"\xff"),
        forged(SOME + GOOD + b"a\0"),
        forged(SOME + GOOD + b" a"),
        forged(SOME + GOOD + b"a" * 201),
        forged(SOME + instant(2**63 - 1) + b"a"),
        forged(SOME + instant(-(2**63)) + b"a"),
        forged(SOME + instant(0) + b"a"),
    ],
    ids=range(21),
)
def test_no_other_text_is_a_cursor(text: str) -> None:
    assert read_cursor(text) is None


@given(st.integers(0, 62), st.sampled_from("abcXYZ019-_"))
def test_one_letter_changed_is_no_cursor(place: int, letter: str) -> None:
    text = write_cursor(Cursor(POSITION, SOME))
    changed = text[:place] + letter + text[place + 1 :]

    assert (read_cursor(changed) is None) is (changed != text)


FILTERS: dict[str, Any] = {
    "utc_date": date(2026, 6, 15),
    "status": AppointmentStatus.CONFIRMED,
    "service_id": "a",
    "branch_id": "a",
    "session": Session.MORNING,
    "batch": "a",
    "phone_key": "a",
    "external_reference_id": "a",
}


def test_every_filter_makes_another_list() -> None:
    assert set(FILTERS) | {"after"} == {field.name for field in attrs.fields(AppointmentFilter)}
    nothing = AppointmentFilter()
    alone = [attrs.evolve(nothing, **{name: value}) for name, value in FILTERS.items()]
    prints = [print_of("clinic", each) for each in (nothing, *alone)]

    assert len(set(prints)) == len(prints)
    assert print_of("other", nothing) != print_of("clinic", nothing)
    assert print_of("clinic", attrs.evolve(nothing, after=POSITION)) == print_of("clinic", nothing)


# --- The list -------------------------------------------------------------------------------------------------------


def busy(number: int, **policy: Any) -> tuple[Clinic, list[Appointment]]:
    """A clinic with so many appointments on a Monday, two at each instant, a microsecond apart."""
    made = clinic(window(ai_slots=500), duplicate_prevention=False, cancellation_notice_hours=0, **policy)
    return made, [made.book(monday("09:30") + TICK * (each // 2), f"+91{each}") for each in range(number)]


def page(made: Clinic, **asked: Any) -> AppointmentPage:
    return made.engine.appointments(AppointmentsQuery(**asked))


def ids(appointments: Iterable[Appointment]) -> list[str]:
    return [each.appointment_id for each in appointments]


def problem(rejection: Rejection) -> list[tuple[str, str]]:
    assert rejection.code is RejectionCode.VALIDATION_ERROR
    assert all(each.hint for each in rejection.fields)
    return [(each.field, each.problem) for each in rejection.fields]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 200])
def test_the_cursors_of_a_list_lead_through_it(limit: int) -> None:
    made, booked = busy(7)

    found, shown = list[str](), page(made, limit=limit)
    while True:
        found += ids(shown.items)
        assert (shown.total, len(shown.items) <= limit, len(found) <= 7) == (7, True, True)
        if shown.next_cursor is None:
            break
        shown = page(made, limit=limit, cursor=shown.next_cursor)

    assert found == ids(booked)


def test_a_page_that_ends_the_list_has_no_cursor_and_another_length_may_go_on() -> None:
    made, booked = busy(4)
    numbered = [page(made, page=number, limit=2) for number in (1, 2, 3)]

    assert [shown.next_cursor is None for shown in numbered] == [False, True, True]
    assert page(made).next_cursor is None
    assert page(clinic()).next_cursor is None
    rest = page(made, cursor=numbered[0].next_cursor, limit=200)
    assert (ids(rest.items), rest.next_cursor) == (ids(booked[2:]), None)


def test_a_cursor_goes_on_in_its_own_list_alone() -> None:
    made, booked = busy(3)
    cursor = page(made, session=Session.MORNING, appointment_type="checkup", limit=1).next_cursor
    other = AppointmentsQuery(appointment_type="checkup", cursor=cursor, limit=1)

    same = page(made, session=Session.MORNING, appointment_type=" CHECKUP ", cursor=cursor, limit=1)

    assert ids(same.items) == ids(booked[1:2])
    refusal = made.refused(other)
    assert problem(refusal) == [("cursor", "was given by a list with other filters")]
    assert refusal.message == "Invalid: cursor."


def test_a_cursor_does_not_go_on_in_another_organisation() -> None:
    made, _ = busy(2)
    other, _ = busy(2, store=MemoryStore("moonrise"))
    cursor = page(made, limit=1).next_cursor

    assert problem(other.refused(AppointmentsQuery(cursor=cursor))) == [
        ("cursor", "was given by a list with other filters")
    ]


def test_a_made_up_cursor_is_refused() -> None:
    made, _ = busy(1)
    rejection = made.refused(AppointmentsQuery(cursor="2", limit=0))

    assert problem(rejection) == [("limit", "is out of range"), ("cursor", "is not a cursor")]
    assert rejection.fields[1].hint == "send next_cursor of the page before, or leave it out"


def test_a_cursor_and_a_page_do_not_go_together() -> None:
    made, _ = busy(3)
    cursor = page(made, limit=1).next_cursor

    assert problem(made.refused(AppointmentsQuery(cursor=cursor, page=1))) == [("page", "does not go with cursor")]
    assert problem(made.refused(AppointmentsQuery(cursor="made up", page=1))) == [
        ("cursor", "is not a cursor"),
        ("page", "does not go with cursor"),
    ]
    assert problem(made.refused(AppointmentsQuery(cursor=cursor, page=0))) == [("page", "is out of range")]


def test_a_refused_filter_comes_before_the_cursor() -> None:
    made, _ = busy(2)
    cursor = page(made, limit=1).next_cursor

    refused = made.refused(AppointmentsQuery(cursor=cursor, appointment_type="unheard of"))

    assert refused.code is RejectionCode.INVALID_APPOINTMENT_TYPE


changes = st.lists(
    st.tuples(st.sampled_from(["book", "cancel", "annotate"]), st.integers(0, 30), st.integers(0, 11)), max_size=4
)


@given(st.integers(1, 12), st.integers(1, 4), st.lists(changes, max_size=13), st.booleans())
def test_who_stays_is_listed_once_whatever_others_do_between_the_pages(
    number: int, limit: int, between: list[list[tuple[str, int, int]]], only_confirmed: bool
) -> None:
    """Nobody is skipped, nobody is repeated; who comes is listed if and only if they stand behind the cursor."""
    made, booked = busy(number)
    filters: dict[str, Any] = {"status": AppointmentStatus.CONFIRMED} if only_confirmed else {}
    found, late, turns = list[Position](), list[Position](), iter(between)
    shown = page(made, limit=limit, **filters)
    while True:
        found += map(Position.of, shown.items)
        assert found == sorted(set(found))
        if shown.next_cursor is None:
            break
        for kind, tick, which in next(turns, []):
            if kind == "book":
                come = Position.of(made.book(monday("09:30") + TICK * (tick - 15), f"+92{len(made.appointments())}"))
                late += [come] if come > found[-1] else []
            elif kind == "cancel":
                made.cancel(booked[which % number])
            else:
                made.update(booked[which % number], notes=f"note {tick}")
        shown = page(made, limit=limit, cursor=shown.next_cursor, **filters)

    stayed = {Position.of(each) for each in booked if not only_confirmed or made.again(each).status is not CANCELLED}
    assert stayed <= set(found)
    assert set(found) - set(map(Position.of, booked)) == set(late)
