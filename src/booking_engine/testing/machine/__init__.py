"""The state machine: random asks to an engine over any store, held against the model after every step.

from booking_engine.testing.machine import booking_machine

TestMyStore = booking_machine(open_my_store).TestCase
"""

from booking_engine.testing.machine.comparing import Disagreement
from booking_engine.testing.machine.machine import BookingMachine, booking_machine, run_state_machine

__all__ = ["BookingMachine", "Disagreement", "booking_machine", "run_state_machine"]
