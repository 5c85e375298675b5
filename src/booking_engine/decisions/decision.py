"""A decision is the answer to a command, as a value: accepted with a commit, answered without one, or rejected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.events import FieldChange
from booking_engine.domain.hold import Hold
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.domain.rejection import Rejection
from booking_engine.domain.tracking import DateOverride, TrackingRecord
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.claims import Commit
from booking_engine.ledger.view import REVISION_ONLY, LedgerQuery, LedgerView
from booking_engine.rules.impact import Impact

ResultT = TypeVar("ResultT")


class Circumstances(NamedTuple):
    """What a decision may not fetch for itself.

    ``now``, an aware UTC instant, and ``new_id``, which names the commit and the one record that a command can make,
    stay the same over all attempts. ``subject`` is what the command names, appointment or hold, as it was last seen.
    """

    now: datetime
    new_id: str
    phones: PhoneNormalizer
    subject: Appointment | Hold | None = None


@attrs.frozen
class Accepted(Generic[ResultT]):
    """The command may be carried out: ``result`` is the answer once ``commit`` stands.

    With ``look_again`` the answer is what that makes of another view, taken shortly after the commit: what others
    commit between the first view and this commit would be missing in it otherwise.
    """

    commit: Commit
    result: ResultT
    look_again: Callable[[LedgerView], ResultT] | None = None


@attrs.frozen
class Answered(Generic[ResultT]):
    """The answer is known and nothing is to be changed: a replay, a repeated change, a read."""

    result: ResultT


@attrs.frozen
class Rejected:
    """The command was refused."""

    rejection: Rejection


Decision: TypeAlias = Accepted[ResultT] | Answered[ResultT] | Rejected


class Plan(Protocol[ResultT]):
    """A command after the catalog and the clock have answered: it knows what to ask the ledger.

    Nobody compares plans, so they are no more equal than other objects.
    """

    @property
    def query(self) -> LedgerQuery:
        """What ``decide`` needs to see."""
        ...

    @property
    def subject(self) -> Appointment | Hold | None:
        """What the command names, as it was planned on; a view that shows another calls for another plan."""
        ...

    @property
    def may_be_blind(self) -> bool:
        """Whether an empty view will do to try a commit, for its claims say all that a view would."""
        ...

    def decide(self, view: LedgerView) -> Decision[ResultT]:
        """The decision, given the view that ``query`` asked for."""
        ...


@attrs.frozen(eq=False)
class Settled(Generic[ResultT]):
    """A plan whose decision needs nothing from the ledger but the catalog's revision."""

    decision: Decision[ResultT]
    query: LedgerQuery = REVISION_ONLY
    subject: Appointment | Hold | None = None
    may_be_blind: bool = False

    def decide(self, view: LedgerView) -> Decision[ResultT]:
        """The decision, whatever the ledger holds."""
        return self.decision


@attrs.frozen
class Booked:
    """The appointment that stands.

    ``replayed``: it stood before, under the same reference; ``differences`` names the fields that the retry gave
    otherwise.
    """

    appointment: Appointment
    replayed: bool = False
    differences: tuple[str, ...] = ()


@attrs.frozen
class Held:
    """The hold that runs. ``replayed``: it ran just so before, and nothing was changed."""

    hold: Hold
    replayed: bool = False


@attrs.frozen
class Released:
    """The hold that was given up, with the instant at which it was as its end; None when none ran."""

    hold: Hold | None


@attrs.frozen
class Updated:
    """The appointment as it is now; no ``changes`` when nothing was to be changed."""

    appointment: Appointment
    changes: tuple[FieldChange, ...] = ()


RecordT = TypeVar("RecordT")


@attrs.frozen
class Changed(Generic[RecordT]):
    """A record of the setup as it is now; no ``changes`` when it was so before."""

    record: RecordT
    changes: tuple[FieldChange, ...] = ()
    impact: Impact = Impact()


@attrs.frozen
class Overridden(Changed[DateOverride]):
    """A date override as it is now, with the tracking ``records`` that follow from it."""

    records: tuple[TrackingRecord, ...] = ()


@attrs.frozen
class Regenerated:
    """``records`` tracking records from today to the horizon; ``differences`` between ledger and recount."""

    records: int
    differences: tuple[Difference, ...]
