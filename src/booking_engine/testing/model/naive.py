"""The naive model answers every ask by going through lists: slow, plain, and written from the rules alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias, assert_never

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.channel import Channel
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.organisation import Configuration, Organisation
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.domain.rejection import RejectionCode
from booking_engine.domain.tracking import ALL_SERVICES, Counts, TrackingKey
from booking_engine.domain.window import CalendarWindow
from booking_engine.errors import OrganisationNotConfigured
from booking_engine.testing.model import alternatives, booking, changing, holding, projection, setup, windows
from booking_engine.testing.model.answer import Answer, invalid, refused
from booking_engine.testing.model.phones import NaivePhones
from booking_engine.testing.model.shape import shaped
from booking_engine.testing.model.state import EXPECTED, State, folded
from booking_engine.testing.model.wallclock import local_date

Name: TypeAlias = tuple[object, ...]

_COMMANDS: Mapping[type, Callable[..., Answer]] = {
    c.BookAppointment: booking.book,
    c.UpdateAppointment: changing.update,
    c.HoldPlace: holding.hold,
    c.ExtendHold: holding.extend,
    c.ReleaseHold: holding.release,
    c.ConfirmHold: holding.confirm,
    c.ConfigureOrganisation: setup.configure,
    c.AddBranch: setup.add_branch,
    c.UpdateBranch: setup.update_branch,
    c.AddService: setup.add_service,
    c.UpdateService: setup.update_service,
    c.CreateWindow: windows.create_window,
    c.UpdateWindow: windows.update_window,
    c.OverrideTracking: windows.override,
    c.CloseBranch: windows.close_branch,
    c.ReopenBranch: windows.reopen_branch,
}


_WITHOUT_SETUP = (c.ConfigureOrganisation, q.AppointmentQuery, q.HistoryQuery)


class NaiveModel:
    """What an engine must answer and keep, for one organisation.

    It shares the records and the commands with the engine and nothing that decides. ``phones`` normalises phones
    as the engine's does; without it they are compared by their characters.
    """

    def __init__(self, org_id: str = "default", phones: PhoneNormalizer | None = None) -> None:
        blank = Organisation(org_id=org_id, name="", configuration=Configuration(timezone=""))
        self._state = State(organisation=blank, phones=phones or NaivePhones())
        self._catalog: Catalog | None = None

    def copy(self) -> NaiveModel:
        """A model that goes on by itself from here."""
        twin = NaiveModel()
        twin._state = self._state.copy()
        return twin

    def execute(self, ask: c.Command | q.Query, *, now: datetime, new_id: str = "") -> Answer:
        """The answer to any command or query, as of ``now``; ``new_id`` is the id that the engine made for it.

        A hold that has ended by ``now`` is forgotten, and does not run again when the clock is turned back.
        """
        state = self._state
        state.end_holds(now)
        if not state.revision and not isinstance(ask, _WITHOUT_SETUP):
            raise OrganisationNotConfigured(f"Organisation {state.organisation.org_id!r} is not configured yet.")
        clean = shaped(ask)
        if isinstance(clean, frozenset):
            return invalid(*clean)
        if isinstance(clean, q.Query):
            return self._answer(clean, now)
        answer: Answer = _COMMANDS[type(clean)](state, clean, now, new_id)
        return answer

    def _answer(self, query: q.Query, now: datetime) -> Answer:
        state = self._state
        match query:
            case q.AvailabilityQuery():
                return projection.availability(state, query, now)
            case q.TrackingQuery():
                return projection.tracking(state, query, now)
            case q.AlternativesQuery():
                return alternatives.answer(state, query, now)
            case q.AppointmentsQuery():
                return projection.appointments(state, query)
            case q.AppointmentQuery():
                found = state.appointment(query.appointment_id)
                return refused(RejectionCode.NOT_FOUND) if found is None else Answer(record=found)
            case q.HistoryQuery():
                return Answer(events=self.history(query.subject_id))
            case q.CatalogQuery():
                return Answer()
            case q.RegenerateTracking():
                return projection.count_records(state, now)
            case _:
                assert_never(query)

    def would_fit(self, window: CalendarWindow, start: datetime, duration_minutes: int) -> bool:
        """Whether a visit lies in the window on its local date, open or not (SPEC T1)."""
        day = local_date(start, self._state.configuration.timezone)
        return self._state.fits(window, day, start, duration_minutes)

    def remember(self, next_cursor: str) -> None:
        """The engine gave this cursor with the page that the model showed last: it goes on there."""
        assert self._state.last_page is not None
        self._state.cursors[next_cursor] = self._state.last_page

    # --- What must be kept ------------------------------------------------------------------------------------------

    @property
    def catalog(self) -> Catalog:
        """What is set up."""
        state = self._state
        if self._catalog is None or self._catalog.revision != state.revision:
            self._catalog = Catalog(
                revision=state.revision,
                organisation=state.organisation,
                branches=state.branches,
                services=state.services,
                windows=state.windows,
                overrides=state.overrides,
                closures=state.closures,
            )
        return self._catalog

    @property
    def appointments(self) -> tuple[Appointment, ...]:
        """Every appointment, of any status, in the order of booking."""
        return tuple(self._state.appointments)

    def holds(self, now: datetime) -> tuple[Hold, ...]:
        """The holds that run at an instant."""
        self._state.end_holds(now)
        return tuple(self._state.holds)

    @property
    def cursors(self) -> Mapping[str, q.AppointmentsQuery]:
        """Every cursor that was given, with the ask that it was the answer to."""
        return {cursor: page.query for cursor, page in self._state.cursors.items()}

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that happened, oldest first."""
        return tuple(self._state.events)

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """What happened to one record, oldest first."""
        return tuple(event for event in self._state.events if event.subject_id == subject_id)

    def counts(self, now: datetime) -> Mapping[TrackingKey, Counts]:
        """The places that are taken at an instant, counted anew (SPEC C1, C2, C6)."""
        self._state.end_holds(now)
        filled: Counter[TrackingKey] = Counter()
        by_ai: Counter[TrackingKey] = Counter()
        for taken, channel in self._state.places():
            for key in (taken, taken._replace(service_id=ALL_SERVICES)) if self._state.is_shared else (taken,):
                filled[key] += 1
                by_ai[key] += channel is Channel.AI_AGENT
        return {key: Counts(filled[key], by_ai[key]) for key in filled}

    def names(self) -> Mapping[Name, frozenset[str]]:
        """Who holds a reference, ``(reference,)``, or the name of a duplicate, ``(phone, service, date, patient)``."""
        with_patient = self._state.configuration.duplicate_includes_patient
        names: defaultdict[Name, set[str]] = defaultdict(set)
        for each in self._state.appointments:
            if each.status is not AppointmentStatus.CANCELLED and each.external_reference_id is not None:
                names[each.external_reference_id,].add(each.appointment_id)
            if each.status in EXPECTED:
                patient = folded(each.patient_name) if with_patient else ""
                names[each.phone_key, each.service_id, each.date, patient].add(each.appointment_id)
        return {name: frozenset(holders) for name, holders in names.items()}
