"""What the composer keeps: who a reply is addressed to, forwards, rich drafts with their files, mentions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LAST_NAME = "lower(\"substring\"(full_name, '[^ ]+$'::text))"
BEGINS = {"begins": "text_pattern_ops"}


def upgrade() -> None:
    op.add_column("outbox", sa.Column("addressed_as", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_outbox_addressed_as"), "outbox", "addressed_as IN ('to', 'cc')")
    op.add_column("message", sa.Column("forward_of_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_message_forward_of_id"), "message", "message", ["forward_of_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_message_forward_of_id", "message", ["forward_of_id"], postgresql_where=sa.text("forward_of_id IS NOT NULL"))

    op.drop_constraint(op.f("ck_draft_mode"), "draft")
    op.create_check_constraint(op.f("ck_draft_mode"), "draft", "mode IN ('reply', 'note', 'forward')")
    op.add_column("draft", sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("draft", sa.Column("addressed", postgresql.JSONB(), nullable=True))
    op.create_table(
        "draft_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("blob_sha256", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("is_inline", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("content_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("mode IN ('reply', 'note', 'forward')", name=op.f("ck_draft_file_mode")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_draft_file_ticket_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name=op.f("fk_draft_file_author_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_file")),
    )
    op.create_index("ix_draft_file_ticket_id_author_id", "draft_file", ["ticket_id", "author_id"])
    op.create_index("ix_draft_file_author_id", "draft_file", ["author_id"])
    op.create_index("ix_draft_file_blob_sha256", "draft_file", ["blob_sha256"])

    op.create_table(
        "mention",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_mention_message_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agent_id"], ["user_account.id"], name=op.f("fk_mention_agent_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message_id", "agent_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_agent_id_message_id", "mention", ["agent_id", "message_id"])

    op.create_index("ix_user_account_email_begins", "user_account", [sa.literal_column("lower(email)").label("begins")], postgresql_ops=BEGINS)
    op.create_index("ix_user_account_name_begins", "user_account", [sa.literal_column("lower(full_name)").label("begins")], postgresql_ops=BEGINS)
    op.create_index("ix_user_account_last_name_begins", "user_account", [sa.literal_column(LAST_NAME).label("begins")], postgresql_ops=BEGINS)


def downgrade() -> None:
    for name in ("email", "name", "last_name"):
        op.drop_index(f"ix_user_account_{name}_begins", "user_account")
    op.drop_table("mention")
    op.drop_table("draft_file")
    op.drop_column("draft", "addressed")
    op.drop_column("draft", "body_html")
    op.execute("DELETE FROM draft WHERE mode = 'forward'")
    op.drop_constraint(op.f("ck_draft_mode"), "draft")
    op.create_check_constraint(op.f("ck_draft_mode"), "draft", "mode IN ('reply', 'note')")
    op.drop_index("ix_message_forward_of_id", "message")
    op.drop_column("message", "forward_of_id")
    op.drop_column("outbox", "addressed_as")
