"""Setting up an organisation: its policy, branches and services, by commands like everything else (SPEC §2)."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from booking_engine import commands as c
from booking_engine.decisions.decision import (
    Accepted,
    Answered,
    Changed,
    Circumstances,
    Decision,
    Plan,
    Rejected,
    Settled,
)
from booking_engine.decisions.effects import field_changes, setup_commit
from booking_engine.domain import events
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.branch import Branch
from booking_engine.domain.catalog import Catalog, CatalogRecord
from booking_engine.domain.hold import Hold
from booking_engine.domain.localtime import local_date
from booking_engine.domain.organisation import REKEYING, Configuration, Organisation
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import invalid, not_found
from booking_engine.domain.service import Service
from booking_engine.domain.text import fold
from booking_engine.ledger.claims import Rekeying
from booking_engine.rules.shape import checked

RecordT = TypeVar("RecordT", bound=CatalogRecord)


def given(command: c.Command, *names: str) -> dict[str, Any]:
    """The named fields that a command mentions."""
    values = {name: getattr(command, name) for name in names}
    return {name: value for name, value in values.items() if value is not c.UNSET}


def put_record(
    command: c.SetupCommand,
    catalog: Catalog,
    circumstances: Circumstances,
    before: RecordT | None,
    after: RecordT,
    subject_id: str,
    event_class: type[events.Event],
    rekeying: Rekeying | None = None,
) -> Decision[Changed[RecordT]]:
    """Accept a record in the place of ``before``, or answer that it stands so already."""
    changes = field_changes(before, after) if before is not None else ()
    if before is not None and not changes:
        return Answered(Changed(before))
    event = event_class(
        event_id=circumstances.new_id,
        org_id=catalog.organisation.org_id,
        subject_id=subject_id,
        version=catalog.revision + 1,
        at=circumstances.now,
        channel=command.channel,
        actor=command.actor,
        record=after,
        changes=changes,
    )
    return Accepted(setup_commit(catalog, after, event, rekeying), Changed(after, changes))


def refused(*problems: FieldProblem) -> Settled[Any]:
    """The plan of a command whose fields are wrong."""
    return Settled(Rejected(invalid(*problems)))


# --- The organisation and its policy --------------------------------------------------------------------------------

_POLICY = tuple(field.name for field in attrs.fields(Configuration))


def plan_configuration(
    command: c.ConfigureOrganisation,
    catalog: Catalog,
    circumstances: Circumstances,
) -> Plan[Changed[Organisation]]:
    """Create the organisation or change its policy; a change of keys has the ledger counted anew."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    policy, before = given(clean, *_POLICY), catalog.organisation
    if not catalog.is_configured and "timezone" not in policy:
        return refused(FieldProblem("timezone", "is missing", 'send an IANA name, e.g. "Asia/Kolkata"'))
    configuration = attrs.evolve(before.configuration, **policy)
    rekeys = catalog.is_configured and any(
        getattr(configuration, field) != getattr(before.configuration, field) for field in REKEYING
    )
    problems = _policy_problems(configuration, circumstances, rekeys or "default_region" in policy)
    if problems:
        return refused(*problems)
    name = before.name if clean.name is c.UNSET else clean.name
    after = attrs.evolve(before, name=name, configuration=configuration)
    rekeying = None
    if rekeys:
        refiling = Refiling(configuration, circumstances)
        rekeying = Rekeying(configuration=configuration, refile=refiling, refile_hold=refiling.hold)
    return Settled(
        put_record(clean, catalog, circumstances, before, after, before.org_id, events.OrganisationConfigured, rekeying)
    )


def _policy_problems(
    configuration: Configuration, circumstances: Circumstances, reads_phones: bool
) -> list[FieldProblem]:
    problems = []
    if configuration.hold_seconds > configuration.hold_max_seconds:
        problems.append(FieldProblem("hold_seconds", "exceeds hold_max_seconds", "send at most hold_max_seconds"))
    region = configuration.default_region
    if reads_phones and region is not None and not circumstances.phones.knows_region(region):
        problems.append(
            FieldProblem(
                "default_region",
                "is not known to the engine's phone normaliser",
                "install booking-engine[phone] and give the engine phones=E164Phones()",
            )
        )
    return problems


@attrs.frozen
class Refiling:
    """Files appointments and holds under the local date and phone key that another configuration gives them."""

    configuration: Configuration
    circumstances: Circumstances

    def __call__(self, appointment: Appointment) -> Appointment:
        """The same appointment, or the next version of it when it is filed elsewhere now."""
        day = local_date(appointment.start, self.configuration.timezone)
        phone_key = self.circumstances.phones.key(appointment.parent_phone, self.configuration.default_region)
        if (day, phone_key) == (appointment.date, appointment.phone_key):
            return appointment
        return attrs.evolve(
            appointment,
            date=day,
            phone_key=phone_key,
            updated_at=max(appointment.updated_at, self.circumstances.now),
            version=appointment.version + 1,
        )

    def hold(self, hold: Hold) -> Hold:
        """The same hold, or the next version of it when it is filed elsewhere now."""
        day = local_date(hold.start, self.configuration.timezone)
        return hold if day == hold.date else attrs.evolve(hold, date=day, version=hold.version + 1)


# --- Branches -------------------------------------------------------------------------------------------------------


def plan_new_branch(command: c.AddBranch, catalog: Catalog, circumstances: Circumstances) -> Plan[Changed[Branch]]:
    """Add a branch; the same one again is no change."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    after = Branch(branch_id=clean.branch_id or circumstances.new_id, name=clean.name)
    before = catalog.branches.get(after.branch_id)
    if before is not None and before != after:
        return refused(FieldProblem("branch_id", "is taken", "send another id, or update that branch"))
    return _branch(clean, catalog, circumstances, before, after, events.BranchAdded)


def plan_branch_update(
    command: c.UpdateBranch, catalog: Catalog, circumstances: Circumstances
) -> Plan[Changed[Branch]]:
    """Rename, retire or take back a branch."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    before = catalog.branches.get(clean.branch_id)
    if before is None:
        return Settled(Rejected(not_found("Branch")))
    after = attrs.evolve(before, **given(clean, "name", "retired"))
    return _branch(clean, catalog, circumstances, before, after, events.BranchChanged)


def _branch(
    command: c.AddBranch | c.UpdateBranch,
    catalog: Catalog,
    circumstances: Circumstances,
    before: Branch | None,
    after: Branch,
    event_class: type[events.Event],
) -> Plan[Changed[Branch]]:
    others = (branch for branch in catalog.active_branches if branch.branch_id != after.branch_id)
    if not after.retired and any(fold(other.name) == fold(after.name) for other in others):
        return refused(FieldProblem("name", "is the name of another branch", "send another name"))
    return Settled(put_record(command, catalog, circumstances, before, after, after.branch_id, event_class))


# --- Services -------------------------------------------------------------------------------------------------------


def plan_new_service(command: c.AddService, catalog: Catalog, circumstances: Circumstances) -> Plan[Changed[Service]]:
    """Add a service; the same one again is no change."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    after = Service(
        service_id=clean.service_id or circumstances.new_id, name=clean.name, duration_minutes=clean.duration_minutes
    )
    before = catalog.services.get(after.service_id)
    taken = any(fold(service_id) == fold(after.service_id) for service_id in catalog.services)
    if before != after and taken:
        return refused(FieldProblem("service_id", "is taken", "send another id, or update that service"))
    return _service(clean, catalog, circumstances, before, after, events.ServiceAdded)


def plan_service_update(
    command: c.UpdateService, catalog: Catalog, circumstances: Circumstances
) -> Plan[Changed[Service]]:
    """Rename, retire or take back a service, or change its duration for what is booked from now on."""
    clean = checked(command)
    if isinstance(clean, tuple):
        return refused(*clean)
    before = catalog.services.get(clean.service_id)
    if before is None:
        return Settled(Rejected(not_found("Service")))
    after = attrs.evolve(before, **given(clean, "name", "duration_minutes", "retired"))
    return _service(clean, catalog, circumstances, before, after, events.ServiceChanged)


def _service(
    command: c.AddService | c.UpdateService,
    catalog: Catalog,
    circumstances: Circumstances,
    before: Service | None,
    after: Service,
    event_class: type[events.Event],
) -> Plan[Changed[Service]]:
    others = [service for service in catalog.active_services if service.service_id != after.service_id]
    # Ids and names are both taken as appointment_type: one text must never mean two services (SPEC §6.4).
    taken = {fold(text) for other in others for text in (other.name, other.service_id)}
    if not after.retired and fold(after.name) in taken:
        return refused(FieldProblem("name", "is the name or id of another service", "send another name"))
    if not after.retired and fold(after.service_id) in taken:
        return refused(FieldProblem("service_id", "is the name of another service", "send another id"))
    return Settled(put_record(command, catalog, circumstances, before, after, after.service_id, event_class))
