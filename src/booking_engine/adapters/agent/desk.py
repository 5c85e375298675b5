"""A desk is what the tools share while one tool call is carried out: the engine, what is set up, the time, the speech.

It also words what every tool has to say: choices, appointments and refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from booking_engine.adapters.agent.choices import Choice, slot_of
from booking_engine.adapters.agent.result import Answer, NextAction
from booking_engine.adapters.agent.speech import Speech
from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.domain.alternative import Alternative
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.branch import Branch
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.channel import Channel
from booking_engine.domain.localtime import zone as zone_named
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.domain.service import Service
from booking_engine.domain.text import fold
from booking_engine.domain.toolcall import ToolCall
from booking_engine.ports import AsyncAnswerBook
from booking_engine.shell import Shell

CHOICES_MAX = 6
"""As many are given to the model; ``Speech.offer`` says the first few."""
AI = Channel.AI_AGENT
"""The channel of everything that an agent does (SPEC C4)."""

_NEXT: Mapping[RejectionCode, NextAction] = {
    RejectionCode.VALIDATION_ERROR: NextAction.FIX_ARGUMENTS,
    RejectionCode.NOT_FOUND: NextAction.ASK_PHONE,
    RejectionCode.PRECONDITION_FAILED: NextAction.RETRY,
    RejectionCode.INVALID_TRANSITION: NextAction.ASK_DATE,
    RejectionCode.CANCELLATION_NOT_ALLOWED: NextAction.HAND_OVER,
    RejectionCode.RESCHEDULE_NOT_ALLOWED: NextAction.HAND_OVER,
    RejectionCode.HOLD_ENDED: NextAction.ASK_DATE,
    RejectionCode.BOOKING_DISABLED: NextAction.HAND_OVER,
    RejectionCode.INVALID_APPOINTMENT_TYPE: NextAction.ASK_SERVICE,
    RejectionCode.PAST_APPOINTMENT: NextAction.ASK_DATE,
    RejectionCode.OUTSIDE_AVAILABILITY: NextAction.ASK_DATE,
    RejectionCode.SLOT_INACTIVE: NextAction.ASK_DATE,
    RejectionCode.DUPLICATE_BOOKING: NextAction.RESCHEDULE_INSTEAD,
    RejectionCode.SLOT_FULL: NextAction.ASK_DATE,
}
"""What is to be done after a refusal that comes without other times to offer."""


@attrs.frozen(kw_only=True)
class Desk:
    """One tool call's desk. ``engine`` and ``answers`` are awaited, also where nothing in them ever waits."""

    engine: AsyncBookingEngine
    shell: Shell
    answers: AsyncAnswerBook
    call: ToolCall
    catalog: Catalog
    now: datetime
    speech: Speech

    @property
    def zone(self) -> str:
        """The name of the organisation's zone."""
        return self.catalog.configuration.timezone

    @property
    def today(self) -> date:
        """The local date."""
        return self.catalog.local_date(self.now)

    def phone_key(self, phone: str) -> str:
        """The form in which the engine compares phones: who is one person (SPEC I2)."""
        return self.shell.phone_key(phone, self.catalog.configuration.default_region)

    # --- What was asked for -----------------------------------------------------------------------------------------

    def service(self, text: str | None) -> Service | Answer:
        """The service with this id or name, the only one without a text; or the question which."""
        services = self.catalog.active_services
        found = self.catalog.service_named(text) if text is not None else services[0] if len(services) == 1 else None
        if found is not None:
            return found
        if not services:
            return Answer(
                code=RejectionCode.INVALID_APPOINTMENT_TYPE,
                next_action=NextAction.HAND_OVER,
                say=self.speech.say("handover"),
            )
        return Answer(
            code=RejectionCode.INVALID_APPOINTMENT_TYPE,
            next_action=NextAction.ASK_SERVICE,
            say=self.speech.choices("services", [each.name for each in services]),
            data={"services": self.services_data()},
        )

    def branch(self, text: str | None) -> Branch | Answer:
        """The branch with this id or name, the only one without a text; or the question which."""
        branches = self.catalog.active_branches
        if text is None:
            found = branches
        else:
            folded = fold(text)
            found = tuple([each for each in branches if folded in (fold(each.branch_id), fold(each.name))])
        if len(found) == 1:
            return found[0]
        if not branches:
            return Answer(
                code=RejectionCode.VALIDATION_ERROR, next_action=NextAction.HAND_OVER, say=self.speech.say("handover")
            )
        return Answer(
            code=RejectionCode.VALIDATION_ERROR,
            next_action=NextAction.ASK_BRANCH,
            say=self.speech.choices("branches", [each.name for each in branches]),
            data={"branches": self.branches_data()},
        )

    # --- What is told -----------------------------------------------------------------------------------------------

    def services_data(self) -> list[dict[str, Any]]:
        """The services that can be booked."""
        return [
            {"service": each.service_id, "name": each.name, "minutes": each.duration_minutes}
            for each in self.catalog.active_services
        ]

    def branches_data(self) -> list[dict[str, Any]]:
        """The branches that can be visited."""
        return [{"branch": each.branch_id, "name": each.name} for each in self.catalog.active_branches]

    def choice_data(self, choice: Choice) -> dict[str, Any]:
        """A choice as the model reads it."""
        return {
            "slot": slot_of(self.catalog, choice),
            "when": self.speech.when(choice.start, now=self.now, zone=self.zone),
            "starts_at": self._local(choice.start),
            "part_of_day": choice.window.session.value,
            "service": choice.service.name,
            "branch": self.branch_name(choice.window.branch_id),
        }

    def appointment_data(self, appointment: Appointment) -> dict[str, Any]:
        """An appointment as the model reads it; the phone is not in it."""
        doctor = {} if appointment.assigned_doctor is None else {"doctor": appointment.assigned_doctor}
        return {
            "appointment": appointment.appointment_id,
            "patient_name": appointment.patient_name,
            "when": self.speech.when(appointment.start, now=self.now, zone=self.zone),
            "starts_at": self._local(appointment.start),
            "service": _name(self.catalog.services, appointment.service_id),
            "branch": self.branch_name(appointment.branch_id),
            "status": appointment.status.value,
            **doctor,
        }

    def branch_name(self, branch_id: str) -> str:
        """The name of a branch."""
        return _name(self.catalog.branches, branch_id)

    def _local(self, instant: datetime) -> str:
        return instant.astimezone(zone_named(self.zone)).isoformat()

    # --- Choices ----------------------------------------------------------------------------------------------------

    def offer(self, choices: Sequence[Choice], *, instead: bool = False) -> str:
        """The sentence that offers the first of the choices."""
        starts = list(dict.fromkeys(each.start for each in choices))
        return self.speech.offer(starts, now=self.now, zone=self.zone, instead=instead)

    def choices_data(self, choices: Iterable[Choice]) -> list[dict[str, Any]]:
        """The choices as the model reads them, at most so many."""
        return [self.choice_data(each) for each in list(choices)[:CHOICES_MAX]]

    def instead(self, found: Sequence[Choice], branch_id: str) -> tuple[tuple[Choice, ...], str, NextAction]:
        """What is offered in the place of what is not free, how that is said, and what to do.

        Other branches are offered only where the wished one has nothing, and by name: the caller has to go there.
        """
        choices = at_branch(found, branch_id)
        if choices:
            return choices, self.offer(choices, instead=True), NextAction.OFFER_TIMES
        if found:
            names = dict.fromkeys(self.branch_name(each.window.branch_id) for each in found)
            return tuple(found), self.speech.choices("branches", list(names)), NextAction.ASK_BRANCH
        return (), self.speech.say("offer.none"), NextAction.ASK_DATE

    # --- Refusals ---------------------------------------------------------------------------------------------------

    def refused(self, rejection: Rejection, found: Sequence[Choice] = (), branch_id: str = "") -> Answer:
        """Why not, and what could be booked instead, at the wished branch first."""
        data: dict[str, Any] = {}
        next_action = _NEXT[rejection.code]
        if rejection.fields:
            data["problems"] = [problem_data(each) for each in rejection.fields]
        if found:
            choices, say, next_action = self.instead(found, branch_id)
            data["choices"] = self.choices_data(choices)
        else:
            say = self.speech.refusal(rejection, now=self.now, zone=self.zone)
            if rejection.reason is Reason.AI_QUOTA:
                next_action = NextAction.HAND_OVER
        return Answer(code=rejection.code, reason=rejection.reason, next_action=next_action, say=say, data=data)


def at_branch(choices: Iterable[Choice], branch_id: str) -> tuple[Choice, ...]:
    """Those of the choices that are at a branch."""
    return tuple([each for each in choices if each.window.branch_id == branch_id])


def _name(records: Mapping[str, Service] | Mapping[str, Branch], record_id: str) -> str:
    """The name; the id of what was set up since, which is told again by the present setup (see ``Toolset``)."""
    record = records.get(record_id)
    return record_id if record is None else record.name


def choices_of(service: Service, found: Iterable[Alternative]) -> tuple[Choice, ...]:
    """The alternatives as choices of a service."""
    return tuple([Choice(service, each.window, each.start) for each in found])


def problem_data(problem: FieldProblem) -> dict[str, str]:
    """A bad argument as the model reads it."""
    return {"parameter": problem.field, "problem": problem.problem, "hint": problem.hint}
