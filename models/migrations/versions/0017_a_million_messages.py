"""What a desk of a million messages asks of its tables: an index for each question that had none, and swept-up rows."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TROUBLED = sa.text("state IN ('failed', 'uncertain', 'retry')")
STAFF = sa.text("role IN ('agent', 'admin')")
AT_WORK = sa.text("status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')")
UNASSIGNED = sa.text("assigned_agent_id IS NULL AND status NOT IN ('RESOLVED', 'CLOSED')")
FOLLOWS_UP = sa.text("follow_up_of_id IS NOT NULL")

# Postgres sweeps a table when a fifth of it has changed. On a million rows that is a day's work left lying, and:
OFTEN = {"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02}
GROWING = {"autovacuum_vacuum_insert_scale_factor": 0.05, "autovacuum_analyze_scale_factor": 0.05}
SWEPT = {
    "ticket": OFTEN,  # written with each message: counts read its indexes alone only where rows are marked as seen by all
    "inbound_message": OFTEN,  # queues: each row goes through several states, and the partial indexes by which they are
    "inbound_delivery": OFTEN,  # claimed fill with entries of states that are over
    "outbox": OFTEN,
    "event": OFTEN,  # a day's worth, written at one end and deleted at the other
    "message": GROWING,  # search goes by the words' frequencies; and new words leave the index's pending list
    "timeline_entry": GROWING,
}


def upgrade() -> None:
    op.create_index("ix_outbox_troubled", "outbox", ["created_at"], postgresql_where=TROUBLED)
    op.create_index("ix_user_account_staff", "user_account", ["full_name", "username"], postgresql_where=STAFF)
    op.create_index("ix_ticket_follow_up_of", "ticket", ["follow_up_of_id"], postgresql_where=FOLLOWS_UP)
    op.create_index("ix_ticket_at_work", "ticket", ["updated_at", "id"], postgresql_where=AT_WORK)
    op.create_index("ix_ticket_unassigned", "ticket", ["updated_at", "id"], postgresql_where=UNASSIGNED)
    op.create_index("ix_ticket_agent_status_activity", "ticket", ["assigned_agent_id", "status", "updated_at", "id"])
    for table, settings in SWEPT.items():
        op.execute(f"ALTER TABLE {table} SET ({', '.join(f'{name} = {value}' for name, value in settings.items())})")


def downgrade() -> None:
    for table, settings in SWEPT.items():
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(settings)})")
    for name in ("agent_status_activity", "unassigned", "at_work", "follow_up_of"):
        op.drop_index(f"ix_ticket_{name}", "ticket")
    op.drop_index("ix_user_account_staff", "user_account")
    op.drop_index("ix_outbox_troubled", "outbox")
