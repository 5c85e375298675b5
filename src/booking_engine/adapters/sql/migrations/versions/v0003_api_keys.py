"""The keys by which programs are let in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "booking_api_keys",
        sa.Column("key_id", _WORD, primary_key=True),
        sa.Column("org_id", _WORD, nullable=False),
        sa.Column("scopes", _WORD, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("label", _WORD),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT),
        sa.Column("revoked_at", _INSTANT),
    )
    op.create_index("booking_api_keys_made", "booking_api_keys", ["org_id", "created_at", "key_id"])
