"""Keys: one text each, recognised by its digest alone, and nothing of it where anybody could read it."""

from __future__ import annotations

import hashlib
import hmac
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_engine.access import ApiKey, KeyIdTaken, NewKey, authenticate, key_id_of, new_key
from booking_engine.domain.channel import Channel
from booking_engine.wire import Scope

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEXT = "be_live_aaaqeayeaudaocaj_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq"


def counting(number: int) -> bytes:
    """What nobody would call random."""
    return bytes(range(number))


def made(**details: object) -> NewKey:
    values = {"org_id": "sunrise", "scopes": [Scope.SLOTS_READ], "now": NOW, "random_bytes": counting, **details}
    return new_key(**values)  # type: ignore[arg-type]


def test_a_key_is_its_short_id_and_its_secret() -> None:
    key, text = made(label="n8n", channel=Channel.AI_AGENT, expires_at=NOW + SECOND)
    assert text == TEXT
    assert key == ApiKey(
        key_id="aaaqeayeaudaocaj",
        org_id="sunrise",
        scopes=frozenset({Scope.SLOTS_READ}),
        digest=hashlib.sha256(TEXT.encode()).digest(),
        created_at=NOW,
        channel=Channel.AI_AGENT,
        label="n8n",
        expires_at=NOW + SECOND,
        revoked_at=None,
    )


def test_what_is_not_said_is_the_least() -> None:
    key = made().key
    assert (key.channel, key.label, key.expires_at, key.revoked_at) == (Channel.API, None, None, None)


def test_no_two_keys_are_alike() -> None:
    texts = {new_key(org_id="o", scopes=Scope, now=NOW).text for _ in range(100)}
    assert len({text[8:24] for text in texts}) == len({text[25:] for text in texts}) == 100
    assert {key_id_of(text) for text in texts} == {text[8:24] for text in texts}


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ({"scopes": []}, "a key without scopes opens nothing: give at least one"),
        ({"expires_at": NOW}, "a key that has expired opens nothing: give a later instant"),
        ({"expires_at": NOW - SECOND}, "a key that has expired opens nothing: give a later instant"),
    ],
)
def test_a_key_that_could_open_nothing_is_not_made(details: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        made(**details)


# --- The text -------------------------------------------------------------------------------------------------------


def test_the_short_id_is_read_from_the_text() -> None:
    assert key_id_of(TEXT) == "aaaqeayeaudaocaj"


MALFORMED = [
    "",
    "be_live_",
    TEXT[:-1],
    TEXT + "a",
    TEXT + "\n",
    " " + TEXT,
    "x" + TEXT,
    TEXT.upper(),
    TEXT.replace("live", "test"),
    TEXT[:-1] + "b",  # the same bytes, written otherwise
    TEXT.replace("_", "-"),
    TEXT.replace("aaaq", "aaa1"),
    TEXT.replace("aaaq", "aaaß", 1),
    TEXT.replace("_aaaq", "_aaa_"),
    "be_live_" + TEXT,
    TEXT + "\x00",
    "\ud800" * len(TEXT),
    TEXT * 1_000,
]


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_what_has_not_exactly_the_form_is_no_key(text: str) -> None:
    assert key_id_of(text) is None
    assert authenticate(text, None, NOW) is None
    assert authenticate(text, made().key, NOW) is None


@given(st.binary(min_size=42, max_size=42))
def test_every_text_that_is_made_is_read(data: bytes) -> None:
    parts = {10: data[:10], 32: data[10:]}
    key, text = new_key(org_id="o", scopes=Scope, now=NOW, random_bytes=parts.__getitem__)
    assert (len(text), key_id_of(text)) == (77, key.key_id)
    assert authenticate(text, key, NOW) is key


# --- Authenticating -------------------------------------------------------------------------------------------------


def test_a_text_opens_with_its_own_key_alone() -> None:
    key, text = made()
    other = new_key(org_id="sunrise", scopes=Scope, now=NOW)
    assert authenticate(text, key, NOW) is key
    assert authenticate(text, other.key, NOW) is None
    assert authenticate(text, None, NOW) is None
    assert authenticate(other.text, attrs.evolve(other.key, digest=key.digest), NOW) is None


def test_a_key_opens_until_the_instant_of_its_expiry() -> None:
    key, text = made(expires_at=NOW + SECOND)
    assert authenticate(text, key, NOW + SECOND - timedelta.resolution) is key
    assert authenticate(text, key, NOW + SECOND) is None


@pytest.mark.parametrize("revoked_at", [NOW - SECOND, NOW, NOW + SECOND])
def test_a_revoked_key_opens_at_no_instant(revoked_at: datetime) -> None:
    key, text = made()
    assert authenticate(text, attrs.evolve(key, revoked_at=revoked_at), NOW) is None


@pytest.mark.parametrize(
    ("text", "known"), [(TEXT, True), (TEXT, False), (TEXT[:-1] + "b", True), ("", False), ("\ud800", False)]
)
def test_every_text_is_compared_once_and_in_constant_time(
    text: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = made().key if known else None
    compared: list[tuple[bytes, bytes]] = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return left == right

    monkeypatch.setattr(hmac, "compare_digest", compare)
    authenticate(text, key, NOW)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    assert compared == [(digest, key.digest if key else bytes(32))]


# --- Nothing of it to be read -----------------------------------------------------------------------------------------


def parts_of(new: NewKey) -> list[str]:
    """What must be nowhere: the secret, and the digest in every form in which it could be written."""
    return [new.text[25:], new.key.digest.hex(), repr(new.key.digest)[2:-1]]


def faults() -> list[Callable[[], object]]:
    return [
        lambda: made(scopes=[]),
        lambda: made(expires_at=NOW),
        lambda: (_ for _ in ()).throw(KeyIdTaken(made().key.key_id)),
    ]


def test_no_repr_shows_a_key() -> None:
    new = made()
    key_shown = (
        "ApiKey(key_id='aaaqeayeaudaocaj', org_id='sunrise', scopes=frozenset({<Scope.SLOTS_READ: 'slots:read'>}), "
        "created_at=datetime.datetime(2026, 6, 1, 10, 0, tzinfo=datetime.timezone.utc), channel=<Channel.API: 'api'>, "
        "label=None, expires_at=None, revoked_at=None)"
    )
    assert repr(new.key) == str(new.key) == key_shown
    assert repr(new) == str(new) == f"{new}" == f"NewKey({key_shown})"


@pytest.mark.parametrize("fault", faults(), ids=["scopes", "expired", "taken"])
def test_no_error_and_no_log_shows_a_key(fault: Callable[[], object], caplog: pytest.LogCaptureFixture) -> None:
    new = made()
    with caplog.at_level(logging.DEBUG):
        authenticate(new.text, new.key, NOW)
        authenticate(new.text, None, NOW)
        try:
            fault()
        except Exception as raised:
            told = "".join(traceback.TracebackException.from_exception(raised, capture_locals=True).format())
            logging.getLogger(__name__).exception("%s", raised)
    assert caplog.text.count("Error") + caplog.text.count("KeyIdTaken") > 0
    assert [part for part in parts_of(new) if part in told or part in caplog.text] == []


def test_a_taken_id_says_what_to_do() -> None:
    taken = KeyIdTaken("aaaqeayeaudaocaj")
    assert (str(taken), taken.key_id) == (
        "There is another key with the id aaaqeayeaudaocaj: make a new one.",
        "aaaqeayeaudaocaj",
    )
