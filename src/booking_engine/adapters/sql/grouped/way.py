"""A way to go together: which commits make a group on a database, and how a group is carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple, Protocol, TypeAlias, TypeVar

import sqlalchemy as sa

from booking_engine.adapters.sql.grouped.queue import Company
from booking_engine.adapters.sql.transactions import Attempts, Mode
from booking_engine.errors import StoreError
from booking_engine.ledger.claims import Commit, Outcome

RequestT = TypeVar("RequestT")


class Alone(NamedTuple):
    """The group could not tell. ``may_stand``: whether what it wrote may stand all the same."""

    may_stand: bool


ALONE: Final = Alone(may_stand=False)
BROKEN_OFF: Final = Alone(may_stand=True)

Answer: TypeAlias = Outcome | StoreError | Alone


class Way(Company[RequestT], Protocol[RequestT]):
    """How commits go together: which requests they are, and what is done with a group of them."""

    mode: ClassVar[Mode]

    def shared_by(self, org_id: str) -> str:
        """The name of the groups that an organisation's commits go in: the same name, the same groups."""
        ...

    def request(self, org_id: str, commit: Commit) -> RequestT | None:
        """The commit as a request; None if it cannot go with others."""
        ...

    def carry_out(self, connection: sa.Connection, group: Sequence[RequestT]) -> list[Answer]:
        """The answers to a group, in order: each what it would be alone, or ``Alone`` for who has to go so."""
        ...


def told_each(fault: Exception, group: Sequence[object], attempts: Attempts) -> Sequence[Answer]:
    """The answers to a group that could not be carried out: a fault is told to whom it concerns, and to nobody else."""
    if attempts.may_stand:
        return [BROKEN_OFF] * len(group)
    if isinstance(fault, StoreError) and (attempts.is_everybodys or len(group) == 1):
        return [fault] * len(group)
    return [ALONE] * len(group)


def in_doubt(answers: Sequence[Answer], attempts: Attempts) -> Sequence[Answer]:
    """The answers of an attempt, when those before it may stand after all."""
    return [BROKEN_OFF if attempts.may_stand and answer is ALONE else answer for answer in answers]
