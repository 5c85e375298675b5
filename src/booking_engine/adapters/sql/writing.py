"""The writes of a commit: statements with parameters, built once for each database, for building takes longest.

Each is conditional on what it finds under its lock. One that may find it otherwise returns a row when it wrote.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from booking_engine.adapters.sql.tables import (
    ANSWERS,
    API_KEYS,
    APPOINTMENTS,
    CANCELLED,
    CATALOG_RECORDS,
    COUNTERS,
    DOCTOR_DAYS,
    DUPLICATES,
    EVENTS,
    HOLDS,
    ORGANISATIONS,
)
from booking_engine.ledger.claims import DuplicateName

NO_LIMIT: Final = 2**31 - 1
"""What no counter reaches."""


def at_most(limit: int | None) -> int:
    """A limit as a number; None is no limit."""
    return NO_LIMIT if limit is None else limit


_o, _a, _c, _d, _v = ORGANISATIONS.c, APPOINTMENTS.c, COUNTERS.c, DUPLICATES.c, DOCTOR_DAYS.c
_ORG: sa.BindParameter[str] = sa.bindparam("org_id")

REVISION_SHARED = sa.select(_o.revision).where(_o.org_id == _ORG).with_for_update(read=True)
"""The catalog's revision, which stays so until the transaction ends."""
REVISION_LOCKED = sa.select(_o.revision).where(_o.org_id == _ORG).with_for_update()
"""The same for whoever changes it."""
NEXT_REVISION = sa.update(ORGANISATIONS).where(_o.org_id == sa.bindparam("at_org_id")).values(revision=_o.revision + 1)

VERSION_LOCKED = (
    sa.select(_a.version)
    .where(_a.org_id == _ORG, _a.appointment_id == sa.bindparam("appointment_id"))
    .with_for_update()
)
"""The version of an appointment."""
REFERENCE_HOLDER = sa.select(_a.appointment_id).where(
    _a.org_id == _ORG,
    _a.external_reference_id == sa.bindparam("reference"),
    _a.status != CANCELLED,
)

GIVE_BACK = (
    sa.update(COUNTERS)
    .where(*(_c[name] == sa.bindparam(f"at_{name}") for name in ("org_id", "date", "calendar_id", "service_id")))
    .values(filled=_c.filled - sa.bindparam("places"), ai_filled=_c.ai_filled - sa.bindparam("ai_places"))
)
"""So many ``places``, and ``ai_places`` among them."""

_HELD = (
    _d.org_id == sa.bindparam("at_org_id"),
    *(_d[name] == sa.bindparam(f"at_{name}") for name in DuplicateName._fields),
)
LET_GO = (
    sa.update(DUPLICATES)
    .where(*_HELD)
    .values(
        held=_d.held - 1,
        # With a blank behind each: one id may begin another.
        holders=sa.func.rtrim(sa.func.replace(_d.holders + " ", sa.bindparam("holder", type_=sa.Text) + " ", " ")),
    )
)
"""``holder`` as it is written: after a blank."""
FORGET = sa.delete(DUPLICATES).where(*_HELD, _d.held == 0)
"""A name that nobody holds any longer."""


class Upserts:
    """The writes that may meet a row: each database has a way of its own to say so."""

    def __init__(self, insert: Any) -> None:
        self.event = _unless_there(insert(EVENTS))
        self.organisation = _unless_there(insert(ORGANISATIONS))
        """Made at revision 0 for whoever comes first."""
        self.catalog_record = _upsert(insert(CATALOG_RECORDS), "body")
        """A record keeps the position at which it was first put."""
        self.appointment = _upsert(insert(APPOINTMENTS), *(column.name for column in _a if not column.primary_key))
        self.doctor_day = _doctor_day(insert(DOCTOR_DAYS))
        self.place = _place(insert(COUNTERS))
        self.name = _name(insert(DUPLICATES))
        self.hold = _unless_there(insert(HOLDS))
        self.api_key = _unless_there(insert(API_KEYS))
        self.answer = _unless_there(insert(ANSWERS))


@cache
def upserts(dialect: str) -> Upserts:
    """Those of a database; others than SQLite are taken to speak PostgreSQL's language."""
    return Upserts((sqlite if dialect == "sqlite" else postgresql).insert)


def _unless_there(insert: Any) -> Any:
    return insert.on_conflict_do_nothing(index_elements=insert.table.primary_key).returning(insert.table.c.org_id)


def _upsert(insert: Any, *names: str) -> Any:
    changed = {name: insert.excluded[name] for name in names}
    return insert.on_conflict_do_update(index_elements=insert.table.primary_key, set_=changed)


def _doctor_day(insert: Any) -> Any:
    """The version afterwards, which has grown by that of the row given: 1, or 0 to lock the day and no more."""
    return insert.on_conflict_do_update(
        index_elements=DOCTOR_DAYS.primary_key, set_={"version": _v.version + insert.excluded.version}
    ).returning(_v.version)


def _place(insert: Any) -> Any:
    """One place, and ``ai_filled`` AI places, within ``most`` and ``ai_most``."""
    room = _c.filled < sa.bindparam("most", type_=sa.Integer), _c.ai_filled < sa.bindparam("ai_most", type_=sa.Integer)
    return (
        insert.values(filled=1)
        .on_conflict_do_update(
            index_elements=COUNTERS.primary_key,
            set_={"filled": _c.filled + 1, "ai_filled": _c.ai_filled + insert.excluded.ai_filled},
            where=sa.and_(*room),
        )
        .returning(_c.org_id)
    )


def _name(insert: Any) -> Any:
    """One holder more, within ``most``."""
    return (
        insert.values(held=1)
        .on_conflict_do_update(
            index_elements=DUPLICATES.primary_key,
            set_={"held": _d.held + 1, "holders": _d.holders + insert.excluded.holders},
            where=_d.held < sa.bindparam("most", type_=sa.Integer),
        )
        .returning(_d.org_id)
    )
