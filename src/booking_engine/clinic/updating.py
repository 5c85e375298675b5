"""An update brings an organisation's setup to what a clinic file says: the commands that are still to be carried out.

Planning is pure. Every record of the file is looked for in the catalog, by its id, or else by what people know it by: a
branch and a service by name, a window by branch, day, session, times, batch and service. What is found becomes what the
file says, defaults included; what is not found is added; what the file does not have is left alone, and told. All
commands are rehearsed, so that an update is either whole or has problems and is none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

import attrs

from booking_engine import commands as c
from booking_engine.clinic.reading import Clinic
from booking_engine.decisions.decision import Accepted, Changed, Circumstances, Decision, Rejected
from booking_engine.decisions.planners import PLANNERS
from booking_engine.domain.branch import Branch
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.events import FieldChange
from booking_engine.domain.phone import PhoneNormalizer, PlainPhones
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.service import Service
from booking_engine.domain.text import fold
from booking_engine.domain.window import CalendarWindow, WindowStatus
from booking_engine.ledger.view import LedgerView

Setup: TypeAlias = Branch | Service | CalendarWindow

_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
"""No rule of a setup asks for the time."""

CommandT = TypeVar("CommandT", c.ConfigureOrganisation, c.AddBranch, c.AddService, c.CreateWindow)


@attrs.frozen
class Step:
    """One command that changes something: ``record`` as it will be, and the ``changes`` to it unless it ``is_new``."""

    command: c.SetupCommand
    record: CatalogRecord
    is_new: bool
    changes: tuple[FieldChange, ...] = ()


@attrs.frozen(kw_only=True)
class Update:
    """``steps`` to be carried out in this order, ``catalog`` as it is then, and what is ``left`` alone.

    With ``problems``, sentences about what the file and the store cannot both be right about, there are no steps.
    """

    catalog: Catalog
    steps: tuple[Step, ...] = ()
    left: tuple[Setup, ...] = ()
    problems: tuple[str, ...] = ()


def plan_update(clinic: Clinic, catalog: Catalog, phones: PhoneNormalizer | None = None) -> Update:
    """What makes the organisation of ``catalog`` that of the clinic file; ``phones`` is the engine's normaliser."""
    return _Planning(clinic, catalog, phones or PlainPhones()).whole()


class _Planning:
    """One way through a file, on the catalog as the steps so far have made it."""

    def __init__(self, clinic: Clinic, catalog: Catalog, phones: PhoneNormalizer) -> None:
        self._clinic = clinic
        self._before = self._catalog = catalog
        self._circumstances = Circumstances(_ANY_INSTANT, "", phones)
        self._steps: list[Step] = []
        self._problems: list[str] = []

    def whole(self) -> Update:
        """The update."""
        for configure in self._of(c.ConfigureOrganisation):
            self._carry_out(configure, "the organisation", is_new=not self._catalog.is_configured)
        branches, services = self._branches(), self._services()
        windows = self._windows(branches, services)
        if self._problems:
            return Update(catalog=self._before, problems=tuple(self._problems))
        open_windows = (each for each in self._before.windows.values() if each.status is WindowStatus.OPEN)
        left: tuple[Setup, ...] = (
            *(each for each in self._before.active_branches if each.branch_id not in branches.values()),
            *(each for each in self._before.active_services if each.service_id not in services.values()),
            *(each for each in open_windows if each.calendar_id not in windows.values()),
        )
        return Update(catalog=self._catalog, steps=tuple(self._steps), left=left)

    # --- What each of the file is in the store ------------------------------------------------------------------------

    def _branches(self) -> Mapping[str, str]:
        """The id in the store of each branch of the file, by its id in the file; they are as the file says then."""
        adds = {str(add.branch_id): add for add in self._of(c.AddBranch)}
        active = {branch.branch_id: fold(branch.name) for branch in self._catalog.active_branches}
        found = self._found(
            {key: fold(add.name) for key, add in adds.items()}, self._catalog.branches, active, "branch"
        )
        for key, branch_id in found.items():
            self._carry_out(c.UpdateBranch(branch_id=branch_id, name=adds[key].name, retired=False), "branch")
        self._add(adds, found, "branch")
        return found

    def _services(self) -> Mapping[str, str]:
        """The same for services."""
        adds = {str(add.service_id): add for add in self._of(c.AddService)}
        active = {service.service_id: fold(service.name) for service in self._catalog.active_services}
        found = self._found(
            {key: fold(add.name) for key, add in adds.items()}, self._catalog.services, active, "service"
        )
        for key, service_id in found.items():
            name, minutes = adds[key].name, adds[key].duration_minutes
            update = c.UpdateService(service_id=service_id, name=name, duration_minutes=minutes, retired=False)
            self._carry_out(update, "service")
        self._add(adds, found, "service")
        return found

    def _windows(self, branches: Mapping[str, str], services: Mapping[str, str]) -> Mapping[str, str]:
        """The same for windows, given what their branches and services are."""
        adds = {
            str(add.calendar_id): attrs.evolve(
                add,
                branch_id=branches[add.branch_id],
                appointment_type_id=None if add.appointment_type_id is None else services[add.appointment_type_id],
                max_slots=add.ai_slots if add.max_slots is None else add.max_slots,
            )
            for add in self._of(c.CreateWindow)
        }
        standing = self._catalog.windows
        found = self._found(
            {key: _identity(add) for key, add in adds.items()},
            standing,
            {calendar_id: _identity_of(window) for calendar_id, window in standing.items()},
            "window",
        )
        for key, calendar_id in found.items():
            add, window = adds[key], standing[calendar_id]
            if (add.branch_id, add.appointment_type_id) != (window.branch_id, window.service_id):
                self._problems.append(
                    f"window {calendar_id} has another branch or service in the store, which no edit changes: "
                    "give it another id"
                )
            else:
                self._carry_out(_window_update(calendar_id, add), "window")
        self._add(adds, found, "window")
        return found

    def _found(
        self, wanted: Mapping[str, Hashable], standing: Iterable[str], identities: Mapping[str, Hashable], kind: str
    ) -> dict[str, str]:
        """The ids in the store of those that stand there: by the id that the file gives, then by their identity."""
        ids = set(standing)
        found = {key: key for key in wanted if key in ids}
        free = {key: identity for key, identity in identities.items() if key not in found}
        for key in wanted.keys() if free else ():
            same = None if key in found else next((each for each in free if free[each] == wanted[key]), None)
            if same is None:
                continue
            found[key] = same
            del free[same]
            if key not in self._clinic.made_ids:
                self._problems.append(
                    f"{kind} {key} is in the store already, with the id {same}: give it that id, or none"
                )
        return found

    # --- Commands ---------------------------------------------------------------------------------------------------

    def _of(self, kind: type[CommandT]) -> Iterator[CommandT]:
        return (command for command in self._clinic.commands if isinstance(command, kind))

    def _add(self, adds: Mapping[str, c.SetupCommand], found: dict[str, str], kind: str) -> None:
        """Add those that were not found, under the ids that they have in the file."""
        for key, add in adds.items():
            if key not in found:
                found[key] = key
                self._carry_out(add, kind, is_new=True)

    def _carry_out(self, command: c.SetupCommand, subject: str, *, is_new: bool = False) -> None:
        """Carry the command out on the catalog; note the step if it changes something, or why it is refused."""
        plan = PLANNERS[type(command)](command, self._catalog, self._circumstances)
        decision: Decision[Changed[CatalogRecord]] = plan.decide(LedgerView(revision=self._catalog.revision))
        if isinstance(decision, Rejected):
            self._problems += [f"{subject}: {problem}" for problem in map(_told, decision.rejection.fields)]
        elif isinstance(decision, Accepted):
            self._catalog = self._catalog.with_records(decision.commit.records)
            result = decision.result
            self._steps.append(Step(command, result.record, is_new, () if is_new else result.changes))


def _told(problem: FieldProblem) -> str:
    return f"{problem.field} {problem.problem}" + (f"; {problem.hint}" if problem.hint else "")


def _identity(add: c.CreateWindow) -> Hashable:
    """What people know a window by."""
    times = (add.start_time, add.end_time)
    return (add.branch_id, add.day, add.session, *times, add.batch_name, add.appointment_type_id)


def _identity_of(window: CalendarWindow) -> Hashable:
    times = (window.start_time, window.end_time)
    return (window.branch_id, window.day, window.session, *times, window.batch, window.service_id)


def _window_update(calendar_id: str, add: c.CreateWindow) -> c.UpdateWindow:
    fields = {name: getattr(add, name) for name in _WINDOW_FIELDS}
    return c.UpdateWindow(slot_id=calendar_id, **fields)


_WINDOW_FIELDS = (
    "day",
    "session",
    "start_time",
    "end_time",
    "max_slots",
    "ai_slots",
    "batch_name",
    "status",
    "valid_from",
    "valid_until",
    "interval_weeks",
)
