"""The application is the group of the commands."""

from __future__ import annotations

from importlib.metadata import version

import click

from booking_engine.adapters.cli.demo import demo
from booking_engine.adapters.cli.init import init
from booking_engine.adapters.cli.key import key
from booking_engine.adapters.cli.mcp import mcp
from booking_engine.adapters.cli.migrate import migrate
from booking_engine.adapters.cli.replay import replay
from booking_engine.adapters.cli.serve import serve
from booking_engine.adapters.cli.talk import talk
from booking_engine.adapters.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("booking-engine"), prog_name="booking-engine")
def cli() -> None:
    """Decide whether appointments may be booked: watch a demo, replay requests from a file, look after a store."""


for command in (demo, init, key, mcp, migrate, replay, serve, talk, verify):
    cli.add_command(command)
