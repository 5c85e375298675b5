"""Whatever a store has and whatever a clinic file says: after an update the store is as the file says."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from booking_engine import BookAppointment, BookingEngine, BookingRejected
from booking_engine.adapters.memory import MemoryStore
from booking_engine.clinic import Clinic, plan_update, read_clinic
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.service import Service
from booking_engine.domain.text import fold
from booking_engine.domain.window import CalendarWindow, WindowStatus
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds

NOW = datetime(2026, 6, 1, 0, tzinfo=UTC)
made = itertools.count()

Table = dict[str, Any]


def optional(**values: st.SearchStrategy[object]) -> st.SearchStrategy[Table]:
    return st.fixed_dictionaries({}, optional=values)


BRANCHES, SERVICES = ("Main", "Lakeside"), ("Checkup", "Long  checkup", "Vaccination")
CONFIGS = optional(
    min_notice_hours=st.integers(0, 3),
    enabled=st.booleans(),
    capacity_scope=st.sampled_from(["per_service", "shared"]),
    session_hours=st.just({"Evening": ["17:00", "20:00"]}),
)


def entries(names: tuple[str, ...], **more: st.SearchStrategy[object]) -> st.SearchStrategy[list[Table]]:
    """Some of these names, each with an id that may be another's in the next file, or none."""
    ids = st.sampled_from([f"id-{number}" for number in range(len(names))])
    entry = st.tuples(st.sampled_from(names), optional(id=ids, **more)).map(lambda pair: {"name": pair[0], **pair[1]})
    return st.lists(entry, max_size=len(names), unique_by=lambda table: str(table["name"]))


def windows(branches: list[Table], services: list[Table]) -> st.SearchStrategy[list[Table]]:
    """Windows of these branches, few of which differ in everything."""
    if not branches:
        return st.just([])
    named = [table["name"] for table in services]
    restricted = {"service": st.sampled_from(named)} if named else {}
    window = st.tuples(
        st.fixed_dictionaries(
            {
                "branch": st.sampled_from([table["name"] for table in branches]),
                "day": st.sampled_from(["monday", "tuesday"]),
                "session": st.sampled_from(["Morning", "Evening"]),
                "ai_slots": st.integers(0, 2),
                "max_slots": st.integers(2, 3),
            }
        ),
        optional(
            id=st.sampled_from(["w0", "w1", "w2"]),
            start_time=st.just("09:00"),
            batch_name=st.sampled_from(["A", "B"]),
            status=st.sampled_from(["OPEN", "CLOSED"]),
            **restricted,
        ),
    ).map(lambda pair: pair[0] | pair[1])
    return st.lists(window, max_size=5)


@st.composite
def clinics(draw: st.DrawFn) -> str:
    """A clinic file that can be read."""
    branches, services = draw(entries(BRANCHES)), draw(entries(SERVICES, duration_minutes=st.sampled_from([0, 15])))
    tables = {"branches": branches, "services": services, "windows": draw(windows(branches, services))}
    lines = ['[organisation]\nid = "sunrise"\n[config]\ntimezone = "UTC"', *written(draw(CONFIGS))]
    for name, found in tables.items():
        for table in found:
            lines += [f"[[{name}]]", *written(table)]
    text = "\n".join(lines)
    assume(isinstance(read(text), Clinic))
    return text


def written(table: Table) -> list[str]:
    values = {key: value for key, value in table.items() if not isinstance(value, dict)}
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return lines + [
        f"{key}.{name} = {json.dumps(each)}" for key, value in inner.items() for name, each in value.items()
    ]


def read(text: str) -> object:
    return read_clinic(text.encode(), lambda: f"made-{next(made)}")


def clinic_of(text: str) -> Clinic:
    clinic = read(text)
    assert isinstance(clinic, Clinic)
    return clinic


def engine_over(store: MemoryStore) -> BookingEngine:
    return BookingEngine(store, clock=FixedClock(NOW), ids=SeededIds())


def book_some(engine: BookingEngine) -> None:
    """A visit in every window on its next date, where it takes one."""
    for number, window in enumerate(engine.catalog().windows.values()):
        [day] = itertools.islice(window.dates(date(2026, 6, 8), date(2026, 6, 15)), 1)
        for service in engine.catalog().services:
            try:
                engine.book(
                    BookAppointment(
                        appointment_type=service,
                        appointment_date=datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
                        + timedelta(minutes=number),
                        patient_name="Aadhi",
                        parent_phone=f"+91984001{number:04}",
                    )
                )
            except BookingRejected:
                continue


def setup_of(catalog: Catalog) -> Counter[object]:
    """What is active, by what people know it by."""

    def service(service: Service) -> object:
        return (fold(service.name), service.duration_minutes)

    def window(window: CalendarWindow) -> object:
        restricted = None if window.service_id is None else fold(catalog.services[window.service_id].name)
        return (
            fold(catalog.branches[window.branch_id].name),
            window.day,
            window.session,
            window.start_time,
            window.batch,
            restricted,
            window.ai_slots,
            window.max_slots,
            window.status,
        )

    return Counter(
        [
            *(fold(branch.name) for branch in catalog.active_branches),
            *map(service, catalog.active_services),
            *map(window, catalog.windows.values()),
        ]
    )


@given(clinics(), clinics(), st.booleans())
def test_after_an_update_the_store_is_as_the_file_says(before: str, after: str, booked: bool) -> None:
    store, fresh = MemoryStore("sunrise"), MemoryStore("sunrise")
    engine, said = engine_over(store), engine_over(fresh)
    for command in clinic_of(before).commands:
        engine.execute(command)
    for command in clinic_of(after).commands:
        said.execute(command)
    if booked:
        book_some(engine)
    standing = engine.appointments().items
    catalog = store.catalog()
    update = plan_update(clinic_of(after), catalog)
    if update.problems:
        assert (update.steps, update.left) == ((), ())
        return
    for step in update.steps:
        assert engine.execute(step.command).changes == step.changes or step.is_new

    now = store.catalog()
    in_file, in_store = setup_of(fresh.catalog()), setup_of(now)
    assert in_file <= in_store
    closed = [each for each in catalog.windows.values() if each.status is WindowStatus.CLOSED]
    assert (in_store - in_file).total() <= len(update.left) + len(closed)
    assert len(update.left) <= (in_store - in_file).total()
    assert (
        now.configuration.min_notice_hours
        == (said.catalog().configuration if "min_notice_hours" in after else catalog.configuration).min_notice_hours
    )
    again = plan_update(clinic_of(after), now)
    assert (again.steps, again.left, again.problems) == ((), update.left, ())
    assert [each.appointment_id for each in engine.appointments().items] == [each.appointment_id for each in standing]
    assert [each.status for each in engine.appointments().items] == [each.status for each in standing]
    assert engine.verify() == ()


@given(clinics())
def test_a_file_in_an_empty_store_is_the_file_and_nothing_else(text: str) -> None:
    clinic, store = clinic_of(text), MemoryStore("sunrise")
    update = plan_update(clinic, store.catalog())
    assert (update.problems, update.left) == ((), ())
    assert all(step.is_new for step in update.steps)
    engine = engine_over(store)
    assert sorted(type(step.record).__name__ for step in update.steps) == sorted(
        type(engine.execute(command).record).__name__ for command in clinic.commands
    )
    assert setup_of(update.catalog) == setup_of(store.catalog())
    again = plan_update(clinic_of(text), store.catalog())
    assert (again.steps, again.left, again.problems) == ((), (), ())
