"""Mail that is imported or fetched by IMAP, and a desk that was restored from a backup."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BEFORE = "state IN ('queued', 'leased', 'dot', 'sent', 'retry', 'failed', 'uncertain', 'cancelled')"
SINCE = "state IN ('queued', 'leased', 'dot', 'sent', 'retry', 'failed', 'uncertain', 'cancelled', 'restored')"
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.add_column("inbound_message", sa.Column("origin", sa.Text(), server_default="smtp", nullable=False))
    op.add_column("inbound_message", sa.Column("dated_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(op.f("ck_inbound_message_origin"), "inbound_message", "origin IN ('smtp', 'imap', 'import')")
    change_states(SINCE)
    op.create_table(
        "imported_ticket",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_imported_ticket_ticket_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", "external_id", name="pk_imported_ticket"),
    )
    op.create_index("ix_imported_ticket_ticket_id", "imported_ticket", ["ticket_id"])
    op.create_table(
        "restoration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("backup_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_restoration"),
    )
    op.create_index("uq_restoration_open", "restoration", [sa.text("(ended_at IS NULL)")], unique=True, postgresql_where=sa.text("ended_at IS NULL"))
    make_imap_accounts()


def make_imap_accounts() -> None:
    op.create_table(
        "imap_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailbox_id", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), server_default="INBOX", nullable=False),
        sa.Column("sign_in", sa.Text(), server_default="password", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("afterwards", sa.Text(), server_default="leave", nullable=False),
        sa.Column("move_to", sa.Text(), server_default="", nullable=False),
        sa.Column("takes_old", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("trusted_hosts", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("uidvalidity", sa.BigInteger()),
        sa.Column("taken_uid", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("settled_uid", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("left_uids", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True)),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("trouble_since", sa.DateTime(timezone=True)),
        sa.CheckConstraint("security IN ('tls', 'starttls', 'plain')", name="ck_imap_account_security"),
        sa.CheckConstraint("sign_in IN ('password', 'oauth')", name="ck_imap_account_sign_in"),
        sa.CheckConstraint("afterwards IN ('leave', 'seen', 'move')", name="ck_imap_account_afterwards"),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_imap_account_mailbox_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_imap_account"),
        sa.UniqueConstraint("host", "username", "folder", name="uq_imap_account_host_username_folder"),
    )
    op.create_index("ix_imap_account_mailbox_id", "imap_account", ["mailbox_id"])


def change_states(states: str) -> None:
    op.drop_constraint("ck_outbox_state", "outbox")
    op.create_check_constraint(op.f("ck_outbox_state"), "outbox", states)


def downgrade() -> None:
    op.drop_table("imap_account")
    op.drop_table("restoration")
    op.drop_table("imported_ticket")
    op.execute("UPDATE outbox SET state = 'cancelled' WHERE state = 'restored'")
    change_states(BEFORE)
    op.drop_constraint("ck_inbound_message_origin", "inbound_message")
    op.drop_column("inbound_message", "dated_at")
    op.drop_column("inbound_message", "origin")
