"""The shell is what both engines share around their loops: clock, ids, the remembered catalog, observers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar, get_args

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.decisions.decision import Accepted, Circumstances, Decision, Plan, Regenerated, Rejected
from booking_engine.decisions.planners import PLANNERS
from booking_engine.decisions.reading import appointment_filter
from booking_engine.domain.appointment import Appointment, token_of
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.domain.hold import Hold
from booking_engine.domain.phone import PhoneNormalizer, PlainPhones
from booking_engine.domain.rejection import Rejection, invalid, not_found
from booking_engine.errors import BookingRejected, ContentionError, OrganisationNotConfigured, UnknownRegionError
from booking_engine.ledger.audit import LedgerSnapshot, counts_at, differences
from booking_engine.ledger.page import AppointmentFilter
from booking_engine.ledger.view import LedgerView
from booking_engine.ports import Clock, IdFactory
from booking_engine.rules.availability import count_records
from booking_engine.rules.shape import checked

Ask: TypeAlias = c.Command | q.Query
Planned: TypeAlias = c.Command | q.AvailabilityQuery | q.TrackingQuery | q.AlternativesQuery
"""What is planned and decided on a view; the other queries are the store's to answer."""
Observer: TypeAlias = Callable[[Event], None]

QueryT = TypeVar("QueryT", bound=q.Query)

_TOKEN_COMMANDS = (*get_args(c.AppointmentCommand), *get_args(c.HoldCommand))
_QUERIES = get_args(q.Query)
_ASKS = get_args(Ask)


def system_clock() -> datetime:
    """Now, as the machine tells it."""
    return datetime.now(UTC)


class RandomIds:
    """Ids from the operating system's randomness."""

    def token(self) -> str:
        """See ``IdFactory``."""
        return token_of(os.urandom(26))

    def uuid(self) -> str:
        """See ``IdFactory``."""
        import uuid  # noqa: PLC0415 (slow to import, and seldom wanted)

        return str(uuid.uuid4())


class Shell:
    """Everything of an engine but the loop around its store."""

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        ids: IdFactory | None = None,
        phones: PhoneNormalizer | None = None,
        observers: Iterable[Observer] = (),
        attempts_max: int = 100,
    ) -> None:
        if attempts_max < 2:
            raise ValueError("attempts_max must be at least 2: the first look at an appointment takes one")
        self._clock = clock
        self._ids: IdFactory = ids or RandomIds()
        self._phones: PhoneNormalizer = phones or PlainPhones()
        self._observers = tuple(observers)
        self._attempts_max = attempts_max
        self._catalog: Catalog | None = None

    def _remembered(self, catalog: Catalog) -> Catalog:
        self._catalog = catalog if catalog.is_configured else None
        return catalog

    def _circumstances(self, ask: Ask) -> Circumstances:
        """Now and the new id: made once, the same over all attempts."""
        if isinstance(ask, _TOKEN_COMMANDS):
            new_id = self._ids.token()
        else:
            new_id = "" if isinstance(ask, _QUERIES) else self._ids.uuid()
        return Circumstances(self._now(), new_id, self._phones)

    def now(self) -> datetime:
        """Now, as the engine's clock tells it: an aware UTC instant."""
        return self._now()

    @property
    def catalog_seen(self) -> Catalog | None:
        """What the organisation has set up, as this engine saw it last; None before it looked.

        Whatever is decided on the ledger is decided on the present one, which this is from then on.
        """
        return self._catalog

    def phone_key(self, phone: str, default_region: str | None) -> str:
        """The form in which the engine compares a phone: the same for every way to write one number (SPEC I2)."""
        return self._phones.key(phone, default_region)

    def _now(self) -> datetime:
        now = self._clock()
        if now.tzinfo is UTC:
            return now
        if now.utcoffset() is None:
            raise ValueError("the clock must tell aware instants")
        return now.astimezone(UTC)

    def _plan(self, ask: Planned, catalog: Catalog, circumstances: Circumstances) -> Plan[Any]:
        planner = PLANNERS.get(type(ask))
        if planner is None:
            raise wrong_ask(ask)
        if not isinstance(ask, c.ConfigureOrganisation):
            region = self._configured(catalog).configuration.default_region
            if region is not None and not self._phones.knows_region(region):
                raise UnknownRegionError(region)
        return planner(ask, catalog, circumstances)

    def _configured(self, catalog: Catalog) -> Catalog:
        if not catalog.is_configured:
            raise OrganisationNotConfigured(f"Organisation {catalog.organisation.org_id!r} is not configured yet.")
        return catalog

    def _filter(self, query: q.AppointmentsQuery, catalog: Catalog) -> AppointmentFilter:
        wanted = appointment_filter(query, catalog, self._circumstances(query))
        if isinstance(wanted, Rejection):
            raise BookingRejected(wanted)
        return wanted

    def _regenerated(self, catalog: Catalog, snapshot: LedgerSnapshot) -> Regenerated:
        found, now = differences(catalog.configuration, snapshot), self._now()
        return Regenerated(count_records(catalog, counts_at(catalog.configuration, snapshot, now), now), found)

    def _tell(self, accepted: Accepted[Any]) -> None:
        for event in accepted.commit.events:
            for observer in self._observers:
                try:
                    observer(event)
                except Exception:
                    # The commit stands: an observer's fault must not make it look refused.
                    import logging  # noqa: PLC0415 (slow to import, and seldom wanted)

                    logging.getLogger(__name__).exception("An observer failed on event %s.", event.event_id)

    def _contention(self) -> ContentionError:
        return ContentionError(f"Others changed what was decided on, {self._attempts_max} times in a row.")


def answer_of(decision: Decision[Any]) -> Any:
    """The result of a decision that changes nothing; a refusal is raised."""
    if isinstance(decision, Rejected):
        raise BookingRejected(decision.rejection)
    return decision.result


def subject_in(plan: Plan[Any], view: LedgerView) -> Appointment | Hold | None:
    """What the command names, as the view shows it; a hold that was found by its holder was not named."""
    hold = view.hold
    return view.appointment if hold is None or plan.query.hold_id is None else hold


def has_moved(plan: Plan[Any], view: LedgerView) -> bool:
    """Whether the appointment or hold that was planned on is not the one that the view shows."""
    planned, shown = plan.subject, subject_in(plan, view)
    if planned is None or shown is None:
        return planned is not shown
    return planned.version != shown.version


def wrong_ask(ask: object) -> TypeError:
    """What is raised for something that cannot be asked, or not where it was; it names what can."""
    kind = type(ask)
    if kind in _ASKS:
        return TypeError(
            f"{kind.__name__} cannot be asked here: give it to execute. What check takes is {_names(PLANNERS)}."
        )
    if isinstance(ask, type) and ask in _ASKS:
        return TypeError(f"{ask.__name__} is a class: give an instance of it.")
    return TypeError(f"{kind.__name__} is neither a command nor a query. There are {_names(_ASKS)}.")


def _names(kinds: Iterable[type]) -> str:
    return ", ".join(kind.__name__ for kind in kinds)


def clean_query(query: QueryT) -> QueryT:
    """The query with its values cleaned; a bad one is raised."""
    clean = checked(query)
    if isinstance(clean, tuple):
        raise BookingRejected(invalid(*clean))
    return clean


def page_query(query: q.AppointmentsQuery | None) -> q.AppointmentsQuery:
    """The query for a page, cleaned; without one, for the first page of all."""
    asked = q.AppointmentsQuery() if query is None else query
    if type(asked) is not q.AppointmentsQuery:
        raise wrong_ask(asked)
    return clean_query(asked)


def found(appointment: Appointment | None) -> Appointment:
    """The appointment; ``NOT_FOUND`` is raised where there is none."""
    if appointment is None:
        raise BookingRejected(not_found("Appointment"))
    return appointment
