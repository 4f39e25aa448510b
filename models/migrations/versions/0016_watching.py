"""An audit log that is only added to, the pulse of the mailboxes, alarms that are told by mail, proofs of erasure."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
NOTHING = sa.text("'{}'")

# What may happen to an entry: nothing, but that an erased person is taken out of it, once.
APPEND_ONLY = """
CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
       AND (NEW.id, NEW.at, NEW.actor_id, NEW.actor_role, NEW.act, NEW.subject, NEW.subject_id)
           IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.actor_id, OLD.actor_role, OLD.act, OLD.subject, OLD.subject_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to';
END $$;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_stays();
"""


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_name", sa.Text(), server_default="", nullable=False),
        sa.Column("before", postgresql.JSONB(), server_default=NOTHING, nullable=False),
        sa.Column("after", postgresql.JSONB(), server_default=NOTHING, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_actor_id_id", "audit_entry", ["actor_id", "id"])
    op.create_index("ix_audit_entry_subject_subject_id_id", "audit_entry", ["subject", "subject_id", "id"])
    op.execute(APPEND_ONLY)
    op.create_table(
        "mailbox_hour",
        sa.Column("mailbox_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox_id"], ["mailbox.id"], name="fk_mailbox_hour_mailbox_id_mailbox", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailbox_id", "hour", name="pk_mailbox_hour"),
    )
    op.create_table(
        "probe",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_probe"),
    )
    op.create_index("ix_probe_sent_at", "probe", ["sent_at"])
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("address_mac", sa.LargeBinary(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_address_mac", "erasure", ["address_mac"])
    op.add_column("alarm", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alarm", sa.Column("over_told_at", sa.DateTime(timezone=True), nullable=True))
    # Of the alarms that were over before anybody was told by mail, nobody is told now.
    op.execute("UPDATE alarm SET over_told_at = closed_at WHERE closed_at IS NOT NULL")
    # What retention looks for: bytes that are still there, oldest first.
    op.create_index(
        "ix_inbound_message_bytes", "inbound_message", ["received_at"],
        postgresql_where=sa.text("state = 'done' AND forgotten_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_inbound_message_bytes", "inbound_message")
    op.drop_column("alarm", "over_told_at")
    op.drop_column("alarm", "told_at")
    op.drop_table("erasure")
    op.drop_table("probe")
    op.drop_table("mailbox_hour")
    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION audit_entry_stays()")
