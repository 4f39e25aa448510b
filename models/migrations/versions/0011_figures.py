"""Figures of the days that are over, and the timeline's lines that they are counted from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COUNTED = sa.text("kind IN ('created', 'status', 'replied', 'deleted', 'restored')")

THERE = sa.text("removed_as IS DISTINCT FROM 'deleted'")


def upgrade() -> None:
    op.create_table(
        "report_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("mailbox_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("agents", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("seconds", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("business", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("week_hours", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.PrimaryKeyConstraint("day", "measure", "mailbox_id", name="pk_report_day"),
    )
    op.create_table(
        "closed_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_closed_day"),
    )
    op.create_index("ix_timeline_entry_counted", "timeline_entry", ["created_at"], postgresql_where=COUNTED)
    op.create_index("ix_ticket_counted", "ticket", ["status", "priority", "mailbox_id", "assigned_agent_id"], postgresql_where=THERE)
    op.create_index("ix_ticket_created_at", "ticket", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_ticket_created_at", "ticket")
    op.drop_index("ix_ticket_counted", "ticket")
    op.drop_index("ix_timeline_entry_counted", "timeline_entry")
    op.drop_table("closed_day")
    op.drop_table("report_day")
