"""Decide whether an appointment may be booked, and be right about it under retries, races and clock changes."""

from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.commands import (
    UNSET,
    AddBranch,
    AddService,
    BookAppointment,
    CloseBranch,
    ConfigureOrganisation,
    CreateWindow,
    OverrideTracking,
    ReopenBranch,
    UpdateAppointment,
    UpdateBranch,
    UpdateService,
    UpdateWindow,
)
from booking_engine.decisions.decision import (
    Accepted,
    Answered,
    Booked,
    Changed,
    Decision,
    Overridden,
    Regenerated,
    Rejected,
    Updated,
)
from booking_engine.domain.alternative import Alternative, AlternativeKind
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.branch import Branch, BranchClosure
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import Event
from booking_engine.domain.organisation import AiQuota, CapacityScope, Configuration, Organisation
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.domain.service import Service
from booking_engine.domain.tracking import AvailabilityRow, DateOverride, TrackingKey, TrackingRecord
from booking_engine.domain.window import CalendarWindow, Session, Weekday, WindowStatus
from booking_engine.engine import BookingEngine
from booking_engine.errors import (
    BookingEngineError,
    BookingRejected,
    ContentionError,
    OrganisationNotConfigured,
    OutcomeUnknown,
    SchemaError,
    StoreError,
    UnknownRegionError,
)
from booking_engine.queries import (
    AlternativesQuery,
    AppointmentQuery,
    AppointmentsQuery,
    AvailabilityQuery,
    CatalogQuery,
    HistoryQuery,
    RegenerateTracking,
    TrackingQuery,
)

__all__ = [
    "UNSET",
    "Accepted",
    "AddBranch",
    "AddService",
    "AiQuota",
    "Alternative",
    "AlternativeKind",
    "AlternativesQuery",
    "Answered",
    "Appointment",
    "AppointmentQuery",
    "AppointmentStatus",
    "AppointmentsQuery",
    "AsyncBookingEngine",
    "AvailabilityQuery",
    "AvailabilityRow",
    "BookAppointment",
    "Booked",
    "BookingEngine",
    "BookingEngineError",
    "BookingRejected",
    "Branch",
    "BranchClosure",
    "CalendarWindow",
    "CapacityScope",
    "Catalog",
    "CatalogQuery",
    "Changed",
    "Channel",
    "CloseBranch",
    "Configuration",
    "ConfigureOrganisation",
    "ContentionError",
    "CreateWindow",
    "DateOverride",
    "Decision",
    "Event",
    "FieldProblem",
    "HistoryQuery",
    "Organisation",
    "OrganisationNotConfigured",
    "OutcomeUnknown",
    "Overridden",
    "OverrideTracking",
    "Reason",
    "RegenerateTracking",
    "Regenerated",
    "Rejected",
    "Rejection",
    "RejectionCode",
    "ReopenBranch",
    "SchemaError",
    "Service",
    "Session",
    "StoreError",
    "TrackingKey",
    "TrackingQuery",
    "TrackingRecord",
    "UnknownRegionError",
    "UpdateAppointment",
    "UpdateBranch",
    "UpdateService",
    "UpdateWindow",
    "Updated",
    "Weekday",
    "WindowStatus",
]
