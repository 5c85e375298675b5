"""The model: all of SPEC §1-8 once more, by going through lists, to hold an engine against.

It is written from the rules and shares nothing with the engine that decides, so that a misread rule shows as a
disagreement.
"""

from booking_engine.testing.model.answer import Answer, Left
from booking_engine.testing.model.naive import NaiveModel

__all__ = ["Answer", "Left", "NaiveModel"]
