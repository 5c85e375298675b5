"""Requests over HTTP: who sends them, and what a framework answers that does nothing for its answer."""
