"""Promises are what callers were told; afterwards they must be so, and nothing else may stand in their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.text import fold
from booking_engine.testing.simulation.caller import Exchange, Talked

_CHANGING = frozenset({"book", "reschedule", "cancel"})
_FAULTS = frozenset({"UNAVAILABLE", "OUTCOME_UNKNOWN"})
_NOT_KEPT = _FAULTS | {"VALIDATION_ERROR", "OTHER_ARGUMENTS", "UNKNOWN_TOOL"}
_NOT_SETTLED = frozenset({"in_progress", "unknown"})


def broken_promises(talked: Iterable[Talked], appointments: Iterable[Appointment]) -> Iterator[str]:
    """Who heard a confirmation and has no such appointment, or heard that there is none and has one."""
    by_id = {each.appointment_id: each for each in appointments}
    by_name = _by_name(by_id.values())
    talked = tuple(talked)
    told_in: defaultdict[str, set[str]] = defaultdict(set)
    for one in talked:
        for appointment_id in _ids_told(one):
            told_in[appointment_id].add(one.call.call_id)
    for one in talked:
        promises = _Promises(one)
        name, call_id = one.call.person.name, one.call.call_id
        for appointment_id, said in promises.told.items():
            wrong = _differs(said, by_id.get(appointment_id))
            if wrong is not None:
                yield f"{call_id}: {name} was told of {appointment_id}, which {wrong}"
        if promises.nothing_is_booked:
            for each in by_name.get(fold(name), ()):
                if each.is_expected and not told_in[each.appointment_id] - {call_id}:
                    yield f"{call_id}: {name} was told that nothing is booked, and {each.appointment_id} is"


def told_to_nobody(talked: Iterable[Talked], appointments: Iterable[Appointment]) -> Iterator[str]:
    """The appointments that stand in a caller's name and are in no answer to the caller's tool calls, heard or not.

    Callers to whom the store did not answer are left out: what became of theirs may be told to nobody.
    """
    by_name = _by_name(appointments)
    told: defaultdict[str, set[str]] = defaultdict(set)
    left_out: set[str] = set()
    for one in talked:
        name = fold(one.call.person.name)
        told[name] |= _ids_told(one)
        if any(each.body.get("code") in _FAULTS or _is_never_answered(each, one) for each in one.exchanges):
            left_out.add(name)
    for name, ids in told.items():
        for each in by_name.get(name, ()):
            if each.is_expected and each.appointment_id not in ids and name not in left_out:
                yield f"{each.appointment_id} stands for {each.patient_name}, who was never told of it"


def changed_answers(talked: Iterable[Talked]) -> Iterator[str]:
    """The tool calls that were answered once so and once otherwise, though the first answer was to be kept."""
    for one in talked:
        texts: defaultdict[str, set[str]] = defaultdict(set)
        for each in one.exchanges:
            if each.text is not None and _is_kept(each.body):
                texts[each.ask.tool_call_id].add(each.text)
        for tool_call_id, different in texts.items():
            if len(different) > 1:
                yield f"{one.call.call_id}, {tool_call_id}: {len(different)} different answers"


class _Promises:
    """What a caller may rely on at the end of a call.

    ``told`` are the appointments last heard of, None for those that were cancelled. What was asked for and not heard
    may have been done or not: nothing is promised of it any more.
    """

    def __init__(self, one: Talked) -> None:
        self.told: dict[str, Mapping[str, Any] | None] = {}
        self.nothing_is_booked = False
        for each in one.exchanges:
            if each.ask.tool in _CHANGING:
                self.nothing_is_booked = False
            if each.heard:
                self._hear(each.body)
            else:
                self.told.pop(str(each.ask.arguments.get("appointment")), None)

    def _hear(self, body: Mapping[str, Any]) -> None:
        data = body["data"]
        if not body["ok"]:
            return
        if "appointment" in data:
            said = data["appointment"]
            self.told[said["appointment"]] = None if body["code"] == "CANCELLED" else said
        for said in data.get("booked_in_this_call", ()):
            self.told[said["appointment"]] = said
        if "this_call" in data:
            self.nothing_is_booked = data["this_call"] == "not_booked"


def _differs(said: Mapping[str, Any] | None, stored: Appointment | None) -> str | None:
    if stored is None:
        return "is not there"
    if said is None:
        return "was to be cancelled and stands" if stored.is_expected else None
    if not stored.is_expected:
        return f"is {stored.status.value}"
    if stored.start != datetime.fromisoformat(said["starts_at"]):
        return f"is at {stored.start.isoformat()} and not at {said['starts_at']}"
    return None


def _by_name(appointments: Iterable[Appointment]) -> Mapping[str, list[Appointment]]:
    found: defaultdict[str, list[Appointment]] = defaultdict(list)
    for each in appointments:
        found[fold(each.patient_name)].append(each)
    return found


def _ids_told(one: Talked) -> set[str]:
    """Every appointment that is in an answer to a call, heard or not."""
    ids: set[str] = set()
    for each in one.exchanges:
        data = each.body.get("data", {})
        listed = (*data.get("booked_in_this_call", ()), *data.get("appointments", ()))
        ids |= {said["appointment"] for said in listed}
        if "appointment" in data:
            ids.add(data["appointment"]["appointment"])
    return ids


def _is_never_answered(exchange: Exchange, one: Talked) -> bool:
    """Whether nothing was ever answered to a tool call that changes something."""
    same = [each for each in one.exchanges if each.ask.tool_call_id == exchange.ask.tool_call_id]
    return exchange.ask.tool in _CHANGING and all(each.text is None for each in same)


def _is_kept(body: Mapping[str, Any]) -> bool:
    return body["code"] not in _NOT_KEPT and body["data"].get("this_call") not in _NOT_SETTLED
