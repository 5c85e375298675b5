"""An endpoint is one path of the documents: what it asks of the engine, and how it answers (SPEC §10).

``ENDPOINTS`` is the whole table; every transport serves it, through ``answer_with`` or its awaited twin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.domain.rejection import Rejection
from booking_engine.domain.slotid import calendar_id_of
from booking_engine.engine import BookingEngine
from booking_engine.errors import BookingRejected
from booking_engine.shell import Ask
from booking_engine.wire import answers
from booking_engine.wire.answer import Answer
from booking_engine.wire.asking import Asking, Caller, Takes
from booking_engine.wire.errors import rejected
from booking_engine.wire.headers import Headers
from booking_engine.wire.scope import Scope

_NO_HEADERS = Headers()


@attrs.frozen
class Endpoint:
    """One method and path, and the scope that a key needs for it.

    ``answer(result, ask)`` shows what the engine said to the ask.
    """

    name: str
    scope: Scope
    method: str
    path: str
    asking: Asking
    answer: Callable[[Any, Any], Answer]

    @property
    def path_parameter(self) -> str | None:
        """The name of the parameter in the path, if it has one."""
        found = re.search(r"\{(\w+)\}", self.path)
        return found[1] if found else None

    def parse(
        self, path: Mapping[str, object], query: object, body: object, caller: Caller, headers: Headers = _NO_HEADERS
    ) -> Ask | Rejection:
        """The ask that a request makes, or the rejection that names every bad field.

        ``path`` holds the parameter of the path, decoded; ``query`` the parameters by name (``read_query``);
        ``body`` the JSON value (``read_json``). None stands for a part that was not sent. ``headers`` are those that
        count (``read_headers``).
        """
        name = self.path_parameter
        known = {name: path[name]} if name is not None and name in path else {}
        return self.asking(known, query, body, caller, headers)


_GET, _POST, _PATCH = "GET", "POST", "PATCH"
_APPOINTMENTS, _SLOTS = "/v1/appointments", "/v1/appointment-slots"
_APPOINTMENT, _SLOT = _APPOINTMENTS + "/{appointment_id}", _SLOTS + "/{slot_id}"
_READ, _WRITE, _SLOTS_READ, _SLOTS_WRITE = Scope

_SETUP = Asking(q.CatalogQuery)
_BOOK = Asking(c.BookAppointment, Takes.BODY, keyed="external_reference_id")
_UPDATE = Asking(c.UpdateAppointment, Takes.BODY, versioned=str)
_ONE = Asking(q.AppointmentQuery)
_HISTORY = Asking(q.HistoryQuery, names={"appointment_id": "subject_id"})
_PAGE = Asking(q.AppointmentsQuery, Takes.QUERY, numbers=frozenset({"page", "limit"}))
_ROWS = Asking(q.AvailabilityQuery, Takes.QUERY)
_RECORDS = Asking(q.TrackingQuery, Takes.QUERY, names={"from": "from_date", "to": "to_date"})
_CREATE = Asking(c.CreateWindow, Takes.BODY)
_EDIT = Asking(c.UpdateWindow, Takes.BODY, versioned=calendar_id_of)
_DISABLE = Asking(c.UpdateWindow, given={"status": "CLOSED"}, versioned=calendar_id_of)
_OVERRIDE = Asking(c.OverrideTracking, Takes.BODY)
_REGENERATE = Asking(q.RegenerateTracking)

_TABLE = (
    Endpoint("config", _READ, _GET, "/v1/appointment-config", _SETUP, answers.config),
    Endpoint("services", _READ, _GET, "/v1/services", _SETUP, answers.services),
    Endpoint("branches", _READ, _GET, "/v1/branches", _SETUP, answers.branches),
    Endpoint("book", _WRITE, _POST, _APPOINTMENTS, _BOOK, answers.booked),
    Endpoint("update", _WRITE, _PATCH, _APPOINTMENT, _UPDATE, answers.updated),
    Endpoint("appointment", _READ, _GET, _APPOINTMENT, _ONE, answers.appointment),
    Endpoint("history", _READ, _GET, _APPOINTMENT + "/history", _HISTORY, answers.history),
    Endpoint("appointments", _READ, _GET, _APPOINTMENTS, _PAGE, answers.appointments),
    Endpoint("windows", _SLOTS_READ, _GET, _SLOTS, _SETUP, answers.windows),
    Endpoint("availability", _SLOTS_READ, _GET, _SLOTS + "/availability", _ROWS, answers.availability),
    Endpoint("tracking", _SLOTS_READ, _GET, _SLOTS + "/schedule-tracking", _RECORDS, answers.tracking),
    Endpoint("create_window", _SLOTS_WRITE, _POST, _SLOTS, _CREATE, answers.window_created),
    Endpoint("update_window", _SLOTS_WRITE, _PATCH, _SLOT, _EDIT, answers.window_changed),
    Endpoint("disable_window", _SLOTS_WRITE, _POST, _SLOT + "/disable", _DISABLE, answers.window_changed),
    Endpoint("override_tracking", _SLOTS_WRITE, _PATCH, _SLOTS + "/tracking/{slot_id}", _OVERRIDE, answers.overridden),
    Endpoint("regenerate", _SLOTS_WRITE, _POST, _SLOTS + "/regenerate", _REGENERATE, answers.regenerated),
)

ENDPOINTS: Mapping[str, Endpoint] = {endpoint.name: endpoint for endpoint in _TABLE}
"""Every endpoint, by name."""

_NOTHING: Mapping[str, object] = {}
_ANYBODY = Caller()


def answer_with(
    engine: BookingEngine,
    endpoint: Endpoint,
    path: Mapping[str, object] = _NOTHING,
    query: object = None,
    body: object = None,
    caller: Caller = _ANYBODY,
    headers: Headers = _NO_HEADERS,
) -> Answer:
    """What the engine answers to a request; a refusal is an answer too.

    Faults go to the caller: ``StoreError`` when the store cannot answer, ``OrganisationNotConfigured`` where the setup
    is needed and there is none.
    """
    ask = endpoint.parse(path, query, body, caller, headers)
    if isinstance(ask, Rejection):
        return rejected(ask)
    try:
        result = engine.execute(ask)
    except BookingRejected as refusal:
        return rejected(refusal.rejection)
    return endpoint.answer(result, ask)


async def answer_with_async(
    engine: AsyncBookingEngine,
    endpoint: Endpoint,
    path: Mapping[str, object] = _NOTHING,
    query: object = None,
    body: object = None,
    caller: Caller = _ANYBODY,
    headers: Headers = _NO_HEADERS,
) -> Answer:
    """``answer_with`` for an event loop."""
    ask = endpoint.parse(path, query, body, caller, headers)
    if isinstance(ask, Rejection):
        return rejected(ask)
    try:
        result = await engine.execute(ask)
    except BookingRejected as refusal:
        return rejected(refusal.rejection)
    return endpoint.answer(result, ask)
