"""Months of figures: what days say, put together and sorted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("mailbox_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agents", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("seconds", sa.LargeBinary(), nullable=False),
        sa.Column("business", sa.LargeBinary(), nullable=False),
        sa.Column("by_hour", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("month", "measure", "mailbox_id", name="pk_report_month"),
    )
    # Packed numbers hardly shrink: taking them apart again would cost more than their place.
    for column in ("seconds", "business"):
        op.execute(f"ALTER TABLE report_month ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.add_column("closed_day", sa.Column("in_month", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    # Days that are written already are counted once more, and put together as they are.
    op.execute("TRUNCATE report_day, closed_day")


def downgrade() -> None:
    op.drop_column("closed_day", "in_month")
    op.drop_table("report_month")
