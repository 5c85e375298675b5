"""A rehearsal carries commands out on a catalog alone: what it accepts, an engine over an empty store accepts."""

from __future__ import annotations

from datetime import UTC, datetime

from booking_engine import commands as c
from booking_engine.decisions.decision import Accepted, Circumstances, Rejected
from booking_engine.decisions.planners import PLANNERS
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.organisation import Configuration, Organisation
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.domain.problem import FieldProblem
from booking_engine.ledger.view import LedgerView

_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
"""No rule of a setup asks for the time; its records carry the time at which an engine makes them."""

_UNTIL_CONFIGURED = Organisation(org_id="", name="", configuration=Configuration(timezone="UTC"))
"""Stands in when the configuration is refused, so that the rest can be rehearsed all the same."""


class Rehearsal:
    """The commands that were accepted so far, and the catalog that they make."""

    def __init__(self, phones: PhoneNormalizer) -> None:
        self._circumstances = Circumstances(_ANY_INSTANT, "", phones)
        self._catalog = Catalog(revision=0, organisation=_UNTIL_CONFIGURED)
        self._accepted: list[c.SetupCommand] = []

    @property
    def accepted(self) -> tuple[c.SetupCommand, ...]:
        """The commands in the order in which they were carried out."""
        return tuple(self._accepted)

    def carry_out(self, command: c.SetupCommand) -> tuple[FieldProblem, ...]:
        """Carry out one command that has its shape, or say what it is refused for."""
        plan = PLANNERS[type(command)](command, self._catalog, self._circumstances)
        decision = plan.decide(LedgerView(revision=self._catalog.revision))
        if isinstance(decision, Rejected):
            return decision.rejection.fields
        if isinstance(decision, Accepted):
            self._catalog = self._catalog.with_records(decision.commit.records)
        self._accepted.append(command)
        return ()
