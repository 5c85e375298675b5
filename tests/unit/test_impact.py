"""SPEC W5: what an edit leaves behind, each appointment named once and in order; and how a command is read."""

from __future__ import annotations

import attrs
import pytest
from properties.support import MONDAY, NEXT_MONDAY, clinic, monday, window

from booking_engine import (
    UNSET,
    Accepted,
    AddBranch,
    Appointment,
    OverrideTracking,
    UpdateAppointment,
    UpdateWindow,
    WindowStatus,
)
from booking_engine.domain.tracking import TrackingKey
from booking_engine.rules.impact import Impact
from booking_engine.rules.shape import _CommandShape
from booking_engine.rules.shape_table import SHAPES

DAYS = (MONDAY, NEXT_MONDAY)


def test_w5_those_who_came_last_are_over_capacity_on_every_date() -> None:
    made = clinic(window(ai_slots=3))
    stand: dict[object, list[Appointment]] = {
        day: [made.book(monday("09:00", day), f"+91{number}") for number in range(3)] for day in DAYS
    }
    left = made.engine.update_window(UpdateWindow(slot_id="w", ai_slots=1, max_slots=1)).impact
    assert left == Impact(
        over_capacity=(*stand[MONDAY][1:], *stand[NEXT_MONDAY][1:]),
        overbooked=tuple((TrackingKey("w", day, "checkup"), 2) for day in DAYS),
    )
    assert made.engine.update_window(UpdateWindow(slot_id="w", ai_slots=3, max_slots=3)).impact == Impact()


@pytest.mark.parametrize(("end_time", "is_outside"), [("10:59", True), ("11:00", False)])
def test_w5_a_visit_that_would_not_be_over_in_time_is_outside(end_time: str, is_outside: bool) -> None:
    made = clinic(window(end_time="12:00"), duration_minutes=30)
    booked = made.book(monday("10:30"))
    decision = made.engine.check(UpdateWindow(slot_id="w", end_time=end_time))
    assert isinstance(decision, Accepted)
    assert decision.result.impact == Impact(outside=(booked,) if is_outside else ())


def test_w5_a_date_that_is_set_for_one_service_concerns_that_service() -> None:
    made = clinic(window(ai_slots=3), services=("checkup", "scan"))
    checkup = made.book(monday("09:00"), "+911")
    scan = made.book(monday("09:00"), "+912", appointment_type="scan")
    slot = f"w||{MONDAY}||scan"
    closed = made.engine.check(OverrideTracking(slot_id=slot, status=WindowStatus.CLOSED))
    full = made.engine.check(OverrideTracking(slot_id=slot, max_slots=0))
    whole = made.engine.check(OverrideTracking(slot_id=f"w||{MONDAY}", status=WindowStatus.CLOSED))
    impacts = [decision.result.impact for decision in (closed, full, whole) if isinstance(decision, Accepted)]
    overbooked = ((TrackingKey("w", MONDAY, "scan"), 1),)
    assert impacts == [
        Impact(outside=(scan,)),
        Impact(over_capacity=(scan,), overbooked=overbooked),
        Impact(outside=tuple(sorted((checkup, scan), key=lambda each: each.appointment_id))),
    ]


@pytest.mark.parametrize("kind", [kind for kind, shape in SHAPES.items() if shape.fields])
def test_a_shape_reads_every_field_of_its_command(kind: type[attrs.AttrsInstance]) -> None:
    # The shapes are made ready when the module is imported, before any test; here they are made once more.
    ready = _CommandShape(kind, SHAPES[kind])
    fields = SHAPES[kind].fields
    values = {field.name: field.name.upper() for field in fields}
    assert ready.shape is SHAPES[kind]
    assert ready.read(kind(**values)) == (*values.values(), kind)
    assert [(field, check) for field, check, _ in ready.checks] == [(field, field.check.clean) for field in fields]
    defaults = {field.name: field.default for field in attrs.fields(kind)}
    assert [default for _, _, default in ready.checks] == [defaults[field.name] for field in fields]


def test_a_field_that_is_left_out_has_its_default() -> None:
    ready = _CommandShape(UpdateAppointment, SHAPES[UpdateAppointment])
    assert {field.name: default for field, _, default in ready.checks}["notes"] is UNSET
    assert {field.name: default for field, _, default in _CommandShape(AddBranch, SHAPES[AddBranch]).checks}[
        "branch_id"
    ] is None
