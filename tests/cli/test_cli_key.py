"""The commands of keys: shown once, listed without anything that opens, revoked for good."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_support import CLINIC, ENVIRONMENT, SCRIPT, run

from booking_engine.access import authenticate, key_id_of
from booking_engine.adapters.cli import key as keys_command
from booking_engine.adapters.sql import SqlKeys, open_engine

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
MADE = "made 2026-06-01T10:00:00.000Z"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What the clock shows, to be changed."""
    instant = [NOW]
    monkeypatch.setattr(keys_command, "system_clock", lambda: instant[0])
    return instant


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store with two organisations."""
    made = f"sqlite:///{tmp_path}/bookings.db"
    for org_id in ("sunrise", "moonlight"):
        (tmp_path / "clinic.toml").write_text(CLINIC.replace("sunrise", org_id), encoding="utf-8")
        assert run("init", "--store", made, str(tmp_path / "clinic.toml")).exit_code == 0
    return made


def asked(url: str, command: str, *arguments: str, org: str = "sunrise") -> tuple[int, str, str]:
    result = run("key", command, "--store", url, "--org", org, *arguments)
    return result.exit_code, result.stdout, result.stderr


def created(url: str, *arguments: str, org: str = "sunrise") -> tuple[str, str]:
    """The text and the short id of a new key."""
    code, stdout, _ = asked(url, "create", "--scope", "slots:read", *arguments, org=org)
    assert code == 0
    text = stdout.removesuffix("\n")
    key_id = key_id_of(text)
    assert key_id is not None
    return text, key_id


def test_a_key_is_shown_once_and_opens(url: str) -> None:
    code, text, said = asked(url, "create", "--scope", "slots:read", "--label", "n8n")
    key_id = key_id_of(text.removesuffix("\n"))
    line = f'{key_id} "n8n": slots:read; as api; {MADE}; opens until it is revoked\n'
    assert (code, said) == (0, line + "It is shown this once: keep it where secrets are kept.\n")
    database = open_engine(url)
    found = SqlKeys(database).find(str(key_id))
    assert found is not None
    assert authenticate(text.removesuffix("\n"), found, NOW) is found
    listed = asked(url, "list")[1] + asked(url, "list", "--json")[1]
    assert text[25:-1] not in said + listed
    assert found.digest.hex() not in said + listed
    database.dispose()


def test_a_key_in_json_is_one_line(url: str) -> None:
    arguments = ("--scope", "slots:write", "--scope", "appointments:read", "--scope", "slots:write")
    code, stdout, stderr = asked(url, "create", *arguments, "--channel", "ai_agent", "--expires", "90", "--json")
    assert (code, stderr, stdout.count("\n")) == (0, "", 1)
    answer = json.loads(stdout)
    public = {
        "key_id": key_id_of(answer["key"]),
        "org_id": "sunrise",
        "scopes": ["appointments:read", "slots:write"],
        "channel": "ai_agent",
        "label": None,
        "created_at": "2026-06-01T10:00:00.000Z",
        "expires_at": "2026-08-30T10:00:00.000Z",
        "revoked_at": None,
    }
    assert answer == {"key": answer["key"], **public}
    assert next(iter(answer)) == "key"
    assert asked(url, "list", "--json") == (0, json.dumps(public) + "\n", "")


def test_keys_are_listed_with_what_became_of_them(url: str, now: list[datetime]) -> None:
    assert asked(url, "list") == (0, "sunrise has no keys.\n", "")
    assert asked(url, "list", "--json") == (0, "", "")
    ids = []
    for arguments in (("--label", "the first"), ("--expires", "2026-06-02T10:00:00+01:00"), ("--expires", "2")):
        ids.append(created(url, *arguments)[1])
        now[0] += timedelta(seconds=1)
    created(url, org="moonlight")
    now[0] = NOW + timedelta(days=1)
    revoked = f'{ids[0]} "the first": slots:read; as api; {MADE}; revoked 2026-06-02T10:00:00.000Z\n'
    assert asked(url, "revoke", ids[0]) == (0, revoked, "")
    listed = (
        revoked + f"{ids[1]}: slots:read; as api; made 2026-06-01T10:00:01.000Z; expired 2026-06-02T09:00:00.000Z\n"
        f"{ids[2]}: slots:read; as api; made 2026-06-01T10:00:02.000Z; opens until 2026-06-03T10:00:02.000Z\n"
    )
    assert asked(url, "list") == (0, listed, "")


def test_a_key_is_revoked_once_by_its_id_or_by_its_text(url: str, now: list[datetime]) -> None:
    text, key_id = created(url)
    first = asked(url, "revoke", text)
    now[0] += timedelta(days=1)
    assert asked(url, "revoke", key_id) == first
    assert first == (0, f"{key_id}: slots:read; as api; {MADE}; revoked 2026-06-01T10:00:00.000Z\n", "")


def test_another_organisations_key_is_none(url: str) -> None:
    text, key_id = created(url, org="moonlight")
    none = "sunrise has no such key: booking-engine key list shows those that it has.\n"
    for named in (key_id, text, text[:-1], "aaaaaaaaaaaaaaaa"):
        assert asked(url, "revoke", named) == (2, "", none)
    assert "opens until it is revoked" in asked(url, "list", org="moonlight")[1]


@pytest.mark.parametrize("command", [("create", "--scope", "slots:read"), ("list",), ("revoke", "aaaaaaaaaaaaaaaa")])
def test_an_organisation_that_is_not_there(command: tuple[str, ...], url: str) -> None:
    said = "There is no organisation no?body in the store.\n"
    assert asked(url, *command, org="no\x1bbody") == (2, "", said)


@pytest.mark.parametrize("command", [("create", "--scope", "slots:read"), ("list",), ("revoke", "aaaaaaaaaaaaaaaa")])
def test_a_store_that_cannot_be_asked(command: tuple[str, ...], tmp_path: Path) -> None:
    code, stdout, stderr = asked(f"sqlite:///{tmp_path}/none.db", *command)
    assert (code, stdout) == (2, "")
    assert stderr == f"There is no file {tmp_path}/none.db: booking-engine migrate --store URL makes it.\n"
    code, stdout, stderr = asked("memory:", *command)
    assert (code, stdout) == (2, "")
    assert stderr.startswith("memory: is empty when a command begins and gone when it ends: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option '--scope'."),
        (("--scope", "slots"), "Invalid value for '--scope': 'slots' is not one of "),
        (("--scope", "slots:read", "--channel", "phone"), "Invalid value for '--channel': 'phone' is not one of "),
        (("--scope", "slots:read", "--label", " "), "Invalid value for --label: is empty; send a string of 1 to 200 "),
        (("--scope", "slots:read", "--label", "a\x1bb"), "Invalid value for --label: contains the control character "),
        (
            ("--scope", "slots:read", "--expires", "0"),
            "Invalid value for --expires: is out of range; send 1 to 36,500 ",
        ),
        (("--scope", "slots:read", "--expires", "36501"), "Invalid value for --expires: is out of range; send 1 to "),
        (("--scope", "slots:read", "--expires", "soon"), "Invalid value for --expires: is not ISO 8601; send e.g. "),
        (("--scope", "slots:read", "--expires", "2026-06-01T10:00:00Z"), "Invalid value for --expires: is past; "),
    ],
)
def test_bad_options_are_told_one_at_a_time(arguments: tuple[str, ...], said: str, url: str) -> None:
    code, stdout, stderr = asked(url, "create", *arguments)
    assert (code, stdout) == (2, "")
    assert stderr.partition("\nError: ")[2].startswith(said)
    assert asked(url, "list") == (0, "sunrise has no keys.\n", "")


def test_keys_as_a_process(url: str) -> None:
    command = [str(SCRIPT), "key", "create", "--store", url, "--org", "sunrise", "--scope", "slots:read"]
    made = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)  # noqa: S603 (our own script)
    assert made.returncode == 0
    assert re.fullmatch("be_live_[a-z2-7]{16}_[a-z2-7]{52}\n", made.stdout)
    assert made.stdout[25:-1] not in made.stderr
