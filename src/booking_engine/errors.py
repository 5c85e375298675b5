"""Faults: what stops the library from answering. A refusal is an answer and not a fault, but engines raise it too."""

from __future__ import annotations

from booking_engine.domain.alternative import Alternative
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode


class BookingEngineError(Exception):
    """The base of everything that the library raises on purpose."""


class BookingRejected(BookingEngineError):
    """Raised by the engines when a command was refused; nothing was changed.

    A refusal that a caller forgets to look at must not pass for a booking. ``rejection`` is the whole answer.
    """

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection)
        self.rejection = rejection

    def __str__(self) -> str:
        rejection = self.rejection
        reason = f" ({rejection.reason})" if rejection.reason else ""
        details = "".join(
            f"\n  {problem.field} {problem.problem}" + (f"; {problem.hint}" if problem.hint else "")
            for problem in rejection.fields
        )
        facts = "".join(
            f"\n  {name} is {value}"
            for name in ("existing_appointment_id", "earliest", "latest")
            if (value := getattr(rejection, name)) is not None
        )
        return f"{rejection.code}{reason}: {rejection.message}{details}{facts}"

    @property
    def code(self) -> RejectionCode:
        """The documents' error code."""
        return self.rejection.code

    @property
    def reason(self) -> Reason | None:
        """Which of the cases behind the code."""
        return self.rejection.reason

    @property
    def message(self) -> str:
        """One sentence for a developer; names no person."""
        return self.rejection.message

    @property
    def transient(self) -> bool:
        """Whether the same command may succeed later."""
        return self.rejection.transient

    @property
    def fields(self) -> tuple[FieldProblem, ...]:
        """Every bad field of a ``VALIDATION_ERROR``."""
        return self.rejection.fields

    @property
    def existing_appointment_id(self) -> str | None:
        """The appointment that a ``DUPLICATE_BOOKING`` repeats."""
        return self.rejection.existing_appointment_id

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """What could be booked instead, best first, where the command asked for some."""
        return self.rejection.alternatives


class OrganisationNotConfigured(BookingEngineError):
    """Raised by what needs the setup, before the first ``configure``: all but that, ``appointment`` and ``history``."""


class UnknownRegionError(BookingEngineError):
    """Raised when the organisation's ``default_region`` is not known to the engine's phone normaliser.

    Under plain keys one person would become two: give the engine ``phones=E164Phones()``.
    """

    def __init__(self, region: str) -> None:
        super().__init__(f"default_region {region} needs booking-engine[phone] and phones=E164Phones().")
        self.region = region


class StoreError(BookingEngineError):
    """The store could not answer. Nothing was changed, unless it is ``OutcomeUnknown``."""


class SchemaError(StoreError):
    """A database's tables are not those of this version of the library; the text says what to do."""


class ContentionError(StoreError):
    """Raised when others changed what a command was decided on in each of ``attempts_max`` attempts."""


class OutcomeUnknown(StoreError):
    """Raised when the store cannot say whether the commit stands; ask for ``commit_id`` or repeat by reference."""

    def __init__(self, commit_id: str) -> None:
        super().__init__(f"It is not known whether commit {commit_id} stands.")
        self.commit_id = commit_id


class KeyIdTaken(StoreError):
    """Raised when another key has the short id already; nothing was changed. By chance it does not happen."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is another key with the id {key_id}: make a new one.")
        self.key_id = key_id
