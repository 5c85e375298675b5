"""The answers to tool calls."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "booking_answers",
        sa.Column("org_id", _WORD, primary_key=True),
        sa.Column("call_id", _WORD, primary_key=True),
        sa.Column("tool_call_id", _WORD, primary_key=True),
        sa.Column("asked", _WORD, nullable=False),
        sa.Column("begun_at", _INSTANT, nullable=False),
        sa.Column("answer", sa.Text),
    )
    op.create_index("booking_answers_begun", "booking_answers", ["org_id", "begun_at"])
