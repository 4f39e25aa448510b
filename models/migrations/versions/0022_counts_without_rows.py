"""What the sidebar counts at every page is read from indexes alone: work that is awake, answers that did not arrive."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COUNTED = ["status", "priority", "mailbox_id", "assigned_agent_id"]
UNASSIGNED = sa.text("assigned_agent_id IS NULL AND status NOT IN ('RESOLVED', 'CLOSED')")
LOOKED_AT = ["status", "snoozed_until", "removed_as"]
THERE = sa.text("removed_as IS DISTINCT FROM 'deleted'")
UNDELIVERED = sa.text("kind = 'reply' AND state IN ('failed', 'uncertain')")


def upgrade() -> None:
    op.drop_index("ix_ticket_counted", "ticket")
    op.create_index("ix_ticket_counted", "ticket", COUNTED, postgresql_include=["snoozed_until"], postgresql_where=THERE)
    op.drop_index("ix_outbox_undelivered", "outbox")
    op.create_index("ix_outbox_undelivered", "outbox", ["message_id"], postgresql_where=UNDELIVERED)
    op.drop_index("ix_ticket_unassigned", "ticket")
    op.create_index(
        "ix_ticket_unassigned", "ticket", ["updated_at", "id"], postgresql_include=LOOKED_AT, postgresql_where=UNASSIGNED
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_unassigned", "ticket")
    op.create_index("ix_ticket_unassigned", "ticket", ["updated_at", "id"], postgresql_where=UNASSIGNED)
    op.drop_index("ix_outbox_undelivered", "outbox")
    op.create_index("ix_outbox_undelivered", "outbox", ["ticket_id"], postgresql_where=UNDELIVERED)
    op.drop_index("ix_ticket_counted", "ticket")
    op.create_index("ix_ticket_counted", "ticket", COUNTED, postgresql_where=THERE)
