"""Telling is asking an engine aloud: what is asked, and what was decided, in a few lines for people."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from booking_engine import (
    Accepted,
    Appointment,
    AvailabilityRow,
    Booked,
    BookingEngine,
    BookingRejected,
    Changed,
    Rejection,
    Updated,
)
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.cli.wallclock import day, moment, time_of_day
from booking_engine.rules.impact import Impact
from booking_engine.shell import Ask, Planned

_ID_LENGTH = 11
_ANSWER_INDENT = 9
_COLOURS = {"yes": "green", "same": "cyan", "no": "yellow"}


class Teller:
    """Asks one engine, and writes what it says."""

    def __init__(self, engine: BookingEngine, terminal: Terminal) -> None:
        self._engine = engine
        self._terminal = terminal
        self._scenes = 0

    def scene(self, title: str) -> None:
        """Begin a part of the story."""
        self._scenes += 1
        self._terminal.write()
        self._terminal.write(self._terminal.ink(f"  {self._scenes}  {title}", bold=True))

    def say(self, text: str) -> None:
        """Something that is not asked."""
        for line in textwrap.wrap(text, self._terminal.width - 7):
            self._terminal.write(f"     {line}")

    def ask(self, text: str, ask: Ask) -> Any:
        """Have the engine carry out what ``text`` tells of; the result, or None where it was refused."""
        self.say(text)
        try:
            result = self._engine.execute(ask)
        except BookingRejected as refusal:
            self._refused(refusal.rejection)
            return None
        self._granted(result)
        return result

    def preview(self, text: str, ask: Planned) -> None:
        """Tell what an edit would leave behind, and do not make it (SPEC W5)."""
        self.say(text)
        decision = self._engine.check(ask)
        assert isinstance(decision, Accepted)
        self._answer("same", "preview", f"it would leave {_left(decision.result.impact)}; asking changes nothing")

    def ask_all(self, text: str, asks: Iterable[Ask]) -> list[Any]:
        """Have the engine carry out many at once; what was granted."""
        self.say(text)
        granted, refused = [], Counter[str]()
        for ask in asks:
            try:
                granted.append(self._engine.execute(ask))
            except BookingRejected as refusal:
                refused[_code(refusal.rejection)] += 1
        if granted:
            self._answer("yes", f"{len(granted)} booked")
        for code, number in refused.most_common():
            self._answer("no", code, f"{self._terminal.marks.times} {number}")
        return granted

    # --- What was decided -------------------------------------------------------------------------------------------

    def _granted(self, result: Any) -> None:
        match result:
            case Booked(appointment, True, differences):
                changed = f"; told otherwise now: {', '.join(differences)}" if differences else ""
                self._answer("same", "the same appointment", f"{_short(appointment)}, nothing is booked twice{changed}")
            case Booked(appointment) | Updated(appointment, (_, *_)):
                self._answer("yes", appointment.status, self._visit(appointment))
            case Updated(appointment):
                self._answer("same", f"{appointment.status} already", "nothing changed")
            case Changed(_, _, impact):
                self._answer("yes", "done", f"it leaves {_left(impact)}")
            case tuple():
                for row in result:
                    self._available(row)

    def _available(self, row: AvailabilityRow) -> None:
        start, end = row.window.hours(self._engine.catalog().configuration.session_hours)
        hours = f"{time_of_day(start)}{self._terminal.marks.to}{time_of_day(end)}"
        left = f"{row.available_slots} for the AI agent, {row.staff_available} for staff"
        self._item(f"{hours} {row.window.batch}: {left}")

    def _visit(self, appointment: Appointment) -> str:
        zone_name = self._engine.catalog().configuration.timezone
        group = " ".join(filter(None, (appointment.session, appointment.batch)))
        doctor = f", {appointment.assigned_doctor}" if appointment.assigned_doctor else ""
        return f"{moment(appointment.start, zone_name)}, {group}{doctor}, {_short(appointment)}"

    def _refused(self, rejection: Rejection) -> None:
        self._answer("no", _code(rejection), rejection.message if not rejection.fields else "")
        for field in rejection.fields:
            self._item(f"{field.field} {field.problem}; {field.hint}")
        for word, bound in (("earliest", rejection.earliest), ("latest", rejection.latest)):
            if bound is not None:
                self._item(f"{word}: {self._when(bound)}")

    def _when(self, bound: datetime | date) -> str:
        zone_name = self._engine.catalog().configuration.timezone
        return moment(bound, zone_name) if isinstance(bound, datetime) else day(bound)

    # --- Writing ----------------------------------------------------------------------------------------------------

    def _answer(self, kind: str, head: str, detail: str = "") -> None:
        """One decision: a mark, what it is called, and what there is to say about it."""
        mark = getattr(self._terminal.marks, kind)
        colour = _COLOURS[kind]
        indent, lead = " " * _ANSWER_INDENT, f"{head}  "
        lines = textwrap.wrap(detail, self._terminal.width - _ANSWER_INDENT, initial_indent=" " * len(lead)) or [lead]
        styled = self._terminal.ink(f"{mark} {head}", fg=colour, bold=kind != "same")
        self._terminal.write(f"{indent[2:]}{styled}{lines[0][len(head) :]}".rstrip())
        for line in lines[1:]:
            self._terminal.write(indent + line)

    def _item(self, text: str) -> None:
        width = self._terminal.width - _ANSWER_INDENT
        for line in textwrap.wrap(text, width, initial_indent="- ", subsequent_indent="  "):
            self._terminal.write(" " * _ANSWER_INDENT + line)


def _code(rejection: Rejection) -> str:
    return " ".join(filter(None, (rejection.code, rejection.reason)))


def _short(appointment: Appointment) -> str:
    return appointment.appointment_id[:_ID_LENGTH]


def _left(impact: Impact) -> str:
    """Whom an edit does not fit, in words."""
    parts = [
        f"{len(appointments)} visit{'' if len(appointments) == 1 else 's'} {where}"
        for appointments, where in (
            (impact.outside, "outside the opening hours"),
            (impact.over_capacity, "over capacity"),
        )
        if appointments
    ]
    return " and ".join(parts) + " for people to decide on" if parts else "nobody without a place"
