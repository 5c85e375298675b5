"""The planner of every command, and of every query that a view answers, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.decisions import booking, confirming, holding, reading, setup, updating, windows
from booking_engine.decisions.decision import Circumstances, Plan
from booking_engine.domain.catalog import Catalog


class Planner(Protocol):
    """Plans one kind of command."""

    def __call__(self, command: Any, catalog: Catalog, circumstances: Circumstances, /) -> Plan[Any]:
        """The plan, on the catalog and the appointment as they are known."""
        ...


PLANNERS: Mapping[type, Planner] = {
    c.BookAppointment: booking.plan_booking,
    c.UpdateAppointment: updating.plan_update,
    c.HoldPlace: holding.plan_hold,
    c.ExtendHold: holding.plan_extension,
    c.ReleaseHold: holding.plan_release,
    c.ConfirmHold: confirming.plan_confirmation,
    c.ConfigureOrganisation: setup.plan_configuration,
    c.AddBranch: setup.plan_new_branch,
    c.UpdateBranch: setup.plan_branch_update,
    c.AddService: setup.plan_new_service,
    c.UpdateService: setup.plan_service_update,
    c.CreateWindow: windows.plan_new_window,
    c.UpdateWindow: windows.plan_window_update,
    c.OverrideTracking: windows.plan_override,
    c.CloseBranch: windows.plan_closure,
    c.ReopenBranch: windows.plan_reopening,
    q.AvailabilityQuery: reading.plan_availability,
    q.TrackingQuery: reading.plan_tracking,
    q.AlternativesQuery: reading.plan_alternatives,
}
