"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_HOLDS_REFERENCE = "external_reference_id IS NOT NULL AND status != 'cancelled'"
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Create them."""
    _table("organisations", sa.Column("revision", sa.BigInteger, nullable=False))
    _table(
        "catalog_records",
        sa.Column("kind", _WORD, primary_key=True),
        sa.Column("record_id", _WORD, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    _table(
        "appointments",
        sa.Column("appointment_id", _WORD, primary_key=True),
        *(sa.Column(name, _WORD, nullable=False) for name in ("service_id", "branch_id", "calendar_id")),
        sa.Column("start", _INSTANT, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("session", _WORD, nullable=False),
        sa.Column("batch", _WORD),
        *(sa.Column(name, _WORD, nullable=False) for name in ("patient_name", "parent_phone", "phone_key")),
        sa.Column("assigned_doctor", _WORD),
        sa.Column("notes", _WORD),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("external_reference_id", _WORD),
        sa.Column("booked_via", _WORD, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("token", sa.Integer),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("doctor_key", _WORD),
    )
    _index("appointments_reference", "external_reference_id", unique=True, where=_HOLDS_REFERENCE)
    _index("appointments_start", "start", "appointment_id")
    _index("appointments_calendar", "calendar_id", "date")
    _index("appointments_phone", "phone_key")
    _index("appointments_doctor", "doctor_key", "start", where="doctor_key IS NOT NULL")
    _table(
        "counters",
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("calendar_id", _WORD, primary_key=True),
        sa.Column("service_id", _WORD, primary_key=True),
        sa.Column("filled", sa.Integer, nullable=False),
        sa.Column("ai_filled", sa.Integer, nullable=False),
        sa.CheckConstraint("ai_filled >= 0 AND filled >= ai_filled", name="booking_counters_are_sums"),
    )
    _table(
        "duplicates",
        sa.Column("phone_key", _WORD, primary_key=True),
        sa.Column("service_id", _WORD, primary_key=True),
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("patient", _WORD, primary_key=True),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("holders", _WORD, nullable=False),
        sa.CheckConstraint("held >= 0", name="booking_duplicates_are_counted"),
    )
    _table(
        "doctor_days",
        sa.Column("doctor_key", _WORD, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    _table(
        "events",
        sa.Column("event_id", _WORD, primary_key=True),
        sa.Column("subject_id", _WORD, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("actor", _WORD),
        sa.Column("body", sa.Text, nullable=False),
    )
    _index("events_subject", "subject_id", "version")


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(f"booking_{name}", sa.Column("org_id", _WORD, primary_key=True), *columns)


def _index(name: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(
        f"booking_{name}",
        f"booking_{name.partition('_')[0]}",
        ["org_id", *columns],
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
