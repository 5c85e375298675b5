"""A problem is what is wrong with one field of an ask, and what would be right."""

from __future__ import annotations

from typing import NamedTuple


class FieldProblem(NamedTuple):
    """One bad field.

    ``field`` is its name on the wire (``appointment_date``), ``problem`` says what is wrong with the
    value without repeating it (it may be personal), and ``hint`` says what would be accepted.
    """

    field: str
    problem: str
    hint: str = ""

    def named(self, field: str) -> FieldProblem:
        """The same problem, reported under another field name."""
        return FieldProblem(field, self.problem, self.hint)
