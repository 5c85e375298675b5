"""Simulated calls: callers who are interrupted, ask again, hang up and race, and what must be so afterwards.

The kit knows an agent's tools by their names and their answers alone: it tests a toolset, or whatever hands tool calls
on to one. It needs no test framework, and a run in memory is the same one for the same seed.
"""

from booking_engine.testing.simulation.caller import Caller, Exchange, Manner, Talked, ToolAsk, codes
from booking_engine.testing.simulation.crashing import Crashes, WorkerCrashed
from booking_engine.testing.simulation.crowd import FAULTS, crowd, rivals
from booking_engine.testing.simulation.hesitating import Hesitation
from booking_engine.testing.simulation.promises import broken_promises, changed_answers, told_to_nobody
from booking_engine.testing.simulation.reckoning import (
    State,
    ledger_faults,
    observe,
    observe_async,
    over_capacity,
    places_leaked,
    second_bookings,
    wrongs,
)
from booking_engine.testing.simulation.running import Answered, AsyncTools, Tools, simulate, simulate_in_threads
from booking_engine.testing.simulation.script import (
    Book,
    Call,
    Cancel,
    Fault,
    Find,
    HangUp,
    Hold,
    LookUp,
    Meet,
    Person,
    Reschedule,
    Step,
    Wait,
)

__all__ = [
    "FAULTS",
    "Answered",
    "AsyncTools",
    "Book",
    "Call",
    "Caller",
    "Cancel",
    "Crashes",
    "Exchange",
    "Fault",
    "Find",
    "HangUp",
    "Hesitation",
    "Hold",
    "LookUp",
    "Manner",
    "Meet",
    "Person",
    "Reschedule",
    "State",
    "Step",
    "Talked",
    "ToolAsk",
    "Tools",
    "Wait",
    "WorkerCrashed",
    "broken_promises",
    "changed_answers",
    "codes",
    "crowd",
    "ledger_faults",
    "observe",
    "observe_async",
    "over_capacity",
    "places_leaked",
    "rivals",
    "second_bookings",
    "simulate",
    "simulate_in_threads",
    "told_to_nobody",
    "wrongs",
]
