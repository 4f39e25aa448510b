"""Search over words and trigrams, API tokens, webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.database import TransactionId

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOST_INDEXED = 100_000
WORDS = ("postroom", "postroom_english")
MESSAGE_WORDS = " || ".join(f"to_tsvector('public.{words}'::regconfig, left(body, {MOST_INDEXED}))" for words in WORDS)
TICKET_WORDS = " || ".join(
    f"setweight(to_tsvector('public.{words}'::regconfig, left({column}, {MOST_INDEXED})), '{weight}')"
    for column, weight in (("subject", "A"), ("description", "D"))
    for words in WORDS
)
TRIGRAMS = (("ticket", "subject"), ("user_account", "full_name"), ("user_account", "email"))
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    has_accents, has_trigrams = extension("unaccent"), extension("pg_trgm")
    make_search(has_accents, has_trigrams)
    make_tokens()
    make_webhooks()


def extension(name: str) -> bool:
    """Whether the extension is there now. A server without it still gets its desk: search is only less forgiving."""
    connection = op.get_bind()
    if not connection.scalar(sa.text("SELECT count(*) FROM pg_available_extensions WHERE name = :name"), {"name": name}):
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.text(f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA public"))
    except sa.exc.ProgrammingError:  # this role may not make extensions; an administrator may have to
        return False
    return True


def make_search(has_accents: bool, has_trigrams: bool) -> None:
    for words, copied in zip(WORDS, ("simple", "english"), strict=True):
        op.execute(f"CREATE TEXT SEARCH CONFIGURATION public.{words} (COPY = pg_catalog.{copied})")
        if has_accents:
            stem = "english_stem" if copied == "english" else "simple"
            op.execute(f"ALTER TEXT SEARCH CONFIGURATION public.{words} ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, {stem}")
    op.add_column("message", sa.Column("words", postgresql.TSVECTOR(), sa.Computed(MESSAGE_WORDS, persisted=True)))
    op.add_column("ticket", sa.Column("words", postgresql.TSVECTOR(), sa.Computed(TICKET_WORDS, persisted=True)))
    op.create_index("ix_message_words", "message", ["words"], postgresql_using="gin")
    op.create_index("ix_ticket_words", "ticket", ["words"], postgresql_using="gin")
    op.create_index("ix_ticket_tags", "ticket", ["tags"], postgresql_using="gin")
    for table, column in TRIGRAMS if has_trigrams else ():
        op.create_index(
            f"ix_{table}_{column}_trgm", table, [column], postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"}
        )


def make_tokens() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_api_token_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])


def make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name="fk_webhook_created_by_id"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("replay", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_detail", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id", ondelete="CASCADE"),
        sa.UniqueConstraint("webhook_id", "event_id", "replay", name="uq_webhook_delivery_webhook_id_event_id_replay"),
        sa.CheckConstraint("state IN ('queued', 'leased', 'retry', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_state")),
    )
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["next_attempt_at"],
        postgresql_where=sa.text("state IN ('queued', 'retry', 'leased')"),
    )
    op.create_index("ix_webhook_delivery_webhook_id_created_at", "webhook_delivery", ["webhook_id", "created_at"])
    op.create_table(
        "webhook_reader",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("xid", TransactionId(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_reader"),
        sa.CheckConstraint("id = 1", name=op.f("ck_webhook_reader_one_row")),
    )


def downgrade() -> None:
    for table in ("webhook_reader", "webhook_delivery", "webhook", "api_token"):
        op.drop_table(table)
    for table, column in TRIGRAMS:
        op.execute(f"DROP INDEX IF EXISTS ix_{table}_{column}_trgm")
    op.drop_index("ix_ticket_tags", "ticket")
    op.drop_column("message", "words")
    op.drop_column("ticket", "words")
    for words in WORDS:
        op.execute(f"DROP TEXT SEARCH CONFIGURATION public.{words}")
