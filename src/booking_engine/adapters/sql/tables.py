"""The tables: what one organisation has set up and booked, with its counters, for SQLite and PostgreSQL alike.

``org_id`` is first in every key and index but one, the key of ``API_KEYS``. Keys are made by the client, and nothing is
used that only one database has (no triggers, exclusion constraints or sequences), so that the same tables run where
rows are spread over machines.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from booking_engine.domain.appointment import AppointmentStatus

METADATA = sa.MetaData()

# Text is compared as it is written, by code points: no language's idea of order or likeness may come between.
_Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class Instant(sa.TypeDecorator[datetime]):
    """An aware UTC instant to the microsecond: ``timestamptz``, or text of fixed width where there is no such type."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """See ``TypeDecorator``."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """See ``TypeDecorator``."""
        if value is not None and dialect.name == "sqlite":
            return value.isoformat(timespec="microseconds")
        return value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """See ``TypeDecorator``."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return None if value is None else value.astimezone(UTC)


def _table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(f"booking_{name}", METADATA, sa.Column("org_id", _Word, primary_key=True), *columns)


ORGANISATIONS = _table("organisations", sa.Column("revision", sa.BigInteger, nullable=False))
"""The catalog's revision. Whoever changes the catalog locks the row; whoever relies on it shares that lock."""

CATALOG_RECORDS = _table(
    "catalog_records",
    sa.Column("kind", _Word, primary_key=True),
    sa.Column("record_id", _Word, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""Everything that is set up, one row a record, as JSON; ``position`` is the order in which they were added."""

APPOINTMENTS = _table(
    "appointments",
    sa.Column("appointment_id", _Word, primary_key=True),
    sa.Column("service_id", _Word, nullable=False),
    sa.Column("branch_id", _Word, nullable=False),
    sa.Column("calendar_id", _Word, nullable=False),
    sa.Column("start", Instant, nullable=False),
    sa.Column("duration_minutes", sa.Integer, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("session", _Word, nullable=False),
    sa.Column("batch", _Word),
    sa.Column("patient_name", _Word, nullable=False),
    sa.Column("parent_phone", _Word, nullable=False),
    sa.Column("phone_key", _Word, nullable=False),
    sa.Column("assigned_doctor", _Word),
    sa.Column("notes", _Word),
    sa.Column("status", _Word, nullable=False),
    sa.Column("external_reference_id", _Word),
    sa.Column("booked_via", _Word, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("token", sa.Integer),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("doctor_key", _Word),
)
"""One row an appointment, of any status. ``doctor_key`` is the folded doctor while the patient is expected."""

CANCELLED: sa.ColumnClause[str] = sa.literal_column(f"'{AppointmentStatus.CANCELLED.value}'")
"""Never a parameter: who plans for any value of one does not know that the index on references serves."""
_a = APPOINTMENTS.c
_HOLDS_REFERENCE = sa.and_(_a.external_reference_id.is_not(None), _a.status != CANCELLED)
sa.Index(
    "booking_appointments_reference",
    _a.org_id,
    _a.external_reference_id,
    unique=True,
    sqlite_where=_HOLDS_REFERENCE,
    postgresql_where=_HOLDS_REFERENCE,
)
sa.Index("booking_appointments_start", _a.org_id, _a.start, _a.appointment_id)
sa.Index("booking_appointments_calendar", _a.org_id, _a.calendar_id, _a.date)
sa.Index("booking_appointments_phone", _a.org_id, _a.phone_key)
_HAS_DOCTOR = _a.doctor_key.is_not(None)
sa.Index(
    "booking_appointments_doctor",
    _a.org_id,
    _a.doctor_key,
    _a.start,
    sqlite_where=_HAS_DOCTOR,
    postgresql_where=_HAS_DOCTOR,
)

COUNTERS = _table(
    "counters",
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("calendar_id", _Word, primary_key=True),
    sa.Column("service_id", _Word, primary_key=True),
    sa.Column("filled", sa.Integer, nullable=False),
    sa.Column("ai_filled", sa.Integer, nullable=False),
    # Behind every counter: a violation is a fault of the library and never a full window.
    sa.CheckConstraint("ai_filled >= 0 AND filled >= ai_filled", name="booking_counters_are_sums"),
)
"""Places taken under a tracking key; no row is as good as zeros."""

DUPLICATES = _table(
    "duplicates",
    sa.Column("phone_key", _Word, primary_key=True),
    sa.Column("service_id", _Word, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("patient", _Word, primary_key=True),
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("holders", _Word, nullable=False),
    sa.CheckConstraint("held >= 0", name="booking_duplicates_are_counted"),
)
"""Who holds a duplicate's name: how many, and their ids, each after a blank."""

DOCTOR_DAYS = _table(
    "doctor_days",
    sa.Column("doctor_key", _Word, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
)
"""The version of a doctor's UTC day; no row is as good as 0."""

HOLDS = _table(
    "holds",
    sa.Column("holder", _Word, primary_key=True),
    sa.Column("hold_id", _Word, nullable=False),
    sa.Column("service_id", _Word, nullable=False),
    sa.Column("branch_id", _Word, nullable=False),
    sa.Column("calendar_id", _Word, nullable=False),
    sa.Column("start", Instant, nullable=False),
    sa.Column("duration_minutes", sa.Integer, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("session", _Word, nullable=False),
    sa.Column("batch", _Word),
    sa.Column("channel", _Word, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)
"""One row a holder. One that has ended stays, and is counted, until a commit comes by that needs its place."""

sa.Index("booking_holds_id", HOLDS.c.org_id, HOLDS.c.hold_id)
sa.Index("booking_holds_date", HOLDS.c.org_id, HOLDS.c.date, HOLDS.c.ends_at)

EVENTS = _table(
    "events",
    sa.Column("event_id", _Word, primary_key=True),
    sa.Column("subject_id", _Word, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("name", _Word, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("channel", _Word, nullable=False),
    sa.Column("actor", _Word),
    sa.Column("body", sa.Text, nullable=False),
)
"""What happened, one row a commit under the commit's id: history, and how a lost answer is recognised."""

sa.Index("booking_events_subject", EVENTS.c.org_id, EVENTS.c.subject_id, EVENTS.c.version)

ANSWERS = _table(
    "answers",
    sa.Column("call_id", _Word, primary_key=True),
    sa.Column("tool_call_id", _Word, primary_key=True),
    sa.Column("asked", _Word, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("answer", sa.Text),
)
"""One row a tool call; without an answer it is being carried out, or was broken off."""

sa.Index("booking_answers_begun", ANSWERS.c.org_id, ANSWERS.c.begun_at)

API_KEYS = sa.Table(
    "booking_api_keys",
    METADATA,
    sa.Column("key_id", _Word, primary_key=True),
    sa.Column("org_id", _Word, nullable=False),
    sa.Column("scopes", _Word, nullable=False),
    sa.Column("channel", _Word, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("label", _Word),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
)
"""One row an API key, never deleted; ``scopes`` are sorted, with blanks between them.

The short id alone is the primary key, for it is what finds the organisation: a request names no other.
"""

sa.Index("booking_api_keys_made", API_KEYS.c.org_id, API_KEYS.c.created_at, API_KEYS.c.key_id)
