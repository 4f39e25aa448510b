"""Pictures from elsewhere that were fetched, who may show them at once, and what the team notes about a person."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "remote_picture",
        sa.Column("url_hash", sa.LargeBinary(), nullable=False),
        sa.Column("blob_sha256", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("url_hash", name="pk_remote_picture"),
    )
    op.create_index("ix_remote_picture_fetched_at", "remote_picture", ["fetched_at"])
    op.create_table(
        "picture_trust",
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["user_account.id"], name="fk_picture_trust_agent_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("agent_id", "address", name="pk_picture_trust"),
    )
    op.create_table(
        "person_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("body <> ''", name="ck_person_note_body_given"),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"], name="fk_person_note_person_id_user_account", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name="fk_person_note_author_id_user_account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_person_note"),
    )
    op.create_index("ix_person_note_person_id_id", "person_note", ["person_id", "id"])


def downgrade() -> None:
    op.drop_table("person_note")
    op.drop_table("picture_trust")
    op.drop_table("remote_picture")
