"""What stands beside the stores in the same database: keys and answers look at the tables as stores do."""

from __future__ import annotations

from typing import TypeVar

import sqlalchemy as sa

from booking_engine.adapters.sql import schema
from booking_engine.adapters.sql.engines import require_what_works
from booking_engine.adapters.sql.transactions import Work

ResultT = TypeVar("ResultT")


class Beside:
    """That the tables are ours is looked at once for each handle."""

    def __init__(self) -> None:
        self._schema_is_known = False

    def after_a_look(self, work: Work[ResultT]) -> Work[ResultT]:
        """The work, preceded by that look the first time."""
        if self._schema_is_known:
            return work

        def looking_first(connection: sa.Connection) -> ResultT:
            require_what_works(connection)
            schema.require(connection)
            self._schema_is_known = True
            return work(connection)

        return looking_first
