"""The conformance kit of key repositories: cases to inherit from, as those of a store are.

    class TestMyKeys(KeyRepositoryConformance):
        def open_keys(self): ...      # a new and empty repository
        def another_handle(self): ... # another handle on it, or the same one

Those of an ``AsyncKeyRepository`` inherit from ``AsyncKeyRepositoryConformance`` and define ``open_async_keys`` and
``another_async_handle``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs

from booking_engine.access import ApiKey, AsyncKeyRepository, KeyIdTaken, KeyRepository
from booking_engine.domain.channel import Channel
from booking_engine.testing.conformance.blocking import LoopThread
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import NOW
from booking_engine.testing.conformance.racing import race
from booking_engine.testing.conformance.records import TEXTS
from booking_engine.wire import Scope

SECOND = timedelta(seconds=1)


def some_key(key_id: str = "aaaaaaaaaaaaaaaa", org_id: str = "sunrise", **details: Any) -> ApiKey:
    """A key as one is kept; nobody knows its text."""
    values = {
        "scopes": frozenset({Scope.SLOTS_READ}),
        "digest": (key_id.encode() * 2)[:32],
        "created_at": NOW,
        **details,
    }
    return ApiKey(key_id=key_id, org_id=org_id, **values)


class KeyRepositoryConformance:
    """Proves that a repository keeps what ``KeyRepository`` says."""

    race_rounds: int = 3
    """How often each race is run."""
    race_width: int = 8
    """How many callers race at once."""

    def open_keys(self) -> KeyRepository:
        """A new and empty repository."""
        raise NotImplementedError(f"{type(self).__name__} must define open_keys")

    def another_handle(self) -> KeyRepository:
        """Another handle on what the test has opened; the same one where there is no other."""
        raise NotImplementedError(f"{type(self).__name__} must define another_handle")

    def test_a_key_is_found_as_it_was_put(self) -> None:
        """Every field, in every value that it may have."""
        keys, late = self.open_keys(), NOW + timedelta(days=365, microseconds=1)
        written = [
            some_key(),
            some_key("b" * 16, scopes=frozenset(Scope), channel=Channel.STAFF, expires_at=late),
            some_key("c" * 16, org_id="O'Brien ; --", created_at=late, channel=Channel.AI_AGENT, revoked_at=late),
            some_key("2" * 16, scopes=frozenset({Scope.SLOTS_WRITE, Scope.APPOINTMENTS_READ}), digest=bytes(32)),
            some_key("7" * 16, digest=bytes(range(224, 256)), expires_at=NOW, revoked_at=NOW - SECOND),
            *(some_key(f"text{number:012}", label=text, org_id=text) for number, text in enumerate(TEXTS)),
        ]
        for key in written:
            keys.put(key)
        for handle in (keys, self.another_handle()):
            expect([handle.find(key.key_id) for key in written], written, "a key is found as it was put")

    def test_an_id_is_compared_as_it_is_written(self) -> None:
        """No case, blank or wildcard is read into it."""
        keys = self.open_keys()
        keys.put(some_key("abcdefghijklmnop"))
        others = (
            "",
            "ABCDEFGHIJKLMNOP",
            "abcdefghijklmno",
            "abcdefghijklmnop ",
            "abcdefghijklmno%",
            "abcdefghijklmno_",
        )
        expect([keys.find(other) for other in others], [None] * len(others), "another id finds nothing")
        expect([keys.revoke("sunrise", other, NOW) for other in others], [None] * len(others), "and revokes nothing")
        expect(keys.find("abcdefghijklmnop"), some_key("abcdefghijklmnop"), "the key is as it was")

    def test_the_same_key_again_is_no_change(self) -> None:
        """So a put whose answer was lost may be sent again."""
        keys = self.open_keys()
        for _ in range(2):
            keys.put(some_key())
        expect(keys.list("sunrise"), (some_key(),), "the same key twice is one key")

    def test_another_key_with_the_same_id_is_refused(self) -> None:
        """Of whatever organisation: the id alone finds the organisation."""
        keys = self.open_keys()
        keys.put(some_key())
        for other in (some_key(org_id="moonlight"), some_key(digest=bytes(32)), some_key(revoked_at=NOW)):
            expect(_refused(keys, other), True, "an id that is taken is refused")
        expect(keys.find("a" * 16), some_key(), "the key that had the id is as it was")
        expect(keys.list("moonlight"), (), "nothing was added")

    def test_keys_are_listed_by_the_instant_at_which_they_were_made(self) -> None:
        """Then by id; those that open nothing too, and those of no other organisation."""
        keys = self.open_keys()
        listed = (
            some_key("d" * 16, created_at=NOW - SECOND, revoked_at=NOW),
            some_key("2" * 16),
            some_key("a" * 16, expires_at=NOW - SECOND),
            some_key("c" * 16, label="c"),
            some_key("b" * 16, created_at=NOW + timedelta.resolution),
        )
        for key in (*listed[::2], some_key("e" * 16, org_id="moonlight"), *listed[1::2]):
            keys.put(key)
        expect(keys.list("sunrise"), listed, "keys are listed in order")
        expect(keys.list("moonlight"), (some_key("e" * 16, org_id="moonlight"),), "each organisation has its own")
        expect((keys.list("Sunrise"), keys.list("")), ((), ()), "an organisation without keys has none")

    def test_revoking_twice_is_revoking_once(self) -> None:
        """The instant of the first time stays, and everything else."""
        keys = self.open_keys()
        before = some_key(label="n8n", expires_at=NOW + SECOND)
        keys.put(before)
        keys.put(some_key("b" * 16))
        revoked = attrs.evolve(before, revoked_at=NOW + SECOND)
        expect(keys.revoke("sunrise", "a" * 16, NOW + SECOND), revoked, "the key is revoked")
        expect(keys.revoke("sunrise", "a" * 16, NOW + 2 * SECOND), revoked, "once and for all")
        expect(self.another_handle().find("a" * 16), revoked, "and found so by everybody")
        expect(keys.find("b" * 16), some_key("b" * 16), "another key is as it was")

    def test_another_organisations_key_is_not_found(self) -> None:
        """Its revocation answers as that of an unknown one, and changes nothing."""
        keys = self.open_keys()
        keys.put(some_key())
        for org_id in ("moonlight", "Sunrise", "", "%"):
            expect(keys.revoke(org_id, "a" * 16, NOW), None, "another organisation's key is not found")
        expect(keys.find("a" * 16), some_key(), "the key is as it was")

    def test_of_those_who_revoke_at_once_one_is_first(self) -> None:
        """And all of them are answered with what stands."""
        keys = self.open_keys()
        for number in range(self.race_rounds):
            key_id = f"{number:016}"
            keys.put(some_key(key_id))
            answers = race([self._revoking(key_id, NOW + n * SECOND) for n in range(self.race_width)])
            expect(answers, [keys.find(key_id)] * self.race_width, "everybody hears of the same revocation")

    def test_of_those_who_take_one_id_at_once_one_has_it(self) -> None:
        """The others are refused."""
        keys = self.open_keys()
        for number in range(self.race_rounds):
            key_id = f"{number:016}"
            rivals = [some_key(key_id, org_id=f"clinic-{n}") for n in range(self.race_width)]
            refused = race([self._putting(rival) for rival in rivals])
            have_it = [rival for rival, was_refused in zip(rivals, refused, strict=True) if not was_refused]
            expect([keys.find(key_id)], have_it, "exactly one has the id")

    def _revoking(self, key_id: str, at: datetime) -> Callable[[], ApiKey | None]:
        handle = self.another_handle()
        return lambda: handle.revoke("sunrise", key_id, at)

    def _putting(self, key: ApiKey) -> Callable[[], bool]:
        handle = self.another_handle()
        return lambda: _refused(handle, key)


def _refused(keys: KeyRepository, key: ApiKey) -> bool:
    try:
        keys.put(key)
    except KeyIdTaken:
        return True
    return False


class AsyncKeyRepositoryConformance(KeyRepositoryConformance):
    """The same cases for an ``AsyncKeyRepository``; callers that race are tasks on the one event loop of a test."""

    _loop_thread: LoopThread | None = None

    async def open_async_keys(self) -> AsyncKeyRepository:
        """See ``KeyRepositoryConformance.open_keys``."""
        raise NotImplementedError(f"{type(self).__name__} must define open_async_keys")

    async def another_async_handle(self) -> AsyncKeyRepository:
        """See ``KeyRepositoryConformance.another_handle``."""
        raise NotImplementedError(f"{type(self).__name__} must define another_async_handle")

    async def close_async(self) -> None:
        """Close what the test has opened, on its loop; called after each test."""

    def open_keys(self) -> KeyRepository:
        """The asynchronous repository, behind a blocking face."""
        return _BlockingKeys(self._loop.run(self.open_async_keys()), self._loop)

    def another_handle(self) -> KeyRepository:
        """Another asynchronous handle, behind a blocking face."""
        return _BlockingKeys(self._loop.run(self.another_async_handle()), self._loop)

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


class _BlockingKeys:
    """A ``KeyRepository`` whose every method waits for that of an ``AsyncKeyRepository``."""

    def __init__(self, keys: AsyncKeyRepository, loop: LoopThread) -> None:
        self._keys = keys
        self._loop = loop

    def find(self, key_id: str) -> ApiKey | None:
        """See ``KeyRepository``."""
        return self._loop.run(self._keys.find(key_id))

    def put(self, key: ApiKey) -> None:
        """See ``KeyRepository``."""
        self._loop.run(self._keys.put(key))

    def list(self, org_id: str) -> tuple[ApiKey, ...]:
        """See ``KeyRepository``."""
        return self._loop.run(self._keys.list(org_id))

    def revoke(self, org_id: str, key_id: str, at: datetime) -> ApiKey | None:
        """See ``KeyRepository``."""
        return self._loop.run(self._keys.revoke(org_id, key_id, at))
