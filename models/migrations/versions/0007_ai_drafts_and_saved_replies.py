"""AI drafts and saved replies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ai_spending',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('tokens', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_ai_spending'))
    )
    op.create_table('saved_reply',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('mailbox_id', sa.BigInteger(), nullable=True),
    sa.Column('owner_id', sa.BigInteger(), nullable=True),
    sa.Column('approved_for_drafts', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('uses', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('updated_by_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("body <> ''", name=op.f('ck_saved_reply_body_given')),
    sa.CheckConstraint("title <> ''", name=op.f('ck_saved_reply_title_given')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_saved_reply_mailbox_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['owner_id'], ['user_account.id'], name=op.f('fk_saved_reply_owner_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['updated_by_id'], ['user_account.id'], name=op.f('fk_saved_reply_updated_by_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_reply'))
    )
    op.create_index(op.f('ix_saved_reply_mailbox_id'), 'saved_reply', ['mailbox_id'], unique=False)
    op.create_index(op.f('ix_saved_reply_owner_id'), 'saved_reply', ['owner_id'], unique=False)
    op.create_table('ai_draft',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('asked_by_id', sa.BigInteger(), nullable=False),
    sa.Column('instructions', sa.Text(), server_default='', nullable=False),
    sa.Column('state', sa.Text(), server_default='queued', nullable=False),
    sa.Column('last_message_id', sa.BigInteger(), nullable=True),
    sa.Column('sentences', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('sources', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('removed', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('model', sa.Text(), nullable=True),
    sa.Column('prompt_version', sa.Text(), nullable=True),
    sa.Column('tokens_in', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('tokens_out', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.Column('kept', sa.Double(), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'writing', 'ready', 'failed')", name=op.f('ck_ai_draft_state')),
    sa.CheckConstraint('kept IS NULL OR kept BETWEEN 0 AND 1', name=op.f('ck_ai_draft_kept')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['user_account.id'], name=op.f('fk_ai_draft_asked_by_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_ai_draft_message_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ai_draft_ticket_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ai_draft'))
    )
    op.create_index(op.f('ix_ai_draft_asked_by_id'), 'ai_draft', ['asked_by_id'], unique=False)
    op.create_index(op.f('ix_ai_draft_created_at'), 'ai_draft', ['created_at'], unique=False)
    op.create_index('ix_ai_draft_due', 'ai_draft', ['id'], unique=False, postgresql_where=sa.text("state IN ('queued', 'writing')"))
    op.create_index(op.f('ix_ai_draft_ticket_id_asked_by_id_id'), 'ai_draft', ['ticket_id', 'asked_by_id', 'id'], unique=False)
    op.add_column('mailbox', sa.Column('drafts_by_ai', sa.Boolean(), server_default=sa.text('true'), nullable=False))
    op.create_index('ix_ticket_answered_words', 'ticket', [sa.literal_column("""to_tsvector('simple'::regconfig, "left"((subject || ' '::text) || description, 20000))""")], unique=False, postgresql_using='gin', postgresql_where=sa.text("status IN ('RESOLVED', 'CLOSED')"))


def downgrade() -> None:
    op.drop_index('ix_ticket_answered_words', table_name='ticket', postgresql_using='gin', postgresql_where=sa.text("status IN ('RESOLVED', 'CLOSED')"))
    op.drop_column('mailbox', 'drafts_by_ai')
    op.drop_index(op.f('ix_ai_draft_ticket_id_asked_by_id_id'), table_name='ai_draft')
    op.drop_index('ix_ai_draft_due', table_name='ai_draft', postgresql_where=sa.text("state IN ('queued', 'writing')"))
    op.drop_index(op.f('ix_ai_draft_created_at'), table_name='ai_draft')
    op.drop_index(op.f('ix_ai_draft_asked_by_id'), table_name='ai_draft')
    op.drop_table('ai_draft')
    op.drop_index(op.f('ix_saved_reply_owner_id'), table_name='saved_reply')
    op.drop_index(op.f('ix_saved_reply_mailbox_id'), table_name='saved_reply')
    op.drop_table('saved_reply')
    op.drop_table('ai_spending')
