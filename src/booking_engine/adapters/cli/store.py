"""The option ``--store``, which every command has that works on a store that stays."""

from __future__ import annotations

import click

store_option = click.option(
    "--store", "url", metavar="URL", required=True, help="sqlite:///file.db or postgresql://user@host/name."
)
