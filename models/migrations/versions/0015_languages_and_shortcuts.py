"""In which language each person reads the desk, and the shortcuts they have changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("language", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "user_account", sa.Column("shortcuts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("user_account", "shortcuts")
    op.drop_column("user_account", "language")
