"""Interleavings are the orders in which racing commands can reach the store: all of them, walked through one by one.

Every command is carried out by an engine of its own, which stops before each call of the store and goes on when it is
its turn: so a race is a choice at every stop, and all races of a few commands are a tree of choices. Answers can be
lost and callers can crash on the way, which are choices too. What came of a race must be what comes of the same
commands one after the other, in some order that their times allow.
"""

from booking_engine.testing.interleavings.paths import Choices, every_path, sampled_paths
from booking_engine.testing.interleavings.races import UNKNOWN, Operation, Race, Run, Scenario, run_race
from booking_engine.testing.interleavings.serial import SerialOrders
from booking_engine.testing.interleavings.stepping import Fault, SteppedCoroutine, SteppedThread, Stepper

__all__ = [
    "UNKNOWN",
    "Choices",
    "Fault",
    "Operation",
    "Race",
    "Run",
    "Scenario",
    "SerialOrders",
    "SteppedCoroutine",
    "SteppedThread",
    "Stepper",
    "every_path",
    "run_race",
    "sampled_paths",
]
