"""Searches that last minutes are for the profiles ci and nightly; every day the state machine itself is run."""

from __future__ import annotations

import os

collect_ignore = (
    ["test_machine.py", "test_planted_faults.py"] if os.environ.get("BOOKING_ENGINE_PROFILE", "fast") == "fast" else []
)
