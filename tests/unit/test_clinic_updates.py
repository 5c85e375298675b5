"""An update: what of a clinic file is there already, what is to be changed, and what both cannot be right about."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import attrs
import pytest

from booking_engine import AddBranch, AddService, BookAppointment, BookingEngine, UpdateBranch, UpdateService
from booking_engine.adapters.memory import MemoryStore
from booking_engine.clinic import Clinic, Update, plan_update, read_clinic
from booking_engine.domain.branch import Branch
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.service import Service
from booking_engine.domain.window import CalendarWindow
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds

HEAD = """
[organisation]
id = "sunrise"
name = "Sunrise Clinic"
[config]
timezone = "UTC"
min_notice_hours = 0
"""
BARE = """
[[branches]]
name = "Main"
[[services]]
name = "General Checkup"
duration_minutes = 20
[[windows]]
day = "monday"
session = "Morning"
start_time = "09:00"
end_time = "11:00"
ai_slots = 2
batch_name = "MA"
service = "General Checkup"
[[windows]]
day = "tuesday"
session = "Evening"
ai_slots = 3
max_slots = 5
"""
NAMED = """
[[branches]]
id = "main"
name = "Main"
[[services]]
id = "s1"
name = "General Checkup"
[[windows]]
id = "mornings"
day = "monday"
session = "Morning"
ai_slots = 2
"""
TWO_BRANCHES = (
    NAMED
    + """branch = "main"
[[branches]]
id = "lake"
name = "Lakeside"
"""
)
made_ids = itertools.count()


def new_id() -> str:
    """Another one each time, as where a file is read anew."""
    return f"made-{next(made_ids)}"


def clinic_of(text: str) -> Clinic:
    clinic = read_clinic(text.encode(), new_id)
    assert isinstance(clinic, Clinic), clinic
    return clinic


class Organised:
    """An organisation that files are applied to."""

    def __init__(self, *texts: str) -> None:
        self.store = MemoryStore("sunrise")
        self.engine = BookingEngine(self.store, clock=FixedClock(datetime(2026, 6, 1, 10, tzinfo=UTC)), ids=SeededIds())
        for text in texts:
            self.apply(text)

    @property
    def catalog(self) -> Catalog:
        return self.store.catalog()

    def plan(self, text: str) -> Update:
        return plan_update(clinic_of(text), self.catalog)

    def apply(self, text: str) -> list[tuple[str, str, list[tuple[object, ...]]]]:
        """Of each step: what it is about, whether that is new, and the fields that it changes."""
        update = self.plan(text)
        assert update.problems == ()
        for step in update.steps:
            self.engine.execute(step.command)
        assert told(self.catalog) == told(update.catalog)
        return [
            (type(step.record).__name__, "new" if step.is_new else "changed", [tuple(each) for each in step.changes])
            for step in update.steps
        ]


def told(catalog: Catalog) -> list[object]:
    """Everything that is set up, without when."""
    windows = [attrs.evolve(each, created_at=NEVER, updated_at=NEVER) for each in catalog.windows.values()]
    return [catalog.organisation, *catalog.branches.values(), *catalog.services.values(), *windows]


NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def test_a_file_sets_an_empty_store_up_and_again_changes_nothing() -> None:
    clinic = Organised()
    assert clinic.apply(HEAD + BARE) == [
        ("Organisation", "new", []),
        ("Branch", "new", []),
        ("Service", "new", []),
        ("CalendarWindow", "new", []),
        ("CalendarWindow", "new", []),
    ]
    before = clinic.catalog
    assert clinic.plan(HEAD + BARE) == Update(catalog=before)
    assert clinic.apply(HEAD + BARE) == []
    assert clinic.catalog is before


def test_what_the_file_says_otherwise_is_changed_and_nothing_else() -> None:
    clinic = Organised(HEAD + BARE)
    otherwise = (
        (HEAD + BARE)
        .replace("min_notice_hours = 0", "min_notice_hours = 5")
        .replace("duration_minutes = 20", "duration_minutes = 25")
        .replace("max_slots = 5", "max_slots = 6")
        .replace('name = "Main"', 'name = "MAIN"')
    )
    before, *steps = clinic.apply(otherwise)
    assert before[:2] == ("Organisation", "changed")
    assert [field for field, _, _ in before[2]] == ["configuration"]
    assert steps == [
        ("Branch", "changed", [("name", "Main", "MAIN")]),
        ("Service", "changed", [("duration_minutes", 20, 25)]),
        ("CalendarWindow", "changed", [("max_slots", 5, 6)]),
    ]
    assert clinic.catalog.configuration.min_notice_hours == 5


def test_settings_that_the_file_does_not_have_stay() -> None:
    clinic = Organised(HEAD + BARE)
    assert clinic.apply(HEAD.replace("min_notice_hours = 0", "").replace('name = "Sunrise Clinic"', "") + BARE) == []
    assert clinic.catalog.configuration.min_notice_hours == 0
    assert clinic.catalog.organisation.name == "Sunrise Clinic"


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("day", '"monday"', '"friday"'),
        ("session", '"Morning"', '"Evening"'),
        ("ai_slots", "2", "1"),
        ("max_slots", "2", "4"),
        ("start_time", None, '"08:00"'),
        ("end_time", None, '"12:00"'),
        ("batch", None, '"MA"'),
        ("status", '"OPEN"', '"CLOSED"'),
        ("valid_from", None, '"2026-06-01"'),
        ("valid_until", None, '"2026-12-31"'),
    ],
)
def test_every_field_of_a_window_with_an_id_follows_the_file(field: str, before: str | None, after: str) -> None:
    clinic = Organised(HEAD + NAMED)
    key = {"batch": "batch_name"}.get(field, field)
    known = f"{key} = {before}\n"
    text = NAMED.replace(known, "") + f"{key} = {after}\n"
    if field == "ai_slots":
        text += "max_slots = 2\n"
    [(_, kind, changes)] = clinic.apply(HEAD + text)
    assert (kind, [change[0] for change in changes]) == ("changed", [field])
    assert str(changes[0][2]) == after.strip('"')
    [(_, _, back)] = clinic.apply(HEAD + NAMED)
    assert back == [(name, is_now, was) for name, was, is_now in changes]


def test_an_interval_follows_the_file() -> None:
    clinic = Organised(HEAD + NAMED + 'valid_from = "2026-06-01"\n')
    [(_, _, changes)] = clinic.apply(HEAD + NAMED + 'valid_from = "2026-06-01"\ninterval_weeks = 2\n')
    assert changes == [("interval_weeks", 1, 2)]


def test_what_was_retired_or_closed_and_is_in_the_file_by_its_id_comes_back() -> None:
    clinic = Organised(HEAD + NAMED)
    clinic.engine.disable_window("mornings")
    clinic.engine.update_branch(UpdateBranch(branch_id="main", retired=True))
    clinic.engine.update_service(UpdateService(service_id="s1", retired=True))
    assert [changes for _, _, changes in clinic.apply(HEAD + NAMED)] == [
        [("retired", True, False)],
        [("retired", True, False)],
        [("status", "CLOSED", "OPEN")],
    ]


def test_the_name_of_what_was_retired_is_that_of_a_new_one() -> None:
    clinic = Organised(HEAD + BARE.partition("[[windows]]")[0])
    [service_id] = clinic.catalog.services
    clinic.engine.update_service(UpdateService(service_id=service_id, retired=True))
    assert clinic.apply(HEAD + BARE.partition("[[windows]]")[0]) == [("Service", "new", [])]
    assert clinic.catalog.services[service_id].retired


def test_what_the_file_does_not_have_is_left_and_told() -> None:
    clinic = Organised(HEAD + BARE)
    clinic.engine.add_branch(AddBranch(name="Lakeside"))
    clinic.engine.add_service(AddService(name="Vaccination"))
    shorter = BARE.rpartition("[[windows]]")[0]
    update = clinic.plan(HEAD + shorter)
    assert update.steps == ()
    assert [type(each) for each in update.left] == [Branch, Service, CalendarWindow]
    assert [getattr(each, "name", getattr(each, "day", None)) for each in update.left] == [
        "Lakeside",
        "Vaccination",
        "tuesday",
    ]


def test_what_is_retired_or_closed_is_not_told_of() -> None:
    clinic = Organised(HEAD + NAMED)
    clinic.engine.disable_window("mornings")
    clinic.engine.update_branch(UpdateBranch(branch_id="main", retired=True))
    clinic.engine.update_service(UpdateService(service_id="s1", retired=True))
    assert clinic.plan(HEAD).left == ()


def test_windows_that_are_alike_are_as_many_as_in_the_file() -> None:
    window = '[[windows]]\nday = "monday"\nsession = "Morning"\nai_slots = 2\n'
    branch = '[[branches]]\nname = "Main"\n'
    clinic = Organised(HEAD + branch + window)
    assert clinic.apply(HEAD + branch + window * 3) == [("CalendarWindow", "new", [])] * 2
    assert clinic.apply(HEAD + branch + window * 3) == []
    assert len(clinic.plan(HEAD + branch + window).left) == 2


def test_a_name_that_was_given_up_may_be_taken() -> None:
    clinic = Organised(HEAD + '[[services]]\nid = "s1"\nname = "Checkup"\n')
    taken = '[[services]]\nname = "Checkup"\n[[services]]\nid = "s1"\nname = "Long Checkup"\n'
    assert clinic.apply(HEAD + taken) == [
        ("Service", "changed", [("name", "Checkup", "Long Checkup")]),
        ("Service", "new", []),
    ]


@pytest.mark.parametrize(
    ("before", "text", "problem"),
    [
        (
            BARE,
            BARE.replace('name = "Main"', 'id = "main"\nname = "main"'),
            "branch main is in the store already, with the id {branch}: give it that id, or none",
        ),
        (
            BARE,
            BARE.replace('name = "General Checkup"', 'id = "s1"\nname = "General Checkup"'),
            "service s1 is in the store already, with the id {service}: give it that id, or none",
        ),
        (
            BARE,
            BARE.replace('day = "monday"', 'id = "mornings"\nday = "monday"'),
            "window mornings is in the store already, with the id {window}: give it that id, or none",
        ),
        (
            NAMED,
            NAMED + 'service = "General Checkup"\n',
            "window mornings has another branch or service in the store, which no edit changes: give it another id",
        ),
        (
            TWO_BRANCHES,
            NAMED.replace('name = "Main"', 'name = "Lakeside"'),
            "branch: name is the name of another branch; send another name",
        ),
    ],
    ids=["branch", "service", "window", "moved", "name"],
)
def test_what_file_and_store_cannot_both_be_right_about(before: str, text: str, problem: str) -> None:
    clinic = Organised(HEAD + before)
    catalog = clinic.catalog
    known = {
        "branch": next(iter(catalog.branches)),
        "service": next(iter(catalog.services)),
        "window": next(iter(catalog.windows)),
    }
    update = clinic.plan(HEAD.replace("min_notice_hours = 0", "min_notice_hours = 9") + text)
    assert update.problems[:1] == (problem.format(**known),)
    assert (update.steps, update.left, update.catalog) == ((), (), catalog)


def test_a_policy_that_is_refused_is_the_only_problem() -> None:
    clinic = Organised(HEAD.replace("min_notice_hours = 0", "hold_max_seconds = 60\nhold_seconds = 60") + NAMED)
    update = clinic.plan(HEAD.replace("min_notice_hours = 0", "hold_seconds = 61") + BARE)
    assert update.problems == (
        "the organisation: hold_seconds exceeds hold_max_seconds; send at most hold_max_seconds",
    )


def test_appointments_stay_as_they_are() -> None:
    clinic = Organised(HEAD + NAMED)
    booked = clinic.engine.book(
        BookAppointment(
            appointment_type="s1",
            appointment_date=datetime(2026, 6, 15, 9, 30, tzinfo=UTC),
            patient_name="Aadhi",
            parent_phone="+919840012345",
        )
    ).appointment
    clinic.apply(HEAD + NAMED.replace("monday", "friday").replace('name = "General Checkup"', 'name = "Checkup"'))
    assert clinic.engine.appointment(booked.appointment_id) == booked
    assert clinic.engine.verify() == ()
