"""The base of every group of cases: how a case comes by the store, the engine and the other handles it needs."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, Unpack

from booking_engine.domain.organisation import Configuration
from booking_engine.engine import BookingEngine
from booking_engine.options import EngineOptions
from booking_engine.ports import Store
from booking_engine.shell import Ask
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.capabilities import Capabilities
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.material import NOW, POLICY


class Engine(Protocol):
    """An engine, as far as the cases use it."""

    def execute(self, ask: Ask) -> Any:
        """Carry out any command, or answer any query."""
        ...


class StoreCases:
    """Cases about one store. Instances are made by pytest, one for each test."""

    capabilities: ClassVar[Capabilities]
    race_rounds: int = 3
    """How often each race is run."""
    race_width: int = 8
    """How many callers race at once."""
    _opened = 0

    def open_store(self, org_id: str) -> Store:
        """A new and empty store of this organisation.

        A test calls it once for each organisation that it needs; all of them are on one database where the storage
        is shared.
        """
        raise NotImplementedError(f"{type(self).__name__} must define open_store")

    def another_handle(self, org_id: str) -> Store:
        """Another handle on what this test has opened for the organisation; needed with ``shared_database``."""
        raise NotImplementedError(f"{type(self).__name__} declares shared_database and must define another_handle")

    def open_engine(self, store: Store, **options: Unpack[EngineOptions]) -> Engine:
        """An engine over the store, whose clock stands still."""
        options.setdefault("clock", FixedClock(NOW))
        return BookingEngine(store, **options)

    def open_desk(self, org_id: str | None = None, configuration: Configuration = POLICY) -> Desk:
        """A desk over a new store, with the small clinic set up; without ``org_id`` one that is new in this test."""
        org_id = org_id or self.new_org_id()
        desk = Desk(self.open_store(org_id), org_id)
        desk.set_up(configuration)
        return desk

    def new_org_id(self) -> str:
        """The id of an organisation that this test has not used yet."""
        self._opened += 1
        return f"clinic-{self._opened}"

    def handles(self, store: Store, org_id: str, number: int) -> list[Store]:
        """A handle for each of so many callers at once: one for all, one for each, or both, as the store declares."""
        if not self.capabilities.shared_database:
            return [store] * number
        shares = self.capabilities.threads
        return [store if shares and n % 2 else self.another_handle(org_id) for n in range(number)]
