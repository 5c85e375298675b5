"""Linearizability says of a recorded history that every answer could have been given one after the other.

A history is linearizable when its operations can be put in an order in which each gives the answer that was recorded,
and in which none stands before one that had ended when it began. The search is that of Wing and Gong: take whatever may
come next, give up where an answer differs, and never try the same rest from the same state twice.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import attrs

AskT = TypeVar("AskT")
AnswerT = TypeVar("AnswerT")
StateT = TypeVar("StateT", bound=Hashable)


@attrs.frozen
class Recorded(Generic[AskT, AnswerT]):
    """One operation: what was asked and answered, and when it began and ended, on one clock for all callers.

    What became of an operation without answer must be found out first: with its effect it has the answer that it
    would have given, and may end as late as that was found out; without effect it is no part of the history.
    """

    began: int
    ended: int
    ask: AskT
    answer: AnswerT


def linearization(
    history: Iterable[Recorded[AskT, AnswerT]],
    state: StateT,
    step: Callable[[StateT, AskT], tuple[StateT, AnswerT]],
) -> tuple[Recorded[AskT, AnswerT], ...] | None:
    """An order in which ``step``, from ``state`` on, gives every answer of the history; None if there is none."""
    waiting = sorted(history, key=lambda each: each.began)
    tried: set[tuple[int, StateT]] = set()
    taken: list[tuple[Iterator[int], int, StateT]] = [(_next(waiting, 0), 0, state)]
    order: list[Recorded[AskT, AnswerT]] = []
    while len(order) < len(waiting):
        if not taken:
            return None
        nexts, done, state = taken[-1]
        for position in nexts:
            each = waiting[position]
            after, answer = step(state, each.ask)
            rest = (done | 1 << position, after)
            if answer == each.answer and rest not in tried:
                tried.add(rest)
                taken.append((_next(waiting, rest[0]), *rest))
                order.append(each)
                break
        else:
            taken.pop()
            if order:
                order.pop()
    return tuple(order)


def _next(waiting: list[Recorded[AskT, AnswerT]], done: int) -> Iterator[int]:
    """The positions of those that may come next: none of the others had ended when they began."""
    first = (~done & (done + 1)).bit_length() - 1
    first_end = None
    for position in range(first, len(waiting)):
        if done >> position & 1:
            continue
        each = waiting[position]
        if first_end is not None and each.began > first_end:
            return
        first_end = each.ended if first_end is None else min(first_end, each.ended)
        yield position


# --- A sequential clinic --------------------------------------------------------------------------------------------


class Book(NamedTuple):
    """Book a place in a window under a reference; ``new_id`` is the id that the appointment gets if it is new."""

    reference: str
    window: str
    new_id: str


class Move(NamedTuple):
    """Move an appointment to a time that it never had, in its own window or another."""

    appointment_id: str
    window: str


class Cancel(NamedTuple):
    """Cancel an appointment."""

    appointment_id: str


class Visit(NamedTuple):
    """An appointment that is not cancelled."""

    appointment_id: str
    reference: str
    window: str


ClinicAsk: TypeAlias = Book | Move | Cancel
ClinicAnswer: TypeAlias = tuple[str, str]
"""What became of it, and the id of the appointment; of a refusal, the code and nothing."""
Visits: TypeAlias = frozenset[Visit]


@attrs.frozen
class SmallClinic:
    """What a clinic with a few places does with one command after the other: the engine's rules in twenty lines."""

    places: int

    def step(self, visits: Visits, ask: ClinicAsk) -> tuple[Visits, ClinicAnswer]:
        """The visits after the command, and its answer."""
        match ask:
            case Book(reference, window, new_id):
                for visit in visits:
                    if visit.reference == reference:
                        return visits, ("replayed", visit.appointment_id)
                if self._is_full(visits, window):
                    return visits, ("SLOT_FULL", "")
                return visits | {Visit(new_id, reference, window)}, ("booked", new_id)
            case Move(appointment_id, window):
                for visit in visits:
                    if visit.appointment_id != appointment_id:
                        continue
                    if visit.window != window and self._is_full(visits, window):
                        return visits, ("SLOT_FULL", "")
                    return visits - {visit} | {visit._replace(window=window)}, ("changed", appointment_id)
                return visits, ("INVALID_TRANSITION", "")
            case Cancel(appointment_id):
                left = frozenset(visit for visit in visits if visit.appointment_id != appointment_id)
                return left, ("unchanged" if left == visits else "changed", appointment_id)

    def _is_full(self, visits: Visits, window: str) -> bool:
        return sum(visit.window == window for visit in visits) >= self.places
