"""Asks: every command and every query with the shape of SPEC §6.1, and nearly valid ones with some fields spoilt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final, TypeVar

import attrs
from hypothesis import strategies as st

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.alternative import ALTERNATIVES_MAX
from booking_engine.domain.appointment import AppointmentStatus
from booking_engine.domain.organisation import AiQuota, CapacityScope
from booking_engine.domain.window import WindowStatus
from booking_engine.testing.strategies import records, values

AskT = TypeVar("AskT", bound=c.Command | q.Query)
_Strategy = st.SearchStrategy[Any]

_STATUSES = [status for status in AppointmentStatus if status is not AppointmentStatus.RESCHEDULED]


def book_commands() -> st.SearchStrategy[c.BookAppointment]:
    """Bookings; the instant under any offset."""
    return st.builds(
        c.BookAppointment,
        appointment_type=values.names() | values.record_ids(),
        appointment_date=values.instants().flatmap(values.spelled),
        patient_name=values.names(),
        parent_phone=values.phones(),
        branch_id=st.none() | values.record_ids(),
        session=st.none() | values.sessions(),
        batch=st.none() | values.names(),
        assigned_doctor=st.none() | values.names(),
        external_reference_id=st.none() | values.references(),
        notes=st.none() | values.notes(),
        alternatives=_how_many(),
        **_by_whom(),
    )


def update_commands() -> st.SearchStrategy[c.UpdateAppointment]:
    """Changes of appointments, of one field and of several (SPEC U1)."""

    def changes(status: AppointmentStatus | c.Unset) -> st.SearchStrategy[c.UpdateAppointment]:
        # A date does not go with a status that ends the appointment (SPEC U4).
        ends = status in (AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED)
        return _some(
            c.UpdateAppointment,
            {"appointment_id": values.appointment_ids(), "status": st.just(status), "alternatives": _how_many()},
            {} if ends else {"appointment_date": values.instants().flatmap(values.spelled)},
            {
                "assigned_doctor": st.none() | values.names(),
                "notes": st.none() | values.notes(),
                "session": values.sessions(),
                "batch": values.names(),
            },
            beside={"if_version": _seen()},
            complete=status is not c.UNSET,
        )

    return st.sampled_from([c.UNSET, *_STATUSES]).flatmap(changes)


def hold_commands() -> st.SearchStrategy[c.HoldPlace]:
    """Places to be kept; the instant under any offset."""
    return st.builds(
        c.HoldPlace,
        holder=values.references(),
        appointment_type=values.names() | values.record_ids(),
        appointment_date=values.instants().flatmap(values.spelled),
        branch_id=st.none() | values.record_ids(),
        session=st.none() | values.sessions(),
        batch=st.none() | values.names(),
        assigned_doctor=st.none() | values.names(),
        parent_phone=st.none() | values.phones(),
        patient_name=st.none() | values.names(),
        **_by_whom(),
    )


def extend_hold_commands() -> st.SearchStrategy[c.ExtendHold]:
    """Holds that shall end later."""
    return st.builds(c.ExtendHold, hold_id=values.hold_ids(), **_by_whom())


def release_hold_commands() -> st.SearchStrategy[c.ReleaseHold]:
    """Holds given up."""
    return st.builds(c.ReleaseHold, hold_id=values.hold_ids(), **_by_whom())


def confirm_hold_commands() -> st.SearchStrategy[c.ConfirmHold]:
    """Holds that become appointments."""
    return st.builds(
        c.ConfirmHold,
        hold_id=values.hold_ids(),
        patient_name=values.names(),
        parent_phone=values.phones(),
        assigned_doctor=st.none() | values.names(),
        external_reference_id=st.none() | values.references(),
        notes=st.none() | values.notes(),
        **_by_whom(),
    )


def configure_commands() -> st.SearchStrategy[c.ConfigureOrganisation]:
    """Changes of the policy, of one field and of several."""
    notice = st.integers(0, 8_760)
    return _some(
        c.ConfigureOrganisation,
        {},
        {
            "name": values.names(),
            "timezone": values.zones(),
            "enabled": st.booleans(),
            "buffer_time_minutes": st.integers(0, 1_440),
            "max_advance_booking_days": st.integers(0, 3_650),
            "min_notice_hours": notice,
            "allow_reschedule": st.booleans(),
            "allow_cancellation": st.booleans(),
            "cancellation_notice_hours": notice,
            "duplicate_prevention": st.booleans(),
            "reschedule_notice_hours": notice,
            "ai_quota": st.sampled_from(AiQuota),
            "capacity_scope": st.sampled_from(CapacityScope),
            "hold_seconds": st.integers(1, 300),
            "hold_max_seconds": st.integers(300, 86_400),
            "default_region": st.none() | st.sampled_from(["IN", "DE", "US"]),
            "duplicate_includes_patient": st.booleans(),
            "issue_tokens": st.booleans(),
            "session_hours": records.session_hours(),
        },
    )


def add_branch_commands() -> st.SearchStrategy[c.AddBranch]:
    """New branches, with an id and without."""
    return st.builds(c.AddBranch, name=values.names(), branch_id=st.none() | values.record_ids(), **_by_whom())


def update_branch_commands() -> st.SearchStrategy[c.UpdateBranch]:
    """Changes of branches."""
    return _some(c.UpdateBranch, {"branch_id": values.record_ids()}, {"name": values.names(), "retired": st.booleans()})


def add_service_commands() -> st.SearchStrategy[c.AddService]:
    """New services, with an id and without."""
    return st.builds(
        c.AddService,
        name=values.names(),
        duration_minutes=values.durations(),
        service_id=st.none() | values.record_ids(),
        **_by_whom(),
    )


def update_service_commands() -> st.SearchStrategy[c.UpdateService]:
    """Changes of services."""
    changes = {"name": values.names(), "duration_minutes": values.durations(), "retired": st.booleans()}
    return _some(c.UpdateService, {"service_id": values.record_ids()}, changes)


def create_window_commands() -> st.SearchStrategy[c.CreateWindow]:
    """New windows of every kind (SPEC W1, W8)."""

    def command(draw_max: bool, window: Any, by: dict[str, Any]) -> c.CreateWindow:
        return c.CreateWindow(
            branch_id=window.branch_id,
            day=window.day,
            session=window.session,
            ai_slots=window.ai_slots,
            max_slots=window.max_slots if draw_max or not window.ai_slots else None,
            start_time=window.start_time,
            end_time=window.end_time,
            batch_name=window.batch,
            appointment_type_id=window.service_id,
            status=window.status,
            valid_from=window.valid_from,
            valid_until=window.valid_until,
            interval_weeks=window.interval_weeks,
            **by,
        )

    return st.builds(command, st.booleans(), records.calendar_windows(), st.fixed_dictionaries(_by_whom()))


def update_window_commands() -> st.SearchStrategy[c.UpdateWindow]:
    """Changes of windows; whether the merged window is one depends on the window (SPEC W3)."""
    return _some(
        c.UpdateWindow,
        {"slot_id": records.slot_ids().map(str)},
        {
            "day": values.weekdays(),
            "session": values.sessions(),
            "start_time": st.none() | values.times_of_day(),
            "end_time": st.none() | st.just("24:00") | values.times_of_day(),
            "max_slots": st.integers(1, 1_000_000),
            "ai_slots": st.integers(0, 1_000_000),
            "batch_name": st.none() | values.names(),
            "status": st.sampled_from(WindowStatus),
            "valid_from": st.none() | values.local_dates(),
            "valid_until": st.none() | values.local_dates(),
            "interval_weeks": st.integers(1, 52),
        },
        beside={"if_version": _seen()},
    )


def override_commands() -> st.SearchStrategy[c.OverrideTracking]:
    """Overrides of one date, for a window or a service in it."""

    def command(slot: Any, given: dict[str, Any], by: dict[str, Any]) -> c.OverrideTracking:
        max_slots, ai_slots = given.get("max_slots"), given.get("ai_slots")
        if max_slots is not None and ai_slots is not None:
            given = {**given, "ai_slots": min(ai_slots, max_slots)}
        return c.OverrideTracking(slot_id=str(slot), **given, **by)

    slots = st.none() | st.integers(0, 1_000_000)
    fields: dict[str, _Strategy] = {
        "status": st.none() | st.sampled_from(WindowStatus),
        "max_slots": slots,
        "ai_slots": slots,
    }
    with_date = records.slot_ids().filter(lambda slot: slot.date is not None)
    given = st.fixed_dictionaries({}, optional=fields).filter(bool)
    return st.builds(command, with_date, given, st.fixed_dictionaries(_by_whom()))


def close_branch_commands() -> st.SearchStrategy[c.CloseBranch]:
    """Closures of a range, or of some dates in it."""

    def command(days: tuple[date, date], only: frozenset[int] | None, **rest: Any) -> c.CloseBranch:
        dates = None if only is None else frozenset(days[0] + timedelta(days=n) for n in only)
        return c.CloseBranch(first_date=days[0], last_date=days[1], only=dates, **rest)

    return st.builds(
        command,
        days=values.date_ranges(),
        only=st.none() | st.frozensets(st.integers(0, 92)),
        branch_id=values.record_ids(),
        label=st.none() | values.names(),
        **_by_whom(),
    )


def reopen_branch_commands() -> st.SearchStrategy[c.ReopenBranch]:
    """Closures lifted."""
    return st.builds(c.ReopenBranch, closure_id=values.record_ids(), **_by_whom())


def availability_queries() -> st.SearchStrategy[q.AvailabilityQuery]:
    """One date or several, narrowed or not."""
    days = st.one_of(values.date_ranges(), values.local_dates().map(lambda day: (day, None)))
    return days.flatmap(
        lambda pair: st.builds(q.AvailabilityQuery, date=st.just(pair[0]), until=st.just(pair[1]), **_narrowed())
    )


def tracking_queries() -> st.SearchStrategy[q.TrackingQuery]:
    """One date, or a range of dates."""
    slot_id = st.none() | records.slot_ids().map(str)
    on_date = st.builds(q.TrackingQuery, date=values.local_dates(), slot_id=slot_id, **_narrowed())
    in_range = values.date_ranges().flatmap(
        lambda pair: st.builds(
            q.TrackingQuery, from_date=st.just(pair[0]), to_date=st.just(pair[1]), slot_id=slot_id, **_narrowed()
        )
    )
    return on_date | in_range


def alternatives_queries() -> st.SearchStrategy[q.AlternativesQuery]:
    """Wishes of every kind."""
    return st.builds(
        q.AlternativesQuery,
        appointment_type=values.names() | values.record_ids(),
        appointment_date=values.instants().flatmap(values.spelled),
        branch_id=st.none() | values.record_ids(),
        session=st.none() | values.sessions(),
        batch=st.none() | values.names(),
        assigned_doctor=st.none() | values.names(),
        channel=values.channels(),
        limit=st.integers(1, ALTERNATIVES_MAX),
    )


def appointments_queries() -> st.SearchStrategy[q.AppointmentsQuery]:
    """Pages with any filters, by number and behind a cursor of some list."""
    by_number: dict[str, _Strategy] = {"page": st.none() | st.integers(1, 1_000_000)}
    return st.one_of(_pages(by_number), _pages({"cursor": values.cursors()}))


def _pages(which: dict[str, _Strategy]) -> st.SearchStrategy[q.AppointmentsQuery]:
    return st.builds(
        q.AppointmentsQuery,
        date=st.none() | values.local_dates(),
        status=st.none() | st.sampled_from(AppointmentStatus),
        batch=st.none() | values.names(),
        phone=st.none() | values.phones(),
        external_reference_id=st.none() | values.references(),
        limit=st.integers(1, 200),
        **which,
        **_narrowed(),
    )


def commands() -> st.SearchStrategy[c.Command]:
    """Any command."""
    return st.one_of(
        book_commands(),
        update_commands(),
        hold_commands(),
        extend_hold_commands(),
        release_hold_commands(),
        confirm_hold_commands(),
        configure_commands(),
        add_branch_commands(),
        update_branch_commands(),
        add_service_commands(),
        update_service_commands(),
        create_window_commands(),
        update_window_commands(),
        override_commands(),
        close_branch_commands(),
        reopen_branch_commands(),
    )


def queries() -> st.SearchStrategy[q.Query]:
    """Any query."""
    return st.one_of(
        availability_queries(),
        tracking_queries(),
        alternatives_queries(),
        appointments_queries(),
        st.builds(q.AppointmentQuery, appointment_id=values.appointment_ids()),
        st.builds(q.HistoryQuery, subject_id=values.record_ids()),
        st.just(q.CatalogQuery()),
        st.just(q.RegenerateTracking()),
    )


# --- Nearly valid ---------------------------------------------------------------------------------------------------

_INDIA = timezone(timedelta(hours=5, minutes=30))
BAD_VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    5.0,
    float("nan"),
    10**30,
    "",
    "   ",
    "a\x00b",
    "a\x7fb",
    "\ud800",
    "x" * 201,
    "x" * 10_000,
    "5",
    "24:00",
    "24:01",
    "9:00",
    "rescheduled",
    "noon",
    "Europe/Nowhere",
    "../../etc/passwd",
    "localtime",
    "a||b",
    (),
    [1],
    datetime(2026, 6, 15, 9, 30),  # noqa: DTZ001 (without an offset: that is what is wrong)
    datetime(1999, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2200, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=_INDIA),
    datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=23, minutes=59))),
    date(1999, 12, 31),
    date(2200, 1, 1),
    {"Morning": ("12:00", "09:00")},
    {"Noon": ("09:00", "12:00")},
)
"""Values that are wrong for most fields; for some fields some of them are right."""


@st.composite
def nearly_valid(draw: st.DrawFn, asks: st.SearchStrategy[AskT]) -> AskT:
    """Asks with one to three fields spoilt by ``BAD_VALUES``: all of them must be named at once (SPEC §6.1)."""
    ask = draw(asks)
    # What a closure's ``only`` holds is asked date by date: any container will do, and a bad one is a fault.
    spoilable = [field.name for field in attrs.fields(type(ask)) if field.name not in ("only", "channel")]
    if not spoilable:
        return ask
    spoilt = draw(st.lists(st.sampled_from(spoilable), min_size=1, max_size=3, unique=True))
    return attrs.evolve(ask, **{name: draw(st.sampled_from(BAD_VALUES)) for name in spoilt})


def nearly_valid_commands() -> st.SearchStrategy[c.Command]:
    """Any command, spoilt."""
    return nearly_valid(commands())


def nearly_valid_queries() -> st.SearchStrategy[q.Query]:
    """Any query, spoilt."""
    return nearly_valid(queries())


# --- Parts ----------------------------------------------------------------------------------------------------------


def _by_whom() -> dict[str, _Strategy]:
    return {"channel": values.channels(), "actor": st.none() | values.names()}


def _how_many() -> st.SearchStrategy[int]:
    """How many alternatives a refusal is to tell, mostly none."""
    return st.just(0) | st.integers(0, ALTERNATIVES_MAX)


def _narrowed() -> dict[str, _Strategy]:
    return {
        "branch_id": st.none() | values.record_ids(),
        "session": st.none() | values.sessions(),
        "appointment_type": st.none() | values.names() | values.record_ids(),
    }


def _seen() -> _Strategy:
    """What an editor has seen (SPEC U8), or nothing said of it."""
    version = st.integers(1, 2**63 - 1)
    return st.none() | version | st.lists(version, max_size=3).map(tuple)


def _some(
    kind: type[AskT],
    fixed: dict[str, _Strategy],
    *optional: dict[str, _Strategy],
    beside: dict[str, _Strategy] | None = None,
    complete: bool = False,
) -> st.SearchStrategy[AskT]:
    """The ask with some of its optional fields; with at least one unless it is ``complete`` without."""
    offered = {name: each for fields in optional for name, each in fields.items()}
    given = st.fixed_dictionaries({}, optional=offered)
    some = given if complete else given.filter(bool)
    return st.builds(
        lambda needed, changes: kind(**needed, **changes),
        st.fixed_dictionaries({**fixed, **_by_whom(), **(beside or {})}),
        some,
    )
