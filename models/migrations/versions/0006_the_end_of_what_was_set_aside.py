"""What was set aside has an end, and a mail on its way through the filers is known by its Message-ID."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

WAITS_FOR_A_WORD = "decision IN ('held', 'backscatter', 'auto_reply', 'discarded') AND message_id IS NULL"


def upgrade() -> None:
    op.add_column("inbound_message", sa.Column("id_hash", sa.LargeBinary(), nullable=True))
    op.add_column("inbound_message", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_inbound_message_raw_or_uri"), "inbound_message")
    op.create_check_constraint(
        op.f("ck_inbound_message_raw_or_uri_or_forgotten"), "inbound_message", "num_nonnulls(raw, raw_uri, forgotten_at) = 1"
    )
    op.create_index(
        "ix_inbound_message_unfiled_id", "inbound_message", ["id_hash"], postgresql_where=sa.text("state <> 'done' AND id_hash IS NOT NULL")
    )
    op.create_index(
        op.f("ix_inbound_message_raw_uri"), "inbound_message", ["raw_uri"], postgresql_where=sa.text("raw_uri IS NOT NULL")
    )
    op.add_column("inbound_delivery", sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("inbound_delivery", sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
    # Their thirty days begin now: nobody was told before that there would be an end.
    op.execute(f"UPDATE inbound_delivery SET set_aside_at = now() WHERE {WAITS_FOR_A_WORD}")
    op.create_index(
        "ix_inbound_delivery_set_aside", "inbound_delivery", ["set_aside_at"], postgresql_where=sa.text("set_aside_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_delivery_set_aside", table_name="inbound_delivery")
    op.drop_column("inbound_delivery", "cleared_at")
    op.drop_column("inbound_delivery", "set_aside_at")
    op.drop_index(op.f("ix_inbound_message_raw_uri"), table_name="inbound_message")
    op.drop_index("ix_inbound_message_unfiled_id", table_name="inbound_message")
    op.execute("UPDATE inbound_message SET raw = '' WHERE forgotten_at IS NOT NULL")
    op.drop_constraint(op.f("ck_inbound_message_raw_or_uri_or_forgotten"), "inbound_message")
    op.create_check_constraint(op.f("ck_inbound_message_raw_or_uri"), "inbound_message", "(raw IS NULL) <> (raw_uri IS NULL)")
    op.drop_column("inbound_message", "forgotten_at")
    op.drop_column("inbound_message", "id_hash")
