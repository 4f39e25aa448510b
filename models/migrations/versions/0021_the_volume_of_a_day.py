"""The big mails of a day are counted every few seconds, from an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_inbound_message_big", "inbound_message", ["received_at"],
        postgresql_include=["mail_from", "raw_size"],
        postgresql_where=sa.text("raw_size > 262144 AND origin = 'smtp'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_inbound_message_big", "inbound_message")
