"""Sentences to say: one catalogue, English and Hindi, times and dates as people say them; others can be added."""

from booking_engine.adapters.agent.speech.catalogue import CATALOGUE, Catalogue, Language, say
from booking_engine.adapters.agent.speech.speech import Speech
from booking_engine.adapters.agent.speech.voice import Voice

__all__ = ["CATALOGUE", "Catalogue", "Language", "Speech", "Voice", "say"]
