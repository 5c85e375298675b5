"""The places that are kept for callers who are still deciding."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "booking_holds",
        sa.Column("org_id", _WORD, primary_key=True),
        sa.Column("holder", _WORD, primary_key=True),
        sa.Column("hold_id", _WORD, nullable=False),
        sa.Column("service_id", _WORD, nullable=False),
        sa.Column("branch_id", _WORD, nullable=False),
        sa.Column("calendar_id", _WORD, nullable=False),
        sa.Column("start", _INSTANT, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("session", _WORD, nullable=False),
        sa.Column("batch", _WORD),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("booking_holds_id", "booking_holds", ["org_id", "hold_id"])
    op.create_index("booking_holds_date", "booking_holds", ["org_id", "date", "ends_at"])
