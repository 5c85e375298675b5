"""SPEC H2 and I8 by examples: what is offered in the place of a wished visit, at which minute, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from properties.support import (
    AI,
    CANCELLED,
    MONDAY,
    NEXT_MONDAY,
    NOW,
    STAFF,
    Clinic,
    clinic,
    monday,
    refusal,
    request,
    update,
    why,
    window,
)

from booking_engine import (
    AiQuota,
    Alternative,
    AlternativeKind,
    AlternativesQuery,
    BookingRejected,
    CloseBranch,
    OverrideTracking,
    Reason,
    RejectionCode,
    Session,
    UpdateBranch,
    UpdateService,
    Weekday,
    WindowStatus,
)
from booking_engine.domain.appointment import DoctorDay
from booking_engine.domain.localtime import local_day
from booking_engine.ledger.claims import VersionGuard
from booking_engine.ledger.view import DayCounts, LedgerQuery, LedgerView
from booking_engine.rules import openings as remembering
from booking_engine.rules.openings import Opening, Openings, remembered_openings

SAME_DAY, NEXT_DAYS, OTHER_BRANCH = AlternativeKind
DAY, HALF = timedelta(days=1), timedelta(minutes=30)
MORNING, AFTERNOON, EVENING = Session
HALF_PAST_NINE = monday("09:30")
LATE = {"start_time": "11:00", "end_time": "13:00"}


def told(offered: Iterable[Alternative]) -> list[tuple[str, str, str]]:
    """When, where and of which kind, in short; instants as UTC has them."""
    return [(f"{each.start:%m-%d %H:%M}", each.window.calendar_id, each.kind.value) for each in offered]


def offered(made: Clinic, wished: datetime = HALF_PAST_NINE, **wanted: Any) -> list[tuple[str, str, str]]:
    return told(made.engine.alternatives("checkup", wished, **{"branch_id": "main", **wanted}))


def only(made: Clinic, wished: datetime, **wanted: Any) -> str:
    """When the first alternative is."""
    return offered(made, wished, limit=1, **wanted)[0][0]


# --- Which, and in which order --------------------------------------------------------------------------------------


def test_h2_the_best_of_each_kind_then_the_second_of_each() -> None:
    made = clinic(
        window("w"),
        window("late", **LATE),
        window("later", start_time="15:00", end_time="16:00"),
        window("north", branch_id="north"),
        branches=("main", "north"),
    )
    made.book(monday("09:30"), branch_id="main")
    assert offered(made, limit=10) == [
        ("06-15 11:00", "late", "same_day"),
        ("06-22 09:30", "w", "next_days"),
        ("06-15 09:30", "north", "other_branch"),
        ("06-15 15:00", "later", "same_day"),
        ("06-22 11:00", "late", "next_days"),
        ("06-22 09:30", "north", "other_branch"),
        ("06-22 15:00", "later", "next_days"),
        ("06-29 09:30", "north", "other_branch"),
        ("06-29 09:30", "w", "next_days"),
        ("06-29 11:00", "late", "next_days"),
    ]
    assert len(offered(made)) == 3
    assert offered(made, limit=2) == offered(made)[:2]


def test_h2_an_alternative_says_everything_to_book_it_by() -> None:
    made = clinic(window("w"), window("late", ai_slots=2, max_slots=3, batch_name="B", **LATE))
    made.book(monday("09:30"))
    made.book(monday("11:00"), "+912", channel=STAFF)
    (found,) = made.engine.alternatives("Checkup", monday("09:30"), limit=1)
    late = made.store.catalog().windows["late"]
    assert found == Alternative(monday("11:00"), MONDAY, late, 2, SAME_DAY)
    (for_agent,) = made.engine.alternatives("Checkup", monday("09:30"), limit=1, channel=AI)
    assert for_agent.available_slots == 1


def test_h2_a_wish_that_can_be_booked_comes_first() -> None:
    assert offered(clinic(window()))[0] == ("06-15 09:30", "w", "same_day")


def test_h2_other_dates_keep_to_the_wished_session() -> None:
    made = clinic(window("m"), window("e", session=EVENING, **LATE))
    monday_and_on = [("06-15 09:30", "m", "same_day"), ("06-22 09:30", "m", "next_days")]
    assert offered(made, limit=2) == monday_and_on  # the session that the wish lies in
    assert offered(made, limit=2, session=EVENING)[1] == ("06-22 11:00", "e", "next_days")
    assert offered(made, monday("12:00"), limit=2)[1] == ("06-22 12:00", "e", "next_days")
    # Nowhere: both sessions are as good, and the nearer goes first.
    assert offered(made, monday("15:00"), limit=3)[1] == ("06-22 12:59", "e", "next_days")
    assert offered(made, monday("15:00"), limit=4)[3] == ("06-22 10:59", "m", "next_days")


def test_h2_the_session_of_a_wish_that_is_closed_is_its_own_all_the_same() -> None:
    made = clinic(window("m"), window("e", session=EVENING, **LATE))
    made.engine.override_tracking(OverrideTracking(slot_id=f"m||{MONDAY}", status=WindowStatus.CLOSED))
    assert offered(made, limit=2) == [("06-15 11:00", "e", "same_day"), ("06-22 09:30", "m", "next_days")]


def test_h2_windows_of_the_wished_batch_go_first_on_their_date() -> None:
    made = clinic(window("a", batch_name="A"), window("b", batch_name="B", **LATE), window("none", **LATE))
    assert [each[1] for each in offered(made, limit=2)] == ["a", "a"]
    found = offered(made, batch="B", limit=4)
    assert [each[1] for each in found] == ["b", "b", "a", "a"]


def test_h2_other_branches_offer_the_wished_date_first_and_stand_in_their_order() -> None:
    windows = [window(each, branch_id=each) for each in ("south", "north")]
    made = clinic(*windows, branches=("main", "north", "south"))
    assert offered(made, limit=3) == [
        ("06-15 09:30", "north", "other_branch"),
        ("06-15 09:30", "south", "other_branch"),
        ("06-22 09:30", "north", "other_branch"),
    ]
    made.engine.update_branch(UpdateBranch(branch_id="north", retired=True))
    assert offered(made, limit=1) == [("06-15 09:30", "south", "other_branch")]


def test_h2_other_branches_keep_to_the_session_on_other_dates() -> None:
    made = clinic(
        window("m"),
        window("n", branch_id="north", session=EVENING, **LATE),
        window("s", branch_id="south"),
        branches=("main", "north", "south"),
    )
    elsewhere = [each[:2] for each in offered(made, limit=10) if each[2] == "other_branch"]
    assert elsewhere == [("06-15 09:30", "s"), ("06-15 11:00", "n"), ("06-22 09:30", "s"), ("06-29 09:30", "s")]


# --- Which minute ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wished", "minutes", "nearest"),
    [
        ("09:30", 0, "06-15 09:30"),
        ("08:00", 0, "06-15 09:00"),
        ("13:00", 0, "06-15 10:59"),  # the window ends at 11:00, and a visit starts before that
        ("13:00", 45, "06-15 10:15"),
        ("10:16", 45, "06-15 10:15"),
        ("10:15", 45, "06-15 10:15"),
        ("09:30", 120, "06-15 09:00"),
        ("09:30:59", 0, "06-15 09:30"),
    ],
)
def test_h2_the_nearest_minute_that_fits(wished: str, minutes: int, nearest: str) -> None:
    assert only(clinic(window(), duration_minutes=minutes), monday(wished)) == nearest


def test_h2_a_visit_that_is_too_long_is_offered_nowhere() -> None:
    assert offered(clinic(window(), duration_minutes=121)) == []


def test_h2_now_and_the_notice_come_before_the_wish() -> None:
    now = monday("08:10").replace(second=1)
    made = clinic(window(), now=now, min_notice_hours=1)
    assert only(made, monday("08:00")) == "06-15 09:11"
    assert only(made, monday("10:00")) == "06-15 10:00"
    made.configure(min_notice_hours=0)
    made.clock.now = monday("09:30")
    assert only(made, monday("09:30")) == "06-15 09:31"
    made.clock.now = monday("10:59")
    assert only(made, monday("09:30")) == "06-22 09:30"


def test_h2_the_horizon_bounds_the_search() -> None:
    made = clinic(window(), max_advance_booking_days=14)
    assert offered(made, limit=10) == [("06-15 09:30", "w", "same_day")]
    made.configure(max_advance_booking_days=13)
    assert offered(made, limit=10) == [("06-08 09:30", "w", "next_days"), ("06-01 10:00", "w", "next_days")]
    made.clock.now = monday("09:30", date(2026, 5, 18))
    assert offered(made, limit=1) == [("05-25 09:30", "w", "next_days")]


@pytest.mark.parametrize("timezone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_nothing_is_offered_beyond_the_last_of_all_years(timezone: str) -> None:
    """SPEC T5: what is offered can be booked; the last date of all is in the year after it somewhere."""
    every_day = [window(day.name, day=day) for day in Weekday]
    made = clinic(*every_day, now=datetime(2199, 12, 27, 12, tzinfo=UTC), timezone=timezone)
    wished = datetime(2199, 12, 29, 12, tzinfo=UTC)
    offers = made.engine.alternatives("checkup", wished, branch_id="main", limit=10)
    assert offers[-1].start.astimezone(ZoneInfo(timezone)).date() == date(2199, 12, 30)
    for number, each in enumerate(offers):
        made.book(each.start, f"+{number}")
    made.refused_booking(datetime(2199, 12, 31, 9, 30, tzinfo=ZoneInfo(timezone)))


def test_h2_beyond_the_horizon_the_last_dates_are_offered_last_first() -> None:
    made = clinic(window(), max_advance_booking_days=21)
    assert offered(made, monday("10:00", date(2026, 7, 6)), limit=2) == [
        ("06-22 10:00", "w", "next_days"),
        ("06-15 10:00", "w", "next_days"),
    ]


def test_h2_a_date_that_is_past_is_answered_from_now_on() -> None:
    made = clinic(window())
    assert offered(made, monday("09:30", date(2026, 5, 25)), limit=1) == [("06-01 10:00", "w", "next_days")]
    assert offered(made, monday("09:30", date(2026, 6, 1)), limit=1) == [("06-01 10:00", "w", "same_day")]


def test_h2_nothing_is_offered_while_booking_is_off_or_all_is_full() -> None:
    made = clinic(window(), max_advance_booking_days=14)
    made.configure(enabled=False)
    assert offered(made) == []
    made.configure(enabled=True)
    made.book(monday("09:00"))
    assert offered(made) == []


def test_h2_the_wished_time_is_that_of_the_clock_where_clocks_are_set() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    windows = [
        window(day.value, day=day, start_time="01:00", end_time="04:00") for day in (Weekday.SATURDAY, Weekday.SUNDAY)
    ]
    made = clinic(*windows, now=datetime(2026, 10, 20, tzinfo=UTC), timezone="Europe/Berlin")
    saturday = datetime(2026, 10, 24, 3, 30, tzinfo=berlin).astimezone(UTC)
    assert offered(made, saturday, limit=2) == [
        ("10-24 01:30", "saturday", "same_day"),
        ("10-25 02:30", "sunday", "next_days"),  # an hour later by UTC
    ]
    repeated = datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1).astimezone(UTC)
    assert only(made, repeated) == "10-25 01:30"
    assert only(made, repeated - timedelta(hours=1)) == "10-25 00:30"
    before = datetime(2026, 10, 24, 2, 30, tzinfo=berlin).astimezone(UTC)
    assert offered(made, before, limit=2)[1][0] == "10-25 00:30"  # the first of two


def test_h2_of_two_spans_the_nearer_one() -> None:
    """02:30 to 03:00 comes twice in Berlin, with half an hour between that belongs to no such window."""
    made = clinic(
        window(day=Weekday.SUNDAY, start_time="02:30", end_time="03:00"),
        now=datetime(2026, 10, 20, tzinfo=UTC),
        timezone="Europe/Berlin",
    )
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert only(made, first + timedelta(minutes=35)) == "10-25 00:59"
    assert only(made, first + timedelta(minutes=50)) == "10-25 01:30"
    assert only(made, second + HALF) == "10-25 01:59"
    made.clock.now = first - timedelta(hours=1)
    assert only(made, first) == "10-25 01:30"  # two hours of notice


@pytest.mark.parametrize(
    ("zone", "day", "time", "instant"),
    [
        ("Asia/Kolkata", date(2026, 6, 15), timedelta(hours=9), datetime(2026, 6, 15, 3, 30, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), timedelta(hours=1), datetime(2026, 3, 29, 0, 0, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), timedelta(hours=2, minutes=30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), timedelta(hours=3), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), timedelta(hours=2), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), timedelta(hours=3), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_h2_when_the_clock_shows_a_time(zone: str, day: date, time: timedelta, instant: datetime) -> None:
    assert local_day(zone, day).at(time) == instant


# --- Doctors --------------------------------------------------------------------------------------------------------


def with_doctor(*visits: str, buffer: int = 15) -> Clinic:
    made = clinic(window(ai_slots=9), duration_minutes=20, buffer_time_minutes=buffer)
    for number, start in enumerate(visits):
        made.book(monday(start), f"+91{number}", assigned_doctor="Dr Rao")
    return made


@pytest.mark.parametrize(
    ("visits", "wished", "nearest"),
    [
        (("09:30",), "09:30", "06-15 10:05"),  # 09:50 and the buffer; before it there is no time left
        (("09:40",), "09:40", "06-15 09:05"),  # as near as 10:15, and earlier
        (("09:40",), "09:41", "06-15 10:15"),
        (("09:40",), "10:15", "06-15 10:15"),  # exactly the buffer apart is free
        (("09:40",), "10:14", "06-15 10:15"),
        (("09:40", "10:15"), "09:41", "06-15 09:05"),
        (("09:00", "09:35", "10:10"), "10:00", "06-22 10:00"),
        (("09:30:30",), "09:31", "06-15 10:06"),  # 10:05:30
        (("09:45:30",), "09:45", "06-15 09:10"),  # 09:10:30
    ],
)
def test_h2_the_doctor_is_given_the_buffer(visits: tuple[str, ...], wished: str, nearest: str) -> None:
    made = with_doctor(*visits)
    assert only(made, monday(wished), assigned_doctor="dr  RAO") == nearest
    assert only(made, monday("09:31"), assigned_doctor="Dr Lee") == "06-15 09:31"
    assert only(made, monday("09:31")) == "06-15 09:31"


def test_h2_a_doctor_is_busy_at_other_branches_too() -> None:
    made = clinic(
        window(ai_slots=9),
        window("n", branch_id="north", ai_slots=9, start_time="08:00", end_time="14:00"),
        branches=("main", "north"),
        duration_minutes=60,
        buffer_time_minutes=30,
    )
    made.book(monday("09:30"), branch_id="north", assigned_doctor="Dr Rao")
    assert offered(made, assigned_doctor="Dr Rao", limit=2) == [
        ("06-22 09:30", "w", "next_days"),
        ("06-15 08:00", "n", "other_branch"),
    ]


# --- Which window ---------------------------------------------------------------------------------------------------


def test_i8_a_window_is_offered_where_a_booking_takes_its_place_in_it() -> None:
    """The shorter window is preferred wherever a visit fits into both (SPEC W6)."""
    made = clinic(window("short", start_time="09:00", end_time="10:00"), window("long"), duration_minutes=10)
    assert offered(made, limit=3)[::2] == [("06-15 09:30", "short", "same_day"), ("06-15 09:51", "long", "same_day")]
    assert made.book(monday("09:51")).calendar_id == "long"
    assert made.book(monday("09:50"), "+912").calendar_id == "short"


def test_i8_labels_tell_windows_apart() -> None:
    made = clinic(window("a", batch_name="A"), window("b", batch_name="B"), window("e", session=EVENING))
    assert [each[1] for each in offered(made, limit=10) if each[2] == "same_day"] == ["a", "b", "e"]
    # Without a batch a window cannot be asked for where one with a batch is preferred.
    made = clinic(window("a", batch_name="A", end_time="10:00"), window("none"))
    assert offered(made, limit=3)[::2] == [("06-15 09:30", "a", "same_day"), ("06-15 10:00", "none", "same_day")]


def test_i8_the_doctor_and_a_preferred_window_together() -> None:
    made = clinic(
        window("short", start_time="09:00", end_time="10:00", ai_slots=9),
        window("long", ai_slots=9, start_time="09:00", end_time="12:00"),
        duration_minutes=30,
    )
    made.book(monday("10:00"), assigned_doctor="Dr Rao")
    found = offered(made, monday("09:40"), assigned_doctor="Dr Rao", limit=3)
    assert found[::2] == [("06-15 09:30", "short", "same_day"), ("06-15 10:30", "long", "same_day")]


@pytest.mark.parametrize("quota", AiQuota)
def test_i8_room_is_that_of_the_channel(quota: AiQuota) -> None:
    made = clinic(window(ai_slots=1, max_slots=2), max_advance_booking_days=14, ai_quota=quota)
    made.book(monday("09:30"), channel=AI)
    assert offered(made, channel=AI) == []
    assert offered(made, channel=STAFF) == [("06-15 09:30", "w", "same_day")]


def test_i8_what_is_closed_or_for_others_is_not_offered() -> None:
    made = clinic(
        window("mine", appointment_type_id="checkup"),
        window("own", appointment_type_id="scan"),
        window("shut", status=WindowStatus.CLOSED),
        services=("checkup", "scan"),
        max_advance_booking_days=21,
    )
    made.engine.close_branch(CloseBranch(branch_id="main", first_date=NEXT_MONDAY, last_date=NEXT_MONDAY))
    assert offered(made, limit=10) == [("06-15 09:30", "mine", "same_day")]
    made.engine.override_tracking(OverrideTracking(slot_id=f"mine||{MONDAY}||checkup", status=WindowStatus.CLOSED))
    assert offered(made, limit=10) == []


# --- Asking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"appointment_type": "surgery"}, (RejectionCode.INVALID_APPOINTMENT_TYPE, None)),
        ({"branch_id": None}, (RejectionCode.VALIDATION_ERROR, None)),
        ({"branch_id": "nowhere"}, (RejectionCode.VALIDATION_ERROR, None)),
        ({"limit": 0}, (RejectionCode.VALIDATION_ERROR, None)),
        ({"limit": 11}, (RejectionCode.VALIDATION_ERROR, None)),
    ],
)
def test_h2_service_and_branch_are_found_as_by_a_booking(fields: dict[str, Any], refused: Any) -> None:
    made = clinic(window(), branches=("main", "north"))
    wish = {"appointment_type": "checkup", "appointment_date": monday("09:30"), "branch_id": "main", **fields}
    assert why(made.refused(AlternativesQuery(**wish))) == refused


class Watched:
    """A store's handle that remembers what it was asked for."""

    def __init__(self, made: Clinic) -> None:
        self.asked: list[LedgerQuery] = []
        self._view, made.store.view = made.store.view, self.view  # type: ignore[method-assign]  # to listen

    def view(self, query: LedgerQuery) -> LedgerView:
        self.asked.append(query)
        return self._view(query)


def test_h2_one_query_asks_for_all_of_it() -> None:
    made = clinic(window())
    made.book(monday("09:00"))
    watched, days = Watched(made), tuple(MONDAY + number * DAY for number in range(17))
    made.engine.alternatives("checkup", monday("09:30"))
    assert watched.asked == [LedgerQuery(now=made.clock.now, days=days)]


def test_h2_a_booking_reads_no_more_for_what_it_does_not_ask() -> None:
    made = clinic(window())
    made.book(monday("09:00"))
    watched = Watched(made)
    assert made.refused_booking(monday("09:30"), "+912").alternatives == ()
    (query,) = watched.asked
    assert (query.days, query.names) == ((MONDAY,), ())
    made.book(monday("09:30", NEXT_MONDAY), "+913", alternatives=3)  # tried without a look
    assert len(watched.asked) == 1


def test_h2_a_doctor_asked_for_does_not_tie_the_booking_to_other_days() -> None:
    made = clinic(window(ai_slots=9), buffer_time_minutes=15)
    made.book(monday("09:30", NEXT_MONDAY), assigned_doctor="Dr Rao")
    commit = made.engine.check(request(monday("09:30"), alternatives=3, assigned_doctor="Dr Rao")).commit  # type: ignore[union-attr]  # accepted
    assert [guard.subject for guard in commit.guards if isinstance(guard, VersionGuard)] == [
        DoctorDay("dr rao", MONDAY)
    ]


# --- Refusals -------------------------------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[RejectionCode, Reason | None]]] = {
    "past": ({}, {"start": NOW - DAY}, (RejectionCode.PAST_APPOINTMENT, None)),
    "notice": (
        {"min_notice_hours": 24 * 14 + 3},
        {},
        (RejectionCode.OUTSIDE_AVAILABILITY, Reason.MIN_NOTICE),
    ),
    "horizon": (
        {},
        {"start": monday("09:30", date(2026, 7, 6))},
        (RejectionCode.OUTSIDE_AVAILABILITY, Reason.BEYOND_HORIZON),
    ),
    "no window": ({}, {"start": monday("20:00")}, (RejectionCode.OUTSIDE_AVAILABILITY, Reason.NO_WINDOW)),
    "closed": ({}, {"session": EVENING}, (RejectionCode.SLOT_INACTIVE, None)),
    "duplicate": ({}, {"phone": "+91doctor"}, (RejectionCode.DUPLICATE_BOOKING, None)),
    "doctor": ({}, {"assigned_doctor": "Dr Rao"}, (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)),
    "quota": ({}, {"channel": AI, "batch": "Q"}, (RejectionCode.SLOT_FULL, Reason.AI_QUOTA)),
    "full": ({}, {"batch": "F"}, (RejectionCode.SLOT_FULL, Reason.CAPACITY)),
}
FIRST_OFFERED = {
    "past": ("06-01 10:00", "a", "next_days"),
    "notice": ("06-15 11:00", "late", "same_day"),
    "horizon": ("06-29 09:30", "a", "next_days"),
    "no window": ("06-15 12:59", "late", "same_day"),
    "closed": ("06-15 09:30", "a", "same_day"),
    "duplicate": ("06-22 09:30", "a", "next_days"),
    "doctor": ("06-15 09:15", "a", "same_day"),
    "quota": ("06-15 09:30", "a", "same_day"),
    "full": ("06-15 09:30", "a", "same_day"),
}


def busy_clinic(**policy: Any) -> Clinic:
    made = clinic(
        window("a", ai_slots=5),
        window("late", ai_slots=5, **LATE),
        window("shut", session=EVENING, status=WindowStatus.CLOSED),
        window("quota", batch_name="Q", ai_slots=0, max_slots=1),
        window("full", batch_name="F", status=WindowStatus.OPEN),
        buffer_time_minutes=15,
    )
    made.book(monday("09:30"), "+91full", batch="F")
    made.book(monday("09:30"), "+91doctor", batch=None, session=MORNING, assigned_doctor="Dr Rao")
    if policy:
        made.configure(**policy)
    return made


@pytest.mark.parametrize("name", REFUSALS)
def test_h2_every_refusal_of_a_visit_offers_alternatives_where_it_was_asked_to(name: str) -> None:
    policy, fields, expected = REFUSALS[name]
    made = busy_clinic(**policy)
    ask = request(**{"start": monday("09:30"), "phone": "+91new", **fields})
    assert refusal(made.engine, ask).alternatives == ()
    refused = refusal(made.engine, attrs.evolve(ask, alternatives=3))
    assert why(refused) == expected
    assert len(refused.alternatives) == 3
    assert told(refused.alternatives)[0] == FIRST_OFFERED[name]
    for each in refused.alternatives:
        again = attrs.evolve(ask, appointment_date=each.start, session=each.window.session, batch=each.window.batch)
        twin = busy_clinic(**policy)
        assert twin.engine.book(again).appointment.calendar_id == each.window.calendar_id


@pytest.mark.parametrize(
    ("policy", "fields", "code"),
    [
        ({}, {"patient_name": ""}, RejectionCode.VALIDATION_ERROR),
        ({}, {"branch_id": "nowhere"}, RejectionCode.VALIDATION_ERROR),
        ({}, {"appointment_type": "surgery"}, RejectionCode.INVALID_APPOINTMENT_TYPE),
        ({"enabled": False}, {}, RejectionCode.BOOKING_DISABLED),
        ({"enabled": False}, {"appointment_type": "surgery"}, RejectionCode.BOOKING_DISABLED),
    ],
)
def test_h2_a_refusal_offers_nothing_where_nothing_was_wished_for_that_can_be(
    policy: dict[str, Any], fields: dict[str, Any], code: RejectionCode
) -> None:
    refused = busy_clinic(**policy).refused_booking(monday("09:30"), alternatives=3, **fields)
    assert (refused.code, refused.alternatives) == (code, ())


def test_h2_a_refusal_carries_its_alternatives_to_whoever_catches_it() -> None:
    made = busy_clinic()
    with pytest.raises(BookingRejected) as caught:
        made.engine.book(request(monday("09:30"), "+912", batch="F", alternatives=2))
    assert caught.value.alternatives == caught.value.rejection.alternatives
    assert len(caught.value.alternatives) == 2


@pytest.mark.parametrize("alternatives", [-1, 11, True, "3"])
def test_h2_how_many_are_wanted_is_bounded(alternatives: Any) -> None:
    made = clinic(window())
    asks = (request(monday("09:30"), alternatives=alternatives), update("appt_x", notes="x", alternatives=alternatives))
    for ask in asks:
        assert [problem.field for problem in made.refused(ask).fields] == ["alternatives"]


def test_u1_alternatives_alone_change_nothing() -> None:
    (problem,) = clinic(window()).refused_update("appt_x", alternatives=3).fields
    assert (problem.field, problem.problem) == ("body", "changes nothing")
    assert problem.hint == "send at least one of: appointment_date, status, assigned_doctor, notes, session, batch"


def test_i8_dates_on_which_the_person_is_expected_are_left_out_of_a_refusal() -> None:
    made = clinic(window(ai_slots=5), window("full", batch_name="F"))
    made.book(monday("09:30"), "+91full", batch="F")
    made.book(monday("09:30", NEXT_MONDAY), "+91me")
    ask = request(monday("09:30"), "+91 me", batch="F", alternatives=3)
    found = [("06-15 09:30", "w", "same_day"), ("06-29 09:30", "full", "next_days")]
    assert told(refusal(made.engine, ask).alternatives) == found
    made.configure(duplicate_prevention=False)
    assert told(refusal(made.engine, ask).alternatives)[1] == ("06-22 09:30", "w", "next_days")


# --- Moving ---------------------------------------------------------------------------------------------------------


def test_h2_a_refused_reschedule_offers_where_the_appointment_can_go() -> None:
    made = clinic(window("w"), window("n", branch_id="north"), branches=("main", "north"))
    mine = made.book(monday("09:30"), branch_id="main", channel=AI)
    made.book(monday("09:30", NEXT_MONDAY), "+912", branch_id="main")
    assert made.refused_update(mine, appointment_date=monday("09:30", NEXT_MONDAY)).alternatives == ()
    refused = made.refused_update(mine, appointment_date=monday("09:30", NEXT_MONDAY), alternatives=5)
    assert why(refused) == (RejectionCode.SLOT_FULL, Reason.CAPACITY)
    assert told(refused.alternatives) == [("06-29 09:30", "w", "next_days")]
    moved = made.update(mine, appointment_date=refused.alternatives[0].start)
    assert moved.start == monday("09:30", date(2026, 6, 29))


def test_u3a_the_own_place_is_room_enough_and_the_own_time_no_alternative() -> None:
    made = clinic(window("w"), window("other", batch_name="B", ai_slots=2, **LATE))
    mine = made.book(monday("09:30"))
    refused = made.refused_update(mine, appointment_date=monday("14:00"), alternatives=2)
    assert told(refused.alternatives) == [("06-15 12:59", "other", "same_day"), ("06-22 12:59", "other", "next_days")]
    refused = made.refused_update(mine, appointment_date=monday("08:00"), alternatives=1)
    assert told(refused.alternatives) == [("06-15 09:00", "w", "same_day")]
    assert refused.alternatives[0].available_slots == 1
    # At a week's distance the own time is the nearest to the wish: its window-date is left out.
    week_before = made.refused_update(mine, appointment_date=monday("09:30", MONDAY - DAY), alternatives=9)
    assert ("06-15 09:30", "w", "next_days") not in told(week_before.alternatives)
    assert ("06-22 09:30", "w", "next_days") in told(week_before.alternatives)


def test_u3a_an_own_place_that_is_closed_is_not_offered() -> None:
    made = clinic(window("w"), max_advance_booking_days=14)
    mine = made.book(monday("09:30"))
    made.engine.override_tracking(OverrideTracking(slot_id=f"w||{MONDAY}", status=WindowStatus.CLOSED))
    refused = made.refused_update(mine, appointment_date=monday("10:00"), alternatives=3)
    assert why(refused) == (RejectionCode.SLOT_INACTIVE, None)
    assert refused.alternatives == ()


def test_h2_a_reschedule_is_for_the_doctor_and_labels_of_the_change() -> None:
    made = clinic(window("w", ai_slots=9), window("e", session=EVENING, ai_slots=9, **LATE), buffer_time_minutes=30)
    made.book(monday("09:30", NEXT_MONDAY), "+912", assigned_doctor="Dr Rao")
    mine = made.book(monday("09:30"))
    change = update(mine, appointment_date=monday("09:30", NEXT_MONDAY), assigned_doctor="Dr Rao", alternatives=2)
    refused = made.refused(change)
    assert why(refused) == (RejectionCode.SLOT_FULL, Reason.DOCTOR_BUSY)
    assert told(refused.alternatives) == [("06-22 09:00", "w", "same_day"), ("06-29 09:30", "w", "next_days")]
    evening = made.refused(attrs.evolve(change, session=EVENING, batch="none"))
    assert told(evening.alternatives)[1] == ("06-29 11:00", "e", "next_days")


def test_h2_what_stands_is_offered_other_times_while_new_bookings_are_off() -> None:
    made = clinic(window("w"))
    mine = made.book(monday("09:30"))
    made.engine.update_service(UpdateService(service_id="checkup", retired=True))
    made.configure(enabled=False)
    refused = made.refused_update(mine, appointment_date=monday("08:30"), alternatives=1)
    assert told(refused.alternatives) == [("06-15 09:00", "w", "same_day")]


@pytest.mark.parametrize(
    ("policy", "changes", "code"),
    [
        ({}, {"session": EVENING}, RejectionCode.OUTSIDE_AVAILABILITY),
        ({"allow_reschedule": False}, {"appointment_date": monday("10:00")}, RejectionCode.RESCHEDULE_NOT_ALLOWED),
    ],
)
def test_h2_a_change_that_is_no_reschedule_or_is_not_allowed_offers_nothing(
    policy: dict[str, Any], changes: dict[str, Any], code: RejectionCode
) -> None:
    made = clinic(window(), **policy)
    refused = made.refused_update(made.book(monday("09:30")), alternatives=3, **changes)
    assert (refused.code, refused.alternatives) == (code, ())


def test_h2_a_revival_offers_nothing_for_it_keeps_its_time() -> None:
    made = clinic(window())
    mine = made.book(monday("09:30"))
    made.cancel(mine)
    made.book(monday("09:30"), "+912")
    refused = made.refused_update(mine, status="confirmed", alternatives=3)
    assert (refused.code, refused.alternatives) == (RejectionCode.SLOT_FULL, ())
    assert made.again(mine).status is CANCELLED


# --- What is remembered ---------------------------------------------------------------------------------------------


def test_openings_are_remembered_until_the_counts_of_their_date_change(monkeypatch: pytest.MonkeyPatch) -> None:
    made, looked = clinic(window(ai_slots=5)), list[date]()
    found = Openings._found

    def watched(self: Openings, day: date, counts: DayCounts) -> tuple[Opening, ...]:
        looked.append(day)
        return found(self, day, counts)

    monkeypatch.setattr(Openings, "_found", watched)
    offered(made, limit=10)
    assert looked == [MONDAY + number * DAY for number in range(17)]
    looked.clear()
    offered(made, limit=10)
    offered(made, limit=10, channel=STAFF)
    assert looked == []
    made.book(monday("09:30"))
    offered(made, limit=10)
    assert looked == [MONDAY]
    offered(made, limit=10, channel=AI)
    assert len(looked) == 18


def test_as_much_is_remembered_as_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_KINDS_REMEMBERED_MAX", 2)
    monkeypatch.setattr(remembering, "_DAYS_REMEMBERED_MAX", 2)
    made = clinic(window(ai_slots=5), window("n", branch_id="north"), branches=("main", "north"))
    before = [offered(made, limit=9), offered(made, limit=9, channel=AI)]
    assert [offered(made, limit=9), offered(made, limit=9, channel=AI)] == before
    catalog = made.store.catalog()
    kept = remembered_openings(catalog, "main", catalog.services["checkup"], AI)
    assert len(kept._days) <= 2
    assert len(catalog.memory[Openings]) <= 2  # type: ignore[arg-type]  # its shelf
