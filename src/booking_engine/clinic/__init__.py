"""A clinic file is an organisation's setup as one TOML document: read into commands, then carried out by an engine."""

from booking_engine.clinic.example import example_clinic
from booking_engine.clinic.mistake import Mistake
from booking_engine.clinic.reading import Clinic, read_clinic

__all__ = ["Clinic", "Mistake", "example_clinic", "read_clinic"]
