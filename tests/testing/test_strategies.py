"""What the strategies give is valid, and what is nearly valid is refused the same by the engine and the model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from booking_engine.commands import Command
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.localtime import known_zones, local_day
from booking_engine.domain.phone import phone_key
from booking_engine.domain.text import fold
from booking_engine.queries import Query
from booking_engine.rules.shape import checked
from booking_engine.testing import strategies
from booking_engine.testing.model import wallclock
from booking_engine.testing.model.phones import NaivePhones
from booking_engine.testing.model.shape import shaped

# A query without fields has no shape to be checked.
QUERIES = strategies.queries().filter(lambda query: len(attrs.fields(type(query))) > 0)


@given(strategies.commands() | QUERIES)
def test_commands_and_queries_have_their_shape(ask: Command | Query) -> None:
    clean = checked(ask)
    assert not isinstance(clean, tuple)
    assert shaped(ask) == clean


@given(strategies.nearly_valid_commands() | strategies.nearly_valid(QUERIES))
def test_engine_and_model_name_the_same_bad_fields(ask: Command | Query) -> None:
    clean, modelled = checked(ask), shaped(ask)
    assert (frozenset(problem.field for problem in clean) if isinstance(clean, tuple) else clean) == modelled


@given(strategies.catalogs())
def test_catalogs_hang_together(catalog: Catalog) -> None:
    assert 1 <= len(catalog.branches) <= 2
    assert 1 <= len(catalog.services) <= 3
    assert 1 <= len(catalog.windows) <= 5
    for window in catalog.windows.values():
        assert window.branch_id in catalog.branches
        assert window.service_id in (None, *catalog.services)
        assert 0 <= window.ai_slots <= window.max_slots
    assert {override.calendar_id for override in catalog.overrides.values()} <= set(catalog.windows)


@given(strategies.appointments())
def test_appointments_are_filed_under_their_phone(appointment: Appointment) -> None:
    assert appointment.phone_key == phone_key(appointment.parent_phone)
    assert appointment.start.utcoffset() == timedelta(0)


@given(st.data())
def test_spellings_of_a_phone_or_a_name_mean_the_same(data: st.DataObject) -> None:
    number, name = data.draw(strategies.phone_numbers()), data.draw(strategies.names())
    assert phone_key(data.draw(strategies.phone_spellings(number))) == number
    assert fold(data.draw(strategies.respelled(name))) == fold(name)


@given(strategies.phones())
def test_the_model_reads_phones_as_the_engine_does(phone: str) -> None:
    assert NaivePhones().key(phone, None) == phone_key(phone)


@given(st.data())
def test_the_model_reads_the_clock_on_the_wall_as_the_engine_computes_it(data: st.DataObject) -> None:
    zone = data.draw(strategies.zones())
    assert zone in known_zones()
    instant = data.draw(strategies.moments_around_transitions(zone))
    day = wallclock.local_date(instant, zone)
    first, last = sorted(data.draw(st.lists(st.integers(0, 1_440), min_size=2, max_size=2, unique=True)))
    minutes = data.draw(st.sampled_from([0, 15, 60, 180]))
    computed = any(
        span.start <= instant < span.end and instant + timedelta(minutes=minutes) <= max(span.end, instant)
        for span in local_day(zone, day).spans(timedelta(minutes=first), timedelta(minutes=last))
    )
    assert wallclock.lies_in(zone, day, (first, last), instant, minutes) == computed


def test_the_transitions_of_a_zone_are_the_real_ones() -> None:
    in_2026 = [instant for instant in strategies.transitions_of("Europe/Berlin") if instant.year == 2026]
    assert in_2026 == [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
    assert strategies.transitions_of("Asia/Kolkata") == ()


def test_the_last_start_is_the_last_that_fits() -> None:
    fixed = datetime(2026, 6, 15, tzinfo=UTC)
    nine_to_eleven = (540, 660)
    assert wallclock.latest_start("UTC", fixed.date(), nine_to_eleven, 30) == fixed.replace(hour=10, minute=30)
    assert wallclock.latest_start("UTC", fixed.date(), nine_to_eleven, 0) == (
        fixed.replace(hour=11) - timedelta(microseconds=1)
    )
    assert wallclock.latest_start("UTC", fixed.date(), nine_to_eleven, 121) is None
