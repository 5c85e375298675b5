"""Stepping carries a command out call by call: it stops before each call of its store until it is told to go on.

A ``BookingEngine`` is stepped in a thread that is handed a baton, an ``AsyncBookingEngine`` by its coroutine: nothing
runs but what was told to.
"""

from __future__ import annotations

import enum
import queue
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.events import Event
from booking_engine.engine import BookingEngine
from booking_engine.errors import StoreError
from booking_engine.ledger.audit import LedgerSnapshot
from booking_engine.ledger.claims import Commit, Done, Outcome
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage
from booking_engine.ledger.view import LedgerQuery, LedgerView
from booking_engine.ports import Store
from booking_engine.shell import Ask

ResultT = TypeVar("ResultT")


class Fault(enum.Enum):
    """What befalls one call of the store."""

    NONE = enum.auto()
    ANSWER_LOST = enum.auto()
    """The call is carried out, but its caller is told that the store could not answer."""
    CRASH = enum.auto()
    """The caller is gone before the call: it is not carried out."""


class Crash(BaseException):
    """The caller is gone; no engine may catch this."""


class Stepped(Protocol):
    """A command that is being carried out, step by step.

    ``pending`` names the call that it stopped before, None when it has ended; ``committed`` says whether it has heard
    of a commit that is done; ``ending`` raises or returns what its engine did.
    """

    pending: str | None
    committed: bool

    def step(self, fault: Fault = Fault.NONE) -> None:
        """Carry out the pending call, and go on to the next one or to the end."""
        ...

    def ending(self) -> Any:
        """What the engine returned; what it raised is raised."""
        ...


class Stepper(Protocol):
    """Starts a command and stops before its first call."""

    def __call__(self, store: Store, ask: Ask, *, recovers: bool, **options: Any) -> Stepped:
        """The command, stepped over the store; with ``recovers`` it sends a commit again whose answer was lost."""
        ...


# --- In a thread ----------------------------------------------------------------------------------------------------


class SteppedThread:
    """A command of a ``BookingEngine`` in a thread of its own."""

    def __init__(self, store: Store, ask: Ask, *, recovers: bool, **options: Any) -> None:
        self.committed = False
        self._store, self._recovers = store, recovers
        self._go: queue.SimpleQueue[Fault] = queue.SimpleQueue()
        self._stops: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._returned: Any = None
        self._raised: BaseException | None = None
        engine = BookingEngine(self, **options)
        threading.Thread(target=self._run, args=(engine, ask), daemon=True).start()
        self.pending = self._stops.get()

    def step(self, fault: Fault = Fault.NONE) -> None:
        """See ``Stepped``."""
        self._go.put(fault)
        self.pending = self._stops.get()

    def ending(self) -> Any:
        """See ``Stepped``."""
        if self._raised is not None:
            raise self._raised
        return self._returned

    def _run(self, engine: BookingEngine, ask: Ask) -> None:
        try:
            self._returned = engine.execute(ask)
        except BaseException as raised:
            self._raised = raised
        self._stops.put(None)

    def _call(self, name: str, call: Callable[[], ResultT]) -> ResultT:
        steps = _faulted(name, call, self._recovers)
        next(steps)
        while True:
            self._stops.put(name)
            try:
                steps.send(self._go.get())
            except StopIteration as ended:
                answer: ResultT = ended.value
                return answer

    # --- The store that the engine sees ---

    def catalog(self) -> Catalog:
        """See ``CatalogRepository``."""
        return self._call("catalog", self._store.catalog)

    def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return self._call("appointment", lambda: self._store.appointment(appointment_id))

    def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return self._call("appointments", lambda: self._store.appointments(wanted, offset, limit))

    def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return self._call("history", lambda: self._store.history(subject_id))

    def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return self._call("view", lambda: self._store.view(query))

    def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        outcome = self._call(COMMIT, lambda: self._store.commit(commit))
        self.committed = self.committed or isinstance(outcome, Done)
        return outcome

    def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return self._call("snapshot", self._store.snapshot)


# --- As a coroutine -------------------------------------------------------------------------------------------------


class SteppedCoroutine:
    """A command of an ``AsyncBookingEngine``, sent on by hand."""

    def __init__(self, store: Store, ask: Ask, *, recovers: bool, **options: Any) -> None:
        self.pending: str | None = None
        self.committed = False
        self._store, self._recovers = store, recovers
        self._returned: Any = None
        self._raised: BaseException | None = None
        self._coroutine: Coroutine[str, Fault | None, Any] = AsyncBookingEngine(self, **options).execute(ask)
        self._send(None)

    def step(self, fault: Fault = Fault.NONE) -> None:
        """See ``Stepped``."""
        self._send(fault)

    def ending(self) -> Any:
        """See ``Stepped``."""
        if self._raised is not None:
            raise self._raised
        return self._returned

    def _send(self, fault: Fault | None) -> None:
        try:
            self.pending = self._coroutine.send(fault)
        except StopIteration as ended:
            self.pending, self._returned = None, ended.value
        except BaseException as raised:
            self.pending, self._raised = None, raised

    # --- The store that the engine sees ---

    async def catalog(self) -> Catalog:
        """See ``CatalogRepository``."""
        return await _Call("catalog", self._store.catalog, self._recovers)

    async def appointment(self, appointment_id: str) -> Appointment | None:
        """See ``AppointmentRepository``."""
        return await _Call("appointment", lambda: self._store.appointment(appointment_id), self._recovers)

    async def appointments(self, wanted: AppointmentFilter, offset: int, limit: int) -> AppointmentPage:
        """See ``AppointmentRepository``."""
        return await _Call("appointments", lambda: self._store.appointments(wanted, offset, limit), self._recovers)

    async def history(self, subject_id: str) -> tuple[Event, ...]:
        """See ``AppointmentRepository``."""
        return await _Call("history", lambda: self._store.history(subject_id), self._recovers)

    async def view(self, query: LedgerQuery) -> LedgerView:
        """See ``CapacityLedger``."""
        return await _Call("view", lambda: self._store.view(query), self._recovers)

    async def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        outcome = await _Call(COMMIT, lambda: self._store.commit(commit), self._recovers)
        self.committed = self.committed or isinstance(outcome, Done)
        return outcome

    async def snapshot(self) -> LedgerSnapshot:
        """See ``CapacityLedger``."""
        return await _Call("snapshot", self._store.snapshot, self._recovers)


# --- Recording ------------------------------------------------------------------------------------------------------


class Recorder:
    """A store that hands everything on, and keeps the commits that were done."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.commits: list[Commit] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> Outcome:
        """See ``CapacityLedger``."""
        outcome = self._store.commit(commit)
        if isinstance(outcome, Done):
            self.commits.append(commit)
        return outcome


# --- Both -----------------------------------------------------------------------------------------------------------

COMMIT: Final = "commit"
READS: Final = frozenset({"catalog", "view", "appointment", "appointments", "history", "snapshot"})
_Steps: TypeAlias = Generator[str, Fault, ResultT]


def _faulted(name: str, call: Callable[[], ResultT], recovers: bool) -> _Steps[ResultT]:
    """Stops before the call, and lets befall it what was sent; a recovering caller sends the same call again."""
    while True:
        fault = yield name
        if fault is Fault.CRASH:
            raise Crash
        answer = call()
        if fault is Fault.NONE:
            return answer
        if not recovers:
            raise StoreError("the store did not answer")


class _Call(Generic[ResultT]):
    """What the engine awaits: the stops of one call."""

    def __init__(self, name: str, call: Callable[[], ResultT], recovers: bool) -> None:
        self._steps = _faulted(name, call, recovers)

    def __await__(self) -> _Steps[ResultT]:
        return self._steps
