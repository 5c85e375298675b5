"""A store that a process of its own serves: many handles in many processes on one database, for the kit to try."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from typing import Any, TypeAlias, cast

import attrs

from booking_engine.adapters.memory import MemoryStore
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Outcome
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView

Address: TypeAlias = Any


class Desks:
    """The served end: the stores of every organisation of every database."""

    def __init__(self) -> None:
        self._stores: dict[tuple[str, str], MemoryStore] = {}
        self._lock = threading.Lock()

    def ask(self, database: str, org_id: str, method: str, arguments: tuple[object, ...]) -> object:
        """Call a method of one organisation's store."""
        with self._lock:
            store = self._stores.setdefault((database, org_id), MemoryStore(org_id))
        return getattr(store, method)(*arguments)


class _Manager(BaseManager):
    pass


_DESKS = Desks()
"""Of the server's process; a manager finds it there by its registered name."""


def _desks() -> Desks:
    return _DESKS


_Manager.register("desks", callable=_desks)


def serve() -> _Manager:
    """Start the serving process; shut it down when done."""
    manager = _Manager(ctx=get_context("spawn"))
    manager.start()
    return manager


# A proxy that goes closes the connection of the thread that collects it, though it may be sending at that moment.
_KEPT: list[object] = []


@attrs.frozen
class Opener:
    """Opens handles on one organisation's store, in whichever process it is called."""

    address: Address
    key: bytes
    database: str
    org_id: str

    def __call__(self) -> ServedStore:
        manager = _Manager(address=self.address, authkey=self.key)
        manager.connect()
        proxy = cast(Any, manager).desks()
        _KEPT.append(proxy)
        return ServedStore(proxy.ask, self.database, self.org_id)


class ServedStore:
    """A handle on a served store: every argument and every answer is pickled on its way."""

    def __init__(self, ask: Callable[..., Any], database: str, org_id: str) -> None:
        self._ask, self._of = ask, (database, org_id)

    def catalog(self) -> Catalog:
        found: Catalog = self._ask(*self._of, "catalog", ())
        return found

    def appointment(self, appointment_id: str) -> Appointment | None:
        found: Appointment | None = self._ask(*self._of, "appointment", (appointment_id,))
        return found

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        found: AppointmentPage = self._ask(*self._of, "appointments", (wanted, offset, limit))
        return found

    def history(self, subject_id: str) -> tuple[Event, ...]:
        found: tuple[Event, ...] = self._ask(*self._of, "history", (subject_id,))
        return found

    def view(self, query: LedgerQuery) -> LedgerView:
        found: LedgerView = self._ask(*self._of, "view", (query,))
        return found

    def commit(self, commit: Commit) -> Outcome:
        found: Outcome = self._ask(*self._of, "commit", (commit,))
        return found

    def snapshot(self) -> LedgerSnapshot:
        found: LedgerSnapshot = self._ask(*self._of, "snapshot", ())
        return found
