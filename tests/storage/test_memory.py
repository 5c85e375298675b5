"""The memory stores pass the whole conformance kit, but for what a store in one process cannot have."""

from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.ports import AsyncStore, Store
from booking_engine.testing.conformance import AsyncStoreConformance, Capabilities, StoreConformance

IN_PROCESS = Capabilities(threads=True, shared_database=False, processes=False, durable=False, holds=True)


class TestMemoryStore(StoreConformance):
    capabilities = IN_PROCESS

    def open_store(self, org_id: str) -> Store:
        return MemoryStore(org_id)


class TestAsyncMemoryStore(AsyncStoreConformance):
    capabilities = IN_PROCESS

    async def open_async_store(self, org_id: str) -> AsyncStore:
        return AsyncMemoryStore(org_id)
