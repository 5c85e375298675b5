"""A step of an update is told in one line: what is new, what becomes different, what was left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

import attrs

from booking_engine.adapters.cli.differences import visible
from booking_engine.adapters.cli.showing import plural
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.clinic import Step, Update
from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.events import FieldChange
from booking_engine.domain.organisation import Configuration, Organisation
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import DateOverride
from booking_engine.domain.window import CalendarWindow
from booking_engine.rules.impact import Impact
from booking_engine.wire.reading import to_json
from booking_engine.wire.values import plain


def told(step: Step, catalog: Catalog, terminal: Terminal) -> Iterator[str]:
    """A line for what is new, or one for each field that becomes different."""
    name = named(step.record, catalog)
    if step.is_new:
        yield f"{terminal.ink('+', fg='green', bold=True)} {name}"
    for field, before, after in map(_written, () if step.is_new else _changes(step)):
        yield f"{terminal.ink('~', fg='yellow', bold=True)} {name}: {field} {before} -> {after}"


def left_alone(record: CatalogRecord, catalog: Catalog, terminal: Terminal) -> str:
    """What the store has and the file has not."""
    return f"{terminal.ink('=', dim=True)} {named(record, catalog)}: not in the file, left as it is"


def left_over(impact: Impact) -> Iterator[str]:
    """Whom a step leaves for people to decide on: nobody is moved or cancelled (SPEC W3)."""
    for appointments, where in ((impact.outside, "outside an open window"), (impact.over_capacity, "over capacity")):
        if appointments:
            ids = " ".join(appointment.appointment_id for appointment in appointments)
            yield f"leaves {plural(len(appointments), 'appointment')} {where}: {ids}"


def counted(update: Update) -> str:
    """How much an update changes."""
    if not update.steps:
        return "nothing to change."
    new = sum(step.is_new for step in update.steps)
    return f"{new:,} added, {len(update.steps) - new:,} changed."


def named(record: CatalogRecord, catalog: Catalog) -> str:
    """A record as people know it, on one line."""
    match record:
        case Organisation():
            name = f'organisation {record.org_id} "{record.name}"'
        case Branch():
            name = f'branch "{record.name}"'
        case Service():
            name = f'service "{record.name}"'
        case CalendarWindow():
            name = f"window {_window(record, catalog)}"
        case DateOverride() | BranchClosure():
            raise AssertionError("a clinic file has neither overrides nor closures")
        case _ as never:
            assert_never(never)
    return visible(name)


def _window(window: CalendarWindow, catalog: Catalog) -> str:
    times = f"{window.start_time or '00:00'}-{window.end_time or '24:00'}"
    service = None if window.service_id is None else f"for {catalog.services[window.service_id].name}"
    parts = (
        window.day,
        window.session,
        times if window.start_time or window.end_time else None,
        window.batch,
        f"at {catalog.branches[window.branch_id].name}",
        service,
        f"({window.calendar_id})",
    )
    return " ".join(filter(None, parts))


def _changes(step: Step) -> Iterator[FieldChange]:
    """The changes, with those of the configuration one by one."""
    for change in step.changes:
        before, after = change.before, change.after
        if isinstance(before, Configuration) and isinstance(after, Configuration):
            for field in attrs.fields(Configuration):
                was, is_now = getattr(before, field.name), getattr(after, field.name)
                if was != is_now:
                    yield FieldChange(field.name, was, is_now)
        else:
            yield change


def _written(change: FieldChange) -> tuple[str, str, str]:
    return change.field, _value(change.before), _value(change.after)


def _value(value: object) -> str:
    return "none" if value is None else visible(to_json(plain(value)))
