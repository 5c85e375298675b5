"""Remembered keys: how long, how many, and what is never remembered."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from booking_engine.access import ApiKey, NewKey, RememberedKeys, authenticated, new_key
from booking_engine.wire import Scope

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)


class Kept:
    """A repository that counts what it is asked for, and waits in the middle of a question if it is told to."""

    def __init__(self, *keys: ApiKey) -> None:
        self.keys = {key.key_id: key for key in keys}
        self.found: list[str] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        self.broken = False

    async def find(self, key_id: str) -> ApiKey | None:
        self.found.append(key_id)
        key = self.keys.get(key_id)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return key

    async def put(self, key: ApiKey) -> None:
        self.keys[key.key_id] = key

    async def list(self, org_id: str) -> tuple[ApiKey, ...]:
        return tuple(key for key in self.keys.values() if key.org_id == org_id)

    async def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        if self.broken:
            raise ConnectionError
        self.keys[key_id] = attrs.evolve(self.keys[key_id], revoked_at=at)
        return self.keys[key_id]


class Hands:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def some_key() -> NewKey:
    return new_key(org_id="sunrise", scopes=[Scope.SLOTS_READ], now=NOW)


@attrs.define
class Case:
    """One remembered key, over a repository that has it."""

    new: NewKey = attrs.field(factory=some_key)
    hands: Hands = attrs.field(factory=Hands)
    kept: Kept = attrs.field(init=False)
    keys: RememberedKeys = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.kept = Kept(self.new.key)
        self.keys = RememberedKeys(self.kept, monotonic=self.hands)

    @property
    def key_id(self) -> str:
        return self.new.key.key_id

    async def opens(self) -> bool:
        return await authenticated(self.new.text, self.keys, NOW) is not None


@pytest.fixture
def case() -> Case:
    return Case()


def test_the_bounds_that_are_stated() -> None:
    options = inspect.signature(RememberedKeys).parameters
    assert (options["seconds"].default, options["size_max"].default) == (5.0, 1_024)


def test_a_key_is_asked_for_once_in_five_seconds(case: Case) -> None:
    async def run() -> list[int]:
        asked = []
        for seconds in (0.0, 4.999, 0.0, 0.002, 4.998):
            case.hands.seconds += seconds
            assert await case.keys.find(case.key_id) is case.new.key
            asked.append(len(case.kept.found))
        return asked

    assert asyncio.run(run()) == [1, 1, 1, 2, 2]


def test_what_is_revoked_elsewhere_opens_for_five_seconds_at_most(case: Case) -> None:
    async def run() -> list[bool]:
        opened = [await case.opens()]
        await case.kept.revoke("sunrise", case.key_id, NOW)
        for seconds in (0.0, 4.999, 0.001):
            case.hands.seconds += seconds
            opened.append(await case.opens())
        return opened

    assert asyncio.run(run()) == [True, True, True, False]


def test_the_seconds_count_from_the_question_and_not_from_the_answer(case: Case) -> None:
    async def slow() -> None:
        case.hands.seconds += 4

    async def run() -> list[int]:
        case.kept.meanwhile = slow
        asked = []
        for seconds in (0.0, 0.999, 0.001):
            case.hands.seconds += seconds
            await case.keys.find(case.key_id)
            asked.append(len(case.kept.found))
        return asked

    assert asyncio.run(run()) == [1, 1, 2]


def test_what_is_revoked_here_ends_here_at_once(case: Case) -> None:
    async def run() -> tuple[bool, ApiKey | None, bool]:
        return await case.opens(), await case.keys.revoke("sunrise", case.key_id, NOW), await case.opens()

    assert asyncio.run(run()) == (True, attrs.evolve(case.new.key, revoked_at=NOW), False)


def test_what_is_found_while_somebody_revokes_is_not_remembered(case: Case) -> None:
    async def run() -> list[bool]:
        case.kept.meanwhile = lambda: case.keys.revoke("sunrise", case.key_id, NOW)
        return [await case.opens(), await case.opens()]  # the first was answered before it was revoked

    assert asyncio.run(run()) == [True, False]


def test_what_is_asked_while_it_is_being_revoked_is_not_remembered(case: Case) -> None:
    async def run() -> bool:
        case.kept.meanwhile = lambda: case.keys.find(case.key_id)
        await case.keys.revoke("sunrise", case.key_id, NOW)
        return await case.opens()

    assert asyncio.run(run()) is False


def test_a_revocation_of_which_nobody_knows_is_asked_about(case: Case) -> None:
    async def run() -> int:
        await case.opens()
        case.kept.broken = True
        with pytest.raises(ConnectionError):
            await case.keys.revoke("sunrise", case.key_id, NOW)
        await case.opens()
        return len(case.kept.found)

    assert asyncio.run(run()) == 2


def test_that_there_is_no_key_is_not_remembered(case: Case) -> None:
    late = some_key()

    async def run() -> list[object]:
        before = await case.keys.find(late.key.key_id)
        await case.keys.put(late.key)
        return [before, await case.keys.find(late.key.key_id), await case.keys.list("sunrise")]

    assert asyncio.run(run()) == [None, late.key, (case.new.key, late.key)]


def test_with_no_seconds_nothing_is_remembered(case: Case) -> None:
    keys = RememberedKeys(case.kept, seconds=0, monotonic=case.hands)

    async def run() -> None:
        for _ in range(3):
            assert await keys.find(case.key_id) == case.new.key

    asyncio.run(run())
    assert len(case.kept.found) == 3


def test_those_that_were_used_last_are_kept(case: Case) -> None:
    first, second, third = (some_key().key for _ in range(3))
    kept = Kept(first, second, third)
    keys = RememberedKeys(kept, size_max=2, monotonic=case.hands)

    async def run() -> None:
        for key in (first, second, first, third, first, second):
            assert await keys.find(key.key_id) == key

    asyncio.run(run())
    assert kept.found == [key.key_id for key in (first, second, third, second)]


def test_one_key_takes_one_place_however_many_ask_at_once(case: Case) -> None:
    other = some_key().key
    kept = Kept(case.new.key, other)
    keys = RememberedKeys(kept, size_max=2, monotonic=case.hands)

    async def run() -> None:
        await keys.find(other.key_id)
        kept.meanwhile = lambda: keys.find(case.key_id)
        await keys.find(case.key_id)
        await keys.find(other.key_id)

    asyncio.run(run())
    assert kept.found == [other.key_id, case.key_id, case.key_id]


def test_a_key_that_is_remembered_expires_at_its_instant(case: Case) -> None:
    key, text = new_key(org_id="sunrise", scopes=[Scope.SLOTS_READ], now=NOW, expires_at=NOW + timedelta(seconds=1))
    keys = RememberedKeys(Kept(key), monotonic=case.hands)

    async def run() -> list[bool]:
        instants = (NOW, NOW + timedelta(seconds=1))
        return [await authenticated(text, keys, now) is not None for now in instants]

    assert asyncio.run(run()) == [True, False]


@pytest.mark.parametrize("text", ["", "be_live_", "\ud800", "Bearer"])
def test_nothing_is_asked_about_what_is_no_key(text: str) -> None:
    kept = Kept()
    assert asyncio.run(authenticated(text, kept, NOW)) is None
    assert kept.found == []
