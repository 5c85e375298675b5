"""The example clinic has two branches, four services and a full week: for a first look, and to start a file from."""

from __future__ import annotations

from importlib.resources import files


def example_clinic() -> bytes:
    """The text of its clinic file."""
    return files("booking_engine.clinic").joinpath("example.toml").read_bytes()
