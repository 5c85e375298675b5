"""What alembic runs around the steps: on the connection that it was given, with a version table of our own."""

from alembic import context

from booking_engine.adapters.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=context.config.attributes["version_table"],
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
