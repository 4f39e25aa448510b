"""How far agents have read, what they follow and snooze, saved views, bulk work, and who reads what was merged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
UNDELIVERED = sa.text("kind = 'reply' AND state IN ('failed', 'uncertain')")
HELD = sa.text("held_reason IS NOT NULL AND discarded_at IS NULL")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("audience_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_message_audience_id", "message", "ticket", ["audience_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_ticket_snoozed", "ticket", ["snoozed_until"], postgresql_where=sa.text("snoozed_until IS NOT NULL"))
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into_id"], postgresql_where=sa.text("merged_into_id IS NOT NULL"))
    op.create_index("ix_message_held", "message", ["ticket_id"], postgresql_where=HELD)
    op.create_index("ix_message_audience", "message", ["audience_id"], postgresql_where=sa.text("audience_id IS NOT NULL"))
    op.create_index("ix_outbox_undelivered", "outbox", ["ticket_id"], postgresql_where=UNDELIVERED)
    make_attention()
    make_saved_views()
    make_bulk()


def make_attention() -> None:
    op.create_table(
        "ticket_read",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_ticket_read_user_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_read_ticket_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "ticket_id", name="pk_ticket_read"),
    )
    op.create_index("ix_ticket_read_ticket_id", "ticket_read", ["ticket_id"])
    op.create_table(
        "follower",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_follower_ticket_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_follower_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "user_id", name="pk_follower"),
    )
    op.create_index("ix_follower_user_id", "follower", ["user_id"])


def make_saved_views() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("ordering", sa.Text(), server_default="-updated_at", nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("name <> ''", name="ck_saved_view_name_given"),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name="fk_saved_view_owner_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name="fk_saved_view_made_by_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
    )
    op.create_index("ix_saved_view_owner_id", "saved_view", ["owner_id"])


def make_bulk() -> None:
    op.create_table(
        "bulk_job",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("undo_of_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "act IN ('assign', 'status', 'priority', 'tag', 'untag', 'snooze', 'merge', 'undo')", name="ck_bulk_job_act"
        ),
        sa.CheckConstraint("state IN ('queued', 'working', 'done')", name="ck_bulk_job_state"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name="fk_bulk_job_asked_by_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["undo_of_id"], ["bulk_job.id"], name="fk_bulk_job_undo_of_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_job"),
        sa.UniqueConstraint("undo_of_id", name="uq_bulk_job_undo_of_id"),
    )
    op.create_index("ix_bulk_job_asked_by_id_id", "bulk_job", ["asked_by_id", "id"])
    op.create_index("ix_bulk_job_created_at", "bulk_job", ["created_at"])
    op.create_index("ix_bulk_job_unfinished", "bulk_job", ["id"], postgresql_where=sa.text("state <> 'done'"))
    op.create_table(
        "bulk_item",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("before", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'same', 'refused')", name="ck_bulk_item_state"),
        sa.ForeignKeyConstraint(["job_id"], ["bulk_job.id"], name="fk_bulk_item_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_bulk_item_ticket_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "ticket_id", name="pk_bulk_item"),
    )
    op.create_index("ix_bulk_item_ticket_id", "bulk_item", ["ticket_id"])
    op.create_index("ix_bulk_item_waiting", "bulk_item", ["job_id", "ticket_id"], postgresql_where=sa.text("state = 'waiting'"))


def downgrade() -> None:
    for table in ("bulk_item", "bulk_job", "saved_view", "follower", "ticket_read"):
        op.drop_table(table)
    for name, table in (
        ("ix_outbox_undelivered", "outbox"),
        ("ix_message_audience", "message"),
        ("ix_message_held", "message"),
        ("ix_ticket_merged_into", "ticket"),
        ("ix_ticket_snoozed", "ticket"),
    ):
        op.drop_index(name, table)
    op.drop_column("message", "audience_id")
    op.drop_column("ticket", "snoozed_until")
