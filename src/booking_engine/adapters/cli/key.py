"""The commands ``key create``, ``key list`` and ``key revoke``: who may ask a server."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from booking_engine import Channel, FieldProblem
from booking_engine.access import ApiKey, key_id_of, new_key
from booking_engine.adapters.cli.differences import visible
from booking_engine.adapters.cli.ending import UNUSABLE, with_exit_code
from booking_engine.adapters.cli.store import store_option
from booking_engine.adapters.opening import CannotOpen, open_database
from booking_engine.domain.localtime import clean_instant
from booking_engine.domain.text import clean_text
from booking_engine.shell import system_clock
from booking_engine.wire import Scope
from booking_engine.wire.reading import to_json
from booking_engine.wire.values import timestamp

if TYPE_CHECKING:
    import sqlalchemy as sa

    from booking_engine.adapters.sql import SqlKeys

DAYS_MAX = 36_500

_org_option = click.option("--org", "org_id", metavar="ID", required=True, help="The organisation whose key it is.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON: one object a key and line.")


class UnknownOrganisation(CannotOpen):
    """Raised for an organisation that the store does not have."""

    def __init__(self, org_id: str) -> None:
        super().__init__(f"There is no organisation {visible(org_id)} in the store.")


@click.group(short_help="Make, list and revoke API keys.")
def key() -> None:
    """Look after the keys by which programs ask a server in the name of an organisation."""


@key.command(short_help="Make a key and show it, this once.")
@store_option
@_org_option
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="What it may ask; once for each.",
)
@click.option(
    "--channel",
    type=click.Choice([channel.value for channel in (Channel.API, Channel.STAFF, Channel.AI_AGENT)]),
    default=Channel.API.value,
    show_default=True,
    help="As whom it books.",
)
@click.option("--label", metavar="TEXT", help="What people call it.")
@click.option("--expires", metavar="ISO|DAYS", help="Until when it opens. Default: until it is revoked.")
@_json_option
@with_exit_code
def create(
    url: str,
    org_id: str,
    scopes: tuple[str, ...],
    channel: str,
    label: str | None,
    expires: str | None,
    as_json: bool,
) -> int:
    """Make a key and write it on standard output: this once, for what is kept of it cannot show it again."""
    now = system_clock()
    label = None if label is None else _label(label)
    expires_at = None if expires is None else _expiry(expires, now)
    with _keys(url, org_id) as keys:
        made = new_key(
            org_id=org_id,
            scopes=map(Scope, scopes),
            now=now,
            channel=Channel(channel),
            label=label,
            expires_at=expires_at,
        )
        keys.put(made.key)
    if as_json:
        _write_json({"key": made.text, **_public(made.key)})
    else:
        click.echo(made.text)
        click.echo(f"{_told(made.key)}\nIt is shown this once: keep it where secrets are kept.", err=True)
    return 0


@key.command("list", short_help="List the keys of an organisation.")
@store_option
@_org_option
@_json_option
@with_exit_code
def list_keys(url: str, org_id: str, as_json: bool) -> int:
    """List every key of an organisation, the oldest first: also those that have expired or were revoked."""
    with _keys(url, org_id) as keys:
        found = keys.list(org_id)
    for each in found:
        if as_json:
            _write_json(_public(each))
        else:
            click.echo(_told(each))
    if not found and not as_json:
        click.echo(f"{visible(org_id)} has no keys.")
    return 0


@key.command(short_help="Revoke a key, for good.")
@store_option
@_org_option
@click.argument("key_id", metavar="KEY_ID")
@with_exit_code
def revoke(url: str, org_id: str, key_id: str) -> int:
    """Revoke a key, named by its short id or by its whole text, for good; twice is the same as once.

    A server that remembers keys goes on to let it in for a few seconds.
    """
    now = system_clock()
    with _keys(url, org_id) as keys:
        revoked = keys.revoke(org_id, key_id_of(key_id) or key_id, now)
    if revoked is None:
        # What was written may be the text of a key, with a slip in it: it is not repeated.
        click.echo(f"{visible(org_id)} has no such key: booking-engine key list shows those that it has.", err=True)
        return UNUSABLE
    click.echo(_told(revoked))
    return 0


def _label(text: str) -> str:
    label = clean_text(text)
    if isinstance(label, FieldProblem):
        raise click.BadParameter(f"{label.problem}; {label.hint}", param_hint="--label")
    return label


def _expiry(text: str, now: datetime) -> datetime:
    """An instant as it is written, or so many days from now."""
    if re.fullmatch("[0-9]{1,9}", text):
        if not 1 <= int(text) <= DAYS_MAX:
            raise click.BadParameter(f"is out of range; send 1 to {DAYS_MAX:,} days", param_hint="--expires")
        return now + timedelta(days=int(text))
    instant = clean_instant(text)
    if isinstance(instant, FieldProblem):
        raise click.BadParameter(f"{instant.problem}; {instant.hint}, or a number of days", param_hint="--expires")
    if instant <= now:
        raise click.BadParameter("is past; send a later instant, or a number of days", param_hint="--expires")
    return instant


@contextmanager
def _keys(url: str, org_id: str) -> Iterator[SqlKeys]:
    """The keys of a store that has the organisation."""
    from booking_engine.adapters.sql import SqlKeys, SqlStore  # noqa: PLC0415 (an extra)

    database: sa.Engine = open_database(url)
    try:
        if not SqlStore(database, org_id).catalog().is_configured:
            raise UnknownOrganisation(org_id)
        yield SqlKeys(database)
    finally:
        database.dispose()


def _public(key: ApiKey) -> dict[str, object]:
    """What anybody may see of a key."""
    return {
        "key_id": key.key_id,
        "org_id": key.org_id,
        "scopes": [scope.value for scope in Scope if scope in key.scopes],
        "channel": key.channel.value,
        "label": key.label,
        "created_at": timestamp(key.created_at),
        "expires_at": None if key.expires_at is None else timestamp(key.expires_at),
        "revoked_at": None if key.revoked_at is None else timestamp(key.revoked_at),
    }


def _told(key: ApiKey) -> str:
    """The same in a line for people."""
    scopes = ", ".join(scope.value for scope in Scope if scope in key.scopes)
    label = "" if key.label is None else f' "{key.label}"'
    return visible(f"{key.key_id}{label}: {scopes}; as {key.channel}; made {timestamp(key.created_at)}; {_until(key)}")


def _until(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {timestamp(key.revoked_at)}"
    if key.expires_at is None:
        return "opens until it is revoked"
    tense = "opens until" if key.is_valid_at(system_clock()) else "expired"
    return f"{tense} {timestamp(key.expires_at)}"


def _write_json(value: object) -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the terminal
    sys.stdout.write(to_json(value) + "\n")
