"""What became of a day's mail, for days about which no word can come any more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by_decision", postgresql.JSONB(), nullable=False),
        sa.Column("waits", sa.LargeBinary(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("automatic", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_mail_day"),
    )
    op.execute("ALTER TABLE mail_day ALTER COLUMN waits SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("mail_day")
