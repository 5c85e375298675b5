"""Showing an answer is telling it in one line: what came of it, or why not. Patients are not named."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from booking_engine.adapters.cli.replaying import Reply
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.wire.answer import Body

_WORD_WIDTH = 17


def shown(number: int, reply: Reply, terminal: Terminal) -> str:
    """One line about the answer to line ``number``."""
    status = reply.answer.status
    colour = "green" if status < 300 else "yellow" if status < 500 else "red"
    place = terminal.ink(f"{number:>5}", dim=True)
    name = terminal.ink(f"  {reply.name}", fg="cyan") if reply.name else ""
    told = _told(reply, terminal)
    return f"{place}  {terminal.ink(str(status), fg=colour, bold=True)}  {reply.do:<{_WORD_WIDTH}} {told}{name}"


def outcome(reply: Reply) -> str:
    """What a summary counts the reply under: its refusal, or nothing for what was done as asked."""
    error = reply.answer.body.get("error")
    return "" if error is None else _code(error)


def summary(outcomes: Counter[str], terminal: Terminal) -> Iterator[str]:
    """How the lines came out, and why those that did not were refused, the most frequent first."""
    refusals = [f"{code} {number}" for code, number in outcomes.most_common() if code]
    yield f"  {plural(outcomes.total(), 'line')}: {outcomes['']:,} done, {outcomes.total() - outcomes['']:,} refused"
    wrapped = textwrap.wrap("  ".join(text.replace(" ", "\u00a0") for text in refusals), terminal.width - 4)
    yield from (terminal.ink("  " + line.replace("\u00a0", " "), dim=True) for line in wrapped)


def _told(reply: Reply, terminal: Terminal) -> str:
    error = reply.answer.body.get("error")
    if error is not None:
        return _error(error, terminal)
    return _TOLD.get(reply.do, _count)(reply.answer.body)


def _error(error: Body, terminal: Terminal) -> str:
    fields = "; ".join(f"{each['field']} {each['problem']}" for each in error.get("fields", ()))
    return f"{terminal.ink(_code(error), bold=True)}  {fields or error['message']}"


def _code(error: Body) -> str:
    return " ".join(filter(None, (error["code"], error.get("reason"))))


def _booking(body: Body) -> str:
    same = "as before: " if body.get("idempotent") else ""
    return same + _appointment(body)


def _appointment(body: Body) -> str:
    data = body["data"]
    return f"{data['appointment_id']}  {data['date']}  {_group(data)}  {data['status']}"


def _group(data: Body) -> str:
    return " ".join(filter(None, (data["session"], data["batch"])))


def _appointments(body: Body) -> str:
    page = "the next page" if body["page"] is None else f"page {body['page']}"
    return f"{len(body['data'])} of {plural(body['total'], 'appointment')}, {page}"


def _window(body: Body) -> str:
    data = body["data"]
    hours = f"{data['start_time'] or 'opening'} to {data['end_time'] or 'closing'}"
    places = f"{plural(data['max_slots'], 'place')}, {data['ai_slots']} for the AI"
    return f"{data['slot_id']}  {data['day']} {hours}  {_group(data)}  {places}  {data['status']}{_left(body)}"


def _left(body: Body) -> str:
    impact = body.get("impact", {})
    left = [f"{len(impact[key])} {key.replace('_', ' ')}" for key in impact if impact[key]]
    return f"; it leaves {', '.join(left)}" if left else ""


def _availability(body: Body) -> str:
    open_windows = sum(slot["available_slots"] > 0 for slot in body["slots"])
    return f"{body['date']}  {plural(len(body['slots']), 'open window')}, {open_windows} with room for the AI"


def _tracking(body: Body) -> str:
    filled = sum(record["filled_slots"] for record in body["data"])
    return f"{plural(len(body['data']), 'record')}, {plural(filled, 'place')} taken"


def _override(body: Body) -> str:
    data = body["data"]
    records = data if isinstance(data, list) else [data]
    return f"{plural(len(records), 'record')} of that date{_left(body)}"


def _regenerated(body: Body) -> str:
    data = body["data"]
    return f"{plural(data['records'], 'record')}, {plural(len(data['differences']), 'difference')}"


def _verified(body: Body) -> str:
    if body["ok"]:
        return "the ledger is what the appointments add up to"
    return plural(len(body["differences"]), "difference")


def _count(body: Body) -> str:
    data = body.get("data")
    return plural(len(data), "record") if isinstance(data, list) else "done"


def plural(number: int, noun: str) -> str:
    """``1 line``, ``1,000 lines``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


_TOLD: Mapping[str, Callable[[Body], str]] = {
    "book": _booking,
    "update": _appointment,
    "appointment": _appointment,
    "appointments": _appointments,
    "create_window": _window,
    "update_window": _window,
    "disable_window": _window,
    "availability": _availability,
    "tracking": _tracking,
    "override_tracking": _override,
    "regenerate": _regenerated,
    "verify": _verified,
    "clock": lambda body: f"it is {body['now']}",
    "configure": lambda body: f"{body['data']['name'] or 'the organisation'} is configured",
}
