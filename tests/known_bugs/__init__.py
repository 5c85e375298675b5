"""Bugs that real booking systems had, each a test by its id."""
