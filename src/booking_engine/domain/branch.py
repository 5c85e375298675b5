"""A branch is a place of visit; it is retired, never deleted, and closed for ranges of local dates (SPEC §2, W7)."""

from __future__ import annotations

from datetime import date

import attrs


@attrs.frozen(kw_only=True)
class Branch:
    """A physical location."""

    branch_id: str
    name: str
    retired: bool = False


@attrs.frozen(kw_only=True)
class BranchClosure:
    """Every window of the branch is closed from ``first_date`` to ``last_date``, both included.

    With ``only``, on those dates of the range alone; ``lifted`` undoes the closure.
    """

    closure_id: str
    branch_id: str
    first_date: date
    last_date: date
    only: tuple[date, ...] | None = None
    label: str | None = None
    lifted: bool = False

    def covers(self, day: date) -> bool:
        """Whether the closure is in force on the local date."""
        if self.lifted or not self.first_date <= day <= self.last_date:
            return False
        return self.only is None or day in self.only
