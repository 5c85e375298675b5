"""The keys in memory pass the kit of key repositories, remembered or not; repositories that are broken do not."""

from __future__ import annotations

import itertools
from datetime import datetime

import attrs
import pytest

from booking_engine.access import ApiKey, AsyncKeyRepository, KeyRepository, RememberedKeys
from booking_engine.adapters.memory import AsyncMemoryKeys, MemoryKeys
from booking_engine.testing.conformance.keys import AsyncKeyRepositoryConformance, KeyRepositoryConformance


class TestMemoryKeys(KeyRepositoryConformance):
    def setup_method(self) -> None:
        self.keys: KeyRepository = MemoryKeys()

    def open_keys(self) -> KeyRepository:
        return self.keys

    def another_handle(self) -> KeyRepository:
        return self.keys


class TestAsyncMemoryKeys(AsyncKeyRepositoryConformance):
    def setup_method(self) -> None:
        self.keys: AsyncKeyRepository = AsyncMemoryKeys()

    async def open_async_keys(self) -> AsyncKeyRepository:
        return self.keys

    async def another_async_handle(self) -> AsyncKeyRepository:
        return self.keys


class TestRememberedKeys(TestAsyncMemoryKeys):
    def setup_method(self) -> None:
        self.keys = RememberedKeys(AsyncMemoryKeys())


# --- Broken ones ------------------------------------------------------------------------------------------------------


class Overwriting(MemoryKeys):
    def put(self, key: ApiKey) -> None:
        self._keys[key.key_id] = key


class RevokingAgain(MemoryKeys):
    def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        key = super().revoke(org_id, key_id, at)
        if key is not None:
            key = self._keys[key_id] = attrs.evolve(key, revoked_at=at)
        return key


class RevokingAnybodys(MemoryKeys):
    def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        key = self._keys.get(key_id)
        return None if key is None else super().revoke(key.org_id, key_id, at)


class ListingEverything(MemoryKeys):
    def list(self, org_id: str) -> tuple[ApiKey, ...]:
        org_ids = {key.org_id for key in self._keys.values()}
        return tuple(itertools.chain.from_iterable(super(ListingEverything, self).list(each) for each in org_ids))


class ListingUnsorted(MemoryKeys):
    def list(self, org_id: str) -> tuple[ApiKey, ...]:
        return tuple(key for key in self._keys.values() if key.org_id == org_id)


class ForgettingMicroseconds(MemoryKeys):
    def find(self, key_id: str) -> ApiKey | None:
        key = super().find(key_id)
        return None if key is None else attrs.evolve(key, created_at=key.created_at.replace(microsecond=0))


class FindingAnyCase(MemoryKeys):
    def find(self, key_id: str) -> ApiKey | None:
        return super().find(key_id.lower())


BROKEN = {
    Overwriting: {
        "test_another_key_with_the_same_id_is_refused",
        "test_of_those_who_take_one_id_at_once_one_has_it",
    },
    RevokingAgain: {"test_revoking_twice_is_revoking_once", "test_of_those_who_revoke_at_once_one_is_first"},
    RevokingAnybodys: {"test_another_organisations_key_is_not_found"},
    ListingEverything: {
        "test_another_key_with_the_same_id_is_refused",
        "test_keys_are_listed_by_the_instant_at_which_they_were_made",
    },
    ListingUnsorted: {"test_keys_are_listed_by_the_instant_at_which_they_were_made"},
    ForgettingMicroseconds: {"test_a_key_is_found_as_it_was_put"},
    FindingAnyCase: {"test_an_id_is_compared_as_it_is_written"},
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_the_kit_fails_a_broken_repository(broken: type[MemoryKeys]) -> None:
    failed = set()
    for case in (name for name in dir(KeyRepositoryConformance) if name.startswith("test_")):
        kit = TestMemoryKeys()
        kit.keys = broken()
        try:
            getattr(kit, case)()
        except AssertionError:
            failed.add(case)
    assert failed == BROKEN[broken]
