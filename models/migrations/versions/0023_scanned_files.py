"""What a malware scanner says of each file; which files it has not looked into yet."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

VERDICTS = "scan IN ('clean', 'infected', 'unscannable')"


def upgrade() -> None:
    op.add_column("attachment", sa.Column("scan", sa.Text(), nullable=True))
    op.add_column("attachment", sa.Column("malware", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint("scan", "attachment", VERDICTS)
    op.create_index("ix_attachment_unscanned", "attachment", ["id"], postgresql_where=sa.text("scan IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_attachment_unscanned", "attachment")
    op.drop_constraint(op.f("ck_attachment_scan"), "attachment")
    op.drop_column("attachment", "malware")
    op.drop_column("attachment", "scan")
