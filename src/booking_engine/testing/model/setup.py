"""Setting up an organisation: policy, branches and services (SPEC §2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from booking_engine import commands as c
from booking_engine.domain import events
from booking_engine.domain.branch import Branch
from booking_engine.domain.catalog import CatalogRecord
from booking_engine.domain.organisation import Configuration
from booking_engine.domain.rejection import RejectionCode
from booking_engine.domain.service import Service
from booking_engine.testing.model.answer import Answer, invalid, refused
from booking_engine.testing.model.changing import changed_fields
from booking_engine.testing.model.state import State, folded
from booking_engine.testing.model.wallclock import local_date


def mentioned(command: c.Command, *names: str) -> dict[str, Any]:
    """The fields that a command mentions, of those named."""
    return {name: getattr(command, name) for name in names if getattr(command, name) is not c.UNSET}


def put(
    state: State,
    command: c.SetupCommand,
    before: CatalogRecord | None,
    after: CatalogRecord,
    subject_id: str,
    event_class: type[events.Event],
    now: datetime,
    new_id: str,
    *,
    blank: CatalogRecord | None = None,
) -> Answer:
    """Remember a record, unless it stands so already. ``blank`` is what it is compared with when it is new."""
    compared = before or blank
    changes = () if compared is None else changed_fields(compared, after)
    if compared is not None and not changes:
        return Answer(record=compared)
    state.put(after, before)
    event = event_class(
        event_id=new_id,
        org_id=state.organisation.org_id,
        subject_id=subject_id,
        version=state.revision,
        at=now,
        channel=command.channel,
        actor=command.actor,
        record=after,
        changes=changes,
    )
    state.events.append(event)
    return Answer(record=after, changes=changes, events=(event,))


def configure(state: State, command: c.ConfigureOrganisation, now: datetime, new_id: str) -> Answer:
    """Change the name or the policy, and file all appointments and holds under date and phone as they are now read."""
    before = state.organisation
    policy = mentioned(command, *(field.name for field in attrs.fields(Configuration)))
    configuration = attrs.evolve(before.configuration, **policy)
    problems = []
    if not configuration.timezone:
        return invalid("timezone")
    if configuration.hold_seconds > configuration.hold_max_seconds:
        problems.append("hold_seconds")
    if configuration.default_region is not None and not state.phones.knows_region(configuration.default_region):
        problems.append("default_region")
    if problems:
        return invalid(*problems)
    after = attrs.evolve(before, configuration=configuration, **mentioned(command, "name"))
    answer = put(state, command, before, after, before.org_id, events.OrganisationConfigured, now, new_id)
    for each in list(state.appointments):
        filed = attrs.evolve(
            each,
            date=local_date(each.start, configuration.timezone),
            phone_key=state.phones.key(each.parent_phone, configuration.default_region),
        )
        if filed != each:
            filed = attrs.evolve(filed, version=each.version + 1, updated_at=max(each.updated_at, now))
            state.put_appointment(filed, each)
    for index, hold in enumerate(state.holds):
        day = local_date(hold.start, configuration.timezone)
        if day != hold.date:
            state.holds[index] = attrs.evolve(hold, date=day, version=hold.version + 1)
    return answer


def add_branch(state: State, command: c.AddBranch, now: datetime, new_id: str) -> Answer:
    """Add a branch; the same one again is no change."""
    after = Branch(branch_id=command.branch_id or new_id, name=command.name)
    before = state.branch(after.branch_id)
    if before is not None and before != after:
        return invalid("branch_id")
    if _name_is_taken(after, state.branches):
        return invalid("name")
    return put(state, command, before, after, after.branch_id, events.BranchAdded, now, new_id)


def update_branch(state: State, command: c.UpdateBranch, now: datetime, new_id: str) -> Answer:
    """Rename, retire or take back a branch."""
    before = state.branch(command.branch_id)
    if before is None:
        return refused(RejectionCode.NOT_FOUND)
    after = attrs.evolve(before, **mentioned(command, "name", "retired"))
    if _name_is_taken(after, state.branches):
        return invalid("name")
    return put(state, command, before, after, after.branch_id, events.BranchChanged, now, new_id)


def add_service(state: State, command: c.AddService, now: datetime, new_id: str) -> Answer:
    """Add a service; the same one again is no change."""
    after = Service(
        service_id=command.service_id or new_id, name=command.name, duration_minutes=command.duration_minutes
    )
    before = next((each for each in state.services if each.service_id == after.service_id), None)
    if before != after and any(folded(each.service_id) == folded(after.service_id) for each in state.services):
        return invalid("service_id")
    taken = _service_text_is_taken(after, state.services)
    if taken is not None:
        return invalid(taken)
    return put(state, command, before, after, after.service_id, events.ServiceAdded, now, new_id)


def update_service(state: State, command: c.UpdateService, now: datetime, new_id: str) -> Answer:
    """Rename, retire, take back, or change the duration for what is booked from now on."""
    before = next((each for each in state.services if each.service_id == command.service_id), None)
    if before is None:
        return refused(RejectionCode.NOT_FOUND)
    after = attrs.evolve(before, **mentioned(command, "name", "duration_minutes", "retired"))
    taken = _service_text_is_taken(after, state.services)
    if taken is not None:
        return invalid(taken)
    return put(state, command, before, after, after.service_id, events.ServiceChanged, now, new_id)


def _name_is_taken(branch: Branch, others: list[Branch]) -> bool:
    """Names of active branches differ, however they are written."""
    return not branch.retired and any(
        folded(other.name) == folded(branch.name) and not other.retired and other.branch_id != branch.branch_id
        for other in others
    )


def _service_text_is_taken(service: Service, others: list[Service]) -> str | None:
    """Which field of an active service would make one text mean two services (SPEC §6.4)."""
    for field in ("name", "service_id"):
        for other in others:
            meant = folded(getattr(service, field)) in (folded(other.name), folded(other.service_id))
            if meant and not service.retired and not other.retired and other.service_id != service.service_id:
                return field
    return None
