"""The command ``serve``: the documents' API over a store."""

from __future__ import annotations

import importlib.util
import sys

import click

from booking_engine.adapters.cli.ending import UNUSABLE, with_exit_code
from booking_engine.adapters.cli.inputs import read_instant
from booking_engine.adapters.cli.store import store_option
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.listening import bound
from booking_engine.adapters.opening import open_database

_NEEDS = ("starlette", "uvicorn", "prometheus_client")


@click.command(short_help="Serve a store over HTTP.")
@store_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="The port; 0 finds a free one."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="How many processes answer. Each limits the rate by itself.",
)
@click.option("--clock", metavar="ISO", help="Let the clock stand still at this instant: for tests.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=200,
    show_default=True,
    help="Requests a second that each key may send; 0 for any number.",
)
@click.option("--metrics", is_flag=True, help="Answer /metrics for Prometheus, to anybody who can reach the port.")
@with_exit_code
def serve(url: str, host: str, port: int, workers: int, clock: str | None, rate: float, metrics: bool) -> int:
    """Serve the documents' API over a store, until a signal ends it; what has begun is answered first.

    When requests are answered, a line says where: listening on http://HOST:PORT. The log, one line of JSON a request,
    goes to standard error. The exit code is 0, or 2 when the store or the address cannot be used.
    """
    if missing := [module for module in _NEEDS if importlib.util.find_spec(module) is None]:
        click.echo(f"serve needs {', '.join(missing)}: pip install 'booking-engine[server]'", err=True)
        return UNUSABLE
    instant = None if clock is None else read_instant(clock)
    if isinstance(instant, str):
        click.echo(instant, err=True)
        return UNUSABLE
    _look_at_the_store(url)
    from booking_engine.adapters import serving  # noqa: PLC0415 (an extra)

    try:
        listener = bound(host, port)
    except OSError as fault:
        click.echo(f"Cannot listen on {host}:{port}: {fault.strerror}.", err=True)
        return UNUSABLE
    if instant is not None:
        terminal = Terminal.of(sys.stderr)
        warning = f"!!! The clock stands still at {instant.isoformat()}: for tests only."
        click.echo(terminal.ink(warning, fg="red"), err=True)
    where = f"[{host}]" if ":" in host else host

    def ready() -> None:
        click.echo(f"listening on http://{where}:{listener.getsockname()[1]}")

    asked = serving.Serving(url=url, clock=instant, per_second=rate or None, metrics=metrics)
    serving.serve(asked, listener, workers, ready)
    return 0


def _look_at_the_store(url: str) -> None:
    """Say now, and in words, what would end every worker at its start."""
    engine = open_database(url)
    try:
        from booking_engine.adapters.sql import schema  # noqa: PLC0415 (an extra)
        from booking_engine.adapters.sql.transactions import Mode, tried  # noqa: PLC0415 (an extra)

        tried(engine, schema.require, Mode.READ)
    finally:
        engine.dispose()
