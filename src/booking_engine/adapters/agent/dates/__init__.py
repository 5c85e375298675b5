"""Dates as callers say them, resolved in the organisation's zone: an answer, or the question to ask, never a guess."""

from booking_engine.adapters.agent.dates.answer import Assumption, NotUnderstood, Question, QuestionKind, Resolved
from booking_engine.adapters.agent.dates.resolver import TEXT_LENGTH_MAX, resolve

__all__ = ["TEXT_LENGTH_MAX", "Assumption", "NotUnderstood", "Question", "QuestionKind", "Resolved", "resolve"]
