"""The command ``mcp``: an organisation's tools for agents that speak the Model Context Protocol."""

from __future__ import annotations

import importlib.util
import re
import socket
import sys
from datetime import datetime

import click

from booking_engine.adapters.cli.ending import UNUSABLE, with_exit_code
from booking_engine.adapters.cli.inputs import read_clinic_file, read_instant
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.listening import bound
from booking_engine.adapters.opening import MEMORY, CannotOpen, phones_here
from booking_engine.clinic import Clinic
from booking_engine.shell import RandomIds

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:]+)):([0-9]{1,5})")
_LANGS = ("en", "hi")


@click.command(short_help="Serve the agent's tools over MCP.")
@click.option(
    "--store",
    "url",
    metavar="URL",
    required=True,
    help="sqlite:///file.db or postgresql://user@host/name; memory: with --clinic.",
)
@click.option("--org", "org_id", metavar="ID", help="The organisation that is called. Not with --clinic.")
@click.option("--clinic", "path", metavar="CLINIC.toml", help="The clinic to set up in memory, to try it out.")
@click.option("--http", "address", metavar="HOST:PORT", help="Serve over HTTP, at /mcp; port 0 finds a free one.")
@click.option(
    "--lang",
    type=click.Choice(_LANGS),
    default="en",
    show_default=True,
    help="The language that callers are spoken to.",
)
@click.option("--clock", metavar="ISO", help="Let the clock stand still at this instant: for tests.")
@with_exit_code
def mcp(url: str, org_id: str | None, path: str | None, address: str | None, lang: str, clock: str | None) -> int:
    """Serve an organisation's booking tools to agents: on standard input and output, or over HTTP with --http.

    On the standard streams it serves the client that started it, until that closes its end or a signal comes. Over HTTP
    a line says when requests are answered: listening on http://HOST:PORT/mcp. Beyond this machine's own addresses, each
    request needs an API key of the organisation. The exit code is 0, or 2 when the store, the clinic or the address
    cannot be used.
    """
    if importlib.util.find_spec("mcp") is None:
        click.echo("mcp needs mcp: pip install 'booking-engine[mcp]'", err=True)
        return UNUSABLE
    instant = None if clock is None else read_instant(clock)
    if isinstance(instant, str):
        click.echo(instant, err=True)
        return UNUSABLE
    clinic = _clinic(url, org_id, path)
    listener = None if address is None else _listener(address, url)
    _warn(instant)
    from booking_engine.adapters.mcp import serving, toolsets  # noqa: PLC0415 (an extra)

    served = toolsets.Served(
        url=url, org_id=clinic.org_id if clinic else str(org_id), clinic=clinic, clock=instant, lang=lang
    )

    def ready() -> None:
        assert listener is not None
        host, on = listener
        where = f"[{host}]" if ":" in host else host
        click.echo(f"listening on http://{where}:{on.getsockname()[1]}/mcp")

    serving.serve(served, listener, ready)
    return 0


def _clinic(url: str, org_id: str | None, path: str | None) -> Clinic | None:
    """The clinic for a store in memory; a database has its own. Raises ``CannotOpen``."""
    if url != MEMORY:
        if path is not None:
            raise CannotOpen("--clinic is for --store memory: booking-engine init sets a clinic up in a database.")
        if org_id is None:
            raise CannotOpen("--org is missing: say which organisation is called.")
        return None
    if path is None or org_id is not None:
        raise CannotOpen("memory: is empty: give it --clinic CLINIC.toml, and no --org.")
    clinic = read_clinic_file(path, RandomIds().uuid, phones_here())
    if isinstance(clinic, tuple):
        raise CannotOpen("\n".join(clinic))
    return clinic


def _listener(address: str, url: str) -> tuple[str, socket.socket]:
    """The host and the socket of an address. Raises ``CannotOpen``."""
    from booking_engine.adapters.mcp.http import is_own  # noqa: PLC0415 (an extra)

    read = _ADDRESS.fullmatch(address)
    if read is None or int(read[3]) > 65_535:
        raise CannotOpen("--http: write HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000.")
    host = read[1] or read[2]
    if url == MEMORY and not is_own(host):
        raise CannotOpen("memory: has no API keys, so it is served on this machine's own addresses only.")
    try:
        return host, bound(host, int(read[3]))
    except OSError as fault:
        raise CannotOpen(f"Cannot listen on {address}: {fault.strerror}.") from None


def _warn(instant: datetime | None) -> None:
    if instant is not None:
        terminal = Terminal.of(sys.stderr)
        warning = f"!!! The clock stands still at {instant.isoformat()}: for tests only."
        click.echo(terminal.ink(warning, fg="red"), err=True)
