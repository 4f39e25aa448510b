"""Alembic's entry: runs the steps on the connection that `models/migrate.py` hands over."""

from alembic import context

from models import tables
from models.database import metadata

assert tables.TABLES, "autogenerate compares against every table"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,  # a step holds its locks no longer than it takes
)
with context.begin_transaction():
    context.run_migrations()
