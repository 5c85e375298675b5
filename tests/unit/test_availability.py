"""SPEC C5-C7 by examples: what a page says of a window-date, to the place and to the instant."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from properties.support import AI, MONDAY, NEXT_MONDAY, Clinic, at, clinic, monday, window

from booking_engine import (
    AppointmentsQuery,
    AvailabilityQuery,
    AvailabilityRow,
    CalendarWindow,
    OverrideTracking,
    Session,
    TrackingQuery,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
    Weekday,
    WindowStatus,
)
from booking_engine.adapters.phone import E164Phones
from booking_engine.domain.catalog import Catalog, WindowDate
from booking_engine.domain.localtime import TICK
from booking_engine.domain.tracking import ALL_SERVICES, Counts, Limits, TrackingKey, TrackingRecord
from booking_engine.ledger.view import DayCounts
from booking_engine.rules.availability import Bookable, Wanted, can_book, count_records, rooms_for, window_dates
from booking_engine.rules.capacity import Rooms

OPEN, CLOSED = WindowStatus
TUESDAY = MONDAY + timedelta(days=1)
ANY = Bookable(monday("00:00"), NEXT_MONDAY, True)


def catalog_of(made: Clinic) -> Catalog:
    return made.store.catalog()


def on_monday(catalog: Catalog, calendar_id: str = "w") -> WindowDate:
    return catalog.window_date(catalog.windows[calendar_id], MONDAY)


@pytest.mark.parametrize(
    ("bookable", "reaches"),
    [
        (Bookable(monday("10:30"), MONDAY, True), True),
        (Bookable(monday("10:30") + TICK, MONDAY, True), False),
        (Bookable(monday("10:30"), MONDAY - timedelta(days=1), True), False),
        (Bookable(monday("10:30"), MONDAY, False), False),
    ],
)
def test_c7_an_instant_must_be_left_that_could_be_booked(bookable: Bookable, reaches: bool) -> None:
    assert bookable.reaches(on_monday(catalog_of(clinic(window()))), 30) is reaches


def test_c7_no_instant_is_left_for_a_visit_that_is_too_long() -> None:
    assert ANY.reaches(on_monday(catalog_of(clinic(window()))), 121) is False


def test_c7_from_when_and_until_when() -> None:
    catalog = catalog_of(clinic(min_notice_hours=5, max_advance_booking_days=3))
    assert Bookable.at(catalog, at("2026-06-01T20:00")) == Bookable(at("2026-06-02T01:00"), date(2026, 6, 4), True)
    idle = catalog_of(clinic(min_notice_hours=0, max_advance_booking_days=0, enabled=False))
    assert Bookable.at(idle, monday("08:00")) == Bookable(monday("08:00") + TICK, MONDAY, False)


def test_c7_a_service_can_be_booked_where_nothing_but_places_can_refuse_it() -> None:
    mine, own = window("mine", appointment_type_id="checkup"), window("own", appointment_type_id="scan")
    made = clinic(window(), mine, own, services=("checkup", "scan", "old"))
    made.engine.update_service(UpdateService(service_id="old", retired=True))
    made.engine.update_service(UpdateService(service_id="scan", duration_minutes=121))
    made.engine.override_tracking(OverrideTracking(slot_id=f"own||{MONDAY}||scan", status=CLOSED))
    catalog = catalog_of(made)
    days = [on_monday(catalog, calendar_id) for calendar_id in ("w", "mine", "own")]
    found = {
        (window_date.window.calendar_id, service_id): can_book(window_date, service, ANY)
        for window_date in days
        for service_id, service in catalog.services.items()
    }
    assert [key for key, can in found.items() if can] == [("w", "checkup"), ("mine", "checkup")]
    short = attrs.evolve(catalog.services["scan"], duration_minutes=30)
    assert [can_book(each, short, ANY) for each in days] == [True, False, False]
    late = Bookable(monday("10:31"), NEXT_MONDAY, True)
    assert [can_book(each, short, late) for each in days] == [False, False, False]


def test_c7_rooms_are_of_the_key_that_is_limited() -> None:
    counts: DayCounts = {"w": {"checkup": Counts(1, 1), "scan": Counts(2, 0), ALL_SERVICES: Counts(3, 1)}}
    policy: dict[str, Any] = {"services": ("checkup", "scan")}
    for scope, expected in (("per_service", Rooms(3, 5)), ("shared", Rooms(1, 3))):
        catalog = catalog_of(clinic(window(ai_slots=4, max_slots=6), capacity_scope=scope, **policy))
        assert rooms_for(catalog, on_monday(catalog), catalog.services["checkup"], counts, ANY) == expected
        assert rooms_for(catalog, on_monday(catalog), catalog.services["checkup"], {}, ANY) == Rooms(4, 6)
        assert rooms_for(
            catalog, on_monday(catalog), catalog.services["scan"], counts, ANY._replace(enabled=False)
        ) == (Rooms(0, 0))
    separate = catalog_of(clinic(window(ai_slots=2, max_slots=6), ai_quota="separate", **policy))
    assert rooms_for(separate, on_monday(separate), separate.services["checkup"], counts, ANY) == Rooms(1, 5)


def two_services(**policy: Any) -> Clinic:
    made = clinic(window(ai_slots=3, max_slots=5), services=("checkup", "scan"), **policy)
    made.book(monday("09:00"), "+911", channel=AI)
    made.book(monday("09:00"), "+912", appointment_type="scan")
    return made


def the_window(made: Clinic, calendar_id: str = "w") -> CalendarWindow:
    return catalog_of(made).windows[calendar_id]


def test_c5_a_row_of_all_services_sums_and_a_row_of_one_does_not() -> None:
    made = two_services()
    shown = the_window(made)
    limits = Limits(5, 3)
    assert made.rows() == (AvailabilityRow(shown, MONDAY, None, limits, 2, 1, 3),)
    assert made.rows(appointment_type="scan") == (AvailabilityRow(shown, MONDAY, "scan", limits, 1, 2, 4),)
    # Only the clock at hand of the documents' formula counts: nobody can book any more.
    made.clock.now = monday("11:00")
    assert made.rows() == (AvailabilityRow(shown, MONDAY, None, limits, 2, 0, 0),)
    assert made.rows(appointment_type="scan") == (AvailabilityRow(shown, MONDAY, "scan", limits, 1, 0, 0),)


def test_c5_separate_and_shared_rows() -> None:
    made = two_services(ai_quota="separate", capacity_scope="shared")
    shown = the_window(made)
    assert made.rows() == (AvailabilityRow(shown, MONDAY, None, Limits(5, 3), 2, 2, 3),)
    assert made.rows(appointment_type="scan") == (AvailabilityRow(shown, MONDAY, "scan", Limits(5, 3), 1, 2, 3),)


def test_c5_with_an_override_a_row_shows_what_the_best_service_finds() -> None:
    made = two_services()
    slot = f"w||{MONDAY}"
    made.engine.override_tracking(OverrideTracking(slot_id=f"{slot}||checkup", max_slots=0, ai_slots=0))
    made.engine.override_tracking(OverrideTracking(slot_id=f"{slot}||scan", max_slots=2, ai_slots=2))
    # Of scan there is one more for either side; the window as a whole would have said one and three.
    assert made.row() == AvailabilityRow(the_window(made), MONDAY, None, Limits(5, 3), 2, 1, 1)
    one = AvailabilityRow(the_window(made), MONDAY, "scan", Limits(2, 2), 1, 1, 1)
    assert made.rows(appointment_type="scan") == (one,)
    made.engine.override_tracking(OverrideTracking(slot_id=f"{slot}||scan", status=CLOSED))
    assert made.row() == AvailabilityRow(the_window(made), MONDAY, None, Limits(5, 3), 2, 0, 0)
    assert made.rows(appointment_type="scan") == ()
    made.engine.override_tracking(OverrideTracking(slot_id=f"{slot}||scan", status=OPEN, max_slots=9, ai_slots=9))
    assert made.row() == AvailabilityRow(the_window(made), MONDAY, None, Limits(5, 3), 2, 1, 3)
    made.engine.override_tracking(OverrideTracking(slot_id=slot, status=CLOSED))
    assert made.rows() == made.rows(appointment_type="scan") == ()


def test_c5_a_window_without_a_service_to_book_is_shown_empty() -> None:
    made = clinic(window(ai_slots=2), services=())
    assert made.row() == AvailabilityRow(the_window(made), MONDAY, None, Limits(2, 2), 0, 0, 0)
    other = clinic(window(ai_slots=2, appointment_type_id="checkup"), services=("checkup",))
    other.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}||checkup", max_slots=1))
    other.engine.update_service(UpdateService(service_id="checkup", retired=True))
    assert other.row() == AvailabilityRow(the_window(other), MONDAY, None, Limits(2, 2), 0, 0, 0)


def many() -> Clinic:
    return clinic(
        window("m", branch_id="main"),
        window("e", branch_id="main", session=Session.EVENING),
        window("own", branch_id="north", appointment_type_id="scan"),
        window("n", branch_id="north"),
        window("t", branch_id="main", day=Weekday.TUESDAY),
        branches=("main", "north"),
        services=("checkup", "scan"),
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "e m own n"),
        ({"branch_id": "north"}, "own n"),
        ({"session": Session.EVENING}, "e"),
        ({"appointment_type": "checkup"}, "e m n"),
        ({"appointment_type": "scan", "branch_id": "north"}, "own n"),
        ({"branch_id": "main", "session": Session.MORNING, "appointment_type": "scan"}, "m"),
    ],
)
def test_c5_rows_and_records_of_what_is_wanted(wanted: dict[str, Any], found: str) -> None:
    made = many()
    rows = made.engine.execute(AvailabilityQuery(date=MONDAY, **wanted))
    assert [row.window.calendar_id for row in rows] == found.split()
    records = made.engine.execute(TrackingQuery(date=MONDAY, **wanted))
    assert list(dict.fromkeys(record.window.calendar_id for record in records)) == found.split()


def test_window_dates_of_a_filter() -> None:
    catalog = catalog_of(many())

    def found(day: date, **fields: Any) -> list[str]:
        return [each.window.calendar_id for each in window_dates(catalog, day, Wanted(**fields))]

    assert found(MONDAY, calendar_id="n") == ["n"]
    assert found(TUESDAY) == ["t"]
    assert found(TUESDAY, branch_id="north") == []
    assert found(MONDAY, service=catalog.services["scan"], session=Session.MORNING) == ["m", "own", "n"]


def record(made: Clinic, service_id: str, limits: Limits, counts: Counts, *told: Any, day: date = MONDAY) -> Any:
    return TrackingRecord(TrackingKey("w", day, service_id), the_window(made), limits, counts, *told)


def test_c6_a_record_for_every_service_of_a_window() -> None:
    made = two_services()
    limits = Limits(5, 3)
    assert made.records() == (
        record(made, "checkup", limits, Counts(1, 1), 2, 4, OPEN, 0),
        record(made, "scan", limits, Counts(1, 0), 2, 4, OPEN, 0),
    )
    assert made.records(appointment_type="scan") == made.records()[1:]
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}||scan", max_slots=0, status=CLOSED))
    overbooked = record(made, "scan", Limits(0, 0), Counts(1, 0), 0, 0, CLOSED, 1)
    assert made.records()[1] == overbooked
    assert overbooked.overbooked is True
    assert made.records()[0].overbooked is False


def test_c6_shared_places_are_overbooked_together() -> None:
    made = two_services(capacity_scope="shared")
    made.engine.update_window(UpdateWindow(slot_id="w", max_slots=1, ai_slots=1))
    assert made.records() == (
        record(made, "checkup", Limits(1, 1), Counts(1, 1), 0, 0, OPEN, 1),
        record(made, "scan", Limits(1, 1), Counts(1, 0), 0, 0, OPEN, 1),
    )


def test_w3_what_holds_places_has_a_record_although_nothing_covers_it() -> None:
    made = two_services()
    made.engine.update_window(UpdateWindow(slot_id="w", day=Weekday.TUESDAY))
    gone = (
        record(made, "checkup", Limits(5, 3), Counts(1, 1), 0, 0, CLOSED, 0),
        record(made, "scan", Limits(5, 3), Counts(1, 0), 0, 0, CLOSED, 0),
    )
    assert made.records() == gone
    assert made.records(appointment_type="scan") == gone[1:]
    assert made.records(session=Session.EVENING) == ()
    made.engine.update_window(UpdateWindow(slot_id="w", day=Weekday.MONDAY))
    made.engine.update_service(UpdateService(service_id="scan", retired=True))
    # Retired, it has no record of its own; it holds a place, so it has one, and nobody can book it.
    assert made.records()[1] == record(made, "scan", Limits(5, 3), Counts(1, 0), 0, 0, OPEN, 0)


def test_w3_only_what_is_wanted_of_what_nothing_covers() -> None:
    made = clinic(window("w", ai_slots=2), window("e", ai_slots=2, session=Session.EVENING))
    for number, session in enumerate((Session.MORNING, Session.EVENING)):
        made.book(monday("09:00"), f"+91{number}", session=session)
    for calendar_id in ("w", "e"):
        made.engine.update_window(UpdateWindow(slot_id=calendar_id, day=Weekday.TUESDAY))
    found = {session: [each.key.calendar_id for each in made.records(session=session)] for session in Session}
    assert found == {Session.MORNING: ["w"], Session.AFTERNOON: [], Session.EVENING: ["e"]}


def test_c6_places_that_are_given_back_leave_no_record() -> None:
    made = clinic(window())
    made.cancel(made.book(monday("09:00")))
    made.engine.update_window(UpdateWindow(slot_id="w", day=Weekday.TUESDAY))
    assert made.records() == ()


def test_c6_how_many_records_there_are_until_the_horizon() -> None:
    made = many()
    made.configure(max_advance_booking_days=14)
    catalog, now = catalog_of(made), monday("08:00")
    # Three Mondays with two windows of two services, one of one and one of two; two Tuesdays of two.
    assert count_records(catalog, {}, now) == 3 * 7 + 2 * 2
    taken = {
        TrackingKey("m", MONDAY, "checkup"): Counts(1, 0),  # counted already
        TrackingKey("m", MONDAY, ALL_SERVICES): Counts(1, 0),  # a total is no record
        TrackingKey("m", TUESDAY, "checkup"): Counts(0, 0),  # holds nothing
        TrackingKey("m", MONDAY - timedelta(days=1), "checkup"): Counts(1, 0),  # yesterday
        TrackingKey("m", MONDAY + timedelta(days=15), "checkup"): Counts(1, 0),  # beyond
    }
    assert count_records(catalog, taken, now) == 25
    more = {TrackingKey("own", MONDAY, "checkup"): Counts(1, 0), TrackingKey("n", TUESDAY, "scan"): Counts(1, 1)}
    assert count_records(catalog, {**taken, **more}, now) == 27
    last = {TrackingKey("t", MONDAY + timedelta(days=14), "scan"): Counts(1, 0)}
    assert count_records(catalog, last, now) == 26


def test_a_page_reads_a_range_of_dates_in_their_order() -> None:
    made = clinic(window(ai_slots=2))
    rows = made.engine.execute(AvailabilityQuery(date=MONDAY, until=NEXT_MONDAY))
    assert [row.date for row in rows] == [MONDAY, NEXT_MONDAY]
    assert [row.date for row in made.rows(NEXT_MONDAY)] == [NEXT_MONDAY]
    records = made.engine.tracking(TrackingQuery(from_date=MONDAY, to_date=NEXT_MONDAY))
    assert [each.key.date for each in records] == [MONDAY, NEXT_MONDAY]
    assert made.engine.tracking(TrackingQuery(from_date=TUESDAY, to_date=NEXT_MONDAY)) == records[1:]


def test_appointments_of_every_filter() -> None:
    made = many()
    first = made.book(monday("09:00"), "+91 1", branch_id="main", session=Session.EVENING, external_reference_id="R")
    second = made.book(monday("09:00"), "+912", branch_id="north", appointment_type="scan")
    made.cancel(second)
    second = made.again(second)

    def found(**fields: Any) -> list[str]:
        page = made.engine.appointments(AppointmentsQuery(**fields))
        assert page.total == len(page.items)
        return ["first" if each == first else "second" for each in page.items]

    assert sorted(found()) == ["first", "second"]
    assert found(branch_id="north") == ["second"]
    assert found(session=Session.EVENING) == ["first"]
    assert found(appointment_type="SCAN") == ["second"]
    assert found(status=second.status) == ["second"]
    assert found(phone="+9-11") == ["first"]
    assert found(external_reference_id="R") == ["first"]
    assert found(date=TUESDAY) == found(batch="A") == []
    made.engine.update_branch(UpdateBranch(branch_id="north", retired=True))
    assert found(branch_id="north") == ["second"]


def test_a_phone_of_a_filter_is_read_as_those_of_bookings_are() -> None:
    made = clinic(window(), options={"phones": E164Phones()}, default_region="IN")
    booked = made.book(monday("09:00"), "+91 98402 12345")
    assert made.engine.appointments(AppointmentsQuery(phone="098402 12345")).items == (booked,)
    assert made.engine.appointments(AppointmentsQuery(phone="098402 12346")).items == ()
