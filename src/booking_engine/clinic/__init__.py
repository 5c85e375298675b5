"""A clinic file is an organisation's setup as one TOML document: read into commands, then carried out by an engine."""

from booking_engine.clinic.example import example_clinic
from booking_engine.clinic.mistake import Mistake
from booking_engine.clinic.reading import Clinic, read_clinic
from booking_engine.clinic.updating import Step, Update, plan_update

__all__ = ["Clinic", "Mistake", "Step", "Update", "example_clinic", "plan_update", "read_clinic"]
