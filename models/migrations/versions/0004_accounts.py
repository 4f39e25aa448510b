"""Codes by mail, second factors, Google's subject."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user_account", sa.Column("google_subject", sa.Text(), nullable=True))
    op.add_column("user_account", sa.Column("second_factor_required", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_unique_constraint("uq_user_account_google_subject", "user_account", ["google_subject"])
    create_one_time_code()
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        created_at(),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_second_factor_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index("uq_recovery_code_hash", "recovery_code", ["user_id", "code_hash"], unique=True)


def create_one_time_code() -> None:
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), server_default="", nullable=False),
        sa.Column("network", sa.Text(), server_default="", nullable=False),
        sa.Column("outbox_id", sa.Uuid(), nullable=True),
        created_at(),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("address <> ''", name=op.f("ck_one_time_code_address_given")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_one_time_code_outbox_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_code_token_hash")),
    )
    for columns in (["address", "created_at"], ["network"], ["outbox_id"], ["created_at"]):
        op.create_index(op.f(f"ix_one_time_code_{'_'.join(columns)}"), "one_time_code", columns)


def created_at() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)


def downgrade() -> None:
    for table in ("recovery_code", "second_factor", "one_time_code"):
        op.drop_table(table)
    op.drop_constraint("uq_user_account_google_subject", "user_account")
    for column in ("second_factor_required", "google_subject", "email_verified_at"):
        op.drop_column("user_account", column)
