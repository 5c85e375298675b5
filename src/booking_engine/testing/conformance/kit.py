"""The kit: all cases in two classes to inherit from, and a way to run them without pytest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Unpack, cast

from booking_engine.async_engine import AsyncBookingEngine
from booking_engine.options import EngineOptions
from booking_engine.ports import AsyncStore, Store
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.conformance.base import Engine
from booking_engine.testing.conformance.blocking import BlockingEngine, BlockingStore, LoopThread
from booking_engine.testing.conformance.capabilities import Capabilities, applies
from booking_engine.testing.conformance.capacity import CapacityCases
from booking_engine.testing.conformance.commits import CommitCases
from booking_engine.testing.conformance.engine_races import EngineRaceCases
from booking_engine.testing.conformance.guards import GuardCases
from booking_engine.testing.conformance.hold_races import HoldRaceCases
from booking_engine.testing.conformance.holds import HoldCases
from booking_engine.testing.conformance.material import NOW
from booking_engine.testing.conformance.names import NameCases
from booking_engine.testing.conformance.outliving import OutlivingCases
from booking_engine.testing.conformance.pages import PageCases
from booking_engine.testing.conformance.races import RaceCases
from booking_engine.testing.conformance.reading_races import ReadingRaceCases
from booking_engine.testing.conformance.records import RecordCases
from booking_engine.testing.conformance.rekeying import RekeyingCases
from booking_engine.testing.conformance.tenants import TenantCases
from booking_engine.testing.conformance.views import ViewCases

_PREFIX = "test_"


class StoreConformance(
    CommitCases,
    CapacityCases,
    NameCases,
    GuardCases,
    ViewCases,
    PageCases,
    RecordCases,
    RekeyingCases,
    TenantCases,
    RaceCases,
    ReadingRaceCases,
    EngineRaceCases,
    HoldCases,
    HoldRaceCases,
    OutlivingCases,
):
    """Proves that a store keeps every rule of the port.

    Inherit from it in a pytest module::

        class TestMyStore(StoreConformance):
            capabilities = Capabilities(
                threads=True, shared_database=True, processes=True, durable=True, holds=True
            )

            def open_store(self, org_id): ...
            def another_handle(self, org_id): ...   # with shared_database
            def process_opener(self, org_id): ...   # with processes
            def reopen_store(self, org_id): ...     # with durable

    Every case applies but those of a capability that is declared absent; these are not collected. An inherited case
    that is redefined as None is an omission: the class is refused.
    """

    def __init_subclass__(cls, *, is_base: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        if is_base:
            return
        if not isinstance(getattr(cls, "capabilities", None), Capabilities):
            raise TypeError(f"{cls.__name__} must declare its capabilities")
        for name, case in _cases(StoreConformance):
            if vars(cls).get(name, case) is None:
                raise TypeError(f"{cls.__name__} omits {name}; declare a capability absent instead")
            if not applies(case, cls.capabilities):
                setattr(cls, name, None)
            elif getattr(cls, name) is None:  # A parent declared less.
                setattr(cls, name, case)


class AsyncStoreConformance(StoreConformance, is_base=True):
    """The same cases for an ``AsyncStore``, and for ``AsyncBookingEngine`` over it.

    Define ``open_async_store`` where the other class has ``open_store``, and the awaited twins of what else a
    capability needs. Everything runs on one event loop for each test; callers that race are tasks on it.
    """

    _loop_thread: LoopThread | None = None

    async def open_async_store(self, org_id: str) -> AsyncStore:
        """See ``StoreConformance.open_store``."""
        raise NotImplementedError(f"{type(self).__name__} must define open_async_store")

    async def another_async_handle(self, org_id: str) -> AsyncStore:
        """See ``StoreConformance.another_handle``."""
        raise NotImplementedError(f"{type(self).__name__} declares shared_database and must define this")

    async def reopen_async_store(self, org_id: str) -> AsyncStore:
        """See ``StoreConformance.reopen_store``."""
        raise NotImplementedError(f"{type(self).__name__} declares durable and must define this")

    async def close_async(self) -> None:
        """Close what the test has opened, on its loop; called after each test."""

    def open_store(self, org_id: str) -> Store:
        """The asynchronous store, behind a blocking face."""
        return BlockingStore(self._loop.run(self.open_async_store(org_id)), self._loop)

    def another_handle(self, org_id: str) -> Store:
        """Another asynchronous handle, behind a blocking face."""
        return BlockingStore(self._loop.run(self.another_async_handle(org_id)), self._loop)

    def reopen_store(self, org_id: str) -> Store:
        """The asynchronous store opened anew, behind a blocking face."""
        return BlockingStore(self._loop.run(self.reopen_async_store(org_id)), self._loop)

    def open_engine(self, store: Store, **options: Unpack[EngineOptions]) -> Engine:
        """An ``AsyncBookingEngine`` over the store, behind a blocking face."""
        awaited = cast(BlockingStore, store).awaited
        options.setdefault("clock", FixedClock(NOW))
        return BlockingEngine(AsyncBookingEngine(awaited, **options), self._loop)

    def teardown_method(self) -> None:
        """End the test's loop; pytest calls this after each test."""
        if self._loop_thread is not None:
            self._loop_thread.run(self.close_async())
            self._loop_thread.close()
            self._loop_thread = None

    @property
    def _loop(self) -> LoopThread:
        if self._loop_thread is None:
            self._loop_thread = LoopThread()
        return self._loop_thread


def cases_of(kit: type[StoreConformance]) -> tuple[str, ...]:
    """The names of the cases that a kit has to pass, given what its store declares."""
    return tuple(name for name, _ in _cases(kit))


def run_case(kit: type[StoreConformance], name: str) -> None:
    """Run one case on a new instance, with its ``setup_method`` and ``teardown_method``; what it raises is raised."""
    instance = kit()
    with contextlib.ExitStack() as stack:
        stack.callback(getattr(instance, "teardown_method", _nothing))
        getattr(instance, "setup_method", _nothing)()
        getattr(instance, name)()


def _nothing() -> None:
    pass


def _cases(kit: type[StoreConformance]) -> Iterator[tuple[str, Callable[..., None]]]:
    for name in dir(kit):
        case = getattr(kit, name)
        if name.startswith(_PREFIX) and case is not None:
            yield name, case
