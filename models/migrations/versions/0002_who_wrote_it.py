"""Who wrote it: the verdict on the sender, on the kept mail and on the message."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound_message", sa.Column("sender_verdict", postgresql.JSONB(), nullable=True))
    op.add_column("message", sa.Column("sender_level", sa.BigInteger(), nullable=True))
    op.add_column("message", sa.Column("sender_evidence", postgresql.JSONB(), nullable=True))
    op.create_check_constraint("sender_level", "message", "sender_level BETWEEN 0 AND 3")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_message_sender_level"), "message", type_="check")
    op.drop_column("message", "sender_evidence")
    op.drop_column("message", "sender_level")
    op.drop_column("inbound_message", "sender_verdict")
