"""A reckoning is made when all calls are over: what stands, against what may stand and what callers were told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import attrs

from booking_engine.domain.catalog import Catalog
from booking_engine.domain.text import fold
from booking_engine.domain.tracking import EMPTY
from booking_engine.ledger.audit import LedgerSnapshot, counts_at, differences, recount
from booking_engine.ledger.holdings import limited_key
from booking_engine.ports import AsyncStore, Clock, Store
from booking_engine.testing.simulation.caller import Talked
from booking_engine.testing.simulation.promises import broken_promises, changed_answers, told_to_nobody


@attrs.frozen(kw_only=True)
class State:
    """Everything that an organisation's store holds, and an instant at which every hold must have ended."""

    catalog: Catalog
    snapshot: LedgerSnapshot
    now: datetime


def observe(store: Store, clock: Clock) -> State:
    """The state when all calls are over. The clock may stand still: holds are looked at when they must have ended."""
    return _state(store.catalog(), store.snapshot(), clock)


async def observe_async(store: AsyncStore, clock: Clock) -> State:
    """``observe`` for an event loop."""
    return _state(await store.catalog(), await store.snapshot(), clock)


def _state(catalog: Catalog, snapshot: LedgerSnapshot, clock: Clock) -> State:
    longest = timedelta(seconds=catalog.configuration.hold_max_seconds)
    return State(catalog=catalog, snapshot=snapshot, now=clock() + longest)


def wrongs(talked: Iterable[Talked], state: State) -> list[str]:
    """Everything that is not as it must be, in words; an empty list when all is well."""
    talked, appointments = tuple(talked), state.snapshot.appointments
    return [
        *second_bookings(state),
        *over_capacity(state),
        *places_leaked(state),
        *ledger_faults(state),
        *broken_promises(talked, appointments),
        *told_to_nobody(talked, appointments),
        *changed_answers(talked),
    ]


def second_bookings(state: State) -> Iterator[str]:
    """People who are expected twice for one service on one date."""
    expected = Counter(
        (each.phone_key, fold(each.patient_name), each.service_id, each.date.isoformat())
        for each in state.snapshot.appointments
        if each.is_expected
    )
    for (_, name, service_id, day), number in sorted(expected.items()):
        if number > 1:
            yield f"{name} is booked {number} times for {service_id} on {day}"


def over_capacity(state: State) -> Iterator[str]:
    """Window-dates with more appointments than places, in all or by the agent (SPEC C2, C4)."""
    configuration = state.catalog.configuration
    counts, _ = recount(configuration, state.snapshot.appointments)
    for key in sorted({limited_key(configuration, key) for key in counts}):
        window_date = state.catalog.window_date(state.catalog.windows[key.calendar_id], key.date)
        limits, taken = window_date.limits_for(key.service_id), counts[key]
        if taken.filled > limits.max_slots:
            yield f"{key.calendar_id} on {key.date} has {taken.filled} of {limits.max_slots}"
        if taken.ai_filled > limits.ai_slots:
            yield f"{key.calendar_id} on {key.date} has {taken.ai_filled} by the agent, of {limits.ai_slots}"


def places_leaked(state: State) -> Iterator[str]:
    """Places that are taken when every hold must have ended, and by no appointment; or the other way round."""
    configuration, snapshot = state.catalog.configuration, state.snapshot
    counts = counts_at(configuration, snapshot, state.now)
    due, _ = recount(configuration, snapshot.appointments)
    for key in sorted(counts.keys() | due.keys()):
        taken, booked = counts.get(key, EMPTY), due.get(key, EMPTY)
        if taken != booked:
            yield f"{key.calendar_id} on {key.date} counts {taken.filled}, and {booked.filled} are booked"


def ledger_faults(state: State) -> Iterator[str]:
    """What of the ledger is not the recount of appointments and holds (Inv1, Inv16)."""
    for each in differences(state.catalog.configuration, state.snapshot):
        yield f"the ledger is not the recount: {each}"
